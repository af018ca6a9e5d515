"""What is wrong with a recording is named: files that are gone, and files that no recorder wrote."""

from __future__ import annotations

import fcntl
import shutil
import threading
import warnings
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import virtsdk
from tests.unit.history.recordings import at, sample, write
from virtsdk.errors import RecordingError
from virtsdk.history.integrity import Content, RecordingWarning, merged_contents
from virtsdk.history.writing import lock as writing_lock
from virtsdk.history.writing.lock import LOCK, Lock, is_held
from virtsdk.history.writing.note import NOTE


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    directory = tmp_path_factory.mktemp("history") / "r"
    write(directory, [sample(t) for t in range(0, 120, 10)], flush=3, close=False)
    return directory


@pytest.fixture
def directory(untouched, tmp_path):
    return shutil.copytree(untouched, tmp_path / "r")


def files_of(directory, frame):
    return sorted((directory / frame).iterdir())


def rewritten(path, change):
    table = pq.read_table(path, partitioning=None)
    about = table.schema.metadata
    pq.write_table(change(table).replace_schema_metadata(about), path)


def column(name, change):
    return lambda table: table.set_column(
        table.column_names.index(name), name, change(table[name], table.num_rows)
    )


def test_all_is_well(directory):
    recording = virtsdk.open_recording(directory)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(recording.frames("domains")) == 24
    assert list(recording.check().columns) == ["file", "problem", "what"]
    assert recording.check().empty


@pytest.mark.parametrize("place", [0, 1, -1])
def test_a_file_that_is_gone_is_said_and_the_rest_is_read(directory, place):
    files_of(directory, "domains")[place].unlink()
    recording = virtsdk.open_recording(directory)
    with pytest.warns(RecordingWarning, match="of domains is gone"):
        assert len(recording.frames("domains")) == 18
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # once is enough
        recording.frames("domains")
    problems = recording.check()
    assert (problems["problem"] == "missing").all()
    assert problems["what"].str.contains("6 rows of domains of host 'kvm7'").any()


def test_a_whole_frame_that_is_gone_is_not_a_host_without_guests(directory):
    shutil.rmtree(directory / "domains")
    recording = virtsdk.open_recording(directory)
    with (
        pytest.warns(RecordingWarning, match="segments 1 to 4 of domains is gone"),
        pytest.raises(RecordingError, match="0 of 2 domains of host 'kvm7'"),
    ):
        recording.stats()
    assert "domains/" in recording.check()["file"].tolist()


@pytest.mark.parametrize("frame", ["hosts", "samples"])
def test_what_a_recording_says_of_itself_is_missed_as_well(directory, frame):
    files_of(directory, frame)[0].unlink()
    with pytest.warns(RecordingWarning, match=f"of {frame} is gone"):
        getattr(virtsdk.open_recording(directory), frame)


def test_samples_that_are_gone_are_missed(directory):
    for path in files_of(directory, "samples")[1:]:
        path.unlink()
    recording = virtsdk.open_recording(directory)
    with pytest.warns(RecordingWarning, match="of samples is gone"):
        assert recording.stats().time == at(20)
    assert recording.check()["what"].str.contains("segments 2 to 4 of samples").any()


def test_an_unfinished_file_is_no_warning_but_a_row(directory):
    (directory / "domains" / "0-0000000005-0000000005.parquet").write_bytes(b"PAR1")
    recording = virtsdk.open_recording(directory)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        recording.frames("domains")
    assert recording.check()["problem"].tolist() == ["unfinished"]


def test_another_day_is_read_beside_a_damaged_file(tmp_path):
    day = 86400
    write(tmp_path / "r", [sample(t) for t in (0, 10, 20, day, day + 10, day + 20)], flush=3)
    files_of(tmp_path / "r", "domains")[0].write_bytes(b"PAR1 no more")
    recording = virtsdk.open_recording(tmp_path / "r")
    assert len(recording.usage("10s", start=at(day))) == 4
    with pytest.raises(RecordingError, match="0000000001"):
        recording.usage("10s")


