"""The best placement: as good as first-fit-decreasing, proven only where it is, equal in any order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.capacity.room.fleets import PLAIN, arrays, domains, hosts
from tests.unit.capacity.room.placing.fewest_hosts import fewest_hosts
from tests.unit.capacity.room.random_fleets import random_fleet
from virtsdk.capacity import Fleet
from virtsdk.capacity.room.placing import choose, solver
from virtsdk.capacity.room.placing.greedy import first_fit
from virtsdk.capacity.room.placing.problem import Problem

pytest.importorskip("scipy")


def small(seed, guests=8):
    """A random fleet of a few guests."""
    hosts_frame, domains_frame, policy = random_fleet(seed)
    domains_frame = domains_frame.iloc[:guests]
    known = set(domains_frame["name"])

    def kept(groups):
        return tuple(names for group in groups if (names := tuple(one for one in group if one in known)))

    apart, together = kept(policy.anti_affinity), kept(policy.affinity)
    return hosts_frame, domains_frame, replace(
        policy, anti_affinity=apart, affinity=together, protected=None
    )  # fmt: skip


@pytest.mark.parametrize("exact", [False, True], ids=["usual", "exact"])
@pytest.mark.parametrize("seed", [*range(14), 22, 51])
def test_the_answer_agrees_with_every_placement_tried(seed, exact):
    fleet = arrays(*small(seed))
    truth, choice = fewest_hosts(fleet), choose.fewest(fleet, exact=exact)
    if truth is None:
        assert choice.fits is not True
        return
    assert choice.fits
    assert choice.bound.hosts <= truth <= choice.hosts_used
    assert not choice.proven or choice.hosts_used == truth
    if exact:
        assert choice.proven


@pytest.mark.parametrize("seed", range(12))
def test_rules_hold_in_the_rows_that_came_in(seed):
    fleet = arrays(*random_fleet(seed))
    done = fleet.placed(np.arange(len(fleet.guests)), choose.fewest(fleet).at)
    assert (done.free >= np.minimum(fleet.free, 0)).all()
    assert (done.crowd <= 1).all()
    assert (done.at[fleet.tied > 0] == fleet.at[fleet.tied > 0]).all()
    known = (done.at >= 0) & (fleet.guest_model >= 0) & (fleet.host_model[done.at] >= 0)
    assert (fleet.guest_model[known] == fleet.host_model[done.at][known]).all()
    moved = done.at != fleet.at
    assert fleet.takes[done.at[moved & (done.at >= 0)]].all()
    together = done.together >= 0
    assert len(set(zip(done.together[together], done.at[together], strict=True))) == len(
        set(done.together[together])
    )


@pytest.mark.parametrize("seed", range(8))
def test_first_fit_decreasing_never_uses_fewer_hosts(seed):
    fleet = arrays(*random_fleet(seed))
    problem = Problem.of(fleet)
    parts = first_fit(problem)
    if not problem.missing(parts):
        assert choose.fewest(fleet).hosts_used <= problem.used(parts)


@pytest.mark.parametrize("spread", [False, True], ids=["fewest", "spread"])
@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_rows_changes_nothing(seed, spread):
    hosts_frame, domains_frame, policy = random_fleet(seed)
    found = []
    for number in range(3):
        mixed = (frame.sample(frac=1, random_state=number) for frame in (hosts_frame, domains_frame))
        report = Fleet.from_frames(*mixed, policy).place(spread=spread)
        found.append((dict(report.frame()[["name", "to"]].values), report.lower_bound, report.proof))
    assert found[0] == found[1] == found[2]


def test_without_the_solver_the_bound_of_the_solver_is_not_claimed(monkeypatch):
    sizes = [6] * 7 + [7] * 7 + [2] * 7
    fleet = arrays(hosts(*[(15, 64)] * 10), domains(*[(0, vcpus, 1) for vcpus in sizes]))
    assert choose.fewest(fleet).hosts_used == 7
    monkeypatch.setattr(solver, "is_there", lambda: False)
    choice = choose.fewest(fleet)
    assert (choice.hosts_used, choice.bound.hosts, choice.proven) == (8, 7, False)


def test_exact_proves_that_not_all_fit():
    sizes = [(6, 2), (6, 30), (6, 2), (2, 30), (4, 2)]
    fleet = arrays(hosts((10, 32), (10, 32)), domains(*[(0, *one) for one in sizes]))
    assert fewest_hosts(fleet) is None
    assert choose.fewest(fleet, exact=True).fits is False


def test_a_placement_as_it_is_is_better_than_none_in_one_pass():
    fleet = arrays(
        hosts((16, 64), (16, 64)),
        domains(*[(0, vcpus, 1) for vcpus in (6, 5, 5)], *[(1, vcpus, 1) for vcpus in (4, 4, 3, 3, 2)]),
    )
    assert choose.fewest(fleet).fits


def test_guests_of_hosts_that_are_alike_stay_where_most_of_them_are():
    fleet = arrays(hosts(*[(8, 32)] * 3), domains((1, 2, 8), (2, 2, 8), (2, 2, 8), (2, 2, 7)))
    choice = choose.fewest(fleet)
    assert choice.at.tolist() == [2, 2, 2, 2]


def test_spread_is_no_worse_than_it_is():
    fleet = arrays(hosts(*[(8, 32)] * 3), domains((0, 4, 1), (1, 4, 1), (2, 4, 1), (0, 4, 1), (0, 1, 1)))
    choice = choose.even(fleet)
    done = fleet.placed(np.arange(5), choice.at)
    assert choose.shares(done).max() == 1.0
    one = Fleet.from_frames(hosts((8, 32), (8, 32)), domains((0, 4, 1), (0, 4, 1)), PLAIN).place(spread=True)
    assert (one.hosts_used, one.largest_share) == (2, 0.5)
