"""Groups of figures that someone must switch on: dirty rates and perf events, on a real guest."""

from __future__ import annotations

import subprocess
import time

import libvirt
import pandas as pd
import pytest

from tests.waiting import until
from virtsdk.stats import from_records, rates
from virtsdk.units import MiB

EVENTS = ("cpu_clock", "task_clock", "page_faults", "context_switches", "cpu_migrations")


def raw(host):
    """libvirt-python's own answer, as its users have it."""
    return host.session.call("read", "raw figures", lambda conn: conn.getAllDomainStats(0, 0))


def raw_of(host, name):
    return next(values for domain, values in raw(host) if domain.name() == name)


def one_of(host):
    return next(iter(host.domains)).name


def ask(host, name, function):
    return host.session.call("change", name, lambda conn: function(conn.lookupByName(name)))


def test_a_dirty_rate_that_was_calculated(lab_daemon):
    name = one_of(lab_daemon)
    ask(lab_daemon, name, lambda domain: domain.startDirtyRateCalc(1, 0))
    deadline = time.monotonic() + 60
    while True:
        rows = lab_daemon.stats().dirty_rates.set_index("name")
        status = rows["status"].get(name)  # None: QEMU was busy with another question
        if status == "measured":
            break
        assert status in {"unstarted", "measuring", None}
        assert status is None or pd.isna(rows["dirty_rate_bytes_per_second"][name])
        assert time.monotonic() < deadline, "still measuring"
        time.sleep(0.2)
    row = rows.loc[name]
    values = {}
    until(lambda: values.update(raw_of(lab_daemon, name)) or "dirtyrate.calc_period" in values)
    assert row["dirty_rate_bytes_per_second"] == values["dirtyrate.megabytes_per_second"] * int(MiB(1))
    assert row["period_seconds"] == values["dirtyrate.calc_period"] == 1
    assert row["start_seconds"] == values["dirtyrate.calc_start_time"]


@pytest.fixture
def counting(lab_daemon):
    """The name of a guest whose perf events are switched on."""
    name = one_of(lab_daemon)
    live = libvirt.VIR_DOMAIN_AFFECT_LIVE
    ask(lab_daemon, name, lambda domain: domain.setPerfEvents(dict.fromkeys(EVENTS, True), live))
    yield name
    ask(lab_daemon, name, lambda domain: domain.setPerfEvents(dict.fromkeys(EVENTS, False), live))


def test_perf_events_that_were_switched_on(lab_daemon, counting):
    before, stats, after = raw_of(lab_daemon, counting), lab_daemon.stats(), raw_of(lab_daemon, counting)
    (row,) = stats.perf.to_dict("records")
    assert row["name"] == counting
    given = {key for key in after if key.startswith("perf.")}
    assert given == {f"perf.{event}" for event in EVENTS}
    for event in EVENTS:
        column = f"{event}_seconds_total" if event.endswith("clock") else f"{event}_total"
        scale = 1e9 if event.endswith("clock") else 1
        assert before[f"perf.{event}"] / scale <= row[column] <= after[f"perf.{event}"] / scale
    assert pd.isna(row["instructions_total"])


def test_the_images_of_a_backing_chain(lab_daemon, tmp_path):
    name = one_of(lab_daemon)
    base, top = tmp_path / "base.qcow2", tmp_path / "top.qcow2"
    for words in (["-f", "qcow2", base, "8M"], ["-f", "qcow2", "-b", base, "-F", "qcow2", top]):
        subprocess.run(["qemu-img", "create", "-q", *map(str, words)], check=True)
    disk = (
        f"<disk type='file'><driver name='qemu' type='qcow2'/><source file='{top}'/>"
        "<target dev='vdy' bus='virtio'/></disk>"
    )
    first = lab_daemon.stats(backing=True)
    ask(lab_daemon, name, lambda domain: domain.attachDeviceFlags(disk, libvirt.VIR_DOMAIN_AFFECT_LIVE))
    try:
        stats, plain = lab_daemon.stats(backing=True), lab_daemon.stats()
    finally:
        ask(lab_daemon, name, lambda domain: domain.detachDeviceFlags(disk, libvirt.VIR_DOMAIN_AFFECT_LIVE))
        until(lambda: top.name not in lab_daemon.domains[name].definition_xml())  # the guest lets go of it
    rows = stats.disks[stats.disks["disk"] == "vdy"]
    assert rows["path"].tolist() == [str(top), str(base)]
    assert rows["backing_index"].is_unique
    assert rows["capacity_bytes"].tolist() == [int(MiB(8))] * 2
    assert rows["read_bytes_total"].notna().tolist() == [True, False]
    assert rows["bus"].tolist() == ["virtio", "virtio"]
    assert (plain.disks["disk"] == "vdy").sum() == 1
    assert not stats.domains["stale"].any()
    assert len(rates(first, stats).disks) == len(first.disks)


def test_records_of_libvirt_python_give_the_same_frames(lab_daemon):
    theirs = from_records(raw(lab_daemon), host=lab_daemon.name)
    ours = lab_daemon.stats()
    known = {
        "domains": {"agent_seen", "autostart", "stale"},
        "disks": {"device", "bus", "source"},
        "nics": {"mac", "source"},
    }
    for name, frame in ours.frames.items():
        assert frame.columns.tolist() == theirs.frames[name].columns.tolist(), name
        assert frame.dtypes.to_dict() == theirs.frames[name].dtypes.to_dict(), name
        still = [
            column
            for column in frame.columns
            if column in {"host", "domain", "name", "vcpu", "disk", "nic", "memory_bytes", "path", "run_id"}
        ]
        pd.testing.assert_frame_equal(frame[still], theirs.frames[name][still])
        missing = {column for column in frame.columns if theirs.frames[name][column].isna().all()}
        assert known.get(name, set()) <= missing or frame.empty, name
