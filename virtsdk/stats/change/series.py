"""Series in a long frame, and how their counters differ from one sample to the next.

A series is what has the same keys (host, domain, part). Everything works on whole columns: a frame that is
sorted by its keys and time is walked as it is, another one is sorted first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Places = NDArray[np.int64]
Figures = NDArray[np.float64]
Number = TypeVar("Number", bound=np.generic)
TAKEN = "_moment"  # a column with the places of samples in the order of taking, where it is not that of time
_LARGEST = 2**62
Codes = tuple[Places, Any]
"""Codes: which of the different values each row has, and these values."""
Events = dict[tuple[str, str], NDArray[np.int64]]
"""By domain (host, UUID), the moments at which something was found of it: that it has a new process, say."""


def distinct(values: NDArray[Number]) -> NDArray[Number]:
    """Return the different ones of some numbers, in order.

    `np.unique` of numpy 2.3 and newer puts them into a table by their hash, in which times a whole number of
    seconds apart collide: that takes some 200 times as long as to sort them.

    Examples
    --------
    >>> distinct(np.array([3, 1, 3]))
    array([1, 3])
    """
    ordered = np.sort(values, axis=None)
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


@dataclass(frozen=True, slots=True)
class Series:
    """The rows of a frame: series by series, by the names of host and domain, in the order of taking."""

    source: pd.DataFrame
    order: Places | None  #: where in the source each row is; None where they are all there in order
    times: NDArray[np.int64]  #: µs since 1970
    at: Places  #: moments: what the order of taking goes by, mostly the times
    starts: Places  #: the first row of each series
    codes: Mapping[str, Codes] = field(default_factory=dict[str, Codes])  #: of keys, where they are known
    doubled: Places = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Places in the source of rows that were left out: a second one of their series and moment."""

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

    def hosts(self) -> Iterator[tuple[str, slice]]:
        """Yield each host, and its rows."""
        if not len(self.starts):
            return
        heads = self.source["host"].iloc[self.places(self.starts)].array
        ends = np.append(self.starts[1:], len(self.times))
        changed = np.append(0, np.flatnonzero(np.asarray(heads[1:] != heads[:-1], dtype=bool)) + 1)
        for place, until in zip(changed, np.append(changed[1:], len(heads)), strict=True):
            yield str(heads[place]), slice(int(self.starts[place]), int(ends[until - 1]))

    def events(self, which: Flags) -> Events:
        """Return the moments of some rows by host and domain."""
        return _by_domain(self.pick("host", which), self.pick("domain", which), self.at[which])

    def twice(self) -> Events:
        """Return the moments of the rows that were left out, each as often as it was."""
        rows = self.source.iloc[self.doubled]
        at = rows[TAKEN].to_numpy() if TAKEN in rows.columns else microseconds(rows)
        return _by_domain(rows["host"], rows["domain"], at, np.sort)

    def passed(self, events: Events) -> Flags:
        """Return the rows between which and the one before there was such a moment of their domain."""
        flags = np.zeros(len(self.times), dtype=bool)
        if not events or not len(self.times):
            return flags
        ends = np.append(self.starts[1:], len(self.times))
        heads = self.source[["host", "domain"]].iloc[self.places(self.starts)]
        for host, domain, start, end in zip(heads["host"], heads["domain"], self.starts, ends, strict=True):
            moments = events.get((host, domain))
            if moments is not None:
                count = np.searchsorted(moments, self.at[start:end], side="right")
                flags[start + 1 : end] = np.diff(count) > 0
        return flags


def _by_domain(hosts: Any, domains: Any, at: Places, tidy: Any = distinct) -> Events:
    found: dict[tuple[str, str], list[int]] = {}
    for host, domain, moment in zip(hosts, domains, at.tolist(), strict=True):
        found.setdefault((host, domain), []).append(moment)
    return {domain: tidy(np.array(moments, dtype=np.int64)) for domain, moments in found.items()}


def series_of(frame: pd.DataFrame, keys: Sequence[str], twice: Events | None = None) -> Series:
    """Find the series of a frame; sort it where it is not sorted.

    Parameters
    ----------
    frame
        Its rows, with the column `TAKEN` where their order is not that of their times.
    keys
        The columns that tell series apart.
    twice
        None where a series has one row of a moment: of several the first one is kept. Else several are so
        many parts of one name, each a series of its own, in the order of their rows; but for the domains and
        moments that are here, as often as they are: those samples were given more than once.
    """
    times = microseconds(frame)
    at = times
    if TAKEN in frame.columns:
        at = frame[TAKEN].to_numpy(dtype=np.int64)
    order, codes = None, dict[str, Codes]()
    starts = _starts(frame, keys, at)
    if starts is None:
        number, codes = _numbers(frame, keys)
        order = _order(number, at)
        at, number = at[order], number[order]
        starts = np.append(0, np.flatnonzero(np.diff(number)) + 1)
    same = np.zeros(len(at), dtype=bool)
    same[1:] = np.diff(at) == 0
    same[starts] = False
    left = np.zeros(0, dtype=np.int64)
    if same.any():
        rows = np.arange(len(at)) if order is None else order
        order, at, starts, left = _apart(frame, rows, at, starts, same, twice)
    by_name = _by_name(frame, keys, order, starts, len(at))
    if by_name is not None:
        rows, starts = by_name
        order, at = rows if order is None else order[rows], at[rows]
    return Series(frame, order, times if order is None else times[order], at, starts, codes, left)


