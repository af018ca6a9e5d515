"""A fleet as arrays: the one form in which placements are searched for, whatever the question.

Everything is a whole number, so sums are exact and equal in any order: vCPUs count in thousandths
(`MILLI`), memory and disks in bytes. ``capacity`` (hosts x resources) is what the policy allows, ``needs``
(guests x resources) what a guest holds, ``at`` (guests) the index of its host, -1 where it is on none. NUMA
cells are resources like the others: a guest that is bound to cell 1 needs its memory in ``"memory"`` and in
``"cell 1"``, and a host has as many cells with capacity as it has.

What is no sum stands beside:

- ``takes`` (hosts): takes guests; not so in maintenance.
- ``host_model``, ``guest_model``: numbers of CPU models, -1 unknown; a guest goes where both are equal or one
  is unknown.
- ``tied`` (guests): an index into `TIES`, why it cannot leave its host; 0 where it can.
- ``apart`` (guests x n): numbers of the anti-affinity groups that it is in, padded with -1.
- ``together`` (guests): the number of its affinity group, or -1.
- ``open`` (guests): one of its figures is missing. ``needs`` has 0 there, so a bound that says "no" stays
  right; ``room`` of its host is 0, so a placement never counts on it.
- ``protected`` (guests): it has to survive.

`Arrays` is frozen and a step makes another (`placed`, `without`). To search, `units` bundles guests into what
moves as one (an affinity group is one unit), and `virtsdk.capacity.room.fit.fit` places units into a
free-room matrix. `allowed` says where a unit may go when sums are left aside. `virtsdk.capacity.room.inputs`
makes arrays of frames.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MILLI: Final = 1000
"""Parts of a vCPU that are counted."""
TIES: Final = ("", "pinning", "host device", "local disk")
"""Why a guest stays on its host, by `Arrays.tied`."""


@dataclass(frozen=True, eq=False)
class Arrays:
    """A fleet: H hosts, G guests, R resources; the module's text says what each part is."""

    hosts: tuple[str, ...]
    guests: tuple[str, ...]
    resources: tuple[str, ...]
    capacity: Ints
    needs: Ints
    at: Ints
    takes: Bools
    host_model: Ints
    guest_model: Ints
    tied: Ints
    apart: Ints
    together: Ints
    open: Bools
    protected: Bools

    @cached_property
    def load(self) -> Ints:
        """What the guests of each host hold (H x R)."""
        load = np.zeros_like(self.capacity)
        placed = self.at >= 0
        np.add.at(load, self.at[placed], self.needs[placed])
        return load

    @cached_property
    def free(self) -> Ints:
        """Capacity less load (H x R); negative where too much is committed."""
        return self.capacity - self.load

    @cached_property
    def host_open(self) -> Bools:
        """Hosts that hold a guest with a figure missing (H)."""
        found = np.zeros(len(self.hosts), bool)
        found[self.at[self.open & (self.at >= 0)]] = True
        return found

    @cached_property
    def hopes(self) -> Ints:
        """Room at most (H x R): 0 where no guest is taken; a missing figure counts as 0. For bounds."""
        return np.where(self.takes[:, None], np.maximum(self.free, 0), 0)

    @cached_property
    def room(self) -> Ints:
        """Room that is sure (H x R): as `hopes`, and 0 on a host with a figure missing. For placements."""
        return np.where(self.host_open[:, None], 0, self.hopes)

    @cached_property
    def usable(self) -> Bools:
        """Hosts that a placement may count on (H): they take guests, and all figures are known."""
        return self.takes & ~self.host_open

    @cached_property
    def scale(self) -> NDArray[np.float64]:
        """Weight of a unit of each resource (R): one over the mean capacity; 0 where there is none."""
        mean = self.capacity.mean(axis=0) if len(self.hosts) else np.zeros(len(self.resources))
        return np.divide(1.0, mean, out=np.zeros(len(self.resources)), where=mean > 0)

    @cached_property
    def groups(self) -> int:
        """Number of anti-affinity groups."""
        return int(self.apart.max()) + 1 if self.apart.size else 0

    @cached_property
    def crowd(self) -> Ints:
        """Members of each anti-affinity group on each host (H x groups)."""
        crowd = np.zeros((len(self.hosts), self.groups), np.int64)
        guests, columns = np.nonzero((self.apart >= 0) & (self.at >= 0)[:, None])
        np.add.at(crowd, (self.at[guests], self.apart[guests, columns]), 1)
        return crowd

    def units(self, guests: Ints | None = None) -> Units:
        """Bundle guests into what moves as one: an affinity group, or a single guest.

        Parameters
        ----------
        guests
            Indices; all guests where left out. A group's members among them become one unit, wherever they
            are now. Where others of the group are placed on a host, the unit has to join one of them.
        """
        chosen = np.arange(len(self.guests)) if guests is None else np.asarray(guests, np.int64)
        together = self.together[chosen]
        single = np.arange(len(chosen)) + (int(together.max(initial=-1)) + 1)
        key = np.where(together >= 0, together, single)
        _, first, unit = np.unique(key, return_index=True, return_inverse=True)
        count = len(first)
        needs = np.zeros((count, len(self.resources)), np.int64)
        np.add.at(needs, unit, self.needs[chosen])
        model = np.full(count, -1)
        np.maximum.at(model, unit, self.guest_model[chosen])
        mixed = np.zeros(count, bool)
        known = self.guest_model[chosen] >= 0
        mixed[unit[known & (self.guest_model[chosen] != model[unit])]] = True
        tied = np.zeros(count, np.int64)
        np.maximum.at(tied, unit, self.tied[chosen])
        unknown = np.zeros(count, bool)
        unknown[unit[self.open[chosen]]] = True
        return Units(
            guests=chosen, unit=unit.astype(np.int64), needs=needs, model=model, mixed=mixed, tied=tied,
            open=unknown, apart=_gathered(self.apart[chosen], unit, count), first=chosen[first],
            joins=self._joins(chosen, together[first]),
        )  # fmt: skip

    def _joins(self, chosen: Ints, together: Ints) -> dict[int, Bools]:
        """The hosts with members of a unit's group that are not among the chosen, by unit."""
        others = self.at >= 0
        others[chosen] = False
        others &= self.together >= 0
        joins: dict[int, Bools] = {}
        if others.any():
            for unit in np.flatnonzero(np.isin(together, self.together[others]) & (together >= 0)):
                mask = np.zeros(len(self.hosts), bool)
                mask[self.at[others & (self.together == together[unit])]] = True
                joins[int(unit)] = mask
        return joins

    def allowed(self, units: Units, hosts: Bools | None = None) -> Bools:
        """Tell where each unit may go when sums are left aside (U x H): models, ties, groups.

        Ties count for a unit that leaves its host, so a tied unit may go nowhere. Anti-affinity looks at the
        guests that are placed and not in the units.
        """
        may = self.takes if hosts is None else self.takes & hosts
        allowed = np.repeat(may[None, :], len(units.needs), axis=0)
        model = units.model[:, None]
        allowed &= (model < 0) | (self.host_model < 0) | (model == self.host_model)
        allowed &= ~(units.mixed | (units.tied > 0))[:, None]
        for unit, mask in units.joins.items():
            allowed[unit] &= mask
        if units.apart.size:
            crowd = self.crowd_without(units.guests)
            for column in units.apart.T:
                inside = column >= 0
                allowed[inside] &= (crowd[:, column[inside]] == 0).T
        return allowed

    def crowd_without(self, guests: Ints) -> Ints:
        """Members of each anti-affinity group on each host, some guests left out (H x groups)."""
        left = self.at.copy()
        left[guests] = -1
        return replace(self, at=left).crowd

    def placed(self, guests: Ints, at: Ints) -> Arrays:
        """Put guests on hosts (-1: on none)."""
        moved = self.at.copy()
        moved[guests] = at
        return replace(self, at=moved)

    def without(self, hosts: Sequence[int] | Ints) -> Arrays:
        """Take hosts out of service: they keep their index, take nothing, and their guests are on none."""
        takes, gone = self.takes.copy(), np.zeros(len(self.hosts), bool)
        gone[np.asarray(hosts, np.int64)] = True
        takes[gone] = False
        on = (self.at >= 0) & gone[self.at]
        return replace(self, takes=takes, at=np.where(on, -1, self.at))

    def guests_named(self, guests: Iterable[int]) -> tuple[str, ...]:
        """Names of guests."""
        return tuple(self.guests[int(one)] for one in guests)

    def on(self, hosts: Sequence[int] | Ints) -> Ints:
        """Guests on any of these hosts, as indices."""
        chosen = np.zeros(len(self.hosts), bool)
        chosen[np.asarray(hosts, np.int64)] = True
        return np.flatnonzero((self.at >= 0) & chosen[self.at])


