"""The code of a what-if makes the same fleet, wherever its controls stand."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.budget import examples
from tests.unit.capacity.room.random_fleets import random_fleet
from virtsdk.capacity import Fleet

pytest.importorskip("ipywidgets")

NAMES = st.lists(st.integers(0, 5), max_size=3)


@examples(12)
@given(
    seed=st.integers(0, 10_000),
    like=st.integers(0, 100),
    add=st.integers(0, 12),
    growth=st.sampled_from([0.0, 0.5, 2.0, 17.5]),
    months=st.integers(0, 24),
    ratios=st.tuples(st.sampled_from([0.5, 1.0, 1.15, 2.0]), st.sampled_from([0.8, 1.0, 1.5])),
    reserves=st.tuples(st.sampled_from([0.0, 0.5, 2.0]), st.integers(0, 2**32)),
    fail=NAMES,
    drain=NAMES,
)
def test_the_code_makes_the_fleet_that_is_shown(
    seed, like, add, growth, months, ratios, reserves, fail, drain
) -> None:
    hosts, domains, policy = random_fleet(seed)
    assume(len(domains))
    mine = Fleet.from_frames(hosts, domains, policy)
    names = list(hosts["host"])
    with mine.explore("mine") as what_if:
        what_if.like(domains["name"][like % len(domains)])
        what_if.add(add)
        what_if.growth(growth)
        what_if.months(months)
        what_if.vcpu_ratio(ratios[0])
        what_if.memory_ratio(ratios[1])
        what_if.reserve_cpus(reserves[0])
        what_if.reserve_memory_bytes(reserves[1])
        drained = {number % len(names) for number in drain}
        what_if.drain([names[number] for number in drained])
        what_if.fail([names[number % len(names)] for number in fail if number % len(names) not in drained])
        shown = what_if.fleet
        assert what_if.status_level == "info", what_if.status
        space = {"mine": mine}
        exec(what_if.code, space)
        made = space["changed"]
        pd.testing.assert_frame_equal(made.hosts, shown.hosts)
        pd.testing.assert_frame_equal(made.domains, shown.domains)
        pd.testing.assert_frame_equal(made.moves, shown.moves)
        assert (made.policy, made.unplaced, made.notes) == (shown.policy, shown.unplaced, shown.notes)
        rules = replace(
            policy, vcpu_ratio=ratios[0], memory_ratio=ratios[1],
            reserve_cpus=reserves[0], reserve_memory_bytes=reserves[1],
        )  # fmt: skip
        assert shown.policy == rules
        assert len(shown.hosts) == len(names) - len(drained | {number % len(names) for number in fail})