REWRITTEN = {
    "host is a number": (column("host", lambda _, n: pa.array(range(n))), "column 'host' is int64"),
    "text for seconds": (
        column("cpu_time_seconds_total", lambda c, _: c.cast(pa.string())),
        "'cpu_time_seconds_total' is string; expected numbers",
    ),
    "no zone": (
        column("time", lambda c, _: c.cast(pa.timestamp("us"))),
        "'time'.*expected times with a zone",
    ),
    "unsigned": (column("vcpus", lambda _, n: pa.array([2**64 - 1] * n, pa.uint64())), "'vcpus' is uint64"),
    "no domain": (lambda table: table.drop_columns(["domain"]), "no column 'domain'"),
    "twice": (lambda table: table.append_column("vcpus", table["vcpus"]), "column 'vcpus' is there twice"),
    "unnamed": (
        column("domain", lambda c, _: pa.array([None, *c.to_pylist()[1:]])),
        "'domain' is missing in 1 rows",
    ),
    "no time that there is": (
        column("time", lambda _, n: pa.array([2**62] * n, pa.int64()).cast(pa.timestamp("us", "UTC"))),
        "after 2262",
    ),
    "infinite": (
        column("cpu_time_seconds_total", lambda _, n: pa.array([float("inf")] * n)),
        "'cpu_time_seconds_total' is infinite",
    ),
    "doubled": (lambda table: pa.concat_tables([table, table]), "6 rows are there twice"),
}


@pytest.mark.parametrize(("change", "said"), REWRITTEN.values(), ids=REWRITTEN.keys())
def test_what_another_program_made_of_a_file_is_refused_by_name(directory, change, said):
    path = files_of(directory, "domains")[1]
    rewritten(path, change)
    recording = virtsdk.open_recording(directory)
    for ask in (lambda: recording.usage("10s"), lambda: recording.frames("domains")):
        with pytest.raises(RecordingError, match=f"{path.name}.*{said}"):
            ask()
    assert recording.check()["file"].tolist() == [f"domains/{path.name}"]


def test_other_widths_of_the_same_kind_are_read(directory):
    before = virtsdk.open_recording(directory).frames("domains")
    for path in files_of(directory, "domains"):
        rewritten(path, column("name", lambda c, _: c.cast(pa.large_string())))
        rewritten(path, column("vcpus", lambda c, _: c.cast(pa.int32())))
    assert virtsdk.open_recording(directory).frames("domains").equals(before)


def test_neighbours_with_the_same_frames_are_said_at_once():
    a, b, c = Content(1, 1, ["x"], 5, 9), Content(2, 4, ["x"], 1, 20), Content(5, 5, ["x", "y"], 21, 22)
    assert merged_contents([[c], [b], [a]]) == [Content(1, 4, ["x"], 1, 20), c]


def test_a_note_counts_for_as_long_as_its_recorder_lives(directory):
    (directory / NOTE).write_text("since yesterday the hosts of before are recorded\n")
    recording = virtsdk.open_recording(directory)
    assert recording.check().empty
    lock = Lock(directory, 0o600)
    assert recording.check()[["file", "problem"]].values.tolist() == [[NOTE, "hosts"]]
    lock.release()
    assert recording.check().empty


def test_whoever_looks_at_the_lock_does_not_keep_a_recorder_out(directory, monkeypatch):
    monkeypatch.setattr(writing_lock, "_TRIES", 1000)
    assert is_held(directory) is False
    with Path(directory / LOCK).open() as seen:
        fcntl.flock(seen, fcntl.LOCK_SH)
        looked = threading.Timer(0.01, fcntl.flock, [seen, fcntl.LOCK_UN])
        looked.start()
        lock = Lock(directory, 0o600)
        looked.join()
    assert is_held(directory) is True
    lock.release()
    (directory / LOCK).unlink()
    assert is_held(directory) is False


def test_samples_of_times_to_come_are_told(tmp_path):
    ahead = (pd.Timestamp.now(tz="UTC") - at(0)).total_seconds() // 1 + 86_400
    write(tmp_path / "r", [sample(0), sample(ahead)])
    (problem,) = virtsdk.open_recording(tmp_path / "r").check().to_dict("records")
    assert problem["problem"] == "clock" and "yet to come" in problem["what"]
