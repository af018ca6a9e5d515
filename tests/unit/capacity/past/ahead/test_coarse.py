"""A grid thinned out to days or hours."""

from __future__ import annotations

import numpy as np
import pytest

from virtsdk.capacity.past.ahead.coarse import coarse
from virtsdk.capacity.past.ahead.grid import Grid

MINUTE = 60 * 10**6


def grid(values, minutes):
    return Grid(np.asarray(values, float), 10**15, minutes * MINUTE, "", ())


@pytest.mark.parametrize(
    ("count", "minutes", "unit", "block"),
    [
        (14 * 288, 5, 288, 7),  # two weeks: days
        (14 * 288 - 1, 5, 12, 24),  # less: hours
        (60, 5, 1, 7),  # hours only
        (90, 1440, 1, 7),
        (30, 7 * 1440, 1, 4),
        (3000, 1440, 3, 4),  # a thousand at most
    ],
)
def test_the_unit_follows_how_long_the_series_is(count, minutes, unit, block):
    found = coarse(grid(np.arange(count), minutes))
    assert (found.unit, found.block) == (unit, block)
    assert len(found.values) <= 1000


def test_the_highest_of_each_day_is_taken_counted_back_from_the_end():
    found = coarse(grid(np.arange(15 * 24 + 5), 60))
    assert list(found.values[-2:]) == [15 * 24 + 5 - 25, 15 * 24 + 4]
    values = np.arange(15 * 24 + 5.0)
    values[-1] = np.nan
    assert coarse(grid(values, 60)).values[-1] == 15 * 24 + 3
    falling = coarse(grid(-values[:-1], 60)).values
    assert list(falling[-2:]) == [-(15 * 24 + 4 - 48), -(15 * 24 + 4 - 24)]


def test_days_without_values_are_on_a_straight_line():
    values = np.arange(20 * 24.0)
    values[24 * 5 : 24 * 9] = np.nan
    np.testing.assert_allclose(coarse(grid(values, 60)).values, np.arange(20) * 24 + 23)


def test_peaks_within_the_day_are_what_is_taken():
    values = np.tile(np.r_[np.zeros(12), 8.0, np.zeros(11)], 20)
    assert (coarse(grid(values, 60)).values == 8).all()
