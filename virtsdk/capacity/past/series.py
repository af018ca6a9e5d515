"""Quantiles, intervals and gaps of many series that lie one behind the other."""

from __future__ import annotations

from collections.abc import Iterator
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
    values, starts = _kept(values, known), _shortened(known, starts)
    sizes = np.diff(starts)
    found = np.full(len(sizes), np.nan)
    for size, part in _alike(sizes):
        place = q * (size - 1)
        low, high = int(np.floor(place)), int(np.ceil(place))
        rows = values[starts[part][:, None] + np.arange(size)]
        rows.partition([low, high], axis=1)
        found[part] = rows[:, low] + (rows[:, high] - rows[:, low]) * (place - low)
    return found


def weighted(values: Floats, weights: Floats, starts: Ints, q: float) -> Floats:
    """Return the least known value of each series that the share `q` of its weight is at or below.

    Parameters
    ----------
    values, weights
        All of them; NaN, and what has no weight, does not count.
    starts
        Where each series begins, and the end of the last one.
    q
        From 0 to 1.
    """
    known = ~np.isnan(values) & (weights > 0)
    values, weights, starts = _kept(values, known), _kept(weights, known), _shortened(known, starts)
    sizes = np.diff(starts)
    found = np.full(len(sizes), np.nan)
    for size, part in _alike(sizes):
        place = starts[part][:, None] + np.arange(size)
        order = np.argsort(values[place], axis=1)
        summed = np.cumsum(np.take_along_axis(weights[place], order, axis=1), axis=1)
        enough = summed >= q * (1 - 1e-12) * summed[:, -1:]
        which = np.take_along_axis(order, enough.argmax(axis=1)[:, None], axis=1)
        found[part] = np.take_along_axis(values[place], which, axis=1)[:, 0]
    return found


def _kept(values: Floats, known: Bools) -> Floats:
    return values if known.all() else values[known]


def _shortened(known: Bools, starts: Ints) -> Ints:
    """Where series begin once what is not known is left out."""
    if known.all():
        return starts
    return np.concatenate([[0], np.cumsum(np.add.reduceat(known, starts[:-1], dtype=np.int64))])


def _alike(sizes: Ints) -> Iterator[tuple[int, Ints]]:
    """Series of one length together, as many as are to be in memory at a time."""
    for size in np.unique(sizes[sizes > 0]):
        which = np.flatnonzero(sizes == size)
        for part in np.array_split(which, max(1, len(which) * size // 2**21)):
            yield int(size), part


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
