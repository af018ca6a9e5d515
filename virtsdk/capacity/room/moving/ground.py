"""`Ground`: a fleet while guests move, what may move where, and the steps so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from virtsdk.capacity.room.arrays import TIES, Arrays, Bools, Ints
from virtsdk.capacity.room.placing.problem import named_order, reordered

Move = tuple[int, int]
"""A unit, and the host that it goes to."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Unit:
    """Guests that move one after the other as one: one guest, or those of an affinity group on one host."""

    guests: tuple[int, ...]
    bytes: int
    stays: str
    """Why it stays; empty where it may move."""


class Ground:
    """A fleet in the order of names, and what the moves so far made of it.

    Parameters
    ----------
    fleet
        The fleet, in any order.
    memory
        Bytes that are sent when a guest moves (G).
    """

    def __init__(self, fleet: Arrays, memory: Ints) -> None:
        self.host_rows, self.guest_rows = named_order(fleet.hosts), named_order(fleet.guests)
        self.fleet = reordered(fleet, self.host_rows, self.guest_rows)
        self.memory = memory[self.guest_rows]
        self.units = _units(self.fleet, self.memory)
        guests: Ints = np.array([guest for unit in self.units for guest in unit.guests], dtype=np.int64)
        of = np.repeat(np.arange(len(self.units)), [len(unit.guests) for unit in self.units])
        self.needs = np.zeros((len(self.units), len(self.fleet.resources)), np.int64)
        np.add.at(self.needs, of, self.fleet.needs[guests])
        self.first: Ints = np.array([unit.guests[0] for unit in self.units], dtype=np.int64)
        self.bytes: Ints = np.array([unit.bytes for unit in self.units], dtype=np.int64)
        self.stays: Bools = np.array([bool(unit.stays) for unit in self.units], dtype=bool)
        self.together = self.fleet.together[self.first]
        most = np.maximum(self.fleet.needs.sum(axis=0), 1)
        self.scale: Floats = np.where(self.fleet.scale > 0, self.fleet.scale, 1 / most)
        self.size: Floats = np.round(np.asarray(self.needs @ self.scale, np.float64), 12)
        self.groups = _groups(self.fleet.apart, self.units)
        self._reach, self._reach_of = _reach(self.fleet, self.units)
        grouped = (self.together >= 0) | np.array([len(one) > 0 for one in self.groups], dtype=bool)
        self.kind = _alike([self.needs, self.bytes, self._reach_of, np.where(grouped, self.first, -1)])
        self.restart()

    def restart(self) -> None:
        """Go back to how it was before any move."""
        self.at = self.fleet.at[self.first]
        self.load = self.fleet.load.copy()
        self.crowd = self.fleet.crowd.copy()
        self.moves: list[Move] = []
        self._came_from: list[int] = []
        self._sent = 0

    def may_go(self, unit: int) -> Bools:
        """Hosts that a unit may go to when room and other guests are left aside (H)."""
        return self._reach[self._reach_of[unit]]

    def targets(self, unit: int) -> Bools:
        """Hosts that a unit can move to now, none of them over its capacity then."""
        fits = self.takers(unit)
        fits[self.at[unit]] = False
        return fits

    def takers(self, unit: int) -> Bools:
        """Hosts with room for a unit and for another like it that is there already, if it is."""
        fits = self.may_go(unit).copy()
        for one in range(self.load.shape[1]):
            fits &= self.load[:, one] + self.needs[unit, one] <= self.fleet.capacity[:, one]
        if len(self.groups[unit]):
            fits &= (self.crowd[:, self.groups[unit]] == 0).all(axis=1)
        group = int(self.together[unit])
        if group >= 0:
            fits &= self._joined(unit, group)
        return fits

    def _joined(self, unit: int, group: int) -> Bools:
        """Hosts where the rest of an affinity group is; all where there is no rest."""
        rest = (self.together == group) & (self.at >= 0)
        rest[unit] = False
        joined = np.full(len(self.fleet.hosts), not rest.any())
        joined[self.at[rest]] = True
        return joined

    def can(self, unit: int, host: int) -> bool:
        """Tell whether a unit can move to a host now: `targets` for one host."""
        if self.at[unit] == host or not self.may_go(unit)[host]:
            return False
        if (self.load[host] + self.needs[unit] > self.fleet.capacity[host]).any():
            return False
        groups, group = self.groups[unit], int(self.together[unit])
        if len(groups) and self.crowd[host, groups].any():
            return False
        return group < 0 or bool(self._joined(unit, group)[host])

    def move(self, unit: int, host: int) -> None:
        """Move a unit; it counts on both hosts until it is there."""
        assert self.can(unit, host), "a move that is not allowed"
        self._came_from.append(int(self.at[unit]))
        self._put(unit, host)
        self.moves.append((unit, host))
        self._sent += self.units[unit].bytes

    def back(self) -> None:
        """Take the last move back."""
        unit, _ = self.moves.pop()
        self._sent -= self.units[unit].bytes
        self._put(unit, self._came_from.pop())

    def back_to(self, moves: int) -> None:
        """Take moves back until there are so many."""
        while len(self.moves) > moves:
            self.back()

    def _put(self, unit: int, host: int) -> None:
        source, need, groups = int(self.at[unit]), self.needs[unit], self.groups[unit]
        self.load[source] -= need
        self.load[host] += need
        if len(groups):
            self.crowd[source, groups] -= 1
            self.crowd[host, groups] += 1
        self.at[unit] = host

    def replay(self, moves: Iterable[Move]) -> bool:
        """Start anew with these moves; tell whether all of them were allowed."""
        self.restart()
        for unit, host in moves:
            if not self.can(unit, host):
                return False
            self.move(unit, host)
        return True

    def on(self, host: int) -> list[int]:
        """The units on a host."""
        return [int(one) for one in np.flatnonzero(self.at == host)]

    def movable_on(self, host: int) -> list[int]:
        """Units on a host that may move, the largest first."""
        found = [one for one in self.on(host) if not self.units[one].stays]
        return sorted(found, key=lambda one: (-float(self.size[one]), one))

    def kinds_on(self, host: int) -> list[int]:
        """Of units on a host that may move and are alike, the first of each kind."""
        first: dict[int, int] = {}
        for unit in self.movable_on(host):
            first.setdefault(int(self.kind[unit]), unit)
        return list(first.values())

    def left(self, hosts: Any = slice(None)) -> Floats:
        """Room left on each host, in mean hosts, over all resources (H, or of those hosts)."""
        left = (self.fleet.capacity[hosts] - self.load[hosts]) @ self.scale
        return np.asarray(np.round(left, 12), np.float64)

    @property
    def sent(self) -> int:
        """Bytes sent by the moves so far."""
        return self._sent

    def shares(self, load: Ints | None = None) -> Floats:
        """The largest committed share of a resource, host by host (H); of other loads where given."""
        load = self.load if load is None else load
        wanted = load > 0
        capacity = self.fleet.capacity
        share = np.divide(load, capacity, out=np.where(wanted, np.inf, 0.0), where=capacity > 0)
        return np.asarray(share.max(axis=1, initial=0), np.float64)

    def share_with(self, unit: int) -> Floats:
        """The share of each host if the unit were there as well (H)."""
        return self.shares(self.load + self.needs[unit])

    def excess(self) -> float:
        """How much is committed beyond the hosts' capacity, in mean hosts, over all resources."""
        return float((np.maximum(self.load - self.fleet.capacity, 0) * self.scale).sum())


