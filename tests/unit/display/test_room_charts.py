"""Charts of answers about room."""

from __future__ import annotations

import json

import pytest

from tests.unit.capacity.room.fleets import PLAIN, domains, hosts
from virtsdk.capacity import Fleet

pytest.importorskip("altair")
FLEET = Fleet.from_frames(hosts((8, 32), (8, 32), (2, 8)), domains((0, 6, 8), (1, 3, 8)), PLAIN)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (FLEET.n_plus(1), ["does not fit, 86 %", "fits", "of the room left"]),
        (Fleet.from_frames(hosts((8, 32)), domains((0, 1, 1)), PLAIN).n_plus(1), ["no room"]),
        (FLEET.guests_left("g1"), ["Guests that still fit", "1, vcpus"]),
        (FLEET.diff(FLEET.fail("h1")), ["What changed", "unplaced"]),
        (FLEET.report(), ["Headroom"]),
    ],
    ids=["n_plus", "no room", "guests left", "diff", "report"],
)
def test_an_answer_is_drawn_with_its_words(answer, words):
    drawn = json.dumps(answer.chart().to_dict())
    for word in words:
        assert word in drawn
