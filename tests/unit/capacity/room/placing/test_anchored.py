"""The bound by large guests: never above the truth, and it sees room that nothing can use."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from tests.unit.capacity.room.fleets import arrays, domains, hosts
from tests.unit.capacity.room.placing.fewest_hosts import fewest_hosts
from virtsdk.capacity.room.placing import anchored as module
from virtsdk.capacity.room.placing.anchored import anchored
from virtsdk.capacity.room.placing.bounds import bound
from virtsdk.capacity.room.placing.choose import fewest
from virtsdk.capacity.room.placing.problem import Problem

# not importorskip: all workers collect these tests, and few of them run one
pytestmark = pytest.mark.skipif(find_spec("scipy") is None, reason="scipy is not installed")


def fleet(sizes, guests):
    return arrays(hosts(*sizes), domains(*[(0, *one) for one in guests]))


def test_memory_beside_a_guest_with_all_vcpus_is_of_no_use():
    guests = [(8, 1)] * 4 + [(1, 8)] * 12
    problem = Problem.of(fleet([(8, 32)] * 9, guests))
    assert (bound(problem).hosts, anchored(problem).hosts) == (6, 7)


def test_memory_beside_smaller_ones_is_used():
    guests = [(6, 1)] * 4 + [(1, 15)] * 8
    problem = Problem.of(fleet([(8, 32)] * 9, guests))
    assert anchored(problem).hosts == 4


def test_large_in_one_goes_with_large_in_the_other_where_there_is_room():
    fit = Problem.of(fleet([(8, 32)] * 9, [(6, 8), (2, 24), (6, 7), (2, 23)]))
    tight = Problem.of(fleet([(8, 32)] * 9, [(6, 9), (2, 24), (6, 9), (2, 24)]))
    assert (anchored(fit).hosts, anchored(tight).hosts) == (2, 4)


def test_two_halves_share_a_host():
    assert anchored(Problem.of(fleet([(8, 32)] * 9, [(4, 16)] * 4))).hosts == 2


def test_hosts_count_as_the_largest():
    problem = Problem.of(fleet([(8, 32), (4, 16), (4, 16)], [(4, 1), (4, 1), (1, 16)]))
    assert anchored(problem).hosts == 2


@pytest.mark.parametrize("guests", [[], [(2, 0)], [(2, 0), (9, 0)]], ids=["none", "one", "vcpus only"])
def test_one_resource_is_for_the_other_bounds(guests):
    frame = domains(*[(0, *one) for one in guests])
    frame["vcpus"], frame["memory_bytes"] = frame["vcpus"].astype(float), frame["memory_bytes"].astype(float)
    assert anchored(Problem.of(arrays(hosts((16, 32), (16, 32)), frame))).hosts == 0


@pytest.mark.parametrize(("classes", "rays"), [(16, 96), (1, 2), (2, 4)])
@pytest.mark.parametrize("seed", range(12))
def test_it_is_never_above_the_truth(seed, classes, rays, monkeypatch):
    monkeypatch.setattr(module, "_CLASSES", classes)
    monkeypatch.setattr(module, "_RAYS", rays)
    chance = np.random.default_rng(seed)
    sizes = [(int(cpus), int(memory)) for cpus, memory in chance.integers(6, 13, (5, 2))]
    if seed % 2:
        sizes = [(10, 10)] * 5
    guests = np.round(np.minimum(chance.lognormal(1.0, 0.9, (6, 2)), 6 if seed % 2 == 0 else 10), 2)
    made = fleet(sizes, guests.tolist())
    truth = fewest_hosts(made)
    assert truth is None or anchored(Problem.of(made)).hosts <= truth


def test_guests_of_very_different_sizes_are_placed_close_to_the_bound():
    chance = np.random.default_rng(1)
    guests = np.exp(chance.normal((1.0, 2.2), 1.0, (1000, 2)))
    guests = np.minimum(guests, (32, 96)).round(3)
    choice = fewest(fleet([(32, 96)] * 300, guests.tolist()))
    assert choice.bound.why == "large guests"
    assert choice.hosts_used <= 1.02 * choice.bound.hosts
