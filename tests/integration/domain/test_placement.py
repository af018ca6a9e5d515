"""What binds real guests to their host, and what a fleet makes of it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import virtsdk
from virtsdk.capacity import Fleet, Policy
from virtsdk.units import MiB

BOUND = {
    "pinned": "<vcpu>1</vcpu><cputune><vcpupin vcpu='0' cpuset='0'/></cputune>",
    "huge": "<memoryBacking><hugepages/></memoryBacking>",
    "cell": "<numatune><memory mode='strict' nodeset='0'/></numatune>",
    "device": """<devices><hostdev mode='subsystem' type='usb'>
      <source><vendor id='0x1234'/><product id='0xbeef'/></source></hostdev></devices>""",
    "files": """<devices>
      <disk type='file'><driver name='qemu' type='qcow2'/><source file='{folder}/disk.qcow2'/>
        <target dev='vda' bus='virtio'/></disk>
      <disk type='volume'><source pool='placement' volume='raw'/><target dev='vdb' bus='virtio'/></disk>
      <disk type='file' device='cdrom'><source file='{folder}/cd'/><target dev='hda' bus='ide'/>
        <readonly/></disk></devices>""",
    "remote": """<devices><disk type='network'><target dev='vda' bus='virtio'/>
      <source protocol='nbd' name='x'><host name='127.0.0.1' port='1'/></source></disk></devices>""",
}
"""Guests by what binds them; the last one by nothing."""
POOL = "<pool type='dir'><name>placement</name><target><path>{}</path></target></pool>"
GUEST = """<domain type='qemu'><name>bound-{name}</name><memory unit='MiB'>16</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>{inside}</domain>"""
RUNS = ("pinned", "cell", "files")


@pytest.fixture(scope="module")
def frame(
    lab_daemon: virtsdk.lab.LabHost, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[pd.DataFrame]:
    """The guests, each bound by one thing, by what that is; some run."""
    folder: Path = tmp_path_factory.mktemp("placement")
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", folder / "disk.qcow2", "48M"], check=True)
    (folder / "cd").write_bytes(bytes(MiB(1)))
    pool = lab_daemon.storage_pools.create(POOL.format(folder))
    pool.volumes.create("<volume><name>raw</name><capacity unit='MiB'>32</capacity></volume>")
    guests = []
    try:
        for name, inside in BOUND.items():
            xml = GUEST.format(name=name, inside=inside.format(folder=folder))
            guests.append(lab_daemon.domains.define(xml))
            if name in RUNS:
                guests[-1].start()
        found = lab_daemon.domains.frame(placement=True)
        yield (
            found[found["name"].str.startswith("bound-")]
            .set_index("name")
            .rename(index=lambda name: name.removeprefix("bound-"))
        )
    finally:
        for guest in guests:
            if guest.is_active:
                guest.destroy()
            guest.undefine()
        pool.destroy()


def test_each_is_bound_by_what_its_definition_says(frame: pd.DataFrame) -> None:
    expected = pd.DataFrame(
        {"pinned": False, "host_devices": 0, "local_disk_bytes": 0, "hugepages_bytes": 0, "cell": None},
        index=list(BOUND),
    )
    expected.loc["pinned", "pinned"] = True
    expected.loc["huge", "hugepages_bytes"] = int(MiB(16))
    expected.loc["cell", "cell"] = 0
    expected.loc["device", "host_devices"] = 1
    expected.loc["files", "local_disk_bytes"] = int(
        MiB(48 + 32)
    )  # as the guest sees them, not as they are stored
    assert (frame["state"] == "running").sum() == len(RUNS)
    found = frame[list(expected)]
    pd.testing.assert_frame_equal(found.loc[list(BOUND)], expected.astype(found.dtypes), check_names=False)


def test_lab_guests_have_local_disks_and_nothing_else(lab_daemon: virtsdk.lab.LabHost) -> None:
    found = lab_daemon.domains.frame(placement=True).set_index("name")
    for name in ("web1", "db1"):
        row = found.loc[name]
        assert row["local_disk_bytes"] == MiB(256)
        assert (row["pinned"], row["host_devices"], row["hugepages_bytes"]) == (False, 0, 0)
        assert pd.isna(row["cell"])


def test_a_fleet_leaves_there_what_is_bound(lab_daemon: virtsdk.lab.LabHost, frame: pd.DataFrame) -> None:
    node = lab_daemon.node_info().frame()
    other = node.assign(host="spare")
    domains = frame.reset_index()
    fleet = Fleet.from_frames(
        pd.concat([node, other]), domains, Policy(vcpu_ratio=8, count_inactive=True, reserve_memory_bytes=0)
    )
    stuck = fleet.drain(lab_daemon.name).unplaced
    assert set(stuck) == {"pinned", "device", "files", "huge"}  # no host has huge pages to spare
