"""`Backtest`: how a forecast would have done on its own past, beside simpler ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from virtsdk.capacity.past.ahead import rivals
from virtsdk.capacity.past.ahead.grid import DAY, WEEK, Floats, Grid, duration
from virtsdk.capacity.past.ahead.pool import pool
from virtsdk.capacity.past.ahead.seasons import seasons_of
from virtsdk.display import html, listing
from virtsdk.display.text import columns, count

POOL: Final = "pool"
_ORIGINS: Final = 8
_FEWEST: Final = 10
_CLEAR: Final = 0.97  # of the errors of a rival; above that a forecast is no better


@dataclass(frozen=True, repr=False)
class Backtest:
    """Result of trying a forecast on the past of its series.

    Attributes
    ----------
    level
        Percent that the interval is to hold.
    origins
        From how many points forecasts were made; 0 where the series is too short.
    season
        The season of the seasonal naive forecast in words, ``"last week"`` or ``"the day before"``; None
        where the series is too short for one.
    verdict
        One sentence: what it is better than, or that it is no better.
    """

    level: float
    origins: int
    season: str | None
    verdict: str
    _frame: pd.DataFrame = field(compare=False)

    @property
    def coverage(self) -> float:
        """Share of the values that the pool's interval held, 0 to 1; NaN without origins."""
        return self._of("coverage")

    @property
    def mase(self) -> float:
        """Mean absolute error of the pool's median, over that of the last value one step ahead."""
        return self._of("mase")

    @property
    def interval_score(self) -> float:
        """Mean interval score of the pool, in units of the series; less is better."""
        return self._of("interval_score")

    def _of(self, column: str) -> float:
        return float(self._frame[column].iloc[0]) if len(self._frame) else float("nan")

    def frame(self) -> pd.DataFrame:
        """Give the figures.

        Returns
        -------
        pandas.DataFrame
            One row per forecast: ``forecast`` (``pool``, ``last value``, the season in words, ``quantiles of
            all``, ``quantiles of the last 96``), ``coverage`` (share of the values within the interval),
            ``mase``, ``interval_score`` (in units of the series), ``interval_score_ratio`` (over the pool's).

        Notes
        -----
        MASE is the mean absolute error over that of the last value, one step ahead, in the values known
        (Hyndman and Koehler, 2006). The interval score is the width, and ``2 / (1 - level)`` times what a
        value is outside (Gneiting and Raftery, 2007).
        """
        return self._frame.copy()

    def to_dict(self) -> dict[str, Any]:
        """Give plain values: the attributes, and ``forecasts`` (one dict a row)."""
        plain = {name: getattr(self, name) for name in ("level", "origins", "season", "verdict")}
        return {**plain, "forecasts": listing.records(self._frame)}

    def _rows(self) -> list[list[object]]:
        return [
            [row["forecast"], f"{100 * row['coverage']:.0f} %", row["mase"], row["interval_score"]]
            for row in listing.records(self._frame)
        ]

    def __repr__(self) -> str:
        head = f"<Backtest {self.verdict}>"
        return "\n".join([head, columns(_HEADER, self._rows())]) if self.origins else head

    def _repr_html_(self) -> str:
        table = [html.table(_HEADER, self._rows())] if self.origins else []
        note = f"from {count(self.origins, 'origin')}; interval of {self.level:g} %"
        head = html.heading("Backtest", self.verdict)
        return html.view(head, *table, html.paragraph(note), title="backtest")


_HEADER: Final = ["forecast", "held", "MASE", "interval score"]


