"""Rebalancing of any fleet: its steps never overcommit, help, and come to the same in any order of rows."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import settings

from tests.unit.capacity.room.fleets import GIB
from tests.unit.capacity.room.moving.fewest_bytes import fewest_bytes
from tests.unit.capacity.room.moving.replayed import largest_share, over, replay
from tests.unit.capacity.room.random_fleets import random_fleet
from virtsdk.capacity import Fleet

GOALS = ("relieve", "empty", "spread")


def unbalanced(seed):
    """Make a random fleet of which some guests were piled onto one host."""
    hosts, domains, policy = random_fleet(seed)
    chance = random.Random(seed + 1)
    apart = {name for group in (*policy.anti_affinity, *policy.affinity) for name in group}
    free = domains.index[~domains["name"].isin(apart)]
    if "cpu_model" not in hosts.columns and "pinned" not in domains.columns:
        domains.loc[[one for one in free if chance.random() < 0.3], "host"] = hosts["host"].iloc[0]
    return hosts, domains, replace(policy, protected=None)


def measure(goal, frames, domains, named):
    hosts, _, policy = frames
    shares = [largest_share(hosts, domains, policy, host) for host in hosts["host"]]
    if goal == "relieve":
        return sum(max(share - 1, 0) for share in shares)
    if goal == "empty":
        return int((domains["host"] == named).sum())
    return max(shares) - sum(shares) / len(shares)


@pytest.mark.parametrize("goal", GOALS)
def test_the_steps_never_overcommit_and_help(goal):
    soak = settings.get_current_profile_name() == "soak"
    seeds = range(300) if soak else range(GOALS.index(goal), 100, 3)
    reached = 0
    for seed in seeds:
        frames = unbalanced(seed)
        named = frames[0]["host"].iloc[-1]
        answer = Fleet.from_frames(*frames).rebalance(goal, hosts=named if goal == "empty" else None)
        moves = answer.frame()
        after = replay(*frames, moves)
        assert dict(answer.fleet.domains[["name", "host"]].values) == dict(after[["name", "host"]].values)
        then, now = (measure(goal, frames, one, named) for one in (after, frames[1]))
        usable = "maintenance" not in frames[0].columns
        assert not len(moves) or then < now or not usable, seed
        if goal == "relieve":
            assert answer.met == (not over(frames[0], after, frames[2]))
        if goal == "empty":
            assert answer.met == (then == 0)
        assert answer.met or answer.stuck
        reached += answer.met
    assert reached >= len(seeds) * (0.3 if goal == "spread" else 0.6)  # few guests seldom come within 0.05


@pytest.mark.parametrize("goal", GOALS)
@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_rows_changes_nothing(goal, seed):
    hosts, domains, policy = unbalanced(seed)
    found = []
    for number in range(3):
        mixed = (frame.sample(frac=1, random_state=number) for frame in (hosts, domains))
        moves = Fleet.from_frames(*mixed, policy).rebalance(goal).frame()
        found.append(moves[["name", "from", "to"]].values.tolist())
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("goal", GOALS)
@pytest.mark.parametrize("seed", range(8))
def test_no_step_can_be_left_out(goal, seed):
    frames = unbalanced(seed)
    named = frames[0]["host"].iloc[-1]
    moves = Fleet.from_frames(*frames).rebalance(goal, hosts=named if goal == "empty" else None).frame()
    whole = replay(*frames, moves)
    best = measure(goal, frames, whole, named)
    for step in moves["step"]:
        try:
            less = replay(*frames, moves[moves["step"] != step])
        except AssertionError:
            continue
        left = measure(goal, frames, less, named)
        assert left > (0.05 if goal == "spread" and best <= 0.05 else best)


@pytest.mark.soak
@pytest.mark.parametrize("goal", ["relieve", "empty"])
def test_bytes_are_near_the_fewest_of_all_orders(goal):
    """Of 12 guests on 3 hosts."""
    for seed in range(40):
        hosts, domains, policy = unbalanced(seed)
        hosts = hosts.iloc[:3]
        domains = domains[domains["host"].isin(hosts["host"])].iloc[:12].reset_index(drop=True)
        policy = replace(policy, anti_affinity=(), affinity=())
        if goal == "relieve" and "cpu_model" not in hosts.columns:
            domains.loc[:6, "host"] = hosts["host"].iloc[0]
        named = hosts["host"].iloc[-1] if goal == "empty" else None
        fleet = Fleet.from_frames(hosts, domains, policy)
        truth = fewest_bytes(fleet._state.arrays, domains["memory_bytes"], goal, named)
        answer = fleet.rebalance(goal, hosts=named)
        assert answer.met == (truth is not None), seed
        if truth is not None:
            assert answer.bytes <= 1.2 * truth + GIB / 1024
