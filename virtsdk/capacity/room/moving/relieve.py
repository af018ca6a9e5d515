"""Bring hosts that are over their capacity back below it, with few bytes."""

from __future__ import annotations

import numpy as np

from virtsdk.capacity.room.arrays import Bools
from virtsdk.capacity.room.moving.ground import Ground

_SMALL = 1e-12


def relieve(ground: Ground, budget: float) -> None:
    """Move units off hosts over their capacity until there is none, or nothing helps any more."""
    hopeless: set[int] = set()
    while True:
        over = np.maximum(ground.load - ground.fleet.capacity, 0) * ground.scale
        hosts = [int(one) for one in np.argsort(-over.sum(axis=1), kind="stable")]
        hosts = [one for one in hosts if over[one].sum() > _SMALL and one not in hopeless]
        if not hosts:
            return
        if not (_off(ground, hosts[0], budget) or _by_way_of(ground, hosts[0], budget)):
            hopeless.add(hosts[0])


def _gain(ground: Ground, unit: int, host: int) -> float:
    """How much less a host is over its capacity without a unit."""
    fleet = ground.fleet
    before = np.maximum(ground.load[host] - fleet.capacity[host], 0)
    after = np.maximum(ground.load[host] - ground.needs[unit] - fleet.capacity[host], 0)
    return float(((before - after) * ground.scale).sum())


def _ranked(ground: Ground, host: int, budget: float) -> list[int]:
    """Units that help, the best first: the fewest bytes of those that suffice, else the most help a byte."""
    over = float((np.maximum(ground.load[host] - ground.fleet.capacity[host], 0) * ground.scale).sum())
    ranked: list[tuple[bool, float, int]] = []
    for unit in ground.kinds_on(host):
        gain, size = _gain(ground, unit, host), ground.units[unit].bytes
        if gain > _SMALL and ground.sent + size <= budget:
            enough = gain >= over - _SMALL
            ranked.append((not enough, float(size) if enough else size / gain, unit))
    return [unit for *_, unit in sorted(ranked)]


def _off(ground: Ground, host: int, budget: float) -> bool:
    for unit in _ranked(ground, host, budget):
        may = ground.targets(unit)
        if may.any():
            tightest = np.where(may, ground.left(), np.inf).argmin()
            ground.move(unit, int(tightest))
            return True
    return False


def _by_way_of(ground: Ground, host: int, budget: float) -> bool:
    """Make room for a unit by moving another one, from where it could go to a third host."""
    return any(make_room(ground, unit, budget) for unit in _ranked(ground, host, budget))


def make_room(ground: Ground, unit: int, budget: float, never: frozenset[int] = frozenset()) -> bool:
    """Move one other unit away so that this one can move, and move it; whether that was possible.

    Parameters
    ----------
    ground
        Where units are.
    unit
        What is to move.
    budget
        Bytes that may be sent in all.
    never
        Hosts that neither may go to.
    """
    source = int(ground.at[unit])
    inside = [source, *never]
    room: dict[int, Bools] = {}
    for other in _in_the_way(ground, unit, inside, budget):
        kind, target = int(ground.kind[other]), int(ground.at[other])
        if kind not in room:  # units that are alike have room on the same hosts
            room[kind] = ground.takers(other)
            room[kind][inside] = False
        thirds = np.flatnonzero(room[kind])
        thirds = thirds[thirds != target]
        if not len(thirds):
            continue
        ground.move(other, int(thirds[ground.left(thirds).argmin()]))
        if ground.can(unit, target):
            ground.move(unit, target)
            return True
        ground.back()
    return False


def _in_the_way(ground: Ground, unit: int, never: list[int], budget: float) -> list[int]:
    """Units without which their host has room for this one: one of each kind and host, fewest bytes first."""
    fleet = ground.fleet
    may = ground.may_go(unit).copy()
    may[never] = False
    rows = np.flatnonzero(may[ground.at] & ~ground.stays)
    rows = rows[ground.sent + ground.bytes[rows] + ground.bytes[unit] <= budget]
    at = ground.at[rows]
    fits = ground.load[at] + ground.needs[unit] - ground.needs[rows] <= fleet.capacity[at]
    rows = rows[fits.all(axis=1)]
    if not len(rows):
        return []
    rows = rows[np.lexsort((rows, ground.at[rows], ground.bytes[rows]))]
    same = ground.at[rows] * (int(ground.kind.max()) + 1) + ground.kind[rows]
    first = np.sort(np.unique(same, return_index=True)[1])
    return [int(one) for one in rows[first]]