def _apart(
    frame: pd.DataFrame, rows: Places, at: Places, starts: Places, same: Flags, twice: Events | None
) -> tuple[Places, Places, Places, Places]:
    """Keep one row of a series and moment, or make a series of each."""
    if twice is None:
        kept = np.flatnonzero(~same)
        return rows[kept], at[kept], np.searchsorted(kept, starts), rows[same]
    number = np.zeros(len(at), dtype=np.int64)
    number[starts] = 1
    number = np.cumsum(number)
    head = np.flatnonzero(~same)
    which = np.arange(len(at)) - head[np.cumsum(~same) - 1]  # the first of its name, the second ...
    kept = np.ones(len(at), dtype=bool)
    if twice:
        sizes = np.diff(np.append(head, len(at)))
        for place in head[sizes > 1]:
            host, domain = str(frame["host"].iloc[rows[place]]), str(frame["domain"].iloc[rows[place]])
            moments = twice.get((host, domain))
            copies = 1 if moments is None else 1 + int((moments == at[place]).sum())
            size = int(sizes[np.searchsorted(head, place)])
            kept[place + -(-size // copies) : place + size] = False
    left = rows[~kept]
    number, which, at, rows = number[kept], which[kept], at[kept], rows[kept]
    order = np.lexsort([at, which, number])
    number, which = number[order], which[order]
    edges = (np.diff(number) != 0) | (np.diff(which) != 0)
    return rows[order], at[order], np.append(0, np.flatnonzero(edges) + 1), left


def _by_name(
    frame: pd.DataFrame, keys: Sequence[str], order: Places | None, starts: Places, count: int
) -> tuple[Places, Places] | None:
    """Bring the series of a host into the order of their names; None where they are in it.

    A domain has the name of its last row.
    """
    if len(starts) < 2 or "name" not in frame.columns or "name" in keys or "domain" not in keys:
        return None
    ends = np.append(starts[1:], count)
    last = ends - 1 if order is None else order[ends - 1]
    columns = {key: frame[key].array.take(last) for key in ("host", "name", "domain")}
    if _ascending([*columns.values()]):
        return None
    heads = pd.DataFrame(columns)
    one = np.ones(len(heads), dtype=bool)
    one[1:] = differs(heads["domain"]) | differs(heads["host"])
    domains = heads[one]
    sorted_ = domains.sort_values(["host", "name", "domain"], kind="stable", na_position="last").index
    if sorted_.is_monotonic_increasing:
        return None
    first = np.flatnonzero(one)
    sizes = np.diff(np.append(first, len(starts)))
    places = np.searchsorted(first, sorted_.to_numpy())
    series = _ranges(first[places], sizes[places])
    return _ranges(starts[series], (ends - starts)[series]), _begins((ends - starts)[series])


def by_name(frame: pd.DataFrame) -> pd.DataFrame:
    """Bring rows that are series by series into the order of the names of hosts and domains."""
    if not len(frame):
        return frame
    starts = np.append(0, np.flatnonzero(differs(frame["host"]) | differs(frame["domain"])) + 1)
    found = _by_name(frame, ("host", "domain"), None, starts, len(frame))
    return frame if found is None else frame.iloc[found[0]].reset_index(drop=True)


def series_in_order(frame: pd.DataFrame, keys: Sequence[str]) -> Series:
    """Find the series of rates, which are series by series: parts of one name come one after the other."""
    times = microseconds(frame)
    changed = np.ones(len(frame), dtype=bool)
    if len(frame):
        changed[1:] = np.logical_or.reduce([differs(frame[key]) for key in keys])
        if len(keys) > 2:  # times of one domain can be the same, where its clock was set
            changed[1:] |= np.diff(times) <= 0
    return Series(frame, None, times, times, np.flatnonzero(changed))


def order_of(frame: pd.DataFrame, keys: Sequence[str]) -> Places:
    """Return the order of rows by their keys and times; rows alike stay as they are."""
    return _order(_numbers(frame, keys)[0], microseconds(frame))


def _ranges(first: Places, sizes: Places) -> Places:
    """Return the numbers of some ranges one after the other."""
    return np.repeat(first - _begins(sizes), sizes) + np.arange(int(sizes.sum()))


def _begins(sizes: Places) -> Places:
    return np.cumsum(sizes) - sizes


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


def utc_times(microseconds: NDArray[np.int64]) -> pd.DatetimeIndex:
    """Return µs since 1970 as times."""
    return pd.DatetimeIndex(microseconds.view("datetime64[us]"), tz="UTC")


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
    return starts if _ascending([frame[key].array.take(starts) for key in keys]) else None


def _ascending(columns: Sequence[Any]) -> bool:
    """Tell whether rows are in order, by the first column, then by the next, with nothing missing."""
    if any(column.isna().any() for column in columns):
        return False
    if not all(pd.api.types.is_integer_dtype(one.dtype) or one.dtype == "str" for one in columns):
        return pd.MultiIndex.from_arrays(
            columns
        ).is_monotonic_increasing  # categories have orders of their own
    alike = np.ones(len(columns[0]) - 1, dtype=bool)
    for values in columns:
        if (alike & np.asarray(values[1:] < values[:-1], dtype=np.bool_)).any():
            return False
        alike &= np.asarray(values[1:] == values[:-1], dtype=np.bool_)
    return True


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
    if not whole:
        absent = absent | ~np.isfinite(plain)
        plain = np.where(absent, 0.0, plain)
    values = np.zeros(len(plain), dtype=np.float64)
    values[1:] = np.diff(plain)
    known = ~absent
    known[1:] &= ~absent[:-1]
    known[series.starts] = False
    return Difference(values, known)
