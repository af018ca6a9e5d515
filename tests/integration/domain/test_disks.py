"""Disks of a real guest: sizes, limits, thresholds, and block jobs followed to their ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import virtsdk
from tests.integration.domain.plugged import disk, image, running
from tests.integration.figures.test_truth import in_guest
from tests.waiting import until
from virtsdk import errors
from virtsdk.events import DomainBlockThreshold
from virtsdk.resources.domain.devices.disk import GuestDisk
from virtsdk.units import MiB

SIZE = MiB(16)


@pytest.fixture(scope="module")
def guest(lab_daemon: virtsdk.lab.LabHost) -> Iterator[virtsdk.Domain]:
    with running(lab_daemon, "disks") as found:
        found.wait("agent", timeout=120)
        yield found


@pytest.fixture
def vdb(guest: virtsdk.Domain, tmp_path: Path) -> Iterator[GuestDisk]:
    """A disk of the guest, the first one that it sees."""
    tmp_path.chmod(0o777)
    guest.attach(disk(image(tmp_path / "base.qcow2", SIZE, "qcow2"), "vdb", kind="qcow2"))
    until(lambda: "vda" in in_guest(guest.host, "disks", "ls /sys/block"))
    yield guest.disks["vdb"]
    if guest.disks["vdb"].job() is not None:
        guest.disks["vdb"].abort_job()
    guest.detach("vdb", timeout=120)


def shell(guest: virtsdk.Domain, script: str) -> str:
    return in_guest(guest.host, guest.name, script)


def content(guest: virtsdk.Domain) -> str:
    """The hash of all that the guest reads from the disk, past its cache."""
    return shell(guest, "sync; echo 3 >/proc/sys/vm/drop_caches; sha256sum </dev/vda").split()[0]


def native(guest: virtsdk.Domain, function: Callable[[Any], Any]) -> Any:
    """Call libvirt's own object."""
    return guest.host.session.call("use", guest.name, lambda conn: function(conn.lookupByName(guest.name)))


def snapshot(guest: virtsdk.Domain, name: str, file: Path) -> None:
    """Put the disk on a file of its own, as an external snapshot does."""
    disks = "<disk name='sda' snapshot='no'/><disk name='vdb' snapshot='external'>"
    text = f"<domainsnapshot><name>{name}</name><disks>{disks}<source file='{file}'/></disk></disks>"
    native(guest, lambda raw: raw.snapshotCreateXML(f"{text}</domainsnapshot>", 16))


def forget(guest: virtsdk.Domain, name: str) -> None:
    native(guest, lambda raw: raw.snapshotLookupByName(name).delete(2))


def test_a_disk_grows_and_the_guest_sees_it(guest: virtsdk.Domain, vdb: GuestDisk, tmp_path: Path) -> None:
    file = str(tmp_path / "base.qcow2")
    assert guest.disks[file] == vdb
    assert (vdb.source, vdb.format, vdb.bus, vdb.capacity_bytes) == (file, "qcow2", "virtio", SIZE)
    frame = guest.disks.frame().set_index("target")
    assert list(frame.index) == ["sda", "vdb"]
    assert frame.loc["vdb", ["format", "capacity_bytes", "backing_depth"]].tolist() == ["qcow2", SIZE, 0]
    assert frame.loc["sda", ["source", "capacity_bytes", "job"]].isna().all()
    assert "16 MiB" in str(guest.disks)
    vdb.resize(MiB(24))
    assert vdb.capacity_bytes == MiB(24)
    until(lambda: int(shell(guest, "cat /sys/block/vda/size")) * 512 == MiB(24))
    for size in (SIZE, 24):  # 24 what?
        with pytest.raises(errors.InvalidArgument, match=r"at least 24 MiB, as now, .*shrink=True"):
            vdb.resize(size)
    vdb.resize(SIZE, shrink=True)
    assert vdb.capacity_bytes == SIZE


