"""A series of measurements on a regular grid of times, NaN where there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from virtsdk.stats.samples.times import utc_column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAY: Final = 86_400 * 10**6
"""Microseconds."""
WEEK: Final = 7 * DAY
LEAST: Final = 3
_MAKER: Final = "usage.set_index('time')['cpu_used_vcpus'] of one domain"
_SECONDS: Final = (1, 2, 5, 10, 15, 20, 30)
_USUAL: Final = (
    *_SECONDS,
    *(60 * one for one in _SECONDS),
    *(3600 * one for one in (1, 2, 3, 4, 6, 8, 12, 24, 168)),
)
_LARGEST: Final = 1e100  # their squares are finite
_SPARSE: Final = 20  # times of the grid a value


@dataclass(frozen=True, eq=False)
class Grid:
    """Measurements at times of equal distance.

    Attributes
    ----------
    values
        NaN where there is none; the first is a value.
    end
        Microseconds since 1970 of the last.
    step
        Microseconds from one to the next.
    name
        Of the series.
    notes
        What was done to the series.
    """

    values: Floats
    end: int
    step: int
    name: str
    notes: tuple[str, ...]

    @property
    def times(self) -> Ints:
        """Microseconds of all values."""
        return self.end - self.step * np.arange(len(self.values) - 1, -1, -1, dtype=np.int64)

    def per(self, span: int) -> int:
        """Return how many steps a span has; 0 where they do not fill it."""
        return span // self.step if span % self.step == 0 else 0


def stamps(times: Ints) -> pd.DatetimeIndex:
    """Return times in UTC, to the microsecond."""
    return pd.DatetimeIndex(times.view("datetime64[us]"), tz="UTC", name="time")


def duration(microseconds: float) -> str:
    """Write a length of time in a unit that suits it.

    Examples
    --------
    >>> duration(300e6), duration(86400e6), duration(36 * 3600e6), duration(7 * 86400e6)
    ('5 min', '1 day', '36 h', '7 days')
    >>> duration(1234.5 * 86400e6)
    '1,234 days'
    """
    seconds = microseconds / 10**6
    if seconds >= 1000 * 86_400:
        return f"{seconds / 86_400:,.0f} days"
    for unit, length in (("day", 86_400), ("h", 3600), ("min", 60)):
        number = seconds / length
        if number >= 1 and (number == int(number) or number >= (10 if unit == "day" else 3)):
            return f"{number:.3g} {unit}{'s' if unit == 'day' and number != 1 else ''}"
    return f"{seconds:.3g} s"


def on_grid(series: object) -> Grid:
    """Check a series and put it on a grid.

    The grid's step is the distance of its times. Where they differ it is the median, or the usual one that
    others are multiples of, rounded to what clocks have (such as 5 min) where that is within 2 %. Values that
    come to lie on one time of the grid are averaged; those in a gap are NaN.

    Raises
    ------
    TypeError
        Not a series of numbers indexed by times.
    ValueError
        Times have no zone, are missing or doubled, values are infinite or above 1e100, or there are too few.
    """
    if not isinstance(series, pd.Series):
        raise TypeError(
            f"series must be a Series indexed by time, for example {_MAKER}, not {type(series).__name__}"
        )
    whole = cast("pd.Series[Any]", series)
    times, values = _times(whole), _values(whole)
    notes: list[str] = []
    steps = np.diff(times)
    if (steps < 0).any():
        order = np.argsort(times, kind="stable")
        times, values = times[order], values[order]
        steps = np.diff(times)
        notes.append("the times were not in order; they were sorted")
    if (steps == 0).any():
        twice = stamps(times[1:][steps == 0][:1])[0]
        raise ValueError(
            f"the index of series has {twice} more than once; expected one value a time "
            "(of several domains, take one, or the sum of each time)"
        )
    known = ~np.isnan(values)
    if known.sum() < LEAST:
        raise ValueError(f"series must have at least {LEAST} values, not {int(known.sum())}")
    first = int(known.argmax())
    times, values, steps = times[first:], values[first:], steps[first:]
    step = _step(steps)
    name = "" if series.name is None else str(series.name)
    if (steps != step).any():
        values, told = _placed(times, values, step)
        notes += told
    missing = np.isnan(values)
    if missing.any():
        edges = np.flatnonzero(np.diff(np.concatenate([[0], missing.astype(np.int8), [0]])))
        longest = int((edges[1::2] - edges[::2]).max())
        notes.append(
            f"{int(missing.sum())} of {len(values)} times have no value; the longest gap is "
            f"{duration(longest * step)}"
        )
    return Grid(values, int(times[-1]), step, name, tuple(notes))


def _times(series: pd.Series[Any]) -> Ints:
    index: Any = series.index
    if hasattr(index.dtype, "pyarrow_dtype"):
        return utc_column(index.to_series(), "the index of series").to_numpy("datetime64[us]").view(np.int64)
    if isinstance(index, pd.DatetimeIndex):
        if index.tz is None:
            raise ValueError(
                "the index of series has no time zone: give one, for example series.tz_localize('UTC') "
                "where its times are UTC"
            )
        if index.hasnans:
            row = int(np.flatnonzero(index.isna())[0])
            raise ValueError(f"the index of series is missing (NaT) in row {row}")
        return index.as_unit("us").asi8
    told = "of several levels" if isinstance(index, pd.MultiIndex) else str(index.dtype)
    raise TypeError(f"the index of series must be times with a zone, not {told}; for example {_MAKER}")


def _values(series: pd.Series[Any]) -> Floats:
    column: Any = series.convert_dtypes() if series.dtype == object else series
    if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
        if len(column) and column.notna().any():
            raise TypeError(f"series must be numbers, not {series.dtype}")
        return np.full(len(column), np.nan)
    if isinstance(column.dtype, np.dtype):
        values = np.array(column.to_numpy(), np.float64)
    else:
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(values).any():
        row = int(np.flatnonzero(np.isinf(values))[0])
        raise ValueError(f"series is {values[row]} at {series.index[row]}; expected finite numbers")
    largest = float(np.abs(values).max(initial=0, where=~np.isnan(values)))
    if largest > _LARGEST:
        row = int(np.nanargmax(np.abs(values)))
        raise ValueError(
            f"series is {values[row]:g} at {series.index[row]}; expected numbers of at most {_LARGEST:g}"
        )
    return values


def _step(steps: Ints) -> int:
    """Return the median distance; where many are left out, the one that others are multiples of."""
    usual, short = float(np.median(steps)), float(np.quantile(steps, 0.2))
    if (steps == usual).all():
        return int(usual)
    if short < 0.8 * usual:
        times = steps / short
        if float(np.mean(np.abs(times - np.round(times)))) < 0.1:
            return _rounded(short)
    return _rounded(usual)


def _rounded(step: float) -> int:
    """Return the length that clocks have within 2 %: what is taken every day is a day apart on the grid."""
    nearest = min(_USUAL, key=lambda one: abs(one * 10**6 - step)) * 10**6
    return nearest if abs(nearest - step) <= 0.02 * step else int(step)


def _placed(times: Ints, values: Floats, step: int) -> tuple[Floats, list[str]]:
    """Average values by the times of the grid that they are nearest to, counted back from the last."""
    back: Ints = np.round(np.subtract(times[-1], times) / step).astype(np.int64)
    if back[0] > _SPARSE * len(times) + 1000:
        raise ValueError(
            f"series must be denser: {len(times)} values, mostly {duration(step)} apart, are spread over "
            f"{duration(float(times[-1] - times[0]))}; average it first, for example "
            "series.resample('1h').mean(), or take its last part"
        )
    place: Ints = np.subtract(back[0], back)
    known = ~np.isnan(values)
    sums = np.bincount(place[known], values[known], minlength=int(back[0]) + 1)
    counts = np.bincount(place[known], minlength=int(back[0]) + 1)
    uneven = np.abs((times[-1] - times) - back * step) > 0.1 * step
    told = (
        [f"its times are not {duration(step)} apart throughout; it was put on a grid of {duration(step)}"]
        if uneven.any()
        else []
    )
    return np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0), told
