"""Rates that a source has itself: frames of rates made of them, beside those of counters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import pandas as pd

from virtsdk.history.columns import recorded
from virtsdk.stats.change.differences import CARRIED, NODE_RATED, RATED, rate_frames
from virtsdk.stats.change.given import of_frames
from virtsdk.stats.change.rates import Rates
from virtsdk.stats.change.series import Figures, Series, series_of, utc_times
from virtsdk.stats.change.spacing import Interval, seconds_of
from virtsdk.stats.change.usage import PARTS, Summed, counting, with_sums
from virtsdk.stats.columns.catalogue import counters
from virtsdk.stats.columns.metric import KEYS, leading
from virtsdk.stats.samples.convert import missing
from virtsdk.stats.samples.derive import has_process

RATE = "_per_second"
SUMS = tuple(column for sums in PARTS.values() for column in sums)
"""Columns of a usage frame that are sums over parts, which a source may have of the whole domain."""


def rates_of_frames(
    frames: Mapping[str, pd.DataFrame],
    interval: Interval | None,
    *,
    since: int | None = None,
    node: bool = False,
) -> dict[str, pd.DataFrame]:
    """Make frames of rates: of counters by `rates`' own arithmetic, of rates as they are.

    Parameters
    ----------
    frames
        By name; a column ``..._per_second`` is a rate of the interval that ends at its row's time.
    interval
        How far apart samples are meant to be; None for their median distance.
    since
        Rates are of intervals that begin from here on (µs since 1970); None for all.
    node
        The names are those of nodes' frames, and none of them is the main one.
    """
    rated = NODE_RATED if node else RATED
    names = [name for name in frames if name in rated]
    plain = {name: frames[name].drop(columns=_rates_in(frames[name])) for name in names}
    only = {
        name for name in names if not _counts(plain[name]) and (name == "domains" or _rates_in(frames[name]))
    }
    try:
        made = rate_frames(of_frames(plain, rated, None if node else "domains", None), interval)
    except ValueError:
        if not only:
            raise
        made: dict[str, pd.DataFrame] = {}
    for name in names:
        columns = _rates_in(frames[name])
        if name in only:
            made[name] = _as_given(name, frames[name], columns, interval, since)
        elif columns:
            keys = [*KEYS[name], "time"]
            made[name] = made[name].merge(frames[name][[*keys, *columns]], on=keys, how="left")
    return {name: _complete(name, frame) for name, frame in made.items()}


def _complete(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame of rates with all columns of the catalogue, in its order; others follow."""
    known = recorded()[name]
    carried = {one: known.get(one, "Int64") for one in CARRIED.get(name, ())}
    rates = {one.removesuffix("_total") + RATE: "Float64" for one in counters(name)}
    columns = {one: frame[one] for one in [*leading(name), "seconds", "interrupted"]}
    for one, dtype in {**carried, **rates}.items():
        columns[one] = frame[one] if one in frame else missing(dtype, len(frame))
    return pd.DataFrame({**columns, **{one: frame[one] for one in frame if one not in columns}}, copy=False)


def rates_with(
    frames: Mapping[str, pd.DataFrame], interval: Interval | None, since: int | None = None
) -> Rates:
    """Return the rates of domains and their parts; parameters as of `rates_of_frames`."""
    made = rates_of_frames(frames, interval, since=since)
    sums = [one for one in SUMS if one in made["domains"]]
    if not sums:
        return Rates(made)

    def make() -> tuple[pd.DataFrame, set[str]]:
        found = with_sums(made["domains"], made.get)
        for column in sums:
            found[column] = made["domains"][column]
        counted = counting(made["vcpus"]) if "vcpus" in made else set[str]()
        delay = "vcpu_delay_seconds_per_second"
        if delay in sums:
            counted |= set(found["host"][found[delay].notna()].unique().tolist())
        return found, counted

    return Rates({name: _without(frame, sums) for name, frame in made.items()}, Summed(make))


def _without(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return frame.drop(columns=[one for one in columns if one in frame])


def _rates_in(frame: pd.DataFrame) -> list[str]:
    return [str(one) for one in frame.columns if str(one).endswith(RATE)]


def _counts(frame: pd.DataFrame) -> bool:
    return any(str(one).endswith("_total") for one in frame.columns)


def _as_given(
    name: str, frame: pd.DataFrame, columns: list[str], interval: Interval | None, since: int | None
) -> pd.DataFrame:
    """Make a frame of rates of one that has nothing else: each row is an interval, its time the end."""
    series = series_of(frame, KEYS[name])
    every = np.ones(len(series.times), dtype=bool)
    data: dict[str, Any] = {label: series.pick(label, every) for label in leading(name)[:-1]}
    data["time"] = utc_times(series.times)
    data["seconds"] = _lengths(series, interval)
    off = np.zeros(len(every), dtype=bool)
    if name == "domains" and "state" in frame:
        off = series.ordered(~has_process(frame).to_numpy(dtype=bool))
    data["interrupted"] = pd.array(["off"], dtype="str").take(np.where(off, 0, -1), allow_fill=True)
    for column in [*CARRIED.get(name, ()), *columns]:
        if column in frame.columns:
            data[column] = series.pick(column, every)
    made = pd.DataFrame(data, copy=False)
    if since is None:
        return made
    lengths = cast("Figures", data["seconds"])
    begins = series.times - np.round(lengths * 1e6).astype(np.int64)
    kept = made[begins >= since]
    return kept.reset_index(drop=True)


def _lengths(series: Series, interval: Interval | None) -> Any:
    """Return how long the interval of each row is: up to the row before, but where some are missing."""
    if "seconds" in series.source.columns:
        told = series.source["seconds"].to_numpy(dtype=np.float64, na_value=np.nan)
        return series.ordered(told)
    apart = series.seconds
    if interval is not None:
        usual = np.full(len(apart), seconds_of(interval))
    else:
        number = np.cumsum(series.first)
        usual = pd.Series(apart).groupby(number).transform("median").to_numpy()
        known = usual[~np.isnan(usual)]
        if len(usual) and not len(known):
            raise ValueError("there is one time only: interval= says how long its rates are of")
        usual = np.where(np.isnan(usual), np.median(known) if len(known) else 0.0, usual)
    return np.where(np.isnan(apart) | (apart > 1.5 * usual), usual, apart)
