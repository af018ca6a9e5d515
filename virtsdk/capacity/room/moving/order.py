"""Bring moves into an order in which each has room when its turn comes."""

from __future__ import annotations

import numpy as np

from virtsdk.capacity.room.arrays import Bools, Ints
from virtsdk.capacity.room.moving.ground import Ground


def carry_out(ground: Ground, wanted: dict[int, int], budget: float = np.inf) -> list[int]:
    """Move units to where they are wanted, and return those that are stuck.

    Each round makes the moves that have room. Where none has, units are in each other's way, in a cycle as a
    rule: then the one with the fewest bytes goes to a third host for a while, if one takes it.

    Parameters
    ----------
    ground
        Where units are; its moves grow.
    wanted
        The host of each unit that is to move.
    budget
        Bytes after which it stops.
    """
    left: Ints = np.array([unit for unit, host in wanted.items() if ground.at[unit] != host], dtype=np.int64)
    left = left[np.lexsort((left, -ground.bytes[left]))]
    to: Ints = np.array([wanted[int(unit)] for unit in left], dtype=np.int64)
    aside: set[int] = set()
    while len(left) and ground.sent <= budget:
        gone = _round(ground, left, to)
        if not gone.any() and not _step_aside(ground, left, to, aside):
            break
        left, to = left[~gone], to[~gone]
    return [int(unit) for unit in left]


def _round(ground: Ground, left: Ints, to: Ints) -> Bools:
    """Make each move that has room when its turn comes; which were made."""
    gone = np.zeros(len(left), bool)
    fits = (ground.load[to] + ground.needs[left] <= ground.fleet.capacity[to]).all(axis=1)
    for row in np.flatnonzero(fits):
        unit, host = int(left[row]), int(to[row])
        if ground.can(unit, host):
            ground.move(unit, host)
            gone[row] = True
    return gone


def _step_aside(ground: Ground, left: Ints, to: Ints, aside: set[int]) -> bool:
    """Move one unit that is in the way to a third host; each at most once."""
    blocked = np.zeros(len(ground.fleet.hosts), bool)
    blocked[to] = True
    inside = left[blocked[ground.at[left]]]
    for unit in inside[np.lexsort((inside, ground.bytes[inside]))]:
        if int(unit) in aside:
            continue
        may = ground.targets(int(unit))
        thirds = [*np.flatnonzero(may & ~blocked), *np.flatnonzero(may & blocked)]
        if thirds:
            ground.move(int(unit), int(thirds[0]))
            aside.add(int(unit))
            return True
    return False
