"""Quantiles and means of rates over many intervals, each weighed by what it stands for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from virtsdk.stats.change.series import Places, series_in_order
from virtsdk.stats.columns.metric import KEYS, leading

WEIGHED = {f"{what}_latency_seconds": f"{what}_requests_per_second" for what in ("read", "write", "flush")}
"""Figures that are of requests: each interval weighs as much as it completed of them."""


def quantiles_of(q: float | Iterable[float]) -> list[float]:
    """Return the quantiles that are asked for.

    Raises
    ------
    TypeError, ValueError
        They are no numbers from 0 to 1.
    """
    try:
        if isinstance(q, bool):  # True would be the largest of all
            raise TypeError(q)
        wanted = [float(q)] if isinstance(q, int | float) else [float(one) for one in q]
    except (TypeError, ValueError) as error:
        raise TypeError(f"q must be a number from 0 to 1, or several, not {q!r}") from error
    if not wanted or not all(0 <= one <= 1 for one in wanted):
        raise ValueError(f"q must be from 0 to 1, for example 0.95, not {q!r}")
    return wanted


def quantile(frame: pd.DataFrame, name: str, column: str, wanted: Sequence[float]) -> pd.DataFrame:
    """Work out quantiles of a column for each series of a frame of rates; see `Rates.quantile`."""
    series = series_in_order(frame, KEYS[name])
    number: Places = np.cumsum(series.first) - 1
    values = _numbers(frame, column)
    seconds = frame["seconds"].to_numpy(dtype=np.float64, na_value=np.nan)
    weights = seconds * (_numbers(frame, WEIGHED[column]) if column in WEIGHED else 1)
    known = ~np.isnan(values) & (weights > 0)
    count = len(series.starts)
    total = np.bincount(number[known], weights[known], minlength=count)
    mean = np.bincount(number[known], (values * weights)[known], minlength=count)
    last = np.append(series.starts[1:], len(frame)) - 1 if count else series.starts
    result: dict[str, Any] = {
        **{label: frame[label].array[last] for label in leading(name)[:-1]},
        "seconds": np.bincount(number[known], seconds[known], minlength=count),
        "mean": _figures(np.divide(mean, total, out=np.zeros(count), where=total > 0), total > 0),
    }
    order = np.flatnonzero(known)
    order = order[np.lexsort([values[order], number[order]])]
    below = np.cumsum(weights[order])
    begins = np.searchsorted(number[order], np.arange(count))
    ends = np.searchsorted(number[order], np.arange(count), side="right")
    before = np.append(0.0, below)[begins]
    for q in wanted:
        # the least value that as much of the weight as that is at or below; rounding takes none away
        reached = np.searchsorted(below, before + q * total * (1 - 1e-12))
        place = np.clip(reached, begins, np.maximum(ends - 1, begins))
        found = np.append(values[order], np.nan)[np.minimum(place, len(order))]
        result[f"p{100 * q:g}"] = _figures(found, total > 0)
    return pd.DataFrame(result)


def _numbers(frame: pd.DataFrame, column: str) -> Any:
    return frame[column].to_numpy(dtype=np.float64, na_value=np.nan)


def _figures(values: Any, known: Any) -> Any:
    return pd.arrays.FloatingArray(np.where(known, values, 0), ~known)
