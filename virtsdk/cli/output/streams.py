"""The standard output while a command runs: what cannot be written there is one error, said in a line."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Generator, Iterable
from typing import Any

from virtsdk.errors import VirtError


class OutputFailed(VirtError):
    """The standard output cannot be written; the message says why.

    No `OSError`: argparse drops those of its own writing, and commands take them for those of files.
    """

    def __init__(self, why: object) -> None:
        super().__init__(f"cannot write the output: {why}")


class Output:
    """A stream whose errors are `OutputFailed`; but for a broken pipe, which is an end of its own.

    Parameters
    ----------
    stream
        The stream; None for one that is closed.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        if self._stream is None and name == "encoding":
            return "utf-8"
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text."""
        with self._told():
            return self._stream.write(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write texts."""
        with self._told():
            self._stream.writelines(lines)

    def write_bytes(self, data: bytes) -> None:
        """Write bytes after what was written before."""
        with self._told():
            self._stream.flush()
            if hasattr(self._stream, "buffer"):
                self._stream.buffer.write(data)
                self._stream.buffer.flush()
            else:
                self._stream.write(data.decode("utf-8"))

    def flush(self) -> None:
        """Have the file take what was written."""
        if self._stream is not None:
            with self._told(), contextlib.suppress(ValueError):  # it was closed meanwhile
                self._stream.flush()

    def isatty(self) -> bool:
        """Tell whether it is a terminal."""
        return self._stream is not None and self._stream.isatty()

    def fileno(self) -> int:
        """Return its number."""
        if self._stream is None:
            raise OSError("it is closed")
        return self._stream.fileno()

    @contextlib.contextmanager
    def _told(self) -> Generator[None]:
        if self._stream is None:
            raise OutputFailed("it is closed")
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            _drop(self._stream)
            raise OutputFailed(error.strerror or error) from error


def _drop(stream: Any) -> None:
    """Let what is left for a stream go nowhere: the interpreter's end would try it again."""
    with contextlib.suppress(OSError, ValueError):
        number = stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
        stream.flush()


@contextlib.contextmanager
def streams() -> Generator[Output]:
    """Take stdout in the block; a character that it, or stderr, has no code for is written as an escape."""
    _fill()
    before: Any = sys.stdout
    both: tuple[Any, ...] = (before, sys.stderr)
    for one in both:
        if hasattr(one, "reconfigure"):
            one.reconfigure(errors="backslashreplace")
    output: Any = Output(before)
    sys.stdout = output
    try:
        yield output
    finally:
        sys.stdout = before


def _fill() -> None:
    """Let no file that is opened take the number of a standard stream that was closed."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere > number:
                os.dup2(nowhere, number)
                os.close(nowhere)
