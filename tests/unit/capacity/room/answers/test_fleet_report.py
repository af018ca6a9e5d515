"""`Fleet.report`: headroom and all rules in one."""

from __future__ import annotations

import json
import pickle

from tests.unit.capacity.room.fleets import GIB, PLAIN, domains, hosts
from virtsdk.capacity import Fleet, Policy, synthetic


def test_all_rules_are_asked_and_compared():
    fleet = Fleet.from_frames(hosts(*[(8, 32)] * 3), domains((0, 2, 8), (1, 2, 8)), PLAIN)
    report = fleet.report()
    frame = report.frame()
    assert frame["rule"].tolist() == ["packing", "slots", "share", "ovirt"]
    assert frame["ok"].all()
    assert frame["agrees"].all()
    assert (report.vcpus, report.memory_bytes) == (4, 16 * GIB)
    assert repr(report).startswith("<FleetReport 3 hosts; N+1 holds by packing>")
    assert report.placement.hosts_used == 1
    assert "placed anew they fit on 1 host, no fewer" in repr(report)
    plain = json.loads(json.dumps(report.to_dict()))
    assert [one["rule"] for one in plain["survival"]] == frame["rule"].tolist()
    assert plain["placement"]["lower_bound"] == 1
    assert plain["headroom"]["hosts"][0]["host"] == "h0"


def test_more_failures_are_asked_for_as_the_policy_says():
    policy = Policy(vcpu_ratio=1, fault_tolerance=2)
    fleet = Fleet.from_frames(hosts(*[(8, 32)] * 3), domains((0, 6, 8), (1, 6, 8)), policy)
    assert fleet.report().frame()["rule"].tolist() == ["packing", "slots", "share"]
    assert repr(fleet.report()).startswith("<FleetReport 3 hosts; N+2 does not hold by packing")
    lost = Fleet.from_frames(hosts(*[(8, 32)] * 2), domains((0, 6, 8), (1, 6, 8)), policy).fail("h0")
    assert "1 guest without a place; too few hosts" in repr(lost.report())


def test_the_placement_of_a_large_fleet_is_worked_out_when_it_is_read(monkeypatch):
    asked = []
    place = Fleet.place
    monkeypatch.setattr(Fleet, "place", lambda self: asked.append(1) or place(self))
    report = synthetic.fleet(40, 1200, seed=1).report()
    assert "worked out when `placement` is read" in repr(report)
    assert not asked
    assert report.placement is report.placement
    assert asked == [1]
    assert f"placed anew they fit on {report.placement.hosts_used} hosts" in repr(report)


def test_a_report_that_was_not_read_can_be_pickled():
    report = pickle.loads(pickle.dumps(synthetic.fleet(4, 20, seed=1).report()))
    assert report.placement.hosts_used <= 4


def test_the_headline_is_about_a_rule_and_says_who_disagrees():
    """The red bar of another rule is no riddle."""
    fleet = Fleet.from_frames(
        hosts((8, 32), (8, 32), (8, 32)), domains((0, 8, 1), (1, 1, 31), (1, 1, 1)), PLAIN
    )
    report = fleet.report()
    says = report.frame().set_index("rule")["ok"].to_dict()
    assert says["packing"] and not says["slots"]
    told = "3 hosts; N+1 holds by packing, not by " + ", ".join(one for one in says if not says[one])
    assert repr(report).startswith(f"<FleetReport {told}>")
    assert f"Fleet: {told}" in str(report.chart().to_dict()["title"])
    wide = Fleet.from_frames(hosts(*[(8, 32)] * 3), domains((0, 6, 1), (1, 5, 1), (2, 5, 1)), PLAIN)
    assert "N+1 does not hold by packing, it does by share>" in repr(wide.report())


def test_only_a_rule_that_does_not_hold_is_short_of_something():
    fleet = Fleet.from_frames(hosts(*[(8, 32)] * 3), domains((0, 6, 1), (1, 5, 1), (2, 5, 1)), PLAIN)
    words = {row.split()[0]: row.split()[1:] for row in repr(fleet.report()).splitlines()[2:6]}
    assert words["packing"][0] == "no" and words["packing"][-1] == "vcpus"
    assert words["share"] == ["yes"]


def test_one_host_has_nothing_to_fail_over_to():
    report = Fleet.from_frames(hosts((8, 32)), domains((0, 2, 8)), PLAIN).report()
    told = "1 host; N+1 does not hold by packing: there is 1 host, nothing to fail over to"
    assert repr(report).startswith(f"<FleetReport {told}>")