def test_limits_are_set_and_read_back(guest: virtsdk.Domain, vdb: GuestDisk) -> None:
    assert not vdb.iotune.is_limited
    tune = vdb.set_iotune(total_iops=100, group="slow")
    assert (tune.total_iops, tune.group) == (100, "slow")
    assert guest.disks["vdb"].definition(persistent=True).iotune.total_iops_sec == 100
    assert vdb.set_iotune(read_bytes_per_second=MiB(5)).total_iops == 100  # the other kind stays
    tune = vdb.set_iotune(write_bytes_per_second=MiB(6), scope="live")
    assert (tune.read_bytes_per_second, tune.write_bytes_per_second) == (MiB(5), MiB(6))
    tune = vdb.set_iotune(total_bytes_per_second=MiB(7))  # in place of both
    assert (tune.total_bytes_per_second, tune.read_bytes_per_second) == (MiB(7), None)
    with pytest.raises(errors.ConfigNotSupported, match="cannot be smaller"):
        vdb.set_iotune(total_bytes_per_second_max=MiB(1))
    tune = vdb.set_iotune(total_iops_max=200, total_iops_max_seconds=5)
    assert (tune.total_iops, tune.total_iops_max, tune.total_iops_max_seconds) == (100, 200, 5)
    tune = vdb.set_iotune(total_iops=0, total_bytes_per_second=0)  # with its burst
    assert (tune.is_limited, tune.group) == (False, None)
    if guest.host.libvirt_version < (11, 2, 0):
        with pytest.raises(errors.NotSupported, match=r"it takes libvirt 11\.2\.0"):
            guest.disks.set_throttle_group("few", total_iops=100)


def test_a_disk_that_fills_up_tells_so(guest: virtsdk.Domain, vdb: GuestDisk, tmp_path: Path) -> None:
    vdb.set_threshold(MiB(1))
    with guest.host.events(DomainBlockThreshold) as events:
        shell(guest, "dd if=/dev/urandom of=/dev/vda bs=1M count=4 conv=fsync 2>/dev/null")
        event = events.get(timeout=60)
    assert (event.disk, event.threshold_bytes) == ("vdb", MiB(1))
    assert (guest.disks.errors(), vdb.error) == ({}, None)
    with pytest.raises(errors.NotSupported, match="its image is qcow2"):
        vdb.peek(0, 16)
    raw = image(tmp_path / "raw.img", MiB(3))
    raw.write_bytes(bytes(MiB(2)) + b"after all that" + bytes(MiB(1) - 14))
    guest.attach(disk(raw, "sdb", bus="scsi"))
    try:
        assert guest.disks["sdb"].peek(0, MiB(2) + 14) == bytes(MiB(2)) + b"after all that"
        with pytest.raises(ValueError, match="within"):
            guest.disks["sdb"].peek(MiB(3) - 1, 2)
    finally:
        guest.detach("sdb")


def test_a_chain_of_snapshots_is_committed(
    guest: virtsdk.Domain, vdb: GuestDisk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / "base.qcow2"]
    for number in (1, 2, 3):
        shell(guest, f"dd if=/dev/urandom of=/dev/vda bs=1M seek={4 * number} count=2 conv=fsync 2>/dev/null")
        files.insert(0, tmp_path / f"s{number}.qcow2")
        snapshot(guest, f"s{number}", files[0])
    paths = tuple(map(str, files))
    assert tuple(layer.path for layer in vdb.chain) == paths
    before = content(guest)
    # one below the guest's own file, into the one below that
    below = f"vdb[{vdb.chain[2].index}]"  # by its place; the other one by its path
    first = vdb.commit(top=paths[1], base=below, progress="auto")
    assert "commit disk 'vdb' of domain 'disks'" in capsys.readouterr().err
    assert (first.kind, first.ending, first.removed) == ("commit", "done", (paths[1],))
    assert (first.stale_snapshots, first.tidied) == (("s2",), False)
    assert content(guest) == before
    with pytest.raises(ValueError, match="base must be a file of the disk"):
        vdb.commit(base=paths[1])
    told: list[tuple[int, int | None]] = []
    result = vdb.commit(
        tidy_snapshots=True, bandwidth=MiB(2), progress=lambda done, total: told.append((done, total))
    )
    assert (result.ending, result.chain) == ("pivoted", (paths[3],))
    assert result.removed == (paths[0], paths[2])
    assert result.stale_snapshots == ("s1", "s3")
    assert native(guest, lambda raw: [one.getName() for one in raw.listAllSnapshots(0)]) == ["s2"]
    assert told
    assert told[-1][0] == told[-1][1]
    assert content(guest) == before
    assert guest.disks["vdb"].definition(persistent=True).source.file == paths[3]
    forget(guest, "s2")


