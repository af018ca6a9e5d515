"""Bins of one length that time is divided into: by UTC, or by the clocks of a zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from virtsdk.stats.change.series import distinct

Moments = NDArray[np.int64]  # µs since 1970

_QUARTER = 900_000_000  # µs; clocks are set by multiples of it
_HOUR = 4 * _QUARTER
_DAY = 24 * _HOUR
_WEEK = 7 * _DAY
_MONDAY = 4 * _DAY  # 1970-01-05


@dataclass(frozen=True, slots=True)
class Bins:
    """Bins by their edges.

    Attributes
    ----------
    edges
        Where they begin, and where the last one ends.
    """

    edges: Moments

    def numbers(self, times: Moments) -> Moments:
        """Return in which bin some moments are; an edge is in the bin that it begins."""
        return np.searchsorted(self.edges, times, side="right") - 1

    def starts(self, numbers: Moments) -> Moments:
        """Return where some bins begin."""
        return self.edges[numbers]

    def ends(self, numbers: Moments) -> Moments:
        """Return where some bins end."""
        return self.edges[numbers + 1]


@dataclass(frozen=True, slots=True)
class EvenBins:
    """Bins that are all of one length, from an origin on; methods as of `Bins`."""

    width: int
    origin: int

    def numbers(self, times: Moments) -> Moments:
        """Return in which bin some moments are."""
        return (times - self.origin) // self.width

    def starts(self, numbers: Moments) -> Moments:
        """Return where some bins begin."""
        return numbers * self.width + self.origin

    def ends(self, numbers: Moments) -> Moments:
        """Return where some bins end."""
        return self.starts(numbers + 1)


def bins(width: int, first: int, last: int, zone: tzinfo | None = None) -> Bins | EvenBins:
    """Divide time into bins.

    Parameters
    ----------
    width
        Their length (µs).
    first, last
        Moments (µs since 1970) that they are to cover.
    zone
        By whose clocks: bins begin at multiples of `width` since 1970 as these show them, days at midnight
        and weeks on Mondays. A day on which the clocks are set has 23 or 25 hours. None for UTC.
    """
    origin = _MONDAY if width % _WEEK == 0 else 0
    if zone is None or _QUARTER % width == 0:
        return EvenBins(width, origin)
    shown = [_shown(moment, zone) for moment in (first, last)]
    begin, end = (shown[0] - _DAY - origin) // width, (shown[1] + _DAY - origin) // width + 2
    return Bins(_moments(np.arange(begin, end + 1) * width + origin, zone, twice=width <= _HOUR))


def _shown(moment: int, zone: tzinfo) -> int:
    """Return what the clocks of a zone show at a moment (µs)."""
    offset = pd.Timestamp(moment, unit="us", tz="UTC").tz_convert(zone).utcoffset()
    return moment + round((offset or timedelta()) / timedelta(microseconds=1))


def _moments(shown: Moments, zone: tzinfo, *, twice: bool) -> Moments:
    """Return when the clocks of a zone show some times, each of them once, in order.

    What they never show is the moment when they are set forward. What they show twice is the first time,
    and with `twice` the second as well.
    """
    plain = pd.DatetimeIndex(shown.view("datetime64[us]"))
    found = [
        plain.tz_localize(zone, nonexistent="shift_forward", ambiguous=np.full(len(plain), summer))
        for summer in ((True, False) if twice else (True,))
    ]
    return distinct(np.concatenate([one.as_unit("us").asi8 for one in found]))


def zone_of(tz: str | tzinfo | None) -> tzinfo | None:
    """Return a time zone by its name.

    Raises
    ------
    TypeError, ValueError
        There is none of that name.

    Examples
    --------
    >>> zone_of("Europe/Berlin")
    zoneinfo.ZoneInfo(key='Europe/Berlin')
    """
    if tz is None or isinstance(tz, tzinfo):
        return tz
    if not isinstance(tz, str):
        raise TypeError(f"tz must be the name of a time zone, for example 'Europe/Berlin', not {tz!r}")
    try:
        return ZoneInfo(tz)
    except (ValueError, OSError, LookupError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise ValueError(f"tz must be a time zone, for example 'Europe/Berlin', not {tz!r}") from error
