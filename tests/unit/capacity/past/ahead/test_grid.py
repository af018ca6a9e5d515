"""A series on a grid: its step, gaps, jitter."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from virtsdk.capacity.past.ahead.grid import on_grid, stamps

SECOND = 10**6


def series(values, times):
    return pd.Series(np.asarray(values, float), index=pd.DatetimeIndex(times, tz="UTC"))


def test_even_times_are_taken_as_they_are():
    grid = on_grid(series([1, 2, np.nan, 4], pd.date_range("2026-03-01", periods=4, freq="59s")))
    assert grid.step == 59 * SECOND
    np.testing.assert_array_equal(grid.values, [1, 2, np.nan, 4])
    assert stamps(grid.times)[-1] == pd.Timestamp("2026-03-01 00:02:57", tz="UTC")


def test_what_is_missing_at_the_beginning_is_left_off_and_at_the_end_kept():
    grid = on_grid(series([np.nan, 1, 2, 3, np.nan], pd.date_range("2026-03-01", periods=5, freq="1h")))
    np.testing.assert_array_equal(grid.values, [1, 2, 3, np.nan])
    assert grid.end == pd.Timestamp("2026-03-01 04:00", tz="UTC").value // 1000


def test_values_that_were_left_out_are_gaps():
    times = pd.date_range("2026-03-01", periods=100, freq="5min")
    kept = np.sort(np.random.default_rng(0).choice(100, 40, replace=False))
    grid = on_grid(series(kept, times[kept]))
    assert grid.step == 300 * SECOND
    there = ~np.isnan(grid.values)
    np.testing.assert_array_equal(grid.values[there], kept)
    np.testing.assert_array_equal(np.flatnonzero(there), kept - kept[0])


def test_jitter_is_rounded_to_what_clocks_have_and_told():
    late = pd.to_timedelta(np.random.default_rng(1).integers(-60, 60, 500), unit="s")
    grid = on_grid(series(range(500), pd.date_range("2026-03-01", periods=500, freq="5min") + late))
    assert grid.step == 300 * SECOND
    assert grid.per(86_400 * SECOND) == 288
    assert len(grid.values) == 500
    assert grid.notes[0] == "its times are not 5 min apart throughout; it was put on a grid of 5 min"


def test_values_at_one_time_of_the_grid_are_averaged():
    times = pd.to_datetime(["2026-03-01 00:00", "2026-03-01 01:00", "2026-03-01 01:10", "2026-03-01 02:00",
                            "2026-03-01 03:00", "2026-03-01 04:00"])  # fmt: skip
    np.testing.assert_array_equal(on_grid(series([0, 1, 3, 4, 5, 6], times)).values, [0, 2, 4, 5, 6])


def test_zones_and_units_of_times_do_not_matter():
    plain = series(range(9), pd.date_range("2026-03-28", periods=9, freq="6h"))
    for other in (
        plain.tz_convert("Europe/Berlin"),  # clocks are set in between
        plain.set_axis(plain.index.as_unit("s")),
        plain.set_axis(plain.index.astype("timestamp[us, tz=UTC][pyarrow]")),
    ):
        found, expected = on_grid(other), on_grid(plain)
        assert (found.end, found.step, found.notes) == (expected.end, expected.step, expected.notes)
        np.testing.assert_array_equal(found.values, expected.values)


def test_too_sparse_is_refused_with_a_way_out():
    times = pd.to_datetime(
        ["2026-01-01 00:00:00", "2026-01-01 00:00:01", "2026-01-01 00:00:02", "2026-02-01 00:00:00"]
    )
    with pytest.raises(ValueError, match=r"must be denser: 4 values, mostly 1 s apart.*resample\('1h'\)"):
        on_grid(series(range(4), times))
