"""`Fleet.place`: the report says what is known and what is not."""

from __future__ import annotations

import json
import sys
from dataclasses import FrozenInstanceError, replace
from importlib.util import find_spec

import pandas as pd
import pytest

from tests.unit.capacity.room.fleets import GIB, PLAIN, domains, hosts
from virtsdk.capacity import CapacityWarning, Fleet
from virtsdk.errors import MissingDependency

# not importorskip: all workers collect these tests, and few of them run one
pytestmark = pytest.mark.skipif(find_spec("scipy") is None, reason="scipy is not installed")
FLEET = Fleet.from_frames(hosts((8, 32), (8, 32), (8, 32)), domains((0, 6, 8), (1, 2, 8), (2, 5, 8)), PLAIN)


def test_the_first_line_is_the_answer():
    report = FLEET.place()
    assert repr(report).splitlines()[0] == "<PlacementReport 2 hosts of 3 do, and no fewer (proven)>"
    assert (report.hosts_used, report.hosts_before, report.lower_bound, report.gap) == (2, 3, 2, 0.0)
    assert report.proof == "fewest: no placement on fewer hosts, by sum of vcpus"
    assert (report.ok, report.unplaced, report.moved, report.moved_bytes) == (True, (), 1, 8 * GIB)


def test_the_frame_has_a_row_a_guest_in_the_order_given():
    frame = FLEET.place().frame()
    assert list(frame.columns) == ["domain", "name", "host", "to", "vcpus", "memory_bytes"]
    assert frame["name"].tolist() == ["g0", "g1", "g2"]
    assert frame["host"].tolist() == ["h0", "h1", "h2"]
    frame["to"] = "elsewhere"
    assert "elsewhere" not in set(FLEET.place().frame()["to"])


def test_the_report_is_frozen_plain_and_escaped():
    report = FLEET.place()
    with pytest.raises(FrozenInstanceError):
        report.ok = None
    assert json.loads(json.dumps(report.to_dict()))["hosts_used"] == 2
    named = domains((0, 1, 1)).assign(name="<b>", host="<i>")
    odd = Fleet.from_frames(hosts((8, 32)).assign(host="<i>"), named, PLAIN).place()
    assert "<i>" not in odd._repr_html_()


def test_guests_that_do_not_fit_are_named_and_there_is_no_gap():
    fleet = Fleet.from_frames(hosts((8, 32), (8, 32)), domains((0, 5, 1), (0, 5, 1), (1, 5, 1)), PLAIN)
    report = fleet.place()
    assert (report.ok, len(report.unplaced), report.gap, report.lower_bound) == (False, 1, None, None)
    assert repr(report).startswith("<PlacementReport 1 guest without a host (proven that not all fit)")
    assert report.frame()["to"].isna().sum() == 1


def test_a_host_in_maintenance_is_left_and_takes_nothing():
    frame = hosts((8, 32), (8, 32), maintenance=[True, False])
    report = Fleet.from_frames(frame, domains((0, 2, 2), (1, 2, 2)), PLAIN).place()
    assert report.frame()["to"].tolist() == ["h1", "h1"]
    assert report.freed == ("h0",)


def test_tied_guests_stay_though_their_host_is_in_maintenance():
    frame = hosts((8, 32), (8, 32), maintenance=[True, False])
    report = Fleet.from_frames(frame, domains((0, 2, 2), (0, 2, 2), pinned=[True, False]), PLAIN).place()
    assert report.frame()["to"].tolist() == ["h0", "h1"]
    assert (report.hosts_used, report.lower_bound, report.gap) == (2, 2, 0.0)
    assert any(note == "stay where they are: g0" for note in report.notes)


