"""Series: sums by panel, and holes that no frame tells of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from virtsdk.widgets.timeline.sources.panels import COLUMNS, PANELS
from virtsdk.widgets.timeline.sources.series import GAP, Series, milliseconds, moment


def made(times: list[float], seconds: list[float]) -> Series:
    values = np.arange(len(times) * len(COLUMNS), dtype=float).reshape(len(times), len(COLUMNS))
    return Series(np.array(times), np.array(seconds), np.zeros(len(times), np.uint8), values)


def test_a_panel_is_the_sum_of_its_columns_and_half_of_it_is_not_known() -> None:
    series = made([1000, 2000], [1, 1])
    net = list(PANELS).index("net")
    assert series.panels()[0, net] == series.values[0, 3] + series.values[0, 4]
    series.values[1, 3] = np.nan
    assert np.isnan(series.panels()[1, net])
    assert np.isfinite(series.panels()[1, 0])


def test_a_missing_row_is_a_gap() -> None:
    series = made([1000, 2000, 6000, 7000], [1, 1, 1, 1]).with_gaps()
    assert series.time.tolist() == [1000, 2000, 5000, 6000, 7000]
    assert series.code.tolist() == [0, 0, GAP, 0, 0]
    assert series.seconds[2] == 3
    assert np.isnan(series.values[2]).all()
    assert made([1000, 2020, 3010], [1, 1, 1]).with_gaps().code.tolist() == [
        0,
        0,
        0,
    ]  # clocks tick a little apart


def test_rows_are_in_order_where_a_clock_was_set_back() -> None:
    assert made([1000, 5000, 3000, 4000], [1, 1, 1, 1]).in_order().time.tolist() == [1000, 3000, 4000, 5000]


def test_a_part_is_what_ends_in_it() -> None:
    series = made([1000, 2000, 3000, 4000], [1, 1, 1, 1])
    assert series.within(2000, 3000).time.tolist() == [2000, 3000]
    assert series.reaching(2000, 3000).time.tolist() == [1000, 2000, 3000, 4000]
    assert len(series.within(9000, 9999)) == 0


def test_a_frame_has_what_is_not_known_as_missing() -> None:
    series = made([1000], [1])
    series.values[0, 1] = np.nan
    frame = series.frame("kvm7", None, "all guests of kvm7")
    assert frame["domain"].isna().all()
    assert frame["memory_used_bytes"].isna().all()
    assert str(frame["time"].dtype) == "datetime64[us, UTC]"
    assert frame["time"][0].timestamp() == 1.0


def test_a_time_alone_is_the_very_number_that_it_is_in_a_column() -> None:
    times = pd.Series(
        pd.date_range("2026-11-16T23:58:55.295040Z", periods=2000, freq="61123457us", unit="us")
    )
    column = milliseconds(times)
    assert [moment(time) for time in times] == column.tolist()
    assert [moment(time.to_pydatetime()) for time in times[:3]] == column[:3].tolist()
    assert any(1000 * time.timestamp() != ms for time, ms in zip(times, column, strict=True))
