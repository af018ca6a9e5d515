"""A recording of version 1.0 of the format reads as one of today: other names, and no UUIDs of pools."""

from __future__ import annotations

import json
import shutil
from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import virtsdk
from tests.unit.history.recordings import START, about, at, sample, taken
from tests.unit.stats.records import WEB, running
from virtsdk.history.files import FORMAT
from virtsdk.history.writer import RecordingWriter
from virtsdk.stats import from_records
from virtsdk.stats.samples.storage import storage_frames

# what version 1.0 called its columns, and what it did not have
OLD = {
    "nics": {"source": "network"},
    "storage.pools": {"storage_pool": "pool_uuid", "name": "pool"},
    "storage.volumes": {"storage_pool_name": "pool", "name": "volume"},
}
NEW = {"storage.volumes": ["storage_pool"], "domains": ["agent_seen"]}
TIMES = range(0, 60, 10)


def moment(seconds):
    """Everything of one sample: a guest's nic, and two pools that have a volume of the same name each.

    After the third sample the pool of images was made anew, with another UUID.
    """
    fact = SimpleNamespace(mac="52:54:00:00:00:01", source="default")
    facts = {WEB: SimpleNamespace(autostart=True, disks={}, nics={"vnet8": fact})}
    record = (WEB, "web1", running(**{"net.0.rx.bytes": seconds}))
    stats = from_records([record], host="kvm7", time=at(seconds), facts=facts)
    uuids = {"backups": "b" * 36, "images": ("c" if seconds < 30 else "d") * 36}
    rows = {
        "storage.pools": [
            {"storage_pool": uuid, "name": name, "type": "dir", "state": 2, "autostart": True,
             "path": f"/srv/{name}", "capacity": 100, "allocation": 7, "available": 93}
            for name, uuid in uuids.items()
        ],
        "storage.volumes": [
            {"storage_pool": uuid, "storage_pool_name": pool, "name": volume, "path": f"/srv/{pool}/{volume}",
             "type": "file", "capacity": 50, "allocation": seconds}
            for pool, uuid in uuids.items()
            for volume in ("disk", "iso")
        ],
    }  # fmt: skip
    storage = storage_frames(rows, host="kvm7", time=at(seconds + 0.5))
    frames = taken(stats)
    frames["samples"]["storage_time"] = storage.time
    return {**frames, **storage.frames}


def record(directory, times, *, flush=2):
    with RecordingWriter(directory) as writer:
        writer.add(about())
        for number, seconds in enumerate(times, 1):
            writer.add(moment(seconds))
            if number % flush == 0:
                writer.flush()


def age(directory):
    """Make files, and the mark, what version 1.0 wrote."""
    said = json.dumps({"format": "virtsdk recording", "version": [1, 0]})
    (directory / "recording.json").write_text(said)
    for path in directory.rglob("*.parquet"):
        frame = path.parent.name
        table = pq.read_table(path, partitioning=None).drop_columns(NEW.get(frame, []))
        names = [OLD.get(frame, {}).get(name, name) for name in table.column_names]
        about = {"virtsdk": json.dumps({"version": "1.0", "frame": frame})}
        pq.write_table(table.rename_columns(names).replace_schema_metadata(about), path)


@pytest.fixture(scope="module")
def today(tmp_path_factory):
    """Leave it as it is, and `older` too: all tests here read them."""
    directory = tmp_path_factory.mktemp("history") / "today"
    record(directory, TIMES)
    return virtsdk.open_recording(directory)


@pytest.fixture(scope="module")
def older(today):
    directory = shutil.copytree(today.directory, today.directory.with_name("older"))
    age(directory)
    return virtsdk.open_recording(directory)


def files(directory, frame):
    return [pq.read_schema(path).names for path in sorted((directory / frame).iterdir())]


def test_the_files_are_what_they_should_be_here(older):
    assert all("network" in names and "source" not in names for names in files(older.directory, "nics"))
    (names, *_) = files(older.directory, "storage.volumes")
    assert {"pool", "volume"} < set(names)
    assert not {"storage_pool", "storage_pool_name", "name"} & set(names)


def test_every_frame_reads_as_one_of_today(older, today):
    assert set(older.frames()) == set(today.frames())
    for name, frame in today.frames().items():
        pd.testing.assert_frame_equal(older.frames(name), frame)


@pytest.mark.parametrize("seconds", [5, 25, 35, 60])
def test_a_sample_comes_back_under_todays_names(older, today, seconds):
    found, expected = older.storage_stats(at(seconds)), today.storage_stats(at(seconds))
    pd.testing.assert_frame_equal(found.pools, expected.pools)
    pd.testing.assert_frame_equal(found.volumes, expected.volumes)
    assert repr(found) == repr(expected)
    pd.testing.assert_frame_equal(older.stats(at(seconds)).nics, today.stats(at(seconds)).nics)


