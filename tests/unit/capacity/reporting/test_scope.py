"""What a report is about: guests of its hosts, hosts that tell, pools that are read."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.unit.capacity.reviews import GUESTS, G, domains, hosts, pools, usage
from virtsdk import capacity
from virtsdk.capacity import Policy

pytestmark = pytest.mark.usefixtures("quick")


def notes(found, key):
    return next(one for one in found.sections if one.key == key).notes


def test_guests_on_hosts_that_are_not_asked_about_do_not_count():
    """A frame of two clusters, asked about one: its promises are not those of both."""
    mine = [one for one in GUESTS if one[0] == "kvm1"]
    here = capacity.report(hosts(1), domains(mine), usage())
    alone = capacity.report(hosts(1), domains(mine), usage(mine))
    assert here.levels["memory committed"].equals(alone.levels["memory committed"])
    assert "3 guests on kvm2, kvm3 left out: the hosts frame has no such host" in notes(here, "coverage")
    assert not any(
        "left out" in one for one in notes(capacity.report(hosts(), domains(), usage()), "coverage")
    )


def test_guests_of_a_host_that_is_gone_count_for_the_past():
    gone = usage([("kvm9", "gone1", 2, 8)])
    frame = pd.concat([usage(), gone[gone["time"] < gone["time"].unique()[50]]])
    levels = capacity.report(hosts(), domains(), frame).levels
    assert levels["vCPUs committed"].iloc[[0, 60]].tolist() == [30, 28]


@pytest.mark.parametrize("days", [0, 5])
def test_a_host_that_tells_nothing_to_the_end_is_no_host_that_uses_nothing(days):
    frame = usage()
    end = frame["time"].min() + pd.Timedelta(days=days)
    quiet = frame[(frame["host"] != "kvm2") | (frame["time"] < end)]
    found = capacity.report(hosts(), domains(), quiet, None, pools())
    assert found.unsaid["when CPUs and memory run out"] == (
        "the usage frame has nothing of kvm2, with 1 guest, at its end"
    )
    assert "CPUs used" not in found.exhaustion and "; first of 1 storage pool to run out: " in found.sentence
    off = domains().assign(state=["running", "running", "shutoff", "running", "running"])
    assert "CPUs used" in capacity.report(hosts(), off, quiet).exhaustion


def test_a_pool_that_is_not_read_any_more_runs_out_at_no_day():
    old = pools("kvm2").assign(storage_pool="q", name="old").iloc[:20]
    old["allocation_bytes"] *= 2
    found = capacity.report(hosts(), domains(), None, None, pd.concat([pools(), old]))
    assert set(found.exhaustion) == {"storage pool backup on kvm1"}
    why = found.unsaid["storage pool old on kvm2"]
    assert why == "it was last read on 2026-11-06: it is gone, or not active"
    rarely = pools("kvm2").assign(storage_pool="q").iloc[:-8:4]  # once a day, up to three days ago
    assert len(capacity.report(hosts(), domains(), None, None, pd.concat([pools(), rarely])).exhaustion) == 2


def test_one_pool_of_several_hosts_is_said_to_look_like_one():
    two = pd.concat([pools(), pools("kvm2").assign(storage_pool="q")])
    told = "of one size and use on kvm1, kvm2: perhaps one pool that they share"
    assert any(told in one for one in notes(capacity.report(hosts(), domains(), None, None, two), "runs_out"))
    two.loc[two["host"] == "kvm2", "allocation_bytes"] -= G
    found = capacity.report(hosts(), domains(), None, None, two)
    assert not any("perhaps" in one for one in notes(found, "runs_out"))


def test_guests_that_are_off_are_said_beside_survival():
    off = domains().assign(state=["running", "running", "shutoff", "shutoff", "running"])
    told = (
        "2 guests that are off, of 18 vCPUs and 40 GiB, not counted: Policy(count_inactive=True) counts them"
    )
    assert notes(capacity.report(hosts(), off, None), "n_plus")[0] == told
    counted = capacity.report(hosts(), off, None, Policy(count_inactive=True))
    assert not any("not counted" in one for one in notes(counted, "n_plus"))
    nobody = capacity.report(hosts(), domains().assign(state="shutoff"), None)
    assert "; N+1 holds: no guest needs a place; " in nobody.sentence
