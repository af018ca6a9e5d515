"""Times in tables: texts with or without a zone, numbers; as UTC, or refused by their line."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import tzinfo
from typing import Any, Final, cast

import numpy as np
import pandas as pd

from virtsdk.errors import RecordingError
from virtsdk.stats.samples.times import TimeUnit, utc_column

_ISO: Final = re.compile(r"\s*\d{4}-\d\d?-\d\d?([T ]|\s*$)")
_ZONED: Final = r"(?:[Zz]|UTC|GMT|[+-]\d\d:?\d\d|\d[+-]\d\d)\s*$"
_NUMBER: Final = r"^\s*\d+(?:\.\d*)?\s*$"


def times_of(
    values: pd.Series[Any],
    where: Callable[[int], str],
    *,
    zone: tzinfo | None,
    unit: TimeUnit | None,
    form: str | None = None,
) -> pd.Series[Any]:
    """Return a column of times in UTC.

    Parameters
    ----------
    values
        Texts, numbers or times.
    where
        Tells by row where a value stands.
    zone
        Of times that name none.
    unit
        Of numbers since 1970.
    form
        Of texts, as ``strptime`` has it; None for ISO (``2026-03-01 12:00:00``).

    Raises
    ------
    RecordingError
        One is missing, is none, or names no zone where none is given; or some do and others do not.
    """
    values = values.reset_index(drop=True)
    absent = values.isna().to_numpy(dtype=bool)
    if absent.any():
        raise RecordingError(f"{where(int(absent.argmax()))}: the time is missing")
    codes, known = cast("tuple[Any, Any]", pd.factorize(values))  # few times, each of many rows
    first = np.unique(codes, return_index=True)[1]
    found = _of_different(pd.Series(known), lambda row: where(int(first[row])), zone, unit, form)
    return found.take(codes).reset_index(drop=True)


def _of_different(
    values: pd.Series[Any],
    where: Callable[[int], str],
    zone: tzinfo | None,
    unit: TimeUnit | None,
    form: str | None,
) -> pd.Series[Any]:
    if pd.api.types.is_string_dtype(values.dtype) or values.dtype == object:
        values = _of_texts(values.astype("str"), where, form)
    if pd.api.types.is_datetime64_any_dtype(values.dtype) and values.dt.tz is None:
        values = _local(values, where, zone)
    try:
        return utc_column(values, "the time", unit).reset_index(drop=True)
    except (ValueError, TypeError) as error:
        hint = "; give time_unit='s' (or 'ms')" if unit is None and "unit=" in str(error) else ""
        raise RecordingError(f"{where(0)}: {error}{hint}") from error


def _of_texts(texts: pd.Series[Any], where: Callable[[int], str], form: str | None) -> pd.Series[Any]:
    if form is None:
        numbers = texts.str.match(_NUMBER).to_numpy(dtype=bool)
        if numbers.all():
            return pd.to_numeric(texts)
        plain = texts.str.match(_ISO.pattern).to_numpy(dtype=bool)
        if not plain.all():
            row = int((~plain).argmax())
            raise RecordingError(
                f"{where(row)}: {texts.iloc[row]!r} is no time like 2026-03-01 12:00:00: give time_format=, "
                "for example '%d.%m.%Y %H:%M'"
            )
        texts = texts.str.replace(r"\s*(?:UTC|GMT)\s*$", "Z", regex=True)
    zoned = texts.str.contains(_ZONED, regex=True).to_numpy(dtype=bool)
    if form is None and zoned.any() and not zoned.all():
        row = int((~zoned if zoned[0] else zoned).argmax())
        raise RecordingError(
            f"{where(0)} and {where(row)}: one of the times names a zone and the other does not: "
            f"{texts.iloc[0]!r}, {texts.iloc[row]!r}"
        )
    try:
        if form is not None:
            aware = "%z" in form or "%Z" in form
            return pd.to_datetime(texts, format=form, utc=aware)
        return pd.to_datetime(texts, format="ISO8601", utc=bool(zoned.all()))
    except (ValueError, OverflowError) as error:
        read = pd.to_datetime(texts, format=form or "ISO8601", utc=True, errors="coerce")
        row = int(read.isna().to_numpy().argmax())
        raise RecordingError(
            f"{where(row)}: {texts.iloc[row]!r} is no time" + (f" like {form!r}" if form else "")
        ) from error


def _local(values: pd.Series[Any], where: Callable[[int], str], zone: tzinfo | None) -> pd.Series[Any]:
    """Take times as the clocks of a zone show them."""
    if zone is None:
        raise RecordingError(
            f"{where(0)}: {values.iloc[0]} has no time zone: give tz=, for example tz='Europe/Berlin', "
            "or tz='UTC'"
        )
    plain = pd.Series(values.unique())
    try:
        known = plain.dt.tz_localize(zone)
    except ValueError as error:
        strange = plain.dt.tz_localize(zone, nonexistent="NaT", ambiguous="NaT").isna()
        row = int(np.flatnonzero(values.isin(plain[strange]).to_numpy())[0])
        raise RecordingError(
            f"{where(row)}: {values.iloc[row]} is shown never or twice by the clocks of {zone}, which were "
            "set then: export the times in UTC"
        ) from error
    return values.map(dict(zip(plain, known, strict=True)))
