"""Find the best placement that the ways to place lead to, and say how good it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from virtsdk.capacity.room.arrays import Arrays, Ints
from virtsdk.capacity.room.fit import Order, fit
from virtsdk.capacity.room.placing import exact as exactly
from virtsdk.capacity.room.placing import greedy, patterns, solver
from virtsdk.capacity.room.placing.anchored import anchored
from virtsdk.capacity.room.placing.bounds import Bound, bound
from virtsdk.capacity.room.placing.keep import keep_most
from virtsdk.capacity.room.placing.problem import Parts, Problem

_DOT_MOST: Final = 8000
"""Sizes above which the dot-product rule, which is quadratic in them, is not tried."""

_BEST_MOST: Final = 2000
"""Sizes above which fillings are not compared, which takes ten times as long."""
_NEAR: Final = 1.01
"""Times the bound up to which a placement is good enough."""


@dataclass(frozen=True, eq=False)
class Choice:
    """A placement.

    Attributes
    ----------
    at
        The host of each guest, in the rows of the fleet, -1 for none.
    hosts_used
        Hosts that hold a guest.
    bound
        So many are needed at least.
    method
        What found it.
    proven
        It cannot be done with fewer.
    fits
        All guests have a host; None where that is open.
    """

    at: Ints
    hosts_used: int
    bound: Bound
    method: str
    proven: bool
    fits: bool | None


def fewest(fleet: Arrays, *, exact: bool = False) -> Choice:
    """Place all guests anew, on few hosts."""
    problem = Problem.of(fleet)
    least = bound(problem)
    parts, method = _best(problem, _few(problem))
    sure = not problem.base.host_open.any()
    proof = least
    start = least.hosts or 0
    complete = not problem.missing(parts)
    if complete and problem.used(parts) > start and solver.is_there():
        if patterns.suits(problem):
            better, proof = patterns.generate(problem, parts, start)
            method = "column generation" if problem.used(better) < problem.used(parts) else method
            parts = better
        else:
            proof = max(least, anchored(problem), key=lambda one: one.hosts or 0)
    far = problem.used(parts) > max((proof.hosts or 0) + 1, _NEAR * (proof.hosts or 0))
    if complete and far and len(problem.count) <= _BEST_MOST:
        better = greedy.best_filled(problem)
        if not problem.missing(better) and problem.used(better) < problem.used(parts):
            parts, method = better, "best filled"
    if exact and (not complete or problem.used(parts) > (proof.hosts or 0)) and least.hosts is not None:
        better, proof = exactly.solve(problem, parts, proof.hosts or 0)
        method = "exact" if better is not parts else method
        parts = better
    if sure and (proof.hosts is None or proof.hosts > start):
        least = proof
    parts = keep_most(problem, parts)
    return _choice(problem, problem.assigned(parts), least, method)


def even(fleet: Arrays) -> Choice:
    """Place all guests anew, evenly over all hosts that take guests."""
    problem = Problem.of(fleet)
    room = problem.room
    found: list[tuple[Ints, str]] = []
    for order in ("largest", "sum"):
        at = fit(problem.base, problem.units, room=room, hosts=problem.base.usable, order=order, spread=True)
        found.append((at, "spread"))
    stay = problem.parts_of(problem.now)
    if not problem.breaks(stay):
        found.append((problem.now, "as it is"))
    found += [(problem.assigned(parts), name) for parts, name in _few(problem)[:2]]
    at, method = min(
        found, key=lambda one: (int((one[0] < 0).sum()), round(largest_share(problem, one[0]), 9))
    )
    return _choice(problem, problem.assigned(problem.parts_of(at)), bound(problem), method)


def largest_share(problem: Problem, at: Ints) -> float:
    """The largest share of a resource that is committed on any host."""
    done = problem.base.placed(problem.units.guests, problem.units.spread(at))
    return float(shares(done).max(initial=0))


def shares(fleet: Arrays) -> np.typing.NDArray[np.float64]:
    """The largest committed share of each host (H); infinite where something has no capacity at all."""
    load = fleet.load.astype(np.float64)
    capacity = fleet.capacity.astype(np.float64)
    share = np.divide(load, capacity, out=np.where(load > 0, np.inf, 0.0), where=capacity > 0)
    return share.max(axis=1, initial=0)


def _few(problem: Problem) -> list[tuple[Parts, str]]:
    """What the rules in one pass lead to; first-fit-decreasing first."""
    orders: list[Order] = ["largest", "sum", *range(problem.needs.shape[1])]
    found = [(greedy.first_fit(problem, order), "first-fit-decreasing") for order in orders]
    if len(problem.count) <= _DOT_MOST:
        found.append((greedy.dot_product(problem), "dot-product"))
        found.append((greedy.dot_product(problem, rule="nearest"), "nearest"))
    return found


def _best(problem: Problem, found: list[tuple[Parts, str]]) -> tuple[Parts, str]:
    stay = problem.parts_of(problem.now)
    if not problem.breaks(stay):
        found = [*found, (stay, "as it is")]
    parts, method = min(found, key=lambda one: (problem.missing(one[0]), problem.used(one[0])))
    if problem.missing(parts):
        for order in ("largest", "sum"):
            at = fit(problem.base, problem.units, room=problem.room, hosts=problem.base.usable, order=order)
            other = problem.parts_of(at)
            if problem.missing(other) < problem.missing(parts):
                parts, method = other, "best fit"
    return parts, method


def _choice(problem: Problem, at: Ints, least: Bound, method: str) -> Choice:
    done = problem.base.placed(problem.units.guests, problem.units.spread(at))
    used = len(np.unique(done.at[done.at >= 0]))
    complete = bool((done.at >= 0).all())
    fits = True if complete else False if least.hosts is None else None
    if complete and least.hosts is None:  # what has to stay is no question of room
        least = replace(least, hosts=used)
    return Choice(
        at=problem.in_rows(at), hosts_used=used, bound=least, method=method,
        proven=complete and least.hosts is not None and used <= least.hosts, fits=fits,
    )  # fmt: skip
