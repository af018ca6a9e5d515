"""A recording is brought up and its days together: the rows stay, wherever it is killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

import virtsdk
from tests.unit.history.recordings import about, sample, taken
from virtsdk.errors import RecordingError
from virtsdk.history import files
from virtsdk.history.files import Segment
from virtsdk.history.integrity import RecordingWarning
from virtsdk.history.reading.reader import Reader
from virtsdk.history.writer import RecordingWriter
from virtsdk.history.writing import compact as compacting
from virtsdk.history.writing.compact import compact

HOSTS = tuple(f"kvm{number:02}" for number in range(9))  # more than are kept together
GUESTS = [(f"{number:08}-0000-4000-8000-000000000000", f"g{number}") for number in range(2)]
FEW = ("domains", "disks")
DAY = 86_400


def written(directory: Path, days: int = 2, only: tuple[str, ...] = FEW) -> Path:
    """Three flushes a day that nobody merged, as of recorders that were killed."""
    writer = RecordingWriter(directory)
    writer.add(about(HOSTS))
    for day in range(days):
        for number in range(3):
            for host in HOSTS:
                writer.add(taken(sample(DAY * day + 10 * number, host, GUESTS), only=only))
            writer.flush()
    writer._holder.release()
    return directory


@pytest.fixture(scope="module")
def of_two_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("compact") / "r")


@pytest.fixture
def original(of_two_days: Path, tmp_path: Path) -> Path:
    return shutil.copytree(of_two_days, tmp_path / "r")


def contents(directory: Path) -> dict[str, pd.DataFrame]:
    recording = virtsdk.open_recording(directory)
    return {**recording.frames(), "samples": recording.samples, "hosts": recording.hosts}


def equal(found: dict[str, pd.DataFrame], expected: dict[str, pd.DataFrame]) -> None:
    assert list(found) == list(expected)
    for name, frame in expected.items():
        keys = [one for one in ("host", "domain", "disk", "time", "key") if one in frame.columns]
        pd.testing.assert_frame_equal(
            found[name].sort_values(keys, ignore_index=True), frame.sort_values(keys, ignore_index=True)
        )


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "SMALL_PART", 1)


def test_each_day_is_in_few_files_by_group_of_hosts_and_every_row_is_there(
    original: Path, tmp_path: Path
) -> None:
    before = contents(original)
    expected = virtsdk.open_recording(tmp_path / "r").usage("1min")
    found = compact(tmp_path / "r")
    assert found.files < found.files_before
    names = sorted(path.name for path in (tmp_path / "r" / "domains").iterdir())
    assert names == [*Segment(1, 3, 3, 3).all_names, *Segment(4, 6, 3, 3).all_names]
    equal(contents(tmp_path / "r"), before)
    pd.testing.assert_frame_equal(virtsdk.open_recording(tmp_path / "r").usage("1min"), expected)
    assert virtsdk.open_recording(tmp_path / "r").check().empty
    table = pq.read_table(tmp_path / "r" / "domains" / names[0], partitioning=None).to_pandas()
    assert table[["host", "domain", "time"]].apply(tuple, axis=1).is_monotonic_increasing
    inodes = {path: path.stat().st_ino for path in (tmp_path / "r").rglob("*.parquet")}
    compact(tmp_path / "r")  # there is nothing left to do
    assert {path: path.stat().st_ino for path in (tmp_path / "r").rglob("*.parquet")} == inodes


def test_it_goes_on_to_be_recorded_and_compacted(tmp_path: Path) -> None:
    compact(written(tmp_path / "r", days=1))
    with RecordingWriter(tmp_path / "r") as writer:
        for number in (3, 4):
            writer.add(taken(sample(10 * number, "kvm00", GUESTS), only=FEW))
            writer.flush()
    compact(tmp_path / "r")
    (name, *more) = sorted(path.name for path in (tmp_path / "r" / "domains").iterdir())
    assert name.startswith("4-0000000001-0000000005") and len(more) == 2
    frame = virtsdk.open_recording(tmp_path / "r").frames("domains", hosts="kvm00")
    assert len(frame) == 10


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("frame", ["domains", "samples"])
def test_wherever_it_is_killed_each_row_is_there_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frame: str
) -> None:
    original = written(tmp_path / "r", days=1, only=("domains",))
    before = contents(original)
    real: dict[str, Any] = {"replace": Path.replace, "unlink": Path.unlink}
    reached, left = 0, 0
    while True:
        directory = tmp_path / f"r{left}"
        shutil.copytree(original, directory)
        reached = 0

        def step(what: str, *args: Any, left: int = left, **options: Any) -> Any:
            nonlocal reached
            if frame in str(args[0]):
                reached += 1
                if reached > left:
                    raise Killed
            return real[what](*args, **options)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", lambda *args: step("replace", *args))
            patch.setattr(Path, "unlink", lambda *args, **options: step("unlink", *args, **options))
            try:
                compact(directory)
                break
            except Killed:
                pass
        equal(contents(directory), before)
        with RecordingWriter(directory):  # tidies up
            pass
        equal(contents(directory), before)
        assert virtsdk.open_recording(directory).check().empty
        shutil.rmtree(directory)
        left += 1
    assert left > 3
    equal(contents(directory), before)


def test_killed_by_the_system_it_leaves_each_row_once(original: Path, tmp_path: Path) -> None:
    before = contents(original)
    script = f"""
        from virtsdk.history import files
        from virtsdk.history.writing import compact, store
        files.SMALL_PART = 1
        for name in ("prepare", "commit"):
            def told(*args, real=getattr(store.Store, name)):
                print("next", flush=True)
                return real(*args)
            setattr(store.Store, name, told)
        compact.compact({str(tmp_path / "r")!r})
    """
    for kill in (9,):  # of seven days of four frames, each written and then counted
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for number, _ in enumerate(process.stdout):
                if number == kill:
                    process.send_signal(signal.SIGKILL)
        equal(contents(tmp_path / "r"), before)
    compact(tmp_path / "r")
    equal(contents(tmp_path / "r"), before)
    assert virtsdk.open_recording(tmp_path / "r").check().empty


def test_older_files_are_brought_up(tmp_path: Path) -> None:
    """Version 1.0 called the network of a nic by another name; 1.3 wrote its number alone."""
    writer = RecordingWriter(tmp_path / "r")
    writer.add(about())
    writer.add(taken(sample(0)))
    writer.close()
    for path in (tmp_path / "r" / "nics").iterdir():
        table = pq.read_table(path, partitioning=None)
        old = [{"source": "network"}.get(name, name) for name in table.column_names]
        said = {b"virtsdk": json.dumps({"version": "1.0", "frame": "nics"}).encode()}
        pq.write_table(table.rename_columns(old).replace_schema_metadata(said), path)
    (tmp_path / "r" / "recording.json").write_text('{"format": "virtsdk recording", "version": [1, 0]}')
    before = contents(tmp_path / "r")
    compact(tmp_path / "r")
    equal(contents(tmp_path / "r"), before)
    (path,) = (tmp_path / "r" / "nics").iterdir()
    schema = pq.read_schema(path)
    assert "source" in schema.names and "network" not in schema.names
    assert json.loads(schema.metadata[b"virtsdk"])["version"] == "1.4"
    assert json.loads((tmp_path / "r" / "recording.json").read_text())["version"] == [1, 4]


def test_what_is_recorded_to_is_left_alone_and_what_is_none_is_said(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path / "r") as writer:
        writer.add({**about(), **taken(sample(0), only=FEW)})
        writer.flush()
        with pytest.raises(RecordingError, match="being recorded to already"):
            compact(tmp_path / "r")
    with pytest.raises(RecordingError, match="is no recording"):
        compact(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_day_of_which_a_file_is_lost_is_left_as_it_is(original: Path, tmp_path: Path) -> None:
    compact(original)
    (tmp_path / "r" / "domains" / Segment(1, 3, 3, 3).all_names[0]).unlink()
    compact(tmp_path / "r")
    with pytest.warns(RecordingWarning, match="the rows of some hosts are gone"):
        left = virtsdk.open_recording(tmp_path / "r").frames("domains")
    assert 0 < len(left) < len(HOSTS) * len(GUESTS) * 6


def test_files_have_the_rights_of_the_recording(original: Path, tmp_path: Path) -> None:
    (tmp_path / "r" / "recording.json").chmod(0o640)
    before = os.umask(0)
    try:
        compact(tmp_path / "r")
    finally:
        os.umask(before)
    rights = {path.stat().st_mode & 0o777 for path in (tmp_path / "r" / "domains").iterdir()}
    assert rights == {0o640}


class Reads:
    """Rows that pyarrow reads, where it is more than one column of them."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.rows = 0
        real, whole = pq.ParquetFile.read_row_groups, pq.read_table

        def counted(file: pq.ParquetFile, groups: list[int], columns: list[str]) -> Any:
            if len(columns) > 1:
                self.rows += sum(file.metadata.row_group(one).num_rows for one in groups)
            return real(file, groups, columns=columns)

        def all_of_it(*args: Any, **options: Any) -> Any:
            table = whole(*args, **options)
            self.rows += table.num_rows
            return table

        patch.setattr(pq.ParquetFile, "read_row_groups", counted)
        patch.setattr(pq, "read_table", all_of_it)


