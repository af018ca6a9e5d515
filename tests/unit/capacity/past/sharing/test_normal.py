"""The normal distribution against the standard library's, and the loss against an integral."""

from __future__ import annotations

import math

import numpy as np
import pytest

from virtsdk.capacity.past.sharing.normal import above, loss


def test_tail_and_density_are_those_of_erfc():
    z = np.linspace(-9, 9, 3001)
    density, tail = above(z)
    exact = np.array([math.erfc(one / math.sqrt(2)) / 2 for one in z])
    assert np.abs(tail - exact).max() < 7.5e-8
    assert density == pytest.approx(np.exp(-z * z / 2) / math.sqrt(2 * math.pi))


@pytest.mark.parametrize(("mean", "variance", "limit"), [(10, 4, 10), (3, 9, 8), (20, 1, 12), (5, 0.04, 5.1)])
def test_loss_is_the_mean_of_what_lies_above(mean, variance, limit):
    deviation = math.sqrt(variance)
    x = np.linspace(mean - 10 * deviation, mean + 10 * deviation, 200_001)
    density = np.exp(-((x - mean) ** 2) / (2 * variance)) / (deviation * math.sqrt(2 * math.pi))
    exact = np.sum(np.maximum(x - limit, 0) * density) * (x[1] - x[0])
    assert loss(np.array([mean]), np.array([variance]), limit)[0] == pytest.approx(exact, abs=1e-6)


def test_without_variance_it_is_what_is_over():
    assert loss(np.array([3.0, 8.0]), np.zeros(2), 5.0).tolist() == [0, 3]


def test_it_is_never_below_what_the_mean_alone_is_over():
    mean = np.linspace(0, 30, 500)
    found = loss(mean, np.full(500, 2.0), 10.0)
    assert (found >= np.maximum(mean - 10, 0)).all()
    assert (np.diff(found) >= -1e-7).all()
