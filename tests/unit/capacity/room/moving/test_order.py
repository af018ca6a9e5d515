"""Moves are brought into an order with room; a cycle goes by way of a third host or is stuck."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.capacity.room.fleets import GIB, arrays, domains, hosts
from virtsdk.capacity.room.moving.ground import Ground, pruned
from virtsdk.capacity.room.moving.order import carry_out


def ground(sizes, guests):
    frame = domains(*guests)
    return Ground(arrays(hosts(*sizes), frame), frame["memory_bytes"].to_numpy())


def test_a_chain_begins_at_its_end():
    made = ground([(8, 32)] * 3, [(0, 8, 2), (1, 8, 1)])
    assert carry_out(made, {0: 1, 1: 2}) == []
    assert made.moves == [(1, 2), (0, 1)]


@pytest.mark.parametrize("third", [(8, 32), (5, 32)], ids=["free", "small"])
def test_a_cycle_is_broken_over_a_third_host(third):
    made = ground([(8, 32), (8, 32), third], [(0, 8, 2), (1, 5, 1)])
    assert carry_out(made, {0: 1, 1: 0}) == []
    assert made.moves == [(1, 2), (0, 1), (1, 0)]
    assert made.sent == 4 * GIB


def test_a_cycle_without_a_third_host_is_stuck():
    made = ground([(8, 32), (8, 32), (4, 32)], [(0, 8, 2), (1, 5, 1)])
    assert carry_out(made, {0: 1, 1: 0}) == [0, 1]
    assert made.moves == []


def test_a_cycle_of_three_has_one_detour():
    made = ground([(8, 32)] * 4, [(0, 8, 3), (1, 8, 2), (2, 8, 1)])
    assert carry_out(made, {0: 1, 1: 2, 2: 0}) == []
    assert len(made.moves) == 4
    assert made.at.tolist() == [1, 2, 0]


def test_moves_can_be_taken_back_and_needless_ones_left_out():
    made = ground([(8, 32)] * 3, [(0, 2, 1), (1, 2, 1)])
    load = made.load.copy()
    made.move(0, 1)
    made.move(0, 2)
    made.back()
    assert made.at.tolist() == [1, 1]
    made.back()
    assert (made.load == load).all()
    made.move(0, 2)
    made.move(1, 2)
    pruned(made, lambda one: bool(np.isin(0, one.at)))
    assert made.moves == [(0, 2)]
