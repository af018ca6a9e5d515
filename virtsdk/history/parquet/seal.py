"""The seal of a file: a checksum of its footer, written into the footer itself.

Parquet checks its pages, not its footer, and a reader that believes a damaged footer may end the whole
process. The writer leaves eight zeros in the footer's key-value metadata, works out the CRC-32 of the footer
with them, and writes it in their place. A file without a seal was written by another program, or before there
were seals: it is checked by what it holds (`virtsdk.history.integrity`).
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import BinaryIO, Final

from virtsdk.history.parquet.elsewhere import asked

KEY: Final = "virtsdk.seal"
BLANK: Final = "00000000"
_MAGIC = b"PAR1"
_TAIL = 8  # the footer's length, four bytes, and the magic


class BrokenSealError(ValueError):
    """The end of a file is not what its writer wrote."""


def seal(file: BinaryIO) -> None:
    """Write the checksum into the footer of a Parquet file that is complete and has `KEY` in its metadata.

    Parameters
    ----------
    file
        Open for reading and writing.
    """
    start, footer = _footer(file)
    place = _place(footer)
    if place is None:
        raise BrokenSealError(f"the footer has no place for its seal ({KEY})")
    file.seek(start + place)
    file.write(f"{zlib.crc32(footer):08x}".encode())


def read_sealed(path: Path) -> tuple[bool, bytes]:
    """Read the footer of a file.

    Returns
    -------
    tuple
        Whether it has a seal that holds, and the footer as a Parquet file without rows. Nothing is known of a
        footer without a seal.

    Raises
    ------
    BrokenSealError
        The footer is not what was sealed, or there is none.
    """
    with path.open("rb") as file, asked(path):
        _, footer = _footer(file)
    place = _place(footer)
    whole = _MAGIC + footer + len(footer).to_bytes(4, "little") + _MAGIC
    if place is None:
        return False, whole
    said = footer[place : place + len(BLANK)]
    if said == BLANK.encode():  # another program copied the metadata along
        return False, whole
    blank = footer[:place] + BLANK.encode() + footer[place + len(BLANK) :]
    if said != f"{zlib.crc32(blank):08x}".encode():
        raise BrokenSealError("the checksum of its footer does not match")
    return True, whole


def _footer(file: BinaryIO) -> tuple[int, bytes]:
    """Return where the footer begins, and its bytes."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    length = int.from_bytes(tail[:4], "little")
    if len(tail) < _TAIL or tail[4:] != _MAGIC or length > size - _TAIL - len(_MAGIC):
        raise BrokenSealError("it does not end as a Parquet file does")
    start = size - _TAIL - length
    file.seek(start)
    return start, file.read(length)


def _place(footer: bytes) -> int | None:
    """Return where the eight digits are: after the key, and Thrift's head of the text (type and length)."""
    key = footer.rfind(KEY.encode())
    place = key + len(KEY) + 2
    if key < 0 or footer[place - 1 : place] != bytes([len(BLANK)]):
        return None
    return place
