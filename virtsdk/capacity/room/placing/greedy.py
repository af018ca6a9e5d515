"""Placements on few hosts in one pass: first-fit-decreasing, and the dot-product rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from virtsdk.capacity.room.arrays import Ints
from virtsdk.capacity.room.fit import Order, sizes, slots_for
from virtsdk.capacity.room.placing.problem import Parts, Problem

Rule = Literal["dot", "nearest"]


def first_fit(problem: Problem, order: Order = "largest", count: Ints | None = None) -> Parts:
    """Place by decreasing size, each unit on the first host that it fits on (first-fit-decreasing).

    Parameters
    ----------
    problem
        What is placed where; hosts are filled in the order of `Problem.preferred`.
    order
        How sizes are sorted; see `virtsdk.capacity.room.fit.Order`.
    count
        How many of each class; all where left out.
    """
    count = problem.count if count is None else count
    hosts = problem.preferred
    free = np.asfortranarray(problem.room[hosts])
    allowed = problem.allowed[:, hosts]
    crowd = np.zeros((len(hosts), problem.base.groups), bool)
    parts: Parts = []
    begun = 0  # hosts before this one have something, or were passed over
    falling = np.argsort(-sizes(problem.needs, problem.base.scale, order), kind="stable")
    for number in falling:
        left = int(count[number])
        need, groups = problem.needs[number], problem.groups_of(int(number))
        may = allowed[problem.kind[number]]
        for start, stop in ((0, begun), (begun, len(hosts))):
            if not left or start == stop:
                continue
            if left == 1 and not len(groups):
                row = _first(free[start:stop], need, may[start:stop])
                if row >= 0:
                    free[start + row] -= need
                    parts.append((int(number), int(hosts[start + row]), 1))
                    left, begun = 0, max(begun, start + row + 1)
                continue
            most = 1 if len(groups) else left
            slots = slots_for(free[start:stop], need, most) * may[start:stop]
            if len(groups):
                slots = slots * ~crowd[start:stop, groups].any(axis=1)
            take = np.clip(left - (np.cumsum(slots) - slots), 0, slots)
            rows = np.flatnonzero(take)
            if not len(rows):
                continue
            free[start + rows] -= take[rows][:, None] * need
            crowd[np.ix_(start + rows, groups)] = True
            parts += [(int(number), int(hosts[start + row]), int(take[row])) for row in rows]
            left -= int(take.sum())
            begun = max(begun, start + int(rows[-1]) + 1)
    return parts


def _first(free: Ints, need: Ints, may: Any) -> int:
    """The first host that has room; -1 where none has."""
    fits = may.copy()
    for resource in np.flatnonzero(need):
        fits &= free[:, resource] >= need[resource]
    row = int(fits.argmax())
    return row if fits[row] else -1


def dot_product(problem: Problem, count: Ints | None = None, rule: Rule = "dot") -> Parts:
    """Fill one host after the other with the unit that suits what is left of it best.

    Parameters
    ----------
    problem
        What is placed where; hosts are filled in the order of `Problem.preferred`.
    count
        How many of each class; all where left out.
    rule
        Of the units that still fit, "dot" takes the one whose needs times the room left, resource by
        resource, come to most: large where the host has much left of what the unit needs much of.
        "nearest" takes the one that leaves least, as the sum of squares of what is left of each resource.

    Notes
    -----
    Panigrahy, Talwar, Uyeda, Wieder, "Heuristics for Vector Bin Packing" (Microsoft Research, 2011): the
    rules "DotProduct" and "L2", with resources weighed by what is asked for of them.
    """
    left = (problem.count if count is None else count).copy()
    filler = _Filler(problem, _weight(problem, left), rule)
    return _filled(problem, left, filler.fill)


def best_filled(problem: Problem) -> Parts:
    """Fill one host after the other with the best of several fillings, by the rule "dot".

    They differ in how the resources are weighed, and every other one begins with the largest unit that is
    left. The best has the largest units and uses most, by the sum of sizes to the power of 1.2. It takes
    some ten times as long as `dot_product`.

    Parameters
    ----------
    problem
        What is placed where.
    """
    weight = _weight(problem, problem.count)
    known = np.flatnonzero(weight)
    fillers: list[_Filler] = []
    for change in (0.0, 0.3, -0.3, 0.7):
        for resource in known if change else known[:1]:
            other = weight.copy()
            other[resource] *= np.exp(change)
            fillers += [_Filler(problem, other, "dot", largest_first=first) for first in (False, True)]
    worth = (fillers[0].share @ weight) ** 1.2 if fillers else np.zeros(len(problem.count))

    def fill(host: int, left: Ints) -> list[tuple[int, int]]:
        found = [one.fill(host, left) for one in fillers]
        return max(found, key=lambda one: round(sum(float(worth[number]) * much for number, much in one), 9))

    return _filled(problem, problem.count.copy(), fill) if fillers else first_fit(problem)


def _weight(problem: Problem, count: Ints) -> Any:
    """Weights of the resources, by how much of each is asked for."""
    asked = (problem.needs * count[:, None]).sum(axis=0) * problem.base.scale
    return asked / max(float(asked.sum()), 1e-300)


def _filled(problem: Problem, left: Ints, fill: Callable[[int, Ints], list[tuple[int, int]]]) -> Parts:
    """Fill hosts in their order until nothing is left; a filling is used again where it can be."""
    pattern: list[tuple[int, int]] = []
    of_type = -1
    parts: Parts = []
    for host in problem.preferred:
        if not left.any():
            break
        if problem.host_type[host] != of_type or any(left[number] < much for number, much in pattern):
            pattern = fill(int(host), left)
            of_type = int(problem.host_type[host])
        for number, much in pattern:
            left[number] -= much
            parts.append((number, int(host), much))
    return parts


class _Filler:
    """Chooses what goes on one host."""

    def __init__(self, problem: Problem, weight: Any, rule: Rule, *, largest_first: bool = False) -> None:
        self.problem, self.rule, self.largest_first = problem, rule, largest_first
        self.weight = weight if rule == "dot" else np.sqrt(weight)
        self.share = problem.needs * problem.base.scale
        self.size = self.share.max(axis=1, initial=0)
        self.resources = range(problem.needs.shape[1])

    def fill(self, host: int, left: Ints) -> list[tuple[int, int]]:
        """The classes that go on a host, and how many of each."""
        problem = self.problem
        free = problem.room[host].copy()
        numbers = np.flatnonzero((left > 0) & problem.allowed[problem.kind, host])
        needs = [problem.needs[numbers, one] for one in self.resources]
        shares = [self.share[numbers, one] for one in self.resources]
        remains = left[numbers]
        taken: dict[int, int] = {}
        fits = np.logical_and.reduce([needs[one] <= free[one] for one in self.resources])
        while fits.any():
            first = self.largest_first and not taken
            score = self.size[numbers] if first else self._score(shares, free * problem.base.scale)
            best = int(np.where(fits, score, -np.inf).argmax())
            number = int(numbers[best])
            taken[number] = taken.get(number, 0) + 1
            remains[best] -= 1
            fits[best] = remains[best] > 0
            free = free - problem.needs[number]
            for one in self.resources:
                fits &= needs[one] <= free[one]
            groups = problem.groups_of(number)
            if len(groups):
                fits &= ~np.isin(problem.apart[numbers], groups).any(axis=1)
        return sorted(taken.items())

    def _score(self, shares: list[Any], free: Any) -> Any:
        score = np.zeros(len(shares[0]))
        for one in self.resources:
            if self.rule == "dot":
                score += shares[one] * (self.weight[one] * free[one])
            else:
                score -= (self.weight[one] * (free[one] - shares[one])) ** 2
        return score
