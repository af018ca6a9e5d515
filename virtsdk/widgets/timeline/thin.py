"""Thinning: a long series to least and most of each column of pixels, so that a spike stays."""

from __future__ import annotations

import numpy as np

from virtsdk.widgets.timeline.sources.series import Floats, Series

NOTHING = -np.inf
"""Instead of a value: this row is about other panels, and the line goes on across it."""

_FULL = 4  # rows a column of pixels from which on a series is thinned


def picture(series: Series, first: float, last: float, width: int) -> tuple[Floats, Floats, bool]:
    """Give what is drawn of a series between two times.

    Parameters
    ----------
    series
        The line.
    first, last
        From when to when, ms since 1970.
    width
        Columns of pixels.

    Returns
    -------
    tuple
        Times (ms), values (a row a time, a column a panel), and whether it was thinned. NaN ends a line;
        `NOTHING` is no value and no end either.
    """
    part = series.reaching(first, last)
    times, values = part.pieces()
    if len(times) <= _FULL * width:
        return times, values, False
    return *thin(times, values, first, last, width), True


def thin(times: Floats, values: Floats, first: float, last: float, width: int) -> tuple[Floats, Floats]:
    """Reduce rows to the least and the most value of each column of pixels, in the order in which they came.

    Where a value is missing in a column of pixels, what is drawn of it stands alone: no line leads in or out,
    since the hole may be before, between or after its values.

    Parameters
    ----------
    times, values
        Rows in the order of time; NaN where a line ends.
    first, last
        From when to when, ms since 1970.
    width
        Columns of pixels.

    Returns
    -------
    tuple of arrays
        At most four rows a column of pixels: a hole, the earlier and the later of least and most, a hole.
        Their times are within the column, up to its width from where they were.
    """
    if not len(times):
        return times, values
    step = (last - first) / width
    bucket = np.clip(np.floor((times - first) / step), -1, width).astype(np.int64)
    starts = np.flatnonzero(np.r_[True, np.diff(bucket) > 0])
    missing = np.isnan(values)
    holes = np.add.reduceat(missing, starts, axis=0) > 0
    least = np.fmin.reduceat(values, starts, axis=0)
    most = np.fmax.reduceat(values, starts, axis=0)
    earlier = _first_place(values, least, starts) <= _first_place(values, most, starts)
    left = first + bucket[starts] * step
    none = np.isnan(least)
    rows = np.full((len(starts), 4, values.shape[1]), NOTHING)
    rows[:, 1] = np.where(earlier, least, most)
    rows[:, 2] = np.where(earlier, most, least)
    rows[:, 0][holes | none] = np.nan
    rows[:, 3][holes | none] = np.nan
    at = left[:, None] + step * np.array([0.1, 0.3, 0.7, 0.9])
    # a column of pixels with one row keeps its time: beside a spike it is where it was
    alone = np.diff(np.r_[starts, len(times)]) == 1
    at[alone, 1] = at[alone, 2] = times[starts[alone]]
    rows[:, 2][alone] = NOTHING
    at[alone, 0], at[alone, 3] = at[alone, 1] - step / 10, at[alone, 1] + step / 10
    kept = ~np.all(rows == NOTHING, axis=2)
    return at[kept], rows[kept]


def _first_place(values: Floats, wanted: Floats, starts: np.ndarray) -> np.ndarray:
    """Return in which row of its column of pixels each value is found first."""
    counts = np.diff(np.r_[starts, len(values)])
    same = values == np.repeat(wanted, counts, axis=0)
    place = np.where(same, np.arange(len(values))[:, None], len(values))
    return np.minimum.reduceat(place, starts, axis=0)
