"""The terminal: keys as they are pressed, signals, and a screen that is given back whatever happens."""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Generator, Sequence
from types import FrameType
from typing import Any

_NAMES = {
    b"[A": "up", b"OA": "up", b"[B": "down", b"OB": "down",
    b"[5~": "page up", b"[6~": "page down",
    b"[H": "home", b"OH": "home", b"[1~": "home", b"[7~": "home",
    b"[F": "end", b"OF": "end", b"[4~": "end", b"[8~": "end",
}  # fmt: skip
_PLAIN = {"\r": "enter", "\n": "enter", "\x7f": "backspace", "\b": "backspace"}
_ESCAPE = 0x1B
ALONE = 0.05
"""Seconds after which an escape that nothing follows is the key itself."""
_LEAVE = b"\x1b[?25h\x1b[?1049l"
"""The cursor is seen, and the screen is that of before; written past all buffers and encodings."""
_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class Keys:
    r"""Bytes of a terminal as keys.

    Examples
    --------
    >>> keys = Keys()
    >>> keys.feed(b"q\x1b[A\x1b["), keys.feed(b"6~")
    (['q', 'up'], ['page down'])
    """

    def __init__(self) -> None:
        self._rest = b""
        self._text = codecs.getincrementaldecoder("utf-8")("ignore")

    @property
    def waits(self) -> bool:
        """Whether an escape came, and it is open what it begins."""
        return bool(self._rest)

    def feed(self, data: bytes) -> list[str]:
        """Take bytes and return the keys that are whole; of a sequence that nobody knows there is none."""
        data, self._rest = self._rest + data, b""
        found: list[str] = []
        place = 0
        while place < len(data):
            if data[place] != _ESCAPE:
                found += [_PLAIN.get(one, one) for one in self._text.decode(data[place : place + 1])]
                place += 1
                continue
            length = _length(data[place + 1 :])
            if length is None:
                self._rest = data[place:]
                break
            sequence = data[place + 1 : place + 1 + length]
            if name := "escape" if not sequence else _NAMES.get(sequence):
                found.append(name)
            place += 1 + length
        return found

    def flush(self) -> list[str]:
        """Return the escape that nothing followed."""
        alone, self._rest = self._rest == bytes([_ESCAPE]), b""
        return ["escape"] if alone else []


def _length(after: bytes) -> int | None:
    """Return the length of the sequence after an escape, 0 for none; None where it is not whole yet."""
    if not after:
        return None
    if after[:1] == b"O":
        return 2 if len(after) > 1 else None
    if after[:1] != b"[":
        return 0
    for place, byte in enumerate(after[1:], 1):
        if 0x40 <= byte <= 0x7E:
            return place + 1
    return None if len(after) < 16 else len(after)


class Terminal:
    """The terminal of this process while a table has it: no echo, no line editing, signals noticed.

    Parameters
    ----------
    console
        A rich console on it.
    """

    def __init__(self, console: Any) -> None:
        self.console = console
        self.ended = False  # by a signal
        self._keys = Keys()
        self._input = sys.stdin.fileno() if sys.stdin is not None and sys.stdin.isatty() else None  # pyright: ignore[reportUnnecessaryComparison]
        self._output = sys.stdout.fileno()
        self._before: list[Any] | None = None
        self._stop = False
        self._wake, self._waker = os.pipe()
        for one in (self._wake, self._waker):
            fcntl.fcntl(one, fcntl.F_SETFL, fcntl.fcntl(one, fcntl.F_GETFL) | os.O_NONBLOCK)

    @contextlib.contextmanager
    def held(self) -> Generator[Terminal]:
        """Take the terminal in the block, and give it back at its end, whatever ends it."""
        with contextlib.ExitStack() as undo:
            undo.callback(self._close)
            for number in (*_ENDS, signal.SIGTSTP, signal.SIGWINCH):
                undo.callback(signal.signal, number, signal.signal(number, self._told))
            undo.callback(signal.set_wakeup_fd, signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False))
            undo.callback(self._give_back_modes)  # each of the two, whatever becomes of the other
            undo.callback(self._give_back_screen)
            self._enter()
            yield self

    def _close(self) -> None:
        os.close(self._wake)
        os.close(self._waker)

    def _told(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGTSTP:
            self._stop = True
        elif number != signal.SIGWINCH:
            self.ended = True

    def _enter(self) -> None:
        if self._input is not None:
            self._before = termios.tcgetattr(self._input)
            tty.setcbreak(self._input)
        self.console.set_alt_screen(True)
        self.console.show_cursor(False)

    def _give_back_screen(self) -> None:
        with contextlib.suppress(Exception):  # what failed may still be in the buffer
            sys.stdout.flush()
        with contextlib.suppress(OSError):  # the terminal may be gone
            os.write(self._output, _LEAVE)

    def _give_back_modes(self) -> None:
        if self._input is not None and self._before is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._input, termios.TCSADRAIN, self._before)

    def wake(self) -> None:
        """Have `keys` return; from any thread."""
        with contextlib.suppress(OSError):  # full: it is awake then; closed: nobody waits
            os.write(self._waker, b"!")

    def keys(self, timeout: float) -> list[str]:
        """Wait for a key, a signal or `wake`, and return what was pressed."""
        reading = [self._wake, *([] if self._input is None else [self._input])]
        ready, _, _ = select.select(reading, [], [], ALONE if self._keys.waits else timeout)
        if self._wake in ready:
            with contextlib.suppress(BlockingIOError):
                while os.read(self._wake, 4096):
                    pass
        if self._stop:
            self._stop_and_go_on()
        if self._input not in ready or self._input is None:
            return self._keys.flush() if self._keys.waits and not ready else []
        try:
            data = os.read(self._input, 4096)
        except OSError:  # hung up
            data = b""
        self.ended |= not data
        return self._keys.feed(data)

    def _stop_and_go_on(self) -> None:
        """Be stopped by Ctrl-Z as any other program: the shell has the terminal until it is continued."""
        self._stop = False
        self._give_back_screen()
        self._give_back_modes()
        os.kill(os.getpid(), signal.SIGSTOP)
        self._enter()

    def draw(self, lines: Sequence[Any], width: int) -> None:
        """Put lines on the screen, in one piece."""
        from rich.control import Control
        from rich.segment import Segment

        parts: list[Any] = [Control.home().segment]
        for place, line in enumerate(lines):
            line.stylize_before(line.style)
            parts += [] if place == 0 else [Segment("\n")]
            parts += line.render(self.console, end="")
            if line.cell_len < width:  # or the last character would go with it
                parts.append(_code("\x1b[K"))
        parts.append(_code("\x1b[J"))
        self.console.print(_Drawn(parts), end="")


def _code(text: str) -> Any:
    from rich.segment import ControlType, Segment

    return Segment(text, None, [(ControlType.ERASE_IN_LINE, 0)])


class _Drawn:
    """Segments as rich prints them."""

    def __init__(self, parts: Sequence[Any]) -> None:
        self._parts = parts

    def __rich_console__(self, console: Any, options: Any) -> Sequence[Any]:
        return self._parts
