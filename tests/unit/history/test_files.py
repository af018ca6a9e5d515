"""Which files of a recording count, and which of them are merged next."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from virtsdk.errors import RecordingError
from virtsdk.history.files import (
    LARGEST,
    MARK,
    Segment,
    _segments,
    check,
    counting,
    directory_of,
    due,
    listing,
    mark,
)  # fmt: skip


def test_a_directory_is_found_again_from_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert directory_of("r") == directory_of(Path("r")) == tmp_path / "r"


@pytest.mark.parametrize(
    ("given", "error"),
    [(None, TypeError), (5, TypeError), (b"r", TypeError), ("", ValueError), ("a\0b", ValueError)],
    ids=repr,
)
def test_what_is_no_directory_is_said(given, error):
    with pytest.raises(error, match="directory must be a path"):
        directory_of(given)


def test_which_files_count_and_which_are_merged():
    small = [Segment(n, n, 0) for n in range(1, 30)]
    merged = Segment(1, 20, 1)
    assert counting([*small, merged], last=25) == (merged, *small[20:25])
    assert due(small, [10] * 29, [0] * 29) == small[:20]
    assert due(small[:19], [10] * 19, [0] * 19) == []
    assert due(small[:19], [10] * 19, [0] * 19, rest=True) == small[:19]
    half = LARGEST // 2
    assert due(small[:5], [half] * 5, [0] * 5) == small[:2]
    assert due(small[:5], [3 * half] * 5, [0] * 5) == small[:1]
    once = [Segment(20 * n + 1, 20 * n + 20, 1) for n in range(80)]
    assert due(once, [10] * 80, [0] * 80) == once[:72]


def test_days_are_not_merged_with_each_other():
    small = [Segment(n, n, 0) for n in range(1, 8)]
    days = [0, 1, 1, 1, 2, 2, 3]
    assert due(small, [10] * 7, days) == small[1:4]
    assert due([small[0], *small[4:]], [10] * 4, [0, 2, 2, 3]) == small[4:6]
    assert due([small[0], small[6]], [10] * 2, [0, 3], rest=True) == []


def test_segments_in_parts_are_merged_with_those_of_as_many_parts():
    once = [Segment(1, 20, 1, 4), Segment(21, 40, 1, 4), Segment(41, 60, 1, 2)]
    assert due(once, [10] * 3, [0] * 3) == once[:2]


def test_an_unfinished_merge_into_parts_does_not_count_beside_what_it_was_to_replace(tmp_path):
    folder = tmp_path / "domains"
    folder.mkdir()
    for one in (Segment(1, 1, 0), Segment(2, 2, 0)):
        (folder / one.all_names[0]).touch()
    merged = Segment(1, 2, 1, 3)
    for name in merged.all_names[:2]:
        (folder / name).touch()
    assert listing(tmp_path).frames == {}
    found = counting(_segments(folder), last=2)
    assert found == (Segment(1, 1, 0), Segment(2, 2, 0))
    (folder / merged.all_names[2]).touch()
    assert counting(_segments(folder), last=2) == (merged,)
    (folder / Segment(1, 1, 0).all_names[0]).unlink()
    (folder / Segment(2, 2, 0).all_names[0]).unlink()
    (folder / merged.all_names[1]).unlink()
    (left,) = counting(_segments(folder), last=2)
    assert (left.lost, left.names()) == ((1,), [merged.all_names[0], merged.all_names[2]])


def test_a_recording_that_is_near_is_named(tmp_path):
    (tmp_path / "history" / "domains").mkdir(parents=True)
    with pytest.raises(RecordingError, match=r"no recording\.json; give the directory that virtsdk\.record"):
        check(tmp_path)
    (tmp_path / "history" / MARK).write_text(json.dumps(mark()))
    for wrong in (tmp_path, tmp_path / "history" / "domains", tmp_path / "history" / "domains" / "1.parquet"):
        with pytest.raises(RecordingError, match=f"give {tmp_path / 'history'}, which is one"):
            check(wrong)
