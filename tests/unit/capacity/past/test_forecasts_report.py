"""Forecasts of many series at once: each as by itself, whoever works them out."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from tests.unit.capacity.past.test_apart import Workers
from virtsdk import capacity

HOURS = pd.date_range("2026-03-02", periods=120, freq="1h", tz="UTC", name="time")


@pytest.fixture(scope="module")
def used() -> pd.DataFrame:
    """Three guests, of which one is new, and one that has hardly been there."""
    day = np.sin(2 * np.pi * HOURS.hour / 24)
    frame = pd.DataFrame({"a": 2 + day, "b": 4 - day, "new": 1 + day / 2, "gone": np.nan}, index=HOURS)
    frame.iloc[:60, 2] = np.nan
    frame.iloc[:2, 3] = 1.0
    return frame


def test_each_is_as_by_itself(used: pd.DataFrame) -> None:
    found = capacity.forecast(used, 6, 80)
    assert list(found) == ["a", "b", "new"]
    for label in found:
        pd.testing.assert_frame_equal(found[label].frame(), capacity.forecast(used[label], 6, 80).frame())
    frame = found.frame()
    assert list(frame) == ["series", "time", "mean", "lo", "hi"]
    assert frame["series"].tolist() == ["a"] * 6 + ["b"] * 6 + ["new"] * 6
    assert found.errors == {"gone": "series must have at least 3 values, not 2"}


def test_workers_give_the_same(used: pd.DataFrame) -> None:
    found, workers = capacity.forecast(used, 6), Workers()
    other = capacity.forecast(used, 6, client=workers)
    pd.testing.assert_frame_equal(other.frame(), found.frame(), check_exact=True)
    assert repr(other) == repr(found)
    assert other["a"].backtest.verdict == found["a"].backtest.verdict
    assert len(workers.sent) == 4


def test_levels_of_columns_are_columns(used: pd.DataFrame) -> None:
    two = used[["a", "new"]].set_axis(
        pd.MultiIndex.from_tuples([("kvm1", "web"), ("kvm2", "db")], names=["host", "name"]), axis=1
    )
    found = capacity.forecast(two, 3)
    assert found.keys == ("host", "name")
    assert found.frame()[["host", "name"]].drop_duplicates().to_numpy().tolist() == [
        ["kvm1", "web"],
        ["kvm2", "db"],
    ]
    assert found[("kvm2", "db")].frame().shape == (3, 3)


def test_it_is_shown_and_kept_and_drawn(used: pd.DataFrame) -> None:
    found = capacity.forecast(used, 6)
    lines = repr(found).splitlines()
    assert lines[0] == "<ForecastsReport 6 steps ahead of 3 series, 1 without a forecast>"
    assert lines[2].split()[0] == "b"  # the highest first
    assert lines[-1] == "gone: series must have at least 3 values, not 2"
    assert "<script" not in capacity.forecast(used[["a"]].rename(columns={"a": "<script>"}), 3)._repr_html_()
    kept = json.loads(json.dumps(found.to_dict()))
    assert kept["errors"] == found.errors
    assert len(kept["forecasts"]) == 18
    assert "Forecast of b" in json.dumps(found.chart().to_dict())
    assert "Forecast of new" in json.dumps(found.chart("new").to_dict())


def test_what_cannot_be_is_refused(used: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="series must have each column once, and has none"):
        capacity.forecast(used[[]], 3)
    with pytest.raises(ValueError, match="and has 'a' twice"):
        capacity.forecast(used[["a", "a"]], 3)
    with pytest.raises(ValueError, match="a column that can be forecast; 'gone': series must have at least"):
        capacity.forecast(used[["gone"]], 3)
    with pytest.raises(TypeError, match=r"series must be a frame indexed by time.* usage\.pivot\("):
        capacity.forecast(used.reset_index(), 3)
    with pytest.raises(TypeError, match="series must be"):
        capacity.forecast(used.assign(a="high"), 3)
