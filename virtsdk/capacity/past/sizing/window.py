"""The days that data are of: whether a week and a month-end are among them."""

from __future__ import annotations

from typing import Final

import numpy as np

from virtsdk.capacity.past.usage import DAY, MICRO, Usage

FULL_DAYS: Final = 14.0
"""Days of data from which on a figure counts as more than provisional."""
TOLERANCE: Final = 0.03
"""Share of the days asked for that may lack."""
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
    return bool(((dates + 1).astype("datetime64[M]") != dates.astype("datetime64[M]")).any())


def notes(usage: Usage) -> list[str]:
    """Say which days are lacking."""
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
