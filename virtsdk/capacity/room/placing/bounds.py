"""Lower bounds on the hosts that a placement needs, whatever it looks like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from virtsdk.capacity.room.arrays import Bools, Ints
from virtsdk.capacity.room.fit import slots_for
from virtsdk.capacity.room.placing.problem import Problem

_STEPS: Final = 20


@dataclass(frozen=True)
class Bound:
    """At least so many hosts, and why; ``hosts`` is None where no number of them would do."""

    hosts: int | None
    why: str


def bound(problem: Problem) -> Bound:
    """The best of the bounds that need no solver: sums, dual-feasible functions, anti-affinity groups."""
    homeless = nowhere(problem)
    if homeless != -1:
        name = problem.base.guests[int(problem.units.first[problem.number == homeless][0])]
        return Bound(None, f"{name} fits on no host")
    found = [sums(problem), dual_feasible(problem), groups(problem)]
    if any(one.hosts is None for one in found):
        return next(one for one in found if one.hosts is None)
    best = max(found, key=lambda one: one.hosts or 0)
    there = int((problem.base.takes | problem.held).sum())
    return Bound(None, best.why) if (best.hosts or 0) > there else best


def nowhere(problem: Problem) -> int:
    """The first class that not one host has room for, -1 where each has one."""
    may = _may(problem)
    for number in range(len(problem.needs)):
        slots = slots_for(problem.base.hopes, problem.needs[number], 1) * may[int(problem.kind[number])]
        if not slots.any():
            return number
    return -1


def sums(problem: Problem) -> Bound:
    """Fill the hosts in use, then the largest, until each resource by itself is covered."""
    total = (problem.needs * problem.count[:, None]).sum(axis=0)
    may: Any = _may(problem)
    hopes = problem.base.hopes * may.any(axis=0)[:, None]
    held = int(problem.held.sum())
    best = Bound(held, "guests that stay")
    for resource, name in enumerate(problem.base.resources):
        lacking = int(total[resource] - hopes[problem.held, resource].sum())
        if lacking <= 0:
            continue
        rest = np.sort(hopes[~problem.held, resource])[::-1].cumsum()
        more = int(np.searchsorted(rest, lacking)) + 1
        if more > len(rest):
            return Bound(None, f"{name} is short in sum")
        if held + more > (best.hosts or 0):
            best = Bound(held + more, f"sum of {name}")
    return best


def dual_feasible(problem: Problem) -> Bound:
    """Weigh sizes by functions that leave any host's contents at a weight of 1 or less; take the sum.

    Every host counts as the largest. A size above half a host, for one, weighs 1.

    Notes
    -----
    Martello and Toth's bound L2 for all thresholds, and Fekete and Schepers' functions u(k) for k up to 20
    ("New classes of fast lower bounds for bin packing problems", Mathematical Programming 91, 2001), for each
    resource by itself.
    """
    best = Bound(0, "nothing to place")
    for resource, name in enumerate(problem.base.resources):
        size = int(problem.base.hopes[:, resource].max(initial=0))
        if not size:
            continue
        need = problem.needs[:, resource]
        hosts = max(_thresholds(need, problem.count, size), *_rounded(need, problem.count, size))
        if hosts > (best.hosts or 0):
            best = Bound(hosts, f"sizes in {name}")
    return best


def groups(problem: Problem) -> Bound:
    """The largest anti-affinity group needs a host for each of its members."""
    most = 0
    for group in range(problem.base.groups):
        placed = int(problem.count[(problem.apart == group).any(axis=1)].sum())
        most = max(most, placed + int((problem.base.crowd[:, group] > 0).sum()))
    return Bound(most, "anti-affinity")


def _may(problem: Problem) -> Bools:
    """Where units of a kind may go, hosts with a figure missing among them (K x H)."""
    return problem.allowed | (problem.base.takes & problem.base.host_open)[None, :]


def _thresholds(need: Ints, count: Ints, size: int) -> int:
    """L2: above ``size - k`` all of a host, below ``k`` nothing, between as it is; the best k."""
    order = np.argsort(need, kind="stable")
    rising, much = need[order], count[order]
    number = np.concatenate([[0], np.cumsum(much)])
    amount = np.concatenate([[0], np.cumsum(rising * much)])
    k = np.unique(np.concatenate([[0], rising[2 * rising <= size]]))
    low = np.searchsorted(rising, k, side="left")
    high = np.maximum(np.searchsorted(rising, size - k, side="right"), low)
    large = number[-1] - number[high]
    middle = amount[high] - amount[low]
    return int((large - (-middle // size)).max(initial=0))


def _rounded(need: Ints, count: Ints, size: int) -> list[int]:
    """Bounds by u(k): (k + 1) x / size, rounded down, over k; where it is whole, x / size."""
    found: list[int] = []
    for k in range(1, _STEPS + 1):
        whole, rest = np.divmod((k + 1) * need, size)
        exact = rest == 0
        weight = size * int((whole * count)[~exact].sum()) + k * int((need * count)[exact].sum())
        found.append(-(-weight // (k * size)))
    return found
