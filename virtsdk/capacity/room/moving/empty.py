"""Empty hosts: those that are named, or as many as few bytes allow."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from virtsdk.capacity.room.moving.ground import Ground, Move
from virtsdk.capacity.room.moving.relieve import make_room

_ORDERS = ("largest", "bytes", "vcpus", "memory")
_FAILURES: Final = 30
"""Hosts in a row that could not be emptied, after which no more are tried."""


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
    gone = [_go(ground, unit, off, budget, tight=tight) for unit in _ordered(ground, hosts, order)]
    return all(gone)


def _ordered(ground: Ground, hosts: list[int], order: str) -> list[int]:
    """Units on the hosts that may move, the largest first by one way to say so."""
    rows = np.flatnonzero(np.isin(ground.at, hosts) & ~ground.stays)
    falling = np.lexsort((rows, -_sizes(ground, rows, order)))
    return [int(unit) for unit in rows[falling]]


def _sizes(ground: Ground, rows: Any, order: str) -> Any:
    if order == "bytes":
        return ground.bytes[rows]
    if order == "largest":
        shares: Any = ground.needs[rows] * ground.scale
        return shares.max(axis=1, initial=0).round(12)
    return ground.needs[rows, ground.fleet.resources.index(order)]


def _go(ground: Ground, unit: int, off: frozenset[int], budget: float, *, tight: bool) -> bool:
    if ground.sent + ground.units[unit].bytes > budget:
        return False
    may = ground.targets(unit)
    may[list(off)] = False
    hosts = np.flatnonzero(may)
    if not len(hosts):
        return False
    left = ground.left(hosts)
    ground.move(unit, int(hosts[left.argmin() if tight else left.argmax()]))
    return True


def empty_many(ground: Ground, budget: float, least: int = 0) -> None:
    """Empty one host after the other, those with the fewest bytes first; a host goes as a whole or stays.

    Parameters
    ----------
    ground
        Where units are; its moves grow.
    budget
        Bytes that may be sent in all.
    least
        So many hosts are needed whatever moves: it stops there.
    """
    hosts = len(ground.fleet.hosts)
    off = {int(host) for host in np.flatnonzero(np.bincount(ground.at, minlength=hosts) == 0)}
    out = ground.fleet.host_open.copy()  # done with, for one reason or another
    out[ground.at[ground.stays]] = True
    out[list(off)] = True
    failed = 0
    while hosts - len(off) > least and failed < _FAILURES:
        there = np.zeros(hosts, np.int64)  # what came to a host counts as well, so it is left for later
        np.add.at(there, ground.at, ground.bytes)
        may = ~out & (ground.sent + there <= budget)
        if not may.any():
            return
        host = int(np.where(may, there, np.iinfo(np.int64).max).argmin())
        out[host] = True
        if not _in_sum(ground, host, off):
            continue
        if _empty_one(ground, host, frozenset([host, *off]), budget):
            off.add(host)
            failed = 0
        else:
            failed += 1


def _in_sum(ground: Ground, host: int, off: set[int]) -> bool:
    """Tell whether the others have room for all that is on a host, resource by resource."""
    others = ground.fleet.usable.copy()
    others[[host, *off]] = False
    free = np.maximum(ground.fleet.capacity - ground.load, 0)[others]
    return bool((ground.load[host] <= free.sum(axis=0)).all())


def _empty_one(ground: Ground, host: int, off: frozenset[int], budget: float) -> bool:
    """Move all units of a host to others, and to none of `off`, or none; whether all moved."""
    before = len(ground.moves)
    for tight in (True, False):
        for order in _ORDERS:
            if all(_go(ground, unit, off, budget, tight=tight) for unit in _ordered(ground, [host], order)):
                return True
            ground.back_to(before)
    for unit in ground.movable_on(host):
        if not _go(ground, unit, off, budget, tight=True) and not make_room(ground, unit, budget, off):
            ground.back_to(before)
            return False
    return True
