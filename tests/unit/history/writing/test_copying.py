"""Copies of recordings elsewhere: whole, brought up to date, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import pytest

import virtsdk
from tests.unit.history.recordings import sample, write
from virtsdk.errors import RecordingError
from virtsdk.history.writing.compact import compact

URL = "memory://copies-of-recordings/history"


@pytest.fixture(autouse=True)
def memory() -> Iterator[Any]:
    system = fsspec.filesystem("memory")
    yield system
    if system.exists("/copies-of-recordings"):
        system.rm("/copies-of-recordings", recursive=True)


def samples(first: int, last: int) -> list[Any]:
    return [sample(10 * number) for number in range(first, last)]


def same(directory: Path) -> None:
    here, there = virtsdk.open_recording(directory), virtsdk.open_recording(URL)
    pd.testing.assert_frame_equal(there.usage(None), here.usage(None))
    assert there.check().empty


def test_a_copy_is_read_as_the_recording_and_brought_up_to_date(tmp_path: Path, memory: Any) -> None:
    write(tmp_path / "r", samples(0, 3), flush=1)
    found = compact(tmp_path / "r", to=URL)
    assert (found.copied, str(found.to)) == (found.files, URL)
    assert repr(found).endswith(f"; {found.files} files copied to {URL}>")
    same(tmp_path / "r")
    assert compact(tmp_path / "r", to=URL).copied == 0
    write(tmp_path / "r", samples(3, 6), flush=1)
    before = memory.find("/copies-of-recordings")
    compact(tmp_path / "r", to=URL)
    same(tmp_path / "r")
    assert set(before) - set(memory.find("/copies-of-recordings"))  # what was merged is gone


def test_a_copy_that_was_cut_off_has_no_sample_without_its_rows(
    tmp_path: Path, memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "r", samples(0, 3))
    real = type(memory).put_file
    for number in range(9):
        left = [number]

        def put(self: Any, *arguments: Any, left: list[int] = left, **options: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise ConnectionError("gone")
            return real(self, *arguments, **options)

        with monkeypatch.context() as patch:
            patch.setattr(type(memory), "put_file", put)
            try:
                compact(tmp_path / "r", to=URL)
            except RecordingError as error:
                assert "cannot be written: gone" in str(error)
            else:
                break
        if number:
            there = virtsdk.open_recording(URL)
            assert there.samples.empty
            assert not (there.check()["problem"] == "missing").any()
    else:
        pytest.fail("nine files are more than it has")
    same(tmp_path / "r")


def test_what_is_something_else_is_left_alone(tmp_path: Path, memory: Any) -> None:
    write(tmp_path / "a", samples(0, 3))
    write(tmp_path / "b", samples(4, 6))
    memory.pipe_file("/copies-of-recordings/history/notes/a.txt", b"mine")
    with pytest.raises(RecordingError, match="has other files in it"):
        compact(tmp_path / "a", to=URL)
    memory.rm("/copies-of-recordings/history", recursive=True)
    compact(tmp_path / "a", to=URL)
    with pytest.raises(RecordingError, match="is a copy of another recording"):
        compact(tmp_path / "b", to=URL)
    memory.pipe_file("/copies-of-recordings/history/domains/mine.txt", b"mine")
    compact(tmp_path / "a", to=URL)
    assert memory.cat_file("/copies-of-recordings/history/domains/mine.txt") == b"mine"


@pytest.mark.parametrize("to", ["copy", "file:///tmp/copy"])
def test_a_copy_is_elsewhere(tmp_path: Path, to: str) -> None:
    write(tmp_path / "r", samples(0, 2))
    with pytest.raises(ValueError, match="to must be a URL of fsspec that is not of this machine, not"):
        compact(tmp_path / "r", to=to)
