"""Of placements that are as good, the one that moves little: hosts that are alike change roles."""

from __future__ import annotations

from typing import Final

import numpy as np

from virtsdk.capacity.room.arrays import Ints
from virtsdk.capacity.room.placing.problem import Parts, Problem

_MOST: Final = 20_000_000
"""Figures compared at most."""


def keep_most(problem: Problem, parts: Parts) -> Parts:
    """Deal the contents of hosts that are alike out so that many guests stay where they are.

    Greedy: of all pairs of contents and host the one first that keeps the most bytes in place.
    """
    if len(problem.count) * len(problem.base.hosts) > _MOST or not parts:
        return parts
    memory = problem.needs[:, problem.base.resources.index("memory")]
    wanted = _table(problem, [(number, host, much) for number, host, much in parts])
    now = problem.parts_of(problem.now)
    there = _table(problem, now)
    renamed = np.arange(len(problem.base.hosts))
    for kind in np.unique(problem.host_type):
        hosts = np.flatnonzero(problem.host_type == kind)
        if len(hosts) > 1 and not problem.held[hosts].any():
            renamed[hosts] = hosts[_matched(wanted[hosts], there[hosts], memory)]
    return [(number, int(renamed[host]), much) for number, host, much in parts]


def _table(problem: Problem, parts: Parts) -> Ints:
    """Units of each class on each host (H x C)."""
    table = np.zeros((len(problem.base.hosts), len(problem.count)), np.int64)
    for number, host, much in parts:
        table[host, number] += much
    return table


def _matched(wanted: Ints, there: Ints, memory: Ints) -> Ints:
    """The host that each content goes to, as a permutation."""
    size = len(wanted)
    kept = np.zeros((size, size))
    for number in np.flatnonzero((wanted.sum(axis=0) > 0) & (there.sum(axis=0) > 0)):
        rows, columns = np.flatnonzero(wanted[:, number]), np.flatnonzero(there[:, number])
        both = np.minimum(wanted[rows, number][:, None], there[columns, number][None, :])
        kept[np.ix_(rows, columns)] += both * float(max(1, memory[number]))
    to = np.full(size, -1)
    free = np.ones(size, bool)
    rows, columns = np.nonzero(kept)
    for one in np.lexsort((columns, rows, -kept[rows, columns])):
        row, column = rows[one], columns[one]
        if to[row] < 0 and free[column]:
            to[row], free[column] = column, False
    to[to < 0] = np.flatnonzero(free)
    return to
