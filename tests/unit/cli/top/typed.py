"""`virtsdk top` on a pseudo-terminal: what it draws, and what it leaves behind."""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from typing import Any

NODE = "<node>{}</node>"
GUEST = (
    "<domain type='test'><name>{}</name><memory unit='MiB'>{}</memory><vcpu>{}</vcpu>"
    "<os><type>hvm</type></os></domain>"
)
HOME = "\x1b[H"
PATIENCE = 60  # seconds, for a machine that is busy


class Typed:
    """A command on a terminal of its own.

    Attributes
    ----------
    said
        All that it wrote.
    """

    def __init__(self, arguments: list[str], columns: int, lines: int, **environment: str) -> None:
        self._near, self._far = pty.openpty()
        self.resize(columns, lines, told=False)
        self.before = termios.tcgetattr(self._far)
        self.said = ""
        self._decoded = codecs.getincrementaldecoder("utf-8")("replace")
        env = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=self._far,
            stdout=self._far,
            stderr=self._far,
            env=env | {"TERM": "xterm-256color"} | environment,
            start_new_session=True,
        )

    def resize(self, columns: int, lines: int, *, told: bool = True) -> None:
        fcntl.ioctl(self._far, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        if told:
            self.process.send_signal(signal.SIGWINCH)

    def press(self, keys: str) -> None:
        os.write(self._near, keys.encode())

    def read(self, seconds: float = 0.1) -> None:
        """Wait so long for what it writes, and take all that is there: a read gives a page at most."""
        while select.select([self._near], [], [], seconds)[0]:
            self.said += self._decoded.decode(os.read(self._near, 65536))
            seconds = 0

    def until(self, condition: Callable[[Typed], Any]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition(self):
            assert time.monotonic() < end, self.said[-2000:]
            self.read()

    @property
    def screen(self) -> list[str]:
        """The lines of the last screen that is whole, without colours."""
        whole = re.findall(r"\x1b\[H((?:(?!\x1b\[H).)*?)\x1b\[J", self.said, re.DOTALL)
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", whole[-1]) if whole else ""
        return text.replace("\r", "").split("\n")

    def shows(self, text: str) -> bool:
        return any(text in line for line in self.screen)

    @property
    def column(self) -> list[str]:
        """The first words of the rows that are shown."""
        lines = self.screen
        titles = next((place for place, line in enumerate(lines) if line.startswith("Name")), len(lines))
        return [line.split()[0] for line in lines[titles + 1 : -1] if line.strip()]

    def ended(self) -> int:
        """Wait for its end, with all that it wrote; return its status."""
        end = time.monotonic() + PATIENCE
        while (status := self.process.poll()) is None:
            assert time.monotonic() < end, self.said[-2000:]
            self.read()
        self.read()
        return status

    @property
    def is_given_back(self) -> bool:
        """Whether the terminal is as it was: its modes, its screen, its cursor."""
        modes = termios.tcgetattr(self._far) == self.before
        screen = self.said.rfind("\x1b[?1049l") > self.said.rfind("\x1b[?1049h")
        return modes and screen and self.said.rfind("\x1b[?25h") > self.said.rfind("\x1b[?25l")

    @property
    def is_taken(self) -> bool:
        """Whether keys come one by one and unseen."""
        return not termios.tcgetattr(self._far)[3] & (termios.ICANON | termios.ECHO)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._near)
        os.close(self._far)


@contextlib.contextmanager
def typed(*arguments: str, columns: int = 80, lines: int = 24, **environment: str) -> Iterator[Typed]:
    """Run the command line on a terminal of so many columns and lines."""
    one = Typed(["-m", "virtsdk", *arguments], columns, lines, **environment)
    try:
        yield one
    finally:
        one.close()
