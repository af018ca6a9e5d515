"""The days that data are of: whether a week and a month-end are among them."""

from __future__ import annotations

from typing import Final

import numpy as np

from virtsdk.capacity.past.ahead.grid import duration
from virtsdk.capacity.past.usage import DAY, MICRO, Usage
from virtsdk.display import listing
from virtsdk.display.text import shorten

FULL_DAYS: Final = 14.0
"""Days of data from which on a figure counts as more than provisional."""
TOLERANCE: Final = 0.03
"""Share of the days asked for that may lack."""
COARSE: Final = 900.0
"""Seconds of a sample above which it hides peaks that matter."""
WAITING: Final = 0.1
"""Of the CPU that a guest used, the wait for it from which on demand is not seen whole."""
_DAY: Final = int(DAY) * MICRO


def _dates(usage: Usage) -> np.typing.NDArray[np.datetime64]:
    """The days, UTC, on which CPU of any guest is known."""
    return np.unique(usage.time[~np.isnan(usage.cpu)] // _DAY).astype("datetime64[D]")


def has_week(usage: Usage) -> bool:
    """Tell whether every day of a week is there."""
    return len(np.unique((_dates(usage).astype(np.int64) + 3) % 7)) == 7


def has_month_end(usage: Usage) -> bool:
    """Tell whether the last day of a month is there."""
    dates = _dates(usage)
    tomorrow = dates + np.timedelta64(1, "D")
    return bool((tomorrow.astype("datetime64[M]") != dates.astype("datetime64[M]")).any())


def notes(usage: Usage) -> list[str]:
    """Say what the data do not show: days that are lacking, short peaks, and demand that had to wait."""
    return [*_days(usage), *_peaks(usage), *_waits(usage)]


def _peaks(usage: Usage) -> list[str]:
    longest = float(np.nanmax(usage.interval, initial=0.0))
    if longest <= COARSE:
        return []
    span = duration(longest * 1e6)
    return [f"samples are averages of up to {span}: shorter peaks are not seen, and may be higher"]


def _waits(usage: Usage) -> list[str]:
    """Guests that waited for the host's CPUs used less than they asked for."""
    delay = usage.more.get("vcpu_delay_seconds_per_second")
    if delay is None:
        return []
    which = np.nan_to_num(usage.mean(delay)) > WAITING * np.nan_to_num(usage.mean(usage.cpu))
    which &= np.nan_to_num(usage.most(delay)) > WAITING
    if not which.any():
        return []
    whose = listing.names(shorten(str(one), 40) for one in usage.names[which])
    return [f"waited for the host's CPUs, and would have used more, so they need more than it seems: {whose}"]


def _days(usage: Usage) -> list[str]:
    if not len(usage.time) or np.isnan(usage.cpu).all():
        return []
    lacking = [
        words
        for there, words in (
            (has_week(usage), "some day of the week"),
            (has_month_end(usage), "a month-end"),
        )
        if not there
    ]
    if not lacking:
        return []
    dates = _dates(usage)
    said = " and ".join(lacking)
    verb = "is" if len(lacking) == 1 else "are"
    return [f"{said} {verb} not in the data ({dates[0]} to {dates[-1]}, UTC): what runs then is not seen"]
