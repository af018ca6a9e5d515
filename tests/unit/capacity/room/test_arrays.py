"""`Arrays`: whole numbers, and where a unit may go."""

from __future__ import annotations

import numpy as np

from tests.unit.capacity.room.fleets import GIB, PLAIN, arrays, domains, hosts
from virtsdk.capacity import Policy


def test_sums_are_whole_numbers_and_free_room_may_be_negative():
    fleet = arrays(hosts((4, 8), (2, 4)), domains((0, 1.5, 2), (0, 2, 3), (1, 3, 5)))
    assert fleet.resources == ("vcpus", "memory")
    assert fleet.load.tolist() == [[3500, 5 * GIB], [3000, 5 * GIB]]
    assert fleet.free.tolist() == [[500, 3 * GIB], [-1000, -GIB]]
    assert fleet.room.tolist() == [[500, 3 * GIB], [0, 0]]


def test_capacity_is_rounded_down_but_for_what_binary_fractions_lose():
    fleet = arrays(hosts((100, 8)), domains((0, 1, 1)), Policy(vcpu_ratio=0.29, reserve_memory_bytes=0))
    assert fleet.capacity[0, 0] == 29_000


def test_a_host_in_maintenance_or_with_a_figure_missing_has_no_room_to_count_on():
    fleet = arrays(
        hosts((4, 8), (4, 8), (4, 8), maintenance=[True, False, False]),
        domains((1, 1, 1), (2, 1, 1)).assign(vcpus=[None, 1]),
    )
    assert fleet.room[:, 1].tolist() == [0, 0, 7 * GIB]
    assert fleet.hopes[:, 1].tolist() == [0, 7 * GIB, 7 * GIB]
    assert fleet.open.tolist() == [True, False]


def test_hugepages_are_no_ordinary_memory():
    fleet = arrays(
        hosts((8, 64), hugepages_bytes=[48 * GIB]),
        domains((0, 1, 8), (0, 1, 8), hugepages_bytes=[8 * GIB, 0]),
        Policy(reserve_memory_bytes=0, reserve_hugepages=GIB),
    )
    assert fleet.resources == ("vcpus", "memory", "hugepages")
    assert fleet.capacity[0, 1:].tolist() == [16 * GIB, 47 * GIB]
    assert fleet.free[0, 1:].tolist() == [8 * GIB, 39 * GIB]


def test_a_cell_is_a_resource_of_hosts_that_have_it():
    fleet = arrays(hosts((8, 64), (8, 64), numa_cells=[2, 1]), domains((0, 1, 20), (0, 1, 8), cell=[1, None]))
    assert fleet.resources == ("vcpus", "memory", "cell 0", "cell 1")
    assert fleet.capacity[:, 2:].tolist() == [[32 * GIB, 32 * GIB], [64 * GIB, 0]]
    assert fleet.needs[:, 2:].tolist() == [[0, 20 * GIB], [0, 0]]


def test_an_affinity_group_is_one_unit_and_joins_the_rest_of_it():
    policy = Policy(affinity=(("g0", "uuid-1", "g3"),), reserve_memory_bytes=0)
    fleet = arrays(hosts((8, 64), (8, 64)), domains((0, 1, 1), (0, 2, 2), (0, 4, 4), (1, 1, 1)), policy)
    units = fleet.units(fleet.on([0]))
    assert sorted(units.needs[:, 0].tolist()) == [3000, 4000]
    group = units.unit[0]
    assert units.unit.tolist() == [group, group, 1 - group]
    assert fleet.without([0]).allowed(units)[group].tolist() == [False, True]
    assert len(fleet.units().needs) == 2
    assert not fleet.units().joins


def test_where_a_unit_may_go_looks_at_models_ties_groups_and_maintenance():
    policy = Policy(anti_affinity=(("g0", "g4"),), reserve_memory_bytes=0)
    fleet = arrays(
        hosts((8, 64), (8, 64), (8, 64), (8, 64), cpu_model=["a", "a", "b", None],
              maintenance=[False, False, False, True]),
        domains((0, 1, 1), (0, 1, 1), (2, 1, 1), (3, 1, 1), (1, 1, 1), cpu_model=["a", "a", "b", None, "a"],
                pinned=[False, True, False, False, False]),
        policy,
    )  # fmt: skip
    allowed = fleet.allowed(fleet.units())
    assert allowed.tolist() == [
        [True, True, False, False],
        [False] * 4,
        [False, False, True, False],
        [True, True, True, False],
        [True, True, False, False],
    ]
    alone = fleet.units(np.array([0]))
    assert fleet.allowed(alone).tolist() == [[True, False, False, False]]


def test_a_step_makes_another_fleet():
    fleet = arrays(hosts((8, 64), (8, 64)), domains((0, 1, 1), (1, 2, 2)))
    failed = fleet.without([0])
    assert failed.at.tolist() == [-1, 1]
    assert failed.room[0].tolist() == [0, 0]
    moved = failed.placed(np.array([0]), np.array([1]))
    assert moved.load[1].tolist() == [3000, 3 * GIB]
    assert fleet.at.tolist() == [0, 1]
    assert PLAIN.vcpu_ratio == 1
