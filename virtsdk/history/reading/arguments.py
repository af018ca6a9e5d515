"""Arguments that choose a part of a recording: times, names, columns, lengths."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, cast

import numpy as np
import pandas as pd

from virtsdk.history.parquet.older import RENAMED
from virtsdk.stats.change.bins import zone_of
from virtsdk.stats.change.spacing import seconds_of
from virtsdk.stats.samples.derive import DERIVED
from virtsdk.stats.samples.times import utc

Time = datetime | pd.Timestamp | timedelta | pd.Timedelta | str
Names = str | Iterable[str]

_BACK = re.compile(r"\s*-\s*\d")
_DATE = re.compile(r"\s*\d{4}(-\d|\d{4}|\s*$)")  # no month alone, no hour of today


def chosen_columns(name: str, there: list[str], columns: Iterable[str] | None) -> list[str]:
    """Return the columns to read of a frame: all, or those that are named, also what is worked out."""
    known = [*there, *DERIVED.get(name, ())]
    if columns is None:
        return known
    if isinstance(columns, str | bytes) or not isinstance(columns, Iterable):
        raise TypeError(f"columns must be a list of names, not {columns!r}")
    wanted = list(dict.fromkeys(columns))
    for column in wanted:
        if column not in known:
            today = RENAMED.get(name, {}).get(column)
            hint = f"it is called {today!r} now" if today else f"it has {', '.join(known)}"
            raise ValueError(f"frame {name!r} has no column {column!r}; {hint}")
    return wanted


def words(what: str, given: Any) -> frozenset[str] | None:
    """Return one name or several as a set; None for no limit."""
    if given is None:
        return None
    if isinstance(given, bytes) or not isinstance(given, Iterable):
        raise TypeError(f"{what} must be a name or several, not {given!r}")
    every: list[Any] = [given] if isinstance(given, str) else list(cast("Iterable[Any]", given))
    for word in every:
        if not isinstance(word, str):
            raise TypeError(f"{what} must be names, not {type(word).__name__}")
    return frozenset(every)


def microseconds_of(
    time: Time | None, *, what: str = "time", zone: tzinfo | None = None, end: int | None = None
) -> int | None:
    """Return a time since 1970.

    Parameters
    ----------
    time
        A moment; or a length below 0 (``"-1h"``), which counts from `end`.
    what
        What messages call it.
    zone
        Of times that name none; None for UTC, in texts alone.
    end
        Since 1970; None where there is nothing that ends.
    """
    if time is None:
        return None
    if isinstance(time, timedelta | np.timedelta64) or (isinstance(time, str) and _BACK.match(time)):
        return _counted(time, what, end)
    if not isinstance(time, str | date | np.datetime64):
        raise TypeError(f"{what} must be a datetime or text ('2026-03-01 12:00', '-1h'), not {time!r}")
    stamp = _read(time, what) if isinstance(time, str) else pd.Timestamp(time)
    if stamp is pd.NaT:
        raise ValueError(f"{what} must be a time, not {time!r}")
    if stamp.tzinfo is None and (zone is not None or isinstance(time, str)):
        stamp = _localized(stamp, zone or UTC, what)
    return int(utc(stamp).asm8.astype("datetime64[us]").astype(np.int64))


def _read(text: str, what: str) -> pd.Timestamp:
    """Read a text: a date, a time where one follows, and a zone or offset where one follows."""
    plain, _, last = text.strip().rpartition(" ")
    try:
        zone = zone_of(last) if plain and last[:1].isalpha() else None
        if not _DATE.match(text):
            raise ValueError(text)
        stamp = pd.Timestamp(plain if zone else text)
    except ValueError as error:
        raise ValueError(
            f"{what} must be a time ('2026-03-01 12:00', '-1h' before the end), not {text!r}"
        ) from error
    return stamp if zone is None or stamp is pd.NaT else _localized(stamp, zone, what)


def _localized(stamp: pd.Timestamp, zone: tzinfo, what: str) -> pd.Timestamp:
    """Take a time as the clocks of a zone show it."""
    try:
        return stamp.tz_localize(zone)
    except ValueError as error:
        raise ValueError(
            f"{what} {stamp} is shown never or twice by the clocks of {zone}, which were set then: give it "
            f"with an offset, '{stamp}+01:00'"
        ) from error


def _counted(time: Any, what: str, end: int | None) -> int:
    """Return the time that is so long before the end."""
    back: Any = time[1:].strip() if isinstance(time, str) else -pd.Timedelta(time)
    try:
        seconds = seconds_of(back, what)
    except ValueError as error:
        raise ValueError(
            f"{what} must be a length below 0 to count from the end ('-1h'), not {time!r}"
        ) from error
    return 0 if end is None else end - round(seconds * 1e6)


def stamp_of(microseconds: int) -> pd.Timestamp:
    """Return a time that is given since 1970."""
    return pd.Timestamp(microseconds, unit="us", tz="UTC").as_unit("us")


def length_of(every: pd.Timedelta | str | None) -> pd.Timedelta | None:
    """Return a length of time."""
    return None if every is None else pd.Timedelta(max(seconds_of(every, "every"), 1e-6), unit="s")
