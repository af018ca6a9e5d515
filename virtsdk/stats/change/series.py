"""Series in a long frame, and how their counters differ from one sample to the next.

A series is what has the same keys (host, domain, part). Everything works on whole columns: a frame that is
sorted by its keys and time is walked as it is, another one is sorted first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Places = NDArray[np.int64]
Figures = NDArray[np.float64]
_LARGEST = 2**62
Codes = tuple[Places, Any]
"""Codes: which of the different values each row has, and these values."""
Restarts = dict[tuple[str, str], NDArray[np.int64]]
"""When (µs) the domains (host, UUID) were found to have a new process."""


@dataclass(frozen=True, slots=True)
class Series:
    """The rows of a frame in the order of their series and time."""

    source: pd.DataFrame
    order: Places | None  #: where in the source each row is; None where they are all there in order
    times: NDArray[np.int64]  #: µs since 1970
    starts: Places  #: the first row of each series
    codes: Mapping[str, Codes] = field(default_factory=dict[str, Codes])  #: of keys, where they are known

    @property
    def frame(self) -> pd.DataFrame:
        """The rows in order."""
        return self.source if self.order is None else self.source.iloc[self.order]

    def places(self, rows: Places) -> Places:
        """Return where in the source some rows are."""
        return rows if self.order is None else self.order[rows]

    def ordered(self, values: NDArray[Any]) -> NDArray[Any]:
        """Put one value of each row of the source in order."""
        return values if self.order is None else values[self.order]

    def pick(self, column: str, which: Flags) -> Any:
        """Return a column of some rows, as an array of pandas."""
        given = self.source[column]
        array: Any = given.array
        if self.order is None:
            return array[which]
        places = self.order[which]
        if not pd.api.types.is_string_dtype(given.dtype):
            return array.take(places)
        # texts lie apart: to fetch each by its number among the few different ones is twice as fast
        codes, values = self.codes[column] if column in self.codes else _factorized(given)
        return values.take(codes[places], allow_fill=True)

    @property
    def first(self) -> Flags:
        """Rows that begin a series."""
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
        hosts, domains = self.pick("host", which), self.pick("domain", which)
        found: dict[tuple[str, str], list[int]] = {}
        for host, domain, time in zip(hosts, domains, self.times[which].tolist(), strict=True):
            found.setdefault((host, domain), []).append(time)
        return {domain: np.unique(np.array(times, dtype=np.int64)) for domain, times in found.items()}

    def restarted(self, restarts: Restarts) -> Flags:
        """Return the rows between which and the one before their domain had a new process."""
        flags = np.zeros(len(self.times), dtype=bool)
        if not restarts or not len(self.times):
            return flags
        ends = np.append(self.starts[1:], len(self.times))
        heads = self.source[["host", "domain"]].iloc[self.places(self.starts)]
        for host, domain, start, end in zip(heads["host"], heads["domain"], self.starts, ends, strict=True):
            times = restarts.get((host, domain))
            if times is not None:
                passed = np.searchsorted(times, self.times[start:end], side="right")
                flags[start + 1 : end] = np.diff(passed) > 0
        return flags


def series_of(frame: pd.DataFrame, keys: Sequence[str]) -> Series:
    """Find the series of a frame; sort it where it is not sorted; keep one row of a series and time."""
    times = microseconds(frame)
    order, codes = None, dict[str, Codes]()
    starts = _starts(frame, keys, times)
    if starts is None:
        number, codes = _numbers(frame, keys)
        order = _order(number, times)
        times, number = times[order], number[order]
        starts = np.append(0, np.flatnonzero(np.diff(number)) + 1)
    same = np.zeros(len(times), dtype=bool)
    same[1:] = np.diff(times) == 0
    same[starts] = False
    if same.any():
        kept = np.flatnonzero(~same)
        order = kept if order is None else order[kept]
        times, starts = times[kept], np.searchsorted(kept, starts)
    return Series(frame, order, times, starts, codes)


def _numbers(frame: pd.DataFrame, keys: Sequence[str]) -> tuple[Places, dict[str, Codes]]:
    """Number the series of the rows by the order of their keys, missing ones last; with gaps."""
    number = np.zeros(len(frame), dtype=np.int64)
    found: dict[str, Codes] = {}
    for key in keys:
        codes, values = found[key] = _factorized(frame[key], sort=True, use_na_sentinel=False)
        if int(number.max()) * len(values) > _LARGEST:
            number = _dense(number)
        number = number * len(values) + codes
    return number, found


def _factorized(column: pd.Series[Any], **options: bool) -> Codes:
    codes, values = pd.factorize(column, **options)
    return codes.astype(np.int64, copy=False), values.array


def _order(number: Places, times: NDArray[np.int64]) -> Places:
    """Return the order by number and time; rows alike stay as they are."""
    first = int(times.min())
    width = int(times.max()) - first + 1
    if (int(number.max()) + 1) * width > _LARGEST:
        number = _dense(number)
        if (int(number.max()) + 1) * width > _LARGEST:
            return np.lexsort([times, number])
    return np.argsort(number * width + (times - first), kind="stable")  # one sort is half the time of two


def _dense(number: Places) -> Places:
    """Leave no numbers out."""
    return _factorized(pd.Series(number), sort=True)[0]


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
    """Growth of a counter between a row and the one before, and where that is known."""

    values: Figures
    known: Flags


def difference(series: Series, column: str) -> Difference:
    """Work out how much a counter grew."""
    given = series.source[column]
    absent = series.ordered(given.isna().to_numpy(dtype=bool))
    whole = pd.api.types.is_integer_dtype(given.dtype)
    plain: NDArray[Any] = series.ordered(
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
