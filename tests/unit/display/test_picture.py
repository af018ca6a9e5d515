"""PPM, as older hypervisors send it, becomes PNG."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtsdk.display import picture


def pixels_of(png: bytes) -> tuple[int, int, bytes]:
    """Read a PNG of 8-bit RGB without filters; every chunk has to have the right check sum."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    found, place = {}, 8
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        kind, content = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        assert struct.unpack_from(">I", png, place + 8 + length) == (zlib.crc32(kind + content),)
        found[kind] = content
        place += 12 + length
    assert list(found) == [b"IHDR", b"IDAT", b"IEND"]
    width, height, *rest = struct.unpack(">IIBBBBB", found[b"IHDR"])
    assert rest == [8, 2, 0, 0, 0]
    lines = zlib.decompress(found[b"IDAT"])
    row = 1 + 3 * width
    assert {lines[row * y] for y in range(height)} == {0}
    return width, height, b"".join(lines[row * y + 1 : row * (y + 1)] for y in range(height))


@given(st.integers(1, 9), st.integers(1, 9), st.data())
def test_a_ppm_has_the_same_pixels_as_a_png(width: int, height: int, data: st.DataObject) -> None:
    content = data.draw(st.binary(min_size=3 * width * height, max_size=3 * width * height))
    made = picture.png(b"P6\n%d %d\n255\n" % (width, height) + content)
    assert pixels_of(made) == (width, height, content)
    assert picture.size(made) == (width, height)
    assert picture.png(made) == made


def test_a_header_may_have_comments_and_pixels_that_look_like_white_space() -> None:
    data = b"P6 # made by a hypervisor\n# 9 9\n 2\t1 255\n" + b"\n #123"
    assert picture.size(data) == (2, 1)
    assert pixels_of(picture.png(data))[2] == b"\n #123"


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"P5 1 1 255\n0", b"\x89PNG\r\n\x1a\n", b"P6 1 1"])
def test_what_is_no_picture(data: bytes) -> None:
    with pytest.raises(ValueError, match="neither a PNG nor a binary PPM"):
        picture.size(data)


@pytest.mark.parametrize(
    ("data", "what"),
    [(b"P6 2 2 255\n1234", "ends after 4 bytes"), (b"P6 1 1 65535\n123456", "more than 8 bits")],
)
def test_pictures_that_cannot_be_read(data: bytes, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        picture.png(data)
