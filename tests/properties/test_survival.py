"""`Fleet.n_plus` against every placement tried: never a wrong verdict, and seldom an open one."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.budget import SOAK
from tests.unit.capacity.room.brute_force import survives
from tests.unit.capacity.room.random_fleets import random_fleet, split_fleet
from virtsdk.capacity import Fleet

FLEETS = 150


@pytest.mark.parametrize("k", [1, 2])
def test_the_verdict_is_that_of_every_placement_tried(k):
    fleets = FLEETS * (SOAK if settings.get_current_profile_name() == "soak" else 1)
    undecided, said = 0, set()
    for seed in range(fleets):
        hosts, domains, policy = (split_fleet if seed % 10 == 9 else random_fleet)(seed)
        answer = Fleet.from_frames(hosts, domains, policy).n_plus(k)
        undecided += answer.ok is None
        said.add(answer.ok)
        if answer.ok is not None:
            assert answer.ok == survives(hosts, domains, policy, k), (seed, answer)
        assert (answer.method is None) == (answer.ok is None)
        assert bool(answer.unplaced) == (answer.ok is False), (seed, answer)
    assert {True, False} <= said
    assert undecided <= 0.05 * fleets
