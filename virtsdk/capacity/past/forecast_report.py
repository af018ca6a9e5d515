"""`ForecastReport`: the answer of `forecast`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from virtsdk.capacity.past.ahead.grid import Grid, stamps
from virtsdk.capacity.past.backtest import Backtest, backtest
from virtsdk.display import html, listing
from virtsdk.display.text import columns, shorten, size

if TYPE_CHECKING:
    from virtsdk.display.chart_style import Chart


@dataclass(frozen=True, repr=False, eq=False)
class ForecastReport:
    """Result of `forecast`.

    Attributes
    ----------
    horizon
        Steps ahead.
    level
        Percent of the interval.
    method
        One sentence: members of the pool, with their weights averaged over the steps.
    weights
        The weights as numbers: ``history``, ``recent``, ``smoothing``.
    notes
        What was done to the series before: gaps, order, spacing.
    """

    horizon: int
    level: float
    method: str
    weights: dict[str, float]
    notes: tuple[str, ...]
    _frame: pd.DataFrame
    _grid: Grid = field(repr=False)

    def frame(self) -> pd.DataFrame:
        """Give the forecast.

        Returns
        -------
        pandas.DataFrame
            One row per step, indexed by ``time`` (UTC): ``mean`` (the median of the pool), ``lo`` and ``hi``,
            the ends of the interval; in units of the series.
        """
        return self._frame.copy()

    @cached_property
    def backtest(self) -> Backtest:
        """Try such forecasts on the past of the series; worked out when it is first read."""
        return backtest(self._grid, self.horizon, self.level)

    def to_dict(self) -> dict[str, Any]:
        """Give plain values: the attributes, ``forecast`` (one dict a row), ``backtest``."""
        rows = [
            {**row, "time": row["time"].isoformat()} for row in listing.records(self._frame.reset_index())
        ]
        return {
            "name": self._grid.name,
            "horizon": self.horizon,
            "level": self.level,
            "method": self.method,
            "weights": dict(self.weights),
            "notes": list(self.notes),
            "forecast": rows,
            "backtest": self.backtest.to_dict(),
        }

    def chart(self, *, interactive: bool = False) -> Chart:
        """Draw the last values, and the forecast with its interval (extra ``[plot]``).

        Parameters
        ----------
        interactive
            With tooltips, which need no script and stay in an exported page.
        """
        from virtsdk.display import ahead_charts

        shown = max(4 * self.horizon, 96)
        known = pd.Series(self._grid.values, index=stamps(self._grid.times), name=self._grid.name)[-shown:]
        name = shorten(self._grid.name, 40) or "the series"
        title = f"Forecast of {name}, interval of {self.level:g} %"
        return ahead_charts.forecast(known, self._frame, title, interactive=interactive)

    def _headline(self) -> str:
        write = writer(self._grid.name)
        frame = self._frame
        until = frame.index[-1]
        name = f"{shorten(self._grid.name, 40)} " if self._grid.name else ""
        return (
            f"{name}{write(frame['mean'].mean())} on average until {until:%Y-%m-%d %H:%M} UTC, "
            f"{self.level:g} % intervals of its steps from {write(frame['lo'].min())} to "
            f"{write(frame['hi'].max())}"
        )

    def _more(self) -> list[str]:
        return [f"backtest: {self.backtest.verdict}", self.method, *self.notes]

    def _rows(self) -> list[list[object]]:
        write = writer(self._grid.name)
        return [
            [f"{row['time']:%Y-%m-%d %H:%M}", *(write(row[one]) for one in ("mean", "lo", "hi"))]
            for row in listing.records(self._frame.reset_index())
        ]

    def __repr__(self) -> str:
        table = columns(["time (UTC)", "median", "lo", "hi"], self._rows())
        return "\n".join([f"<ForecastReport {self._headline()}>", table, *self._more()])

    def _repr_html_(self) -> str:
        return html.view(
            html.heading("Forecast", self._headline()),
            html.table(["time (UTC)", "median", "lo", "hi"], self._rows()),
            *(html.paragraph(one) for one in self._more()),
            title="forecast",
        )


def writer(name: str) -> Callable[[float], str]:
    """Return how values of a series are written: as sizes where its name says that they are bytes."""
    return size if name.endswith("bytes") else lambda value: f"{value:.4g}"
