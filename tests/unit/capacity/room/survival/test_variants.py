"""Rules of other systems: slots, share, one other host."""

from __future__ import annotations

import pytest

from tests.unit.capacity.room.fleets import GIB, PLAIN, domains, hosts
from virtsdk.capacity import Fleet, Policy

VMWARE = Fleet.from_frames(
    hosts((9, 9), (9, 6), (6, 6)),
    domains((0, 2, 1), (0, 2, 1), (1, 1, 2), (1, 1, 1), (2, 1, 1)),
    PLAIN,
)


def test_slots_of_vmwares_example():
    one, two = VMWARE.n_plus(1, rule="slots"), VMWARE.n_plus(2, rule="slots")
    assert (one.ok, two.ok) == (True, False)
    assert one.worst == ("h0",)  # four slots; the others have three each
    assert two.worst[0] == "h0"
    assert "a slot is 2 vCPUs and 2 GiB" in one.notes
    assert one.frame()["share"].tolist() == [pytest.approx(5 / 6)]


def test_slots_say_no_to_mixed_sizes_where_packing_says_yes():
    guests = domains((0, 8, 1), (0, 1, 16), *[(1, 1, 1)] * 4, *[(2, 1, 1)] * 4)
    fleet = Fleet.from_frames(hosts((16, 64), (16, 64), (16, 64)), guests, PLAIN)
    assert (fleet.n_plus(1).ok, fleet.n_plus(1, rule="slots").ok) == (True, False)
    report = fleet.report()
    assert report.disagree == ("slots",)
    assert "not as packing says: slots" in repr(report)


def test_a_share_is_kept_free_of_both():
    half = Fleet.from_frames(hosts((8, 32), (8, 32)), domains((0, 4, 1), (1, 4, 16)), PLAIN)
    assert half.n_plus(1, rule="share").ok
    assert half.resize("g0", vcpus=5).n_plus(1, rule="share").ok is False
    answer = half.resize("g0", memory_bytes=16 * GIB + 1).n_plus(1, rule="share")
    assert (answer.ok, answer.binding, answer.worst) == (False, "memory", ())


def test_a_share_looks_at_no_single_host():
    fleet = Fleet.from_frames(hosts((2, 8), (2, 8), (16, 64)), domains((2, 5, 1)), PLAIN)
    assert (fleet.n_plus(1, rule="share").ok, fleet.n_plus(1).ok) == (True, False)


def test_hosts_in_maintenance_are_no_part_of_it():
    fleet = Fleet.from_frames(
        hosts((8, 32), (8, 32), (8, 32), maintenance=[False, False, True]), domains((0, 5, 1)), PLAIN
    )
    assert fleet.n_plus(1, rule="share").ok is False or fleet.headroom().frame()["maintenance"].any()
    assert fleet.n_plus(2, rule="slots").ok is False
    assert fleet.n_plus(1, rule="slots").ok


def test_ovirt_says_whether_one_other_host_takes_all():
    guests = domains((0, 4, 1), (0, 4, 1), (1, 3, 1), (2, 3, 1))
    answer = Fleet.from_frames(hosts((8, 32), (8, 32), (8, 32)), guests, PLAIN).n_plus(1, rule="ovirt")
    assert answer.ok
    assert answer.frame().set_index("failed")["one_host"].to_dict() == {"h0": False, "h1": True, "h2": True}


def test_one_host_does_not_take_two_of_a_group():
    policy = Policy(vcpu_ratio=1, anti_affinity=[["g0", "g1"]])
    fleet = Fleet.from_frames(hosts(*[(8, 32)] * 3), domains((0, 1, 1), (0, 1, 1)), policy)
    assert not fleet.n_plus(1, rule="ovirt").frame().set_index("failed").loc["h0", "one_host"]


@pytest.mark.parametrize("rule", ["slots", "share"])
def test_a_figure_that_is_missing_opens_a_yes_and_no_no(rule):
    def asked(vcpus):
        guests = domains((0, vcpus, 1), (1, 1, 1)).assign(vcpus=[vcpus, None])
        with pytest.warns(UserWarning, match="g1"):
            return Fleet.from_frames(hosts((8, 32), (8, 32)), guests, PLAIN).n_plus(1, rule=rule).ok

    assert asked(4) is None
    assert asked(9) is False


def test_racks_have_the_slots_and_shares_of_their_hosts():
    racks = hosts(*[(8, 32)] * 4, rack=["a", "a", "b", "b"])
    fleet = Fleet.from_frames(racks, domains(*[(0, 1, 1)] * 8, *[(2, 1, 1)] * 8), PLAIN)
    assert fleet.n_plus(1, rule="slots", by="rack").ok
    assert fleet.n_plus(1, rule="share", by="rack").ok
    more = fleet.add("g0")
    assert more.n_plus(1, rule="slots", by="rack").ok is False
    assert more.n_plus(1, rule="share", by="rack").ok is False
