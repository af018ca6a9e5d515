"""A recorder writes in its directory alone, for its owner alone, and a host's rows apart from others'."""

from __future__ import annotations

import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import virtsdk
from tests.unit.history.recordings import about, sample, taken, write
from virtsdk.errors import RecordingError
from virtsdk.history import files
from virtsdk.history.parquet.disk import row_groups
from virtsdk.history.writer import RecordingWriter


def test_a_link_in_the_place_of_the_lock_or_a_folder_is_refused(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious.parquet.part").write_text("precious")
    for name in ("recorder.lock", "domains"):
        directory = tmp_path / f"r-{name}"
        write(directory, [sample(0)])
        if (directory / name).is_dir():
            for path in (directory / name).iterdir():
                path.rename(outside / path.name)
            (directory / name).rmdir()
            (directory / name).symlink_to(outside)
        else:
            (directory / name).unlink()
            (directory / name).symlink_to(outside / "precious.parquet.part")
        with pytest.raises(RecordingError, match=f"{name} is a link to"):
            RecordingWriter(directory)
    assert (outside / "precious.parquet.part").read_text() == "precious"


def test_a_lock_that_is_another_file_as_well_is_not_cut(tmp_path):
    write(tmp_path / "r", [sample(0)])
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "r" / "recorder.lock").unlink()
    (tmp_path / "r" / "recorder.lock").hardlink_to(tmp_path / "victim")
    with pytest.raises(RecordingError, match=r"recorder\.lock is the file of another name, too"):
        RecordingWriter(tmp_path / "r")
    assert (tmp_path / "victim").read_text() == "precious"


def test_a_link_in_the_place_of_a_draft_is_not_followed(tmp_path):
    write(tmp_path / "r", [sample(0)])
    victim = tmp_path / "victim"
    victim.write_text("precious")
    writer = RecordingWriter(tmp_path / "r")
    (tmp_path / "r" / "domains" / "0-0000000002-0000000002.parquet.part").symlink_to(victim)
    writer.add(taken(sample(10)))
    writer.close()
    assert victim.read_text() == "precious"
    assert len(virtsdk.open_recording(tmp_path / "r").samples) == 2


@pytest.mark.parametrize(("more", "file", "folder"), [({}, 0o600, 0o700), ({"mode": 0o640}, 0o640, 0o750)])
def test_files_are_their_owners_unless_told_otherwise(tmp_path, more, file, folder):
    before = os.umask(0)
    try:
        with RecordingWriter(tmp_path / "a" / "r", **more) as writer:
            writer.add({**about(), **taken(sample(0))})
    finally:
        os.umask(before)
    for path in [tmp_path / "a", *(tmp_path / "a").rglob("*")]:
        assert path.stat().st_mode & 0o777 == (folder if path.is_dir() else file), path


def test_a_writer_whose_lock_was_removed_writes_no_more(tmp_path):
    first = RecordingWriter(tmp_path / "r")
    first.add({**about(), **taken(sample(0))})
    first.flush()
    (tmp_path / "r" / "recorder.lock").unlink()
    first.add(taken(sample(10)))
    with pytest.raises(RecordingError, match="removed or replaced"):
        first.flush()
    with RecordingWriter(tmp_path / "r") as second:
        second.add(taken(sample(20)))
    with pytest.raises(RecordingError, match="removed or replaced"):
        first.close()
    assert len(virtsdk.open_recording(tmp_path / "r").samples) == 2


def test_a_relative_path_survives_another_working_directory(tmp_path, monkeypatch):
    write(tmp_path / "r", [sample(0)])
    monkeypatch.chdir(tmp_path)
    recording = virtsdk.open_recording("r")
    monkeypatch.chdir("/")
    assert len(recording.samples) == 1


def test_row_groups_do_not_cross_hosts_unless_they_are_few_rows():
    hosts = ["a"] * 3000 + ["b"] * 2000 + ["c"] * 5 + ["d"] * 1500
    table = pa.table({"host": hosts, "x": range(len(hosts))})
    assert list(row_groups(table)) == [(0, 3000), (3000, 2000), (5000, 1505)]
    few = pa.table({"host": [f"h{n:02}" for n in range(50) for _ in range(4)]})
    assert len(list(row_groups(few))) <= 24
    assert sum(rows for _, rows in row_groups(few)) == 200


def test_many_hosts_are_kept_apart_and_one_of_them_is_found_without_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "SMALL_PART", 1)
    hosts = [f"kvm{number:02}" for number in range(20)]
    write(tmp_path / "r", [sample(t, host=host) for t in (0, 10, 20) for host in hosts], flush=20)
    paths = sorted((tmp_path / "r" / "domains").iterdir())
    assert len(paths) == files.parts_for(20, 10**6) == 5
    assert sum(pq.read_metadata(path).num_rows for path in paths) == 120
    recording = virtsdk.open_recording(tmp_path / "r")
    whole = recording.usage("10s")
    assert len(whole) == 80
    mine = paths[files.part_of("kvm07", 5)]
    for path in paths:
        if path != mine:
            path.write_bytes(b"")  # not needed
    one = virtsdk.open_recording(tmp_path / "r").usage("10s", hosts="kvm07")
    assert one.reset_index(drop=True).equals(whole[whole["host"] == "kvm07"].reset_index(drop=True))
