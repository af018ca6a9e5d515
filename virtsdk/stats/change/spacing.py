"""How far apart the samples of a host are meant to be, and from where on the distance is a gap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from virtsdk.stats.change.series import Figures, Flags, Places, differs, microseconds

GAP = 2.5
"""Two samples further apart than this many times the expected distance have a gap between them."""

Interval = pd.Timedelta | str | float


@dataclass(frozen=True, slots=True)
class Spacing:
    """Seconds between samples, from some moments (µs since 1970) on."""

    starts: Places
    seconds: Figures

    @classmethod
    def constant(cls, seconds: float) -> Spacing:
        """Make one that is the same at all times."""
        return cls(np.zeros(1, dtype=np.int64), np.array([seconds]))

    def is_gap(self, times: Places, seconds: Figures) -> Flags:
        """Tell which intervals that end at `times` and are so many `seconds` long are gaps."""
        place = np.searchsorted(self.starts, times, side="right") - 1
        return seconds > GAP * self.seconds[np.maximum(place, 0)]


def distances(frame: pd.DataFrame) -> Figures:
    """Return the seconds between the moments at which each host was sampled, in any order.

    Hosts are looked at one by one: that of two of them one is sampled shortly after the other says nothing.
    """
    if not len(frame):
        return np.zeros(0)
    times = microseconds(frame)
    number = _numbers(frame["host"])
    first = int(times.min())
    width = int(times.max()) - first + 1
    moments: NDArray[np.int64] = np.unique(pd.unique(number * width + times - first))
    return np.diff(moments)[np.diff(moments // width) == 0] / 1e6


def _numbers(names: pd.Series[str]) -> Places:
    """Number the hosts: runs of the same name are looked at once."""
    changed = np.ones(len(names), dtype=bool)
    changed[1:] = differs(names)
    heads = np.flatnonzero(changed)
    codes, _ = pd.factorize(names.iloc[heads])
    return np.repeat(codes.astype(np.int64), np.diff(np.append(heads, len(names))))


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
    kinds = (str, int, float, timedelta, np.timedelta64)
    # callers in a notebook are not typed
    if not isinstance(length, kinds) or isinstance(length, bool):
        given = type(cast("object", length)).__name__
        raise TypeError(f"{what} is a length of time, for example '10s' or 10, not {given}")
    try:
        if isinstance(length, str) and length.replace(".", "", 1).isdecimal():
            length = float(length)
        read = pd.Timedelta(length, unit="s") if isinstance(length, int | float) else pd.Timedelta(length)
    except ValueError as error:
        raise ValueError(f"{what} is {length!r}; expected a length of time, for example '10s'") from error
    if not read > pd.Timedelta(0):
        raise ValueError(f"{what} is {length!r}; expected a time above 0")
    return read.total_seconds()
