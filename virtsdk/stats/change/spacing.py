"""Spacing of a host's samples, and the distance from which on there is a gap."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from virtsdk.stats.change.series import Figures, Flags, Places, Series, differs, distinct, microseconds

GAP = 2.5
"""Two samples further apart than this many times the expected distance have a gap between them."""

Interval = pd.Timedelta | str | float

_LENGTHS = re.compile(
    r"-?(\s*\d+(\.\d*)?\s*(us|ms|s|sec|seconds?|m|min|minutes?|h|hr|hours?|d|D|days?|W|weeks?))+\s*"
)
_DAYS = re.compile(r"(?<=[\d\s.])d(?![a-z])")


@dataclass(frozen=True, slots=True)
class Spacing:
    """Seconds between the samples of each host, from some moments (µs since 1970) on."""

    hosts: Mapping[str, tuple[Places, Figures]]
    others: tuple[Places, Figures]  #: of hosts that are not named

    @classmethod
    def constant(cls, seconds: float) -> Spacing:
        """Make one that is the same for all hosts at all times."""
        return cls({}, _always(seconds))

    @classmethod
    def by_host(cls, seconds: Mapping[str, float]) -> Spacing:
        """Make one that is the same at all times."""
        return cls({host: _always(one) for host, one in seconds.items()}, _always(max(seconds.values())))

    def is_gap(self, series: Series, seconds: Figures) -> Flags:
        """Tell which intervals of some series, so many `seconds` long, are gaps."""
        flags = np.zeros(len(series.times), dtype=bool)
        for host, rows in series.hosts():
            starts, expected = self.hosts.get(host, self.others)
            stretch = np.searchsorted(starts, series.times[rows], side="right") - 1
            flags[rows] = seconds[rows] > GAP * expected[np.maximum(stretch, 0)]
        return flags


def _always(seconds: float) -> tuple[Places, Figures]:
    return np.zeros(1, dtype=np.int64), np.array([seconds])


def distances(frame: pd.DataFrame) -> dict[str, Figures]:
    """Return by host the seconds between the moments at which it was sampled; without hosts sampled once.

    Hosts are looked at one by one: that of two of them one is sampled shortly after the other says nothing.
    """
    return {host: np.diff(one) / 1e6 for host, one in moments_of(frame).items() if len(one) > 1}


def moments_of(frame: pd.DataFrame) -> dict[str, Places]:
    """Return by host the times (µs since 1970) at which it was sampled, each once, in order."""
    if not len(frame):
        return {}
    times = microseconds(frame)
    number, names = _numbers(frame["host"])
    first = int(times.min())
    width = int(times.max()) - first + 1
    moments: NDArray[np.int64] = distinct(number * width + times - first)
    of_host = moments // width
    return {
        str(name): moments[np.searchsorted(of_host, code) : np.searchsorted(of_host, code, side="right")]
        - code * width
        + first
        for code, name in enumerate(names)
    }


def _numbers(names: pd.Series[str]) -> tuple[Places, Any]:
    """Number the hosts, and give their names: runs of the same name are looked at once."""
    changed = np.ones(len(names), dtype=bool)
    changed[1:] = differs(names)
    heads = np.flatnonzero(changed)
    codes, found = pd.factorize(names.iloc[heads])
    return np.repeat(codes.astype(np.int64), np.diff(np.append(heads, len(names)))), found


def seconds_of(length: Interval, what: str = "interval") -> float:
    """Return a length of time in seconds.

    Parameters
    ----------
    length
        Seconds, or as pandas writes it.
    what
        What messages call it.

    Raises
    ------
    TypeError, ValueError
        It is no time, or not above 0.
    """
    if isinstance(length, np.integer | np.floating):  # of a frame, for example
        length = length.item()
    kinds = (str, int, float, timedelta, np.timedelta64)
    # callers in a notebook are not typed
    if not isinstance(length, kinds) or isinstance(length, bool):
        given = type(cast("object", length)).__name__
        raise TypeError(f"{what} must be a length of time, for example '10s' or 10, not {given}")
    try:
        if isinstance(length, str) and length.replace(".", "", 1).isdecimal():
            length = float(length)
        if isinstance(length, str) and not (_LENGTHS.fullmatch(length) or ":" in length):
            raise ValueError(length)
        if isinstance(length, str):
            length = _DAYS.sub("D", length)  # pandas takes the small letter for a while still
        read = pd.Timedelta(length, unit="s") if isinstance(length, int | float) else pd.Timedelta(length)
    except ValueError as error:
        raise ValueError(f"{what} must be a length of time, for example '10s', not {length!r}") from error
    if not read > pd.Timedelta(0):
        raise ValueError(f"{what} must be a time above 0, not {length!r}")
    return read.total_seconds()
