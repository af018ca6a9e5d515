"""What the controls say, checked; and the facts of the fleet that they start from."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.unit.widgets.what_if.fleets import GIB, POLICY, small
from virtsdk.capacity import CapacityWarning, Fleet, synthetic
from virtsdk.widgets.what_if.settings import Ground, checked, resource_of, share_of

GROUND = Ground(small())


def test_it_starts_with_the_fleet_as_it_is() -> None:
    start = GROUND.start
    assert (start.vcpu_ratio, start.memory_ratio) == (2, 1)
    assert (start.reserve_cpus, start.reserve_memory_bytes) == (0, 4 * GIB)
    assert (start.add, start.growth, start.months, start.fail, start.drain) == (0, 0, 0, (), ())
    assert (start.like, start.this_host, start.n_plus) == ("web1", "kvm1", 1)


def test_its_facts() -> None:
    assert GROUND.guests == 5  # one is off
    assert GROUND.largest == ("kvm4", "kvm1", "kvm2", "kvm3")  # all have as much memory
    assert GROUND.fullest[0] == "kvm1"
    assert (GROUND.cpus, GROUND.memory_bytes) == (32, 68 * GIB)
    assert GROUND.size("db1") == (8, 24 * GIB)
    assert GROUND.size("") == (2, 4 * GIB)
    assert set(GROUND.some_names(2)) < {"web1", "web2", "web3", "db1", "tiny", "off1"}
    assert set(GROUND.some_names()) == {"web1", "web2", "web3", "db1", "tiny", "off1"}


def test_a_few_names_of_each_size_come_first() -> None:
    ground = Ground(synthetic.fleet(5, 400, seed=1))
    names = ground.some_names(30)
    assert len({ground.size(name) for name in names}) == 6


def test_guests_may_have_uuids_alone() -> None:
    fleet = small()
    domains = fleet.domains.rename(columns={"name": "domain"})
    ground = Ground(Fleet.from_frames(fleet.hosts, domains, POLICY))
    assert ground.typical == "web1"
    assert ground.size("db1") == (8, 24 * GIB)


def test_nothing_is_there_to_be_like() -> None:
    fleet = small()
    ground = Ground(Fleet.from_frames(fleet.hosts, fleet.domains[:0], POLICY))
    assert (ground.start.like, ground.guests) == ("", 0)
    empty = Ground(Fleet.from_frames(fleet.hosts[:0], fleet.domains[:0], POLICY))
    assert (empty.start.this_host, empty.hosts) == ("", ())


def test_a_guest_with_a_figure_missing_is_no_pattern() -> None:
    with pytest.warns(CapacityWarning):
        fleet = small(vcpus=pd.array([None, 8, 4, 4, 1, 32], dtype="Int64"))
    ground = Ground(fleet)
    assert ground.typical != "web1"
    with pytest.raises(ValueError, match="guest 'web1' has a figure missing: new ones must be like another"):
        ground.size("web1")


def test_what_is_given_is_taken() -> None:
    given = checked(GROUND, GROUND.start, fail="kvm2", drain=["kvm4", "kvm1", "kvm4"], add=3, vcpu_ratio=1)
    assert (given.fail, given.drain, given.add, given.vcpu_ratio) == (("kvm2",), ("kvm1", "kvm4"), 3, 1)
    assert checked(GROUND, given, fail=[]).fail == ()


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"fail": "kvm"}, ValueError, "there is no host 'kvm' in the fleet; there are 'kvm1'"),
        ({"drain": ["kvm1", 2]}, TypeError, "drain must be names of hosts, not 2"),
        ({"drain": None}, TypeError, "drain must be names of hosts, not None"),
        ({"this_host": "x"}, ValueError, "there is no host 'x'"),
        ({"like": "web"}, ValueError, "there is no guest 'web' in the fleet; there are 'web1'"),
        ({"like": 1}, TypeError, "like must be the name of a guest, not 1"),
        ({"add": -1}, ValueError, "add must be 0 or more, not -1"),
        ({"add": 1.5}, TypeError, "add must be a whole number"),
        ({"n_plus": 0}, ValueError, "n_plus must be 1 or more, not 0"),
        ({"growth": float("nan")}, ValueError, "growth must be 0 or more, not nan"),
        ({"months": True}, TypeError, "months must be a whole number"),
        ({"vcpu_ratio": 0}, ValueError, "Policy.vcpu_ratio must be a number above 0, not 0"),
        ({"reserve_cpus": -1}, ValueError, "Policy.reserve_cpus must be 0 or more, not -1"),
        ({"memory_ratio": "2"}, TypeError, "Policy.memory_ratio must be a number"),
        ({"ratio": 2}, TypeError, "unknown setting 'ratio'; known settings: like, add"),
    ],
)
def test_what_cannot_be_is_refused(changes, error, message: str) -> None:
    with pytest.raises(error, match=message):
        checked(GROUND, GROUND.start, **changes)


def test_shares_are_of_the_fullest_resource() -> None:
    room = small().headroom().frame()
    assert share_of(room).round(4).tolist() == [0.5, 0.125, 0.125, 0.0156]
    assert resource_of(room).tolist() == ["memory", "vcpus", "vcpus", "vcpus"]


def test_a_share_that_is_not_known_is_not_made_up() -> None:
    with pytest.warns(CapacityWarning):
        fleet = small(memory_bytes=pd.array([None, *[GIB] * 5], dtype="Int64"))
    room = fleet.headroom().frame()
    assert share_of(room).isna().tolist() == [True, False, False, False]
    assert resource_of(room).tolist() == ["missing", "vcpus", "vcpus", "vcpus"]


def test_a_host_without_capacity_is_full() -> None:
    room = small().with_policy(POLICY.__class__(reserve_cpus=16)).headroom().frame()
    assert share_of(room).tolist()[:3] == [float("inf")] * 3
    assert resource_of(room).tolist()[:3] == ["vcpus"] * 3
