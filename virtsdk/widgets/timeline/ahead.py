"""The forecast band of a timeline: `capacity.forecast` of one line's figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from virtsdk.capacity import forecast
from virtsdk.widgets.timeline.sources.panels import PANELS
from virtsdk.widgets.timeline.sources.series import Series

if TYPE_CHECKING:
    from virtsdk.capacity import ForecastReport

_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_MOST_VALUES = 1500  # a week of quarters of an hour and more; a forecast of that many takes well below 1 s
_SHARE = 5  # of what is known so much lies ahead: a fifth
_LEAST = 12


def ahead(series: Series, panel: str, horizon: pd.Timedelta | None, level: float) -> ForecastReport:
    """Forecast one figure of a line.

    Parameters
    ----------
    series
        All rows of the line; they are averaged over steps of at least two intervals that divide a day,
        1,500 of them at most.
    panel
        Which figure.
    horizon
        How far ahead; None for a fifth of what is known.
    level
        Percent of the interval.

    Raises
    ------
    ValueError
        Too little is known of the figure.
    """
    place = list(PANELS).index(panel)
    values = series.panels()[:, place]
    known = ~np.isnan(values) & ~series.broken
    count = int(known.sum())
    if count < _LEAST:
        raise ValueError(
            f"a forecast needs at least {_LEAST} values of {PANELS[panel].label}, and there are {count}"
        )
    times = pd.DatetimeIndex(np.round(series.time[known] * 1000).astype("datetime64[us]")).tz_localize("UTC")
    length = (times[-1] - times[0]).total_seconds()
    pace = float(np.median(series.seconds[known]))
    step = next((one for one in _STEPS if one >= pace * 1.9 and length / one <= _MOST_VALUES), _STEPS[-1])
    average = pd.Series(values[known], index=times).resample(pd.Timedelta(step, unit="s")).mean()
    average.name = PANELS[panel].columns[0]
    steps = length / _SHARE if horizon is None else horizon.total_seconds()
    return forecast(average, max(round(steps / step), 1), level)


def band_of(report: ForecastReport, panel: str, key: str, name: str) -> dict[str, Any]:
    """Return a forecast as plain values for the page; times in ms since 1970."""
    frame = report.frame()
    stamps = pd.DatetimeIndex(frame.index).tz_localize(None).to_numpy()
    times = stamps.astype("datetime64[ms]").astype(np.int64)
    said = f"Forecast of {PANELS[panel].label} of {name}, {report.level:g} % interval. {report.method}."
    return {
        "panel": panel,
        "key": key,
        "text": said,
        "times": times.tolist(),
        **{one: frame[one].astype(float).round(6).tolist() for one in ("lo", "mean", "hi")},
    }