def test_each_row_is_read_once_some_hosts_at_a_time(original: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(original)
    there = [path for path in original.glob("*/*.parquet") if path.parent.name != "hosts"]  # one, as it is
    rows = sum(pq.read_metadata(path).num_rows for path in there)
    monkeypatch.setattr(compacting, "_MOST", 2000)  # values: a host or two
    reads = Reads(monkeypatch)
    compact(original)
    assert reads.rows == rows
    monkeypatch.undo()
    equal(contents(original), before)


def test_without_room_it_goes_day_by_day_and_first_looks_for_damage(
    original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(original)
    usage = shutil.disk_usage(original)
    monkeypatch.setattr(compacting.shutil, "disk_usage", lambda path: usage._replace(free=1000))
    bad = max((original / "samples").iterdir())  # comes last
    whole = bad.read_bytes()
    bad.write_bytes(whole[:4] + b"\0" * 200 + whole[204:])
    there = sorted(original.rglob("*.parquet"))
    with pytest.raises(RecordingError, match=f"{bad} is damaged"):
        compact(original)
    assert sorted(original.rglob("*.parquet")) == there
    bad.write_bytes(whole)
    compact(original)
    assert len(list((original / "samples").iterdir())) == 2
    equal(contents(original), before)


def test_a_row_that_is_not_read_is_not_removed(original: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Reader.in_turn
    monkeypatch.setattr(
        Reader, "in_turn", lambda *args: (one.slice(int(args[1] == "samples")) for one in real(*args))
    )
    there = sorted(original.rglob("*.parquet"))
    with pytest.raises(RecordingError, match="samples has 27 rows in the files of a day, of which 26 could"):
        compact(original)
    assert sorted(original.rglob("*.parquet*")) == there


def test_a_clock_that_was_set_back_over_midnight_divides_a_day(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / "r")
    writer.add(about(seconds=DAY))
    for seconds in (DAY, DAY + 10, 0, 10, DAY + 20, DAY + 30):
        writer.add(taken(sample(seconds), only=FEW))
        writer.flush()
    writer.release()
    before = contents(tmp_path / "r")
    compact(tmp_path / "r")
    equal(contents(tmp_path / "r"), before)
    RecordingWriter(tmp_path / "r").close()  # tidies up
    equal(contents(tmp_path / "r"), before)
    assert len(list((tmp_path / "r" / "domains").iterdir())) == 3


def test_what_a_newer_version_wrote_is_left_to_it(tmp_path: Path) -> None:
    directory = written(tmp_path / "r", days=1, only=("domains",))
    said = {"format": "virtsdk recording", "version": [1, 9]}
    (directory / "recording.json").write_text(json.dumps(said))
    before = sorted(directory.rglob("*"))
    with pytest.raises(RecordingError, match=r"version 1\.9 of the format, and this virtsdk writes 1\.4"):
        compact(directory)
    assert sorted(directory.rglob("*")) == before
