"""Series in a long frame, and how their counters differ from one sample to the next.

A series is what has the same keys (host, domain, part). Everything works on whole columns: a frame that is
sorted by its keys and time is walked as it is, another one is sorted first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Places = NDArray[np.int64]
Figures = NDArray[np.float64]
Restarts = dict[tuple[str, str], NDArray[np.int64]]
"""When (µs) the domains (host, UUID) were found to have a new process."""


@dataclass(frozen=True, slots=True)
class Series:
    """A frame in the order of its series and time."""

    frame: pd.DataFrame
    times: NDArray[np.int64]  #: µs since 1970
    starts: Places  #: the first row of each series

    @property
    def first(self) -> Flags:
        """Which rows begin a series."""
        first = np.zeros(len(self.times), dtype=bool)
        first[self.starts] = True
        return first

    @property
    def seconds(self) -> Figures:
        """Return the distance of each row from the one before; nothing to go by where a series begins."""
        seconds = np.full(len(self.times), np.nan)
        seconds[1:] = np.diff(self.times) / 1e6
        seconds[self.starts] = np.nan
        return seconds

    def restarts(self, which: Flags) -> Restarts:
        """Return the times of some rows by host and domain."""
        rows = self.frame.loc[which, ["host", "domain"]]
        found: dict[tuple[str, str], list[int]] = {}
        for host, domain, time in zip(rows["host"], rows["domain"], self.times[which].tolist(), strict=True):
            found.setdefault((host, domain), []).append(time)
        return {domain: np.unique(np.array(times, dtype=np.int64)) for domain, times in found.items()}

    def restarted(self, restarts: Restarts) -> Flags:
        """Return the rows between which and the one before their domain had a new process."""
        flags = np.zeros(len(self.times), dtype=bool)
        if not restarts or not len(self.times):
            return flags
        ends = np.append(self.starts[1:], len(self.times))
        heads = self.frame[["host", "domain"]].iloc[self.starts]
        for host, domain, start, end in zip(heads["host"], heads["domain"], self.starts, ends, strict=True):
            times = restarts.get((host, domain))
            if times is not None:
                passed = np.searchsorted(times, self.times[start:end], side="right")
                flags[start + 1 : end] = np.diff(passed) > 0
        return flags


def series_of(frame: pd.DataFrame, keys: Sequence[str]) -> Series:
    """Find the series of a frame; sort it where it is not sorted; keep one row of a series and time."""
    times = microseconds(frame)
    starts = _starts(frame, keys, times)
    if starts is None:
        codes = [pd.factorize(frame[key], sort=True, use_na_sentinel=False)[0] for key in keys]
        order = np.lexsort([times, *reversed(codes)])
        frame, times = frame.iloc[order], times[order]
        changed = np.zeros(len(frame), dtype=bool)
        changed[:1] = True
        for code in codes:
            moved = code[order]
            changed[1:] |= moved[1:] != moved[:-1]
        starts = np.flatnonzero(changed)
    same = np.zeros(len(times), dtype=bool)
    same[1:] = np.diff(times) == 0
    same[starts] = False
    if same.any():
        return series_of(frame.iloc[np.flatnonzero(~same)], keys)
    return Series(frame, times, starts)


def microseconds(frame: pd.DataFrame) -> NDArray[np.int64]:
    """Return the times of the rows since 1970."""
    return pd.DatetimeIndex(frame["time"]).as_unit("us").asi8  # pyright: ignore


def _starts(frame: pd.DataFrame, keys: Sequence[str], times: NDArray[np.int64]) -> Places | None:
    """Return where the series begin, or None where the rows are not in order."""
    count = len(frame)
    if not count:
        return np.zeros(0, dtype=np.int64)
    changed = np.zeros(count, dtype=bool)
    changed[0] = True
    for key in keys:
        changed[1:] |= differs(frame[key])
    if (~changed[1:] & (np.diff(times) < 0)).any():
        return None
    starts = np.flatnonzero(changed)
    if len(starts) > 1:
        heads = frame[list(keys)].iloc[starts]
        if heads.isna().any(axis=None) or not pd.MultiIndex.from_frame(heads).is_monotonic_increasing:
            return None
    return starts


def differs(column: pd.Series[Any]) -> Flags:
    """Return for each row but the first whether it differs from the one before."""
    values: Any = column.array
    unequal: Any = values[1:] != values[:-1]
    if hasattr(unequal, "to_numpy"):  # an extension array, where missing differs from everything
        unequal = unequal.to_numpy(dtype=np.bool_, na_value=True)
    return np.asarray(unequal, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Difference:
    """How much a counter grew between a row and the one before, and where that is known."""

    values: Figures
    known: Flags


def difference(series: Series, column: str) -> Difference:
    """Work out how much a counter grew."""
    given = series.frame[column]
    absent = given.isna().to_numpy(dtype=bool)
    whole = pd.api.types.is_integer_dtype(given.dtype)
    plain: NDArray[Any] = (
        given.to_numpy(dtype=np.int64, na_value=0)
        if whole
        else given.to_numpy(dtype=np.float64, na_value=0.0)
    )
    values = np.zeros(len(plain), dtype=np.float64)
    values[1:] = np.diff(plain)
    known = ~absent
    known[1:] &= ~absent[:-1]
    known[series.starts] = False
    return Difference(values, known)
