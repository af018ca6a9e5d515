"""Levels inside guests: the memory of those whose use grows, and their file systems that fill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.past.usage import Usage
from virtsdk.capacity.reporting.levels import Level
from virtsdk.stats.samples.times import utc_column

MOST: Final = 20
"""Levels of a kind that are followed: those that would be full first on a straight line."""
FULL: Final = 0.95
"""Of a file system: from here on it is followed though it does not grow."""
_AHEAD: Final = 6  # times the data, as far as `exhaustion` looks
FILE_SYSTEMS: Final = ("host", "domain", "name", "mountpoint", "time", "total_bytes", "used_bytes")


def memory_levels(usage: Usage, grows: Mapping[str, float]) -> list[Level]:
    """Give what guests use of their own memory, of those whose use grows; its limit is what they have now.

    Parameters
    ----------
    usage
        The guests that count.
    grows
        Of which of them (UUID) memory grew, and bytes a day.
    """
    found: list[tuple[float, Level]] = []
    for place in range(len(usage)):
        a_day = grows.get(str(usage.domains[place]))
        if a_day is None:
            continue
        rows = slice(int(usage.starts[place]), int(usage.starts[place + 1]))
        limit = float(usage.memory[rows][-1])
        what = f"memory of {usage.names[place]} on {usage.hosts[place]}"
        times = pd.DatetimeIndex(usage.time[rows].astype("datetime64[us]"), tz="UTC", name="time")
        series = pd.Series(usage.memory_used[rows], index=times, name=f"{what} in bytes")
        known = series.dropna()
        if len(known) and np.isfinite(limit):
            soon = (limit - float(known.iloc[-1])) / a_day
            key = f"guest {usage.domains[place]}/memory"
            found.append((soon, Level(key, what, series, limit, inside=True)))
    return [level for _, level in sorted(found, key=lambda one: one[0])[:MOST]]


def file_system_levels(frame: pd.DataFrame, guests: pd.DataFrame) -> list[Level]:
    """Give what guests' file systems hold, of those that fill; the limit is the last size.

    One fills where each third of its samples is above the one before, and a straight line meets its size
    within six times the data; or where 95 % of it are used.

    Parameters
    ----------
    frame
        One row per file system and time, as of ``recording.frames("guest.filesystems")``.
    guests
        The guests that count: ``domain``, or ``name`` alone.

    Raises
    ------
    ValueError
        A column is missing, a time is missing or has no zone, or a figure cannot be right.
    """
    checks.require(frame, "filesystems", FILE_SYSTEMS, maker='recording.frames("guest.filesystems")')
    known = frame.dropna(subset=["used_bytes", "total_bytes"])
    key = "domain" if "domain" in guests else "name"
    known = known[known[key].isin(guests[key])].reset_index(drop=True)
    known = known.assign(time=utc_column(known["time"], "column 'time' of the filesystems frame"))
    for column in ("used_bytes", "total_bytes"):
        checks.figures(known, "filesystems", column, "name")
    keys = ["domain", "mountpoint"]
    known = known.drop_duplicates([*keys, "time"], keep="last").sort_values([*keys, "time"])
    found: list[tuple[float, Level]] = []
    for (domain, mounted), rows in known.groupby(keys, sort=True):
        used = rows["used_bytes"].to_numpy(np.float64)
        limit = float(rows["total_bytes"].iloc[-1])
        soon = _soon(used, rows["time"], limit)
        if soon is None:
            continue
        what = f"file system {mounted} of {rows['name'].iloc[-1]} on {rows['host'].iloc[-1]}"
        times = pd.DatetimeIndex(rows["time"], name="time")
        series = pd.Series(used, index=times, name=f"{what} in bytes")
        found.append((soon, Level(f"guest {domain}{mounted}", what, cast("Any", series), limit, inside=True)))
    return [level for _, level in sorted(found, key=lambda one: one[0])[:MOST]]


def _soon(used: Any, times: pd.Series[Any], limit: float) -> float | None:
    """Return the days until a straight line meets the limit; None where that is far, or it does not fill."""
    if len(used) < 3 or limit <= 0:
        return None
    days = (times.iloc[-1] - times.iloc[0]).total_seconds() / 86_400
    if used[-1] >= FULL * limit:
        return 0.0
    first, second, third = (float(part.mean()) for part in np.array_split(used, 3))
    if not first < second < third:
        return None
    left = (limit - float(used[-1])) / ((third - first) / (days * 2 / 3))
    return left if left <= _AHEAD * days else None