def backtest(grid: Grid, horizon: int, level: float) -> Backtest:
    """Forecast from points in the second half of a series, and compare with what came."""
    values, tail = grid.values, (100 - level) / 200
    size = len(values)
    last = size - horizon
    first = max(size // 2, min(_FEWEST, last))
    if last < _FEWEST:
        told = f"{size} values are too few to try a forecast of {count(horizon, 'step')} on them"
        return Backtest(level, 0, None, told, _no_rows())
    seasons, day = seasons_of(grid), grid.per(DAY)
    season, words = _season(grid, min(first, last))
    origins = np.unique(np.linspace(min(first, last), last, _ORIGINS).astype(np.int64))
    totals: dict[str, list[tuple[float, float, float]]] = {}
    tried = 0
    for origin in origins:
        known, came = values[:origin], values[origin : origin + horizon]
        there = ~np.isnan(came)
        scale = np.diff(known[~np.isnan(known)])
        if not there.any() or len(scale) < 2:
            continue
        tried += 1
        done = pool(known, horizon, seasons, day, tail)
        found: dict[str, rivals.Ends] = {
            POOL: (done.mid, done.lo, done.hi),
            "last value": rivals.last_value(known, horizon, tail),
        }
        if words is not None:
            found[words] = rivals.seasonal(known, horizon, tail, season)
        found["quantiles of all"] = rivals.history(known, horizon, tail)
        found[f"quantiles of the last {rivals.LAST}"] = rivals.history(known, horizon, tail, rivals.LAST)
        for name, ends in found.items():
            judged = _judged(came[there], [one[there] for one in ends], tail, float(np.abs(scale).mean()))
            totals.setdefault(name, []).append(judged)
    if not tried:
        told = "the second half of the series has no values to try a forecast on"
        return Backtest(level, 0, None, told, _no_rows())
    rows = [
        {"forecast": name, **dict(zip(("coverage", "mase", "interval_score"), means, strict=True))}
        for name, means in ((name, np.mean(one, axis=0).tolist()) for name, one in totals.items())
    ]
    frame = pd.DataFrame(rows).astype({"forecast": "str"})
    best = frame["interval_score"].iloc[0]
    frame["interval_score_ratio"] = frame["interval_score"] / (best if best > 0 else np.nan)
    return Backtest(level, tried, words, _verdict(frame, words, duration(horizon * grid.step)), frame)


def _season(grid: Grid, known: int) -> tuple[int, str | None]:
    """Return the season of the naive forecast: the week where it is known at all origins, else the day."""
    for span, words in ((WEEK, "last week"), (DAY, "the day before")):
        season = grid.per(span)
        if season > 1 and known > season:
            return season, words
    return 0, None


def _judged(came: Floats, ends: list[Floats], tail: float, scale: float) -> tuple[float, float, float]:
    middle, lo, hi = ends
    room = 1e-9 * np.maximum(np.abs(lo), np.abs(hi))
    within = (came >= lo - room) & (came <= hi + room)
    outside = np.maximum(lo - came, 0) + np.maximum(came - hi, 0)
    wrong = float(np.abs(came - middle).mean())
    mase = wrong / scale if scale > 0 else 0.0 if wrong == 0 else float("inf")
    return float(within.mean()), mase, float((hi - lo + outside / tail).mean())


def _verdict(frame: pd.DataFrame, season: str | None, ahead: str) -> str:
    """Compare the pool with the seasonal naive forecast; with the last value where there is no season."""
    rows = frame.set_index("forecast")
    mine, rival = rows.loc[POOL], season or "last value"
    other = rows.loc[rival]
    held = f"held {100 * mine['coverage']:.0f} % of what came"
    if mine["mase"] >= _CLEAR * other["mase"] - 1e-9:
        return f"no better than {rival} for {ahead} ahead; its interval {held}"
    less = min(100 * (1 - mine["mase"] / other["mase"]), 99)  # 99.7 is not all
    return f"errors {less:.0f} % below those of {rival} for {ahead} ahead; the interval {held}"


def _no_rows() -> pd.DataFrame:
    figures = dict.fromkeys(("coverage", "mase", "interval_score", "interval_score_ratio"), "float64")
    return pd.DataFrame(columns=["forecast", *figures]).astype({"forecast": "str"} | figures)
