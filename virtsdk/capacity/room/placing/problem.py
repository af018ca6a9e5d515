"""`Problem`: what is placed where, in the order of names, so that equal input has one answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from virtsdk.capacity.room.arrays import Arrays, Bools, Ints, Units

Parts = list[tuple[int, int, int]]
"""A placement: (class, host, how many) for each class on each host."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Movable guests bundled into units, and units that are alike into classes (C).

    Guests that are tied, and guests with a figure missing, stay where they are; the host of one is in use
    already (`held`). Hosts and guests are in the order of their names.

    Attributes
    ----------
    base
        The fleet without the guests that are placed.
    units
        What is placed.
    number
        The class of each unit (U).
    needs
        Needs of a unit of each class (C x R).
    kind, allowed
        The kind of each class (C), and where units of a kind may go when sums are left aside (K x H).
    apart
        Anti-affinity groups of each class (C x n, padded with -1).
    count
        Units of each class (C).
    now
        The host of each unit now, -1 where it has none or its guests are on several (U).
    host_order, guest_order
        The rows that hosts and guests came from.
    """

    base: Arrays
    units: Units
    number: Ints
    needs: Ints
    kind: Ints
    allowed: Bools
    apart: Ints
    count: Ints
    now: Ints
    host_order: Ints
    guest_order: Ints

    @classmethod
    def of(cls, fleet: Arrays) -> Problem:
        """Take a fleet apart."""
        hosts, guests = named_order(fleet.hosts), named_order(fleet.guests)
        fleet = reordered(fleet, hosts, guests)
        movable = np.flatnonzero(~stays(fleet))
        base = fleet.placed(movable, np.full(len(movable), -1))
        units = base.units(movable)
        first, number = _alike(
            [units.needs, units.model[:, None], np.sort(units.apart, axis=1), _lone(units)[:, None]]
        )
        kind_first, kind = _alike(
            [units.model[first][:, None], np.sort(units.apart[first], axis=1), _lone(units)[first][:, None]]
        )
        kinds = _some(units, first[kind_first])
        return cls(
            base=base, units=units, number=number, needs=units.needs[first], kind=kind,
            allowed=base.allowed(kinds, base.usable), apart=units.apart[first],
            count=np.bincount(number, minlength=len(first)).astype(np.int64),
            now=_now(units, fleet.at), host_order=hosts, guest_order=guests,
        )  # fmt: skip

    @cached_property
    def room(self) -> Ints:
        """Room for what is placed (H x R); 0 on hosts that cannot be counted on."""
        return np.where(self.base.usable[:, None], self.base.room, 0)

    @cached_property
    def held(self) -> Bools:
        """Hosts that hold a guest that stays (H)."""
        held = np.zeros(len(self.base.hosts), bool)
        held[self.base.at[self.base.at >= 0]] = True
        return held

    @cached_property
    def preferred(self) -> Ints:
        """Hosts in the order in which they are filled: those in use, then the largest first."""
        size: Any = self.room @ self.base.scale
        keys: Any = (-np.round(size, 12), ~self.held)
        return np.lexsort(keys)

    @cached_property
    def host_type(self) -> Ints:
        """A number for each host; those with the same are alike to what is placed (H)."""
        columns = [self.room, self.held[:, None], self.base.usable[:, None], self.allowed.T]
        return _alike(columns)[1]

    def groups_of(self, number: int) -> Ints:
        """The anti-affinity groups of a class."""
        groups = self.apart[number]
        return groups[groups >= 0]

    def used(self, parts: Parts) -> int:
        """How many hosts a placement uses, those in use already among them."""
        used = self.held.copy()
        used[[host for _, host, much in parts if much]] = True
        return int(used.sum())

    def missing(self, parts: Parts) -> int:
        """How many units a placement leaves without a host."""
        return int(self.count.sum()) - sum(much for _, _, much in parts)

    def assigned(self, parts: Parts) -> Ints:
        """Turn a placement into a host for each unit (U), -1 for none; as many as can stay where they are."""
        at = np.full(len(self.number), -1)
        members = np.argsort(self.number, kind="stable")
        begin = np.searchsorted(self.number[members], np.arange(len(self.count) + 1))
        wanted: dict[int, list[tuple[int, int]]] = {}
        for number, host, much in parts:
            wanted.setdefault(number, []).append((host, much))
        for number, there in wanted.items():
            mine = members[begin[number] : begin[number + 1]]
            _deal(at, mine, self.now[mine], there)
        return at

    def parts_of(self, at: Ints) -> Parts:
        """Turn a host for each unit into a placement."""
        placed = np.flatnonzero(at >= 0)
        pairs, much = np.unique(
            np.column_stack([self.number[placed], at[placed]]), axis=0, return_counts=True
        )
        return [(int(pair[0]), int(pair[1]), int(n)) for pair, n in zip(pairs, much, strict=True)]

    def breaks(self, parts: Parts) -> bool:
        """Tell whether a placement breaks a rule: room, models, groups."""
        load = np.zeros_like(self.room)
        crowd = np.zeros((len(load), self.base.groups), np.int64)
        for number, host, much in parts:
            if not self.allowed[self.kind[number], host]:
                return True
            load[host] += self.needs[number] * much
            crowd[host, self.groups_of(number)] += much
        return bool((load > self.room).any() or (crowd > 1).any())

    def in_rows(self, at: Ints) -> Ints:
        """Turn a host for each unit into a host for each guest, in the rows that the fleet came in."""
        done = self.base.placed(self.units.guests, self.units.spread(at)).at
        rows = np.empty_like(done)
        rows[self.guest_order] = np.where(
            done >= 0, self.host_order[done] if len(self.host_order) else -1, -1
        )
        return rows


def stays(fleet: Arrays) -> Bools:
    """Guests that cannot be placed anew: tied ones, those with a figure missing, groups no host suits."""
    fixed = (fleet.tied > 0) | fleet.open
    units = fleet.units()
    mixed = np.zeros(len(fleet.guests), bool)
    mixed[units.guests[units.mixed[units.unit]]] = True
    return fixed | mixed


def named_order(names: tuple[str, ...]) -> Ints:
    """Rows in the order of their names."""
    return np.array(sorted(range(len(names)), key=lambda row: names[row]), dtype=np.int64)


def reordered(fleet: Arrays, hosts: Ints, guests: Ints) -> Arrays:
    """Put hosts and guests in another order, and number CPU models by it."""
    position = np.full(len(hosts) + 1, -1)
    position[hosts] = np.arange(len(hosts))
    models = np.concatenate([fleet.host_model[hosts], fleet.guest_model[guests]])
    numbers = _first_seen(models)
    return replace(
        fleet,
        hosts=tuple(fleet.hosts[int(row)] for row in list[Any](hosts)),
        guests=fleet.guests_named(list[Any](guests)),
        capacity=fleet.capacity[hosts], takes=fleet.takes[hosts], host_model=numbers[: len(hosts)],
        needs=fleet.needs[guests], at=position[fleet.at[guests]], guest_model=numbers[len(hosts) :],
        tied=fleet.tied[guests], apart=fleet.apart[guests], together=fleet.together[guests],
        open=fleet.open[guests], protected=fleet.protected[guests],
    )  # fmt: skip


def _first_seen(numbers: Ints) -> Ints:
    """Number values in the order in which they occur; -1 stays."""
    seen: dict[int, int] = {-1: -1}
    return np.array([seen.setdefault(int(one), len(seen) - 1) for one in numbers], dtype=np.int64)


def _alike(columns: list[Any]) -> tuple[Ints, Ints]:
    """Number rows that are alike; return the first row of each number, and each row's number."""
    keys = np.column_stack([np.asarray(one, np.int64) for one in columns])
    if not keys.size:
        empty = np.zeros(len(keys), np.int64)
        return empty[:1], empty
    _, first, number = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    return first.astype(np.int64), number.ravel().astype(np.int64)


