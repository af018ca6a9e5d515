"""Charts of what comes: the figures are in them, gaps are gaps, bytes have a unit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from virtsdk.display import ahead_charts, charts

TIMES = pd.date_range("2026-03-01", periods=6, freq="1h", tz="UTC", name="time")
KNOWN = pd.Series([1, 2, np.nan, 4, 5, 6.0], index=TIMES, name="used")
FRAME = pd.DataFrame(
    {"mean": [7.0, 8], "lo": [6.0, 6], "hi": [8.0, 10]}, index=TIMES[-2:] + pd.Timedelta("2h")
)
EVENTS = pd.DataFrame({"time": TIMES[3:4], "kind": ["step"], "change": [2.0]})


def rows(chart):
    return [row for one in chart.to_dict()["datasets"].values() for row in one]


def test_the_past_has_gaps_and_what_comes_its_interval():
    drawn = rows(ahead_charts.forecast(KNOWN, FRAME, "title"))
    assert [row["value"] for row in drawn if "value" in row] == [1, 2, None, 4, 5, 6]
    assert [(row["mean"], row["lo"], row["hi"]) for row in drawn if "mean" in row] == [(7, 6, 8), (8, 6, 10)]
    assert "2026-03-01 07:00 UTC: 8, 6 to 10" in [row["tip"] for row in drawn]


def test_the_limit_and_the_steps_are_said():
    chart = ahead_charts.exhaustion(KNOWN, FRAME, 9, EVENTS, "title")
    assert "limit 9" in repr(chart.to_dict())
    assert "2026-03-01 03:00 UTC: step of 2" in [row["tip"] for row in rows(chart)]
    assert "step of" not in repr(ahead_charts.exhaustion(KNOWN, FRAME, 9, EVENTS[:0], "title").to_dict())


def test_bytes_are_drawn_in_a_binary_unit():
    chart = ahead_charts.exhaustion(
        2**30 * KNOWN, 2**30 * FRAME, 9 * 2**30, EVENTS, "title", name="used_bytes"
    )
    assert "GiB" in repr(chart.to_dict())
    assert [row["value"] for row in rows(chart) if "value" in row and "kind" not in row][-1] == 6
    chart = ahead_charts.forecast((2**20 * KNOWN).rename("used_bytes"), 2**20 * FRAME, "title")
    assert "8, 6 to 10 MiB" in repr(chart.to_dict())


def test_long_series_are_thinned_out():
    times = pd.date_range("2026-03-01", periods=5000, freq="5min", tz="UTC")
    known = pd.Series(np.arange(5000.0), index=times)
    drawn = [row["value"] for row in rows(ahead_charts.forecast(known, FRAME, "title")) if "value" in row]
    assert len(drawn) < 500
    assert drawn[-1] == 4999


def test_they_read_on_any_background_and_have_tooltips_on_request():
    chart = ahead_charts.exhaustion(KNOWN, FRAME, 9, EVENTS, "title", interactive=True)
    assert chart.to_dict()["background"] == "transparent"
    assert chart.to_dict()["config"]["axis"]["labelColor"] == charts.GREY
    assert "<title>2026-03-01 07:00 UTC: 8, 6 to 10</title>" in chart._repr_mimebundle_()["text/html"]


def test_nothing_to_draw_is_said():
    assert "Nothing to draw" in repr(ahead_charts.forecast(KNOWN, FRAME[:0], "title").to_dict())
    assert "Nothing to draw" in repr(ahead_charts.exhaustion(KNOWN, FRAME[:0], 9, EVENTS, "t").to_dict())
