"""A lower bound on hosts for guests of many sizes: what large guests leave beside them is not all of use."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from math import ceil
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from virtsdk.capacity.room.arrays import Ints
from virtsdk.capacity.room.placing.bounds import Bound
from virtsdk.capacity.room.placing.problem import Problem
from virtsdk.capacity.room.placing.solver import optimize, sparse

_CLASSES: Final = 16
_RAYS: Final = 96
_BESIDE: Final = 0.02
"""Share of a host below which it matters little how much is left beside a large guest."""
_SLACK: Final = 1e-5
"""What the solver's figure may be off by, relative to what it is."""
Floats = NDArray[np.float64]


def anchored(problem: Problem) -> Bound:
    """Let at most one guest above half a host be on each host, for each of two resources, and pour the rest.

    A sum takes it that all room is of use. Beside a guest with all of a host's vCPUs the memory is not: it
    can hold no guest that needs both. So hosts are told apart by the large guests on them, those above half
    of the vCPUs and those above half of the memory, in classes of similar size, and all else is a fluid that
    keeps its proportion of vCPUs to memory. The fewest hosts under these rules are a linear program; any
    placement keeps the rules, so it uses no fewer.

    Every host counts as the largest. The two resources are those whose sums need the most hosts.

    Parameters
    ----------
    problem
        What is placed where; each unit fits on some host.

    Returns
    -------
    Bound
        0 hosts where fewer than two resources matter, or the solver finds no answer.

    Raises
    ------
    MissingDependency
        scipy is not installed.

    Notes
    -----
    A large guest counts as the smallest of its class; what it has above that is fluid. Fluid is split into
    parts of fixed proportions: a guest between two of them is the sum of one part of each. Both only loosen
    the rules. The configuration LP of Gilmore and Gomory (1961), in which all but the large guests may be
    divided, and their proportions are kept.
    """
    nothing = Bound(0, "large guests")
    top: Any = problem.base.hopes.max(axis=0, initial=0)
    with np.errstate(divide="ignore"):
        sums = np.where(top > 0, (problem.needs * problem.count[:, None]).sum(axis=0) / np.maximum(top, 1), 0)
    pair = np.sort(np.argsort(-sums, kind="stable")[:2])
    if len(pair) < 2 or not sums[pair].all():
        return nothing
    size = problem.needs[:, pair] / top[pair]
    large = 2 * problem.needs[:, pair] > top[pair]
    anchors = _Anchors.of(size, large, problem.count)
    least = anchors.hosts(_pour(anchors.fluid))
    return nothing if least is None else Bound(ceil(least - _SLACK * (1 + least)), "large guests")


@dataclass(frozen=True, eq=False)
class _Anchors:
    """Classes of large guests (N), the types of hosts that they make (T), and what is left to pour.

    Attributes
    ----------
    number
        Guests of each class (N).
    classes
        The classes on a host of each type (T x 2), -1 for none.
    room
        What is left on a host of each type (T x 2), in parts of the host.
    fluid
        What is left to place, in parts of a host (C x 2).
    """

    number: Ints
    classes: Ints
    room: Floats
    fluid: Floats

    @classmethod
    def of(cls, size: Floats, large: Any, count: Ints) -> _Anchors:
        """Put large guests into classes: large in the first resource, in the second, in both."""
        fluid, lows, number, kinds = size.copy(), list[Floats](), list[int](), list[int]()
        for kind, chosen in enumerate((large[:, 0] & ~large[:, 1], large[:, 1] & ~large[:, 0], large.all(1))):
            rows = np.flatnonzero(chosen)
            for cell in _cells(-np.log(1 + _BESIDE - size[rows]), count[rows]):  # similar in what is left
                low = size[rows[cell]].min(axis=0)
                fluid[rows[cell]] -= low
                lows.append(low)
                number.append(int(count[rows[cell]].sum()))
                kinds.append(kind)
        low = np.array(lows).reshape(-1, 2)
        first, second = (np.flatnonzero(np.array(kinds) == kind) for kind in (0, 1))
        pairs = np.array(np.meshgrid(first, second, indexing="ij"), dtype=np.int64).reshape(2, -1).T
        alone = np.column_stack([np.arange(len(low)), np.full(len(low), -1)])
        classes = np.concatenate([[[-1, -1]], alone, pairs]).astype(np.int64)
        low = np.concatenate([low, np.zeros((1, 2))])  # what -1 stands for
        room = 1 - low[classes].sum(axis=1)
        fits = (room >= 0).all(axis=1)
        return cls(np.array(number, dtype=np.int64), classes[fits], room[fits], fluid * count[:, None])

    def hosts(self, poured: tuple[Floats, Floats]) -> float | None:
        """Solve the program: how many hosts of each type, which fluid on which; None without an answer."""
        rays, amount = poured
        types, parts = len(self.room), len(rays)
        each = np.arange(types)
        host = np.repeat(each, parts)
        pour = types + np.arange(types * parts)
        rows, columns, values = list[Any](), list[Any](), list[Any]()
        for axis in (0, 1):  # what is poured on hosts of a type, less their room
            rows += [axis * types + host, axis * types + each]
            columns += [pour, each]
            values += [np.tile(rays[:, axis], types), -self.room[:, axis]]
        rows.append(2 * types + np.tile(np.arange(parts), types))
        columns.append(pour)
        values.append(np.full(len(pour), -1.0))
        for column in self.classes.T:
            on = np.flatnonzero(column >= 0)
            rows.append(2 * types + parts + column[on])
            columns.append(on)
            values.append(np.full(len(on), -1.0))
        most = np.concatenate([np.zeros(2 * types), -amount, -self.number])
        shape = (len(most), types + len(pour))
        matrix = sparse(np.concatenate(rows), np.concatenate(columns), np.concatenate(values), shape)
        cost = np.concatenate([np.ones(types), np.zeros(len(pour))])
        solved = optimize("a bound").linprog(cost, A_ub=matrix, b_ub=most, method="highs")
        return float(solved.fun) if solved.status == 0 else None


