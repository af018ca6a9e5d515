"""What is asked of the fleets, against the fleets' own answers."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from tests.unit.widgets.what_if.fleets import GIB, POLICY, small
from virtsdk.capacity import CapacityWarning, Fleet
from virtsdk.widgets.what_if.answers import Room, Survival, beside
from virtsdk.widgets.what_if.settings import Ground
from virtsdk.widgets.what_if.steps import Path, steps_of

FLEET = small()
GROUND = Ground(FLEET)


def room(ground: Ground = GROUND, **changes) -> Room:
    settings = replace(ground.start, **changes)
    steps = steps_of(ground, settings)
    return Room.of(ground, Path(ground.fleet).take(steps), settings, steps)


def test_room_is_what_the_fleet_says() -> None:
    found = room(add=3, fail=("kvm4",))
    fleet = FLEET.add("web1", 3).fail("kvm4")
    assert found.left == fleet.guests_left("web1")
    assert (found.guests, found.unplaced, found.over) == (8, 0, 0)
    frame = fleet.headroom().frame()
    assert found.vcpus_free == frame["vcpus_headroom"].sum()
    assert found.memory_free_bytes == frame["memory_headroom_bytes"].sum()


def test_what_one_host_lacks_is_not_taken_off_another() -> None:
    found = room(vcpu_ratio=0.5)
    assert found.over == 1
    assert found.vcpus_free == found.headroom.frame()["vcpus_headroom"].clip(lower=0).sum()
    assert found.vcpus_free > found.headroom.frame()["vcpus_headroom"].sum()


def test_what_has_no_place_and_what_is_over_are_counted() -> None:
    found = room(add=60)
    assert found.unplaced == len(FLEET.add("web1", 60).unplaced) > 0
    assert room(vcpu_ratio=0.5).over == 1


def test_the_fullest_host_comes_first() -> None:
    assert room().shares.iloc[0].tolist() == ["kvm1", "memory", 0.5]


def test_hosts_in_maintenance_have_nothing_free() -> None:
    hosts = FLEET.hosts.assign(maintenance=[True, False, False, False])
    ground = Ground(Fleet.from_frames(hosts, FLEET.domains, POLICY))
    assert room(ground).vcpus_free == room().vcpus_free - 20


def test_what_is_not_known_is_not_counted_as_nothing() -> None:
    with pytest.warns(CapacityWarning):
        fleet = small(memory_bytes=pd.array([*[GIB] * 4, None, GIB], dtype="Int64"))
    found = room(Ground(fleet))
    assert found.memory_free_bytes is None
    assert found.vcpus_free == 139


def test_months_left_are_those_whose_growth_still_fits() -> None:
    found = room(growth=10.0)
    months = found.months_left
    assert found.guests * 1.1**months - found.guests <= found.left.total
    assert found.guests * 1.1 ** (months + 1) - found.guests > found.left.total
    assert room().months_left is None


def test_growth_by_guests_unlike_the_mean_is_noted() -> None:
    (note,) = room(growth=10.0, months=2, like="db1").notes
    assert note == (
        "growth counts guests, each of 8 vCPUs and 24 GiB; "
        "the mean guest of the fleet has 4.2 vCPUs and 9.8 GiB"
    )
    assert room(growth=10.0, months=2).notes == room(like="db1").notes == ()


def test_survival_is_the_fleets_own_verdict() -> None:
    assert Survival.of(FLEET, 1).report == FLEET.n_plus(1)
    assert Survival.of(FLEET, 9).why_not == "k must be at most 4, the hosts that there are, not 9"
    assert Survival.of(FLEET.fail(list(GROUND.hosts)), 1).why_not == "no host is left"


def test_hosts_side_by_side() -> None:
    both = beside(room(), room(fail=("kvm2",), add=20)).set_index("host")
    assert sorted(both.index) == ["kvm1", "kvm2", "kvm3", "kvm4"]
    assert both.index[-1] == "kvm2"
    assert both.loc["kvm1", ["resource_before", "before"]].tolist() == ["memory", 0.5]
    assert pd.isna(both.loc["kvm2", "after"])
    after = both["after"].dropna()
    assert after.is_monotonic_decreasing
    assert after["kvm1"] == room(fail=("kvm2",), add=20).shares.set_index("host").loc["kvm1", "share"]
