"""Lower bounds: never above the truth, and each sees what the others do not."""

from __future__ import annotations

import pytest

from tests.unit.capacity.room.fleets import arrays, domains, hosts
from virtsdk.capacity import Policy
from virtsdk.capacity.room.placing.bounds import bound, dual_feasible, groups, sums
from virtsdk.capacity.room.placing.problem import Problem


def problem(hosts_frame, domains_frame, **settings):
    policy = Policy(**{"vcpu_ratio": 1, "reserve_memory_bytes": 0, **settings})
    return Problem.of(arrays(hosts_frame, domains_frame, policy))


def test_sums_count_the_largest_hosts():
    found = sums(problem(hosts((4, 32), (8, 32), (16, 32)), domains((0, 4, 1), (1, 8, 1), (2, 6, 1))))
    assert (found.hosts, found.why) == (2, "sum of vcpus")


def test_hosts_that_hold_a_tied_guest_are_counted_and_filled():
    frame = domains((0, 1, 1), (1, 1, 1), (2, 8, 1), pinned=[True, True, False])
    assert sums(problem(hosts(*[(8, 32)] * 4), frame)).hosts == 2
    assert sums(problem(hosts((1, 32), (1, 32), (8, 32)), frame)).hosts == 3


def test_sizes_above_half_a_host_need_one_each():
    one = problem(hosts(*[(10, 100)] * 5), domains(*[(host, 6, 1) for host in range(5)]))
    assert (sums(one).hosts, dual_feasible(one).hosts) == (3, 5)


def test_sizes_of_just_above_a_third_go_two_by_two():
    one = problem(hosts(*[(100, 100)] * 6), domains(*[(0, 35, 1)] * 6))
    assert (sums(one).hosts, dual_feasible(one).hosts) == (3, 3)
    one = problem(hosts(*[(100, 100)] * 6), domains(*[(0, 34, 1)] * 10))
    assert (sums(one).hosts, dual_feasible(one).hosts) == (4, 5)


def test_a_group_needs_a_host_for_each():
    one = problem(hosts(*[(8, 32)] * 4), domains(*[(0, 1, 1)] * 3), anti_affinity=[["g0", "g1", "g2"]])
    assert (groups(one).hosts, bound(one).why) == (3, "anti-affinity")


@pytest.mark.parametrize(
    ("hosts_frame", "guests", "why"),
    [
        (hosts((8, 32)), [(0, 9, 1)], "g0 fits on no host"),
        (hosts((8, 32), (8, 32)), [(0, 6, 1), (0, 6, 1), (1, 6, 1)], "vcpus is short in sum"),
        (hosts((8, 32), (8, 32)), [(0, 5, 1), (0, 5, 1), (1, 5, 1)], "sizes in vcpus"),
    ],
    ids=["one", "sum", "sizes"],
)
def test_that_no_number_of_hosts_would_do_is_said(hosts_frame, guests, why):
    found = bound(problem(hosts_frame, domains(*guests)))
    assert (found.hosts, found.why) == (None, why)


def test_a_host_with_a_figure_missing_may_have_room():
    frame = domains((0, 1, 1), (1, 8, 1))
    frame["vcpus"] = [None, 8]
    assert sums(problem(hosts((8, 32), (8, 32)), frame)).hosts == 1


def test_nothing_to_place_needs_no_host():
    assert bound(problem(hosts((8, 32)), domains().assign(vcpus=[], memory_bytes=[]))).hosts == 0
