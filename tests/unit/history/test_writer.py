"""Whatever happens to the writer, what was written can be read; damage and strangers are named."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap

import pandas as pd
import pyarrow.parquet as pq
import pytest

import virtsdk
from tests.unit.history.recordings import FEW, about, at, sample, taken, times, write
from virtsdk.errors import RecordingError
from virtsdk.history import files as recording_files
from virtsdk.history import writer as recording_writer
from virtsdk.history.integrity import RecordingWarning
from virtsdk.history.reading.reader import Selection
from virtsdk.history.writer import RecordingWriter


def files(directory, frame="domains"):
    return sorted(path.name for path in (directory / frame).iterdir())


# --- killed at any moment -----------------------------------------------------------------------------


def test_a_writer_that_is_killed_leaves_what_it_flushed(tmp_path):
    script = f"""
        from tests.unit.history.recordings import *
        writer = RecordingWriter({str(tmp_path / "r")!r})
        writer.add(about())
        for number in range(10_000):
            writer.add(taken(sample(10 * number), only={FEW}))
            writer.flush()
            print(number, flush=True)
            writer.merge()
    """
    left = {}  # by number, what is on the disk: of a process that stands still as of one that is gone
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True
    ) as process:
        for number, _ in enumerate(process.stdout):
            if number in (3, 19):
                process.send_signal(signal.SIGSTOP)
                os.waitpid(process.pid, os.WUNTRACED)
                left[number] = shutil.copytree(tmp_path / "r", tmp_path / f"after {number}")
                process.send_signal(signal.SIGCONT)
            if number == 30:
                process.send_signal(signal.SIGKILL)
    left[number] = tmp_path / "r"
    assert list(left) == [3, 19, number]
    for last, directory in left.items():
        found = times(directory)
        assert found == [at(10 * n) for n in range(len(found))]
        assert len(found) > last
        assert len(found) <= number + 2  # the one whose number was not printed any more
        with RecordingWriter(directory) as writer:  # goes on where it ended, and tidies up
            writer.add(taken(sample(10_000_000), only=FEW))
        assert times(directory) == [*found, at(10_000_000)]
        assert not list(directory.rglob("*.part"))


def test_what_is_half_written_is_removed_and_rows_whose_samples_are_gone_are_kept(tmp_path):
    write(tmp_path / "r", [sample(t) for t in (0, 10)])
    draft = tmp_path / "r" / "domains" / "0-0000000002-0000000002.parquet.part"
    draft.write_bytes(b"PAR1half")
    alone = tmp_path / "r" / "disks" / "0-0000000009-0000000009.parquet"  # its samples are missing
    shutil.copy(next((tmp_path / "r" / "disks").iterdir()), alone)
    with pytest.warns(RecordingWarning, match="segments 2 to 9 of samples is gone"):
        assert times(tmp_path / "r") == [at(0), at(10)]
    with pytest.warns(RecordingWarning, match="segments 2 to 9 of samples is gone"):
        assert len(virtsdk.open_recording(tmp_path / "r").frames("disks", domains="web1")) == 4
    RecordingWriter(tmp_path / "r").close()
    assert alone.exists() and not draft.exists()
    with pytest.warns(RecordingWarning, match="segments 2 to 9 of samples is gone"):
        assert len(virtsdk.open_recording(tmp_path / "r").frames("disks", domains="web1")) == 4
    with RecordingWriter(tmp_path / "r") as writer:  # goes on after it
        writer.add(taken(sample(20)))
    assert times(tmp_path / "r") == [at(0), at(10), at(20)]


def test_it_can_be_read_while_it_is_written_and_merged(tmp_path, monkeypatch):
    monkeypatch.setattr(recording_files, "FULL", (3, 3))
    writer = RecordingWriter(tmp_path / "r")
    writer.add(about())
    recording = None
    for number in range(12):
        writer.add(taken(sample(10 * number)))
        writer.flush()
        recording = recording or virtsdk.open_recording(tmp_path / "r")
        recording._reader.refresh()
        if number:
            assert recording.end == at(10 * number)
        listed = recording._reader.listing
        writer.merge()
        recording._reader.listing = listed  # as where the merge came after the listing
        assert recording._reader.read("domains", ["time"], Selection())
        assert len(recording.frames("domains")) == 2 * (number + 1)
    writer.close()
    assert len(files(tmp_path / "r")) < 6


# --- one writer, its own directory ----------------------------------------------------------------------


def test_a_second_writer_is_refused_and_says_who_the_first_is(tmp_path):
    with RecordingWriter(tmp_path / "r"):
        with pytest.raises(RecordingError, match=f"process {os.getpid()} .*another directory"):
            RecordingWriter(tmp_path / "r")
        script = f"from virtsdk.history.writer import *; RecordingWriter({str(tmp_path / 'r')!r})"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
        assert "is being recorded to already" in done.stderr
    RecordingWriter(tmp_path / "r").close()


def test_a_directory_with_other_things_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("words")
    with pytest.raises(RecordingError, match=r"thesis\.tex"):
        RecordingWriter(tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "words"


# --- the disk -------------------------------------------------------------------------------------------


def test_a_full_disk_is_said_and_nothing_is_lost_once_there_is_room(tmp_path, monkeypatch):
    writer = write(tmp_path / "r", [sample(t) for t in (0, 10)], close=False)
    writer.add(taken(sample(20)))

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(recording_writer.os, "fsync", full)
    with pytest.raises(RecordingError, match=f"{tmp_path / 'r'}.*No space left"):
        writer.flush()
    assert times(tmp_path / "r") == [at(0), at(10)]
    assert not list((tmp_path / "r").rglob("*.part"))
    monkeypatch.undo()
    writer.add(taken(sample(30)))
    writer.close()
    assert times(tmp_path / "r") == [at(0), at(10), at(20), at(30)]


def test_a_directory_that_was_deleted_is_not_made_again(tmp_path):
    writer = write(tmp_path / "r", [sample(0)], close=False)
    writer.add(taken(sample(10)))
    shutil.rmtree(tmp_path / "r")
    with pytest.raises(RecordingError, match="deleted or unmounted"):
        writer.close()
    assert not (tmp_path / "r").exists()


# --- other versions, damage, strangers ------------------------------------------------------------------


def rewrite(path, change):
    table = pq.read_table(path)
    pq.write_table(change(table), path)


def test_columns_of_another_minor_version_are_kept_or_missing(tmp_path):
    writer = write(tmp_path / "r", [sample(0), sample(10)], flush=1, close=False)
    os.close(writer._holder._handle)  # as where it was killed
    older, newer = (tmp_path / "r" / "domains" / name for name in files(tmp_path / "r"))
    rewrite(older, lambda table: table.drop_columns(["autostart", "memory_rss_bytes"]))
    rewrite(
        newer, lambda table: table.append_column("novel_bytes", [[7, 8]]).append_column("mood", [["a", None]])
    )
    frame = virtsdk.open_recording(tmp_path / "r").frames("domains", domains="web1")
    assert frame["novel_bytes"].fillna(0).tolist() == [0, 7]
    assert frame["mood"].fillna("").tolist() == ["", "a"]
    assert frame["memory_rss_bytes"].isna().tolist() == [True, False]
    assert frame["autostart"].dtype == "boolean"
    assert str(frame["novel_bytes"].dtype) == "Int64"
    with RecordingWriter(tmp_path / "r") as writer:
        writer.merge(rest=True)
    pd.testing.assert_frame_equal(
        virtsdk.open_recording(tmp_path / "r").frames("domains", domains="web1"), frame
    )


def test_a_frame_that_this_version_does_not_know_is_read(tmp_path):
    with RecordingWriter(tmp_path / "r") as writer:
        writer.add(about())
        novel = pd.DataFrame({"host": ["kvm7"], "time": [at(0)], "x": [1.5]})
        writer.add({**taken(sample(0)), "novel": novel.astype({"host": "str"})})
    assert virtsdk.open_recording(tmp_path / "r").frames("novel")["x"].tolist() == [1.5]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "damaged"),
        ('{"format": "diary", "version": [1, 0]}', "'diary'"),
        ('{"format": "virtsdk recording", "version": [2, 1]}', r"version 2\.1"),
    ],
)
def test_another_format_is_refused_by_reader_and_writer(tmp_path, text, words):
    write(tmp_path / "r", [sample(0)])
    (tmp_path / "r" / "recording.json").write_text(text)
    with pytest.raises(RecordingError, match=words):
        virtsdk.open_recording(tmp_path / "r")
    with pytest.raises(RecordingError, match=words):
        RecordingWriter(tmp_path / "r")


def test_a_newer_minor_version_is_read(tmp_path):
    write(tmp_path / "r", [sample(0)])
    said = {"format": "virtsdk recording", "version": [1, 7], "more": True}
    (tmp_path / "r" / "recording.json").write_text(json.dumps(said))
    assert times(tmp_path / "r") == [at(0)]


def test_a_damaged_file_is_named_and_without_it_the_rest_is_read(tmp_path):
    write(tmp_path / "r", [sample(0), sample(10)], flush=1, close=False)
    bad = tmp_path / "r" / "domains" / files(tmp_path / "r")[0]
    for damage in (b"", b"garbage", bad.read_bytes()[:-20]):
        bad.write_bytes(damage)
        with pytest.raises(RecordingError, match=f"{bad} is damaged.*move it"):
            virtsdk.open_recording(tmp_path / "r").frames("domains")
    bad.rename(tmp_path / "elsewhere")
    with pytest.warns(RecordingWarning, match="segment 1 of domains is gone"):
        assert times(tmp_path / "r") == [at(10)]


def test_a_flipped_bit_never_gives_a_wrong_figure(tmp_path):
    write(tmp_path / "r", [sample(0), sample(10)])
    bad = tmp_path / "r" / "domains" / files(tmp_path / "r")[0]
    whole = bad.read_bytes()
    right = virtsdk.open_recording(tmp_path / "r").frames("domains")
    noticed = 0
    for place in range(50, len(whole) - 8 - int.from_bytes(whole[-8:-4], "little"), 61):
        bad.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            found = virtsdk.open_recording(tmp_path / "r").frames("domains")
        except RecordingError as error:
            assert f"{bad} is damaged" in str(error)
            noticed += 1
        else:
            pd.testing.assert_frame_equal(found, right)
    assert noticed > 20


def test_a_strange_parquet_file_is_named(tmp_path):
    write(tmp_path / "r", [sample(0)])
    stranger = tmp_path / "r" / "domains" / "mine.parquet"
    pd.DataFrame({"a": [1]}).to_parquet(stranger)
    with pytest.raises(RecordingError, match=f"{stranger} is not a file of the recording"):
        virtsdk.open_recording(tmp_path / "r")
    stranger.rename(tmp_path / "r" / "domains" / "1-0000000001-0000000009.parquet")
    (tmp_path / "r" / "domains" / ".DS_Store").write_text("")
    write(tmp_path / "other", [sample(0)])
    with pytest.raises(RecordingError, match="not written by virtsdk"):
        shutil.copy(tmp_path / "r" / "domains" / "1-0000000001-0000000009.parquet",
                    tmp_path / "other" / "domains" / files(tmp_path / "other")[0])  # fmt: skip
        virtsdk.open_recording(tmp_path / "other").frames("domains")


# --- what is in the files -------------------------------------------------------------------------------


def test_files_say_what_their_columns_are_and_others_can_read_them(tmp_path):
    write(tmp_path / "r", [sample(t) for t in range(0, 60, 10)])
    (name,) = files(tmp_path / "r", "disks")
    schema = pq.read_schema(tmp_path / "r" / "disks" / name)
    said = {key.decode(): value.decode() for key, value in schema.field("read_bytes_total").metadata.items()}
    assert (said["key"], said["unit"], said["kind"]) == ("block.{disk}.rd.bytes", "bytes", "counter")
    import duckdb  # for the one worker that runs this

    assert json.loads(schema.metadata[b"virtsdk"]) == {"version": "1.4", "frame": "disks"}
    total = duckdb.sql(f"SELECT max(read_bytes_total) FROM '{tmp_path}/r/disks/*.parquet'").fetchall()
    assert total == [(50 * 2 * 4096,)]


def test_small_files_become_few(tmp_path, monkeypatch):
    assert recording_files.FULL[0] == 20
    monkeypatch.setattr(recording_files, "FULL", (5, 72, 1000))
    write(tmp_path / "r", [sample(t) for t in range(0, 130, 10)], flush=1, close=False)
    assert files(tmp_path / "r", "domains")[-2:] == [
        "1-0000000001-0000000005.parquet",
        "1-0000000006-0000000010.parquet",
    ]
    assert len(files(tmp_path / "r", "domains")) == 5


def test_a_merge_keeps_the_time_of_a_clock_that_was_set_back_in_order(tmp_path):
    write(tmp_path / "r", [sample(t) for t in (0, 10, 5, 20)], flush=1)
    assert times(tmp_path / "r") == [at(0), at(5), at(10), at(20)]


def test_waiting_values_are_counted(tmp_path):
    with RecordingWriter(tmp_path / "r") as writer:
        frames = taken(sample(0))
        writer.add(frames)
        assert writer.waiting == sum(frame.size for frame in frames.values())
        writer.flush()
        assert writer.waiting == 0


def test_a_directory_of_others_is_left_as_it_was(tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(RecordingError, match=r"has other files in it \(letter\.txt\)"):
        RecordingWriter(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["letter.txt"]
