"""A grid thinned out to the steps in which a level grows: days, or hours where there are only days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from virtsdk.capacity.past.ahead.grid import DAY, Floats, Grid

HOUR: Final = 3600 * 10**6
_DAYS: Final = 14  # from which days are taken
_HOURS: Final = 48
_MOST: Final = 1000


@dataclass(frozen=True, eq=False)
class Coarse:
    """A level at equal distances, without gaps.

    Attributes
    ----------
    values
        The highest value of each step, as it is what meets a limit; in gaps on a straight line.
    unit
        Steps of the grid that one is.
    block
        Length of a block for the bootstrap: a week of days, a day of hours.
    """

    values: Floats
    unit: int
    block: int


def coarse(grid: Grid) -> Coarse:
    """Thin a grid out: to days from two weeks on, to hours from two days on, and to 1,000 values at most."""
    size = len(grid.values)
    unit, block = 1, 7 if grid.step <= DAY else 4
    for length, least, whole in ((DAY, _DAYS, 7), (HOUR, _HOURS, 24)):
        if grid.step <= length and size * grid.step >= least * length:
            unit, block = max(1, round(length / grid.step)), whole
            break
    if size / unit > _MOST:
        unit, block = -(-size // _MOST), 4
    rows = -(-size // unit)
    padded = np.full(rows * unit, np.nan)
    padded[rows * unit - size :] = grid.values
    padded = padded.reshape(rows, unit)
    there = ~np.isnan(padded)
    full = there.any(axis=1)
    known = np.flatnonzero(full)
    highest: Floats = np.nanmax(padded[full], axis=1)
    values: Floats = np.interp(np.arange(rows), known, highest)
    return Coarse(values, unit, block)
