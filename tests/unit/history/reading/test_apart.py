"""Work that is done elsewhere has the answer of work that is done here, to the last bit."""

from __future__ import annotations

import pickle
import shutil
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import virtsdk
from tests.unit.history.reading.nine_hosts import HOSTS, taken
from tests.unit.history.recordings import about
from virtsdk.errors import RecordingError
from virtsdk.history.reading import apart, replay
from virtsdk.history.reading.parts import DAY
from virtsdk.history.reading.reader import Selection
from virtsdk.history.reading.replay import Replay
from virtsdk.history.writer import RecordingWriter

HOW: list[dict[str, Any]] = [
    {"every": None},
    {"every": "7h", "tz": "Asia/Kathmandu"},
    {"every": "1D", "domains": ["g9", "g7"], "start": "2026-03-02 07:00", "end": "2026-03-04 05:00"},
]


class Elsewhere:
    """Workers that have what they are told, and what they answer, by pickle alone, and end in any order."""

    def __init__(self) -> None:
        self.tasks: list[apart.Task] = []

    def map(self, function, tasks, *, pure):
        assert not pure  # a recording grows
        sent = [pickle.dumps((function, task)) for task in tasks]
        self.tasks += tasks
        return sent

    def gather(self, sent):
        done = {}
        for number in reversed(range(len(sent))):
            function, task = pickle.loads(sent[number])
            done[number] = pickle.dumps(function(task))
        return [pickle.loads(done[number]) for number in range(len(sent))]


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


@cache
def alone(directory: Path, number: int) -> pd.DataFrame:
    return virtsdk.open_recording(directory).usage(**HOW[number])


@pytest.mark.parametrize(
    ("form", "number"), [("as_of_1_3", 1), *(("as_of_today", number) for number in range(len(HOW)))]
)
def test_the_answer_is_that_of_one_process(
    form: str, number: int, as_of_today: Path, request: pytest.FixtureRequest
) -> None:
    recording, how = virtsdk.open_recording(request.getfixturevalue(form)), HOW[number]
    workers = Elsewhere()
    expected = alone(as_of_today, number)
    same(recording.usage(**how, client=workers), expected)
    assert len(workers.tasks) > 1
    assert max(len(task.stretches) for task in workers.tasks) > 1  # they go over midnight
    if how["every"] is None:
        assert {"gap", "reset"} <= set(expected["interrupted"].dropna())


@pytest.mark.parametrize(("every", "names"), [(None, ("disks", "domains")), ("5h", ("vcpus",))])
def test_each_frame_of_rates_is_too_whichever_is_read_first(
    as_of_today: Path, every: str | None, names: tuple[str, ...]
) -> None:
    recording = virtsdk.open_recording(as_of_today)
    for name in names:
        expected, found = (
            getattr(recording.rates(every=every, client=client), name) for client in (None, Elsewhere())
        )
        same(found, expected)


def test_sums_in_place_of_samples_are_joined_to_what_workers_made(rolled: Path) -> None:
    recording = virtsdk.open_recording(rolled)
    assert recording._reader.dropped_until is not None
    workers = Elsewhere()
    same(
        recording.usage("1h", tz="Asia/Kathmandu", client=workers), recording.usage("1h", tz="Asia/Kathmandu")
    )
    assert workers.tasks


def test_a_worker_has_the_figures_of_its_own_hosts_alone(as_of_today: Path) -> None:
    workers = Elsewhere()
    virtsdk.open_recording(as_of_today).usage(client=workers)
    seen = [task.taking.moments.keys() for task in workers.tasks if task.selection.hosts is not None]
    assert seen == [task.selection.hosts for task in workers.tasks]
    assert {task.selection.hosts for task in workers.tasks} != {frozenset(HOSTS)}


def test_what_a_worker_holds_does_not_grow_with_the_recording(
    as_of_today: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "TASKS", 1)
    monkeypatch.setattr(apart, "CHUNKS", 1)
    reader = virtsdk.open_recording(as_of_today)._reader
    given = list(apart._tasks(Replay(reader, Selection(), None, None, None, 150, DAY), None))
    rows = [sum(len(reader.read("domains", ["time"], one)) for one in task.stretches) for task in given]
    assert sum(rows) == reader.rows("domains", Selection())
    assert max(rows) < 2 * 150


def test_large_tasks_are_begun_first(as_of_today: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "CHUNKS", 1000)  # a task a group
    monkeypatch.setattr(apart, "TASKS", 1)
    reader = virtsdk.open_recording(as_of_today)._reader
    replay_ = Replay(reader, Selection(), None, None, None, 150, DAY)
    division = replay_.division(None)
    groups = [sum(reader.rows("domains", one) for one in stretches) for stretches in division.groups()]
    given = list(apart._tasks(replay_, None))
    rows = [sum(reader.rows("domains", one) for one in task.stretches) for task in given]
    assert rows == sorted(groups, reverse=True)
    assert groups != rows, groups


def test_one_host_is_divided_by_its_guests(as_of_today: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "CHUNK", 30)
    workers = Elsewhere()
    recording = virtsdk.open_recording(as_of_today)
    same(recording.usage(hosts="kvm0", client=workers), recording.usage(hosts="kvm0"))
    bounds = [(task.selection.after, task.selection.until) for task in workers.tasks]
    assert len(bounds) > 1
    assert bounds[0][0] is None
    assert bounds[-1][1] is None
    assert all(one[1] == other[0] for one, other in pairwise(bounds))


def test_what_is_one_part_is_done_here(as_of_today: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "CHUNK", 100_000)
    workers = Elsewhere()
    recording = virtsdk.open_recording(as_of_today)
    same(recording.usage(hosts="kvm0", client=workers), recording.usage(hosts="kvm0"))
    assert not workers.tasks


class Moving(Elsewhere):
    """Workers that find something else under the name of the directory."""

    def __init__(self, other: Path | None) -> None:
        super().__init__()
        self.other = other

    def map(self, function, tasks, *, pure):
        from dataclasses import replace

        where = self.other or Path("/nowhere/history")
        elsewhere = [replace(one, recording=replace(one.recording, directory=where)) for one in tasks]
        return super().map(function, elsewhere, pure=pure)


def test_a_worker_is_told_the_name_by_which_it_was_opened(as_of_today: Path, tmp_path: Path) -> None:
    (tmp_path / "history").symlink_to(as_of_today)  # as where storage is mounted at one place, here by a link
    workers = Elsewhere()
    virtsdk.open_recording(tmp_path / "history").usage(hosts=["kvm0", "kvm1"], client=workers)
    assert {task.recording.directory for task in workers.tasks} == {tmp_path / "history"}


def test_a_worker_that_does_not_see_the_recording_says_so(as_of_today: Path, tmp_path: Path) -> None:
    recording = virtsdk.open_recording(as_of_today)
    with pytest.raises(RecordingError, match=r"worker on .* does not see /nowhere/history: all"):
        recording.usage(client=Moving(None))
    other = tmp_path / "other"
    with RecordingWriter(other) as writer:
        writer.add(about(HOSTS, 120.0, seconds=5))
        for number in range(1, 4):
            one = taken(number, HOSTS[0])
            assert one is not None
            writer.add_sample(one)
    with pytest.raises(RecordingError, match="another recording"):
        recording.usage(client=Moving(other))
    older = shutil.copytree(as_of_today, tmp_path / "behind")
    max((older / "samples").iterdir(), key=lambda path: path.name.split("-")[2]).unlink()
    with pytest.raises(RecordingError, match="older state"):
        recording.usage(client=Moving(older))
