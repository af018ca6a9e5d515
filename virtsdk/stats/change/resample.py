"""Rates over other intervals: weighted by time, so that no total is lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from virtsdk.stats.change.bins import bins as bins_of
from virtsdk.stats.change.series import (
    Flags,
    Places,
    differs,
    microseconds,
    order_of,
    series_in_order,
    utc_times,
)
from virtsdk.stats.columns.metric import KEYS

SEEN = "agent_seen"
SUM = "#"
"""With it begin the columns of `spread` that the answer does not have."""
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
    return finished(spread(frame, every, name, zone))


def spread(frame: pd.DataFrame, every: pd.Timedelta, name: str, zone: tzinfo | None = None) -> pd.DataFrame:
    """Do the first part of `resample`: sums of each bin, which can be added to those of other rows in it.

    Parameters
    ----------
    frame, every, name, zone
        As of `resample`.

    Returns
    -------
    pandas.DataFrame
        One row per series and bin, as `resample` has; but rates are totals, and columns with a `SUM` in their
        names are beside. `joined` joins several, `finished` makes the answer.
    """
    columns = list(frame.columns)
    series = series_in_order(frame[~frame["interrupted"].isin(["reset", "gap"])], KEYS[name])
    frame = series.frame
    if not len(frame):
        return _without_rows(frame)
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

    number = np.cumsum(series.first)[rows]  # from 1 on
    edges = np.ones(len(rows), dtype=bool)
    edges[1:] = (number[1:] != number[:-1]) | (bins[1:] != bins[:-1])
    starts = np.flatnonzero(edges)
    last = rows[np.append(starts[1:], len(rows)) - 1]
    new: dict[str, Any] = {column: frame[column].iloc[last].array for column in columns}
    for column in _rates(columns):
        values = frame[column].to_numpy(dtype=np.float64, na_value=np.nan)[rows]
        known = ~np.isnan(values)
        new[column] = np.add.reduceat(np.where(known, values * seconds, 0.0), starts)
        new[SUM + column] = np.add.reduceat(np.where(known, seconds, 0.0), starts)
    if SEEN in columns:
        new[SEEN] = _ever(frame[SEEN].array.take(rows), starts)
    new["seconds"] = np.add.reduceat(seconds, starts)
    on = (frame["interrupted"].iloc[rows] != "off").fillna(True).to_numpy(dtype=np.int64)
    new[SUM + "on"] = np.add.reduceat(on, starts)
    new["time"] = utc_times(divided.starts(bins[starts]))
    new[SUM + "part"] = _places_of_parts(frame, series.starts, KEYS[name])[number[starts] - 1]
    return pd.DataFrame(new, copy=False)


def _rates(columns: Iterable[str]) -> list[str]:
    return [one for one in columns if one.endswith("_per_second") and not one.startswith(SUM)]


def _without_rows(frame: pd.DataFrame) -> pd.DataFrame:
    sums = {SUM + column: np.zeros(0) for column in _rates(frame.columns)}
    whole = {SUM + column: np.zeros(0, dtype=np.int64) for column in ("on", "part")}
    return frame.assign(**sums, **whole)


def _places_of_parts(frame: pd.DataFrame, starts: Places, keys: Sequence[str]) -> Places:
    """Number the series that have the same keys: two nics of one name."""
    heads = frame[list(keys)].iloc[starts]
    same = np.zeros(len(heads), dtype=bool)
    same[1:] = ~np.logical_or.reduce([differs(heads[key]) for key in keys])
    place = np.arange(len(heads))
    return place - np.maximum.accumulate(np.where(same, 0, place))


def finished(sums: pd.DataFrame) -> pd.DataFrame:
    """Make rates of what `spread` or `joined` gave."""
    found = sums[[one for one in sums.columns if not str(one).startswith(SUM)]].copy(deep=False)
    for column in _rates(found.columns):
        total, covered = sums[column].to_numpy(dtype=np.float64, na_value=0.0), sums[SUM + column].to_numpy()
        mean = np.divide(total, covered, out=np.zeros(len(sums)), where=covered > 0)
        found[column] = pd.arrays.FloatingArray(mean, covered <= 0)
    off = np.where(sums[SUM + "on"].to_numpy() == 0, 0, -1)
    found["interrupted"] = pd.array(["off"], dtype="str").take(off, allow_fill=True)
    return found


def edges(sums: pd.DataFrame, name: str) -> Flags:
    """Return the rows that later or earlier parts of their series can add to: its first and its last bin."""
    keys = [*KEYS[name], SUM + "part"]
    flags = np.zeros(len(sums), dtype=bool)
    if len(sums):
        changed = np.logical_or.reduce([differs(sums[key]) for key in keys])
        flags[[0, -1]] = True
        flags[1:] |= changed
        flags[:-1] |= changed
    return flags


def joined(parts: Sequence[pd.DataFrame], name: str) -> pd.DataFrame:
    """Join what `spread` gave of parts that follow each other in time: sums of the same bins are added.

    Parameters
    ----------
    parts
        The earlier ones first.
    name
        The name of the frame.
    """
    whole = in_order(pd.concat(parts, ignore_index=True), name)
    if not len(whole):
        return whole
    keys = [*KEYS[name], SUM + "part", "time"]
    first = np.ones(len(whole), dtype=bool)
    first[1:] = np.logical_or.reduce([differs(whole[key]) for key in keys])
    starts = np.flatnonzero(first)
    if len(starts) == len(whole):
        return whole
    new: dict[str, Any] = {}
    for column in whole.columns:
        added = str(column).startswith(SUM) or column in ("seconds", *_rates(whole.columns))
        if added and column != SUM + "part":
            new[column] = np.add.reduceat(whole[column].to_numpy(), starts)
        else:
            new[column] = whole[column].iloc[np.append(starts[1:], len(whole)) - 1].array
    if SEEN in whole.columns:
        new[SEEN] = _ever(whole[SEEN].array, starts)
    return pd.DataFrame(new, copy=False)


def rebinned(sums: pd.DataFrame, every: pd.Timedelta, zone: tzinfo | None = None) -> pd.DataFrame:
    """Give the rows of `spread` the times of longer bins that theirs lie in; `joined` adds them up."""
    if not len(sums):
        return sums
    times = microseconds(sums)
    divided = bins_of(round(every / pd.Timedelta("1us")), int(times.min()), int(times.max()) + 1, zone)
    return sums.assign(time=utc_times(divided.starts(divided.numbers(times))))


def numbered(rates: pd.DataFrame, name: str) -> pd.DataFrame:
    """Number the series of rates that have the same keys, in a column that `in_order` goes by."""
    if len(KEYS[name]) == 2 or not len(rates):
        return rates.assign(**{SUM + "part": np.zeros(len(rates), dtype=np.int64)})
    series = series_in_order(rates, KEYS[name])
    places = _places_of_parts(rates, series.starts, KEYS[name])
    return rates.assign(**{SUM + "part": places[np.cumsum(series.first) - 1]})


def in_order(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Bring rows into the order of series and time; those alike stay as they are."""
    if not len(frame):
        return frame
    keys = [*KEYS[name], *([SUM + "part"] if SUM + "part" in frame.columns else [])]
    order = order_of(frame, keys)
    return frame if (np.diff(order) == 1).all() else frame.iloc[order].reset_index(drop=True)


def _ever(seen: Any, starts: NDArray[np.int64]) -> Any:
    """Return whether a flag is set at all in each bin; missing where it is not known anywhere in it."""
    known = ~np.asarray(seen.isna(), dtype=bool)
    ever = np.logical_or.reduceat(np.asarray(seen.fillna(False), dtype=bool), starts)
    return pd.arrays.BooleanArray(ever, ~np.logical_or.reduceat(known, starts))
