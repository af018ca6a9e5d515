"""Columns of plain Python values to nullable arrays in base units.

The quick way handles what libvirt sends: values all of one type. A column with anything else is looked at
value by value, and what does not fit is reported, so that it is shown elsewhere, not lost or silently bent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from virtsdk.stats.metric import CONVERSIONS, Conversion, Unit

Column = Any  # a pandas extension array; pandas-stubs has no common type with take, isna and item assignment
Mask = NDArray[np.bool_]
Objects = NDArray[np.object_]
_LARGEST = 2**63 - 1


def text(values: Sequence[str | None]) -> Column:
    """Make a nullable text column; what UTF-8 cannot hold is written as a backslash escape."""
    try:
        return pd.array(values, dtype="str")
    except UnicodeEncodeError:
        safe = [None if one is None else one.encode("utf-8", "backslashreplace").decode() for one in values]
        return pd.array(safe, dtype="str")


def numbers(values: NDArray[np.int64], mask: Mask) -> Column:
    """Make a nullable column of whole numbers."""
    return pd.arrays.IntegerArray(values, mask)


def missing(dtype: str, length: int) -> Column:
    """Make a column that has nothing in it."""
    if dtype == "Int64":
        return pd.arrays.IntegerArray(np.zeros(length, dtype=np.int64), np.ones(length, dtype=bool))
    if dtype == "Float64":
        return pd.arrays.FloatingArray(np.zeros(length), np.ones(length, dtype=bool))
    if dtype.startswith("datetime64"):
        return pd.DatetimeIndex(np.full(length, "NaT", dtype="datetime64[us]"), tz="UTC").array
    return pd.array(
        [None] * length, dtype=pd.BooleanDtype() if dtype == "boolean" else pd.StringDtype(na_value=np.nan)
    )


def convert(values: Objects, unit: Unit) -> tuple[Column, Mask | None]:
    """Turn libvirt's values into a column.

    Parameters
    ----------
    values
        Plain Python values, None where there is none.
    unit
        libvirt's unit.

    Returns
    -------
    tuple
        The column, and which of its values did not fit (they are missing in it); None where all did.
    """
    conversion = CONVERSIONS[unit]
    if unit is Unit.TEXT:
        given, absent, bad = _take(values, str, lambda one: isinstance(one, str), "")
        return text(
            given if absent is None else [None if no else one for one, no in zip(given, absent, strict=True)]
        ), bad
    if unit is Unit.BOOL:
        given, absent, bad = _take(values, bool, lambda one: isinstance(one, bool), False)
        mask = np.zeros(len(given), dtype=bool) if absent is None else absent
        return pd.arrays.BooleanArray(np.fromiter(given, dtype=bool, count=len(given)), mask), bad
    if conversion.dtype == "Float64":
        given, absent, bad = _take(values, int, _is_figure, 0)
        mask = np.zeros(len(given), dtype=bool) if absent is None else absent
        figures = np.fromiter(given, dtype=np.float64, count=len(given)) / conversion.divide
        return pd.arrays.FloatingArray(figures, mask), bad
    limit = _LARGEST // conversion.multiply
    if conversion.names:
        return _named(values, conversion)
    whole, mask, bad = _whole(values, limit)
    if unit is Unit.EPOCH:
        mask |= whole == 0
        stamps = whole.astype("datetime64[s]").astype("datetime64[us]")
        stamps[mask] = np.datetime64("NaT", "us")
        return pd.DatetimeIndex(stamps, tz="UTC").array, bad
    return pd.arrays.IntegerArray(whole * conversion.multiply, mask), bad


def _is_figure(value: object) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int | np.integer) or (isinstance(value, float) and np.isfinite(value))


def _take(
    values: Objects, expected: type, fits: Callable[[Any], bool], spare: object
) -> tuple[list[Any], Mask | None, Mask | None]:
    """Return the values with `spare` for those that are absent or do not fit, and which these are."""
    given: list[Any] = values.tolist()
    kinds = set(map(type, given))
    if kinds <= {expected}:
        return given, None, None
    absent = np.fromiter((one is None for one in given), dtype=bool, count=len(given))
    if kinds <= {expected, type(None)}:
        values = values.copy()
        values[absent] = spare
        return values.tolist(), absent, None
    bad = np.fromiter((one is not None and not fits(one) for one in given), dtype=bool, count=len(given))
    values = values.copy()
    values[absent | bad] = spare
    return values.tolist(), absent | bad, bad if bad.any() else None


def _whole(values: Objects, limit: int) -> tuple[NDArray[np.int64], Mask, Mask | None]:
    def fits(one: Any) -> bool:
        return _is_figure(one) and one == int(one) and -limit <= one <= limit

    given, absent, bad = _take(values, int, fits, 0)
    try:
        whole = np.fromiter(given, dtype=np.int64, count=len(given))
        small = not len(whole) or (int(whole.max()) <= limit and int(whole.min()) >= -limit)
    except OverflowError:
        small = False
        whole = np.zeros(0, dtype=np.int64)
    if not small:  # a number that the column cannot hold: look at each
        bad = np.fromiter(
            (one is not None and not fits(one) for one in values), dtype=bool, count=len(values)
        )
        absent = bad | np.fromiter((one is None for one in values), dtype=bool, count=len(values))
        kept: Iterable[Any] = (0 if no else int(one) for one, no in zip(values, absent, strict=True))
        whole = np.fromiter(kept, dtype=np.int64, count=len(values))
    return whole, np.zeros(len(whole), dtype=bool) if absent is None else absent, bad


def _named(values: Objects, conversion: Conversion) -> tuple[Column, Mask | None]:
    names = np.array([*conversion.names, None], dtype=object)
    whole, mask, bad = _whole(values, _LARGEST)
    strange = ~mask & ((whole < 0) | (whole >= len(conversion.names)))
    whole[mask | strange] = len(conversion.names)
    if strange.any():
        bad = strange if bad is None else bad | strange
    return text(names[whole].tolist()), bad
