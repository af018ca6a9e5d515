"""When samples were taken: their order, when the clock was set between two of them, who was missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from virtsdk.stats.change.series import TAKEN, Flags, Places, Series, distinct

STEP, SHARE = 0.05, 0.01
"""Two clocks differ by so many seconds and this share of an interval at the most, or one of them was set."""
_NONE: Places = np.zeros(0, dtype=np.int64)
Falls = Callable[[str, Places], int]
"""How often CPU times of a host's domains fall where its samples are in an order."""


@dataclass(frozen=True, slots=True)
class Taking:
    """The samples of each host in the order in which they were taken.

    A moment is the place of a sample in that order: its time (µs since 1970) where the clock was never set
    back, else a number of its own.
    """

    moments: Mapping[str, Places] = field(default_factory=dict[str, Places])
    """Of all samples, by host, that have all of its domains."""
    steps: Mapping[str, Places] = field(default_factory=dict[str, Places])  #: before which the clock was set
    unsure: Mapping[str, Places] = field(default_factory=dict[str, Places])
    """Before which no clock tells whether it was."""
    numbers: Mapping[str, tuple[Places, Places]] = field(default_factory=dict[str, tuple[Places, Places]])
    """The times and the moments of hosts where they are not the same."""
    partial: frozenset[str] = frozenset()  #: hosts that have samples of some domains, too

    def placed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Add the moments of the rows, where they are not their times."""
        if not self.numbers or not len(frame):
            return frame
        found = pd.DatetimeIndex(frame["time"]).as_unit("us").asi8.copy()  # pyright: ignore
        for host, (times, moments) in self.numbers.items():
            rows = (frame["host"] == host).to_numpy(dtype=bool)
            known = np.minimum(np.searchsorted(times, found[rows]), len(times) - 1)
            found[rows] = moments[known]
        return frame.assign(**{TAKEN: found})

    def stepped(self, series: Series) -> Flags:
        """Tell in which intervals the clock was set."""
        flags = _spanning(series, self.steps)
        flags[1:] |= np.diff(series.times) <= 0
        flags[series.starts] = False
        return flags

    def vouched(self, series: Series) -> Flags:
        """Tell of which intervals a clock that is never set says that they were as long as that."""
        flags = np.zeros(len(series.times), dtype=bool)
        for host, rows in series.hosts():
            flags[rows] = host in self.unsure
        return flags & ~_spanning(series, self.unsure)

    def absent(self, series: Series) -> Flags:
        """Tell in which intervals there was a sample of the host that the series has no row of."""
        flags = np.zeros(len(series.at), dtype=bool)
        for host, rows in series.hosts():
            moments = self.moments.get(host, _NONE)
            at = series.at[rows]
            if not len(moments) or len(at) < 2:
                continue
            nearest = 1 if host in self.partial else 2 * int(np.diff(moments).min(initial=2**62))
            longer = np.flatnonzero(np.diff(at) >= nearest) + 1
            before = np.searchsorted(moments, at[longer - 1], side="right")
            flags[rows.start + longer] = np.searchsorted(moments, at[longer]) > before
        flags[series.starts] = False
        return flags


def _spanning(series: Series, events: Mapping[str, Places]) -> Flags:
    """Tell which intervals have an event of their host in them, or at their end."""
    flags = np.zeros(len(series.at), dtype=bool)
    if not any(len(places) for places in events.values()):
        return flags
    for host, rows in series.hosts():
        places = events.get(host, _NONE)
        if len(places) and rows.stop - rows.start > 1:
            passed = np.searchsorted(places, series.at[rows], side="right")
            flags[rows.start + 1 : rows.stop] = np.diff(passed) > 0
    flags[series.starts] = False
    return flags


def joined(takings: Iterable[Taking]) -> Taking:
    """Put the samples of different hosts together."""
    whole = Taking({}, {}, {}, {})
    partial: frozenset[str] = frozenset()
    for one in takings:
        for name in ("moments", "steps", "unsure", "numbers"):
            getattr(whole, name).update(getattr(one, name))
        partial |= one.partial
    return replace(whole, partial=partial)


def taking_of(
    hosts: Sequence[Any] | pd.Series[Any],
    times: Places,
    clocks: Sequence[Any] | pd.Series[Any] | None = None,
    seconds: NDArray[np.float64] | None = None,
    *,
    complete: Sequence[bool] | None = None,
    falls: Falls | None = None,
) -> tuple[Taking, Places | None]:
    """Find the order of samples.

    Parameters
    ----------
    hosts, times
        Of each sample; µs since 1970.
    clocks, seconds
        Which clock that is never set was read beside, and what it said; missing where none was.
    complete
        Which samples have all domains of their host; all where it is left out.
    falls
        Asked where no clock tells and the samples were given in another order than that of their times: the
        order in which fewer CPU times fall is that of taking.

    Returns
    -------
    tuple
        The answer, and the moment of each sample; None where these are their times.
    """
    number, names = _numbered(hosts, sort=True)
    read = np.full(len(times), np.nan) if seconds is None else np.asarray(seconds, dtype=np.float64)
    given = _Given(times, *_clocks(clocks, np.isnan(read)), read, falls)
    whole = np.ones(len(times), dtype=bool) if complete is None else np.asarray(complete, dtype=bool)
    found = _Found({}, {}, {}, {})
    at = times.copy()
    partial: set[str] = set()
    order = np.argsort(number, kind="stable")
    ends = np.searchsorted(number[order], np.arange(len(names) + 1))
    for place, host in enumerate(names):
        name, mine = str(host), order[ends[place] : ends[place + 1]]
        _of_host(name, mine, given, found, at)
        found.moments[name] = distinct(at[mine[whole[mine]]])
        if not whole[mine].all():
            partial.add(name)
    taking = Taking(found.moments, found.steps, found.unsure, found.numbers, frozenset(partial))
    return taking, (at if found.numbers else None)


def _numbered(values: Sequence[Any] | pd.Series[Any], *, sort: bool = False) -> tuple[Places, list[Any]]:
    """Number what is the same alike, and give each once; -1 for what is missing."""
    given: Any = values if isinstance(values, pd.Series) else pd.Series(list(values), dtype="object")
    number, names = cast("tuple[Places, Any]", pd.factorize(given, sort=sort))
    return number.astype(np.int64), list(names)


def _clocks(clocks: Sequence[Any] | pd.Series[Any] | None, unread: Flags) -> tuple[Places, int]:
    """Number the clocks of samples, -1 where none was read; also the number of the one without a name."""
    if clocks is None:
        return np.full(len(unread), -1, dtype=np.int64), -1
    number, names = _numbered(clocks)
    blank = next((place for place, name in enumerate(names) if name == ""), -1)
    return np.where(unread, -1, number), blank


@dataclass(frozen=True, slots=True)
class _Given:
    """Samples of all hosts, as they were given."""

    times: Places
    clocks: Places  #: their numbers, -1 where none was read
    blank: int  #: the number of the clock without a name
    seconds: NDArray[np.float64]
    falls: Falls | None


@dataclass(frozen=True, slots=True)
class _Found:
    moments: dict[str, Places]
    steps: dict[str, Places]
    unsure: dict[str, Places]
    numbers: dict[str, tuple[Places, Places]]


def _of_host(
    host: str,
    rows: Places,
    given: _Given,
    found: _Found,
    at: Places,
) -> None:
    order = _in_order(host, rows, given)
    time, clock, read = given.times[order], given.clocks[order], given.seconds[order]
    same = (clock[1:] >= 0) & (clock[1:] == clock[:-1])
    apart, told = np.diff(time) / 1e6, np.diff(read)
    off = same & ~(np.abs(apart - told) <= STEP + SHARE * np.abs(np.where(same, told, 0)))
    # one sample may be given twice; two that were taken at one time of a clock that was set are two
    another = (apart != 0) | (same & (np.where(same, told, 0) != 0))
    if (apart < 0).any() or (another & (apart == 0)).any():
        moments = np.append(0, np.cumsum(another)).astype(np.int64)
        by_time = np.argsort(time, kind="stable")
        found.numbers[host] = time[by_time], moments[by_time]
        at[order] = moments
    else:
        moments = time
    found.steps[host] = moments[1:][off | (apart < 0)]
    if same.any():
        found.unsure[host] = moments[1:][~same]


def _in_order(
    host: str,
    rows: Places,
    given: _Given,
) -> Places:
    """Return the rows of a host in the order of taking."""
    times, clocks, seconds, falls = given.times, given.clocks, given.seconds, given.falls
    by_time = rows[np.lexsort([np.nan_to_num(seconds[rows]), times[rows]])]
    told = clocks[rows] < 0
    if told.all():
        if falls is None or (np.diff(times[rows]) >= 0).all():
            return by_time
        return rows if falls(host, rows) < falls(host, by_time) else by_time
    number = np.where(told, given.blank, clocks[rows])
    sorter = np.where(told, times[rows] / 1e6, seconds[rows])
    groups: list[Places] = [np.flatnonzero(number == one) for one in pd.unique(number)]
    ordered = [rows[one[np.argsort(sorter[one], kind="stable")]] for one in groups]
    apart = np.concatenate(sorted(ordered, key=lambda one: int(times[one[0]])))  # clock by clock
    if (np.diff(times[apart]) >= 0).all():
        return by_time
    if all((np.diff(times[one]) >= 0).all() for one in ordered) and falls is not None:
        # two who sample the same host, or a clock that began in the past
        return apart if falls(host, apart) < falls(host, by_time) else by_time
    return apart
