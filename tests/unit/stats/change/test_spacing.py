"""How far apart samples are meant to be, from which moment on, host by host."""

import numpy as np
import pandas as pd
import pytest

from virtsdk.stats.change.spacing import GAP, Spacing, distances

NOON = pd.Timestamp("2026-03-01 12:00", tz="UTC").as_unit("us")


def test_a_distance_is_measured_by_what_holds_from_its_end_on():
    spacing = Spacing(np.array([0, 1000]), np.array([10.0, 60.0]))
    ends = np.array([999, 1000, 1001, 999, 1000])
    seconds = np.array([10 * GAP + 1] * 3 + [60 * GAP + 1] * 2)
    assert spacing.is_gap(ends, seconds).tolist() == [True, False, False, True, True]


def test_before_the_first_moment_the_first_spacing_holds():
    spacing = Spacing(np.array([1000, 2000]), np.array([10.0, 60.0]))
    assert spacing.is_gap(np.array([5]), np.array([10 * GAP + 1])).tolist() == [True]


def test_hosts_are_looked_at_one_by_one_and_a_moment_counts_once():
    rows = [("kvm7", 0), ("kvm7", 0), ("kvm8", 1), ("kvm7", 10), ("kvm8", 21), ("kvm7", 40)]
    frame = pd.DataFrame(rows, columns=["host", "time"])
    frame["time"] = NOON + pd.to_timedelta(frame["time"], unit="s")
    assert sorted(distances(frame)) == [10, 20, 30]
    assert distances(frame[:0]).tolist() == []


@pytest.mark.parametrize("seconds", [10, 0.5])
def test_one_spacing_may_hold_at_all_times(seconds):
    spacing = Spacing.constant(seconds)
    lengths = np.array([GAP * seconds, GAP * seconds * 1.01])
    assert spacing.is_gap(np.array([0, 10**15]), lengths).tolist() == [False, True]
