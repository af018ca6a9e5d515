"""Pictures as hypervisors make them: their size, and PPM as PNG, which a notebook shows."""

from __future__ import annotations

import re
import struct
import zlib

_PNG = b"\x89PNG\r\n\x1a\n"
# a number ends with one white space; comments may stand between them
_PPM = re.compile(rb"P6(?:\s+|#[^\n]*\n)+(\d+)(?:\s+|#[^\n]*\n)+(\d+)(?:\s+|#[^\n]*\n)+(\d+)\s", re.ASCII)


def is_png(data: bytes) -> bool:
    """Tell a PNG by its first bytes."""
    return data.startswith(_PNG)


def size(data: bytes) -> tuple[int, int]:
    """Give width and height of a PNG or a binary PPM.

    Raises
    ------
    ValueError
        It is neither.
    """
    if is_png(data) and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    header = _PPM.match(data)
    if header is None:
        raise ValueError("the picture is neither a PNG nor a binary PPM")
    return int(header[1]), int(header[2])


def png(data: bytes) -> bytes:
    r"""Make a PNG of a binary PPM; a PNG stays as it is.

    Raises
    ------
    ValueError
        It is neither, or has more than 8 bits a colour.

    Examples
    --------
    >>> size(png(b"P6 2 1 255\n" + bytes(6)))
    (2, 1)
    """
    if is_png(data):
        return data
    width, height = size(data)
    header = _PPM.match(data)
    if header is None or int(header[3]) != 255:
        raise ValueError("the picture has more than 8 bits a colour")
    pixels = memoryview(data)[header.end() :]
    row = 3 * width
    if len(pixels) < row * height:
        raise ValueError(f"the picture of {width}x{height} ends after {len(pixels)} bytes")
    lines = b"".join(b"\0" + pixels[row * y : row * (y + 1)] for y in range(height))  # 0: no filter
    return b"".join(
        [
            _PNG,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            _chunk(b"IDAT", zlib.compress(lines, 6)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(content, zlib.crc32(kind))
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
