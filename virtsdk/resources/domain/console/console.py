"""The console of a guest: what it prints, and what is typed there."""

from __future__ import annotations

import codecs
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeVar

from virtsdk import errors
from virtsdk.binding.deadlines import seconds
from virtsdk.binding.live import Live
from virtsdk.binding.streams import Stream
from virtsdk.display import text
from virtsdk.errors.frames import shows_no_variables

T = TypeVar("T")

_FIRST_PAUSE = 0.001  # seconds between two looks for more
_LONGEST_PAUSE = 0.02
_AT_ONCE = 64  # pieces that are taken over between two looks at the time
_FAREWELL = 1.0  # seconds for what was written to get through


class Console(Live):
    r"""An open console of a guest, to read and to write; made by ``domain.console()``.

    Text is UTF-8; what is not becomes ``�``. It is as the guest sends it: with ``\r\n`` and terminal
    sequences, and with an echo of what is typed where the guest has one. Nothing of it is logged. What the
    guest prints is kept until it is read.

    On a guest with a shell on its console::

        with host.domains["web1"].console() as console:
            console.write("uname -r\n")
            print(console.read_until("# ", timeout=10))
    """

    def __init__(
        self,
        stream: Stream,
        name: str,
        patience: float | None,
        *,
        what: str = "console",
        encoding: str = "utf-8",
    ) -> None:
        self._what = what
        self._stream = stream
        self._name = name
        self._patience = patience
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._lock = threading.Lock()
        self._unread = ""
        self._news = 0  # how often something came
        self._ended = False
        self._failure: errors.VirtError | None = None

    # --- reading ------------------------------------------------------------

    def read(self, *, timeout: float | None = None) -> str:
        """Read what the guest has printed; wait until there is something.

        Parameters
        ----------
        timeout
            Seconds; 0 to look without waiting. None for the connection's own, where that has none for as long
            as it takes; Ctrl-C ends the waiting.

        Returns
        -------
        str
            Empty only where nothing comes any more: the guest is off.

        Raises
        ------
        TimedOut
            The guest printed nothing in time.
        ConnectionLost, HostClosed
            The connection ended.
        StreamError
            The console was closed, here or by another client that took it over.
        """
        return self._wait(self._take_all, "text from", timeout)

    def read_until(self, what: str | re.Pattern[str], *, timeout: float | None = None) -> str:
        r"""Read up to a text or a match, that included; what follows it is left for the next read.

        Parameters
        ----------
        what
            A text such as ``"login: "``, or a compiled pattern. A pattern matches as soon as it can: end it
            with what has to follow (``re.compile(r"\d+ MiB\r\n")``).
        timeout
            As for `read`.

        Returns
        -------
        str
            All up to the end of the match.

        Raises
        ------
        TimedOut
            It did not come in time; ``error.partial`` is what had come by then, and it is still there to be
            read.
        StreamError
            The guest went off before; what had come is still there to be read.
        ConnectionLost, HostClosed
            The connection ended; what had come is still there to be read.
        """
        if isinstance(what, str):
            pattern = re.compile(re.escape(what))
        elif isinstance(what, re.Pattern) and isinstance(what.pattern, str):
            pattern = what
        else:
            raise TypeError(f"what to read until must be text or a pattern of text, not {what!r}")
        if not pattern.pattern:
            raise ValueError("read_until needs something to wait for; read() takes what there is")
        said = repr(what if isinstance(what, str) else what.pattern)
        return self._wait(lambda: self._take_match(pattern, said), f"{said} on", timeout)

    def _take_all(self) -> str | None:
        taken, self._unread = self._unread, ""
        return taken if taken or self._ended else None

    def _take_match(self, pattern: re.Pattern[str], said: str) -> str | None:
        found = pattern.search(self._unread)
        if found is not None:
            taken, self._unread = self._unread[: found.end()], self._unread[found.end() :]
            return taken
        if self._ended:
            raise errors.StreamError(
                f"{self._subject} ended before {said} came: the guest is off",
                operation="read",
                subject=self._subject,
            )
        return None

    def _wait(self, take: Callable[[], T | None], what: str, timeout: float | None) -> T:
        limit = self._patience if timeout is None else seconds(timeout)
        deadline = None if limit is None else time.monotonic() + limit
        pause, seen = _FIRST_PAUSE, -1
        while True:
            with self._lock:
                self._collect()
                if self._news != seen:
                    seen = self._news
                    taken = take()
                    if taken is not None:
                        return taken
                if self._failure is not None:
                    raise self._failure.with_traceback(None)
                partial = self._unread
            if deadline is not None:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise errors.TimedOut(
                        f"no {what} {self._subject} in {limit:g} s",
                        operation="read",
                        subject=self._subject,
                        partial=partial,
                    )
                pause = min(pause, left)
            self._stream.over.wait(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def _collect(self) -> None:
        """Take over what has come, without waiting."""
        for _ in range(_AT_ONCE):
            if self._ended or self._failure is not None:
                break
            try:
                piece = self._stream.poll()
            except errors.StreamError as error:
                self._failure = self._broken_off(error)
                break
            except errors.VirtError as error:
                self._failure = error
                break
            if piece is None:
                break
            self._news += 1
            self._ended = not piece
            self._unread += self._decoder.decode(piece, self._ended)

    def _broken_off(self, error: errors.StreamError) -> errors.StreamError:
        if not self.is_open:
            return error
        message = f"{error.message}; another client may have taken it over"
        return errors.StreamError(message, **error.details)

    # --- writing ------------------------------------------------------------

    @shows_no_variables
    def write(self, data: str | bytes, *, timeout: float | None = None) -> None:
        r"""Type something; a line is run by the guest's shell when it ends with ``"\n"``.

        It returns when the host has taken it, which does not say that the guest has read it. What a guest
        does not read waits at the host; after some thirty writes, of any size, that holds up the other calls
        of a connection to a daemon too, until the guest reads or keepalive ends the connection.

        Parameters
        ----------
        data
            Text, which is sent as UTF-8, or bytes (``b"\x03"`` is Ctrl-C).
        timeout
            As for `read`.

        Raises
        ------
        TimedOut
            The host did not take all of it in time; a part of it may have been typed.
        ConnectionLost, HostClosed, StreamError
            As for `read`.
        """
        if not isinstance(data, str | bytes | bytearray):
            raise TypeError(f"data must be text or bytes, not {type(data).__name__}")
        left = data.encode() if isinstance(data, str) else bytes(data)
        limit = self._patience if timeout is None else seconds(timeout)
        deadline = None if limit is None else time.monotonic() + limit
        while left:
            more = None if deadline is None else deadline - time.monotonic()
            if more is not None and more <= 0:
                raise errors.TimedOut(
                    f"{self._subject} is not read by the guest: {len(left)} bytes were not taken "
                    f"in {limit:g} s",
                    operation="write to",
                    subject=self._subject,
                )
            taken = self._stream.offer(left, more)
            left = left[taken:]
            if left and not taken:
                self._stream.over.wait(_LONGEST_PAUSE)

    # --- closing ------------------------------------------------------------

    def close(self) -> None:
        """Close it, after what was written got through; a second call does nothing.

        Where the host does not answer within a second, the console is closed when it does.
        """
        with suppress(errors.VirtError):  # broken or at its end: it is closed all the same
            self._stream.finish(_FAREWELL)
        self._stream.end()

    @property
    def is_open(self) -> bool:
        """True until it is closed, here or with its connection; asks nobody."""
        return not self._stream.over.is_set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _subject(self) -> str:
        return f"the {self._what} of {self._name!r}"

    def __repr__(self) -> str:
        state = "open" if self.is_open else "closed"
        return f"<Console of {text.printable(self._name)}, {state}>"