def _lone(units: Units) -> Ints:
    """A number of its own for each unit that has to join others."""
    lone = np.full(len(units.needs), -1)
    lone[list(units.joins)] = list(units.joins)
    return lone


def _some(units: Units, rows: Ints) -> Units:
    return replace(
        units, needs=units.needs[rows], model=units.model[rows], mixed=units.mixed[rows],
        tied=units.tied[rows], open=units.open[rows], apart=units.apart[rows], first=units.first[rows],
        joins={new: units.joins[int(old)] for new, old in enumerate(rows) if int(old) in units.joins},
    )  # fmt: skip


def _now(units: Units, at: Ints) -> Ints:
    """The host of each unit; -1 where its guests are on several or on none."""
    low = np.full(len(units.needs), np.iinfo(np.int64).max)
    high = np.full(len(units.needs), -1)
    np.minimum.at(low, units.unit, at[units.guests])
    np.maximum.at(high, units.unit, at[units.guests])
    return np.where(low == high, high, -1)


def _deal(at: Ints, mine: Ints, now: Ints, there: list[tuple[int, int]]) -> None:
    """Give the units of one class their hosts: first those that stay, then the others in order."""
    slots: dict[int, int] = {}
    for host, much in there:
        slots[host] = slots.get(host, 0) + much
    for unit, host in zip(mine, now, strict=True):
        if slots.get(int(host), 0) > 0:
            at[unit] = host
            slots[int(host)] -= 1
    left = iter([host for host, much in slots.items() for _ in range(much)])
    for unit in mine[at[mine] < 0]:
        host = next(left, None)
        if host is None:
            return
        at[unit] = host
