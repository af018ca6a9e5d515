"""Placements of few guests by an integer program, solved to the end or to a time limit."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from virtsdk.capacity.room.placing.bounds import Bound
from virtsdk.capacity.room.placing.patterns import scaled_rows, whole
from virtsdk.capacity.room.placing.problem import Parts, Problem
from virtsdk.capacity.room.placing.solver import optimize

MOST_GUESTS: Final = 40
SECONDS: Final = 10.0


def solve(problem: Problem, start: Parts, least: int, seconds: float = SECONDS) -> tuple[Parts, Bound]:
    """Find the placement with the fewest hosts.

    Parameters
    ----------
    problem
        What is placed where.
    start
        The best placement so far; one that leaves units out asks for any that does not.
    least
        A bound that is known.
    seconds
        The time limit.

    Returns
    -------
    tuple
        The best placement, `start` where none is better; and the bound, with None where it is proven that not
        all units fit.

    Raises
    ------
    MissingDependency
        scipy is not installed.
    """
    solver = optimize("exact=True")
    hosts, most = _hosts(problem, start)
    classes, held = len(problem.count), problem.held[hosts]
    if not classes or not len(hosts):
        return start, Bound(least, "exact")
    model = _Model(problem, hosts)
    cost = np.concatenate([np.zeros(classes * len(hosts)), (~held).astype(float)])
    constraints = [
        solver.LinearConstraint(rows, lb=low, ub=high) for rows, low, high in model.constraints(most)
    ]
    solved = solver.milp(
        cost, constraints=constraints, bounds=solver.Bounds(0, model.tops()),
        integrality=np.ones(len(cost)), options={"time_limit": seconds, "mip_rel_gap": 0},
    )  # fmt: skip
    stays = int(problem.held.sum())
    if solved.status == 2:  # proven: none with fewer hosts than `start`, or none at all
        return start, Bound(None, "exact") if problem.missing(start) else Bound(problem.used(start), "exact")
    dual = -np.inf if solved.mip_dual_bound is None else float(solved.mip_dual_bound)
    bound = Bound(max(least, stays + int(np.ceil(dual - 1e-6)) if np.isfinite(dual) else least), "exact")
    if solved.x is None:
        return start, bound
    much = whole(solved.x[: classes * len(hosts)]).reshape(classes, len(hosts))
    parts = [
        (int(one), int(hosts[host]), int(much[one, host]))
        for one, host in zip(*np.nonzero(much), strict=True)
    ]
    if problem.breaks(parts) or problem.missing(parts):  # by the solver's tolerance
        return start, bound
    better = problem.missing(start) or problem.used(parts) < problem.used(start)
    return (parts if better else start), bound


def _hosts(problem: Problem, start: Parts) -> tuple[Any, int | None]:
    """The hosts that matter, and how many may be used to be better than `start` (None: any).

    Of hosts that are alike no more matter than `start` uses in all.
    """
    complete = not problem.missing(start)
    most = problem.used(start) - 1 if complete else None
    cap = len(problem.units.needs) if most is None else max(most, 0)
    chosen: list[int] = []
    seen: dict[int, int] = {}
    for host in problem.preferred:
        kind = int(problem.host_type[host])
        if not problem.base.usable[host] or not (problem.room[host] > 0).any():
            continue
        if problem.held[host] or seen.get(kind, 0) < cap:
            chosen.append(int(host))
            seen[kind] = seen.get(kind, 0) + 1
    return np.array(chosen, dtype=np.int64), most


class _Model:
    """Integer program: units of a class on a host (C x H, flat), then whether a host is used (H)."""

    def __init__(self, problem: Problem, hosts: Any) -> None:
        self.problem, self.hosts = problem, hosts
        self.classes, self.places = len(problem.count), len(hosts)

    def tops(self) -> Any:
        may = self.problem.allowed[self.problem.kind][:, self.hosts]
        return np.concatenate([(may * self.problem.count[:, None]).ravel(), np.ones(self.places)])

    def constraints(self, most: int | None) -> list[tuple[Any, Any, Any]]:
        """Rows with their lower and upper limits."""
        found = [self._all_placed(), *self._room(), *self._apart(), self._alike()]
        if most is not None:
            row = np.concatenate([np.zeros(self.classes * self.places), ~self.problem.held[self.hosts]])
            found.append((row[None, :], -np.inf, most - int(self.problem.held.sum())))
        return [one for one in found if len(one[0])]

    def _blank(self, rows: int) -> tuple[Any, Any]:
        matrix = np.zeros((rows, (self.classes + 1) * self.places))
        return matrix, matrix[:, : self.classes * self.places].reshape(rows, self.classes, self.places)

    def _all_placed(self) -> tuple[Any, Any, Any]:
        matrix, part = self._blank(self.classes)
        part[np.arange(self.classes), np.arange(self.classes), :] = 1
        return matrix, self.problem.count, self.problem.count

    def _room(self) -> list[tuple[Any, Any, Any]]:
        found: list[tuple[Any, Any, Any]] = []
        for row, host in enumerate(self.hosts):
            rows, tops = scaled_rows(self.problem.needs, self.problem.room[host])
            matrix, part = self._blank(len(rows))
            part[:, :, row] = np.array(rows)
            matrix[:, self.classes * self.places + row] = -np.array(tops)
            found.append((matrix, -np.inf, 0))
        return found

    def _apart(self) -> list[tuple[Any, Any, Any]]:
        found: list[tuple[Any, Any, Any]] = []
        for group in range(self.problem.base.groups):
            matrix, part = self._blank(self.places)
            inside = (self.problem.apart == group).any(axis=1)
            for row in range(self.places):
                part[row, inside, row] = 1
            found.append((matrix, -np.inf, 1))
        return found

    def _alike(self) -> tuple[Any, Any, Any]:
        """Of hosts that are alike the first are used first."""
        kinds = self.problem.host_type[self.hosts]
        pairs: list[tuple[int, int]] = []
        last: dict[int, int] = {}
        for row, kind in enumerate(kinds):
            if int(kind) in last:
                pairs.append((last[int(kind)], row))
            last[int(kind)] = row
        matrix, _ = self._blank(len(pairs))
        for row, (one, other) in enumerate(pairs):
            matrix[row, self.classes * self.places + one] = -1
            matrix[row, self.classes * self.places + other] = 1
        return matrix, -np.inf, 0
