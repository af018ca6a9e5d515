"""Bins by the clocks of a zone: days at midnight, of the hours that they have; nothing is lost by them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from virtsdk.stats import from_records, rates
from virtsdk.stats.change.bins import bins, zone_of

HOUR = 3_600_000_000
DAY = 24 * HOUR
BERLIN = ZoneInfo("Europe/Berlin")


def us(time):
    return int(pd.Timestamp(time).as_unit("us").asm8.astype(np.int64))


def hours(divided, first, last):
    numbers = divided.numbers(np.array([us(first), us(last)]))
    whole = np.arange(numbers[0], numbers[1] + 1)
    return ((divided.ends(whole) - divided.starts(whole)) / HOUR).tolist()


@pytest.mark.parametrize(
    ("zone", "width", "first", "last", "expected"),
    [
        ("Europe/Berlin", DAY, "2026-03-28T12Z", "2026-03-30T12Z", [24, 23, 24]),
        ("Europe/Berlin", DAY, "2026-10-24T12Z", "2026-10-26T12Z", [24, 25, 24]),
        ("America/Havana", DAY, "2026-10-31T12Z", "2026-11-02T12Z", [24, 25, 24]),  # midnight is there twice
        ("Australia/Lord_Howe", DAY, "2026-04-04T02Z", "2026-04-05T14Z", [24, 24.5, 24]),
        ("Europe/Berlin", 7 * DAY, "2026-03-28T12Z", "2026-03-30T12Z", [167, 168]),
        ("Europe/Berlin", 6 * HOUR, "2026-10-24T22Z", "2026-10-25T22:59Z", [7, 6, 6, 6]),
        ("Europe/Berlin", HOUR, "2026-10-24T22Z", "2026-10-25T22:59Z", [1] * 25),
        ("Europe/Berlin", HOUR, "2026-03-28T23Z", "2026-03-29T21:59Z", [1] * 23),
    ],
)
def test_bins_are_as_long_as_the_clocks_make_them(zone, width, first, last, expected):
    assert hours(bins(width, us(first), us(last), ZoneInfo(zone)), first, last) == expected


def test_where_a_bin_begins():
    day = bins(DAY, us("2026-03-01T12Z"), us("2026-03-02T12Z"), BERLIN)
    edges = np.array([us("2026-02-28T22:59:59.999999Z"), us("2026-02-28T23Z")])
    before, after = day.numbers(edges)
    assert after == before + 1 and day.starts(np.array([after])) == edges[1]
    week = bins(7 * DAY, us("2026-03-01T22:30Z"), us("2026-03-01T23:30Z"), BERLIN)
    assert pd.Timestamp(week.starts(week.numbers(np.array([us("2026-03-01T23:30Z")])))[0], unit="us") == (
        pd.Timestamp("2026-03-01 23:00")  # Monday, 0:00 in Berlin
    )
    kolkata = bins(HOUR, us("2026-03-01T12Z"), us("2026-03-01T12Z"), ZoneInfo("Asia/Kolkata"))
    assert kolkata.starts(kolkata.numbers(np.array([us("2026-03-01T12:10Z")]))) == us("2026-03-01T11:30Z")
    small = bins(5 * 60_000_000, us("2026-03-01T12Z"), us("2036-03-01T12Z"), BERLIN)
    assert small == bins(5 * 60_000_000, 0, 0)  # the same by all clocks, at no cost


def test_days_of_a_zone_have_all_that_was_measured():
    start = pd.Timestamp("2026-03-27 23:00", tz="UTC")
    samples = [
        from_records(
            [("u1", "web1", {"cpu.time": hour * 1800 * 10**9, "state.state": 1, "vcpu.current": 1})],
            host="kvm7",
            time=start + pd.Timedelta(hours=hour),
        )
        for hour in range(72)
    ]
    found = rates(samples).resample("1D", tz="Europe/Berlin").usage()
    assert found["seconds"].tolist() == [24 * 3600, 23 * 3600, 24 * 3600]
    assert found["cpu_used_vcpus"].tolist() == pytest.approx([0.5] * 3)
    assert found["time"].dt.tz_convert("Europe/Berlin").dt.strftime("%d %H:%M").tolist() == [
        "28 00:00", "29 00:00", "30 00:00",
    ]  # fmt: skip
    assert str(found["time"].dtype) == "datetime64[us, UTC]"
    assert rates(samples).resample("1D").usage()["seconds"].sum() == found["seconds"].sum()


@pytest.mark.parametrize("wrong", ["Berlin", "", "../etc", "Europe", "CEST"])
def test_an_unknown_zone_is_named(wrong):
    with pytest.raises(ValueError, match=f"tz must be a time zone.*not '{wrong}'"):
        zone_of(wrong)
    with pytest.raises(TypeError, match="not 5"):
        zone_of(5)
