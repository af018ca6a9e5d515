"""Packings: what each rule lets onto a host, and how often that would be over."""

from __future__ import annotations

import numpy as np
import pytest

from virtsdk.capacity.past.sharing.packing import by_own_peaks, by_peak_of_sum, over, peak

DRAW = np.random.default_rng(4)
USED = DRAW.gamma(1.5, 1.0, (400, 60)) * (1 + np.sin(np.arange(400) / 20)[:, None] * DRAW.random(60))


def test_a_peak_is_exceeded_by_no_more_than_its_share():
    values = np.arange(1, 1001, dtype=float)
    assert peak(values[:, None], 0.995).tolist() == [995]
    assert (values > 995).mean() == 0.005
    assert peak(values[::-1][:, None], 1).tolist() == [1000]
    assert peak(np.array([[3.0]]), 0.5).tolist() == [3]


@pytest.mark.parametrize("cpus", [8, 16, 40])
def test_every_host_keeps_to_its_rule(cpus):
    own, together = by_own_peaks(USED, cpus, 0.99), by_peak_of_sum(USED, cpus, 0.99, 0.1)
    peaks = peak(USED, 0.99)
    for number, fits in (
        (own, lambda mine: peaks[mine].sum() <= cpus + 1e-9),
        (together, lambda mine: peak(USED[:, mine].sum(axis=1)[:, None], 0.99)[0] * 1.1 <= cpus + 1e-9),
    ):
        assert sorted(set(number.tolist())) == list(range(int(number.max()) + 1))
        for host in range(int(number.max()) + 1):
            mine = np.flatnonzero(number == host)
            assert fits(mine) or len(mine) == 1
    assert together.max() <= own.max()


def test_it_is_first_fit_without_short_cuts():
    limit, order = 16 / 1.1, np.argsort(-peak(USED, 0.99), kind="stable")
    hosts = []
    for guest in order:
        for mine in hosts:
            if peak(USED[:, [*mine, guest]].sum(axis=1)[:, None], 0.99)[0] <= limit:
                mine.append(guest)
                break
        else:
            hosts.append([guest])
    found = by_peak_of_sum(USED, 16, 0.99, 0.1)
    assert [np.flatnonzero(found == host).tolist() for host in range(len(hosts))] == [
        sorted(one) for one in hosts
    ]


def test_a_guest_larger_than_a_host_has_one_to_itself():
    used = np.array([[20.0, 1.0, 1.0]] * 10)
    assert by_own_peaks(used, 8, 1).tolist() == [0, 1, 1]
    assert by_peak_of_sum(used, 8, 1, 0).tolist() == [0, 1, 1]


def test_over_counts_samples_of_all_hosts_and_of_the_worst():
    used = np.array([[5.0, 1, 1], [9, 1, 1], [9, 1, 9], [1, 1, 1]])
    assert over(used, np.array([0, 1, 1]), 8) == (pytest.approx(3 / 8), pytest.approx(2 / 4))
