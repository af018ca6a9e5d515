"""Placements of few sizes on few kinds of hosts by column generation, and the bound that comes with them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import reduce
from math import ceil, gcd
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from virtsdk.capacity.room.arrays import Ints
from virtsdk.capacity.room.placing import greedy, knapsack
from virtsdk.capacity.room.placing.bounds import Bound
from virtsdk.capacity.room.placing.problem import Parts, Problem
from virtsdk.capacity.room.placing.solver import optimize

MOST_CLASSES: Final = 60
MOST_TYPES: Final = 12
_ROUNDS: Final = 300
_NODES: Final = 500
_FEW_ALIKE: Final = 3
"""Units of a class on a host up to which branch and bound is quicker than an integer program."""
_KEPT: Final = 6
_STEPS: Final = 400_000
"""Steps of all searches for patterns, some 10 seconds."""
_FINE: Final = 20_000
_SLACK: Final = 1e-6
"""What a figure of the solver may be off by, relative to what it is."""
Floats = NDArray[np.float64]


def suits(problem: Problem) -> bool:
    """Tell whether there are few enough sizes and kinds of hosts."""
    return 0 < len(problem.count) <= MOST_CLASSES and len(np.unique(problem.host_type)) <= MOST_TYPES


def generate(problem: Problem, start: Parts, enough: int) -> tuple[Parts, Bound]:
    """Improve a complete placement, and bound how far that can go.

    A pattern is what one host may hold. The LP that covers all sizes with the fewest hosts is solved over a
    few patterns; its prices lead to the pattern that would help most, until there is none. Rounded down,
    with the rest placed greedily, and once more as an integer program over the patterns found, it gives
    placements; the prices give the bound at any moment.

    Parameters
    ----------
    problem
        What is placed where; see `suits`.
    start
        A placement of all units.
    enough
        A bound that is known: a placement with so few hosts ends the search.

    Returns
    -------
    tuple
        The best placement, `start` where there is none with fewer hosts; and the bound, "config-LP".

    Raises
    ------
    MissingDependency
        scipy is not installed.

    Notes
    -----
    Gilmore and Gomory, "A linear programming approach to the cutting-stock problem" (Operations Research 9,
    1961). The bound is the Lagrangian one, of prices scaled so that no pattern is worth more than its host
    (Farley, Operations Research 38, 1990); what the solver may be off by is taken from it.
    """
    search = _Search(problem)
    search.take_in(start)
    best, least = start, enough
    shares = np.zeros(0)
    for _ in range(_ROUNDS):
        shares, prices = search.relaxed()
        columns, bound = search.priced(prices)
        least = max(least, bound)
        if least >= problem.used(best) or not columns or search.steps > _STEPS:
            break
        search.patterns += columns
    if least < problem.used(best):
        shares, _ = search.relaxed()
        for parts in (search.rounded(shares), search.programmed()):
            if parts and not problem.missing(parts) and problem.used(parts) < problem.used(best):
                best = parts
    return best, Bound(least, "config-LP")


@dataclass(frozen=True)
class _Pattern:
    """What a host of one type may hold: units of each class."""

    kind: int
    much: tuple[int, ...]


@dataclass(eq=False)
class _Search:
    problem: Problem
    patterns: list[_Pattern] = field(default_factory=list[_Pattern])

    def __post_init__(self) -> None:
        problem = self.problem
        _, first, number, count = np.unique(
            problem.host_type, return_index=True, return_inverse=True, return_counts=True
        )
        useful = (problem.room[first] > 0).any(axis=1) & problem.base.usable[first]
        self.first = first[useful]
        self.hosts = [np.flatnonzero(number.ravel() == one) for one in np.flatnonzero(useful)]
        self.count = count[useful]
        self.cost = (~problem.held[self.first]).astype(np.float64)
        self.optimize = optimize("column generation")
        self.steps = 0

    def take_in(self, parts: Parts) -> None:
        """Take the patterns of a placement."""
        kinds = {int(host): kind for kind, hosts in enumerate(self.hosts) for host in hosts}
        on: dict[int, list[int]] = {}
        for number, host, much in parts:
            on.setdefault(host, [0] * len(self.problem.count))[number] += much
        found = {_Pattern(kinds[host], tuple(much)) for host, much in on.items()}
        self.patterns += sorted(found, key=lambda one: (one.kind, one.much))

    def _matrices(self) -> tuple[Floats, Floats, Floats]:
        cover = np.array([one.much for one in self.patterns], dtype=np.float64).T
        kind = np.array([one.kind for one in self.patterns])
        limit = (kind[None, :] == np.arange(len(self.count))[:, None]).astype(np.float64)
        return cover, limit, self.cost[kind]

    def relaxed(self) -> tuple[Floats, Floats]:
        """Solve the LP over the patterns: how much of each, and the price of each class."""
        cover, limit, cost = self._matrices()
        solved = self.optimize.linprog(
            cost, A_ub=np.vstack([-cover, limit]),
            b_ub=np.concatenate([-self.problem.count, self.count]), method="highs",
        )  # fmt: skip
        if solved.status != 0:
            return np.zeros(len(cost)), np.zeros(len(self.problem.count))
        prices = -solved.ineqlin.marginals[: len(self.problem.count)]
        return solved.x, np.maximum(prices, 0)

    def priced(self, prices: Floats) -> tuple[list[_Pattern], int]:
        """The patterns that help most at these prices, and the bound that the prices give."""
        known = set(self.patterns)
        fresh: list[_Pattern] = []
        most = np.zeros(len(self.count))
        for kind in range(len(self.count)):
            patterns, most[kind] = self._best(kind, prices)
            fresh += [one for one in patterns if one not in known]
        worth = float(prices @ self.problem.count)
        bound = 0.0
        dear = most[self.cost > 0]
        for scale in (1.0, 1 / max(1.0, float(dear.max(initial=0)))):
            gains = np.maximum(scale * most - self.cost, 0)
            bound = max(bound, scale * worth - float((gains * self.count).sum()))
        held = int(self.problem.held.sum())
        return fresh, held + max(0, ceil(bound - _SLACK * (1 + worth)))

    def _best(self, kind: int, prices: Floats) -> tuple[list[_Pattern], float]:
        """Patterns of a host type that are worth much, and the most that one may be worth."""
        problem, host = self.problem, int(self.first[kind])
        room = problem.room[host]
        count = np.where(problem.allowed[problem.kind, host], problem.count, 0)
        for resource in range(problem.needs.shape[1]):
            need = problem.needs[:, resource]
            count = np.where(need > 0, np.minimum(count, room[resource] // np.maximum(need, 1)), count)
        if count.max(initial=0) <= _FEW_ALIKE:
            contents = knapsack.fill(
                problem.needs, room, count, prices, problem.apart, self.optimize, float(self.cost[kind])
            )
            self.steps += contents.steps
            patterns = [_Pattern(kind, tuple(int(n) for n in one)) for one in contents.found[-_KEPT:]]
            return patterns, contents.most
        return self._by_program(kind, room, count, prices)

    def _by_program(self, kind: int, room: Ints, count: Ints, prices: Floats) -> tuple[list[_Pattern], float]:
        rows, tops = scaled_rows(self.problem.needs, room)
        for group in range(self.problem.base.groups):
            rows.append((self.problem.apart == group).any(axis=1).astype(np.float64))
            tops.append(1.0)
        solved = self.optimize.milp(
            -prices,
            constraints=self.optimize.LinearConstraint(np.array(rows), ub=np.array(tops)),
            bounds=self.optimize.Bounds(0, count),
            integrality=np.ones(len(prices)),
            options={"mip_rel_gap": 0},
        )
        if solved.x is None:
            return [], float(prices @ count)
        much = whole(solved.x)
        while ((much @ self.problem.needs) > room).any():  # needs were rounded down
            much[np.flatnonzero(much)[-1]] -= 1
        return [_Pattern(kind, tuple(int(one) for one in much))], max(-float(solved.mip_dual_bound), 0.0)

    def rounded(self, shares: Floats) -> Parts:
        """Use each pattern as often as the LP does, rounded down, and place the rest greedily."""
        times = np.floor(shares + 1e-9).astype(np.int64)
        parts, left, used = self._laid_out(times)
        rest = _without(self.problem, used)
        tries = [greedy.first_fit(rest, order, left) for order in ("largest", "sum")]
        tries.append(greedy.dot_product(rest, left))
        last = min(
            tries, key=lambda one: (left.sum() - sum(much for *_, much in one), self.problem.used(one))
        )
        return parts + last

    def programmed(self) -> Parts:
        """Solve the integer program over the patterns that were found."""
        cover, limit, cost = self._matrices()
        optimize = self.optimize
        solved = optimize.milp(
            cost,
            constraints=[
                optimize.LinearConstraint(cover, lb=self.problem.count),
                optimize.LinearConstraint(limit, ub=self.count),
            ],
            bounds=optimize.Bounds(0, np.inf),
            integrality=np.ones(len(cost)),
            options={"node_limit": _NODES},
        )
        if solved.x is None:
            return []
        return self._laid_out(whole(solved.x))[0]

    def _laid_out(self, times: Ints) -> tuple[Parts, Ints, list[int]]:
        """Put patterns on hosts; give the parts, what is left over, and the hosts used."""
        left = self.problem.count.copy()
        nth = [0] * len(self.count)
        parts: Parts = []
        used: list[int] = []
        for pattern, much in zip(self.patterns, times, strict=True):
            for _ in range(int(much)):
                if nth[pattern.kind] >= self.count[pattern.kind]:
                    break
                taken = np.minimum(pattern.much, left)
                if not taken.any():
                    break
                host = int(self.hosts[pattern.kind][nth[pattern.kind]])
                nth[pattern.kind] += 1
                used.append(host)
                left -= taken
                parts += [(int(one), host, int(taken[one])) for one in np.flatnonzero(taken)]
        return parts, left, used


def whole(values: Any) -> Ints:
    """Round what a solver gives for whole numbers."""
    return np.round(np.asarray(values, np.float64)).astype(np.int64)


def scaled_rows(needs: Ints, room: Ints) -> tuple[list[Any], list[float]]:
    """Rows of a program for one host's room, as whole numbers of at most `_FINE`.

    Where figures have no common unit that is large enough, needs are rounded down, so that nothing is lost
    that fits; what comes out has to be checked.
    """
    rows: list[Any] = []
    tops: list[float] = []
    for resource in range(needs.shape[1]):
        need, top = needs[:, resource], int(room[resource])
        unit = max(1, reduce(gcd, (int(one) for one in need), 0), -(-top // _FINE))
        rows.append((need // unit).astype(np.float64))
        tops.append(float(top // unit))
    return rows, tops


def _without(problem: Problem, hosts: list[int]) -> Problem:
    """The problem with hosts that are full: they take nothing."""
    takes = problem.base.takes.copy()
    takes[hosts] = False
    return replace(problem, base=replace(problem.base, takes=takes))
