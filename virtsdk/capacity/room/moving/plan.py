"""Find the moves to a goal, and say what is in the way where it is not reached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from virtsdk.capacity.room.arrays import Ints
from virtsdk.capacity.room.moving import empty, search
from virtsdk.capacity.room.moving.ground import Ground, pruned
from virtsdk.capacity.room.moving.order import carry_out
from virtsdk.capacity.room.moving.relieve import relieve
from virtsdk.capacity.room.moving.spread import NEAR, gap, is_even, spread
from virtsdk.capacity.room.placing.bounds import bound
from virtsdk.capacity.room.placing.choose import fewest
from virtsdk.capacity.room.placing.problem import Problem
from virtsdk.capacity.room.saying import percent
from virtsdk.display import listing
from virtsdk.display.text import shorten

Goal = Literal["relieve", "empty", "spread"]
Loads = list[list[int]]
_FEW_MOVES = 20
"""Moves up to which cheaper ones are looked for by smaller budgets."""
_NEARLY = 0.8
"""Share of the bytes from which on no smaller budget is tried."""


def to_relieve(ground: Ground, budget: float) -> tuple[bool, list[str]]:
    """Bring every host below its capacity; whether that was reached, and what is stuck."""
    fleet = ground.fleet
    if ground.excess() == 0:
        return True, []
    tops = [[int(x) for x in row] for row in fleet.capacity]
    movable = [one for one, unit in enumerate(ground.units) if not unit.stays]
    needs = [[int(x) for x in ground.needs[one]] for one in movable]
    size = [ground.units[one].bytes for one in movable]

    def met(load: Loads, at: tuple[int, ...]) -> bool:
        del at
        return all(
            have <= top
            for row, most in zip(load, tops, strict=True)
            for have, top in zip(row, most, strict=True)
        )

    def least(load: Loads, at: tuple[int, ...]) -> float:
        total = 0.0
        for host, (row, most) in enumerate(zip(load, tops, strict=True)):
            worst = 0.0
            for resource, (have, top) in enumerate(zip(row, most, strict=True)):
                if have > top:
                    cheap = [
                        size[one] / needs[one][resource]
                        for one, there in enumerate(at)
                        if there == host and needs[one][resource]
                    ]
                    worst = max(worst, (have - top) * min(cheap, default=0.0))
            total += worst
        return total

    found = search.cheapest(ground, met, least, budget)
    if found is not None:
        ground.replay(found)
    else:
        relieve(ground, budget)
        pruned(ground, lambda one: round(one.excess(), 9))
    return ground.excess() == 0, list(_still_over(ground))


def _still_over(ground: Ground) -> Iterator[str]:
    fleet = ground.fleet
    for host in np.flatnonzero((ground.load > fleet.capacity).any(axis=1)):
        short = [
            name
            for one, name in enumerate(fleet.resources)
            if ground.load[host, one] > fleet.capacity[host, one]
        ]
        movable = ground.movable_on(int(host))
        why = "no host has room for what would help" if movable else "its guests have to stay"
        yield f"{fleet.hosts[host]} stays over its capacity in {listing.names(short)}: {why}"


def to_empty(ground: Ground, hosts: list[int], budget: float) -> tuple[bool, list[str]]:
    """Empty the hosts; whether that was reached, and what is stuck."""
    inside = set(hosts)
    movable = [one for one, unit in enumerate(ground.units) if not unit.stays]
    size = [ground.units[one].bytes for one in movable]

    def met(load: Loads, at: tuple[int, ...]) -> bool:
        del load
        return not any(host in inside for host in at)

    def least(load: Loads, at: tuple[int, ...]) -> float:
        del load
        return float(sum(much for much, host in zip(size, at, strict=True) if host in inside))

    empty.empty_named(ground, hosts, budget)
    straight = not _movable_on(ground, hosts)
    once = len(ground.moves) == len({unit for unit, _ in ground.moves})
    if not (straight and once) or any(_from(ground, unit) not in inside for unit, _ in ground.moves):
        states = search.STATES if straight else 5 * search.STATES
        greedy = list(ground.moves)
        ground.restart()
        found = search.cheapest(ground, met, least, budget, states=states)
        ground.replay(greedy if found is None else found)
        if found is None:
            pruned(ground, lambda one: tuple(_movable_on(one, hosts)))
    left = [unit for host in hosts for unit in ground.on(host)]
    return not left, list(_left_behind(ground, left, budget))


def _from(ground: Ground, unit: int) -> int:
    return int(ground.fleet.at[ground.units[unit].guests[0]])


def _movable_on(ground: Ground, hosts: list[int]) -> list[int]:
    return [unit for host in hosts for unit in ground.movable_on(host)]


def _left_behind(ground: Ground, units: list[int], budget: float) -> Iterator[str]:
    for unit in units:
        one = ground.units[unit]
        names = listing.names(shorten(name, 40) for name in ground.fleet.guests_named(one.guests))
        why = one.stays or (
            "the budget does not allow more"
            if ground.sent + one.bytes > budget and ground.targets(unit).any()
            else "no host has room for it"
        )
        yield f"{names} stays on {ground.fleet.hosts[int(ground.at[unit])]}: {why}"


def to_empty_many(ground: Ground, budget: float) -> tuple[bool, list[str]]:
    """Empty as many hosts as the bytes allow; whether any could be or need be, and what is stuck."""
    used = _used(ground)
    problem = Problem.of(ground.fleet)
    least = bound(problem).hosts
    if not used or (least is not None and used <= least):
        return True, []
    empty.empty_many(ground, budget, least or 0)
    pruned(ground, _used)
    straight, after = list(ground.moves), _used(ground)
    if least is None or after > least:
        choice = fewest(ground.fleet)
        if choice.fits and choice.hosts_used < after:
            ground.restart()
            to = choice.at[ground.first]
            wanted = {int(one): int(to[one]) for one in np.flatnonzero(~ground.stays & (to != ground.at))}
            far = ground.bytes[list(wanted)].sum() > budget
            stuck = far or carry_out(ground, wanted, budget)
            if stuck or ground.sent > budget or _used(ground) >= after or not _whole(ground):
                ground.replay(straight)
    if _used(ground) < used:
        return True, []
    return False, [
        "no host can be emptied: its guests stay, the others have no room, or the budget is too small"
    ]


def _used(ground: Ground) -> int:
    return len(np.unique(ground.at))


def _whole(ground: Ground) -> bool:
    """Tell whether each affinity group is on one host."""
    seen: dict[int, int] = {}
    for one, unit in enumerate(ground.units):
        group = int(ground.fleet.together[unit.guests[0]])
        if group >= 0 and seen.setdefault(group, int(ground.at[one])) != ground.at[one]:
            return False
    return True


def to_spread(ground: Ground, budget: float) -> tuple[bool, list[str]]:
    """Even shares out; whether that was reached, and what is stuck."""
    if is_even(ground):
        return True, []
    usable = [int(one) for one in np.flatnonzero(ground.fleet.usable)]
    tops = [[int(x) for x in row] for row in ground.fleet.capacity]
    before = gap(ground)
    size = [one.bytes for one in ground.units if not one.stays]

    def met(load: Loads, at: tuple[int, ...]) -> bool:
        del at
        shares = [
            max(
                (
                    have / top if top else np.inf
                    for have, top in zip(load[host], tops[host], strict=True)
                    if have
                ),
                default=0.0,
            )
            for host in usable
        ]
        return max(shares) < np.inf and max(shares) - sum(shares) / len(shares) <= NEAR

    def least(load: Loads, at: tuple[int, ...]) -> float:
        del load, at
        return 0.0

    spread(ground, budget)
    pruned(ground, lambda one: is_even(one) or round(gap(one), 9))
    if is_even(ground):
        _cheaper(ground)
    if not is_even(ground) or _sent(ground, ground.moves) > min(size, default=0):
        greedy, even = list(ground.moves), is_even(ground)
        ground.restart()
        most = min(budget, _sent(ground, greedy) - 1) if even else budget  # only what is better is looked at
        states = search.STATES if even else search.STATES // 4
        found = search.cheapest(ground, met, least, most, states=states)
        ground.replay(greedy if found is None else found)
    if gap(ground) >= before and before < np.inf:
        ground.restart()
    return is_even(ground), list(_uneven(ground))


def _cheaper(ground: Ground) -> None:
    """Even out again with smaller budgets, as long as that is enough."""
    if len(ground.moves) > _FEW_MOVES:
        return
    share = 0.5
    while share < 1 and ground.sent:
        best = list(ground.moves)
        ground.restart()
        spread(ground, share * _sent(ground, best))
        pruned(ground, is_even)
        if not is_even(ground):
            ground.replay(best)
            share = 1 - (1 - share) / 2 if share < _NEARLY else 1.0


def _sent(ground: Ground, moves: list[tuple[int, int]]) -> int:
    return sum(ground.units[unit].bytes for unit, _ in moves)


def _uneven(ground: Ground) -> Iterator[str]:
    if not is_even(ground):
        shares = np.where(ground.fleet.usable, ground.shares(), -1)
        top = int(shares.argmax())
        mean = float(shares[ground.fleet.usable].mean())
        if shares[top] == np.inf:
            yield f"{ground.fleet.hosts[top]} has no capacity for what it holds, and no move helps"
            return
        yield (
            f"{ground.fleet.hosts[top]} stays at {percent(float(shares[top]))}, the mean is {percent(mean)}: "
            "no move that is allowed lowers it"
        )


def in_rows(ground: Ground, rows: int) -> Ints:
    """The host of each guest, in the rows that the fleet came in."""
    at = ground.fleet.at.copy()
    for one, unit in enumerate(ground.units):
        at[list(unit.guests)] = ground.at[one]
    found = np.full(rows, -1)
    found[ground.guest_rows] = np.where(at >= 0, ground.host_rows[at] if len(ground.host_rows) else -1, -1)
    return found
