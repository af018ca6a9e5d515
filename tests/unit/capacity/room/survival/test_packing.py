"""`packing`: all sets of failures, few and many."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest

from tests.unit.capacity.room.fleets import arrays, domains, hosts
from virtsdk.capacity.room.solve import solve
from virtsdk.capacity.room.survival import packing as module
from virtsdk.capacity.room.survival.failures import Domains
from virtsdk.capacity.room.survival.packing import every_set, failed, packing


def of(hosts_frame, domains_frame):
    fleet = arrays(hosts_frame, domains_frame)
    return Domains(fleet, fleet.hosts, np.arange(len(fleet.hosts)))


@pytest.mark.parametrize(("count", "k"), [(5, 1), (5, 2), (6, 3), (3, 3)])
def test_every_set_is_listed_once(count, k):
    assert [tuple(one) for one in every_set(count, k).tolist()] == list(combinations(range(count), k))


def random_fleet(count, seed, fill):
    chance = np.random.default_rng(seed)
    guests = [(int(chance.integers(count)), int(chance.integers(1, 5)), 1) for _ in range(count * 6)]
    most = max(sum(vcpus for host, vcpus, _ in guests if host == one) for one in range(count))
    return of(hosts(*[(int(most / fill), 64)] * count), domains(*guests))


@pytest.mark.parametrize("fill", [0.4, 0.8, 0.95])
@pytest.mark.parametrize("k", [1, 2])
def test_parts_of_the_fleet_answer_as_all_sets_do(monkeypatch, fill, k):
    for seed in range(3):
        fleet = random_fleet(14, seed, fill)
        truth = packing(fleet, k)
        monkeypatch.setattr(module, "_RANKED", 0)
        few = packing(random_fleet(14, seed, fill), k)
        monkeypatch.setattr(module, "LISTED", 3)
        fewer = packing(random_fleet(14, seed, fill), k)
        monkeypatch.undo()
        assert truth.ok is not None
        for other in (few, fewer):
            assert other.ok in (truth.ok, None)
            assert other.total == comb(14, k)
            assert (other.open == 0) or not other.ok


def test_the_tightest_set_is_the_worst_of_those_that_fit():
    fleet = of(
        hosts((8, 64), (8, 64), (8, 64), (32, 64)), domains((0, 2, 1), (1, 3, 1), (2, 1, 1), (3, 4, 1))
    )
    assert packing(fleet, 1).worst == (3,)
    assert packing(fleet, 2).worst == (1, 3)


def test_of_those_that_do_not_fit_the_worst_leaves_most():
    fleet = of(hosts((8, 64), (16, 64)), domains((0, 8, 1), (1, 8, 1), (1, 1, 1)))
    outcome = packing(fleet, 1)
    assert (outcome.ok, outcome.worst, outcome.unplaced) == (False, (1,), (1, 2))


def test_parts_do_not_answer_for_a_host_that_the_other_one_counts_on():
    guests = domains((0, 8, 1), (1, 1, 1))
    fleet = of(hosts((8, 32), (16, 32), *[(4, 32)] * 6), guests)  # h1 alone takes the guest of h0
    sets = every_set(8, 2)
    covered, count = module._by_parts(fleet, sets, 2)
    answered = {tuple(one) for one in sets[covered].tolist()}
    assert (0, 1) not in answered
    assert {(0, 2), (1, 2), (2, 3)} <= answered
    assert count == len(answered)
    outcome = packing(fleet, 2)
    assert (outcome.ok, outcome.worst, outcome.unplaced) == (False, (0, 1), (0,))


def test_what_parts_answer_for_has_a_placement():
    for seed in range(4):
        fleet = random_fleet(12, seed, 0.75)
        sets = every_set(12, 2)
        covered, _ = module._by_parts(fleet, sets, 2)
        for one in sets[covered]:
            assert solve(*failed(fleet, one)).ok
