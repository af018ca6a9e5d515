"""Put guests' samples side by side, though they are not taken at the same moments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from virtsdk.capacity.room.arrays import Ints
from virtsdk.stats.change.series import distinct

Floats = NDArray[np.float64]
NEAR: Final = 0.75
"""Of a guest's interval: how far from its sample that still stands for it."""
_FEW: Final = 4
"""Samples below which a guest's interval is taken to be its host's: its steps may be holes."""
_CELLS: Final = 2**21
"""Times by guests that are in memory at once."""


@dataclass(frozen=True, eq=False)
class Aligned:
    """Sums of several guests at common times.

    Attributes
    ----------
    sums
        One per time and figure (T x F): NaN where it is not known of a guest that is there.
    absent
        Share of the times before the first or after the last sample of each guest (G), where it counts as 0.
    """

    sums: Floats
    absent: Floats


def intervals(guests: Ints, times: Floats, number: int) -> Floats:
    """Return the median step of each guest's samples, the lower of two, NaN where there is none (G).

    Parameters
    ----------
    guests, times
        One per sample, in the order of guest and time.
    number
        How many guests there are.
    """
    same = guests[1:] == guests[:-1]
    steps, whose = np.diff(times)[same], guests[1:][same]
    order = np.lexsort((steps, whose))
    steps, sizes = steps[order], np.bincount(whose, minlength=number)
    found = np.full(number, np.nan)
    known = sizes > 0
    begin = (np.cumsum(sizes) - sizes)[known]
    found[known] = steps[begin + (sizes[known] - 1) // 2]
    return found


def aligned(guests: Ints, times: Floats, figures: Floats, every: Floats) -> Aligned:
    """Sum figures over guests at common times.

    Of each guest the nearest sample counts, where it is within `NEAR` of the guest's interval, or within one
    interval of its first or last sample. Farther before its first and after its last it is not there, and
    counts as 0; in between it is not known.

    Parameters
    ----------
    guests, times
        One per sample, in the order of guest (0 to G - 1, each with a sample) and time.
    figures
        One row per sample (N x F), NaN for what is not known.
    every
        Each guest's interval (G), NaN where it is not known.
    """
    count, begin = len(every), float(times.min())
    times = times - begin
    span = float(times.max())
    step = float(np.nanmin(every)) if np.isfinite(every).any() else span + 1
    starts = np.searchsorted(guests, np.arange(count + 1))
    own = np.where(np.diff(starts) >= _FEW, every, step)
    grid = _grid(times, step)
    width = span + 2 * step + 1
    keys = guests * width + times
    sums, absent = [np.zeros((0, figures.shape[1]))], np.zeros(count)
    for part in _parts(grid, count):
        row, far = _nearest(keys, part, starts, times, width)
        inside = (part[:, None] > times[starts[:-1]]) & (part[:, None] < times[starts[1:] - 1])
        found = (far <= NEAR * own) | (~inside & (far < own))
        there = found | inside
        absent += (~there).sum(axis=0)
        values = np.where(found[:, :, None], figures[row], np.where(there, np.nan, 0.0)[:, :, None])
        sums.append(values.sum(axis=1))
    return Aligned(np.concatenate(sums), absent / len(grid))


def _grid(times: Floats, step: float) -> Floats:
    """The times that there are, or, where they are closer than half a step, the whole steps before them."""
    moments = distinct(times)
    if len(moments) < 2 or np.diff(moments).min() > step / 2:
        return moments
    return distinct(np.floor(moments / step)) * step


def _parts(grid: Floats, count: int) -> Iterator[Floats]:
    yield from np.array_split(grid, max(1, len(grid) * count // _CELLS))


def _nearest(keys: Floats, grid: Floats, starts: Ints, times: Floats, width: float) -> tuple[Ints, Floats]:
    """The sample of each guest that is nearest to each time, and how far it is (T x G)."""
    wanted = grid[:, None] + np.arange(len(starts) - 1) * width
    after = np.searchsorted(keys, wanted)
    before = np.clip(after - 1, starts[:-1], starts[1:] - 1)
    after = np.clip(after, starts[:-1], starts[1:] - 1)
    early, late = np.abs(grid[:, None] - times[before]), np.abs(times[after] - grid[:, None])
    row = np.where(early <= late, before, after)
    return row.astype(np.int64), np.minimum(early, late)
