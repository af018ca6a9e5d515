"""`Fleet.diff`: what changed, and what that frees."""

from __future__ import annotations

import pandas as pd

from tests.unit.capacity.room.fleets import GIB, domains, hosts
from virtsdk.capacity import Fleet, Policy

POLICY = Policy(vcpu_ratio=1, reserve_memory_bytes=0, vcpu_price=10, gib_price=2)
FLEET = Fleet.from_frames(
    hosts((8, 32), (8, 32), (8, 32)), domains((0, 4, 8), (0, 4, 8), (1, 6, 8), (2, 4, 4)), POLICY
)


def test_each_kind_of_change_is_named():
    after = (
        FLEET.remove("g3")
        .resize("g2", vcpus=2)
        .fail("h0")
        .add({"vcpus": 9, "memory_bytes": GIB, "name": "n"})
    )
    diff = FLEET.diff(after)
    kinds = dict(zip(diff.frame()["name"], diff.frame()["change"], strict=True))
    assert kinds == {"g0": "moved", "g1": "moved", "g2": "resized", "g3": "removed", "n": "added"}
    resized = diff.frame().set_index("name").loc["g2"]
    assert (resized["vcpus_before"], resized["vcpus_after"]) == (6, 2)
    assert (diff.hosts_removed, diff.hosts_added) == (("h0",), ())
    assert pd.isna(diff.frame().set_index("name").loc["n", "to"])


def test_what_is_freed_is_capacity_less_committed_and_has_its_price():
    diff = FLEET.diff(FLEET.remove("g0"))
    assert (diff.vcpus_free, diff.memory_free_bytes, diff.value) == (4, 8 * GIB, 4 * 10 + 8 * 2)
    assert repr(diff).startswith("<FleetDiff 1 removed; +4 vCPUs and +8 GiB free, +56.00 worth>")
    back = FLEET.remove("g0").diff(FLEET)
    assert (back.vcpus_free, back.value) == (-4, -56)
    more = FLEET.diff(FLEET.add_host("h0"))
    assert (more.hosts_added, more.vcpus_free) == (("h0+1",), 8)


def test_a_guest_that_loses_its_place_is_unplaced():
    lost = FLEET.diff(FLEET.fail(["h0", "h1"]))
    assert lost.frame().set_index("name")["change"].to_dict() == {
        "g0": "moved",
        "g1": "unplaced",
        "g2": "unplaced",
    }


def test_nothing_changed():
    diff = FLEET.diff(FLEET)
    assert diff.frame().empty
    assert repr(diff) == "<FleetDiff no change; +0 vCPUs and +0 bytes free, +0.00 worth>"
    assert diff._repr_html_()
