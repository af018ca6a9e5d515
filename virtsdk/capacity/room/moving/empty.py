"""Empty hosts: those that are named, or as many as few bytes allow."""

from __future__ import annotations

import numpy as np

from virtsdk.capacity.room.moving.ground import Ground, Move
from virtsdk.capacity.room.moving.relieve import make_room

_ORDERS = ("largest", "bytes", "vcpus", "memory")


def empty_named(ground: Ground, hosts: list[int], budget: float) -> None:
    """Move all that can move off the hosts; what has no place stays."""
    off = frozenset(hosts)
    best: list[Move] = []
    start = list(ground.moves)
    for order in _ORDERS:
        for tight in (True, False):
            ground.replay(start)
            if _attempt(ground, hosts, off, budget, order, tight=tight):
                return
            if len(ground.moves) > len(best):
                best = list(ground.moves)
    ground.replay(best or start)
    for host in hosts:
        for unit in ground.movable_on(host):
            if not _go(ground, unit, off, budget, tight=True):
                make_room(ground, unit, budget, off)


def _attempt(
    ground: Ground, hosts: list[int], off: frozenset[int], budget: float, order: str, *, tight: bool
) -> bool:
    """Move units off the hosts in one order; whether all that can move did."""
    units = [unit for host in hosts for unit in ground.movable_on(host)]
    if order == "bytes":
        units.sort(key=lambda one: (-ground.units[one].bytes, one))
    elif order != "largest":
        column = ground.fleet.resources.index(order)
        units.sort(key=lambda one: (-ground.needs[one, column], one))
    else:
        size = (ground.needs * ground.scale).max(axis=1, initial=0)
        units.sort(key=lambda one: (-round(float(size[one]), 12), one))
    gone = [_go(ground, unit, off, budget, tight=tight) for unit in units]
    return all(gone)


def _go(ground: Ground, unit: int, off: frozenset[int], budget: float, *, tight: bool) -> bool:
    if ground.sent + ground.units[unit].bytes > budget:
        return False
    may = ground.targets(unit)
    may[list(off)] = False
    if not may.any():
        return False
    left = ground.left()
    ground.move(unit, int((np.where(may, left, np.inf) if tight else np.where(may, -left, np.inf)).argmin()))
    return True


def empty_many(ground: Ground, budget: float) -> list[int]:
    """Empty one host after the other, those with the fewest bytes first; a host goes as a whole or stays."""
    emptied: list[int] = []
    sent = np.zeros(len(ground.fleet.hosts), np.int64)
    np.add.at(sent, ground.at, [unit.bytes for unit in ground.units])
    free = [host for host in range(len(sent)) if not ground.on(host)]
    for host in sorted(range(len(sent)), key=lambda one: (sent[one], one)):
        if (
            host in free
            or ground.fleet.host_open[host]
            or any(ground.units[one].stays for one in ground.on(host))
        ):
            continue
        before = list(ground.moves)
        bytes_there = sum(ground.units[one].bytes for one in ground.on(host))
        if ground.sent + bytes_there > budget:
            continue
        off = frozenset([host, *free, *emptied])
        if not _in_sum(ground, host, off):
            continue
        empty_one(ground, host, off, budget)
        if ground.on(host):
            ground.replay(before)
        else:
            emptied.append(host)
    return emptied


def _in_sum(ground: Ground, host: int, off: frozenset[int]) -> bool:
    """Tell whether the others have room for all that is on a host, resource by resource."""
    free = np.maximum(ground.fleet.capacity - ground.load, 0)[ground.fleet.usable]
    gone = np.isin(np.flatnonzero(ground.fleet.usable), list(off))
    return bool((ground.load[host] <= free[~gone].sum(axis=0)).all())


def empty_one(ground: Ground, host: int, off: frozenset[int], budget: float) -> None:
    """Move all units of a host to others, and to none of `off`."""
    before = list(ground.moves)
    for order in _ORDERS:
        for tight in (True, False):
            if _attempt(ground, [host], off, budget, order, tight=tight):
                return
            while len(ground.moves) > len(before):
                ground.back()
    for unit in ground.movable_on(host):
        if not _go(ground, unit, off, budget, tight=True) and not make_room(ground, unit, budget, off):
            return
