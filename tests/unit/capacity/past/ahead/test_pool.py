"""The pool: weighted quantiles as by hand, weights that follow what smoothing saves."""

from __future__ import annotations

import numpy as np
import pytest

from virtsdk.capacity.past.ahead import pool as module
from virtsdk.capacity.past.ahead.pool import LEVELS, pool, quantiles

NOISE = np.random.default_rng(7).standard_normal(200)


def weights(values, horizon=24):
    return pool(values, horizon, (), 24, 0.05).weights


def test_quantiles_have_weibulls_place():
    values = np.sort(np.random.default_rng(0).random(19))
    np.testing.assert_allclose(
        quantiles(values, np.array([0.05, 0.5, 0.95])),
        np.quantile(values, [0.05, 0.5, 0.95], method="weibull"),
    )
    assert quantiles(values, np.array([0.001]))[0] == values[0]


def test_quantiles_of_the_mixture_are_those_of_all_samples_by_weight():
    chance = np.random.default_rng(1)
    samples = [np.sort(chance.random((4, len(LEVELS)))), np.sort(chance.random((1, len(LEVELS))) + 0.5)]
    shares = np.array([[0.7, 0.3], [0.2, 0.8], [1, 0], [0.5, 0.5]])
    found = module._quantiles([(samples, shares)], (0.1, 0.5, 0.9))
    mass = np.diff(np.r_[0, (LEVELS[1:] + LEVELS[:-1]) / 2, 1])
    for step in range(4):
        every = sorted(
            (value, share * one)
            for sample, share in zip((samples[0][step], samples[1][0]), shares[step], strict=True)
            for value, one in zip(sample, mass, strict=True)
        )
        values, parts = np.array([one for one, _ in every]), np.array([one for _, one in every])
        middle = np.cumsum(parts) - parts / 2
        expected = np.interp([0.1, 0.5, 0.9], middle / parts.sum(), values)
        np.testing.assert_allclose([one[step] for one in found], expected)


def test_smoothing_has_little_weight_where_a_level_stays_and_much_where_it_moves():
    normal = np.random.default_rng(2).standard_normal(336)
    assert weights(10 + normal)["smoothing"] < 0.35
    assert weights(np.cumsum(normal))["smoothing"] > 0.6
    assert weights(np.arange(336.0))["smoothing"] > 0.8


def test_without_savings_weights_are_those_of_the_pool():
    found = weights(np.full(100, 3.0))
    assert found == pytest.approx({"history": 0.5, "recent": 0.2, "smoothing": 0.3})


def test_errors_are_those_so_many_steps_ahead():
    walk = np.cumsum(np.random.default_rng(3).standard_normal(1000))
    found = pool(walk, 100, (), 24, 0.05)
    width = found.hi - found.lo
    assert 1.5 < width[63] / width[15] < 3  # a walk's grow with the root of the steps


def test_beyond_half_of_the_history_the_interval_goes_on_to_widen():
    walk = np.cumsum(np.random.default_rng(4).standard_normal(60))
    found = pool(walk, 200, (), 24, 0.05)
    assert (found.hi - found.lo)[-1] > (found.hi - found.lo)[30]


def test_the_pattern_is_mixed_in_by_its_share():
    values = np.tile(np.arange(24.0), 10) + np.random.default_rng(5).standard_normal(240)
    with_it, without = pool(values, 24, (24,), 24, 0.05), pool(values, 24, (), 24, 0.05)
    assert with_it.pattern.share > 0.9
    assert np.abs(with_it.mid - np.arange(24)).mean() < 1 < np.abs(without.mid - np.arange(24)).mean()


def test_the_interval_of_a_clear_trend_widens_on_both_sides_and_keeps_off_history():
    for values in (np.arange(100.0), 200 - np.arange(100.0), np.arange(100) + 0.5 * np.sin(np.arange(100))):
        found = pool(values, 24, (), 24, 0.05)
        ahead = np.interp(
            np.arange(100, 124), [0, 99, 124], [values[0], values[-1], 2 * values[-1] - values[74]]
        )
        above, below = found.hi - found.mid, found.mid - found.lo
        np.testing.assert_allclose(found.mid, ahead, atol=2.5)
        assert (above > 0).all() and (below > 0).all()
        assert above[-1] > 3 * above[2] and below[-1] > 3 * below[2]
        assert (np.r_[above, below] < 24).all()


def test_smoothings_are_weighted_by_the_square_of_their_mean_squared_errors():
    values = np.cumsum(np.random.default_rng(6).standard_normal(200)) + 2 * NOISE
    _, _, trust = module._smoothing(values, 1)
    origins = np.arange(20, 199)
    squares = []
    for alpha in module.ALPHAS:
        powers = (1 - alpha) ** np.arange(200.0)
        levels = [(powers[: at + 1] @ values[: at + 1][::-1]) / powers[: at + 1].sum() for at in range(200)]
        squares.append(np.mean((values[origins + 1] - np.array(levels)[origins]) ** 2))
    expected = 1 / np.array(squares) ** 2
    np.testing.assert_allclose(trust[0], expected / expected.sum())


def test_members_have_weight_by_what_smoothing_saves():
    for saved, history, smoothing in ((0.0, 0.5, 0.3), (0.5, 0.25, 0.65), (1.0, 0.0, 1.0), (-1.0, 0.5, 0.0)):
        with pytest.MonkeyPatch.context() as patch:
            samples = np.zeros((1, 3 * len(LEVELS)))
            told = (samples, np.array([saved]), np.array([[0.2, 0.3, 0.5]]))
            patch.setattr(module, "_smoothing", lambda *_, told=told: told)
            _, found = module._members(np.arange(50.0), 1, 24)
        whole = history * 1.4 + smoothing
        assert found[0, 0] == pytest.approx(history / whole)
        np.testing.assert_allclose(found[0, 2:], smoothing * np.array([0.2, 0.3, 0.5]) / whole)
