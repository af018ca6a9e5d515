"""`Fleet`: each verb gives another fleet, keeps to capacity and says what has no place."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.unit.capacity.room.fleets import GIB, PLAIN, domains, hosts
from tests.unit.capacity.room.random_fleets import random_fleet
from virtsdk.capacity import Fleet, Policy

HOSTS = hosts((8, 32), (8, 32), (8, 32))
DOMAINS = domains((0, 4, 8), (0, 2, 4), (1, 4, 8), (2, 6, 8), state=["running"] * 4)


@pytest.fixture
def fleet():
    return Fleet.from_frames(HOSTS, DOMAINS, PLAIN)


def places(fleet):
    return dict(zip(fleet.domains["name"], fleet.domains["host"], strict=True))


def test_a_fleet_is_frozen_and_shows_what_it_is(fleet):
    with pytest.raises(AttributeError):
        fleet.policy = PLAIN
    hosts_frame, guests = fleet.hosts, fleet.domains
    hosts_frame.loc[0, "cpus"] = guests.loc[0, "vcpus"] = 99
    assert fleet.hosts["cpus"].tolist() == [8, 8, 8]
    assert fleet.domains["vcpus"].tolist() == [4, 2, 4, 6]
    assert repr(fleet) == "<Fleet 3 hosts, 4 guests, all placed>"
    assert "3 hosts" in fleet._repr_html_()


@pytest.mark.parametrize("text", ["str", "object"])
def test_a_fleet_stays_whatever_becomes_of_its_frames(text):
    hosts_frame = HOSTS.copy().astype({"host": text})
    guests = DOMAINS.copy().astype(dict.fromkeys(("host", "domain", "name", "state"), text))
    fleet = Fleet.from_frames(hosts_frame, guests, PLAIN)
    hosts_frame.loc[0, "cpus"] = guests.loc[0, "vcpus"] = 99
    hosts_frame.loc[1, "host"] = guests.loc[1, "host"] = "elsewhere"
    assert fleet.headroom().frame()["vcpus_headroom"].tolist() == [2, 4, 2]
    assert fleet.diff(Fleet.from_frames(HOSTS, DOMAINS, PLAIN)).frame().empty


def test_a_host_over_capacity_is_said():
    guests = domains((0, 42, 8), (1, 1, 1))
    assert repr(Fleet.from_frames(hosts((16, 32), (16, 32)), guests, PLAIN)) == (
        "<Fleet 2 hosts, 2 guests, all placed, 1 host over capacity>"
    )


def test_a_guest_named_in_two_ways_is_removed_once(fleet):
    assert fleet.remove(["g0", "uuid-0", "g0"]).domains["name"].tolist() == ["g1", "g2", "g3"]


def test_a_failed_host_is_gone_and_its_guests_are_on_the_others(fleet):
    failed = fleet.fail("h0")
    assert failed.hosts["host"].tolist() == ["h1", "h2"]
    assert (failed.unplaced, len(failed.moves)) == ((), 0)
    assert places(failed) == {"g0": "h1", "g1": "h2", "g2": "h1", "g3": "h2"}
    assert places(fleet)["g0"] == "h0"


def test_what_does_not_fit_is_listed_and_comes_back_with_room(fleet):
    failed = fleet.fail(["h0", "h1"])
    assert failed.unplaced == ("g0", "g2")
    assert repr(failed) == "<Fleet 1 host, 4 guests, 2 without a place>"
    assert failed.headroom().frame()["domains"].tolist() == [2]
    assert failed.add_host("h2").unplaced == ()
    assert failed.remove("g3").unplaced == ("g2",)
    assert failed.remove(["g3", "g1"]).unplaced == ()
    assert failed.resize("g3", vcpus=2).unplaced == ("g2",)
    assert any("without a place did not count" in note for note in failed.n_plus(1).notes)


def test_protected_guests_go_first_where_not_all_fit():
    failed = Fleet.from_frames(HOSTS, DOMAINS, Policy(vcpu_ratio=1, protected=["g1"])).fail(["h0", "h1"])
    assert failed.unplaced == ("g0", "g2")
    small = Fleet.from_frames(
        hosts((8, 32), (4, 32)), domains((0, 3, 1), (0, 2, 1)), Policy(vcpu_ratio=1, protected=["g1"])
    )
    assert small.fail("h0").unplaced == ("g0",)


def test_a_drain_has_its_steps_in_order(fleet):
    drained = fleet.drain("h0")
    moves = drained.moves
    assert list(moves) == ["step", "domain", "name", "from", "to", "memory_bytes", "after_share"]
    assert moves["step"].tolist() == [1, 2]
    assert moves["name"].tolist() == ["g0", "g1"]
    assert moves["domain"].tolist() == ["uuid-0", "uuid-1"]
    assert moves["from"].tolist() == ["h0", "h0"]
    assert moves["to"].tolist() == ["h1", "h2"]
    assert moves["memory_bytes"].tolist() == [8 * GIB, 4 * GIB]
    assert moves["after_share"].tolist() == [1.0, 1.0]
    assert drained.remove("g3").moves.empty


def test_what_is_tied_cannot_leave():
    fleet = Fleet.from_frames(HOSTS, DOMAINS.assign(host_devices=[1, 0, 0, 0]), PLAIN)
    drained = fleet.drain("h0")
    assert drained.unplaced == ("g0",)
    assert drained.moves["name"].tolist() == ["g1"]
    assert drained.add_host("h1").unplaced == ("g0",)
    assert repr(drained).endswith("1 without a place (1 held by host device)>")
    assert "g0 (host device)" in drained._repr_html_()


def test_what_holds_guests_is_said_of_those_that_it_holds():
    ties = {"local_disk_bytes": [1, 1, 0, 0], "pinned": [False, True, False, False]}
    fleet = Fleet.from_frames(HOSTS, DOMAINS.assign(**ties), PLAIN)
    assert "held" not in repr(fleet) + repr(fleet.drain("h2"))
    assert "2 without a place (2 held by local disk, pinning)" in repr(fleet.drain("h0"))
    freed = fleet.with_policy(replace(PLAIN, movable=["local_disk_bytes"]))
    assert "1 without a place (1 held by pinning)" in repr(freed.drain("h0"))


def test_a_guest_that_moved_keeps_the_model_it_was_started_on():
    three = HOSTS.assign(cpu_model=["a", None, "b"])
    fleet = Fleet.from_frames(three, domains((0, 1, 1)), PLAIN)
    moved = fleet.fail("h0")
    assert places(moved) == {"g0": "h1"}
    assert moved.fail("h1").unplaced == ("g0",)


def test_more_like_one_that_is_there(fleet):
    more = fleet.add("g1", 5)
    names = [name for name in more.domains["name"] if name.startswith("g1+")]
    assert names == ["g1+1", "g1+2", "g1+3", "g1+4", "g1+5"]
    assert len(more.unplaced) == 1
    assert fleet.guests_left("g1").total == 4
    assert more.domains["domain"].is_unique
    assert more.domains["state"].eq("running").all()
    again = more.add("g1")
    assert "g1+6" in set(again.domains["name"])


def test_more_of_a_size(fleet):
    more = fleet.add({"vcpus": 2, "memory_bytes": GIB, "name": "new"}, 2)
    assert more.domains["name"].tolist()[-2:] == ["new+1", "new+2"]
    assert not more.unplaced
    assert fleet.add({"vcpus": 2, "memory_bytes": GIB}).domains["name"].tolist()[-1] == "new"
    assert len(fleet.add("g0", 0).domains) == 4
    row = fleet.add(DOMAINS.iloc[1]).domains.iloc[-1]
    assert (row["name"], row["vcpus"], row["host"]) == ("g1+1", 2, "h0")


def test_a_copy_of_a_guest_that_is_tied_is_not():
    fleet = Fleet.from_frames(HOSTS, DOMAINS.assign(pinned=[True, False, False, False]), PLAIN)
    assert fleet.add("g0").unplaced == ()


def test_a_guest_that_is_off_counts_as_the_policy_says():
    guests = DOMAINS.assign(state=["running", "shutoff", "running", "running"])
    fleet = Fleet.from_frames(HOSTS, guests, PLAIN)
    assert repr(fleet) == "<Fleet 3 hosts, 3 guests, all placed>"
    assert fleet.fail("h0").unplaced == ()
    assert pd.isna(places(fleet.fail("h0"))["g1"])
    everything = fleet.with_policy(Policy(vcpu_ratio=1, count_inactive=True))
    assert repr(everything) == "<Fleet 3 hosts, 4 guests, all placed>"
    assert places(everything.fail("h0"))["g1"] == "h2"
    assert everything.n_plus(1).frame()["domains"].sum() == 4
    assert fleet.n_plus(1).frame()["domains"].sum() == 3


def test_guests_go_by_name_or_uuid(fleet):
    assert fleet.remove("uuid-0").domains["name"].tolist() == ["g1", "g2", "g3"]
    assert fleet.remove(["g0", "uuid-1"]).domains["name"].tolist() == ["g2", "g3"]
    grouped = Fleet.from_frames(HOSTS, DOMAINS, Policy(anti_affinity=[["g0", "uuid-2"]], vcpu_ratio=1))
    assert grouped.fail("h0").domains.set_index("name").loc["g0", "host"] != "h1"
    assert grouped.remove("g2").policy.anti_affinity == (("g0",),)


def test_a_resized_guest_stays_though_its_host_is_over(fleet):
    large = fleet.resize("g0", vcpus=8, memory_bytes=16 * GIB)
    frame = large.headroom().frame().set_index("host")
    assert frame.loc["h0", "vcpus_headroom"] == -2
    assert frame.loc["h0", "memory_committed_bytes"] == 20 * GIB
    assert fleet.resize("uuid-0", memory_bytes=0).domains["memory_bytes"].tolist()[0] == 0


def test_another_host(fleet):
    one = fleet.add_host({"host": "h9", "cpus": 4, "memory_bytes": 8 * GIB})
    assert one.hosts["host"].tolist() == ["h0", "h1", "h2", "h9"]
    assert fleet.add_host("h1", 2).hosts["host"].tolist()[-2:] == ["h1+1", "h1+2"]
    assert fleet.add_host(HOSTS.iloc[0]).hosts["host"].tolist()[-1] == "h0+1"
    assert Fleet.from_frames(HOSTS.assign(maintenance=[True, False, False]), DOMAINS, PLAIN).add_host(
        "h0"
    ).hosts["maintenance"].tolist() == [True, False, False, False]


def test_the_same_fleet_under_other_rules(fleet):
    loose = fleet.with_policy(Policy(vcpu_ratio=4))
    assert fleet.headroom().frame()["vcpus_headroom"].sum() == 8
    assert loose.headroom().frame()["vcpus_headroom"].sum() == 80
    lost = fleet.fail(["h0", "h1"]).with_policy(Policy(vcpu_ratio=4))
    assert lost.unplaced == ("g0", "g2")  # nothing moves by itself
    with pytest.raises(ValueError, match="'web9'"):
        fleet.with_policy(Policy(protected=["web9"]))


REFUSED = {
    "fail": (
        lambda fleet: fleet.fail("h9"),
        ValueError,
        "no host 'h9' in the fleet; there are 'h0', 'h1', 'h2'",
    ),
    "drain": (lambda fleet: fleet.drain(["h0", "h9"]), ValueError, "no host 'h9'"),
    "a host that is no name": (lambda fleet: fleet.fail([3]), TypeError, "hosts must be names, not 3"),
    "fail a number": (lambda fleet: fleet.fail(1), TypeError, "hosts must be names, not 1; .* text: '1'"),
    "drain a number": (lambda fleet: fleet.drain(1.5), TypeError, "hosts must be names, not 1.5; "),
    "fail nothing": (lambda fleet: fleet.fail(None), TypeError, "hosts must be names, not None"),
    "remove a number": (lambda fleet: fleet.remove(10), TypeError, "names must be names, not 10"),
    "empty a number": (
        lambda fleet: fleet.rebalance("empty", hosts=1),
        TypeError,
        "hosts must be names, not 1",
    ),
    "remove": (lambda fleet: fleet.remove("g9"), ValueError, "no guest 'g9' in the fleet"),
    "resize whom": (lambda fleet: fleet.resize("g9", vcpus=1), ValueError, "no guest 'g9'"),
    "resize to what": (lambda fleet: fleet.resize("g0"), ValueError, "vcpus or memory_bytes must be given"),
    "resize below 0": (
        lambda fleet: fleet.resize("g0", vcpus=-1),
        ValueError,
        "vcpus must be 0 or more, not -1",
    ),
    "resize in TiB": (
        lambda fleet: fleet.resize("g0", memory_bytes=2**50),
        ValueError,
        "16 times",
    ),
    "resize to a text": (lambda fleet: fleet.resize("g0", vcpus="4"), TypeError, "vcpus must be a number"),
    "add whom": (lambda fleet: fleet.add("g9"), ValueError, "no guest 'g9'"),
    "add what": (lambda fleet: fleet.add({"vcpus": 1}), ValueError, "template must have 'memory_bytes'"),
    "add a slip": (
        lambda fleet: fleet.add({"vcpu": 1, "memory_bytes": 1}),
        ValueError,
        "unknown key 'vcpu' in template",
    ),
    "add half a guest": (lambda fleet: fleet.add("g0", 0.5), TypeError, "n must be a whole number, not 0.5"),
    "add less than none": (lambda fleet: fleet.add("g0", -1), ValueError, "n must be 0 or more, not -1"),
    "add a list": (lambda fleet: fleet.add([1]), TypeError, "template must be a mapping or a name"),
    "add below 0": (lambda fleet: fleet.add({"vcpus": -1, "memory_bytes": 1}), ValueError, "'vcpus'"),
    "a host in KiB": (
        lambda fleet: fleet.add_host({"host": "h9", "cpus": 8, "memory_bytes": 2**25}),
        ValueError,
        "multiply by 1024",
    ),
    "a host without memory": (
        lambda fleet: fleet.add_host({"host": "h9", "cpus": 8}),
        ValueError,
        "row must have 'memory_bytes'",
    ),
    "a host like none": (lambda fleet: fleet.add_host("h9"), ValueError, "no host 'h9'"),
    "another policy": (lambda fleet: fleet.with_policy("nova"), TypeError, "policy must be a Policy"),
    "diff with a frame": (lambda fleet: fleet.diff(HOSTS), TypeError, "other must be a Fleet"),
}


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_what_cannot_be_done_is_named(fleet, case):
    verb, error, words = REFUSED[case]
    with pytest.raises(error, match=words):
        verb(fleet)


@pytest.mark.parametrize("seed", range(5))
def test_verbs_agree_with_n_plus_and_never_overfill(seed):
    hosts_frame, domains_frame, policy = random_fleet(seed)
    fleet = Fleet.from_frames(hosts_frame, domains_frame, policy)
    before = fleet.headroom().frame().set_index("host")
    unprotected = fleet.with_policy(Policy(**{**policy.to_dict(), "protected": None}))
    verdicts = unprotected.n_plus(1).frame().set_index("failed")["ok"]
    for host in hosts_frame["host"]:
        failed = unprotected.fail(host)
        assert bool(verdicts[host]) == (not failed.unplaced)
        after = failed.headroom().frame().set_index("host")
        for column in ("vcpus_headroom", "memory_headroom_bytes"):
            less = after[column] < before.loc[after.index, column]
            assert (after[column][less] >= 0).all()


def test_thirty_thousand_guests_are_added_without_a_loop_over_them():
    many = Fleet.from_frames(hosts(*[(64, 512)] * 1000), domains((0, 1, 1)), PLAIN)
    added = many.add({"vcpus": 2, "memory_bytes": 4 * GIB}, 30_000)
    assert added.unplaced == ()
    committed = added.headroom().frame()["vcpus_committed"].to_numpy(np.int64)
    assert committed.sum() == 60_001
    assert committed.max() <= 64


def test_reports_of_a_fleet_are_plain_values(fleet):
    for report in (fleet.report(), fleet.diff(fleet.drain("h0")), fleet.headroom(), fleet.guests_left("g0")):
        assert json.loads(json.dumps(report.to_dict()))
        assert repr(report).startswith(f"<{type(report).__name__} ")
        assert report._repr_html_()
        assert isinstance(report.frame(), pd.DataFrame)


def test_tags_stay_with_their_guests_and_a_copy_has_them():
    tagged = domains((0, 1, 4), (0, 1, 8)).assign(tags=["web", "db"])
    fleet = Fleet.from_frames(hosts((8, 32), (8, 32)), tagged, PLAIN)
    assert fleet.drain("h0").domains.set_index("name")["tags"].to_dict() == {"g0": "web", "g1": "db"}
    added = fleet.add("g0", 1).add({"vcpus": 1, "memory_bytes": GIB, "tags": "new"}, 1)
    assert added.domains["tags"].tolist() == ["web", "db", "web", "new"]
    apart = Policy(anti_affinity=[list(names) for _, names in added.domains.groupby("tags")["name"]])
    placed = Fleet.from_frames(added.hosts, added.domains, apart).place().frame().set_index("name")
    assert placed.loc["g0", "to"] != placed.loc["g0+1", "to"]
