"""`Fleet.report`: headroom and all rules in one."""

from __future__ import annotations

import json

from tests.unit.capacity.room.fleets import GIB, PLAIN, domains, hosts
from virtsdk.capacity import Fleet, Policy


def test_all_rules_are_asked_and_compared():
    fleet = Fleet.from_frames(hosts(*[(8, 32)] * 3), domains((0, 2, 8), (1, 2, 8)), PLAIN)
    report = fleet.report()
    frame = report.frame()
    assert frame["rule"].tolist() == ["packing", "slots", "share", "ovirt"]
    assert frame["ok"].all()
    assert frame["agrees"].all()
    assert (report.vcpus, report.memory_bytes) == (4, 16 * GIB)
    assert repr(report).startswith("<FleetReport 3 hosts; N+1 holds>")
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
    assert repr(fleet.report()).startswith("<FleetReport 3 hosts; N+2 does not hold>")
    lost = Fleet.from_frames(hosts(*[(8, 32)] * 2), domains((0, 6, 8), (1, 6, 8)), policy).fail("h0")
    assert "1 guest without a place; too few hosts" in repr(lost.report())
