"""Guests of several hosts that are called alike."""

import pandas as pd
import pytest

from virtsdk.capacity import Fleet, Policy
from virtsdk.capacity.room.alike import on_several_hosts, told_apart

GIB = 2**30
PLAIN = Policy()
HOSTS = pd.DataFrame({"host": ["kvm7", "kvm8"], "cpus": 8, "memory_bytes": 32 * GIB})
DOMAINS = pd.DataFrame(
    {
        "host": ["kvm7", "kvm8", "kvm8"],
        "domain": ["u1", "u2", "u3"],
        "name": ["web1", "web1", "db1"],
        "vcpus": 2,
        "memory_bytes": 4 * GIB,
    }
)


def test_names_that_hosts_share_are_told_apart_and_others_stay():
    found, notes = told_apart(DOMAINS, PLAIN)
    assert found["name"].tolist() == ["kvm7/web1", "kvm8/web1", "db1"]
    assert found["domain"].tolist() == ["u1", "u2", "u3"]
    assert notes == ("1 name is on several hosts: their guests are called 'kvm7/web1', 'kvm8/web1'",)
    assert DOMAINS["name"].tolist() == ["web1", "web1", "db1"]


def test_a_fleet_takes_them_and_means_one_by_its_host():
    fleet = Fleet.from_frames(HOSTS, DOMAINS, PLAIN)
    assert any("on several hosts" in note for note in fleet.notes)
    assert fleet.remove("kvm7/web1").domains["name"].tolist() == ["kvm8/web1", "db1"]
    alike = Fleet.from_frames(HOSTS, DOMAINS.assign(domain="u1").iloc[:2], PLAIN)
    assert alike.domains["domain"].tolist() == ["kvm7/u1", "kvm8/u1"]
    assert alike.fail("kvm7").unplaced == ()


def test_a_group_of_a_policy_has_to_say_which_is_meant():
    with pytest.raises(ValueError, match=r"Policy\.protected names 'web1'"):
        Fleet.from_frames(HOSTS, DOMAINS, Policy(protected=["web1"]))
    Fleet.from_frames(HOSTS, DOMAINS, Policy(protected=["kvm8/web1"]))


def test_two_of_one_host_are_refused():
    twice = DOMAINS.assign(host="kvm7")
    with pytest.raises(ValueError, match="'name' of the domains frame has 'web1' on more than one row"):
        Fleet.from_frames(HOSTS, twice, PLAIN)
    with pytest.raises(ValueError, match="more than one row"):
        Fleet.from_frames(HOSTS, pd.concat([DOMAINS, DOMAINS]), PLAIN)


def test_what_is_off_is_no_other_guest():
    left = DOMAINS.assign(domain="u1", state=["running", "shutoff", "shutoff"]).iloc[:2]
    assert told_apart(left, PLAIN)[0]["domain"].tolist() == ["u1", "u1"]
    assert on_several_hosts(left, PLAIN) == ()
    assert "'u1' on 'kvm7', 'kvm8'" in on_several_hosts(left, Policy(count_inactive=True))[0]


def test_missing_names_are_not_alike():
    nameless = DOMAINS.assign(name=None)
    found, notes = told_apart(nameless, PLAIN)
    assert found["name"].isna().all()
    assert notes == ()
    assert on_several_hosts(nameless.drop(columns="domain"), PLAIN) == ()
