"""Rates over other intervals: weighted by time, so that no total is lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from virtsdk.stats.change.series import series_of
from virtsdk.stats.columns.metric import KEYS


def resample(frame: pd.DataFrame, every: pd.Timedelta, name: str) -> pd.DataFrame:
    """Spread the intervals of a rates frame over bins of one length.

    An interval that reaches over the edge of a bin is divided in proportion. Intervals that were interrupted
    bring nothing.

    Parameters
    ----------
    frame
        Rows with the keys, ``time`` (the end of the interval), ``seconds`` and ``..._per_second`` columns.
    every
        The length of a bin; bins begin at its multiples since 1970 (UTC).
    name
        The name of the frame, which says what tells series apart.

    Returns
    -------
    pandas.DataFrame
        One row a series and bin that some interval covers, with the same columns: ``time`` is the end of the
        bin, ``seconds`` how much of it is covered, rates are averaged over what is covered (where a rate is
        missing in a part of it, over the rest), all others are those of the last interval in the bin.
    """
    columns = list(frame.columns)
    series = series_of(frame[frame["interrupted"].isna()], KEYS[name])
    frame = series.frame
    if not len(frame):
        return frame
    width = round(every / pd.Timedelta("1us"))
    seconds: NDArray[np.float64] = frame["seconds"].to_numpy(dtype=np.float64)
    begins = series.times - np.round(seconds * 1e6).astype(np.int64)
    first = begins // width
    spans = (series.times - 1) // width - first + 1
    rows = np.repeat(np.arange(len(frame)), spans)
    bins = first[rows] + np.arange(len(rows)) - np.repeat(np.cumsum(spans) - spans, spans)
    overlap = np.minimum(series.times[rows], (bins + 1) * width) - np.maximum(begins[rows], bins * width)
    seconds = overlap / 1e6

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
    new["seconds"] = np.add.reduceat(seconds, starts)
    ends = (bins[starts] + 1) * width
    new["time"] = pd.DatetimeIndex(ends.view("datetime64[us]"), tz="UTC")
    return pd.DataFrame(new, copy=False)
