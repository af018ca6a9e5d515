"""Samples are rolled up and removed: use and rates stay what they were, wherever it is killed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import virtsdk
from tests.unit.history.recordings import NS, START, about, at
from tests.unit.stats.records import running
from virtsdk.errors import RecordingError
from virtsdk.history.integrity import RecordingWarning
from virtsdk.history.retention import rolling
from virtsdk.history.retention.keep import Keep
from virtsdk.history.retention.rolling import Rolling
from virtsdk.history.sampling.samples import Sample
from virtsdk.history.writer import RecordingWriter
from virtsdk.stats.samples.raw import raw_sample

HOSTS = ("kvm7", "kvm8")
GUESTS = [(f"{number:08}-0000-4000-8000-000000000000", f"g{number}") for number in range(2)]
MINUTES = 240
KEEP = Keep(raw=7200.0)


def minute(number: int, host: str) -> Sample:
    """A sample of a minute; one guest is made anew in between, and one is away for a while."""
    seconds = 60 * number + HOSTS.index(host)
    guests = GUESTS[: 1 if 100 <= number < 110 else 2]
    anew = seconds - 4200 if number >= 70 else seconds
    values = running(
        **{
            "cpu.time": anew * NS // 2, "domain.id": 9 if number >= 70 else 3, "vcpu.0.time": anew * NS // 3,
            "block.0.rd.bytes": anew * 4096, "net.0.rx.bytes": anew * 100,
            "balloon.last-update": int(at(seconds).timestamp()),
        }
    )  # fmt: skip
    row = {"host": host, "time": at(seconds), "taken": True, "missed": 0, "domains": len(guests)}
    records = [(uuid, name, values) for uuid, name in guests]
    return Sample(row, raw_sample(records, host=host, time=at(seconds)))


def write(directory: Path, *, keep: Keep | None = None, minutes: int = MINUTES, every: int = 30) -> None:
    with RecordingWriter(directory) as writer:
        writer.add(about(HOSTS, 60.0))
        work = None if keep is None else Rolling(writer, keep, 60.0)
        for number in range(minutes):
            for host in HOSTS:
                writer.add_sample(minute(number, host))
            if number % every == every - 1:
                writer.flush()
                writer.merge()
                if work is not None:
                    work.work()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> virtsdk.Recording:
    directory = tmp_path_factory.mktemp("rolling") / "whole"
    write(directory)
    return virtsdk.open_recording(directory)


@pytest.fixture(scope="module")
def rolled(tmp_path_factory: pytest.TempPathFactory) -> virtsdk.Recording:
    directory = tmp_path_factory.mktemp("rolling") / "rolled"
    write(directory, keep=KEEP)
    return virtsdk.open_recording(directory)


def rows(recording: virtsdk.Recording) -> int:
    return len(recording.frames("domains"))


@pytest.mark.parametrize(
    "how",
    [
        {"every": "5min"},
        {"every": "15min", "hosts": "kvm8"},
        {"every": "1h", "tz": "Asia/Kathmandu"},
        {"every": "10min", "domains": "g1"},
        {"every": "5min", "end": "2026-03-01 13:00"},
        {"every": "30min", "start": "2026-03-01 12:30", "end": "2026-03-01 15:30"},
    ],
    ids=str,
)
def test_use_is_what_it_was_with_all_samples(
    whole: virtsdk.Recording, rolled: virtsdk.Recording, how: dict[str, Any]
) -> None:
    assert 0 < rows(rolled) < rows(whole)
    expected, found = whole.usage(**how), rolled.usage(**how)
    if how.keys() & {"start", "end"}:  # sums are of whole bins, also at both ends
        known = expected["time"].drop_duplicates().sort_values().iloc[1:-1]
        expected, found = (one[one["time"].isin(known)] for one in (expected, found))
    pd.testing.assert_frame_equal(found.reset_index(drop=True), expected.reset_index(drop=True))


def test_rates_of_parts_are_too(whole: virtsdk.Recording, rolled: virtsdk.Recording) -> None:
    expected, found = (one.rates(every="10min") for one in (whole, rolled))
    for name in ("domains", "disks", "nics"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(expected, name))


def test_what_is_finer_than_what_is_kept_is_refused_and_says_since_when(rolled: virtsdk.Recording) -> None:
    for every in (None, "1min", "7min"):
        with pytest.raises(ValueError, match=r"every must be 5 minutes .* since 2026-03-01 1.:.. UTC"):
            rolled.usage(every)
    fresh = rolled.frames("domains")["time"].min().ceil("5min")
    assert len(rolled.usage("1min", start=fresh))


def test_it_is_whole_by_its_check_and_no_frame_of_sums_is_shown(rolled: virtsdk.Recording) -> None:
    assert rolled.check().empty
    assert not any(name.startswith("rollup") for name in rolled.frames())
    assert "domains" in repr(rolled)


def test_who_asks_for_samples_that_are_not_kept_is_told(rolled: virtsdk.Recording) -> None:
    assert len(rolled.stats().domains) == 4
    with pytest.raises(virtsdk.errors.RecordingError, match=r"keeps samples since .* is older"):
        rolled.stats("2026-03-01 12:10")
    with pytest.warns(RecordingWarning, match="keeps samples since"):
        rolled.frames("domains", start="2026-03-01 12:10", end="2026-03-01 12:20")


def test_nothing_is_removed_before_it_is_rolled_up(tmp_path: Path, whole: virtsdk.Recording) -> None:
    write(tmp_path / "r", keep=Keep(raw=1.0))
    pd.testing.assert_frame_equal(virtsdk.open_recording(tmp_path / "r").usage("5min"), whole.usage("5min"))


def test_sums_go_when_they_are_old(tmp_path: Path) -> None:
    write(tmp_path / "r", keep=Keep(raw=7200.0, rolled=7200.0))
    found = virtsdk.open_recording(tmp_path / "r").usage("5min")
    assert START < found["time"].min() <= at(60 * MINUTES - 7200)


class Killed(BaseException):
    """The process ends here."""


def remembered(make: Any) -> Any:
    """Sums of the same files are made once, and not anew for each place at which it is killed."""
    made: dict[Any, Any] = {}

    def sums(reader: Any, selection: Any) -> Any:
        key = selection, tuple(sorted(reader.listing.frames.items()))
        if key not in made:
            made[key] = make(reader, selection)
        return {name: frame.copy() for name, frame in made[key].items()}

    return sums


def test_wherever_it_is_killed_use_is_counted_once(
    tmp_path: Path, whole: virtsdk.Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(whole.directory, tmp_path / "r")
    expected = whole.usage("5min")
    monkeypatch.setattr(rolling, "sums_of_samples", remembered(rolling.sums_of_samples))
    real: dict[str, Any] = {"replace": Path.replace, "unlink": Path.unlink}
    left, done = 0, False
    while not done:
        directory = tmp_path / f"r{left}"
        shutil.copytree(tmp_path / "r", directory)
        reached = 0

        def step(what: str, *args: Any, left: int = left, **options: Any) -> Any:
            nonlocal reached
            reached += 1
            if reached > left:
                raise Killed
            return real[what](*args, **options)

        writer = RecordingWriter(directory)
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", lambda *args: step("replace", *args))
            patch.setattr(Path, "unlink", lambda *args, **options: step("unlink", *args, **options))
            try:
                Rolling(writer, KEEP, 60.0).work()
                done = True
            except Killed:
                pass
        writer._holder.release()
        pd.testing.assert_frame_equal(virtsdk.open_recording(directory).usage("5min"), expected)
        with RecordingWriter(directory) as again:
            Rolling(again, KEEP, 60.0).work()
        pd.testing.assert_frame_equal(virtsdk.open_recording(directory).usage("5min"), expected)
        shutil.rmtree(directory)
        left += 1
    assert left > 5


def test_the_time_between_two_turns_costs_nothing(
    tmp_path: Path, whole: virtsdk.Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(whole.directory, tmp_path / "r")
    with RecordingWriter(tmp_path / "r") as writer:
        work = Rolling(writer, KEEP, 60.0)
        work.work()
        monkeypatch.setattr(rolling, "Reader", None)
        work.work()


def test_where_sums_of_usage_are_gone_no_other_sums_are_removed(
    tmp_path: Path, rolled: virtsdk.Recording
) -> None:
    directory = shutil.copytree(rolled.directory, tmp_path / "r")
    shutil.rmtree(directory / "rollup.usage")
    before = {one: one.read_bytes() for one in directory.glob("*/*.parquet")}
    assert any(one.parent.name.startswith("rollup.") for one in before)
    with RecordingWriter(directory) as writer, pytest.raises(RecordingError, match="lacks sums of samples"):
        Rolling(writer, KEEP, 60.0).work()
    assert {one: one.read_bytes() for one in directory.glob("*/*.parquet")} == before


def test_a_clock_that_was_ahead_for_a_while_makes_nothing_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rolling.time, "time_ns", lambda: at(3600).as_unit("ns").value)
    with RecordingWriter(tmp_path / "r") as writer:
        writer.add(about(HOSTS, 60.0))
        work = Rolling(writer, KEEP, 60.0)
        for numbers in (range(30), range(30, 60), [2_000_000], range(61, 63)):
            for number in numbers:
                writer.add_sample(minute(number, HOSTS[0]))
            writer.flush()
            work.work()
    assert len(virtsdk.open_recording(tmp_path / "r").frames("domains")) == 2 * (60 + 1 + 2)
