"""Arguments that choose a part of a recording: times, names, columns, lengths."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from virtsdk.history.parquet.older import RENAMED
from virtsdk.stats.change.spacing import seconds_of
from virtsdk.stats.samples.derive import DERIVED
from virtsdk.stats.samples.domains import utc

Time = datetime | pd.Timestamp | str
Names = str | Iterable[str]


def chosen_columns(name: str, there: list[str], columns: Iterable[str] | None) -> list[str]:
    """Return the columns to read of a frame: all, or those that are named, also what is worked out."""
    known = [*there, *DERIVED.get(name, ())]
    if columns is None:
        return known
    if isinstance(columns, str):
        raise TypeError(f"columns is a list of names, not {columns!r}")
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
    every = [given] if isinstance(given, str) else list(given)
    for word in every:
        if not isinstance(word, str):
            raise TypeError(f"{what} are names, not {type(word).__name__}")
    return frozenset(every)


def microseconds_of(time: Time | None) -> int | None:
    """Return a time since 1970; a text without a zone is UTC."""
    if time is None:
        return None
    if isinstance(time, int | float):
        raise TypeError(f"a time is a datetime or text ('2026-03-01 12:00'), not {time!r}")
    try:
        stamp = pd.Timestamp(time)
    except ValueError as error:
        raise ValueError(f"{time!r} is no time; expected a datetime or '2026-03-01 12:00'") from error
    if isinstance(time, str) and stamp is not pd.NaT and stamp.tzinfo is None:
        stamp = stamp.tz_localize("UTC")
    return int(utc(stamp).asm8.astype("datetime64[us]").astype(np.int64))


def stamp_of(microseconds: int) -> pd.Timestamp:
    """Return a time that is given since 1970."""
    return pd.Timestamp(microseconds, unit="us", tz="UTC").as_unit("us")


def length_of(every: pd.Timedelta | str | None) -> pd.Timedelta | None:
    """Return a length of time."""
    return None if every is None else pd.Timedelta(max(seconds_of(every, "every"), 1e-6), unit="s")
