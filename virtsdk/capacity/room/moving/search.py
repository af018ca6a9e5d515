"""The fewest bytes to a goal over all orders of moves, for fleets of a few units."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from typing import Final

import numpy as np

from virtsdk.capacity.room.moving.ground import Ground, Move

Places = tuple[int, ...]
"""The host of each unit that may move."""
MOST: Final = 60
"""Units times hosts up to which it is tried."""
STATES: Final = 3_000
_MOVE: Final = 1000
"""Moves that count as much as one byte: of equal bytes the fewest moves."""


def cheapest(
    ground: Ground,
    met: Callable[[list[list[int]], Places], bool],
    least: Callable[[list[list[int]], Places], float],
    budget: float,
    states: int = STATES,
) -> list[Move] | None:
    """Find the moves with the fewest bytes (A* over placements); None where they were not found.

    Parameters
    ----------
    ground
        Where units are; it is not changed.
    met
        Tells of loads (H x R) and the units' hosts whether the goal is met.
    least
        So many bytes are needed from there at least.
    budget
        Bytes that may be sent.
    states
        Placements that are looked at before it gives up.
    """
    assert not ground.moves, "a search begins where nothing has moved"
    movable = [one for one, unit in enumerate(ground.units) if not unit.stays]
    if len(movable) * len(ground.fleet.hosts) > MOST or (ground.fleet.together >= 0).any():
        return None
    model = _Model(ground, movable)
    begin = tuple(int(ground.at[one]) for one in movable)
    cost: dict[Places, int] = {begin: 0}
    came: dict[Places, tuple[Places, int]] = {}
    queue = [(0.0, 0, begin)]
    done: set[Places] = set()
    while queue and len(done) < states:
        _, spent, at = heappop(queue)
        if at in done:
            continue
        done.add(at)
        load = model.loads(at)
        if met(load, at):
            return _way(at, came, movable)
        for unit, host in model.moves(at, load):
            then = (*at[:unit], host, *at[unit + 1 :])
            total = spent + ground.units[movable[unit]].bytes * _MOVE + 1
            if total // _MOVE > budget or total >= cost.get(then, total + 1):
                continue
            cost[then] = total
            came[then] = (at, unit)
            heappush(
                queue, (total + _MOVE * least(model.moved(load, unit, at[unit], host), then), total, then)
            )
    return None


class _Model:
    """Units that may move, as plain numbers."""

    def __init__(self, ground: Ground, movable: list[int]) -> None:
        self.needs = [[int(x) for x in ground.needs[one]] for one in movable]
        self.capacity = [[int(x) for x in row] for row in ground.fleet.capacity]
        self.groups = [frozenset(int(x) for x in ground.groups[one]) for one in movable]
        self.hosts = [[int(h) for h in np.flatnonzero(ground.may_go(one))] for one in movable]
        fixed, crowd = ground.load.copy(), ground.crowd.copy()
        for one in movable:
            fixed[ground.at[one]] -= ground.needs[one]
            crowd[ground.at[one], ground.groups[one]] -= 1
        self.base = [[int(x) for x in row] for row in fixed]
        self.taken = [frozenset(int(g) for g in np.flatnonzero(row > 0)) for row in crowd]

    def loads(self, at: Places) -> list[list[int]]:
        """Loads of the hosts (H x R)."""
        load = [list(row) for row in self.base]
        for need, host in zip(self.needs, at, strict=True):
            row = load[host]
            for resource, much in enumerate(need):
                row[resource] += much
        return load

    def moved(self, load: list[list[int]], unit: int, source: int, target: int) -> list[list[int]]:
        """Loads after a move."""
        load, need = list(load), self.needs[unit]
        load[source] = [have - much for have, much in zip(load[source], need, strict=True)]
        load[target] = [have + much for have, much in zip(load[target], need, strict=True)]
        return load

    def moves(self, at: Places, load: list[list[int]]) -> Iterator[tuple[int, int]]:
        """Each move that is allowed."""
        for unit, source in enumerate(at):
            for host in self.hosts[unit]:
                if host != source and self._fits(unit, load[host], host) and self._apart(unit, host, at):
                    yield unit, host

    def _fits(self, unit: int, load: list[int], host: int) -> bool:
        figures = zip(load, self.needs[unit], self.capacity[host], strict=True)
        return all(have + much <= top for have, much, top in figures)

    def _apart(self, unit: int, host: int, at: Places) -> bool:
        mine = self.groups[unit]
        if not mine:
            return True
        others = (self.groups[other] for other, there in enumerate(at) if there == host)
        return not mine & self.taken[host] and not any(mine & other for other in others)


def _way(at: Places, came: dict[Places, tuple[Places, int]], movable: list[int]) -> list[Move]:
    moves: list[Move] = []
    while at in came:
        before, unit = came[at]
        moves.append((movable[unit], at[unit]))
        at = before
    return moves[::-1]
