"""Growth taken apart: steps, drift, passing noise."""

from __future__ import annotations

import numpy as np
import pytest

from virtsdk.capacity.past.ahead.growth import find_jumps, find_peaks, growth, half_slopes

NORMAL = np.random.default_rng(0).standard_normal(120)
DAYS = np.arange(120.0)


def test_jumps_are_what_stands_out():
    values = DAYS + NORMAL
    assert not find_jumps(values, 7).any()
    values[50:] += 40
    found = find_jumps(values, 7)
    assert list(np.flatnonzero(found)) == [49]
    assert found[49] == pytest.approx(40, abs=3)


def test_rare_changes_of_a_level_that_else_stays_are_jumps_and_frequent_ones_are_not():
    rare, frequent = np.zeros(100), np.zeros(100)
    rare[::20], frequent[::3] = 5, 5
    assert np.count_nonzero(find_jumps(rare.cumsum(), 7)) == 4
    assert not find_jumps(frequent.cumsum(), 7).any()


def test_weekends_are_no_jumps():
    week = np.cumsum(np.where(DAYS % 7 < 5, 10.0, 0.0))
    assert not find_jumps(week, 7).any()


def test_noise_that_passes_does_not_make_the_drift_uncertain():
    noisy, walking = growth(DAYS + 5 * NORMAL, 7), growth(DAYS + 5 * NORMAL.cumsum(), 7)
    assert noisy.drift == pytest.approx(1, abs=0.1)
    assert noisy.drift_error < walking.drift_error / 3
    assert noisy.scale < 0.9
    assert noisy.level == pytest.approx(119, abs=6)
    assert walking.level == pytest.approx(119 + 5 * NORMAL.sum(), abs=8)  # a walk is where it is


def test_the_drift_is_without_jumps_and_the_level_with_them():
    values = DAYS.copy()
    values[60:] += 50
    found = growth(values, 7)
    assert found.drift == pytest.approx(1)
    assert found.level == pytest.approx(169)
    assert found.jumps.sum() == pytest.approx(50)


def test_blocks_begin_a_whole_number_of_weeks_before_the_end():
    values = np.cumsum(np.tile([1, 2, 3, 4, 5, 6, 7.0], 10))
    found = growth(values, 7)
    changes = found.blocks + np.diff(found.noise, axis=1, prepend=found.noise[0, -1])
    np.testing.assert_allclose(changes, np.tile([1, 2, 3, 4, 5, 6, 7], (9, 1)), atol=1e-6)
    assert len(growth(values[:20], 7).blocks) == 14  # of few weeks, every block


def test_slopes_of_halves_differ_beyond_chance():
    assert half_slopes(DAYS + NORMAL, np.zeros(119), 7)[2] is False
    first, second, differ = half_slopes(np.r_[DAYS[:60], 60 + 3 * DAYS[:60]] + NORMAL, np.zeros(119), 7)
    assert (first, second) == (pytest.approx(1, abs=0.1), pytest.approx(3, abs=0.1))
    assert differ


def test_weekdays_on_which_it_is_only_sometimes_different_have_the_usual_change():
    for start in range(14):  # two weeks, so every other one of a weekday
        for noise in (0.0, 3.0):
            days = np.arange(63) + start
            values = 500 + 10.0 * (days % 14) + noise * NORMAL[:63]
            found = find_jumps(values, 7)
            assert list(np.flatnonzero(found)) == [one for one in range(62) if (one + 1 + start) % 14 == 0]
            assert found[found != 0] == pytest.approx(-140, abs=8 * noise + 1e-6)


@pytest.mark.parametrize("days", [1, 2, 3, 4])
def test_peaks_are_what_goes_back_within_three_days(days):
    values = DAYS + 0.1 * NORMAL
    values[30 : 30 + days] += 50
    values[70:] += 50
    peaks = find_peaks(values, 7)
    assert list(np.flatnonzero(peaks)) == (list(range(30, 30 + days)) if days < 4 else [])
    assert peaks[peaks != 0] == pytest.approx(50, abs=1)
    jumps = growth(values, 7).jumps
    assert list(np.flatnonzero(jumps)) == ([69] if days < 4 else [29, 33, 69])


def test_what_is_the_rule_is_no_peak():
    values = np.zeros(120)
    values[::6] = 50
    assert not find_peaks(values, 7).any()


def test_a_clean_up_two_days_after_a_step_that_leaves_a_third_of_it_is_no_peak():
    values = DAYS + 0.1 * NORMAL
    values[30:32] += 60
    values[32:] += 20
    assert not find_peaks(values, 7).any()
    values[31] -= 40
    assert list(np.flatnonzero(find_peaks(values, 7))) == [30]  # the next day already
