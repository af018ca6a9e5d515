"""`ForecastReport`: shown, kept as plain values, drawn."""

from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pandas as pd
import pytest

from tests.unit.capacity.past.test_forecast import day, hourly
from virtsdk.capacity import ForecastReport, forecast
from virtsdk.display.listing import LIMIT

SERIES = hourly(day(24 * 10, np.random.default_rng(0)))


def test_the_first_line_has_the_answer():
    report = forecast(SERIES, 24)
    frame = report.frame()
    first = repr(report).splitlines()[0]
    assert first == (
        f"<ForecastReport cpu_used_vcpus {frame['mean'].mean():.4g} on average until 2026-03-12 23:00 UTC, "
        f"90 % intervals of its steps from {frame['lo'].min():.4g} to {frame['hi'].max():.4g}>"
    )


def test_bytes_are_written_as_sizes():
    used = hourly(2**30 * day(100, np.random.default_rng(1)), name="memory_used_bytes")
    assert re.search(r"memory_used_bytes [\d.]+ GiB on average", repr(forecast(used, 5)))


@pytest.mark.parametrize("left_out", [0, 4])
def test_rows_are_cut_alike_in_text_and_html(left_out):
    report = forecast(SERIES, LIMIT + left_out)
    for shown in (repr(report), report._repr_html_()):
        rows = re.findall(r"2026-03-1[2-9] \d\d:00(?! UTC)", shown)
        assert len(rows) == LIMIT
        assert (f"… and {left_out} more" in shown) == (left_out > 0)


def test_it_says_its_backtest_its_method_and_what_was_done_to_the_series():
    series = SERIES.copy()
    series.iloc[50:60] = np.nan
    report = forecast(series, 6)
    for shown in (repr(report), report._repr_html_()):
        assert f"backtest: {report.backtest.verdict}" in shown
        assert report.method in shown
        assert "10 of 240 times have no value" in shown


def test_a_name_that_is_markup_is_text():
    page = forecast(SERIES.rename("<b>web"), 3)._repr_html_()
    assert "<b>web" not in page
    assert "&lt;b&gt;web" in page


def test_it_is_frozen_and_its_frame_is_a_copy():
    report = forecast(SERIES, 3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.level = 50  # type: ignore[misc]
    frame = report.frame()
    frame.iloc[:] = 0
    assert (report.frame()["mean"] > 0).all()
    assert isinstance(report, ForecastReport)


def test_plain_values_are_json():
    report = forecast(SERIES, 3)
    plain = json.loads(json.dumps(report.to_dict()))
    assert [pd.Timestamp(row["time"]) for row in plain["forecast"]] == list(report.frame().index)
    assert plain["forecast"][0]["hi"] == report.frame()["hi"].iloc[0]
    assert plain["backtest"]["verdict"] == report.backtest.verdict
    assert (plain["name"], plain["horizon"], plain["level"]) == ("cpu_used_vcpus", 3, 90)


def test_the_chart_has_what_was_and_what_comes():
    said = repr(forecast(SERIES, 30).chart(interactive=True).to_dict())
    assert "Forecast of cpu_used_vcpus, interval of 90 %" in said
    assert "2026-03-11 23:00 UTC: " in said
    assert "2026-03-12 00:00 UTC: " in said
