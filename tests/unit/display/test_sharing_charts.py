"""Charts of how guests share hosts."""

from __future__ import annotations

import json
import re

import pytest

from tests.unit.capacity.past.sharing.fleets import hosts, usage
from virtsdk.capacity import contention, overcommit, overlap

pytest.importorskip("altair")
STEADY = {f"g{n}": [2.0] * 200 for n in range(8)}
DELAY = {"vcpu_delay_seconds_per_second": {name: 2.0 if name == "g0" else 0.0 for name in STEADY}}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            lambda: overcommit(usage(STEADY), hosts(16)),
            ["you are here: 2 : 1", "mean host", "nine in ten hosts stay below", "of the CPU time asked for"],
        ),
        (
            lambda: overlap(usage(STEADY)),
            [
                "Peaks (P99.5) of guests",
                "all hosts, peak of the sum",
                "16, 100 % of own peaks",
                "kvm7, guests' own peaks",
            ],
        ),
        (
            lambda: contention(usage(STEADY, **DELAY)),
            ["Guests that waited", "50 %, with g1", "of the CPU time that it asked for"],
        ),
    ],
    ids=["frontier", "overlap", "victims"],
)
def test_an_answer_is_drawn_with_its_words(answer, words):
    found = answer()
    drawn = json.dumps(found.chart().to_dict())
    for word in words:
        assert word in drawn
    assert found.chart(interactive=True).to_dict()["title"] == found.chart().to_dict()["title"]


def test_a_fleet_far_beyond_the_ratios_leaves_the_chart_readable():
    chart = overcommit(usage(STEADY), hosts(0.5), [1, 2, 4]).chart().to_dict()
    drawn = json.dumps(chart)
    assert max(float(one) for one in re.findall(r'"ratio": ([0-9.]+)', drawn)) <= 4
    assert "you are here" not in drawn
    assert "now 64 : 1, beyond what is drawn" in " ".join(chart["title"])


def test_a_guest_that_asked_for_next_to_nothing_has_no_bar():
    idle = {"vcpu_delay_seconds_per_second": {"a": 0.2, "b": 1e-6}}
    frame = usage({"a": [0.5] * 20, "b": [0.0] * 20}, vcpus=1, **idle)
    drawn = json.dumps(contention(frame).chart().to_dict())
    assert '"what": "a"' in drawn
    assert '"what": "b"' not in drawn
    assert "29 %" in drawn


def test_a_present_ratio_that_is_not_known_is_not_drawn():
    drawn = json.dumps(overcommit(usage(STEADY), hosts(16, names=["other"])).chart().to_dict())
    assert "you are here" not in drawn
    assert "mean host" in drawn


def test_nothing_to_draw_is_said():
    unknown = usage(STEADY, vcpu_delay_seconds_per_second=float("nan"))
    assert "Nothing to draw" in json.dumps(contention(unknown).chart().to_dict())
