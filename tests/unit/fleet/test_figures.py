"""Figures of all hosts of a fleet."""

from __future__ import annotations

import threading
import warnings

import pytest

import virtsdk
from tests.unit.fleet.members import Door, fleet_of, member
from virtsdk import capacity, errors
from virtsdk.fleet import member as module
from virtsdk.stats import node_rates, rates


@pytest.fixture
def fleet():
    down = Door("kvm9", errors.ConnectError("down"))
    with fleet_of(member("kvm8"), member("kvm7"), member("kvm9", down)) as fleet:
        yield fleet


def test_stats_have_the_names_of_the_fleet(fleet) -> None:
    first, second = fleet.stats(), fleet.stats()
    assert first.domains["host"].tolist() == ["kvm8", "kvm7"]
    assert list(first.samples) == ["kvm8", "kvm7"]
    assert first.missing == ["kvm9"]
    assert repr(first).startswith("<Stats 2 of 3 hosts 20")
    assert first.samples["kvm7"].domains["host"].tolist() == ["kvm7"]
    assert rates(first, second).domains["host"].tolist() == ["kvm7", "kvm8"]
    assert fleet.errors["host"].tolist() == ["kvm9"]
    assert fleet.stats(["state"]).domains["state"].tolist() == ["running", "running"]
    assert fleet.stats(iter(["state"])).domains["state"].tolist() == ["running", "running"]


def test_a_group_that_there_is_not_is_the_question_s_fault(fleet) -> None:
    with pytest.raises(ValueError, match="nogroup"):
        fleet.stats(["nogroup"])
    with pytest.raises(TypeError, match="groups must be a list"):
        fleet.stats("state")


def test_nodes(fleet) -> None:
    info = fleet.node_info()
    assert list(info) == ["kvm8", "kvm7"]
    assert info["kvm7"].host == "kvm7"
    stats = fleet.node_stats()
    assert stats.total["host"].tolist() == ["kvm8", "kvm7"]
    assert node_rates(stats, fleet.node_stats()).total.columns[0] == "host"
    pools = fleet.storage_stats()
    assert {name: one.pools["host"].tolist() for name, one in pools.items()} == {
        "kvm8": ["kvm8"],
        "kvm7": ["kvm7"],
    }


def test_capacity_takes_the_frames_as_they_are(fleet) -> None:
    """Drivers of one kind have guests of one UUID and one name."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        room = capacity.headroom(fleet.node_info().frame(), fleet.domains.frame(), capacity.Policy())
    assert room.frame()[["host", "domains"]].to_dict("list") == {"host": ["kvm8", "kvm7"], "domains": [1, 1]}
    assert any("on several hosts by UUID" in str(one.message) for one in told)
    found = capacity.Fleet.from_frames(fleet.node_info().frame(), fleet.domains.frame(placement=True))
    assert found.domains["name"].tolist() == ["kvm8/test", "kvm7/test"]
    assert capacity.Fleet.from_frames(*fleet.inventory()).domains["name"].tolist() == [
        "kvm8/test",
        "kvm7/test",
    ]


def test_an_inventory_has_hosts_and_guests_of_the_same_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host whose guests were not to be had would look empty."""
    with fleet_of(member("kvm7"), member("kvm8")) as fleet:

        def fails(**_: object) -> None:
            raise errors.TimedOut("no answer")

        monkeypatch.setattr(fleet["kvm8"].domains, "frame", fails)
        hosts, domains = fleet.inventory()
        assert hosts["host"].tolist() == domains["host"].unique().tolist() == ["kvm7"]
        assert fleet.errors["host"].tolist() == ["kvm8"]
        assert "pinned" in domains
        assert "pinned" not in fleet.inventory(placement=False).domains
        assert list(fleet.select("none").inventory().domains) == list(domains)


def test_a_host_waits_for_guests_that_hang_for_a_part_of_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with fleet_of(member("kvm7")) as fleet:
        given: list[float] = []
        stats = fleet["kvm7"].stats
        monkeypatch.setattr(
            fleet["kvm7"], "stats", lambda *a, deadline, **k: (given.append(deadline), stats(*a, **k))[1]
        )
        fleet.stats(timeout=3)
        fleet.stats(timeout=100)
        assert given == [pytest.approx(1.2), 5.0]


def test_a_function_s_late_answer_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_GLANCE", 30.0)
    end = threading.Event()
    with fleet_of(member("kvm7")) as fleet:
        assert fleet.map(lambda host: end.wait(), timeout=0.1) == {}
        assert fleet.errors["error"].tolist() == ["TimedOut"]
        assert fleet.map(lambda host: host.name, timeout=30) == {"kvm7": "kvm7"}  # it answers small calls
        end.set()
    assert isinstance(fleet, virtsdk.HostFleet)
