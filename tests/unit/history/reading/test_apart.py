"""Work that is done elsewhere has the answer of work that is done here, to the last bit."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import virtsdk
from tests.unit.history.recordings import NS, about, at
from tests.unit.stats.records import running
from virtsdk.errors import RecordingError
from virtsdk.history import files, replay
from virtsdk.history.reading import apart
from virtsdk.history.retention.keep import Keep
from virtsdk.history.retention.rolling import Rolling
from virtsdk.history.sampling.samples import Sample
from virtsdk.history.writer import RecordingWriter
from virtsdk.history.writing.compact import compact
from virtsdk.stats.samples.raw import raw_sample

HOSTS = tuple(f"kvm{number}" for number in range(9))
GUESTS = [(f"{number:08}-0000-4000-8000-000000000000", f"g{9 - number}") for number in range(3)]
STEP, DAYS = 4200, 3  # seconds: no bin of an hour, and no day, begins with a sample
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
        self.tasks = list(tasks)
        return sent

    def gather(self, sent):
        done = {}
        for number in reversed(range(len(sent))):
            function, task = pickle.loads(sent[number])
            done[number] = pickle.dumps(function(task))
        return [pickle.loads(done[number]) for number in range(len(sent))]


def taken(number: int, host: str, step: int = STEP) -> Sample | None:
    """A sample: a late host, gaps, a guest that is away for more than a day and starts anew, a late disk."""
    seconds, place = number * step, HOSTS.index(host)
    if (place == 8 and number < 25) or (place == 7 and number % 20 in (6, 7)):
        return None
    away = {2: range(10, 40), 1: range(20, 22)}
    records = []
    for which, (uuid, name) in enumerate(GUESTS):
        if number in away.get(which, ()):
            continue
        anew = number >= 30 and place % 2 == which % 2
        grown = (seconds - 30 * step if anew else seconds) * (which + 3) / 7
        values = {
            "cpu.time": int(grown * NS / 3), "cpu.user": int(grown * NS / 7),
            "vcpu.0.time": int(grown * NS / 3),
            "vcpu.0.delay": int(grown * NS / 11), "block.0.rd.bytes": int(grown * 4097),
            "net.0.rx.bytes": int(grown * 101), "domain.id": 9 if anew else 3,
            "balloon.last-update": int(at(seconds).timestamp()),
        }  # fmt: skip
        record = running(**values)
        if which == 0 and number in range(15, 38):  # a disk is taken out, and put back another day
            record = {key: value for key, value in record.items() if not key.startswith("block.")}
        records.append((uuid, name, record))
    stamp = at(seconds + place)
    row = {"host": host, "time": stamp, "taken": True, "missed": 0, "domains": len(records)}
    return Sample(row, raw_sample(records, host=host, time=stamp))


def write(directory: Path, *, step: int = STEP, keep: Keep | None = None, flush: int = 9) -> Path:
    with RecordingWriter(directory) as writer:
        writer.add(about(HOSTS, float(step)))
        work = None if keep is None else Rolling(writer, keep, float(step))
        for number in range(DAYS * 86_400 // STEP):
            for host in HOSTS:
                if (one := taken(number, host, step)) is not None:
                    writer.add_sample(one)
            if number % flush == flush - 1:
                writer.flush()
                writer.merge()
                if work is not None:
                    work.work()
    return directory


@pytest.fixture(scope="module")
def as_of_1_3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = write(tmp_path_factory.mktemp("apart") / "older")
    said = {**files.mark(), "version": [1, 3]}
    (directory / files.MARK).write_text(json.dumps(said), encoding="utf-8")
    return directory


@pytest.fixture(scope="module")
def as_of_today(as_of_1_3: Path) -> Path:
    """The same, by days and parts of the hosts."""
    directory = shutil.copytree(as_of_1_3, as_of_1_3.with_name("today"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "SMALL_PART", 1)
        compact(directory)
    names = [path.name for path in (directory / "domains").iterdir()]
    assert any("-02-03" in name for name in names), names
    return directory


@pytest.fixture(scope="module")
def rolled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("apart") / "rolled", step=240, keep=Keep(raw=7200.0))


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """More than one part of the guests in a day, and of the days, as of a recording of millions of rows."""
    monkeypatch.setattr(replay, "CHUNK", 300)
    yield


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


@pytest.mark.parametrize(
    ("form", "how"),
    [("as_of_1_3", HOW[1]), *(("as_of_today", one) for one in HOW)],
    ids=str,
)
def test_the_answer_is_that_of_one_process(form: str, how: dict[str, Any], request: Any) -> None:
    recording = virtsdk.open_recording(request.getfixturevalue(form))
    workers = Elsewhere()
    expected = recording.usage(**how)
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
        return super().map(function, [replace(task, directory=where) for task in tasks], pure=pure)


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