def test_a_missing_figure_leaves_its_guest_and_its_host_alone():
    frame = domains((0, 1, 1), (1, 2, 2), (2, 2, 2)).assign(vcpus=pd.array([None, 2, 2], dtype="Int64"))
    with pytest.warns(CapacityWarning):
        fleet = Fleet.from_frames(hosts((8, 32), (8, 32), (8, 32)), frame, PLAIN)
    report = fleet.place()
    assert report.frame()["to"].tolist()[0] == "h0"
    assert "h0" not in report.frame()["to"].tolist()[1:]
    assert (report.hosts_used, report.lower_bound, report.proof) == (2, 1, None)


def test_more_hosts_than_now_and_none_at_all_are_said_so():
    crowded = Fleet.from_frames(hosts((8, 32), (8, 32)), domains((0, 6, 8), (0, 6, 8)), PLAIN).place()
    said = "2 hosts do, and no fewer (proven); now it is 1, too full or against a rule"
    assert repr(crowded).startswith(f"<PlacementReport {said}>")
    none = Fleet.from_frames(hosts((8, 32)), domains((0, 1, 1)).iloc[:0], PLAIN).place()
    assert repr(none).startswith("<PlacementReport no guests to place>")


def test_freed_hosts_are_priced():
    fleet = FLEET.with_policy(replace(PLAIN, vcpu_price=10))
    assert (fleet.place().saved, FLEET.place().saved) == (80.0, None)


def test_empty_fleets_have_an_answer():
    none = domains().assign(vcpus=[], memory_bytes=[])
    report = Fleet.from_frames(hosts((8, 32)), none, PLAIN).place()
    assert (report.ok, report.hosts_used, report.lower_bound, report.gap) == (True, 0, 0, 0.0)
    assert "no guests" in repr(report)
    assert Fleet.from_frames(hosts((8, 32)).iloc[:0], none, PLAIN).place(spread=True).ok


def test_a_guest_without_any_need_is_placed():
    assert Fleet.from_frames(hosts((8, 32)), domains((0, 0, 0)), PLAIN).place().ok


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"spread": 1}, TypeError, "spread must be True or False, not 1"),
        ({"exact": "yes"}, TypeError, "exact must be True or False, not 'yes'"),
        ({"exact": True, "spread": True}, ValueError, "exact must be False with spread=True"),
    ],
    ids=["spread", "exact", "both"],
)
def test_arguments_are_checked(arguments, error, said):
    with pytest.raises(error, match=said):
        FLEET.place(**arguments)


def test_exact_is_for_forty_guests():
    fleet = Fleet.from_frames(hosts((99, 99)), domains(*[(0, 1, 1)] * 41), PLAIN)
    with pytest.raises(ValueError, match="more than 40 guests; there are 41"):
        fleet.place(exact=True)


def test_exact_without_scipy_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    with pytest.raises(MissingDependency, match="solver"):
        FLEET.place(exact=True)
    assert "scipy" in FLEET.place().notes[-1]


@pytest.mark.parametrize(
    ("more", "policy", "said"),
    [
        ({"pinned": [True, True, False]}, {"affinity": [["g0", "g1"]]}, "to be together are not: g0, g1"),
        ({"cpu_model": ["a", "b", None]}, {"affinity": [["g0", "g1"]]}, "to be together are not: g0, g1"),
        ({"pinned": [True, True, False]}, {"affinity": [["g1", "g2"]]}, None),
    ],
    ids=["both pinned", "no host suits both", "one pinned"],
)
def test_a_pair_that_has_to_stay_apart_is_said(more, policy, said):
    guests = domains((0, 1, 8), (1, 1, 8), (2, 1, 8), **more)
    fleet = Fleet.from_frames(hosts((8, 32), (8, 32), (8, 32)), guests, replace(PLAIN, **policy))
    for report in (fleet.place(), fleet.place(spread=True)):
        notes = [note for note in report.notes if note.startswith("stays against the policy")]
        assert len(notes) == (said is not None)
        assert not notes or notes[0].endswith(said)
        if said is None:
            assert report.frame()["to"].tolist()[1:] == ["h1", "h1"]
