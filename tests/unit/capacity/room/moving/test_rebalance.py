"""`Fleet.rebalance`: moves that help, in an order that has room, and what is said where it does not go."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace

import pandas as pd
import pytest

from tests.unit.capacity.room.fleets import GIB, PLAIN, domains, hosts
from tests.unit.capacity.room.moving.replayed import replay
from virtsdk.capacity import CapacityWarning, Fleet, synthetic


def fleet(sizes, guests, policy=PLAIN, *, of_hosts=None, **more):
    return Fleet.from_frames(hosts(*sizes, **(of_hosts or {})), domains(*guests, **more), policy)


def moves(report):
    return [tuple(row) for row in report.frame()[["name", "from", "to"]].values]


FULL = fleet([(8, 32), (8, 32)], [(0, 6, 8), (0, 4, 4), (1, 2, 8)])


def test_the_first_line_is_the_answer():
    report = FULL.rebalance()
    assert repr(report).splitlines()[0] == "<RebalanceReport no host over its capacity after 1 move, 4 GiB>"
    assert (report.met, report.steps, report.bytes, report.stuck) == (True, 1, 4 * GIB, ())
    assert moves(report) == [("g1", "h0", "h1")]
    assert report.frame()["after_share"].tolist() == [0.75]
    assert report.shares()[["before", "after"]].values.tolist() == [[1.25, 0.75], [0.25, 0.75]]


def test_the_fleet_after_it_has_the_steps():
    report = FULL.rebalance()
    assert report.fleet.domains["host"].tolist() == ["h0", "h1", "h1"]
    assert report.fleet.moves.equals(report.frame())
    assert FULL.domains["host"].tolist() == ["h0", "h0", "h1"]
    again = report.fleet.rebalance()
    assert (again.met, again.steps, repr(again).splitlines()[0]) == (
        True, 0, "<RebalanceReport nothing to do: no host over its capacity>",
    )  # fmt: skip


@pytest.mark.parametrize("goal", ["relieve", "spread"])
def test_a_goal_that_is_met_has_no_moves(goal):
    report = fleet([(8, 32), (8, 32)], [(0, 4, 8), (1, 4, 8)]).rebalance(goal)
    assert (report.met, report.steps) == (True, 0)


def test_an_empty_host_is_not_emptied():
    report = fleet([(8, 32), (8, 32)], [(0, 4, 8)]).rebalance("empty", hosts="h1")
    assert (report.met, report.steps, report.emptied) == (True, 0, ())


def test_a_guest_moves_away_to_make_room():
    made = fleet([(8, 32), (8, 32), (4, 32)], [(0, 7, 8), (1, 4, 2), (2, 0.5, 2)])
    report = made.rebalance("empty", hosts=["h0"])
    assert (report.met, report.steps) == (True, 3)
    made = fleet([(8, 32), (8, 32), (4, 32)], [(0, 7, 8), (1, 4, 2)])
    report = made.rebalance("empty", hosts=["h0"])
    assert moves(report) == [("g1", "h1", "h2"), ("g0", "h0", "h1")]
    assert report.met


def test_a_swap_goes_by_way_of_a_third_host():
    sizes = [(8, 32), (8, 32), (4, 32)]
    guests = [(0, 6, 1), (0, 2, 1), (1, 4, 1), (1, 1, 1)]
    made = fleet(sizes, guests)
    report = made.rebalance("spread")
    assert report.steps
    after = replay(hosts(*sizes), domains(*guests), PLAIN, report.frame())
    assert len(after) == 4


def test_hosts_that_are_full_to_the_brim_are_stuck_and_that_is_said():
    report = fleet([(8, 32), (8, 32)], [(0, 8, 1), (0, 1, 1), (1, 8, 1)]).rebalance()
    assert (report.met, report.steps) == (False, 0)
    assert report.stuck == ("h0 stays over its capacity in vcpus: no host has room for what would help",)
    assert repr(report).startswith("<RebalanceReport goal 'relieve' not reached, no moves>")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"pinned": [True]}, "pinning"),
        ({"host_devices": [1]}, "host device"),
        ({"local_disk_bytes": [GIB]}, "local disk"),
    ],
    ids=["pinned", "device", "disk"],
)
def test_what_ties_a_guest_is_named(more, why):
    report = fleet([(8, 32), (8, 32)], [(0, 2, 2)], **more).rebalance("empty", hosts="h0")
    assert (report.met, report.steps, report.stuck) == (False, 0, (f"g0 stays on h0: {why}",))
    free = replace(PLAIN, movable=list(more))
    assert fleet([(8, 32), (8, 32)], [(0, 2, 2)], free, **more).rebalance("empty", hosts="h0").met


def test_maintenance_and_cpu_models_are_no_targets():
    closed = fleet([(8, 32)] * 2, [(0, 2, 2)], of_hosts={"maintenance": [False, True]})
    assert not closed.rebalance("empty", hosts="h0").met
    other = fleet([(8, 32)] * 2, [(0, 2, 2)], of_hosts={"cpu_model": ["a", "b"]})
    assert not other.rebalance("empty", hosts="h0").met
    emptied = fleet([(8, 32)] * 2, [(0, 2, 2)], of_hosts={"maintenance": [True, False]})
    assert emptied.rebalance("empty", hosts="h0").met


def test_groups_stay_apart_and_together():
    apart = replace(PLAIN, anti_affinity=[["g0", "g1"]])
    made = fleet([(8, 32)] * 3, [(0, 2, 2), (1, 2, 2), (1, 5, 2)], apart)
    assert moves(made.rebalance("empty", hosts="h0")) == [("g0", "h0", "h2")]
    together = replace(PLAIN, affinity=[["g0", "g1"]])
    made = fleet([(8, 32)] * 3, [(0, 2, 2), (0, 2, 2), (1, 5, 2)], together)
    assert {to for _, _, to in moves(made.rebalance("empty", hosts="h0"))} == {"h2"}


def test_the_budget_is_kept_and_hosts_are_emptied_whole():
    made = fleet([(8, 32)] * 3, [(0, 1, 4), (0, 1, 4), (1, 1, 6), (2, 5, 16)])
    report = made.rebalance("empty")
    assert (report.met, report.emptied, report.bytes) == (True, ("h0", "h1"), 14 * GIB)
    report = made.rebalance("empty", budget_bytes=7 * GIB)
    assert (report.met, report.emptied, report.bytes) == (True, ("h1",), 6 * GIB)
    report = made.rebalance("empty", budget_bytes=5 * GIB)
    assert (report.met, report.steps) == (False, 0)
    assert "budget" in report.stuck[0]
    report = made.rebalance("empty", hosts="h0", budget_bytes=4 * GIB)
    assert (report.met, report.steps) == (False, 1)
    assert report.stuck[0].endswith("the budget does not allow more")


def test_hosts_that_guests_came_to_are_emptied_last():
    """Else guests move twice, and a budget of 1 TiB is spent after four hosts."""
    report = synthetic.fleet(300, 9000, seed=1, fill=0.9).rebalance("empty", budget_bytes=1024 * GIB)
    assert len(report.emptied) == 5
    assert report.frame()["name"].is_unique


def test_all_hosts_needed_is_a_goal_that_is_met():
    report = fleet([(8, 32)] * 2, [(0, 5, 1), (1, 5, 1)]).rebalance("empty")
    assert (report.met, report.steps) == (True, 0)


def test_spread_comes_within_five_percent_of_the_mean():
    guests = [(0, 1, 1)] * 12 + [(1, 1, 1)] * 3
    report = fleet([(16, 32)] * 3, guests).rebalance("spread")
    after = report.shares()["after"]
    assert report.met
    assert after.max() - after.mean() <= 0.05 + 1e-9
    assert report.steps == 7


def test_spread_sends_no_more_than_with_the_budget_that_does():
    sizes, guests = ((8, 16), (8, 24), (8, 16)), ((2, 1, 1), (2, 1, 1), (2, 2, 4), (0, 1, 4))
    report = fleet(sizes, guests).rebalance("spread")
    assert (report.met, report.bytes) == (True, 2 * GIB)
    assert fleet(sizes, guests).rebalance("spread", budget_bytes=2 * GIB).bytes == 2 * GIB


def test_spread_of_a_large_fleet_tries_smaller_budgets():
    guests = [(0, 1, 4), *[(0, 1, 1)] * 4, *[(0, 1, 8)] * 3]
    report = fleet([(16, 64)] * 12, guests).rebalance("spread")
    assert all(
        not fleet([(16, 64)] * 12, guests).rebalance("spread", budget_bytes=share * report.bytes).met
        for share in (0.5, 0.75)
    )


def test_a_missing_figure_leaves_its_guest_and_its_host_alone():
    frame = domains((0, 1, 1), (1, 2, 2), (2, 2, 2)).assign(vcpus=pd.array([None, 2, 2], dtype="Int64"))
    with pytest.warns(CapacityWarning):
        made = Fleet.from_frames(hosts((8, 32), (8, 32), (8, 32)), frame, PLAIN)
    report = made.rebalance("empty", hosts=["h0", "h1"])
    assert moves(report) == [("g1", "h1", "h2")]
    assert report.stuck == ("g0 stays on h0: a missing figure",)


def test_hosts_without_any_capacity_are_over_it():
    nothing = replace(PLAIN, reserve_cpus=8)
    made = fleet([(8, 32), (8, 32)], [(0, 2, 2)], nothing)
    for goal, said in (("relieve", "stays over its capacity in vcpus"), ("spread", "has no capacity")):
        report = made.rebalance(goal)
        assert (report.met, report.steps) == (False, 0)
        assert said in report.stuck[0]
        json.dumps(report.to_dict())
    some = fleet([(8, 32), (16, 32)], [(0, 2, 2)], nothing)
    for goal in ("relieve", "spread"):
        assert moves(some.rebalance(goal)) == [("g0", "h0", "h1")]


def test_a_host_over_capacity_is_no_target():
    made = fleet([(8, 32)] * 3, [(0, 9, 1), (1, 2, 2), (2, 7, 1)])
    report = made.rebalance("empty", hosts="h1")
    assert not report.met


def test_freed_hosts_are_priced():
    priced = fleet([(8, 32)] * 2, [(0, 2, 2), (1, 2, 2)], replace(PLAIN, vcpu_price=10))
    assert priced.rebalance("empty").saved == 80.0
    assert FULL.rebalance().saved is None


def test_the_report_is_frozen_plain_and_escaped():
    report = FULL.rebalance()
    with pytest.raises(FrozenInstanceError):
        report.met = None
    plain = json.loads(json.dumps(report.to_dict()))
    assert (plain["steps"], plain["moves"][0]["name"], plain["shares"][0]["host"]) == (1, "g1", "h0")
    odd = Fleet.from_frames(
        hosts((8, 32), (8, 32)).assign(host=["<i>", "b"]), domains((0, 9, 1)).assign(host="<i>"), PLAIN
    )
    assert "<i>" not in odd.rebalance()._repr_html_()


def test_an_empty_fleet_has_nothing_to_do():
    none = domains().assign(vcpus=[], memory_bytes=[])
    for goal in ("relieve", "empty", "spread"):
        report = Fleet.from_frames(hosts((8, 32)), none, PLAIN).rebalance(goal)
        assert (report.met, report.steps) == (True, 0)
        json.dumps(report.to_dict())


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"goal": "fill"}, ValueError, "goal must be one of 'relieve', 'empty', 'spread', not 'fill'"),
        ({"goal": "spread", "hosts": "h0"}, ValueError, "hosts must be left out for goal='spread'"),
        (
            {"goal": "empty", "hosts": ["h9"]},
            ValueError,
            "there is no host 'h9' in the fleet; there are 'h0'",
        ),
        ({"goal": "empty", "hosts": [1]}, TypeError, "hosts must be names, not 1"),
        ({"budget_bytes": -1}, ValueError, "budget_bytes must be 0 or more, not -1"),
    ],
    ids=["goal", "hosts", "unknown", "no name", "budget"],
)
def test_arguments_are_checked(arguments, error, said):
    with pytest.raises(error, match=said):
        FULL.rebalance(**arguments)
