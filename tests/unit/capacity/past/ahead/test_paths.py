"""Simulated paths: certain where the growth is, and as uncertain as it is."""

from __future__ import annotations

import numpy as np
import pytest

from virtsdk.capacity.past.ahead.growth import growth
from virtsdk.capacity.past.ahead.paths import PATHS, crossings

LEVELS = np.array([0.05, 0.5, 0.95])


def test_a_straight_line_goes_straight_on():
    found = crossings(growth(np.arange(60.0), 7), 80.5, 100, 50, LEVELS)
    assert len(found.times) == PATHS
    np.testing.assert_allclose(found.times, 21.5)
    np.testing.assert_allclose(found.fan, np.tile(np.arange(60.0, 110), (3, 1)))


def test_what_is_not_reached_within_the_steps_is_infinite():
    assert np.isinf(crossings(growth(np.arange(60.0), 7), 200, 100, 10, LEVELS).times).all()


def test_what_is_reached_with_the_first_step_is_within_it():
    assert crossings(growth(np.arange(60.0), 7), 59.25, 10, 10, LEVELS).times == pytest.approx(0.25)


def test_the_fan_widens_as_the_root_of_the_time_at_first():
    walk = np.cumsum(1 + np.random.default_rng(0).standard_normal(400))
    fan = crossings(growth(walk, 7), 1e9, 100, 100, LEVELS).fan
    width = fan[2] - fan[0]
    assert width[15] == pytest.approx(2 * 1.645 * 4, rel=0.4)
    assert 1.6 < width[63] / width[15] < 3


def test_steps_come_as_often_as_they_came():
    values = np.arange(200.0)
    for day in (30, 77, 120, 160):
        values[day:] += 50
    middle = crossings(growth(values, 7), 1e9, 200, 200, LEVELS).fan[1]
    assert middle[-1] == pytest.approx(values[-1] + 400, rel=0.15)  # four more steps, some larger


def test_the_pattern_of_the_week_goes_on():
    days = np.arange(105)
    fan = crossings(growth(np.sin(2 * np.pi * days / 7), 7), 9, 14, 14, LEVELS).fan
    np.testing.assert_allclose(fan[1], np.sin(2 * np.pi * np.arange(105, 119) / 7), atol=0.1)


def test_noise_that_passes_does_not_widen_the_fan():
    noise = 10 * np.random.default_rng(1).standard_normal(200)
    fan = crossings(growth(500 + noise, 7), 1e9, 100, 100, LEVELS).fan
    assert (fan[2] - fan[0])[80:].mean() < 1.4 * (fan[2] - fan[0])[:20].mean()
    assert (fan[2] - fan[0])[:20].mean() == pytest.approx(2 * 1.645 * 10, rel=0.25)


def test_peaks_come_again_as_often_and_as_high_and_pass():
    values = np.zeros(101)
    values[[20, 50, 70, 90]] = 40
    found = crossings(growth(values, 7), 39.9, 50, 50, np.array([0.5, 1.0]))
    assert np.mean(np.isfinite(found.times)) == pytest.approx(1 - (1 - 4.67 / 101) ** 50, abs=0.04)
    np.testing.assert_allclose(found.fan[0], 0, atol=1e-9)
    np.testing.assert_allclose(found.fan[1], 40, atol=1e-9)


def test_cycles_go_on_above_a_step():
    days = np.arange(117)
    values = 500 + 10.0 * (days % 14)
    values[64:] += 300
    grown = growth(values, 7)
    assert grown.cycles is not None
    lowest = crossings(grown, 1e9, 14, 14, np.array([0.05])).fan[0]
    np.testing.assert_allclose(lowest.min(), 800, atol=25)
