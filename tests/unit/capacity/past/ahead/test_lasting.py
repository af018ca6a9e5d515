"""How much of the noise lasts: little of what keeps coming back, all of a walk."""

from __future__ import annotations

import numpy as np
import pytest

from virtsdk.capacity.past.ahead.lasting import _LINGERS, _RATIOS, lasting

NORMAL = np.random.default_rng(0).standard_normal(120)


def found(values):
    sums = values[7:] - values[:-7]
    return lasting(values, float(np.var(sums)) / 7, 0.0)


def share(one):
    return float(np.sqrt(one.weights @ one.scales**2))


def test_little_of_passing_noise_lasts_and_all_of_a_walk():
    assert share(found(500 + 10 * NORMAL)) < 0.2
    assert share(found(500 + NORMAL.cumsum())) == pytest.approx(1, abs=0.3)
    assert share(found(500 + NORMAL.cumsum() + 10 * NORMAL[::-1])) < share(found(500 + NORMAL.cumsum()))


def test_noise_that_lingers_is_no_walk_either():
    noise = np.zeros(400)
    for at, one in enumerate(np.random.default_rng(1).standard_normal(399)):
        noise[at + 1] = 0.6 * noise[at] + one
    assert share(found(noise)) < 0.3


@pytest.mark.parametrize(("count", "every"), [(30, 1), (160, 2)])
def test_weights_are_the_restricted_likelihood(count, every):
    chance = np.random.default_rng(4)
    values = np.arange(count) + 3 * chance.standard_normal(count).cumsum() + chance.standard_normal(count)
    known = values[(count - 1) % every :: every]
    size = len(known)
    times = np.arange(size)
    line = np.stack([np.ones(size), every * times], axis=1)
    logs, drifts, levels, errors = [], [], [], []
    walk = every * (np.minimum(times[:, None], times) + 1.0)
    for linger in _LINGERS:
        noise = np.power(linger, every * np.abs(times[:, None] - times)) if linger else np.eye(size)
        for ratio in _RATIOS:
            whole = noise + ratio * walk
            inverse = np.linalg.inv(whole)
            inner = line.T @ inverse @ line
            fitted = np.linalg.solve(inner, line.T @ inverse @ known)
            rest = known - line @ fitted
            squares = rest @ inverse @ rest
            determinants = np.linalg.slogdet(whole)[1] + np.linalg.slogdet(inner)[1]
            logs.append(-(determinants + (size - 2) * np.log(squares)) / 2)
            drifts.append(fitted[1])
            errors.append(np.sqrt(squares / (size - 2) * np.linalg.inv(inner)[1, 1]))
            levels.append(line[-1] @ fitted + ratio * walk[-1] @ inverse @ rest)
    weights = np.exp(np.array(logs) - max(logs))
    one = found(values)
    np.testing.assert_allclose(one.weights, weights / weights.sum(), rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(one.drifts, drifts, rtol=1e-4)
    np.testing.assert_allclose(one.drift_errors, errors, rtol=1e-4)
    np.testing.assert_allclose(one.levels, levels, rtol=1e-4)


def test_a_long_series_is_thinned_out_with_the_same_answer():
    chance = np.random.default_rng(2)
    noisy = np.arange(900) + 10 * chance.standard_normal(900)
    assert found(noisy).weights @ found(noisy).drifts == pytest.approx(1, abs=0.02)
    assert share(found(noisy)) < 0.1
    assert share(found(chance.standard_normal(900).cumsum())) == pytest.approx(1, abs=0.3)
    assert len(found(noisy).smooth) == 900


def test_what_does_not_change_is_certain():
    one = found(np.full(50, 7.0))
    assert (one.levels == 7).all()
    assert not (one.drifts.any() or one.drift_errors.any() or one.level_errors.any() or one.scales.any())
