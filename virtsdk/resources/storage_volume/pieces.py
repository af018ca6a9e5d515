"""The bytes of a storage volume on their way between a host and this process."""

from __future__ import annotations

import io
import os
import secrets
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from virtsdk.binding.deadlines import Patience
from virtsdk.binding.streams import Stream

Progress = Callable[[int, int | None], object]
"""Told the bytes that were moved, and of how many where that is known."""

_PART = 64 << 20  # bytes of a download that libvirt may hold in memory where the file is slower than the host
_LARGEST_PART = 1 << 30  # while all of it are holes
_TELL_EVERY = 0.1  # seconds
_TOGETHER = 4  # pieces that one call sends: one alone takes longer, and many do not stay in the cache


class Meter:
    """Counts what was moved, and tells that ten times a second and at the end."""

    def __init__(self, progress: Progress | None, total: int | None) -> None:
        self.moved = 0
        self._progress = progress
        self._total = total
        self._next = time.monotonic() + _TELL_EVERY

    def add(self, count: int) -> None:
        """Count more bytes."""
        self.moved += count
        if self._progress is not None and time.monotonic() >= self._next:
            self._progress(self.moved, self._total)
            self._next = time.monotonic() + _TELL_EVERY

    def end(self) -> None:
        """Tell the last number."""
        if self._progress is not None:
            self._progress(self.moved, self._total)


# --- downloads -----------------------------------------------------------------------------------------


def fetch(
    begin: Callable[[int, int, float | None], Stream],
    file: BinaryIO,
    offset: int,
    length: int | None,
    patience: Patience,
    meter: Meter,
) -> None:
    """Write what a volume holds to a file.

    It goes in parts, each a stream of its own: libvirt's client takes all that a host sends into memory,
    however slowly it is read from there.

    Parameters
    ----------
    begin
        Opens the stream of a part: its offset, its length, and the seconds for that.
    file
        Holes are left out by seeking, so it has to end where it is.
    offset, length
        Which bytes; None for all from there on.
    """
    part = _PART
    after_hole = False
    while length is None or meter.moved < length:
        wanted = part if length is None else min(part, length - meter.moved)
        before, data = meter.moved, False
        with begin(offset + before, wanted, patience.next()) as stream:
            while pieces := stream.receive(patience.next()):
                for piece in pieces:
                    if isinstance(piece, int):
                        file.seek(piece, os.SEEK_CUR)
                        meter.add(piece)
                    else:
                        _write(file, piece)
                        meter.add(len(piece))
                    after_hole = isinstance(piece, int)
                    data = data or not after_hole
            stream.finish(patience.next())
        if meter.moved - before < wanted:
            break
        part = _PART if data else min(2 * part, _LARGEST_PART)
    if after_hole:
        _end_with_hole(file)


def _end_with_hole(file: BinaryIO) -> None:
    end = file.tell()
    file.truncate()
    if file.seek(0, os.SEEK_END) < end:  # a file in memory does not grow so
        file.seek(end - 1)
        file.write(b"\0")


def _write(file: BinaryIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        written = file.write(left)
        if written is None:  # pyright: ignore[reportUnnecessaryComparison] - a raw file that does not block
            raise BlockingIOError("the file to download to does not take all at once: open it to block")
        left = left[written:]


@contextmanager
def new_file(path: Path) -> Generator[BinaryIO]:
    """Open a file that gets its name when the block is left well, and is gone when it is left by an error."""
    to = path.resolve()
    if to.exists() and not to.is_file():
        raise ValueError(f"{str(path)!r} is not a file: give its name, or a binary file that you opened")
    if not to.parent.is_dir():
        raise FileNotFoundError(f"there is no directory {str(to.parent)!r} to download to")
    part = to.with_name(f".{to.name[:50]}.{secrets.token_hex(4)}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with io.FileIO(descriptor, "w") as file:
            yield file  # pyright: ignore[reportReturnType] - a raw file is one, too
        if to.exists():
            part.chmod(to.stat().st_mode & 0o7777)
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)


def at_its_end(file: BinaryIO) -> bool:
    """Tell whether a file can be made longer by seeking beyond its end."""
    if not file.seekable():
        return False
    here = file.tell()
    end = file.seek(0, os.SEEK_END)
    file.seek(here)
    return here == end


# --- uploads -------------------------------------------------------------------------------------------


def push(stream: Stream, pieces: Iterable[bytes | int], patience: Patience, meter: Meter) -> None:
    """Send pieces, bytes or the lengths of holes, to a stream that was opened for them."""
    waiting: list[bytes | int] = []
    since = time.monotonic()

    def send() -> None:
        while waiting:
            sent = stream.send(waiting, patience.next())
            meter.add(sum(piece if isinstance(piece, int) else len(piece) for piece in waiting[:sent]))
            del waiting[:sent]

    for piece in pieces:
        waiting.append(piece)
        if len(waiting) >= _TOGETHER or time.monotonic() > since + _TELL_EVERY:
            send()
            since = time.monotonic()
    send()