def test_a_sample_has_its_volumes_in_the_order_of_a_live_host(today):
    live = storage_frames({}, host="kvm7", time=START).volumes
    found = today.storage_stats().volumes
    assert found.columns.tolist() == live.columns.tolist()
    assert found[["storage_pool_name", "name"]].to_numpy().tolist() == [
        ["backups", "disk"], ["backups", "iso"], ["images", "disk"], ["images", "iso"],
    ]  # fmt: skip


def test_a_volume_has_the_uuid_that_its_pool_had_then(older):
    found = older.frames("storage.volumes", columns=["storage_pool"], start=at(20), end=at(40))
    assert found["storage_pool"].str[0].value_counts().to_dict() == {"b": 4, "c": 2, "d": 2}
    assert found.columns.tolist() == ["storage_pool"]


def test_a_volume_without_a_row_of_its_pool_has_a_name_alone(older, tmp_path):
    without = shutil.ignore_patterns("storage.pools")
    directory = shutil.copytree(older.directory, tmp_path / "r", ignore=without)
    found = virtsdk.open_recording(directory).frames("storage.volumes")
    assert found["storage_pool"].isna().all()
    assert set(found["storage_pool_name"]) == {"backups", "images"}


def test_whether_an_agent_was_seen_is_not_known_of_before(older, tmp_path):
    assert "agent_seen" not in files(older.directory, "domains")[0]
    assert older.usage(None)["agent_seen"].isna().all()
    assert str(older.usage("1min")["agent_seen"].dtype) == "boolean"
    directory = shutil.copytree(older.directory, tmp_path / "r")
    facts = {WEB: SimpleNamespace(autostart=True, agent_seen=True, disks={}, nics={})}
    stats = from_records([(WEB, "web1", running())], host="kvm7", time=at(60), facts=facts)
    with RecordingWriter(directory) as writer:  # it goes on, by today's virtsdk
        writer.add(taken(stats))
    seen = virtsdk.open_recording(directory).usage(None)["agent_seen"]
    assert seen.isna().tolist() == [True] * 5 + [False]
    assert seen.tolist()[-1] is True


@pytest.mark.parametrize("merged", [False, True])
def test_it_can_be_continued(tmp_path, monkeypatch, merged):
    directory = tmp_path / "older"
    with monkeypatch.context() as killed:  # its small files are not merged yet
        killed.setattr(RecordingWriter, "merge", lambda *_, **options: None)
        record(directory, TIMES)
        age(directory)
        if not merged:
            record(directory, range(60, 120, 10))
    if merged:
        record(directory, range(60, 120, 10))
    record(tmp_path / "whole", range(0, 120, 10))
    found, whole = (virtsdk.open_recording(one) for one in (directory, tmp_path / "whole"))
    for name, frame in OLD.items():
        assert len(files(directory, name)) == (1 if merged else 6)
        named_as_before = [set(frame.values()) <= set(names) for names in files(directory, name)]
        assert named_as_before == ([False] if merged else [True] * 3 + [False] * 3)
        pd.testing.assert_frame_equal(found.frames(name), whole.frames(name))
    assert json.loads((directory / "recording.json").read_text())["version"] == list(FORMAT)


def test_a_newer_mark_is_left_as_it_is(tmp_path):
    record(tmp_path / "r", [0])
    said = {"format": "virtsdk recording", "version": [1, 7], "more": True}
    (tmp_path / "r" / "recording.json").write_text(json.dumps(said))
    record(tmp_path / "r", [10])
    assert json.loads((tmp_path / "r" / "recording.json").read_text()) == said


@pytest.mark.parametrize(
    ("frame", "column", "words"),
    [
        ("storage.pools", "pool_uuid", "no column 'pool_uuid'; it is called 'storage_pool' now"),
        ("storage.volumes", "volume", "no column 'volume'; it is called 'name' now"),
        ("nics", "network", "no column 'network'; it is called 'source' now"),
        ("nics", "nothing", "no column 'nothing'; it has host, domain, name, nic"),
    ],
)
def test_an_old_name_is_told_its_new_one(older, frame, column, words):
    with pytest.raises(ValueError, match=words):
        older.frames(frame, columns=[column])


def test_a_column_of_todays_file_keeps_its_name(tmp_path):
    stats = sample(0)
    strange = stats.given["nics"].assign(network=pd.array(["mine"] * 2, dtype="str"))
    with RecordingWriter(tmp_path / "r") as writer:
        writer.add(about())
        writer.add({**taken(stats), "nics": strange})
    found = virtsdk.open_recording(tmp_path / "r").frames("nics")
    assert found["network"].tolist() == ["mine"] * 2
    assert found["source"].isna().all()
    assert pa.types.is_string(pq.read_schema(next((tmp_path / "r" / "nics").iterdir())).field("network").type)
