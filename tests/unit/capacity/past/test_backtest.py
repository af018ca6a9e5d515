"""`Backtest`: figures by the book, and a word where a forecast is no better than a simple one."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest

from tests.unit.capacity.past.test_forecast import day, hourly
from virtsdk.capacity import forecast
from virtsdk.capacity.past.ahead import rivals


def figures(report):
    return report.backtest.frame().set_index("forecast")


def test_rows_are_the_rivals():
    series = hourly(day(24 * 16, np.random.default_rng(0)))
    assert list(figures(forecast(series, 24)).index) == [
        "pool", "last value", "last week", "quantiles of all", "quantiles of the last 96",
    ]  # fmt: skip
    assert list(figures(forecast(series[: 24 * 10], 24)).index)[2] == "the day before"
    assert list(figures(forecast(series[:30], 4)).index)[2] == "quantiles of all"


def test_the_figures_are_those_of_the_formulas():
    series = hourly(np.random.default_rng(1).gamma(2, 1, 20))
    report = forecast(series, 10, level=80)
    assert report.backtest.origins == 1  # one point has ten values before it and ten after
    known, came = series.iloc[:10], series.iloc[10:]
    frame = forecast(known, 10, level=80).frame()
    held = came.between(frame["lo"], frame["hi"]).mean()
    outside = (frame["lo"] - came).clip(lower=0) + (came - frame["hi"]).clip(lower=0)
    score = (frame["hi"] - frame["lo"] + 2 / 0.2 * outside).mean()
    mase = (came - frame["mean"]).abs().mean() / known.diff().abs().mean()
    found = report.backtest
    assert (found.coverage, found.interval_score, found.mase) == pytest.approx((held, score, mase))
    row = figures(report).loc["quantiles of all"]
    assert row["mase"] == pytest.approx(
        (came - known.median()).abs().mean() / known.diff().abs().mean(), rel=0.05
    )
    assert row["interval_score_ratio"] == pytest.approx(row["interval_score"] / score)


def test_it_says_where_it_is_no_better_than_last_week():
    week = np.tile(np.random.default_rng(2).gamma(2, 1, 168), 4)
    report = forecast(hourly(week), 72)
    assert report.backtest.verdict.startswith("no better than last week for 3 days ahead")
    assert "no better than last week" in repr(report)
    assert "no better than last week" in report._repr_html_()


def test_it_says_by_how_much_it_is_better():
    report = forecast(hourly(10 + np.random.default_rng(3).standard_normal(24 * 16)), 24)
    assert report.backtest.verdict.startswith("errors ")
    rows = figures(report)
    less = 100 * (1 - rows.loc["pool", "mase"] / rows.loc["last week", "mase"])
    assert f"errors {less:.0f} % below those of last week for 1 day ahead" in report.backtest.verdict


def test_a_short_series_is_told():
    found = forecast(hourly(range(12)), 8).backtest
    assert (found.origins, len(found.frame())) == (0, 0)
    assert found.verdict == "12 values are too few to try a forecast of 8 steps on them"
    assert math.isnan(found.coverage)
    assert repr(found) == f"<Backtest {found.verdict}>"
    assert found.verdict in found._repr_html_()


def test_a_second_half_without_values_is_told():
    series = hourly(np.r_[np.random.default_rng(4).random(30), np.full(30, np.nan), 1.0])
    assert forecast(series, 5).backtest.origins > 0  # the last value is there to judge
    series.iloc[-1] = np.nan
    assert "no values to try" in forecast(series, 5).backtest.verdict


def test_it_shows_and_is_plain():
    found = forecast(hourly(day(24 * 16, np.random.default_rng(5))), 24).backtest
    assert repr(found).startswith("<Backtest errors ")
    assert "last week" in repr(found)
    assert "<table>" in found._repr_html_()
    plain = json.loads(json.dumps(found.to_dict()))
    assert [row["forecast"] for row in plain["forecasts"]] == list(found.frame()["forecast"])


def test_rivals_are_the_simple_forecasts_they_say():
    values = np.r_[np.arange(48.0), np.nan]
    middle, lo, hi = rivals.seasonal(values, 30, 0.05, 24)
    assert list(middle[:3]) == [25, 26, 27]  # one season before, the last value known where there is none
    assert hi[25] - lo[25] == pytest.approx(np.sqrt(2) * (hi[0] - lo[0]))
    middle, lo, hi = rivals.last_value(values, 4, 0.05)
    assert list(middle) == [47] * 4
    assert (hi - lo)[3] == pytest.approx(2 * (hi - lo)[0])
    assert (hi - middle)[0] == pytest.approx(1.644854)  # steps of 1
    assert rivals.history(np.arange(200.0), 1, 0.05, rivals.LAST)[0][0] == pytest.approx(151.5)


def test_doubled_points_do_not_weigh_twice():
    report = forecast(hourly(np.random.default_rng(6).random(23)), 10)
    assert report.backtest.origins == 3  # of points 11, 12 and 13
    assert pd.notna(report.backtest.coverage)
