"""`ExhaustionReport`: the answer of `exhaustion`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from virtsdk.capacity.past.ahead.grid import DAY, Grid, duration, stamps
from virtsdk.capacity.past.forecast_report import writer
from virtsdk.display import html, listing
from virtsdk.display.text import columns, shorten

if TYPE_CHECKING:
    from virtsdk.display.chart_style import Chart

_ROWS = 10


@dataclass(frozen=True, repr=False, eq=False)
class ExhaustionReport:
    """Result of `exhaustion`.

    Attributes
    ----------
    limit
        The level that is waited for, in units of the series.
    level
        Percent of the interval.
    horizon
        Steps of the series that `probability` is about.
    lo, median, hi
        When the limit is reached (UTC): ends of the interval and its middle. NaT: not within `followed`.
        All three are the time of the last value where the limit is reached already.
    followed
        Steps of the series that were looked at: what is reached later is not told from what never is.
    probability
        Share of the ways to go on that reach the limit within the horizon, 0 to 1.
    already
        The last value is at the limit, or above.
    per_day
        Growth a day, steps and clean-ups included.
    notes
        Sentences: what was done to the series, its steps, clean-ups and peaks, and what makes the
        answer doubtful.
    """

    limit: float
    level: float
    horizon: int
    lo: pd.Timestamp
    median: pd.Timestamp
    hi: pd.Timestamp
    followed: int
    probability: float
    already: bool
    per_day: float
    notes: tuple[str, ...]
    _frame: pd.DataFrame
    _events: pd.DataFrame
    _grid: Grid = field(repr=False)

    @property
    def until(self) -> pd.Timestamp:
        """Up to when the ways were followed (UTC): the end of `followed`, and of an interval that is open."""
        return stamps(np.array([self._grid.end + self.followed * self._grid.step], np.int64))[0]

    def frame(self) -> pd.DataFrame:
        """Give the way there, up to the horizon.

        Returns
        -------
        pandas.DataFrame
            One row per day (per hour or step, where the series is short), indexed by ``time`` (UTC): ``mean``
            (the median of the highest level in it), ``lo``, ``hi`` (its interval), ``probability`` (share of
            the ways that have reached the limit by then, which they may have left again).
        """
        return self._frame.copy()

    @property
    def events(self) -> pd.DataFrame:
        """Steps and clean-ups, a row each: ``time`` (UTC), ``kind``, ``change`` (beside the usual one)."""
        return self._events.copy()

    def to_dict(self) -> dict[str, Any]:
        """Give plain values: the attributes (None for never), ``events`` and ``levels`` (one dict a row)."""
        times = {name: _iso(getattr(self, name)) for name in ("lo", "median", "hi", "until")}
        plain = ("limit", "level", "horizon", "followed", "probability", "already", "per_day")
        return {
            "name": self._grid.name,
            **{name: getattr(self, name) for name in plain},
            **times,
            "notes": list(self.notes),
            "events": [{**row, "time": _iso(row["time"])} for row in listing.records(self._events)],
            "levels": [
                {**row, "time": _iso(row["time"])} for row in listing.records(self._frame.reset_index())
            ],
        }

    def chart(self, *, interactive: bool = False) -> Chart:
        """Draw the series, its ways to go on, the limit, steps and clean-ups (extra ``[plot]``).

        Parameters
        ----------
        interactive
            With tooltips, which need no script and stay in an exported page.
        """
        from virtsdk.display import ahead_charts

        known = pd.Series(self._grid.values, index=stamps(self._grid.times))
        name = shorten(self._grid.name, 30) or "the series"
        title = f"{name} {self._answer().partition(' (')[0]}"
        return ahead_charts.exhaustion(
            known, self._frame, self.limit, self._events, title, name=self._grid.name, interactive=interactive
        )

    def _answer(self) -> str:
        limit = writer(self._grid.name)(self.limit)
        if self.already:
            known = self._grid.values[-1]
            if known > self.limit:
                return f"is above its limit of {limit} already, at {writer(self._grid.name)(known)}"
            return f"is at its limit of {limit} already"
        if pd.isna(self.median):
            early = "" if pd.isna(self.lo) else f", {self._day(self.lo)} at the earliest"
            within = duration(self.followed * self._grid.step)
            return f"does not reach its limit of {limit} within {within} at this trend{early}"
        late = f"after {self._day(self.until)}" if pd.isna(self.hi) else self._day(self.hi)
        ends = f"{self.level:g} %: {self._day(self.lo)} to {late}"
        return f"reaches its limit of {limit} on {self._day(self.median)} ({ends})"

    def _day(self, time: pd.Timestamp) -> str:
        long = self._grid.step * len(self._grid.values) > 14 * DAY
        return f"{time:%Y-%m-%d}" if long else f"{time:%Y-%m-%d %H:%M}"

    def _headline(self) -> str:
        name = shorten(self._grid.name, 40) or "the series"
        if self.already:
            return f"{name} {self._answer()}"
        within = duration(self.horizon * self._grid.step)
        return f"{name} {self._answer()}; {_percent(self.probability)} within {within}"

    def _rows(self) -> list[list[object]]:
        write = writer(self._grid.name)
        every = max(1, len(self._frame) // _ROWS)
        return [
            [
                f"{row['time']:%Y-%m-%d %H:%M}", write(row["mean"]), write(row["lo"]), write(row["hi"]),
                _percent(row["probability"]),
            ]
            for row in listing.records(self._frame.iloc[every - 1 :: every].reset_index())
        ]  # fmt: skip

    def _more(self) -> list[str]:
        return [f"it grows by {writer(self._grid.name)(self.per_day)} a day", *self.notes]

    def __repr__(self) -> str:
        table = columns(_HEADER, self._rows())
        return "\n".join([f"<ExhaustionReport {self._headline()}>", table, *self._more()])

    def _repr_html_(self) -> str:
        return html.view(
            html.heading("Exhaustion", self._headline()),
            html.table(_HEADER, self._rows()),
            *(html.paragraph(one) for one in self._more()),
            title="exhaustion",
        )


_HEADER = ["time (UTC)", "median", "lo", "hi", "reached"]


def _iso(time: pd.Timestamp) -> str | None:
    return None if pd.isna(time) else time.isoformat()


def _percent(share: float) -> str:
    """Write a share; what was drawn is never told as certain."""
    return "over 99 %" if share > 0.995 else "under 1 %" if share < 0.005 else f"{100 * share:.0f} %"
