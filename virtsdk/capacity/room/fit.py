"""Place units of guests on hosts in one pass: largest first, all of one size at a time."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from virtsdk.capacity.room.arrays import Arrays, Bools, Ints, Units

Order = Literal["largest", "sum"] | int
"""How sizes are sorted: by the largest share of a resource, by the sum of shares, or by one resource."""


def fit(
    arrays: Arrays,
    units: Units,
    *,
    room: Ints | None = None,
    hosts: Bools | None = None,
    order: Order = "largest",
    spread: bool = False,
) -> Ints:
    """Place units by decreasing size; a unit that fits nowhere is left out and the others go on.

    Guests of one size, model and group are placed together, so the loop runs over sizes, not guests.

    Parameters
    ----------
    arrays
        The fleet. Guests of the units count as placed nowhere: take them out first (`Arrays.without`,
        `Arrays.placed`), or their room is not free.
    units
        What is placed, from `Arrays.units`.
    room
        Free room (H x R), `Arrays.room` where left out; it is not changed.
    hosts
        Hosts that may be used (H); all that take guests where left out.
    order
        How sizes are sorted.
    spread
        Even the load out (each goes where most room is left); otherwise fill the fullest host that it fits
        on (best fit).

    Returns
    -------
    numpy.ndarray
        The host of each unit, -1 for none (U).
    """
    free = (arrays.room if room is None else room).copy()
    at = np.full(len(units.needs), -1)
    if not len(at) or not len(arrays.hosts):
        return at
    classes, first = _classes(units)
    representatives = _only(units, first)
    allowed = arrays.allowed(representatives, hosts)
    crowd = arrays.crowd_without(units.guests) if units.apart.size else None
    members = np.argsort(classes, kind="stable")
    begin = np.searchsorted(classes[members], np.arange(len(first) + 1))
    for number in np.argsort(-sizes(units.needs[first], arrays.scale, order), kind="stable"):
        mine = members[begin[number] : begin[number + 1]]
        need = units.needs[first[number]]
        may = allowed[number]
        most = len(mine)
        groups = units.apart[first[number]]
        groups = groups[groups >= 0]
        if len(groups) and crowd is not None:
            may = may & (crowd[:, groups] == 0).all(axis=1)
            most = 1
        slots = slots_for(free, need, most) * may
        take = _spread(free, need, slots, len(mine), arrays.scale) if spread else _tight(
            free, slots, len(mine), arrays.scale
        )  # fmt: skip
        free -= take[:, None] * need
        if len(groups) and crowd is not None:
            crowd[:, groups] += take[:, None]
        chosen = np.repeat(np.arange(len(take)), take)
        at[mine[: len(chosen)]] = chosen
    return at


def sizes(needs: Ints, scale: Any, order: Order = "largest") -> Any:
    """Sizes of guests as one number each: shares of a mean host (see `Order`)."""
    shares = needs * scale
    if order == "largest":
        return shares.max(axis=1, initial=0)
    if order == "sum":
        return shares.sum(axis=1)
    return shares[:, order] + 1e-6 * shares.sum(axis=1)


def slots_for(free: Ints, need: Ints, most: int) -> Ints:
    """How many guests of one size each host has room for, at most `most` (H)."""
    wanted = need > 0
    if not wanted.any():
        return np.full(len(free), most)
    slots = (np.maximum(free[:, wanted], 0) // need[wanted]).min(axis=1)
    return np.minimum(slots, most)


def _classes(units: Units) -> tuple[Ints, Ints]:
    """Number units that are alike in everything that placing looks at; and the first of each number."""
    lone = np.full(len(units.needs), -1)
    for unit in units.joins:
        lone[unit] = unit
    keys = np.column_stack(
        [units.needs, units.model, units.mixed, units.tied, np.sort(units.apart, axis=1), lone]
    )
    _, first, classes = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    return classes.ravel(), first


def _only(units: Units, rows: Ints) -> Units:
    """Some units, for the question where they may go; all their guests stay listed as moving."""
    return Units(
        guests=units.guests, unit=units.unit, needs=units.needs[rows], model=units.model[rows],
        mixed=units.mixed[rows], tied=units.tied[rows], open=units.open[rows], apart=units.apart[rows],
        first=units.first[rows],
        joins={new: units.joins[int(old)] for new, old in enumerate(rows) if int(old) in units.joins},
    )  # fmt: skip


def _tight(free: Ints, slots: Ints, count: int, scale: Any) -> Ints:
    """Fill the hosts with least room first."""
    order = np.argsort((np.maximum(free, 0) * scale).sum(axis=1), kind="stable")
    sorted_slots = slots[order]
    before = np.cumsum(sorted_slots) - sorted_slots
    take = np.zeros_like(slots)
    take[order] = np.clip(count - before, 0, sorted_slots)
    return take


def _spread(free: Ints, need: Ints, slots: Ints, count: int, scale: Any) -> Ints:
    """Give each guest to the host that has most room left after it."""
    host = np.repeat(np.arange(len(slots)), slots)
    if len(host) <= count:
        return slots
    nth = np.arange(len(host)) - np.repeat(np.cumsum(slots) - slots, slots) + 1
    wanted = scale * (need > 0)
    left = ((free[host] - nth[:, None] * need) * wanted)[:, need > 0].min(axis=1) if need.any() else -nth
    best = np.lexsort((nth, -left))[:count]
    return np.bincount(host[best], minlength=len(slots))
