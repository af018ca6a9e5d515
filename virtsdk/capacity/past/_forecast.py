"""`forecast`: what a series will be, with an interval."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from numbers import Real
from typing import TYPE_CHECKING, overload

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.past.ahead.grid import DAY, Grid, duration, on_grid, stamps
from virtsdk.capacity.past.ahead.pool import Pool, pool, recent_steps
from virtsdk.capacity.past.ahead.seasons import seasons_of
from virtsdk.capacity.past.apart import over
from virtsdk.capacity.past.forecast_report import ForecastReport
from virtsdk.capacity.past.forecasts_report import ForecastsReport, words_of
from virtsdk.display.text import percent

if TYPE_CHECKING:
    from virtsdk.capacity.past.apart import Client

_MOST = 100_000
_PIVOT = "usage.pivot(index='time', columns=['host', 'name'], values='cpu_used_vcpus')"


@overload
def forecast(
    series: pd.Series, horizon: int, level: float = 90, *, client: Client | None = None
) -> ForecastReport: ...
@overload
def forecast(
    series: pd.DataFrame, horizon: int, level: float = 90, *, client: Client | None = None
) -> ForecastsReport: ...
def forecast(
    series: pd.Series | pd.DataFrame, horizon: int, level: float = 90, *, client: Client | None = None
) -> ForecastReport | ForecastsReport:
    """Forecast a series of measurements, with an interval that holds `level` percent of what comes.

    The answer is a pool of quantiles: of all history, of the last day, of exponential smoothing with the
    errors that it made so far; and the same around the pattern of a day or a week where there are three of
    them. It is about levels that move around: for what grows towards a limit see `exhaustion`.

    Parameters
    ----------
    series
        Numbers indexed by time (with a zone), at about equal distances; gaps may be NaN or left out. At least
        3 values. Or a frame with a series a column, as of all guests:
        ``usage.pivot(index="time", columns=["host", "name"], values="cpu_used_vcpus")``.
    horizon
        How many steps ahead; a step is the median distance of the times.
    level
        Percent of the interval, at least 1 and below 100.
    client
        A ``distributed.Client``, or ``"local"`` (extra ``[fleet]``), whose workers forecast the columns of a
        frame; the answer is the same. None for this process. A single series is forecast here in any case.

    Returns
    -------
    ForecastReport or, of a frame, ForecastsReport
        ``.frame()`` has a row a step; ``.backtest``, worked out when it is read, says how such forecasts did
        on the past of the series, beside simpler ones. Of a frame it is a forecast a column (``[label]``);
        columns of which there can be none are in ``.errors``.

    Raises
    ------
    TypeError
        `series` is no Series of numbers, its index no times, or another argument no number.
    ValueError
        Times without a zone, missing or doubled, infinite values, fewer than 3 values, a `horizon` below 1, a
        `level` that is not a percentage. A frame has no column, one twice, or none that can be forecast.
    MissingDependency
        There is a client, and Dask is not installed.

    Notes
    -----
    Nothing is drawn at random: the same series gives the same forecast. The interval is of each step by
    itself, not of the whole way. A series that was never below 0 is forecast at 0 or more. `virtsdk.capacity.
    past.ahead.pool` has the formulas.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from virtsdk import capacity
    >>> times = pd.date_range("2026-03-02", periods=240, freq="1h", tz="UTC", name="time")
    >>> used = pd.Series(2 + np.sin(2 * np.pi * times.hour / 24), index=times, name="cpu_used_vcpus")
    >>> capacity.forecast(used, 6).frame().round(2)
                               mean    lo    hi
    time
    2026-03-12 00:00:00+00:00  2.00  2.00  2.00
    2026-03-12 01:00:00+00:00  2.26  2.26  2.26
    2026-03-12 02:00:00+00:00  2.50  2.50  2.50
    2026-03-12 03:00:00+00:00  2.71  2.71  2.71
    2026-03-12 04:00:00+00:00  2.87  2.87  2.87
    2026-03-12 05:00:00+00:00  2.97  2.97  2.97
    """
    horizon, percent = checks.counter(horizon, "horizon", 1), percentage(level)
    if horizon > _MOST:
        raise ValueError(f"horizon must be at most {_MOST} steps, not {horizon}")
    if isinstance(series, pd.DataFrame):
        return _of_frame(series, horizon, percent, client)
    return _of_series(series, horizon, percent)


def _of_frame(frame: pd.DataFrame, horizon: int, level: float, client: Client | None) -> ForecastsReport:
    if not isinstance(frame.index, pd.DatetimeIndex):
        raise TypeError(
            "series must be a frame indexed by time, with a series a column, for example "
            f"{_PIVOT}; its index is {frame.index.dtype}"
        )
    labels: list[Hashable] = list(frame.columns)
    if not labels or not frame.columns.is_unique:
        what = "none" if not labels else f"{frame.columns[frame.columns.duplicated()][0]!r} twice"
        raise ValueError(f"series must have each column once, and has {what}")
    work = partial(_tried, horizon=horizon, level=level)
    columns: list[pd.Series] = [
        frame.iloc[:, place].rename("/".join(words_of(one))) for place, one in enumerate(labels)
    ]
    found = [work(one) for one in columns] if client is None else over(client)(work, columns)
    reports = {label: one for label, one in zip(labels, found, strict=True) if not isinstance(one, str)}
    errors = {label: one for label, one in zip(labels, found, strict=True) if isinstance(one, str)}
    if not reports:
        label, said = next(iter(errors.items()))
        raise ValueError(f"series must have a column that can be forecast; {label!r}: {said}")
    names = [None] if frame.columns.nlevels == 1 and frame.columns.name is None else frame.columns.names
    keys = tuple(
        str(name or ("series" if len(names) == 1 else f"series{place}")) for place, name in enumerate(names)
    )
    return ForecastsReport(horizon=horizon, level=level, keys=keys, reports=reports, errors=errors)


def _tried(series: pd.Series, horizon: int, level: float) -> ForecastReport | str:
    """Forecast one of many series, or say why there is no forecast."""
    try:
        return _of_series(series, horizon, level)
    except ValueError as error:
        return str(error)


def _of_series(series: pd.Series, horizon: int, percent: float) -> ForecastReport:
    grid = on_grid(series)
    day = grid.per(DAY)
    found = pool(grid.values, horizon, seasons_of(grid), day, (100 - percent) / 200)
    frame = pd.DataFrame(
        {"mean": found.mid, "lo": found.lo, "hi": found.hi},
        index=stamps(grid.end + grid.step * np.arange(1, horizon + 1, dtype=np.int64)),
    )
    notes = list(grid.notes)
    if horizon > len(grid.values):
        notes.append(
            f"{horizon} steps ahead are more than the {len(grid.values)} that are known: the further, the "
            "less it says"
        )
    return ForecastReport(
        horizon=horizon,
        level=percent,
        method=_method(grid, found),
        weights=found.weights,
        notes=tuple(notes),
        _frame=frame,
        _grid=grid,
    )


def percentage(level: object) -> float:
    """Return the level of an interval in percent."""
    if isinstance(level, bool) or not isinstance(level, Real):
        raise TypeError(f"level must be a number of percent, not {level!r}")
    if not 1 <= float(level) < 100:
        hint = f"; for {100 * float(level):g} % give {100 * float(level):g}" if 0 < float(level) < 1 else ""
        raise ValueError(f"level must be at least 1 and below 100 percent, not {level!r}{hint}")
    return float(level)


def _method(grid: Grid, found: Pool) -> str:
    last = duration(recent_steps(len(grid.values), grid.per(DAY)) * grid.step)
    said = (
        f"pool of quantiles of all history ({percent(found.weights['history'])}), of the last {last} "
        f"({percent(found.weights['recent'])}) and of exponential smoothing with its own errors "
        f"({percent(found.weights['smoothing'])})"
    )
    if found.pattern is None:
        return f"{said}; no pattern of a day or a week was found in it"
    span = "week" if found.pattern.season == grid.per(7 * DAY) else "day"
    return f"{said}; {percent(found.pattern.share)} of it around the pattern of the {span}"
