"""Bring hosts that are over their capacity back below it, with few bytes."""

from __future__ import annotations

import numpy as np

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
            ground.move(unit, tightest(ground, unit))
            return True
    return False


def tightest(ground: Ground, unit: int) -> int:
    """Of the hosts that a unit can go to the one that is fullest then."""
    may = ground.targets(unit)
    return int(np.where(may, ground.left(), np.inf).argmin())


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
    for target in np.flatnonzero(ground.may_go[unit]):
        if int(target) in never or int(target) == source:
            continue
        others = sorted(ground.kinds_on(int(target)), key=lambda one: (ground.units[one].bytes, one))
        for other in others:
            if ground.sent + ground.units[other].bytes + ground.units[unit].bytes > budget:
                break
            may = ground.targets(other)
            may[[source, *never]] = False
            if not may.any():
                continue
            ground.move(other, int(may.argmax()))
            if ground.can(unit, int(target)):
                ground.move(unit, int(target))
                return True
            ground.back()
    return False
