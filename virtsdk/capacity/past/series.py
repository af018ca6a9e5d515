"""Quantiles, intervals and gaps of many series that lie one behind the other."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Texts: TypeAlias = NDArray[np.object_]

GAP: Final = 1.5
"""A step above so many intervals is a gap."""
_ALIKE: Final = 1.1
_STEADY: Final = 6
_SHARE: Final = 0.05


def quantile(values: Floats, starts: Ints, q: float) -> Floats:
    """Return the quantile of the known values of each series; NaN where there is none.

    Parameters
    ----------
    values
        All of them; NaN does not count.
    starts
        Where each series begins, and the end of the last one.
    q
        From 0 to 1.
    """
    known = ~np.isnan(values)
    if not known.all():
        counts = np.add.reduceat(known, starts[:-1], dtype=np.int64)
        values, starts = values[known], np.concatenate([[0], np.cumsum(counts)])
    sizes = np.diff(starts)
    found = np.full(len(sizes), np.nan)
    for size in np.unique(sizes[sizes > 0]):  # series of one length together
        which = np.flatnonzero(sizes == size)
        place = q * (size - 1)
        low, high = int(np.floor(place)), int(np.ceil(place))
        for part in np.array_split(which, max(1, len(which) * size // 2**21)):  # memory for few at a time
            rows = values[starts[part][:, None] + np.arange(size)]
            rows.partition([low, high], axis=1)
            found[part] = rows[:, low] + (rows[:, high] - rows[:, low]) * (place - low)
    return found


def weighted(values: Floats, weights: Floats, group: Ints, groups: int, q: float) -> Floats:
    """Return the least value of each group that the share `q` of its weight is at or below; NaN for none."""
    known = ~np.isnan(values) & (weights > 0)
    values, weights, group = values[known], weights[known], group[known]
    order = np.lexsort((values, group))
    values, weights, group = values[order], weights[order], group[order]
    size = np.bincount(group, minlength=groups)
    ends = np.cumsum(size)
    summed = np.cumsum(weights)
    before = np.concatenate([[0.0], summed])[ends - size]
    total = np.concatenate([[0.0], summed])[ends] - before
    place = np.searchsorted(summed, before + q * total * (1 - 1e-12))
    place = np.clip(place, ends - size, np.maximum(ends - 1, 0))
    found = np.full(groups, np.nan)
    found[size > 0] = values[place[size > 0]]
    return found


def intervals(seconds: Floats, starts: Ints, group: Ints) -> tuple[Floats, Floats, Bools, Ints]:
    """Find how samples follow one another.

    Parameters
    ----------
    seconds
        The time of each sample in seconds, ascending within a series.
    starts, group
        Where the series begin; the series of each sample.

    Returns
    -------
    interval, length, mixed, gaps
        The median step of each series (NaN for a single sample); what each sample stands for; whether the
        interval changes in between, that is for more than single gaps; and how many steps are gaps.
    """
    steps = np.full(len(seconds), np.nan)  # from each sample to the next one
    steps[:-1] = np.diff(seconds)
    steps[starts[1:] - 1] = np.nan
    interval = quantile(steps, starts, 0.5)
    of = interval[group]
    back = np.concatenate([[np.nan], steps[:-1]])
    odd = (steps > GAP * of) | (steps < of / GAP)
    ratio = steps / back
    steady = odd & np.concatenate([[False], odd[:-1]]) & (ratio < _ALIKE) & (ratio > 1 / _ALIKE)
    several = np.bincount(group, steady, minlength=len(interval))
    spent = np.bincount(group, np.where(steady, steps, 0.0), minlength=len(interval))
    whole = seconds[starts[1:] - 1] - seconds[starts[:-1]]
    mixed = (several >= _STEADY) & (spent > _SHARE * whole)
    length = np.where(mixed[group], np.fmin(steps, back), of)
    ahead = np.concatenate([length[1:], [np.nan]])
    gaps = np.bincount(group, steps > GAP * np.fmax(length, ahead), minlength=len(interval))
    return interval, length, mixed, gaps.astype(np.int64)
