"""libvirt's values to nullable columns in base units."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from virtsdk.stats.columns.metric import CONVERSIONS, Unit
from virtsdk.words import DOMAIN_STATES, STATE_REASONS

Column = Any  # a pandas extension array; pandas-stubs has no common type with take, isna and item assignment
Flags = NDArray[np.bool_]
Figures = NDArray[np.int64]
_LARGEST = 2**63 - 1
UNKNOWN = -1  # as libvirt, drivers and exporters write a figure that they do not have


def text(values: Sequence[str | None]) -> Column:
    """Make a text column; what UTF-8 cannot hold is written as a backslash escape."""
    try:
        return pd.array(values, dtype="str")
    except UnicodeEncodeError:
        safe = [None if one is None else one.encode("utf-8", "backslashreplace").decode() for one in values]
        return pd.array(safe, dtype="str")


def missing(dtype: str, length: int) -> Column:
    """Make a column that has nothing in it."""
    if dtype == "Int64":
        return pd.arrays.IntegerArray(np.zeros(length, dtype=np.int64), np.ones(length, dtype=bool))
    if dtype == "Float64":
        return pd.arrays.FloatingArray(np.zeros(length), np.ones(length, dtype=bool))
    if dtype == "boolean":
        return pd.arrays.BooleanArray(np.zeros(length, dtype=bool), np.ones(length, dtype=bool))
    if dtype == "str":
        return _nothing().take(np.zeros(length, dtype=np.int64))
    return pd.DatetimeIndex(np.full(length, "NaT", dtype="datetime64[us]"), tz="UTC").array


def figures(values: Figures, absent: Flags, unit: Unit) -> tuple[Column, Flags | None]:
    """Turn whole numbers into a column.

    Parameters
    ----------
    values
        libvirt's numbers, anything where there is none. -1 stands for a figure that is not known.
    absent
        Where there is none.
    unit
        libvirt's unit.

    Returns
    -------
    tuple
        The column, and which of the numbers mean nothing in it (they are missing there); None where all do.
    """
    conversion = CONVERSIONS[unit]
    if not conversion.names and len(values) and int(values.min()) < 0:
        absent = absent | (values == UNKNOWN)
    if conversion.dtype == "Float64":
        return pd.arrays.FloatingArray(values / conversion.divide, absent), None
    if conversion.names:
        strange = ~absent & ((values < 0) | (values >= len(conversion.names)))
        codes = np.where(absent | strange, -1, values)
        return _names(unit).take(codes, allow_fill=True), strange if strange.any() else None
    if unit is Unit.EPOCH:
        stamps = values.astype("datetime64[s]").astype("datetime64[us]")
        stamps[absent | (values == 0)] = np.datetime64("NaT", "us")
        return pd.DatetimeIndex(stamps, tz="UTC").array, None
    if conversion.multiply == 1:
        return pd.arrays.IntegerArray(values, absent), None
    limit = _LARGEST // conversion.multiply
    strange = None
    if len(values) and (int(values.max()) > limit or int(values.min()) < -limit):
        strange = (values > limit) | (values < -limit)
        values, absent = np.where(strange, 0, values), absent | strange
    return pd.arrays.IntegerArray(values * conversion.multiply, absent), strange


def reasons(states: Figures, values: Figures, absent: Flags) -> tuple[Column, Flags | None]:
    """Turn the reasons of states into their names; where the state is unknown the reason means nothing."""
    table, names = _reason_table()
    known = ~absent & (states >= 0) & (states < table.shape[0]) & (values >= 0) & (values < table.shape[1])
    codes = np.where(known, table[np.where(known, states, 0), np.where(known, values, 0)], -1)
    strange = ~absent & (codes < 0)
    return names.take(codes, allow_fill=True), strange if strange.any() else None


def words(values: list[Any], unit: Unit) -> tuple[Column, Flags | None]:
    """Turn texts or truth values into a column, and say which of them are neither; None is missing."""
    kind = str if unit is Unit.TEXT else bool
    kinds = set(map(type, values))
    strange = None
    if not kinds <= {kind, type(None)}:
        strange = np.array([one is not None and not isinstance(one, kind) for one in values])
        values = [None if bad else one for one, bad in zip(values, strange, strict=True)]
    if unit is Unit.TEXT:
        return text(values), strange
    absent = np.array([one is None for one in values], dtype=bool)
    return pd.arrays.BooleanArray(np.array([one is True for one in values], dtype=bool), absent), strange


def anything(values: Sequence[object]) -> dict[str, Column]:
    """Turn values of any kind into the columns ``value`` (Float64) and, where that is not exact, ``text``."""
    plain = np.array([float(one) if isinstance(one, int | float) else np.nan for one in values], dtype=float)
    absent = ~np.isfinite(plain)
    return {
        "value": pd.arrays.FloatingArray(np.where(absent, 0, plain), absent),
        "text": text([_exact(value) for value in values]),
    }


def _exact(value: object) -> str | None:
    """Return what a Float64 cannot hold as text."""
    if isinstance(value, int):
        return None if isinstance(value, bool) or abs(value) <= 2**53 else str(value)
    if isinstance(value, float):
        return None if np.isfinite(value) else str(value)
    return None if value is None else str(value)


@cache
def _names(unit: Unit) -> Column:
    return text(CONVERSIONS[unit].names)


@cache
def _nothing() -> Column:
    return text([None])


@cache
def _reason_table() -> tuple[Figures, Column]:
    names = [name for state in DOMAIN_STATES for name in STATE_REASONS[state]]
    table = np.full((len(DOMAIN_STATES), max(map(len, STATE_REASONS.values()))), -1, dtype=np.int64)
    code = 0
    for row, state in enumerate(DOMAIN_STATES):
        for column in range(len(STATE_REASONS[state])):
            table[row, column] = code
            code += 1
    return table, text(names)
