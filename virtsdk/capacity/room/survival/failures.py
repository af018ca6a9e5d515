"""Place the guests of many failure sets at once, rank by rank: the loop runs over ranks alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from virtsdk.capacity.room.arrays import Arrays, Bools, Ints, Units
from virtsdk.capacity.room.fit import sizes

CANDIDATES: Final = 48
"""Hosts that a set is first tried on, those with most room; four times as many where it does not fit."""
_CELLS: Final = 3_000_000
"""Sets x hosts that are worked on at a time."""


@dataclass(frozen=True, eq=False)
class Domains:
    """Failure domains of a fleet (D): hosts, or racks of hosts, that fail together.

    Attributes
    ----------
    arrays
        The fleet.
    names
        What a domain is called.
    of_host
        The domain of each host (H).
    """

    arrays: Arrays
    names: tuple[str, ...]
    of_host: Ints

    @cached_property
    def units(self) -> Units:
        """What has to survive, bundled by domain; a group that is protected in part survives as a whole."""
        arrays = self.arrays
        keep = arrays.protected.copy()
        groups = np.unique(arrays.together[keep & (arrays.together >= 0)])
        keep |= np.isin(arrays.together, groups) & (arrays.together >= 0)
        home = np.where(arrays.at >= 0, self.of_host[arrays.at], 0) if len(self.of_host) else arrays.at
        parts = np.where(arrays.together >= 0, arrays.together * len(self.names) + home, -1)
        return replace(arrays, together=parts).units(np.flatnonzero(keep & (arrays.at >= 0)))

    @cached_property
    def of_unit(self) -> Ints:
        """The domain that each unit is in (U)."""
        return self.of_host[self.arrays.at[self.units.first]]

    @cached_property
    def split(self) -> Bools:
        """Domains with a part of an affinity group whose other part is elsewhere (D): not for arrays."""
        group, found = self.arrays.together[self.units.first], np.zeros(len(self.names), bool)
        groups, parts = np.unique(group[group >= 0], return_counts=True)
        found[self.of_unit[np.isin(group, groups[parts > 1])]] = True
        return found

    @cached_property
    def stuck(self) -> Bools:
        """Domains with a unit that can go nowhere, whatever the room: tied, or of two CPU models (D)."""
        found = np.zeros(len(self.names), bool)
        found[self.of_unit[(self.units.tied > 0) | self.units.mixed]] = True
        return found

    @cached_property
    def unsure(self) -> Bools:
        """Domains with a unit that has a figure missing (D)."""
        found = np.zeros(len(self.names), bool)
        found[self.of_unit[self.units.open]] = True
        return found

    @cached_property
    def needs(self) -> Ints:
        """What the units of each domain need in all (D x R)."""
        needs = np.zeros((len(self.names), len(self.arrays.resources)), np.int64)
        np.add.at(needs, self.of_unit, self.units.needs)
        return needs

    @cached_property
    def hopes(self) -> Ints:
        """Room at most of the hosts of each domain (D x R)."""
        hopes = np.zeros_like(self.needs)
        np.add.at(hopes, self.of_host, self.arrays.hopes)
        return hopes

    @cached_property
    def ranked(self) -> Ints:
        """The units of each domain, largest first, padded with -1 (D x most units)."""
        size = sizes(self.units.needs, self.arrays.scale)
        order = np.lexsort((-size, self.of_unit))
        counts = np.bincount(self.of_unit, minlength=len(self.names))
        rank = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
        ranked = np.full((len(self.names), int(counts.max(initial=0))), -1)
        ranked[self.of_unit[order], rank] = order
        return ranked

    def place(self, sets: Ints, hosts: Bools | None = None) -> Bools:
        """Tell which failure sets have a placement that is found (F).

        Units go largest first to the host with least room left that takes them (best fit), first among the
        hosts with most room, then, for sets that did not fit, among more. A set that is False may fit all the
        same.

        Parameters
        ----------
        sets
            A row a set: the domains that fail (F x k).
        hosts
            Hosts that may be used (H); all that can be counted on where left out.
        """
        arrays = self.arrays
        done = np.zeros(len(sets), bool)
        may = arrays.usable if hosts is None else arrays.usable & hosts
        room = arrays.room * arrays.scale
        order = np.lexsort((-room.sum(axis=1), -room.min(axis=1)))
        order = order[may[order] & (room[order].max(axis=1, initial=0) > 0)]
        todo = np.flatnonzero(~(self.stuck | self.split | self.unsure)[sets].any(axis=1))
        empty = (self.ranked[sets[todo]] < 0).all(axis=(1, 2))
        done[todo[empty]] = True
        todo, width = todo[~empty], CANDIDATES
        while len(todo) and len(order):
            candidates = order[: width + sets.shape[1]]
            chunk = max(1, _CELLS // len(candidates))
            for begin in range(0, len(todo), chunk):
                part = todo[begin : begin + chunk]
                done[part] = self._ranks(sets[part], candidates)
            todo = todo[~done[todo]]
            if len(candidates) == len(order):
                break
            width *= 4
        return done

    def _ranks(self, sets: Ints, candidates: Ints) -> Bools:
        arrays, units = self.arrays, self.units
        rows = self.ranked[sets].reshape(len(sets), -1)
        if sets.shape[1] > 1:
            size = np.append(sizes(units.needs, arrays.scale), -1.0)
            rows = np.take_along_axis(rows, np.argsort(-size[rows], axis=1, kind="stable"), axis=1)
        rows = rows[:, : int((rows >= 0).sum(axis=1).max())]
        failed = (self.of_host[candidates][None, :, None] == sets[:, None, :]).any(axis=2)
        free = [np.where(failed, -1, arrays.room[candidates, r]) for r in range(len(arrays.resources))]
        left = np.where(failed, np.inf, (arrays.room[candidates] * arrays.scale).sum(axis=1))
        here = _Groups(arrays, units, candidates, rows)
        alive = np.arange(len(sets))
        for rank in range(rows.shape[1]):
            alive = alive[rows[alive, rank] >= 0] if rank and (rows[alive, rank] < 0).any() else alive
            if not len(alive):
                break
            unit = rows[alive, rank]
            whole = len(alive) == len(sets)
            fits = here.may(alive, unit, rank)
            for resource, room in enumerate(free):
                fits &= (room if whole else room[alive]) >= units.needs[unit, resource][:, None]
            slot = np.where(fits, left if whole else left[alive], np.inf).argmin(axis=1)
            good = fits[np.arange(len(alive)), slot]
            failed_now = alive[~good]
            rows[failed_now] = -2  # given up
            alive, unit, slot = alive[good], unit[good], slot[good]
            for resource, room in enumerate(free):
                room[alive, slot] -= units.needs[unit, resource]
            left[alive, slot] -= (units.needs[unit] * arrays.scale).sum(axis=1)
            here.take(alive, slot, rank)
        return rows[:, 0] != -2


class _Groups:
    """What keeps a unit off a host beside room, in the arrays of `Domains.place`: models and groups."""

    def __init__(self, arrays: Arrays, units: Units, candidates: Ints, rows: Ints) -> None:
        self._model = arrays.host_model[candidates]
        self._models = bool((units.model >= 0).any() and (self._model >= 0).any())
        self._units = units
        self._rows = rows
        self._width = len(candidates)
        self._crowd = arrays.crowd[candidates] if units.apart.size else None
        self._slots = np.full(rows.shape, -1)

    def may(self, alive: Ints, unit: Ints, rank: int) -> Bools:
        """Tell which candidates suit each unit (alive x candidates)."""
        fits = np.ones((len(alive), self._width), bool)
        if self._models:
            model = self._units.model[unit][:, None]
            fits &= (model < 0) | (self._model < 0) | (model == self._model)
        if self._crowd is not None:
            for column in self._units.apart[unit].T:
                inside = np.flatnonzero(column >= 0)
                fits[inside] &= (self._crowd[:, column[inside]] == 0).T
                self._not_twice(fits, alive, inside, column[inside], rank)
        return fits

    def _not_twice(self, fits: Bools, alive: Ints, inside: Ints, group: Ints, rank: int) -> None:
        """Keep a unit off hosts where an earlier one of the same group went."""
        before = self._units.apart[self._rows[alive[inside], :rank]]
        sets, ranks = np.nonzero((before == group[:, None, None]).any(axis=2))
        fits[inside[sets], self._slots[alive[inside[sets]], ranks]] = False

    def take(self, alive: Ints, slot: Ints, rank: int) -> None:
        """Remember where the units of a rank went."""
        self._slots[alive, rank] = slot
