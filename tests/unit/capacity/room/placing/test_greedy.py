"""Placements in one pass: they hold the rules, and do what their names say."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.capacity.room.fleets import arrays, domains, hosts
from tests.unit.capacity.room.random_fleets import random_fleet
from virtsdk.capacity.room.placing.choose import fewest
from virtsdk.capacity.room.placing.greedy import best_filled, dot_product, first_fit
from virtsdk.capacity.room.placing.problem import Problem

RULES = {
    "first fit": first_fit,
    "first fit by sums": lambda problem: first_fit(problem, "sum"),
    "dot product": dot_product,
    "nearest": lambda problem: dot_product(problem, rule="nearest"),
    "best filled": best_filled,
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(12))
def test_a_placement_holds_the_rules(rule, seed):
    problem = Problem.of(arrays(*random_fleet(seed)))
    parts = RULES[rule](problem)
    assert not problem.breaks(parts)
    placed = np.zeros_like(problem.count)
    for number, _, much in parts:
        placed[number] += much
    assert (placed <= problem.count).all()


def test_first_fit_takes_the_first_host_that_is_begun():
    problem = Problem.of(arrays(hosts(*[(8, 32)] * 4), domains((0, 5, 1), (1, 4, 1), (2, 4, 1), (3, 3, 1))))
    parts = first_fit(problem)
    assert problem.used(parts) == 2
    assert {(int(problem.needs[one][0]), host, much) for one, host, much in parts} == {
        (5000, 0, 1), (4000, 1, 2), (3000, 0, 1),
    }  # fmt: skip


def test_the_largest_hosts_are_filled_first():
    problem = Problem.of(arrays(hosts((4, 16), (16, 64), (4, 16)), domains((0, 4, 4), (1, 4, 4), (2, 4, 4))))
    for rule in RULES.values():
        assert {host for _, host, _ in rule(problem)} == {1}


def test_the_dot_product_pairs_what_is_complementary():
    guests = [(0, 6, 2), (1, 6, 2), (2, 2, 24), (3, 2, 24)]
    problem = Problem.of(arrays(hosts(*[(8, 32)] * 4), domains(*guests)))
    assert problem.used(dot_product(problem)) == 2


def test_two_of_a_group_never_share_a_host_though_they_are_alike():
    from virtsdk.capacity import Policy

    policy = Policy(vcpu_ratio=1, reserve_memory_bytes=0, anti_affinity=[["g0", "g1", "g2"]])
    problem = Problem.of(arrays(hosts(*[(8, 32)] * 4), domains(*[(0, 1, 1)] * 4), policy))
    for rule in RULES.values():
        parts = rule(problem)
        assert (problem.used(parts), problem.missing(parts), problem.breaks(parts)) == (3, 0, False)


def test_the_best_of_several_fillings_needs_fewer_hosts():
    guests = np.minimum(np.exp(np.random.default_rng(4).normal((1.0, 2.2), 0.5, (400, 2))), (16, 48)).round(3)
    fleet = arrays(hosts(*[(16, 48)] * 133), domains(*[(0, *one) for one in guests.tolist()]))
    problem = Problem.of(fleet)
    others = [problem.used(rule(problem)) for name, rule in RULES.items() if name != "best filled"]
    assert problem.used(best_filled(problem)) <= min(others) - 2
    choice = fewest(fleet)
    assert (choice.method, choice.hosts_used) == ("best filled", problem.used(best_filled(problem)))
