"""The forecast's band: the right figure, steps that fit, and capacity's own answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from virtsdk import capacity
from virtsdk.widgets.timeline.ahead import ahead, band_of
from virtsdk.widgets.timeline.sources.panels import COLUMNS
from virtsdk.widgets.timeline.sources.series import GAP, Series


def days(count: int, seconds: float = 900.0) -> Series:
    """Quarters of an hour with a pattern of a day in the CPU, and a memory that grows."""
    rows = int(count * 86_400 / seconds)
    time = 1_772_400_000_000 + 1000 * seconds * np.arange(1, rows + 1)
    values = np.full((rows, len(COLUMNS)), np.nan)
    values[:, 0] = 1 + np.sin(2 * np.pi * time / 86_400_000) ** 2
    values[:, 1] = 2**30 + 1000.0 * np.arange(rows)
    return Series(time, np.full(rows, seconds), np.zeros(rows, np.uint8), values)


def test_it_is_the_forecast_of_capacity_over_steps_that_divide_a_day() -> None:
    series = days(5)
    report = ahead(series, "cpu", pd.Timedelta("6h"), 80)
    assert (report.level, report.horizon) == (80, 12)
    index = pd.DatetimeIndex((series.time * 1000).astype("datetime64[us]")).tz_localize("UTC")
    halves = pd.Series(series.values[:, 0], index=index, name="cpu_used_vcpus").resample("30min").mean()
    pd.testing.assert_frame_equal(report.frame(), capacity.forecast(halves, 12, 80).frame())


def test_a_long_series_has_longer_steps_and_a_fifth_of_it_lies_ahead() -> None:
    report = ahead(days(60), "memory", None, 90)
    steps = np.diff(report.frame().index.to_numpy()).astype("timedelta64[s]").astype(int)
    assert set(steps) == {3600}
    assert report.horizon == round(60 * 24 / 5)


def test_what_was_interrupted_does_not_count() -> None:
    series = days(1)
    series.code[10:] = GAP
    with pytest.raises(ValueError, match=r"at least 12 values of CPUs used, and there are 10"):
        ahead(series, "cpu", None, 90)
    with pytest.raises(ValueError, match="Disk, and there are 0"):
        ahead(days(1), "disk", None, 90)
    with pytest.raises(ValueError, match="level must be"):
        ahead(days(1), "cpu", None, 0.9)


def test_the_page_gets_plain_numbers_and_words() -> None:
    band = band_of(ahead(days(2), "cpu", pd.Timedelta("2h"), 90), "cpu", "k", "web1")
    assert band["text"].startswith("Forecast of CPUs used of web1, 90 % interval. ")
    assert (band["panel"], band["key"], len(band["times"])) == ("cpu", "k", 4)
    assert np.diff(band["times"]).tolist() == [1_800_000] * 3
    assert all(isinstance(one, float) for one in band["lo"] + band["mean"] + band["hi"])
    assert all(lo <= mean <= hi for lo, mean, hi in zip(band["lo"], band["mean"], band["hi"], strict=True))
