"""`forecast`: intervals that hold, whatever the series is like; wrong input is named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.budget import examples
from virtsdk.capacity import forecast


def hourly(values, start="2026-03-02", freq="1h", name="cpu_used_vcpus"):
    times = pd.date_range(start, periods=len(values), freq=freq, tz="UTC", name="time")
    return pd.Series(np.asarray(values, float), index=times, name=name)


def day(count, chance, noise=0.3):
    return 5 + 2 * np.sin(2 * np.pi * np.arange(count) / 24) + noise * chance.standard_normal(count)


def made(kind, count, chance):
    steps, normal = np.arange(count), chance.standard_normal(count)
    if kind == "heavy tails":
        return np.abs(chance.standard_t(1.5, count))
    if kind == "mostly zero":
        return np.where(chance.random(count) < 0.1, chance.gamma(2, 20, count), 0)
    if kind == "whole numbers":
        return np.round(chance.gamma(1, 1.2, count))
    if kind == "walk":
        return 100 + np.cumsum(normal)
    if kind == "trend":
        return 50 + steps / 5 + normal
    if kind == "day":
        return day(count, chance)
    if kind == "weekend":
        return np.where(steps // 24 % 7 < 5, 1.0, 0.3) * day(count, chance)
    if kind == "saturated":
        return np.minimum(60 + 40 * np.sin(steps / 9) + 40 * normal, 100)
    return 10 + normal


KINDS = [
    "noise",
    "heavy tails",
    "mostly zero",
    "whole numbers",
    "walk",
    "trend",
    "day",
    "weekend",
    "saturated",
]


@pytest.mark.parametrize("kind", KINDS)
def test_the_interval_holds_whatever_the_series_is_like(kind):
    chance, held = np.random.default_rng(KINDS.index(kind)), []
    for _ in range(30):
        values = made(kind, 336 + 48, chance)
        frame = forecast(hourly(values[:336]), 48).frame()
        held.append(((values[336:] >= frame["lo"] - 1e-9) & (values[336:] <= frame["hi"] + 1e-9)).mean())
    assert 0.8 <= np.mean(held) <= 0.995


def test_the_frame_is_indexed_by_the_times_that_come():
    frame = forecast(hourly(day(72, np.random.default_rng(0))), 5).frame()
    assert list(frame.columns) == ["mean", "lo", "hi"]
    assert list(frame.index) == list(pd.date_range("2026-03-05", periods=5, freq="1h", tz="UTC"))
    assert frame.index.name == "time"
    assert ((frame["lo"] <= frame["mean"]) & (frame["mean"] <= frame["hi"])).all()


def test_the_pattern_of_a_day_is_followed_and_narrows_the_interval():
    values = day(24 * 11, np.random.default_rng(1))
    frame = forecast(hourly(values[: 24 * 10]), 24).frame()
    assert np.abs(frame["mean"] - values[-24:]).mean() < 0.6
    flat = forecast(hourly(values[: 24 * 10], freq="7min"), 24).frame()  # no whole number of steps in a day
    assert (frame["hi"] - frame["lo"]).mean() < 0.6 * (flat["hi"] - flat["lo"]).mean()


def test_a_week_is_told_from_a_day_where_there_are_three():
    chance = np.random.default_rng(2)
    values = made("weekend", 24 * 29, chance)
    report = forecast(hourly(values[: 24 * 26]), 72)  # from Saturday on
    assert "pattern of the week" in report.method
    assert np.abs(report.frame()["mean"] - values[24 * 26 :]).mean() < 1


def test_a_level_that_moved_has_its_forecast_where_it_is_now():
    values = np.r_[np.full(200, 10.0), np.full(136, 30.0)] + np.random.default_rng(3).standard_normal(336)
    frame = forecast(hourly(values), 24).frame()
    assert frame["mean"].between(28, 32).all()


def test_errors_do_not_reach_beyond_a_ceiling():
    chance = np.random.default_rng(4)
    values = np.clip(50 + 80 * np.sin(np.arange(336) / 7) + 10 * chance.standard_normal(336), 0, 100)
    assert forecast(hourly(values), 48).frame()["hi"].max() <= 101


def test_a_trend_goes_beyond_all_that_was_seen():
    frame = forecast(hourly(np.arange(336.0)), 48).frame()
    assert frame["hi"].iloc[-1] >= 380
    assert frame["mean"].iloc[-1] > 360


def test_it_is_never_below_zero_where_the_series_never_was():
    values = np.random.default_rng(5).gamma(0.3, 1, 200)
    assert (forecast(hourly(values), 50).frame() >= 0).all(axis=None)
    assert (forecast(hourly(values - 1), 50).frame()["lo"] < 0).any()


def test_a_constant_stays():
    frame = forecast(hourly(np.full(100, 3.0)), 10).frame()
    np.testing.assert_allclose(frame, 3.0)


def test_a_higher_level_is_wider_and_the_median_stays():
    series = hourly(day(200, np.random.default_rng(6)))
    narrow, wide = (forecast(series, 24, level).frame() for level in (50, 99))
    assert ((wide["hi"] - wide["lo"]) > 1.5 * (narrow["hi"] - narrow["lo"])).all()
    pd.testing.assert_series_equal(narrow["mean"], wide["mean"])


def test_few_values_give_an_interval_as_wide_as_they_ask_for():
    chance, held = np.random.default_rng(7), []
    for _ in range(200):
        values = 10 + chance.standard_normal(15)
        frame = forecast(hourly(values[:10]), 5).frame()
        held.append(((values[10:] >= frame["lo"]) & (values[10:] <= frame["hi"])).mean())
    assert 0.8 <= np.mean(held) <= 0.97
    assert forecast(hourly([1, 2, 4]), 3).frame()["hi"].iloc[-1] > 4


def test_the_same_series_gives_the_same_forecast():
    series = hourly(day(200, np.random.default_rng(8)))
    pd.testing.assert_frame_equal(forecast(series, 24).frame(), forecast(series.copy(), 24).frame())


@given(scale=st.sampled_from([1e-6, 1.0, 2.0**40]), shift=st.integers(0, 1000))
@examples(10)
def test_units_do_not_matter(scale, shift):
    series = hourly(np.random.default_rng(shift).gamma(2, 1, 150))
    one, other = forecast(series, 12).frame(), forecast(series * scale, 12).frame()
    np.testing.assert_allclose(one * scale, other, rtol=1e-6)


def test_gaps_are_told_and_do_not_shift_the_times():
    values = day(24 * 10, np.random.default_rng(9))
    whole = hourly(values)
    holed = whole.copy()
    holed.iloc[100:130] = np.nan
    for series in (holed, holed.dropna()):
        report = forecast(series, 24)
        assert any("30 of 240 times have no value; the longest gap is 30 h" in one for one in report.notes)
        assert np.abs(report.frame()["mean"] - forecast(whole, 24).frame()["mean"]).max() < 1
    pd.testing.assert_frame_equal(forecast(holed, 24).frame(), forecast(holed.dropna(), 24).frame())


def test_times_that_are_not_in_order_are_sorted_and_told():
    series = hourly(day(100, np.random.default_rng(10)))
    mixed = series.sample(frac=1, random_state=1)
    report = forecast(mixed, 5)
    assert "the times were not in order; they were sorted" in report.notes
    pd.testing.assert_frame_equal(report.frame(), forecast(series, 5).frame())


def test_more_steps_than_are_known_are_told():
    assert any("12 steps ahead are more than the 10" in one for one in forecast(hourly(range(10)), 12).notes)


def test_the_method_says_what_was_pooled():
    report = forecast(hourly(day(24 * 10, np.random.default_rng(11), noise=0.1)), 24)
    for word in (
        "all history (",
        "the last 2 days (",
        "exponential smoothing",
        "around the pattern of the day",
    ):
        assert word in report.method
    assert sum(report.weights.values()) == pytest.approx(1)


GOOD = hourly(day(60, np.random.default_rng(12)))


@pytest.mark.parametrize(
    ("series", "error", "said"),
    [
        ({"cpu": GOOD}, TypeError, "series must be a Series indexed by time"),
        (list(GOOD), TypeError, "not list"),
        (GOOD.reset_index(drop=True), TypeError, "must be times with a zone, not int64"),
        (GOOD.tz_localize(None), ValueError, "has no time zone"),
        (pd.concat([GOOD, GOOD.iloc[5:6]]), ValueError, "2026-03-02 05:00:00.00:00 more than once"),
        (GOOD.iloc[:1], ValueError, "at least 3 values, not 1"),
        (GOOD.iloc[:0], ValueError, "at least 3 values, not 0"),
        (GOOD * np.nan, ValueError, "at least 3 values, not 0"),
        (GOOD.replace(GOOD.iloc[3], np.inf), ValueError, "series is inf at 2026-03-02 03:00"),
        (GOOD.astype(str), TypeError, "series must be numbers, not str"),
        (GOOD > 5, TypeError, "series must be numbers, not bool"),
        (GOOD.set_axis(GOOD.index.where(GOOD.index != GOOD.index[4])), ValueError, "missing .NaT. in row 4"),
        (GOOD.set_axis(GOOD.index.astype(object).astype(str)), TypeError, "must be times with a zone"),
        (GOOD.tz_convert(None).to_period("h"), TypeError, "must be times with a zone"),
    ],
)  # fmt: skip
def test_a_wrong_series_is_told_by_what_is_wrong(series, error, said):
    with pytest.raises(error, match=said):
        forecast(series, 5)


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ((0,), ValueError, "horizon must be 1 or more, not 0"),
        ((-3,), ValueError, "horizon must be 1 or more, not -3"),
        ((2.5,), TypeError, "horizon must be a whole number, not 2.5"),
        ((10**6,), ValueError, "horizon must be at most 100000 steps"),
        ((5, 0), ValueError, "level must be at least 1 and below 100 percent, not 0"),
        ((5, 100), ValueError, "level must be"),
        ((5, float("nan")), ValueError, "level must be"),
        ((5, 0.9), ValueError, "for 90 % give 90"),
        ((5, "90"), TypeError, "level must be a number"),
        ((5, True), TypeError, "level must be a number"),
    ],
)
def test_a_wrong_argument_is_named(arguments, error, said):
    with pytest.raises(error, match=said):
        forecast(GOOD, *arguments)


def test_numbers_of_any_type_are_taken():
    plain = forecast(GOOD.round(), 5).frame()
    for kind in ("Int64", "Float64", "float32", "int32", object):
        pd.testing.assert_frame_equal(plain, forecast(GOOD.round().astype(kind), 5).frame())
    local = GOOD.round().tz_convert("Europe/Berlin")
    pd.testing.assert_frame_equal(plain, forecast(local, 5).frame())


def test_the_backtest_costs_nothing_before_it_is_read():
    report = forecast(GOOD, 5)
    assert "backtest" not in vars(report)
    first = report.backtest
    assert report.backtest is first
