"""Check input frames; an error names column and row."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from virtsdk.display import listing


class CapacityWarning(UserWarning):
    """An answer leaves something open because a figure is missing."""


def warn(notes: Sequence[str], *, level: int) -> None:
    """Warn of each note, as of the line `level` calls up."""
    for note in notes:
        warnings.warn(note, CapacityWarning, stacklevel=level + 1)


def plain(value: Any) -> Any:
    """Return a number of numpy's as Python's, which a message shows as people write it."""
    return cast("Any", value).item() if isinstance(value, np.generic) else value


def scalar(value: object, name: str) -> float:
    """Return an argument as a number of 0 or more."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {plain(value)!r}")
    if not 0 <= float(value) < float("inf"):
        raise ValueError(f"{name} must be 0 or more, not {plain(value)!r}")
    return float(value)


def counter(value: object, name: str, least: int = 0) -> int:
    """Return an argument as a whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be a whole number, not {plain(value)!r}")
    if int(value) < least:
        raise ValueError(f"{name} must be {least} or more, not {plain(value)!r}")
    return int(value)


def flag(value: object, name: str) -> None:
    """Check that an argument is True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, not {plain(value)!r}")


def _kind(thing: object) -> str:
    """Name what is no frame of pandas; those of Dask and Polars are called DataFrame, too."""
    kind = type(thing)
    if kind.__name__ != "DataFrame":
        return kind.__name__
    maker = kind.__module__.partition(".")[0]
    return (
        f"one of {maker}: turn it into one of pandas ({'.compute()' if maker == 'dask' else '.to_pandas()'})"
    )


def require(frame: object, name: str, columns: Sequence[str], *, maker: str) -> pd.DataFrame:
    """Return the frame if it has the columns, each once.

    Parameters
    ----------
    frame
        The caller's argument.
    name
        Its name in messages.
    columns
        Columns that it must have.
    maker
        The call that makes such a frame, for the message.
    """
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(f"{name} must be a DataFrame, for example {maker}, not {_kind(frame)}")
    lacking = [column for column in columns if column not in frame.columns]
    if lacking:
        inside = [column for column in lacking if column in frame.index.names]
        hint = f"; .reset_index() makes one of {', '.join(map(repr, inside))} in the index" if inside else ""
        raise ValueError(
            f"the {name} frame has no column {', '.join(map(repr, lacking))}; it has "
            f"{listing.names(map(repr, frame.columns), 12)}; expected a frame as of {maker}{hint}"
        )
    twice = [column for column in columns if int((frame.columns == column).sum()) > 1]
    if twice:
        raise ValueError(f"the {name} frame has the column {twice[0]!r} twice; drop one of them")
    return frame


def figures(
    frame: pd.DataFrame, name: str, column: str, key: str, *, missing: bool = False
) -> NDArray[np.float64]:
    """Return a column as numbers after checking that it holds figures of 0 or more; NaN for missing.

    Parameters
    ----------
    frame, name
        The frame, and its name in messages.
    column
        Which column.
    key
        The column that names the row in messages.
    missing
        Allow missing values.
    """
    values = frame[column]
    if values.dtype == object:
        values = values.convert_dtypes()
    numeric = pd.api.types.is_integer_dtype(values) or pd.api.types.is_float_dtype(values)
    if not numeric:
        if values.notna().any():
            raise TypeError(f"column {column!r} of the {name} frame is {values.dtype}; expected numbers")
        numbers = np.full(len(values), np.nan)
    else:
        numbers = _floats(values)
    wrong = (numbers < 0) | np.isinf(numbers)
    if wrong.any():
        complain(frame, name, column, key, wrong, "expected a finite number of 0 or more")
    if not missing and np.isnan(numbers).any():
        complain(frame, name, column, key, np.isnan(numbers), "it is needed")
    return numbers


def numbers(frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """Return a column that was checked as numbers, NaN for missing."""
    values = frame[column]
    if values.dtype == object:
        values = values.convert_dtypes()
    if not pd.api.types.is_numeric_dtype(values):
        return np.full(len(values), np.nan)
    return _floats(values)


def _floats(values: pd.Series[Any]) -> NDArray[np.float64]:
    if isinstance(values.dtype, np.dtype):  # NaN is NaN there already
        return values.to_numpy(dtype=np.float64)
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def once(frame: pd.DataFrame, name: str, keys: list[str]) -> None:
    """Check that no key occurs twice."""
    if frame[keys[-1]].is_unique:  # a UUID mostly is on one host
        return
    twice = frame.duplicated(keys)
    if twice.any():
        row = frame.loc[twice, keys].to_dict("records")[0]
        told = ", ".join(f"{key} {plain(row[key])!r}" for key in keys)
        raise ValueError(
            f"the {name} frame has more than one row for {told}; expected one row each "
            "(of a recording, take one point in time)"
        )


def complain(
    frame: pd.DataFrame, name: str, column: str, key: str, which: NDArray[np.bool_], expected: str
) -> None:
    """Raise a ValueError that names the first row of those that are wrong.

    Parameters
    ----------
    frame, name
        The frame, and its name in messages.
    column, key
        The column, and the one that names a row.
    which
        The rows.
    expected
        What was expected instead.
    """
    rows = frame.loc[which, [column, key]].to_dict("records")
    value, whose = rows[0][column], rows[0][key]
    more = f" (and {len(rows) - 1} more)" if len(rows) > 1 else ""
    raise ValueError(
        f"column {column!r} of the {name} frame is {value} for {key} {whose!r}{more}; {expected}"
    )
