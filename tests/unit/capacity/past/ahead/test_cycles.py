"""Cycles of a level that is emptied again and again."""

from __future__ import annotations

import numpy as np
import pytest

from virtsdk.capacity.past.ahead.cycles import find_cycles

DAYS = np.arange(75)


def cleaned(values, size):
    changes = np.diff(values)
    return np.where(changes < -size / 2, changes, 0.0)


def test_cycles_go_on_from_where_the_running_one_is():
    values = 500 + 10.0 * (DAYS % 14)
    found = find_cycles(values, cleaned(values, 130))
    assert list(found.lengths) == [14, 14, 14, 14]
    assert (found.slope, found.since) == (pytest.approx(0), 4)
    ways = found.ways(50, 100, np.random.default_rng(0))
    np.testing.assert_allclose(ways, np.tile(500 + 10.0 * (np.arange(75, 175) % 14), (50, 1)))


def test_a_running_cycle_goes_on_from_its_own_level():
    values = 500 + 10.0 * (DAYS % 14)
    values[-1] += 7
    first = find_cycles(values, cleaned(values, 130)).ways(5, 20, np.random.default_rng(0))[0]
    assert first[0] == pytest.approx(values[-1] + 10)
    assert first[9] == pytest.approx(500)  # emptied


def test_the_line_through_the_lowest_levels_goes_on():
    values = 500 + 10.0 * (DAYS % 14) + DAYS
    found = find_cycles(values, cleaned(values, 130))
    assert found.slope == pytest.approx(1)
    ways = found.ways(5, 100, np.random.default_rng(0))
    after = np.arange(75, 175)
    np.testing.assert_allclose(ways[0], 500 + 10.0 * (after % 14) + after)


def test_a_line_that_is_not_certain_spreads_the_ways():
    values = 500 + 10.0 * (DAYS % 14) + 8 * np.random.default_rng(1).standard_normal(75)
    ways = find_cycles(values, cleaned(values, 130)).ways(400, 200, np.random.default_rng(0))
    assert ways[:, 150:].std() > ways[:, :50].std()


def test_clean_ups_that_do_not_undo_the_growth_are_no_cycles():
    rises = np.repeat([3.0, 15, 6, 12, 2], 15)
    values = 500 + np.cumsum(rises - np.where(DAYS % 15 == 14, 90, 0))
    assert find_cycles(values, cleaned(values, 70)) is None
    once = 500 + 10.0 * DAYS - np.where(DAYS > 40, 200, 0)
    assert find_cycles(once, cleaned(once, 200)) is None
