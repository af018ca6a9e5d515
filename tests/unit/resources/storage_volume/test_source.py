"""What is uploaded is read as it is, with its holes or without."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtsdk.resources.storage_volume import source as upload_source

BLOCK = 64 * 1024


def together(pieces) -> bytes:
    return b"".join(bytes(piece) if isinstance(piece, int) else piece for piece in pieces)


@given(st.lists(st.booleans(), max_size=8), st.integers(0, 9 * BLOCK), st.integers(0, BLOCK))
def test_pieces_and_holes_are_the_file(blocks: list[bool], solid: int, tail: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        with path.open("wb") as file:
            for number, full in enumerate(blocks):
                if full:
                    file.seek(number * BLOCK)
                    file.write(bytes([number + 1]) * BLOCK)
            file.truncate(len(blocks) * BLOCK + tail)
        with upload_source.opened(path, sparse=True) as source:
            assert source.size == path.stat().st_size
            pieces = list(source.pieces_and_holes(solid))
        assert together(pieces) == path.read_bytes()
        place = 0
        for piece in pieces:
            assert not isinstance(piece, int) or place >= solid
            place += piece if isinstance(piece, int) else len(piece)


def test_a_hole_is_found(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.seek(1 << 20)
        file.write(b"x" * 4096)
        file.truncate(1 << 24)
    with upload_source.opened(path, sparse=True) as source:
        pieces = list(source.pieces_and_holes(0))
    assert sum(piece for piece in pieces if isinstance(piece, int)) > 15 << 20


@given(st.binary(max_size=100), st.integers(0, 120), st.one_of(st.none(), st.integers(0, 120)))
def test_a_file_is_read_from_where_it_is(data: bytes, start: int, length: int | None) -> None:
    file = io.BytesIO(data)
    file.seek(min(start, len(data)))
    left = data[start:]
    with upload_source.opened(file, sparse=False) as source:
        assert source.size == len(left)
        if length is not None and length > len(left):
            with pytest.raises(ValueError, match="ends"):
                together(source.pieces(length))
        else:
            assert together(source.pieces(length)) == left[:length]


def test_a_pipe_has_no_size() -> None:
    end, start = os.pipe()
    with os.fdopen(start, "wb") as pipe:
        pipe.write(b"data")
    with os.fdopen(end, "rb") as pipe, upload_source.opened(pipe, sparse=False) as source:
        assert source.size is None
        assert together(source.pieces(None)) == b"data"


@pytest.mark.parametrize("source", [5, None, io.StringIO("text"), ["x"]])
def test_what_cannot_be_uploaded(source: object) -> None:
    with (
        pytest.raises(TypeError, match="a path, bytes or a binary file"),
        upload_source.opened(source, sparse=False),
    ):
        pass


@pytest.mark.parametrize("source", [b"x", io.BytesIO(b"x")])
def test_only_a_path_has_holes(source: object) -> None:
    with pytest.raises(ValueError, match="by its path"), upload_source.opened(source, sparse=True):
        pass
