"""`fit`: placements that keep to capacity, models and groups."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.budget import examples
from tests.unit.capacity.room.fleets import arrays, domains, hosts
from virtsdk.capacity import Policy
from virtsdk.capacity.room.fit import fit


def moved(fleet, host):
    """The units of a failed host, and where they go."""
    left = fleet.without([host])
    units = left.units(fleet.on([host]))
    return left, units, fit(left, units)


def test_each_goes_to_the_fullest_host_that_it_fits_on():
    fleet = arrays(hosts((8, 64), (8, 64), (4, 64)), domains((0, 2, 1), (0, 4, 1), (1, 2, 1)))
    _, units, at = moved(fleet, 0)
    assert units.spread(at).tolist() == [1, 2]


def test_spread_gives_each_to_the_host_with_most_room():
    fleet = arrays(hosts((8, 64), (8, 64), (8, 64)), domains(*[(0, 1, 1)] * 4, (1, 2, 2)))
    left = fleet.without([0])
    units = left.units(fleet.on([0]))
    assert sorted(fit(left, units, spread=True)) == [1, 2, 2, 2]


def test_what_does_not_fit_is_left_out_and_the_others_go_on():
    fleet = arrays(hosts((16, 64), (4, 64)), domains((0, 8, 1), (0, 4, 1), (0, 1, 1)))
    _, units, at = moved(fleet, 0)
    assert units.spread(at).tolist() == [-1, 1, -1]


def test_members_of_an_anti_affinity_group_never_share_a_host():
    policy = Policy(vcpu_ratio=1, anti_affinity=(("g0", "g1", "g2", "g3"),))
    guests = domains((0, 1, 1), (0, 1, 1), (0, 1, 1), (1, 1, 1))
    fleet = arrays(hosts((8, 64), (8, 64), (8, 64)), guests, policy)
    _, units, at = moved(fleet, 0)
    assert sorted(units.spread(at).tolist()) == [-1, -1, 2]


@pytest.mark.parametrize("spread", [False, True])
@examples(15)
@given(data=st.data())
def test_no_host_is_ever_over_its_capacity(spread, data):
    guest = st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 4))
    guests = data.draw(st.lists(guest, max_size=14))
    sizes = data.draw(st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)), min_size=4, max_size=4))
    group = tuple(f"g{number}" for number in range(0, len(guests), 3))
    fleet = arrays(
        hosts(*sizes), domains(*guests), Policy(vcpu_ratio=1, reserve_memory_bytes=0, anti_affinity=(group,))
    )
    left = fleet.without([0])
    units = left.units(fleet.on([0]))
    at = units.spread(fit(left, units, spread=spread))
    done = left.placed(units.guests, at)
    grew = done.load > left.load
    assert (done.load <= done.capacity)[grew].all()
    assert not (at == 0).any()
    for host in range(1, 4):
        arrived = np.flatnonzero((done.at == host) & (left.at != host))
        if (done.apart[arrived] >= 0).any():
            assert done.crowd[host].max() == 1
