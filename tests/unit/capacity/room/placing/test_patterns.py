"""Column generation: fewer hosts than the greedy rules, and a bound that is true."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from itertools import product

import numpy as np
import pytest

from tests.unit.capacity.room.fleets import arrays, domains, hosts
from virtsdk.capacity.room.placing import knapsack
from virtsdk.capacity.room.placing.greedy import first_fit
from virtsdk.capacity.room.placing.patterns import generate, suits
from virtsdk.capacity.room.placing.problem import Problem

# not importorskip: all workers collect these tests, and few of them run one
pytestmark = pytest.mark.skipif(find_spec("scipy") is None, reason="scipy is not installed")


@pytest.fixture
def optimize():
    return importlib.import_module("scipy.optimize")


def test_patterns_find_what_first_fit_misses_and_prove_it():
    sizes = [6] * 7 + [7] * 7 + [7] * 0 + [2] * 7  # 15 = 6 + 7 + 2; first-fit puts two of 7 on a host
    problem = Problem.of(arrays(hosts(*[(15, 64)] * 10), domains(*[(0, vcpus, 1) for vcpus in sizes])))
    start = first_fit(problem)
    parts, bound = generate(problem, start, 0)
    assert (problem.used(start), problem.used(parts), bound.hosts) == (8, 7, 7)
    assert not problem.breaks(parts)
    assert not problem.missing(parts)


def test_the_bound_sees_patterns_that_sums_do_not():
    guests = [(0, 4, 1)] * 9  # two on a host of 10
    problem = Problem.of(arrays(hosts(*[(10, 64)] * 6), domains(*guests)))
    _, bound = generate(problem, first_fit(problem), 0)
    assert bound.hosts == 5


def test_hosts_in_use_and_other_kinds_of_hosts_are_counted():
    guests = domains((0, 6, 1), *[(0, 5, 1)] * 4, pinned=[True, *[False] * 4])
    problem = Problem.of(arrays(hosts((16, 64), (10, 64), (10, 64), (5, 64)), guests))
    parts, bound = generate(problem, first_fit(problem), 0)
    assert (problem.used(parts), bound.hosts) == (2, 2)


def test_too_many_sizes_are_not_for_patterns():
    def of(count):
        return Problem.of(
            arrays(hosts((999, 999)), domains(*[(0, number + 1, 1) for number in range(count)]))
        )

    assert suits(of(60))
    assert not suits(of(61))
    assert not suits(of(0))


@pytest.mark.parametrize("seed", range(25))
def test_the_most_valuable_contents_are_those_of_all_contents_tried(seed, optimize):
    chance = np.random.default_rng(seed)
    needs = chance.integers(1, 9, (4, 2))
    room, count = chance.integers(8, 20, 2), chance.integers(0, 4, 4)
    prices = chance.random(4).round(2)
    groups = np.array([[0], [0], [-1], [-1]]) if seed % 2 else np.full((4, 0), -1)
    found = knapsack.fill(needs, room, count, prices, groups, optimize)
    best = 0.0
    for much in product(*(range(most + 1) for most in count)):
        fits = (np.array(much) @ needs <= room).all() and (not seed % 2 or much[0] + much[1] <= 1)
        best = max(best, float(np.array(much) @ prices)) if fits else best
    assert found.most == pytest.approx(best, abs=1e-6)
    if found.found:
        assert float(found.found[-1] @ prices) == pytest.approx(best)
        assert (found.found[-1] @ needs <= room).all()


def test_a_search_that_is_cut_off_bounds_what_is_left(optimize):
    chance = np.random.default_rng(1)
    needs, prices = chance.integers(20, 40, (12, 2)), chance.random(12)
    count, none, room = np.full(12, 2), np.full((12, 0), -1), np.array([200, 200])
    whole = knapsack.fill(needs, room, count, prices, none, optimize)
    short = knapsack.fill(needs, room, count, prices, none, optimize, steps=3)
    assert short.most >= whole.most
    assert (short.steps, whole.steps > 3) == (3, True)
