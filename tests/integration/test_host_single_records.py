"""Figures from a driver without a bulk call: the same keys, one domain after the other."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import virtsdk
from tests.integration import private
from virtsdk.lab.daemon_conf import write_libvirtd_conf
from virtsdk.lab.keeper import Keeper
from virtsdk.lab.layout import Layout
from virtsdk.resources.single_records import SingleReader

COUNTERS = ("cpu.", ".time", ".bytes", ".pkts", ".reqs", "_fault", ".rss", ".unused", ".usable", ".available")
COUNTERS += ("last-update", "disk_caches", ".allocation", ".physical")


def singles(host: virtsdk.Host) -> dict[str, dict[str, object]]:
    reader = SingleReader(host.session)
    records = host.session.call("read", "all", lambda conn: reader.read(conn, conn.listAllDomains(0), None))
    return {name: record for _, name, record in records}


def bulk(host: virtsdk.Host) -> dict[str, dict[str, object]]:
    return {name: record for _, name, record in host.stats_records()}


def test_one_by_one_says_what_the_bulk_call_says(lab_host: virtsdk.Host) -> None:
    before, found, after = bulk(lab_host), singles(lab_host), bulk(lab_host)
    assert found.keys() == before.keys() == {"web1", "db1"}
    for name, record in found.items():
        for key, value in record.items():
            low, high = before[name][key], after[name][key]
            if any(part in key for part in COUNTERS):
                assert isinstance(value, int)
                assert isinstance(low, int)
                assert isinstance(high, int)
                assert min(low, high) * 0.9 <= value <= max(low, high) * 1.1, key
            else:
                assert value == low == high, key
        for key in (
            "cpu.time",
            "balloon.rss",
            "vcpu.0.time",
            "block.0.wr.bytes",
            "block.0.capacity",
            "net.0.name",
        ):
            assert key in record


def container_root(root: Path) -> Path:
    """A root file system of one program, sleep, and the libraries that it wants."""
    for folder in ("bin", "dev", "etc", "proc", "run", "sys", "tmp"):
        (root / folder).mkdir(parents=True)
    listed = subprocess.run(["ldd", "/bin/sleep"], capture_output=True, text=True, check=True).stdout
    libraries = [word for word in listed.split() if word.startswith("/")]
    for path in ("/bin/sleep", *libraries):
        (root / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, root / path[1:])
    return root


@pytest.fixture
def lxc(tmp_path: Path) -> Iterator[virtsdk.Host]:
    """A private daemon's LXC driver with one container on it."""
    groups = private.control_groups()
    keeper = Keeper()
    layout = Layout(keeper.folder / "lxc")
    layout.make()
    write_libvirtd_conf(layout.settings, "00000000-0000-4000-9000-0000000005d0", layout.log)
    private.start(keeper, {layout.home: private.command(layout, first=private.ONE_KIND_OF_CONTROL_GROUPS)})
    root = container_root(tmp_path / "root")
    with virtsdk.connect(layout.uri.replace("qemu+unix", "lxc+unix")) as host:
        container = host.domains.define(
            f"""<domain type='lxc'><name>c1</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
            <os><type>exe</type><init>/bin/sleep</init><initarg>600</initarg></os>
            <devices><filesystem type='mount'><source dir='{root}'/><target dir='/'/></filesystem>
            <interface type='ethernet'><mac address='52:54:00:00:00:c1'/></interface>
            <console type='pty'/></devices></domain>"""
        )
        container.start()
        try:
            yield host
        finally:
            if container.is_active:
                container.destroy()
            container.undefine()
    keeper.end()
    private.clear_control_groups(groups)


@pytest.mark.skipif(os.geteuid() != 0, reason="LXC needs root")
def test_lxc_gives_the_same_frames_with_what_is_known(lxc: virtsdk.Host) -> None:
    assert lxc.driver == "lxc"
    assert lxc.supports("bulk_stats") is False
    ((uuid, name, record),) = lxc.stats_records()
    container = lxc.domains["c1"]
    assert (uuid, name) == (container.uuid, "c1")
    assert record["state.state"] == 1
    assert record["balloon.maximum"] == 64 * 1024
    assert isinstance(record["cpu.time"], int)
    assert isinstance(record["balloon.rss"], int)
    assert record["vcpu.current"] == 1
    assert record["net.count"] == 1
    assert {"net.0.name", "net.0.rx.bytes", "net.0.tx.bytes"} <= record.keys()
    assert lxc.stats_records(["state"], ["c1"]) == [(uuid, "c1", {"state.state": 1, "state.reason": 1})]
    assert [name for _, name, _ in lxc.stats_records(states=["inactive"])] == []
    assert lxc.domains.frame()["memory_bytes"].tolist() == [64 * 2**20]
    assert lxc.stats().domains["domain"].tolist() == [uuid]
    with lxc.events("domain_lifecycle") as events:
        container.suspend()
        container.resume()
        seen = [vars(events.get(timeout=5))["event"] for _ in range(2)]
    assert seen == ["suspended", "resumed"]
    with pytest.raises(virtsdk.NotSupported, match="lxc driver"):
        container.reset()
