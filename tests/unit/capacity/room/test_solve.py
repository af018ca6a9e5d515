"""`solve`: yes by a placement, no by a bound or a search, and what is in the way."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.capacity.room.brute_force import fits_without
from tests.unit.capacity.room.fleets import arrays, domains, hosts
from tests.unit.capacity.room.random_fleets import random_fleet
from virtsdk.capacity import Policy
from virtsdk.capacity.room.exhaustive import search
from virtsdk.capacity.room.solve import binding, refuted, scarcest, solve


def without(fleet, *down):
    left = fleet.without(list(down))
    return left, left.units(fleet.on(list(down)))


def test_a_placement_is_its_own_proof():
    left, units = without(arrays(hosts((8, 32), (4, 32), (4, 32)), domains((0, 3, 1), (0, 4, 1))), 0)
    verdict = solve(left, units)
    assert (verdict.ok, verdict.method) == (True, "witness")
    assert (left.placed(units.guests, units.spread(verdict.at)).free >= 0).all()


@pytest.mark.parametrize(
    ("guests", "rest"),
    [
        ([(0, 9, 1)], [(8, 32), (8, 32)]),
        ([(0, 1, 33), (0, 1, 1)], [(8, 32), (8, 32)]),
        ([(0, 5, 1), (0, 5, 1), (0, 5, 1)], [(8, 32), (8, 32)]),
        ([(0, 9, 1), (0, 9, 1)], [(8, 32), (9, 32)]),
    ],
    ids=["largest vcpus", "largest memory", "three halves", "two large"],
)
def test_a_bound_says_no(guests, rest):
    left, units = without(arrays(hosts((64, 256), *rest), domains(*guests)), 0)
    assert refuted(left, units)
    verdict = solve(left, units)
    assert (verdict.ok, verdict.method) == (False, "bound")
    fast = solve(left, units, leftovers=False)
    assert (fast.ok, fast.at.tolist()) == (False, [-1] * len(guests))


def test_a_bound_does_not_say_no_where_they_fit():
    left, units = without(arrays(hosts((64, 256), (8, 32), (8, 32)), domains((0, 8, 32), (0, 8, 32))), 0)
    assert not refuted(left, units)
    assert solve(left, units).ok


def test_what_greedy_placements_miss_is_found_by_search():
    sizes = [6, 5, 5, 4, 4, 3, 3, 2]  # 16 and 16, in one way only by halves
    fleet = arrays(hosts((64, 64), (16, 64), (16, 64)), domains(*[(0, vcpus, 1) for vcpus in sizes]))
    left, units = without(fleet, 0)
    found, at = search(left, units, left.room)
    assert found
    assert np.bincount(at, weights=units.needs[:, 0]).tolist() == [0, 16_000, 16_000]
    assert solve(left, units).ok


def test_a_search_without_nodes_stays_open():
    left, units = without(arrays(hosts((64, 64), (7, 64), (7, 64)), domains(*[(0, 3, 1)] * 3, (0, 5, 1))), 0)
    assert search(left, units, left.room, nodes=0)[0] is None
    assert search(left, units, left.room)[0] is False


@pytest.mark.parametrize("seed", range(15))
def test_the_search_is_that_of_every_placement_tried(seed):
    hosts_frame, domains_frame, policy = random_fleet(seed)
    fleet = arrays(hosts_frame, domains_frame, Policy(**{**policy.to_dict(), "protected": None}))
    policy = Policy(**{**policy.to_dict(), "protected": None})
    left, units = without(fleet, 0)
    found, at = search(left, units, left.room)
    assert found == fits_without(hosts_frame, domains_frame, policy, {"h0"})
    if found:
        done = left.placed(units.guests, units.spread(at))
        assert (done.load <= done.capacity)[done.load > left.load].all()


def test_what_is_in_the_way_is_that_without_which_it_would_go():
    left, units = without(
        arrays(
            hosts((8, 32), (8, 32), cpu_model=["a", "b"]),
            domains((0, 2, 8), (1, 1, 1)),
        ),
        0,
    )
    assert binding(left, units) == "cpu model"
    left, units = without(arrays(hosts((8, 32), (8, 32)), domains((0, 8, 8), (1, 1, 30))), 0)
    assert binding(left, units) == "memory"  # both are short, memory more so
    assert scarcest(left, units) == ["memory", "vcpus"]


def test_a_group_that_must_join_a_full_host_is_named():
    policy = Policy(vcpu_ratio=1, reserve_memory_bytes=0, affinity=[["g0", "g1"]])
    fleet = arrays(hosts((8, 32), (8, 32), (8, 32)), domains((0, 4, 1), (1, 6, 1)), policy)
    left, units = without(fleet, 0)
    assert (solve(left, units).ok, binding(left, units)) == (False, "affinity")


def test_the_search_keeps_apart_what_comes_from_two_hosts():
    policy = Policy(vcpu_ratio=1, reserve_memory_bytes=0, anti_affinity=[["g0", "g1"]])
    fleet = arrays(hosts((8, 32), (8, 32), (8, 32), (1, 32)), domains((0, 2, 1), (1, 2, 1)), policy)
    left, units = without(fleet, 0, 1)
    assert search(left, units, left.room)[0] is False
    assert search(left, units, left.room + np.array([4000, 0]))[0] is True
