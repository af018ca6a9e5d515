"""Hosts drawn from a fleet's own guests, ever fuller: how much of the demand each of them would not serve."""

from __future__ import annotations

from typing import Final

import numpy as np

from virtsdk.capacity.past.series import Floats, Ints
from virtsdk.capacity.past.sharing.demand import Demand
from virtsdk.capacity.past.sharing.normal import loss

MOST_TIMES: Final = 2016
"""Rows of demand that a draw is worked out at: a week of five minutes."""


def steal(demand: Demand, cpus: Floats, ratios: Floats, seed: int) -> tuple[Floats, Floats]:
    """Return the share of the demand that is above capacity, of drawn hosts by ratio.

    Parameters
    ----------
    demand
        Of the fleet.
    cpus
        CPUs of each host that is drawn.
    ratios
        Ascending, vCPUs per CPU. The last guest counts in part, so that each is met exactly.
    seed
        Of the draws.

    Returns
    -------
    float64 arrays, hosts x ratios
        With variation inside the samples, and of the samples' averages alone.

    Notes
    -----
    Each guest of a host is drawn from all of the fleet, so one can be there twice: the fleet stands for the
    kind of guests that there are, not only for these very ones. Within a sample a guest's vCPUs
    are taken to be busy or not by chance, each by itself, so that the variance of v vCPUs that are busy for a
    share u is ``v * u * (1 - u)``; sums over many guests are near normal.
    """
    random = np.random.default_rng(seed)
    rows = np.arange(len(demand.times))
    if len(rows) > MOST_TIMES:  # by chance and not every n-th, which would be the same minute of each hour
        rows = np.sort(random.choice(rows, MOST_TIMES, replace=False))
    used = np.ascontiguousarray(demand.used[rows].T)
    share = np.clip(used / demand.vcpus[:, None], 0.0, 1.0)
    variance = demand.vcpus[:, None] * share * (1 - share)
    found = np.zeros((2, len(cpus), len(ratios)))
    for place, capacity in enumerate(cpus.tolist()):
        limits = ratios * capacity
        order = _order(random, demand.vcpus, float(limits[-1]))
        parts = _parts(demand.vcpus, order, limits)
        # what each ratio adds to the one before; guests are in order, so each range of them is taken once
        mean = _grown(used, parts)
        total = mean.sum(axis=1)
        full = (limits > capacity)[:, None]  # with a CPU for each vCPU nothing is stolen
        for kind, over in (
            (0, loss(mean, _grown(variance, parts), float(capacity))),
            (1, np.maximum(mean - capacity, 0.0)),
        ):
            lost = np.where(full, over, 0.0).sum(axis=1)
            found[kind, place] = np.divide(lost, total, out=np.zeros(len(ratios)), where=total > 0)
    return found[0], found[1]


def _order(random: np.random.Generator, vcpus: Floats, limit: float) -> Ints:
    """Draw guests until they have so many vCPUs."""
    order = random.integers(0, len(vcpus), int(limit / float(vcpus.min())) + 1)
    return order[: int(np.searchsorted(np.cumsum(vcpus[order]), limit)) + 1]


def _parts(vcpus: Floats, order: Ints, limits: Floats) -> list[tuple[Ints, Floats]]:
    """Return which guests each limit adds to those before, each guest once, and how much of each."""
    own = vcpus[order]
    ends = np.cumsum(own)
    parts: list[tuple[Ints, Floats]] = []
    before = 0.0
    for limit in map(float, limits):
        first = int(np.searchsorted(ends, before, side="right"))
        last = int(np.searchsorted(ends, limit, side="left")) + 1
        size, begins = own[first:last], ends[first:last] - own[first:last]
        weights = (np.minimum(limit, begins + size) - np.maximum(before, begins)) / size
        each = order[first:last]
        guests: Ints = np.unique(each)
        much = np.bincount(np.searchsorted(guests, each), np.maximum(weights, 0.0), minlength=len(guests))
        parts.append((guests, much.astype(np.float64)))
        before = limit
    return parts


def _grown(values: Floats, parts: list[tuple[Ints, Floats]]) -> Floats:
    """Return the sums over the guests of each ratio: ratios x times."""
    return np.cumsum(np.stack([weights @ values[guests] for guests, weights in parts]), axis=0)
