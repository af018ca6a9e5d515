"""Simple forecasts that a better one has to beat."""

from __future__ import annotations

from statistics import NormalDist
from typing import Final, cast

import numpy as np
import pandas as pd

from virtsdk.capacity.past.ahead.grid import Floats
from virtsdk.capacity.past.ahead.pool import quantiles

LAST: Final = 96
"""Values that the shorter of the two quantile forecasts takes."""
Ends = tuple[Floats, Floats, Floats]
"""Median, lower and upper end, a value a step ahead."""


def last_value(values: Floats, horizon: int, tail: float) -> Ends:
    """Forecast the last value; errors grow with the square root of the steps."""
    known = values[~np.isnan(values)]
    size: Floats = _size(np.diff(known)) * np.sqrt(np.arange(1, horizon + 1))
    middle = np.full(horizon, known[-1])
    return _normal(middle, size, tail)


def seasonal(values: Floats, horizon: int, tail: float, season: int) -> Ends:
    """Forecast the value one season before; errors grow with the square root of the seasons."""
    filled = cast("Floats", pd.Series(values).ffill().to_numpy(np.float64))
    change = values[season:] - values[:-season]
    steps = np.arange(horizon)
    size = _size(change[~np.isnan(change)]) * np.sqrt(1 + steps // season)
    return _normal(filled[len(filled) - season + steps % season], size, tail)


def history(values: Floats, horizon: int, tail: float, last: int | None = None) -> Ends:
    """Forecast the quantiles of all values, or of the last ones."""
    known = values[~np.isnan(values)][-(last or len(values)) :]
    ends = quantiles(np.sort(known), np.array([0.5, tail, 1 - tail]))
    return np.full(horizon, ends[0]), np.full(horizon, ends[1]), np.full(horizon, ends[2])


def _size(changes: Floats) -> float:
    return float(np.sqrt(np.mean(changes**2))) if len(changes) else 0.0


def _normal(middle: Floats, size: Floats, tail: float) -> Ends:
    width = NormalDist().inv_cdf(1 - tail) * size
    return middle, middle - width, middle + width
