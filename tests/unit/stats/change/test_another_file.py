"""Another file under a disk's name: another disk, or a snapshot."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from tests.unit.stats.records import WEB
from virtsdk.stats import from_records, rates

START = pd.Timestamp("2026-03-01 12:00", tz="UTC")
BASE, SNAP, OTHER = "/img/base.qcow2", "/snapshots/of/yesterday.img", "/img/other.qcow2"


def sample(seconds, path, behind=None, rows=()):
    """A disk in a file, by its definition on another one; `rows` are images behind it that were asked for."""
    values = {"state.state": 1, "block.count": 1 + len(rows), "block.0.name": "vda", "block.0.path": path,
              "block.0.rd.bytes": 100 * seconds}  # fmt: skip
    for number, one in enumerate(rows, 1):
        values |= {f"block.{number}.name": "vda", f"block.{number}.path": one}
        values |= {f"block.{number}.backingIndex": number, f"block.{number}.capacity": 5}
    disk = SimpleNamespace(device="disk", bus="virtio", source=path, backing_path=behind)
    facts = {WEB: SimpleNamespace(autostart=False, disks={"vda": disk}, nics={})}
    time = START + pd.Timedelta(seconds=seconds)
    return from_records([(WEB, "web1", values)], host="kvm7", time=time, facts=facts)


CASES = {
    "another disk": (sample(0, BASE), sample(10, OTHER), False),
    "another disk with a file behind it": (sample(0, BASE), sample(10, OTHER, "/img/x"), False),
    "a snapshot by its definition": (sample(0, BASE), sample(10, SNAP, BASE), True),
    "committed again, by its definition": (sample(0, SNAP, BASE), sample(10, BASE), True),
    "a snapshot by the rows of its images": (sample(0, BASE), sample(10, SNAP, rows=["/img/x", BASE]), True),
    "two at once, committed": (sample(0, SNAP, rows=[OTHER, BASE]), sample(10, BASE), True),
    "another one, by the rows": (sample(0, BASE, rows=["/img/y"]), sample(10, OTHER, rows=["/img/z"]), False),
    "by libvirt's name": (sample(0, BASE), sample(10, "/img/base.snap1"), True),
}


@pytest.mark.parametrize("case", CASES)
def test_a_disk_goes_on(case):
    before, after, goes_on = CASES[case]
    (row,) = rates(before, after).disks.to_dict("records")
    assert (row["read_bytes_per_second"] == 100) is goes_on if goes_on else row["interrupted"] == "reset"


def test_the_images_of_another_guest_say_nothing():
    before, after = sample(0, BASE), sample(10, SNAP)
    other = from_records([("u2", "b", {"block.0.name": "vda", "block.0.path": BASE, "block.0.capacity": 1})],
                         host="kvm7", time=after.time)  # fmt: skip
    disks = pd.concat([before.disks, after.disks, other.disks])
    found = rates({"domains": pd.concat([before.domains, after.domains]), "disks": disks}).disks
    assert found["interrupted"].tolist() == ["reset"]