def _cells(size: Floats, count: Ints) -> list[Ints]:
    """Put guests of similar size into `_CLASSES` classes at most: cut where the smallest lose most."""
    number = 0
    queue: list[tuple[float, int, Ints, int]] = []

    def add(rows: Ints) -> None:
        nonlocal number
        lost = ((size[rows] - size[rows].min(axis=0)) * count[rows][:, None]).sum(axis=0)
        heappush(queue, (-float(lost.sum()), number, rows, int(lost.argmax())))
        number += 1

    heapify(queue)
    if len(size):
        add(np.arange(len(size)))
    while queue and len(queue) < _CLASSES and queue[0][0] < 0:
        _, _, rows, axis = heappop(queue)
        rows = rows[np.argsort(size[rows, axis], kind="stable")]
        above = np.cumsum(count[rows][::-1])[::-1]
        cut = int(((size[rows, axis] - size[rows[0], axis]) * above).argmax())
        add(rows[:cut])
        add(rows[cut:])
    return [rows for _, _, rows, _ in sorted(queue, key=lambda one: one[1])]


def _pour(fluid: Floats) -> tuple[Floats, Floats]:
    """Split fluid into parts of fixed proportions: these (P x 2), and how much of each (P)."""
    fluid = fluid[(fluid > 0).any(axis=1)]
    if not len(fluid):
        return np.zeros((0, 2)), np.zeros(0)
    angle = np.arctan2(fluid[:, 1], fluid[:, 0])
    order = np.argsort(angle, kind="stable")
    much: Any = fluid.sum(axis=1)[order].cumsum()
    quantiles: list[Any] = [*np.interp(np.linspace(0, float(much[-1]), _RAYS)[1:-1], much, angle[order])]
    first, last = float(angle.min()), float(angle.max())
    inner = {round(float(one), 6) for one in quantiles}
    at: Floats = np.array(sorted({first, last} | {one for one in inner if first + 1e-6 < one < last - 1e-6}))
    rays = np.column_stack([np.cos(at), np.sin(at)])
    if len(rays) == 1:
        return rays, np.array([float(np.hypot(*fluid.T).sum())])
    low = np.clip(np.searchsorted(at, angle, side="right") - 1, 0, len(at) - 2)
    one, other = rays[low], rays[low + 1]
    area = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    amount = np.zeros(len(rays))
    np.add.at(amount, low, np.maximum(fluid[:, 0] * other[:, 1] - fluid[:, 1] * other[:, 0], 0) / area)
    np.add.at(amount, low + 1, np.maximum(one[:, 0] * fluid[:, 1] - one[:, 1] * fluid[:, 0], 0) / area)
    return rays, amount
