"""Figures of a node and its storage, from the raw numbers and from the test driver."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import libvirt
import pandas as pd
import pytest

import virtsdk
from virtsdk.resources.figures.node import collect_node, read_pressure
from virtsdk.resources.figures.storage import collect_storage
from virtsdk.stats import catalogue, node_rates
from virtsdk.stats.columns.metric import KEYS
from virtsdk.stats.samples.node import node_frames
from virtsdk.stats.samples.storage import storage_frames

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FEW = {"node.total": [{"kernel": 0, "user": 0, "idle": 0}]}


def node(seconds=0, *, busy=0, host="kvm7"):
    """Two CPUs; the first was busy for some seconds since the start, the second idle all the time."""
    first = {"kernel": 0, "user": busy * 10**9, "idle": (seconds - busy) * 10**9, "iowait": 0}
    second = {"kernel": 0, "user": 0, "idle": seconds * 10**9, "iowait": 0}
    figures = {
        "node.cpus": [{"cpu": 0, **first}, {"cpu": 2, **second}],
        "node.total": [{key: first[key] + second[key] for key in first}],
        "node.memory": [{"total": 1000, "free": 100}],
        "node.cells": [{"cell": 0, "total": 1000, "free": 100}],
    }
    return node_frames(figures, host=host, time=NOON + timedelta(seconds=seconds))


def test_a_node_in_base_units():
    stats = node(10, busy=4)
    assert stats.cpus["cpu"].tolist() == [0, 2]
    assert stats.cpus["user_seconds_total"].tolist() == [4, 0]
    assert stats.total["idle_seconds_total"].tolist() == [16]
    memory = stats.memory.iloc[0]
    assert (memory["memory_bytes"], memory["memory_free_bytes"]) == (1000 * 1024, 100 * 1024)
    assert pd.isna(memory["memory_cached_bytes"])
    assert "2 CPUs" in repr(stats)
    assert "1 NUMA cell" in stats._repr_html_()


def test_a_long_time_is_no_power_of_ten():
    stats = node(30_000, busy=25_880)
    assert "25,880.0 s" in stats._repr_html_()


@pytest.mark.parametrize("make", [node_frames, storage_frames])
def test_frames_without_rows_have_the_columns_of_the_catalogue(make):
    frames = make({}, host="kvm7", time=NOON).frames
    table = catalogue()
    for name, frame in frames.items():
        assert frame.empty
        rows = table[table["frame"] == name]
        assert set(rows["column"]) | set(KEYS[name]) | {"time"} <= set(frame.columns)
        for row in rows.itertuples():
            assert str(frame[row.column].dtype) == row.dtype, row.column
    assert repr(make({}, host="kvm7", time=NOON))
    assert "kvm7" in make({}, host="kvm7", time=NOON)._repr_html_()


def test_busy_is_what_was_neither_idle_nor_waiting():
    found = node_rates(node(0), node(10, busy=4))
    assert found.cpus["busy_percent"].tolist() == [40, 0]
    assert found.total["busy_percent"].tolist() == [20]
    assert "20.0 % busy" in repr(found)
    assert "20.0 % busy" in found._repr_html_()


def test_interrupts_are_busy_where_they_are_counted_apart():
    def at(seconds):
        row = {"kernel": 0, "user": 0, "intr": seconds * 10**9 // 4, "idle": seconds * 3 * 10**9 // 4}
        return node_frames({"node.total": [row]}, host="bsd1", time=NOON + timedelta(seconds=seconds))

    assert node_rates(at(0), at(8)).total["busy_percent"].tolist() == [25]


def test_what_no_column_is_for_is_kept():
    rows = {"node.cpus": [{"cpu": 3, "kernel": 1, "newer": 7}], "node.total": [{"guest": 2 * 10**9}]}
    stats = node_frames(rows, host="kvm7", time=NOON)
    assert stats.total["guest_seconds_total"].tolist() == [2]
    kept = stats.other[["frame", "row", "key", "value"]].to_numpy().tolist()
    assert kept == [["node.cpus", "3", "newer", 7]]
    assert node().other.empty


def test_a_host_that_was_rebooted_starts_anew():
    found = node_rates([node(100, busy=90), node(110, busy=1), node(120, busy=6)])
    assert found.total["interrupted"].fillna("").tolist() == ["reset", ""]
    assert found.total["busy_percent"].tolist() == [pd.NA, 25]


def test_idle_and_iowait_may_step_back():
    def at(seconds, **spent):
        row = {key: int(value * 10**9) for key, value in spent.items()}
        return node_frames({"node.total": [row]}, host="kvm7", time=NOON + timedelta(seconds=seconds))

    first = at(0, kernel=100, user=200, idle=9000, iowait=5482.82)
    found = node_rates(first, at(10, kernel=102, user=206, idle=9011.5, iowait=5482.81)).total.iloc[0]
    assert found["busy_percent"] == pytest.approx(100 * 8 / 19.5)
    assert found["iowait_seconds_per_second"] == 0
    assert pd.isna(found["interrupted"])


def test_frames_of_ones_own_have_rates():
    frame = pd.DataFrame({"host": "kvm7", "time": [NOON, NOON + timedelta(seconds=10)],
                          "kernel_seconds_total": [1.0, 2.0], "user_seconds_total": [1.0, 2.0],
                          "idle_seconds_total": [1.0, 9.0]})  # fmt: skip
    assert node_rates({"node.total": frame}).total["busy_percent"].tolist() == [20]
    with pytest.raises(ValueError, match=r"unknown frame 'node\.totl'; did you mean 'node\.total'"):
        node_rates({"node.totl": frame})


def test_many_hosts_are_many_series():
    samples = [node(seconds, busy=seconds // 2, host=host) for seconds in (0, 10) for host in ("a", "b")]
    assert node_rates(samples).total["host"].tolist() == ["a", "b"]
    with pytest.raises(TypeError, match="sample 1 must be NodeStats, not Stats"):
        node_rates(samples[0], virtsdk.stats.from_records([], host="a"))


def test_storage_in_base_units():
    pool = {"storage_pool": "u", "name": "images", "type": "dir", "state": 2, "autostart": True,
            "path": "/srv", "capacity": 10, "allocation": 4, "available": 6}  # fmt: skip
    off = {"storage_pool": "v", "name": "old", "type": "dir", "state": 0, "autostart": False, "path": None}
    volume = {"storage_pool": "u", "storage_pool_name": "images", "name": "a.qcow2",
              "path": "/srv/a.qcow2", "type": "file", "capacity": 8, "allocation": 3}  # fmt: skip
    stats = storage_frames(
        {"storage.pools": [pool, off], "storage.volumes": [volume]}, host="kvm7", time=NOON
    )
    assert stats.pools["state"].tolist() == ["running", "inactive"]
    assert stats.pools["capacity_bytes"].tolist() == [10, pd.NA]
    assert stats.volumes["allocation_bytes"].tolist() == [3]
    for shown in (repr(stats), stats._repr_html_()):
        for word in ("2 storage pools", "1 volume", "images", "10 bytes"):
            assert word in shown


def test_the_test_driver():
    with virtsdk.connect("test:///default") as host:
        stats = collect_node(host)
        assert stats.cpus["cpu"].is_unique
        assert stats.pressure.empty, "the test driver's machine is made up"
        assert (stats.total["user_seconds_total"] > 0).all()
        storage = collect_storage(host)
        pool = storage.pools.iloc[0]
        assert (pool["name"], pool["type"], pool["state"]) == ("default-pool", "dir", "running")
        assert pool["capacity_bytes"] > pool["allocation_bytes"]
        assert set(storage.volumes["storage_pool_name"]) <= {"default-pool"}
        assert collect_storage(host, volumes=False).volumes.empty


def test_pressure_is_the_share_of_time_that_tasks_waited(tmp_path):
    (tmp_path / "cpu").write_text(
        "some avg10=1.00 avg60=0.50 avg300=0.10 total=2000000\nfull avg10=0 total=0\n"
    )
    rows = read_pressure(tmp_path)
    assert [(row["resource"], row["share"]) for row in rows] == [("cpu", "some"), ("cpu", "full")]
    before = node_frames({**FEW, "node.pressure": rows}, host="kvm7", time=NOON)
    assert before.pressure["stalled_seconds_total"].tolist() == [2, 0]
    (tmp_path / "cpu").write_text("some total=4000000\nfull total=0\n")
    later = {**FEW, "node.pressure": read_pressure(tmp_path)}
    found = node_rates(before, node_frames(later, host="kvm7", time=NOON + timedelta(seconds=10)))
    assert found.pressure["share"].tolist() == ["full", "some"]
    assert found.pressure["stalled_percent"].tolist() == [0, 20]


def test_a_kernel_without_pressure_has_none(tmp_path):
    assert read_pressure(tmp_path) == []


def test_a_volume_or_a_pool_that_cannot_be_read_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = libvirt.libvirtError("unused")
    refused.err = (libvirt.VIR_ERR_SYSTEM_ERROR, 18, "cannot stat file", 2, None, None, None, -1, -1)
    read = {kind: kind.info for kind in (libvirt.virStorageVol, libvirt.virStoragePool)}

    def info(self: libvirt.virStorageVol | libvirt.virStoragePool) -> list[int]:
        if self.name().startswith("bad"):
            raise refused
        return read[type(self)](self)

    text = "<{0}><name>{1}</name><capacity>4096</capacity></{0}>"
    with virtsdk.connect("test:///default") as host:
        pools = host.storage_pools
        bad = pools.create("<pool type='dir'><name>bad</name><target><path>/bad</path></target></pool>")
        made = [
            pools["default-pool"].volumes.create(text.format("volume", one))
            for one in ("bad.img", "good.img")
        ]
        for kind in read:
            monkeypatch.setattr(kind, "info", info)
        try:
            storage = collect_storage(host)
        finally:
            monkeypatch.undo()
            for volume in made:
                volume.delete()
            bad.destroy()
    assert storage.pools["name"].tolist() == ["default-pool"]
    volumes = storage.volumes.set_index("name")
    assert volumes["capacity_bytes"].isna().to_dict() == {"bad.img": True, "good.img": False}
    assert volumes["path"].notna().all()
