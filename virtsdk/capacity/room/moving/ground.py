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
        guests = [list(unit.guests) for unit in self.units]
        self.needs = np.array([self.fleet.needs[one].sum(axis=0) for one in guests], dtype=np.int64).reshape(
            len(guests), len(self.fleet.resources)
        )
        most = np.maximum(self.fleet.needs.sum(axis=0), 1)
        self.scale: Floats = np.where(self.fleet.scale > 0, self.fleet.scale, 1 / most)
        self.size: Floats = np.round(np.asarray(self.needs @ self.scale, np.float64), 12)
        self.groups: list[Ints] = [_of(self.fleet.apart[one]) for one in guests]
        self.may_go = np.array([self._static(unit) for unit in self.units], dtype=bool).reshape(
            len(self.units), len(self.fleet.hosts)
        )
        self.kind = _alike(
            [
                self.needs,
                np.array([[unit.bytes] for unit in self.units]).reshape(-1, 1),
                _numbered(self.may_go),
            ],
            [unit.guests[0] if self._in_group(unit) else -1 for unit in self.units],
        )
        self.restart()

    def _in_group(self, unit: Unit) -> bool:
        guests = list(unit.guests)
        return bool((self.fleet.apart[guests] >= 0).any() or (self.fleet.together[guests] >= 0).any())

    def restart(self) -> None:
        """Go back to how it was before any move."""
        self.at = np.array([self.fleet.at[unit.guests[0]] for unit in self.units], dtype=np.int64)
        self.load = self.fleet.load.copy()
        self.crowd = self.fleet.crowd.copy()
        self.moves: list[Move] = []
        self._sent = 0

    def _static(self, unit: Unit) -> Bools:
        """Hosts that it may go to when room and other guests are left aside."""
        fleet = self.fleet
        may = fleet.usable.copy()
        for guest in unit.guests:
            model = fleet.guest_model[guest]
            if model >= 0:
                may &= (fleet.host_model < 0) | (fleet.host_model == model)
        return may & (not unit.stays)

    def targets(self, unit: int) -> Bools:
        """Hosts that a unit can move to now, none of them over its capacity then."""
        fits = self.may_go[unit] & (self.load + self.needs[unit] <= self.fleet.capacity).all(axis=1)
        fits[self.at[unit]] = False
        if len(self.groups[unit]):
            fits &= (self.crowd[:, self.groups[unit]] == 0).all(axis=1)
        group = self.fleet.together[self.units[unit].guests[0]]
        if group >= 0:
            fits &= self._joined(unit, int(group))
        return fits

    def _joined(self, unit: int, group: int) -> Bools:
        """Hosts where the rest of an affinity group is; all where there is no rest."""
        rest = [
            one
            for one, other in enumerate(self.units)
            if one != unit and self.fleet.together[other.guests[0]] == group and self.at[one] >= 0
        ]
        joined = np.full(len(self.fleet.hosts), not rest)
        joined[self.at[rest]] = True
        return joined

    def can(self, unit: int, host: int) -> bool:
        """Tell whether a unit can move to a host now."""
        return bool(self.targets(unit)[host])

    def move(self, unit: int, host: int) -> None:
        """Move a unit; it counts on both hosts until it is there."""
        assert self.can(unit, host), "a move that is not allowed"
        self._put(unit, host)
        self.moves.append((unit, host))
        self._sent += self.units[unit].bytes

    def back(self) -> None:
        """Take the last move back."""
        unit, _ = self.moves.pop()
        self._sent -= self.units[unit].bytes
        earlier = [host for other, host in self.moves if other == unit]
        self._put(unit, earlier[-1] if earlier else int(self.fleet.at[self.units[unit].guests[0]]))

    def _put(self, unit: int, host: int) -> None:
        for sign, where in ((-1, int(self.at[unit])), (1, host)):
            self.load[where] += sign * self.needs[unit]
            self.crowd[where, self.groups[unit]] += sign
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

    def left(self) -> Floats:
        """Room left on each host, in mean hosts, over all resources (H)."""
        left = ((self.fleet.capacity - self.load) * self.scale).sum(axis=1)
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
    bundles: dict[tuple[int, int], list[int]] = {}
    for guest in np.flatnonzero(fleet.at >= 0):
        group = int(fleet.together[guest])
        key = (group, int(fleet.at[guest])) if group >= 0 else (-1 - int(guest), -1)
        bundles.setdefault(key, []).append(int(guest))
    units: list[Unit] = []
    for guests in bundles.values():
        tie = max(int(fleet.tied[guest]) for guest in guests)
        unknown = any(bool(fleet.open[guest]) for guest in guests)
        stays = TIES[tie] or ("a missing figure" if unknown else "")
        units.append(Unit(tuple(guests), int(memory[guests].sum()), stays))
    return units


def _numbered(rows: Bools) -> Ints:
    """Number rows, equal ones alike (n x 1)."""
    seen: dict[bytes, int] = {}
    return np.array([[seen.setdefault(row.tobytes(), len(seen))] for row in rows], np.int64).reshape(-1, 1)


def _alike(columns: list[Any], alone: list[int]) -> Ints:
    """Number units; those that are alike, and in no group, have the same number."""
    keys = np.column_stack([np.asarray(one, np.int64) for one in [*columns, np.array(alone).reshape(-1, 1)]])
    if not len(keys):
        return np.zeros(0, np.int64)
    return np.unique(keys, axis=0, return_inverse=True)[1].ravel().astype(np.int64)


def _of(apart: Ints) -> Ints:
    found = np.unique(apart)
    return found[found >= 0]