def test_a_disk_is_copied_and_the_guest_goes_on_there(
    guest: virtsdk.Domain, vdb: GuestDisk, tmp_path: Path
) -> None:
    shell(guest, "dd if=/dev/urandom of=/dev/vda bs=1M count=15 conv=fsync 2>/dev/null")
    before, there = content(guest), [str(tmp_path / f"copy{number}.qcow2") for number in range(4)]
    left = vdb.copy(there[0])
    assert (left.ending, left.chain, left.destination) == ("left", (str(tmp_path / "base.qcow2"),), there[0])
    with pytest.raises(errors.VirtError, match="already exists"):
        vdb.copy(there[0])
    # followed, ended half-way
    slow = vdb.copy(there[1], bandwidth=MiB(1), pivot=True, wait=False)
    until(lambda: vdb.job() is not None)
    with pytest.raises(errors.ResourceBusy):
        vdb.copy(tmp_path / "other.qcow2")
    with pytest.raises(errors.ResourceBusy, match="not ready"):
        vdb.abort_job(pivot=True)
    assert slow.state == "running"
    vdb.set_job_bandwidth(MiB(2))
    job = vdb.job()
    assert job is not None
    assert job.bandwidth_bytes_per_second == MiB(2)
    slow.cancel()
    assert (slow.state, vdb.job()) == ("cancelled", None)
    with pytest.raises(errors.InvalidState, match="does not have an active block job"):
        vdb.abort_job()
    # ready, until it is told
    ready = vdb.copy(there[2], wait=False)
    figures = list(ready)
    assert (ready.state, ready.wait().ending, figures[-1].progress) == ("ready", "ready", 1.0)
    until(lambda: guest.disks.frame().set_index("target").loc["vdb", "job"] == "copy")
    vdb.abort_job(pivot=True)
    assert (ready.state, vdb.source) == ("done", there[2])
    # and at once
    result = vdb.copy(there[3], pivot=True, bandwidth=MiB(100))
    assert (result.ending, result.chain, result.removed) == ("pivoted", (there[3],), (there[2],))
    assert content(guest) == before


def test_what_is_below_is_pulled_in(guest: virtsdk.Domain, vdb: GuestDisk, tmp_path: Path) -> None:
    base, middle, top = (str(tmp_path / f"{name}.qcow2") for name in ("base", "middle", "top"))
    for number, file in enumerate((middle, top)):
        shell(guest, f"dd if=/dev/urandom of=/dev/vda bs=1M seek={number} count=2 conv=fsync 2>/dev/null")
        snapshot(guest, Path(file).stem, Path(file))
    before = content(guest)
    part = vdb.pull(base=base)
    assert (part.ending, part.chain, part.removed) == ("done", (top, base), (middle,))
    assert part.stale_snapshots == ("middle",)
    result = vdb.pull(tidy_snapshots=True)
    assert (result.chain, result.removed, result.stale_snapshots) == ((top,), (base,), ())
    assert content(guest) == before
    for name in ("top", "middle"):
        forget(guest, name)


BARE = """<domain type='qemu'><name>bare</name><memory unit='MiB'>16</memory>
  <os><type arch='x86_64'>hvm</type></os><devices>{disk}</devices></domain>"""


def test_a_block_job_is_found_again_after_its_daemon_was_killed(lab_hosts: Any, tmp_path: Path) -> None:
    host = lab_hosts(1)[0]
    tmp_path.chmod(0o777)
    there = image(tmp_path / "there.img", MiB(24))
    there.write_bytes(bytes(range(256)) * (MiB(24) // 256))
    host.domains.define(BARE.format(disk=disk(there, "vda"))).start()
    target = host.domains["bare"].disks["vda"]
    copying = target.copy(tmp_path / "copy.img", bandwidth=MiB(6), pivot=True, wait=False)
    until(lambda: (copying.progress or 0) > 0.1)
    host.kill_daemon()
    result = copying.wait(timeout=90)
    assert (copying.state, result.ending) == ("done", "pivoted")
    assert target.source == str(tmp_path / "copy.img")
    host.domains["bare"].destroy()
    assert (tmp_path / "copy.img").read_bytes() == there.read_bytes()
