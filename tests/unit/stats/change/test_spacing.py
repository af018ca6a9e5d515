"""How far apart samples are meant to be, from which moment on, host by host."""

import numpy as np
import pandas as pd
import pytest

from virtsdk.stats.change.series import series_of
from virtsdk.stats.change.spacing import GAP, Spacing, distances, seconds_of

NOON = pd.Timestamp("2026-03-01 12:00", tz="UTC").as_unit("us")


def gaps(spacing, ends, seconds, host="kvm7"):
    """Tell of intervals that end at some moments (µs) which are gaps, each of a series of its own."""
    frame = pd.DataFrame({"host": host, "domain": [f"u{number}" for number in range(len(ends))],
                          "time": pd.to_datetime(ends, unit="us", utc=True)})  # fmt: skip
    return spacing.is_gap(series_of(frame, ["host", "domain"]), np.asarray(seconds, dtype=float)).tolist()


def stretches(starts, seconds):
    found = np.array(starts), np.array(seconds)
    return Spacing({"kvm7": found}, found)


def test_a_distance_is_measured_by_what_holds_from_its_end_on():
    spacing = stretches([0, 1000], [10.0, 60.0])
    ends = np.array([999, 1000, 1001, 999, 1000])
    seconds = np.array([10 * GAP + 1] * 3 + [60 * GAP + 1] * 2)
    assert gaps(spacing, ends, seconds) == [True, False, False, True, True]


def test_before_the_first_moment_the_first_spacing_holds():
    spacing = stretches([1000, 2000], [10.0, 60.0])
    assert gaps(spacing, [5], [10 * GAP + 1]) == [True]


def test_hosts_are_looked_at_one_by_one_and_a_moment_counts_once():
    rows = [("kvm7", 0), ("kvm7", 0), ("kvm8", 1), ("kvm7", 10), ("kvm8", 21), ("kvm7", 40)]
    frame = pd.DataFrame(rows, columns=["host", "time"])
    frame["time"] = NOON + pd.to_timedelta(frame["time"], unit="s")
    found = {host: apart.tolist() for host, apart in distances(frame).items()}
    assert found == {"kvm7": [10, 30], "kvm8": [20]}
    assert distances(frame[:0]) == {}
    assert distances(frame[:1]) == {}


def test_each_host_has_a_spacing_of_its_own():
    spacing = Spacing.by_host({"kvm7": 10, "kvm8": 60})
    assert gaps(spacing, [0], [30], "kvm7") == [True]
    assert gaps(spacing, [0], [30], "kvm8") == [False]
    assert gaps(spacing, [0], [30], "another") == [False]


@pytest.mark.parametrize("seconds", [10, 0.5])
def test_one_spacing_may_hold_at_all_times(seconds):
    spacing = Spacing.constant(seconds)
    lengths = np.array([GAP * seconds, GAP * seconds * 1.01])
    assert gaps(spacing, [0, 10**15], lengths) == [False, True]


@pytest.mark.parametrize("kind", [np.int64, np.int8, np.float32, np.float64], ids=lambda kind: kind.__name__)
def test_numbers_of_a_frame_are_lengths(kind):
    assert seconds_of(kind(10)) == 10
    with pytest.raises(ValueError, match="must be a time above 0"):
        seconds_of(kind(0))


@pytest.mark.parametrize("length", ["1MS", "1M", "2Q", "1Y", "ms", "5 bananas", ""])
def test_lengths_are_durations(length):
    with pytest.raises(ValueError, match="must be a length of time"):
        seconds_of(length)


@pytest.mark.parametrize(
    ("length", "seconds"),
    [("90", 90), ("1.5h", 5400), ("1h 30min", 5400), ("2D", 172800), ("00:01:30", 90), ("1W", 604800)],
)
def test_lengths_are_read_as_pandas_writes_them(length, seconds):
    assert seconds_of(length) == seconds