@dataclass(frozen=True, eq=False)
class Units:
    """What moves as one (U): single guests, and affinity groups.

    Attributes
    ----------
    guests, unit
        The guests (n), and the unit that each is in.
    needs, model, tied, open, apart
        As in `Arrays`, a row a unit (apart: U x n).
    mixed
        Its guests have different CPU models, so no host suits all.
    first
        Its first guest.
    joins
        The hosts that it may go to because the rest of its affinity group is there, by unit.
    """

    guests: Ints
    unit: Ints
    needs: Ints
    model: Ints
    mixed: Bools
    tied: Ints
    open: Bools
    apart: Ints
    first: Ints
    joins: dict[int, Bools]

    def spread(self, at: Ints) -> Ints:
        """Turn a host a unit into a host a guest, in the order of `guests`."""
        return at[self.unit]


def _gathered(apart: Ints, unit: Any, count: int) -> Ints:
    """Anti-affinity groups of a unit: those of all its guests, each once (U x n, padded with -1)."""
    if not apart.size:
        return np.full((count, 0), -1)
    guests, columns = np.nonzero(apart >= 0)
    pairs = np.unique(np.stack([unit[guests], apart[guests, columns]], axis=1), axis=0)
    if not len(pairs):
        return np.full((count, 0), -1)
    begin = np.searchsorted(pairs[:, 0], pairs[:, 0])
    column = np.arange(len(pairs)) - begin
    gathered = np.full((count, int(column.max()) + 1), -1)
    gathered[pairs[:, 0], column] = pairs[:, 1]
    return gathered
