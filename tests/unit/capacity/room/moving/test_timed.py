"""`Fleet.migrations`: how long moves take one after the other, and which of them would never end."""

from __future__ import annotations

import json

import pytest

from tests.unit.capacity.room.fleets import GIB, PLAIN, domains, hosts
from virtsdk.capacity import Fleet, migration
from virtsdk.capacity.room.moving.timed import duration

MIB = 2**20
FLEET = Fleet.from_frames(hosts((8, 32), (8, 32)), domains((0, 1, 4), (0, 1, 8)), PLAIN)
EMPTY = FLEET.drain("h0")


@pytest.mark.parametrize("moved", [EMPTY, FLEET.rebalance("empty", hosts="h0")], ids=["drain", "rebalance"])
def test_the_moves_of_a_fleet_are_summed(moved):
    answer = moved.migrations(100 * MIB, 10 * MIB)
    large, small = (migration(much * GIB, 10 * MIB, 100 * MIB) for much in (8, 4))
    assert answer.converges
    assert answer.seconds == pytest.approx(large.seconds + small.seconds)
    assert answer.downtime == max(large.downtime, small.downtime)
    assert (answer.steps, answer.bytes) == (2, 12 * GIB)
    frame = answer.frame()
    assert frame["name"].tolist() == ["g1", "g0"]
    assert frame["begin_seconds"].tolist() == pytest.approx([0, large.seconds])
    assert frame["seconds"].tolist() == pytest.approx([large.seconds, small.seconds])
    assert repr(answer).startswith("<MigrationsReport 2 moves, 12 GiB in 2.3 minutes, each down for 0.")


def test_each_guest_may_write_at_a_rate_of_its_own():
    rates = {"g0": 200 * MIB, "uuid-1": 0}
    answer = EMPTY.migrations(100 * MIB, rates)
    assert (answer.converges, answer.seconds, answer.downtime, answer.stuck) == (False, None, None, ("g0",))
    assert answer.frame()["converges"].tolist() == [True, False]
    assert answer.frame()["seconds"].isna().tolist() == [False, True]
    assert "g0 would not converge" in repr(answer)
    assert "never ends" in answer._repr_html_()
    with pytest.raises(ValueError, match=r"dirty_bytes_per_second has no rate for 'g1', which moves"):
        EMPTY.migrations(100 * MIB, {"g0": 0})


def test_what_begins_after_one_that_never_ends_is_not_known():
    answer = EMPTY.migrations(100 * MIB, {"g0": 0, "g1": 200 * MIB})
    assert answer.frame()["begin_seconds"].isna().tolist() == [False, True]
    plain = json.loads(json.dumps(answer.to_dict()))
    assert plain["moves"][1]["begin_seconds"] is None
    assert plain["stuck"] == ["g1"]


@pytest.mark.parametrize(
    "arguments",
    [(0,), (-1,), (float("nan"),), (MIB, -1), (MIB, {"g0": -1, "g1": 0}), (MIB, 0, 0)],
    ids=["0", "negative", "missing", "rate", "its rate", "downtime"],
)
@pytest.mark.parametrize("fleet", [FLEET, EMPTY], ids=["no moves", "moves"])
def test_arguments_are_checked(fleet, arguments):
    if fleet is FLEET and isinstance(arguments[-1], dict):
        return
    with pytest.raises(ValueError, match="must be"):
        fleet.migrations(*arguments)


def test_no_moves_take_no_time():
    answer = FLEET.migrations(MIB)
    assert (answer.steps, answer.seconds, answer.downtime, answer.converges) == (0, 0, 0, True)
    assert len(answer.frame()) == 0
    assert repr(answer) == "<MigrationsReport no moves>"
    assert "no moves" in answer._repr_html_()
    json.dumps(answer.to_dict())


def test_durations_read_as_people_say_them():
    assert [duration(one) for one in (1, 119, 120, 7199, 7200)] == [
        "1 second", "119 seconds", "2.0 minutes", "120.0 minutes", "2.0 hours",
    ]  # fmt: skip
