"""Sums at common times, against the same written as loops."""

from __future__ import annotations

import numpy as np
import pytest

from virtsdk.capacity.room.answers import aligned as module
from virtsdk.capacity.room.answers.aligned import NEAR, aligned, intervals


def by_loops(samples, times, every):
    """Sum of the nearest samples at each time; NaN where one is lacking."""
    sums = []
    for time in times:
        total = 0.0
        for guest, own in enumerate(samples):
            far, nearest = min((abs(at - time), value) for at, value in own)
            inside = own[0][0] < time < own[-1][0]
            if far <= NEAR * every[guest] or (not inside and far < every[guest]):
                total += nearest
            elif inside:
                total = np.nan
        sums.append(total)
    return sums


@pytest.mark.parametrize("cells", [2**21, 7])
@pytest.mark.parametrize("seed", range(5))
def test_sums_are_those_of_the_nearest_samples(seed, cells, monkeypatch):
    monkeypatch.setattr(module, "_CELLS", cells)
    random = np.random.default_rng(seed)
    every = np.array([10.0, 10.0, 30.0])
    samples = []
    for step in every:
        times = np.arange(random.integers(0, 60), random.integers(200, 300), step) + random.uniform(0, 3)
        times = times[random.random(len(times)) > 0.1]
        samples.append(list(zip(times.tolist(), random.random(len(times)).tolist(), strict=True)))
    guests = np.repeat(np.arange(3), [len(own) for own in samples])
    rows = np.array([row for own in samples for row in own])
    found = aligned(guests, rows[:, 0], rows[:, 1:], every)
    begin = rows[:, 0].min()
    distinct = np.unique(rows[:, 0] - begin)
    close = np.diff(distinct).min() <= 5
    grid = np.unique(np.floor(distinct / 10)) * 10 if close else distinct
    moved = [[(at - begin, value) for at, value in own] for own in samples]
    assert found.sums[:, 0] == pytest.approx(by_loops(moved, grid, every), nan_ok=True)


def test_a_guest_is_absent_before_its_first_and_after_its_last_sample():
    guests, times = np.array([0] * 5 + [1] * 2), np.array([0.0, 1, 2, 3, 4, 1, 2])
    found = aligned(guests, times, np.ones((7, 1)), np.ones(2))
    assert found.sums[:, 0].tolist() == [1, 2, 2, 1, 1]
    assert found.absent.tolist() == [0, 0.6]


def test_an_interval_is_the_median_step_the_lower_of_two():
    guests, times = np.array([0, 0, 0, 0, 1, 1, 1, 2]), np.array([0.0, 1, 3, 9, 0, 5, 7, 0])
    assert intervals(guests, times, 3).tolist()[:2] == [2, 2]
    assert np.isnan(intervals(guests, times, 3)[2])


def test_single_samples_are_all_of_one_time():
    found = aligned(np.arange(3), np.array([5.0, 7, 6]), np.array([[1.0], [2], [4]]), np.full(3, np.nan))
    assert found.sums.tolist() == [[7]]
