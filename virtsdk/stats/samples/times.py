"""Times as they are given: with a zone, or as numbers whose unit is said; always UTC, in microseconds."""

from __future__ import annotations

from datetime import datetime
from numbers import Real
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

TimeUnit = Literal["s", "ms", "us", "ns"]
UNITS: dict[str, int] = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}  # in a second
_FIRST, _END = -62_135_596_800, 253_402_300_800  # seconds: a datetime is of the years 1 to 9999


class Clock(NamedTuple):
    """What a clock that is never set said when a sample was taken: it tells how far apart samples are.

    Attributes
    ----------
    name
        Which clock: readings of another one say nothing beside them.
    seconds
        Its reading.
    """

    name: str
    seconds: float


def utc(time: datetime | pd.Timestamp | float | None, unit: TimeUnit | None = None) -> pd.Timestamp:
    """Return a time in UTC, to the microsecond; now for None.

    Parameters
    ----------
    time
        With a zone; or a number since 1970.
    unit
        The unit of a number.

    Raises
    ------
    ValueError
        It has no time zone, is none, or is a number without a unit.
    """
    if time is None:
        return pd.Timestamp.now(tz="UTC").as_unit("us")
    if isinstance(time, Real) and not isinstance(time, bool):
        column = pd.Series([time])
        return pd.Timestamp(utc_column(column, f"time {time!r}", unit).iloc[0])
    try:
        stamp = pd.Timestamp("NaT" if isinstance(time, bool) else time)  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError) as error:
        raise type(error)(f"time must be a datetime with a zone, or a number, not {time!r}") from error
    if stamp is pd.NaT or stamp.tzinfo is None:
        raise ValueError(f"time {time!r} has no time zone: give one, for example datetime.now(timezone.utc)")
    return stamp.tz_convert("UTC").as_unit("us")


def utc_column(times: pd.Series[Any], what: str, unit: TimeUnit | None = None) -> pd.Series[Any]:
    """Return a column of times in UTC, to the microsecond.

    Parameters
    ----------
    times
        With a zone; or numbers since 1970.
    what
        What messages call it.
    unit
        The unit of numbers.

    Raises
    ------
    ValueError
        They have no time zone, are numbers without a unit, or some of them are missing.
    TypeError
        They are no times.
    """
    if unit is not None and unit not in UNITS:
        raise ValueError(f"unit must be one of {', '.join(map(repr, UNITS))}, not {unit!r}")
    missing = int(times.isna().sum())
    if missing:
        first = times.index[times.isna().to_numpy(dtype=bool)][0]
        raise ValueError(f"{what} is missing (NaT) in {missing} of {len(times)} rows, first in row {first!r}")
    if not len(times):
        return pd.Series(pd.DatetimeIndex([], tz="UTC").as_unit("us"), index=times.index)
    if pd.api.types.is_numeric_dtype(times.dtype) and not pd.api.types.is_bool_dtype(times.dtype):
        return _of_numbers(times, what, unit)
    if times.dtype == object:
        times = _of_objects(times, what)
    zone = getattr(getattr(times.dtype, "pyarrow_dtype", None), "tz", None)
    if zone is not None:  # as pandas reads Parquet with dtype_backend="pyarrow"
        times = times.astype(pd.DatetimeTZDtype("us", zone))
    if not pd.api.types.is_datetime64_any_dtype(times.dtype):
        raise TypeError(
            f"{what} is {times.dtype}; expected times with a zone, as pd.to_datetime(..., utc=True)"
        )
    if getattr(times.dtype, "tz", None) is None:
        raise ValueError(
            f"{what} has no time zone: give one, for example .dt.tz_localize('UTC') where they are UTC"
        )
    return times.dt.tz_convert("UTC").dt.as_unit("us")


def _of_objects(times: pd.Series[Any], what: str) -> pd.Series[Any]:
    """Take datetimes that lie in a column of objects: of several zones, say."""
    for one in times:
        if not isinstance(one, datetime):
            raise TypeError(f"{what} has {type(one).__name__} in it; expected times with a zone")
        if one.tzinfo is None:
            raise ValueError(f"{what} has no time zone in {one}: give one, for example .tz_localize('UTC')")
    return pd.to_datetime(times, utc=True)


def _of_numbers(times: pd.Series[Any], what: str, unit: TimeUnit | None) -> pd.Series[Any]:
    if unit is None:
        raise ValueError(
            f"{what} is a number: say its unit, for example unit='s' for seconds since 1970 (UTC)"
        )
    each = UNITS[unit]
    if pd.api.types.is_integer_dtype(times.dtype):
        whole = times.to_numpy(dtype=np.int64)
        large = (whole < _FIRST * each) | (whole >= _END * each)
        values = whole * (10**6 // each) if each <= 10**6 else whole // (each // 10**6)
    else:
        exact = times.to_numpy(dtype=np.float64)
        large = ~((exact >= _FIRST * each) & (exact < _END * each))
        values = np.round(np.where(large, 0, exact) / each * 10**6).astype(np.int64)
    if large.any():
        value = times.iloc[int(np.flatnonzero(large)[0])]
        raise ValueError(f"{what} is {value}, which is no time in the unit {unit!r}")
    return pd.Series(pd.DatetimeIndex(values.view("datetime64[us]"), tz="UTC"), index=times.index)
