"""Figures from a driver without a bulk call: the same keys, one domain after the other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import virtsdk
from virtsdk.resources.figures.single_records import SingleReader

COUNTERS = ("cpu.", ".time", ".bytes", ".pkts", ".reqs", "_fault", ".rss", ".unused", ".usable", ".available")
COUNTERS += ("last-update", "disk_caches")
SIZES = (".allocation", ".physical")


def singles(host: virtsdk.Host) -> dict[str, dict[str, object]]:
    reader = SingleReader(host.session)
    records = host.session.call("read", "all", lambda conn: reader.read(conn, conn.listAllDomains(0), None))
    return {name: record for _, name, record in records}


def bulk(host: virtsdk.Host) -> dict[str, dict[str, object]]:
    return {name: record for _, name, record in host.stats_records()}


def on_disk(records: dict[str, dict[str, object]]) -> dict[str, tuple[int, int]]:
    """Return the size of each guest's first disk, and the blocks of it that are in use."""
    told = {name: Path(str(record["block.0.path"])).stat() for name, record in records.items()}
    return {name: (one.st_size, one.st_blocks * 512) for name, one in told.items()}


def test_one_by_one_says_what_the_bulk_call_says(lab_host: virtsdk.Host) -> None:
    before = bulk(lab_host)
    earlier, found, later = on_disk(before), singles(lab_host), on_disk(before)
    after = bulk(lab_host)
    assert found.keys() == before.keys() == {"web1", "db1"}
    for name, record in found.items():
        for key, value in record.items():
            if key.endswith(SIZES):  # QEMU's driver means others by these names in its two calls
                continue
            low, high = before[name][key], after[name][key]
            if any(part in key for part in COUNTERS):
                assert isinstance(value, int)
                assert isinstance(low, int)
                assert isinstance(high, int)
                assert min(low, high) * 0.9 <= value <= max(low, high) * 1.1, key
            else:
                assert value == low == high, key
        for place, key in enumerate(("block.0.physical", "block.0.allocation")):
            value, low, high = record[key], *sorted((earlier[name][place], later[name][place]))
            assert isinstance(value, int)
            assert low * 0.9 <= value <= high * 1.1, key
        for key in (
            "cpu.time",
            "balloon.rss",
            "vcpu.0.time",
            "block.0.wr.bytes",
            "block.0.capacity",
            "net.0.name",
        ):
            assert key in record


@pytest.fixture
def lxc() -> Iterator[virtsdk.Host]:
    """A private daemon's LXC driver with one container on it."""
    with virtsdk.lab.hosts(1, guests=1, driver="lxc", progress=None) as (host,):
        yield host


@pytest.mark.skipif(os.geteuid() != 0, reason="LXC needs root")
def test_lxc_gives_the_same_frames_with_what_is_known(lxc: virtsdk.Host) -> None:
    assert lxc.driver == "lxc"
    assert lxc.supports("bulk_stats") is False
    ((uuid, name, record),) = lxc.stats_records()
    (container,) = lxc.domains
    memory = container.definition().memory
    assert memory is not None
    assert (uuid, name) == (container.uuid, container.name)
    assert record["state.state"] == 1
    assert record["balloon.maximum"] * 1024 == memory.bytes
    assert isinstance(record["cpu.time"], int)
    assert isinstance(record["balloon.rss"], int)
    assert record["vcpu.current"] == container.refresh().vcpus
    assert record["net.count"] == 1
    assert {"net.0.name", "net.0.rx.bytes", "net.0.tx.bytes"} <= record.keys()
    assert lxc.stats_records(["state"], [name]) == [(uuid, name, {"state.state": 1, "state.reason": 1})]
    assert [name for _, name, _ in lxc.stats_records(states=["inactive"])] == []
    assert lxc.domains.frame()["memory_bytes"].tolist() == [memory.bytes]
    assert lxc.stats().domains["domain"].tolist() == [uuid]
    with lxc.events("domain_lifecycle") as events:
        container.suspend()
        container.resume()
        seen = [vars(events.get(timeout=60))["event"] for _ in range(2)]
    assert seen == ["suspended", "resumed"]
    with pytest.raises(virtsdk.NotSupported, match="lxc driver"):
        container.reset()
