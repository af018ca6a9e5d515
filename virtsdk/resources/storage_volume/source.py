"""Sources of an upload: bytes, a file that was opened, or a file by its path, which may have holes."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from os import PathLike
from typing import BinaryIO, cast

from virtsdk.binding.streams import PACKET


class Source:
    """Bytes to be read once, from where a file is or from the beginning.

    Attributes
    ----------
    size
        How many bytes; None where that is not known, of a pipe.
    """

    def __init__(self, file: BinaryIO, size: int | None) -> None:
        self._file = file
        self.size = size

    def pieces(self, length: int | None) -> Iterator[bytes]:
        """Read it piece by piece, up to a length or to its end.

        Raises
        ------
        ValueError
            It ends before that length.
        """
        left = length
        while left is None or left:
            data = self._file.read(PACKET if left is None else min(PACKET, left))
            if not data:
                if left:
                    raise ValueError(f"the source ends {left} bytes before the length that was asked for")
                return
            yield data
            left = None if left is None else left - len(data)

    def pieces_and_holes(self, solid: int) -> Iterator[bytes | int]:
        """Read a file that was given by its path, with its holes as lengths.

        Parameters
        ----------
        solid
            Up to here holes are read as the zero bytes that they stand for.
        """
        end, position = self.size or 0, 0
        while position < end:
            data = max(position, min(end, self._seek(position, os.SEEK_DATA)))
            hole = min(max(position, solid), data)
            yield from self._from(position, hole)
            if data > hole:
                yield data - hole
            after = max(min(end, self._seek(data, os.SEEK_HOLE)), data)
            yield from self._from(data, after)
            position = after

    def _from(self, start: int, end: int) -> Iterator[bytes]:
        if end > start:
            self._file.seek(start)
            yield from self.pieces(end - start)

    def _seek(self, position: int, what: int) -> int:
        """Find the next data or hole; a file system that knows no holes has data up to the end."""
        try:
            return os.lseek(self._file.fileno(), position, what)
        except OSError as error:
            nothing_more = what == os.SEEK_HOLE or error.errno == errno.ENXIO
            return cast("int", self.size) if nothing_more else position


@contextmanager
def opened(source: str | PathLike[str] | bytes | BinaryIO, *, sparse: bool) -> Generator[Source]:
    """Open what is to be uploaded.

    Raises
    ------
    TypeError
        It is neither a path nor bytes nor a binary file.
    ValueError
        Its holes are asked for, and it was not given by its path.
    """
    if isinstance(source, str | PathLike):
        with io.FileIO(os.fspath(source), "r") as file:
            yield Source(cast("BinaryIO", file), _size_of(cast("BinaryIO", file)))
        return
    if sparse:
        raise ValueError("only a file that is given by its path has holes to find: leave sparse out")
    if isinstance(source, bytes | bytearray | memoryview):
        yield Source(io.BytesIO(source), len(source))
    elif hasattr(source, "read") and not isinstance(source, io.TextIOBase):
        yield Source(source, _size_of(source))
    else:
        raise TypeError(f"source must be a path, bytes or a binary file, not {type(source).__name__}")


def _size_of(file: BinaryIO) -> int | None:
    """Give the bytes from where a file is to its end; None where that is not known."""
    if not file.seekable():
        return None
    here = file.tell()
    end = file.seek(0, os.SEEK_END)
    file.seek(here)
    return end - here
