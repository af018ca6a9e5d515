"""Frames of one's own: times, slips of the pen, and what comes out of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from virtsdk.stats import node_rates, rates

TIMES = pd.to_datetime(["2026-03-01 12:00:00", "2026-03-01 12:00:10"], utc=True)


def domains(time=TIMES, **more):
    columns = {"host": "kvm7", "domain": "u1", "name": "web1", "time": time, "state": "running", "vcpus": 2}
    return pd.DataFrame({**columns, "cpu_time_seconds_total": [1.0, 6.0], **more})


def seconds(factor=1):
    return (TIMES.as_unit("s").asi8 * factor).tolist()


@pytest.mark.parametrize(
    "time",
    [
        TIMES.as_unit("ns"),
        TIMES.as_unit("s"),
        TIMES.tz_convert("Europe/Berlin"),
        list(TIMES.to_pydatetime()),
        [TIMES[0].tz_convert("Europe/Berlin"), TIMES[1].tz_convert("America/New_York")],
    ],
    ids=["ns", "s", "another zone", "objects", "several zones"],
)
def test_times_with_a_zone_come_out_as_utc(time):
    found = rates({"domains": domains(pd.Series(time))}).domains
    assert str(found["time"].dtype) == "datetime64[us, UTC]"
    assert found["time"].tolist() == [TIMES[1]]
    assert found["cpu_used_vcpus"].tolist() == [0.5]
    assert str(rates({"domains": domains(pd.Series(time))}).resample("1min").domains["time"].dtype) == (
        "datetime64[us, UTC]"
    )


@pytest.mark.parametrize(("unit", "factor"), [("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)])
@pytest.mark.parametrize("kind", ["int64", "float64", "Int64"])
def test_numbers_are_taken_where_their_unit_is_said(unit, factor, kind):
    frame = domains(pd.Series(seconds(factor), dtype=kind))
    found = rates({"domains": frame}, unit=unit).domains
    assert found["time"].tolist() == [TIMES[1]]
    assert found["seconds"].tolist() == [10]


@pytest.mark.parametrize(
    ("time", "options", "error", "message"),
    [
        (TIMES.tz_localize(None), {}, ValueError, "column 'time' of frame 'domains' has no time zone"),
        (seconds(), {}, ValueError, "column 'time' of frame 'domains' is a number: say its unit"),
        ([TIMES[0], pd.NaT], {}, ValueError, r"'domains' is missing \(NaT\) in 1 of 2 rows, first in row 1"),
        (["12:00", "12:01"], {}, TypeError, "column 'time' of frame 'domains'"),
        (seconds(), {"unit": "h"}, ValueError, "unit must be one of 's', 'ms', 'us', 'ns', not 'h'"),
        (seconds(10**12), {"unit": "s"}, ValueError, "is no time in the unit 's'"),
    ],
    ids=["naive", "numbers", "NaT", "texts", "unit", "too large"],
)
def test_times_that_say_nothing_are_named(time, options, error, message):
    with pytest.raises(error, match=message):
        rates({"domains": domains(time)}, **options)


def test_frames_of_nodes_are_looked_at_alike():
    frame = pd.DataFrame({"host": "kvm7", "time": seconds(), "kernel_seconds_total": [1.0, 2.0],
                          "user_seconds_total": [1.0, 2.0], "idle_seconds_total": [1.0, 9.0]})  # fmt: skip
    with pytest.raises(ValueError, match=r"frame 'node\.total' is a number"):
        node_rates({"node.total": frame})
    found = node_rates({"node.total": frame}, unit="s").total
    assert found["busy_percent"].tolist() == [20]
    assert str(found["time"].dtype) == "datetime64[us, UTC]"


def test_a_unit_is_of_frames_only():
    from virtsdk.stats import from_records

    samples = [from_records([], host="kvm7") for _ in range(2)]
    with pytest.raises(TypeError, match="unit is of the times in frames"):
        rates(samples, unit="s")


def test_a_slip_in_a_columns_name_is_named():
    frame = domains().rename(columns={"state": "sate"})
    with pytest.raises(ValueError, match=r"lacks state: .*'sate' may be meant as 'state'"):
        rates({"domains": frame})


@pytest.mark.parametrize("key", ["host", "domain"])
def test_rows_of_nobody_are_named(key):
    with pytest.raises(ValueError, match=f"column '{key}' of frame 'domains' is missing in 1 rows"):
        rates({"domains": domains(**{key: ["a", None]})})


def test_counters_are_numbers():
    found = rates({"domains": domains(cpu_time_seconds_total=["1", "6"])}).domains
    assert found["cpu_used_vcpus"].tolist() == [0.5]
    with pytest.raises(TypeError, match="column 'cpu_time_seconds_total' of frame 'domains'"):
        rates({"domains": domains(cpu_time_seconds_total=["1", "six"])})
    infinite = rates({"domains": domains(cpu_time_seconds_total=[1.0, np.inf], vcpus=pd.NA)}).domains
    assert infinite["cpu_used_vcpus"].isna().all()


def test_what_is_no_frame_is_named():
    with pytest.raises(TypeError, match="frame 'domains' must be a DataFrame, not dict"):
        rates({"domains": {}})


def test_the_frames_that_were_given_stay_as_they_were():
    frame = domains(pd.Series(seconds()))
    before = frame.copy()
    rates({"domains": frame}, unit="s")
    pd.testing.assert_frame_equal(frame, before)


def test_times_of_arrow_have_their_zone():
    frame = domains().convert_dtypes(dtype_backend="pyarrow")
    assert rates({"domains": frame}).domains["time"].tolist() == [TIMES[1]]


@pytest.mark.parametrize(
    "values",
    [pd.to_timedelta([1, 6], unit="s"), [1 + 0j, 6], [False, True]],
    ids=["lengths", "complex", "bool"],
)
def test_what_only_looks_like_numbers_is_no_counter(values):
    with pytest.raises(
        TypeError, match=r"'cpu_time_seconds_total' of frame 'domains' is .*; expected numbers"
    ):
        rates({"domains": domains(cpu_time_seconds_total=values)})
    with pytest.raises(TypeError, match=r"'clock_seconds' of frame 'domains' is .*; expected numbers"):
        rates({"domains": domains(clock_seconds=values)})


def test_a_slip_in_a_counters_name_is_named():
    frame = domains().rename(columns={"cpu_time_seconds_total": "cpu_time_second_total"})
    with pytest.raises(
        ValueError, match="no column 'cpu_time_seconds_total': 'cpu_time_second_total' may be"
    ):
        rates({"domains": frame})
    assert len(rates({"domains": domains(cpu_time_second_total=1.0, rack="a")}).domains) == 1


def test_columns_of_one_name_are_named():
    frame = domains()
    with pytest.raises(ValueError, match="frame 'domains' has the column 'name' twice"):
        rates({"domains": pd.concat([frame, frame[["name"]]], axis=1)})
    with pytest.raises(ValueError, match="the frames lack 'domains'; there are 1"):
        rates({1: frame})


def test_nodes_have_what_their_counters_tell():
    total = pd.DataFrame({"host": "kvm7", "time": TIMES, "idle_seconds_total": [0.0, 5.0]})
    pressure = pd.DataFrame({"host": "kvm7", "resource": "cpu", "share": "some", "time": TIMES})
    found = node_rates({"node.total": total, "node.pressure": pressure})
    assert found.total["idle_seconds_per_second"].tolist() == [0.5]
    assert found.total["busy_percent"].isna().tolist() == [True]
    assert found.pressure["stalled_percent"].isna().tolist() == [True]
