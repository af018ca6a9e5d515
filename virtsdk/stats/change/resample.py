"""Rates over other intervals: weighted by time, so that no total is lost."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from virtsdk.stats.change.bins import bins as bins_of
from virtsdk.stats.change.series import series_in_order
from virtsdk.stats.columns.metric import KEYS

SEEN = "agent_seen"
LATE = 1.5
"""An interval of up to so many bins is divided: samples one bin apart come late now and then."""


def resample(frame: pd.DataFrame, every: pd.Timedelta, name: str, zone: tzinfo | None = None) -> pd.DataFrame:
    """Spread the intervals of a rates frame over bins of one length.

    An interval that reaches over the edge of a bin is divided in proportion; one that is longer than 1.5 bins
    is a row of its own (a shorter one is of a sample that came late: else a bin would be without a row).
    Intervals with a reset or gap bring nothing.

    Parameters
    ----------
    frame
        Rows with the keys, ``time`` (the end of the interval), ``seconds`` and ``..._per_second`` columns.
    every
        The length of a bin; bins begin at its multiples since 1970, weeks on Mondays.
    name
        The name of the frame, which says what tells series apart.
    zone
        By whose clocks bins begin (see `bins`); None for UTC.

    Returns
    -------
    pandas.DataFrame
        One row per series and bin that some interval covers, with the same columns: ``time`` is the start of
        the bin, ``seconds`` how much of it is covered, rates are averaged over what is covered (where a rate
        is missing in a part of it, over the rest), ``agent_seen`` is true where it is in any of them, all
        others are those of the last interval in the bin.
    """
    columns = list(frame.columns)
    series = series_in_order(frame[~frame["interrupted"].isin(["reset", "gap"])], KEYS[name])
    frame = series.frame
    if not len(frame):
        return frame
    width = round(every / pd.Timedelta("1us"))
    seconds: NDArray[np.float64] = frame["seconds"].to_numpy(dtype=np.float64)
    ends = series.times
    begins = ends - np.round(seconds * 1e6).astype(np.int64)
    divided = bins_of(width, int(begins.min()), int(ends.max()), zone)
    last_bin = divided.numbers(ends - 1)
    first = np.where(ends - begins > LATE * width, last_bin, divided.numbers(begins))
    spans = last_bin - first + 1
    rows = np.repeat(np.arange(len(frame)), spans)
    bins = first[rows] + np.arange(len(rows)) - np.repeat(np.cumsum(spans) - spans, spans)
    within = np.minimum(ends[rows], divided.ends(bins)) - np.maximum(begins[rows], divided.starts(bins))
    seconds = np.where(spans[rows] == 1, ends[rows] - begins[rows], within) / 1e6

    number = np.cumsum(series.first)[rows]
    edges = np.ones(len(rows), dtype=bool)
    edges[1:] = (number[1:] != number[:-1]) | (bins[1:] != bins[:-1])
    starts = np.flatnonzero(edges)
    last = rows[np.append(starts[1:], len(rows)) - 1]
    new: dict[str, Any] = {column: frame[column].iloc[last].array for column in columns}
    for column in columns:
        if column.endswith("_per_second"):
            values = frame[column].to_numpy(dtype=np.float64, na_value=np.nan)[rows]
            known = ~np.isnan(values)
            total = np.add.reduceat(np.where(known, values * seconds, 0.0), starts)
            covered = np.add.reduceat(np.where(known, seconds, 0.0), starts)
            mean = np.divide(total, covered, out=np.zeros(len(starts)), where=covered > 0)
            new[column] = pd.arrays.FloatingArray(mean, covered <= 0)
    if SEEN in columns:
        new[SEEN] = _ever(frame[SEEN].array.take(rows), starts)
    new["seconds"] = np.add.reduceat(seconds, starts)
    new["interrupted"] = _only_off(frame["interrupted"].iloc[rows], starts)
    new["time"] = pd.DatetimeIndex(divided.starts(bins[starts]).view("datetime64[us]"), tz="UTC")
    return pd.DataFrame(new, copy=False)


def _ever(seen: Any, starts: NDArray[np.int64]) -> Any:
    """Return whether a flag is set at all in each bin; missing where it is not known anywhere in it."""
    known = ~np.asarray(seen.isna(), dtype=bool)
    ever = np.logical_or.reduceat(np.asarray(seen.fillna(False), dtype=bool), starts)
    return pd.arrays.BooleanArray(ever, ~np.logical_or.reduceat(known, starts))


def _only_off(said: pd.Series[str], starts: NDArray[np.int64]) -> Any:
    """Return ``"off"`` for the bins in which nothing else was."""
    on = np.add.reduceat((said != "off").fillna(True).to_numpy(dtype=np.int64), starts)
    return pd.array(["off"], dtype="str").take(np.where(on == 0, 0, -1), allow_fill=True)
