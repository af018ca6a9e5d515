"""The pattern of a day or a week: found where it is, measured out of sample."""

from __future__ import annotations

import numpy as np
import pytest

from virtsdk.capacity.past.ahead.seasons import pattern


def share(values, season):
    """The share one season at a time, as it is described."""
    rows = values[len(values) % season :].reshape(-1, season)
    slope = (rows[-1].mean() - rows[0].mean()) / (season * (len(rows) - 1))
    about = [row - row.mean() - slope * (np.arange(season) - (season - 1) / 2) for row in rows]
    wrong = whole = 0.0
    for number in range(2, len(rows)):
        wrong += np.square(about[number] - np.mean(about[:number], axis=0)).sum()
        whole += np.square(about[number]).sum()
    return max(1 - wrong / whole, 0)


@pytest.mark.parametrize("seed", range(5))
def test_the_share_is_that_of_earlier_seasons(seed):
    chance = np.random.default_rng(seed)
    values = np.tile(chance.random(12), 9)[5:] + 0.2 * chance.standard_normal(103) + 0.01 * np.arange(103)
    assert pattern(values, [12]).share == pytest.approx(share(values, 12))


def test_noise_has_none_and_a_pattern_has_nearly_all():
    noise = np.random.default_rng(0).standard_normal(240)
    found = pattern(noise, [24])
    assert found is None or found.share < 0.05
    day = np.tile(np.arange(24.0), 10)
    found = pattern(day, [24])
    assert found.share == pytest.approx(1)
    np.testing.assert_allclose(found.ahead(30), np.r_[day[:24], day[:6]] - day.mean())


def test_fewer_than_three_seasons_are_none():
    day = np.tile(np.arange(24.0), 3)
    assert pattern(day[:71], [24]) is None
    assert pattern(day, [24]) is not None


def test_a_trend_is_no_pattern():
    found = pattern(np.arange(240.0), [24])
    assert found is None or found.share < 1e-6


def test_the_week_is_taken_where_it_explains_clearly_more():
    day, week = np.tile(np.arange(8.0), 28), np.tile(np.random.default_rng(1).random(56), 4)
    assert pattern(day, [8, 56]).season == 8
    assert pattern(week, [8, 56]).season == 56


def test_gaps_do_not_matter():
    values = np.tile(np.arange(24.0), 10)
    holed = values.copy()
    holed[24:48] = holed[100:107] = np.nan
    assert pattern(holed, [24]).share > 0.9
    assert np.abs(pattern(holed, [24]).ahead(24) - pattern(values, [24]).ahead(24)).max() < 1
