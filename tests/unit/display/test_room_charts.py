"""Charts of answers about room."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest
import vl_convert

from tests.unit.capacity.room.fleets import PLAIN, domains, hosts
from virtsdk.capacity import Fleet, migration, synthetic
from virtsdk.display import room_charts

pytest.importorskip("altair")
FLEET = Fleet.from_frames(hosts((8, 32), (8, 32), (2, 8)), domains((0, 8, 8), (1, 3, 8)), PLAIN)

LOOSE = Fleet.from_frames(hosts((8, 32), (8, 32)), domains((0, 1, 4), (0, 1, 8)), PLAIN)


def usage():
    row = {"domain": "uuid-0", "time": 0, "cpu_used_vcpus": 4.0, "memory_used_bytes": 2**30}
    return pd.DataFrame([row])


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (FLEET.n_plus(1), ["does not fit, 114 %", "fits", "of the room left"]),
        (
            Fleet.from_frames(hosts((8, 32)), domains((0, 1, 1)), PLAIN).n_plus(1),
            ["there is 1 host, nothing to fail over to", "nothing to fail over to"],
        ),
        (FLEET.guests_left("g1"), ["Guests that still fit", "1, vCPUs"]),
        (FLEET.diff(FLEET.fail("h1")), ["What changed", "no host", "+ 1 guest, 8 GiB", "\\u2212 1 guest"]),
        (FLEET.report(), ["Fleet: 3 hosts; N+1 does not hold by packing", "does not survive, 150 %"]),
        (
            FLEET.headroom(usage()),
            ["promised and used", "50 % used", "100 % promised", "not known"],
        ),
        (FLEET.rebalance("empty"), ["Nothing to do", "100 % before"]),
        (migration(8 * 2**30, 0, 2**30), ["round 1", "8 GiB, 8.02 s"]),
        (FLEET.drain("h1").migrations(2**30), ["no moves", "Nothing to draw"]),
        (LOOSE.drain("h0").migrations(2**30), ["2 moves, 12 GiB in", "1. g1 to h1", "8 GiB, 9 s"]),
        (LOOSE.drain("h0").migrations(2**20, 2**30), ["g1, g0 would not converge", "does not converge"]),
        (FLEET.place(), ["2 hosts of 2 do", "1 (now 1)"]),
    ],
    ids=[
        "n_plus",
        "no room",
        "guests left",
        "diff",
        "report",
        "demand",
        "rebalance",
        "migration",
        "no moves",
        "moves",
        "stuck",
        "placement",
    ],
)
def test_an_answer_is_drawn_with_its_words(answer, words):
    drawn = json.dumps(answer.chart().to_dict())
    for word in words:
        assert word in drawn
    assert answer.chart(interactive=True).to_dict()["title"] == answer.chart().to_dict()["title"]


def test_a_red_bar_says_what_it_is_above():
    """Beside "N+1 holds" a bar that is red is no contradiction: it is above the policy, or what there is."""
    over = Fleet.from_frames(hosts((8, 32), (8, 32)), domains((0, 9, 8), (1, 1, 8)), PLAIN)
    drawn = json.dumps(over.headroom(usage().assign(cpu_used_vcpus=9.0)).chart().to_dict())
    assert "112 % promised, above the policy" in drawn and "112 % used, more than there is" in drawn
    assert drawn.count("above the policy") == drawn.count("more than there is") == 2  # and in its tooltip
    assert "1 too many for the policy" in json.dumps(over.headroom().chart().to_dict())


def test_nothing_to_draw_is_said():
    assert "Nothing to draw" in json.dumps(FLEET.diff(FLEET).chart().to_dict())


def test_guests_are_counted_in_whole_ones():
    for answer in (FLEET.guests_left("g1"), FLEET.place()):
        ticks = re.findall(r">([\d,]+)</text>", vl_convert.vegalite_to_svg(answer.chart().to_dict()))
        assert "1" in ticks and len(set(ticks)) == len(ticks)


def test_moves_of_seconds_are_drawn_in_seconds():
    moved = synthetic.fleet(4, 20, fill=0.5).drain("kvm0001")
    frame = moved.migrations(bandwidth=1e10, dirty_bytes_per_second=0).frame()
    assert "seconds since" in json.dumps(room_charts.migrations(frame, "moves").to_dict())
    slow = frame.assign(seconds=600.0)
    assert "minutes since" in json.dumps(room_charts.migrations(slow, "moves").to_dict())