def pruned(ground: Ground, reached: Callable[[Ground], object], most: int = 150) -> None:
    """Leave out each move without which the result is the same, the last ones first."""
    if len(ground.moves) > most:
        return
    wanted = reached(ground)
    kept = list(ground.moves)
    for number in reversed(range(len(kept))):
        less = [*kept[:number], *kept[number + 1 :]]
        if ground.replay(less) and reached(ground) == wanted:
            kept = less
    ground.replay(kept)


def _units(fleet: Arrays, memory: Ints) -> list[Unit]:
    """Units that have a host, by their first guest."""
    columns: list[Any] = [fleet.at, fleet.together, fleet.tied, fleet.open, memory]
    at, together, tied, unknown, size = (one.tolist() for one in columns)
    bundles: dict[tuple[int, int], list[int]] = {}
    for guest in np.flatnonzero(fleet.at >= 0).tolist():
        group = together[guest]
        key = (group, at[guest]) if group >= 0 else (-1 - guest, -1)
        bundles.setdefault(key, []).append(guest)
    units: list[Unit] = []
    for guests in bundles.values():
        stays = TIES[int(max(tied[guest] for guest in guests))]
        if not stays and any(unknown[guest] for guest in guests):
            stays = "a missing figure"
        units.append(Unit(tuple(guests), sum(size[guest] for guest in guests), stays))
    return units


def _groups(apart: Ints, units: list[Unit]) -> list[Ints]:
    """The anti-affinity groups of each unit."""
    inside: Any = (apart >= 0).any(axis=1)
    nothing = np.zeros(0, np.int64)
    found: list[Ints] = []
    for unit in units:
        groups = nothing
        if any(inside[guest] for guest in unit.guests):
            groups = np.unique(apart[list(unit.guests)])
            groups = groups[groups >= 0]
        found.append(groups)
    return found


def _reach(fleet: Arrays, units: list[Unit]) -> tuple[Bools, Ints]:
    """Where units of a kind may go when room and other guests are left aside (K x H); each unit's kind."""
    models = fleet.guest_model.tolist()
    kinds: dict[tuple[int, ...], int] = {}
    number: list[int] = []
    for unit in units:
        wanted = {models[guest] for guest in unit.guests if models[guest] >= 0}
        key = (-1,) if unit.stays else tuple(sorted(wanted))
        number.append(kinds.setdefault(key, len(kinds)))
    reach = np.repeat(fleet.usable[None, :], len(kinds), axis=0)
    for key, row in kinds.items():
        for model in key:
            reach[row] &= (fleet.host_model == model) | (fleet.host_model < 0) if model >= 0 else False
    return reach, np.array(number, dtype=np.int64)


def _alike(columns: list[Any]) -> Ints:
    """Number units; those that are alike in all columns have the same number."""
    keys = np.column_stack([np.asarray(one, np.int64) for one in columns])
    if not len(keys):
        return np.zeros(0, np.int64)
    return np.unique(keys, axis=0, return_inverse=True)[1].ravel().astype(np.int64)
