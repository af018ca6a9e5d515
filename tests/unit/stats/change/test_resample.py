"""Rates over coarser intervals: what is covered counts, and nothing is made up at an edge."""

import numpy as np
import pandas as pd
import pytest

from virtsdk.stats.change.resample import resample

NOON = pd.Timestamp("2026-03-01 12:00", tz="UTC").as_unit("us")
MINUTE = pd.Timedelta("1min")


def intervals(*rows):
    """Intervals of one domain: (the second at which it ends, its length, its rate, what interrupted it)."""
    ends, lengths, speeds, interrupted = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "host": "kvm7",
            "domain": "u1",
            "time": [NOON + pd.Timedelta(seconds=end) for end in ends],
            "seconds": pd.array(lengths, dtype="Float64"),
            "interrupted": pd.array(interrupted, dtype="str"),
            "bytes_per_second": pd.array(speeds, dtype="Float64"),
        }
    )


def minutes(*rows):
    """Return (start of the bin, seconds of it that are covered, rate) of each bin."""
    found = resample(intervals(*rows), MINUTE, "domains")
    starts = (found["time"] - NOON).dt.total_seconds().tolist()
    return list(zip(starts, found["seconds"].tolist(), found["bytes_per_second"].tolist(), strict=True))


def test_an_interval_that_ends_at_an_edge_brings_no_bin_behind_it():
    assert minutes((30, 30, 1, None), (60, 30, 3, None)) == [(0, 60, 2)]
    assert minutes((60, 60, 1, None), (120, 60, 3, None)) == [(0, 60, 1), (60, 60, 3)]


def test_an_interval_over_an_edge_is_divided():
    assert minutes((90, 60, 2, None)) == [(0, 30, 2), (60, 30, 2)]


def test_an_interval_that_is_longer_than_a_bin_is_not_divided():
    assert minutes((180, 180, 2, None)) == [(120, 180, 2)]
    assert minutes((180, 180, 2, None), (240, 60, 5, None)) == [(120, 180, 2), (180, 60, 5)]


def test_a_rate_that_is_missing_throughout_a_bin_is_missing_and_not_0():
    found = minutes((30, 30, None, None), (60, 30, None, None), (120, 60, 5, None))
    assert [(start, seconds) for start, seconds, _ in found] == [(0, 60), (60, 60)]
    assert pd.isna(found[0][2])
    assert found[1][2] == 5


def test_a_rate_that_is_missing_in_a_part_of_a_bin_is_that_of_the_rest():
    assert minutes((30, 30, None, None), (60, 30, 4, None)) == [(0, 60, 4)]


def test_what_was_interrupted_brings_nothing():
    assert minutes((30, 30, 9, "reset"), (60, 30, 4, None)) == [(0, 30, 4)]
    assert minutes((30, 30, 9, "gap")) == []


def test_a_bin_in_which_a_domain_was_off_throughout_says_so():
    found = resample(intervals((60, 60, 0, "off"), (90, 30, 0, "off"), (120, 30, 4, None)), MINUTE, "domains")
    assert found["interrupted"].fillna("").tolist() == ["off", ""]
    assert found["bytes_per_second"].tolist() == [0, 2]


def test_weeks_begin_on_mondays():
    days = intervals(*((86400 * day, 86400, 1, None) for day in range(1, 15)))
    found = resample(days, pd.Timedelta("7D"), "domains")
    assert {time.day_name() for time in found["time"]} == {"Monday"}
    assert found["seconds"].sum() == 14 * 86400


def test_samples_that_come_late_leave_no_bin_without_a_row():
    """At an interval of the samples' own, each bin has a row, and no total is lost."""
    chance = np.random.default_rng(6)
    late = chance.choice([0.0, 0.003, 5.0, 14.0], 200)
    ends = 60 * np.arange(1, 201) + late  # near the edges of minutes: now before, now behind
    lengths = np.diff(ends, prepend=0)
    speeds = chance.random(200)
    found = minutes(*zip(ends, lengths, speeds, [None] * 200, strict=True))
    assert [start for start, _, _ in found] == [60.0 * n for n in range(len(found))]
    assert [seconds for _, seconds, _ in found[:-1]] == pytest.approx([60] * (len(found) - 1))
    assert sum(seconds * rate for _, seconds, rate in found) == pytest.approx((lengths * speeds).sum())


def test_an_interval_up_to_one_and_a_half_bins_is_divided():
    assert minutes((120, 90, 2, None)) == [(0, 30, 2), (60, 60, 2)]
    assert minutes((120, 91, 2, None)) == [(60, 91, 2)]
