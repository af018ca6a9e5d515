"""`Domains.place`: many failure sets at once, as one by one."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.capacity.room.fleets import arrays, domains, hosts
from tests.unit.capacity.room.random_fleets import random_fleet
from virtsdk.capacity import Policy
from virtsdk.capacity.room.solve import solve
from virtsdk.capacity.room.survival import failures
from virtsdk.capacity.room.survival.failures import Domains
from virtsdk.capacity.room.survival.packing import every_set, failed


def of(fleet):
    return Domains(fleet, fleet.hosts, np.arange(len(fleet.hosts)))


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("seed", range(8))
def test_a_set_that_is_placed_has_a_placement(seed, k):
    hosts_frame, domains_frame, policy = random_fleet(seed)
    fleet = of(arrays(hosts_frame, domains_frame, policy))
    sets = every_set(len(fleet.names), k)
    placed = fleet.place(sets)
    for row in np.flatnonzero(placed):
        assert solve(*failed(fleet, sets[row])).ok, (sets[row], policy)


def test_few_sets_that_have_a_placement_are_missed():
    found = truth = 0
    for seed in range(10):
        fleet = of(arrays(*random_fleet(seed)))
        sets = every_set(len(fleet.names), 1)
        found += fleet.place(sets).sum()
        truth += sum(bool(solve(*failed(fleet, one)).ok) for one in sets)
    assert 0.9 * truth <= found <= truth


def test_more_candidates_are_tried_where_few_do_not_do(monkeypatch):
    monkeypatch.setattr(failures, "CANDIDATES", 2)
    count = 40
    guests = domains(*[(0, 1, 1)] * 20, *[(number, 7, 7) for number in range(1, count)])
    fleet = of(arrays(hosts(*[(32, 64)], *[(8, 8)] * (count - 1)), guests))
    assert fleet.place(np.array([[0], [1]])).tolist() == [True, True]


def test_pieces_of_the_work_give_the_same(monkeypatch):
    hosts_frame, domains_frame, policy = random_fleet(2)
    fleet = of(arrays(hosts_frame, domains_frame, policy))
    sets = every_set(len(fleet.names), 2)
    whole = fleet.place(sets)
    monkeypatch.setattr(failures, "_CELLS", 1)
    assert fleet.place(sets).tolist() == whole.tolist()


def test_two_of_a_group_from_two_failed_hosts_do_not_meet():
    policy = Policy(vcpu_ratio=1, reserve_memory_bytes=0, anti_affinity=[["g0", "g1"]])
    guests = domains((0, 1, 1), (1, 1, 1))
    three, four = hosts(*[(8, 32)] * 3), hosts(*[(8, 32)] * 4)
    assert of(arrays(three, guests, policy)).place(np.array([[0, 1]])).tolist() == [False]
    assert of(arrays(four, guests, policy)).place(np.array([[0, 1]])).tolist() == [True]


def test_units_of_a_domain_are_ranked_by_size():
    fleet = of(arrays(hosts((8, 32), (8, 32)), domains((0, 1, 1), (0, 4, 1), (1, 2, 1), (0, 1, 16))))
    needs = fleet.units.needs[fleet.ranked[0], 0]
    assert needs.tolist() == [4000, 1000, 1000]
    assert fleet.ranked[1].tolist()[1:] == [-1, -1]
