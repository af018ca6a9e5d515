"""Search all placements of a few units, for a certain yes or no."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from virtsdk.capacity.room.arrays import Arrays, Bools, Ints, Units
from virtsdk.capacity.room.fit import sizes

MOST_UNITS: Final = 64
"""More are not searched: the answer would stay open."""
NODES: Final = 20_000
_WORK: Final = 1_000_000  # nodes x hosts


def search(
    arrays: Arrays, units: Units, room: Ints, *, hosts: Bools | None = None, nodes: int = NODES
) -> tuple[bool | None, Ints]:
    """Find a placement of all units, or prove that there is none.

    Depth first, largest unit first; units that are alike take hosts in order, hosts that are alike are tried
    once, states seen are not entered again, and a branch ends where what is left needs more than the hosts
    that could take any of it have.

    Parameters
    ----------
    arrays, units
        The fleet without the units, and what is placed.
    room
        Free room (H x R).
    hosts
        Hosts that may be used; all that take guests where left out.
    nodes
        How many placements of a unit are tried before the answer stays open.

    Returns
    -------
    bool or None, numpy.ndarray
        True with the host of each unit; False, or None where the nodes were used up, with -1 throughout.
    """
    count = len(units.needs)
    nowhere = np.full(count, -1)
    allowed = arrays.allowed(units, hosts)
    if not count:
        return True, nowhere
    if not allowed.any(axis=1).all():
        return False, nowhere
    if count > MOST_UNITS:
        return None, nowhere
    keys = np.column_stack([sizes(units.needs, arrays.scale), units.needs, units.model])
    order = np.lexsort(keys.T[::-1])[::-1]
    used = np.flatnonzero(allowed.any(axis=0) & (room >= units.needs.min(axis=0)).all(axis=1))
    state = _Search(
        needs=[tuple(units.needs[unit].tolist()) for unit in order],
        allowed=[[bool(one) for one in allowed[unit, used]] for unit in order],
        apart=[tuple(int(one) for one in units.apart[unit] if one >= 0) for unit in order],
        free=[tuple(room[host].tolist()) for host in used],
        left=min(nodes, _WORK // max(1, len(used))),
    )
    found = state.run()
    if found:
        nowhere[order] = used[np.array(state.at)]
    return found, nowhere


@dataclass
class _Search:
    needs: list[tuple[int, ...]]
    allowed: list[list[bool]]
    apart: list[tuple[int, ...]]
    free: list[tuple[int, ...]]
    left: int
    at: list[int] = field(default_factory=list[int])
    seen: set[Any] = field(default_factory=set[Any])

    def run(self) -> bool | None:
        """Tell whether all fit; None where it is not known."""
        count, width = len(self.needs), len(self.needs[0])
        self.rest = [
            tuple(sum(need[r] for need in self.needs[i:]) for r in range(width)) for i in range(count)
        ]
        self.least = [
            tuple(min(need[r] for need in self.needs[i:]) for r in range(width)) for i in range(count)
        ]
        self.kind = [
            tuple(row[host] for row in self.allowed) for host in range(len(self.free))
        ]  # hosts of one kind may take the same units
        self.members: list[frozenset[int]] = [frozenset() for _ in self.free]
        return self._enter(0)

    def _enter(self, unit: int) -> bool | None:
        if unit == len(self.needs):
            return True
        if not self._enough(unit):
            return False
        same = unit > 0 and self._alike(unit)
        key = (unit, self.at[-1] if same else -1, *self._state(same))
        if key in self.seen:
            return False
        for host in self._hosts(unit, self.at[-1] if same else 0):
            self.left -= 1
            if self.left < 0:
                return None
            free, before = self.free[host], self.members[host]
            self.free[host] = tuple(f - n for f, n in zip(free, self.needs[unit], strict=True))
            self.members[host] = before.union(self.apart[unit])
            self.at.append(host)
            found = self._enter(unit + 1)
            if found is not False:
                return found
            self.at.pop()
            self.free[host], self.members[host] = free, before
        self.seen.add(key)
        return False

    def _hosts(self, unit: int, first: int) -> list[int]:
        """The hosts that take a unit, one of those that are alike."""
        need, groups = self.needs[unit], self.apart[unit]
        tried: set[Any] = set()
        hosts: list[int] = []
        for host in range(first, len(self.free)):
            free, members = self.free[host], self.members[host]
            if not self.allowed[unit][host] or any(f < n for f, n in zip(free, need, strict=True)):
                continue
            twin = (free, self.kind[host], members)
            if twin not in tried and members.isdisjoint(groups):
                tried.add(twin)
                hosts.append(host)
        return hosts

    def _alike(self, unit: int) -> bool:
        return (
            self.needs[unit] == self.needs[unit - 1]
            and self.allowed[unit] == self.allowed[unit - 1]
            and self.apart[unit] == self.apart[unit - 1]
        )

    def _state(self, same: bool) -> tuple[Any, ...]:
        hosts = zip(self.free, self.kind, self.members, strict=True)
        if same:
            return tuple((free, members) for free, _, members in hosts)
        return tuple(sorted((free, kind, tuple(sorted(members))) for free, kind, members in hosts))

    def _enough(self, unit: int) -> bool:
        """Whether hosts that could take any of what is left have room for the sum of it."""
        least = self.least[unit]
        useful = [free for free in self.free if all(f >= n for f, n in zip(free, least, strict=True))]
        return all(sum(free[r] for free in useful) >= need for r, need in enumerate(self.rest[unit]))
