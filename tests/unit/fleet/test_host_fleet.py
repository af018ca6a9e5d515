"""A fleet as people use it."""

from __future__ import annotations

import pickle

import pytest

import virtsdk
from tests.unit.fleet.members import Door, fleet_of, member
from virtsdk import errors


@pytest.fixture
def fleet():
    members = [
        member("kvm7", tags={"rack": "a3", "prod": ""}),
        member("kvm8", tags={"rack": "a4"}),
        member("kvm9", Door("kvm9", errors.ConnectError("down")), tags={"rack": "b1"}),
    ]
    with fleet_of(*members) as fleet:
        fleet.open()
        yield fleet


def test_names_are_the_keys_up_or_down(fleet) -> None:
    assert fleet.host_names == list(fleet) == ["kvm7", "kvm8", "kvm9"]
    assert len(fleet) == 3
    assert "kvm9" in fleet
    assert "kvm1" not in fleet
    assert fleet
    host = fleet["kvm7"]
    assert isinstance(host, virtsdk.Host)
    assert host.name == "kvm7"
    assert host.domains.frame()["host"].tolist() == ["kvm7"]
    assert fleet["kvm7"] is host
    with pytest.raises(errors.ConnectError, match="down"):
        fleet["kvm9"]
    with pytest.raises(errors.NotFound, match="no host 'kvm' in the fleet; there are 'kvm7', 'kvm8', 'kvm9'"):
        fleet["kvm"]


def test_a_selection_has_the_same_hosts_and_closes_none(fleet) -> None:
    with fleet.select("rack=a*") as chosen:
        assert chosen.host_names == ["kvm7", "kvm8"]
        assert chosen["kvm7"] is fleet["kvm7"]
        assert len(chosen.domains.frame()) == 2
        assert chosen.errors.empty
        assert fleet.errors["host"].tolist() == ["kvm9"]  # each has its own
    assert fleet["kvm7"].is_alive
    assert fleet.select("rack=a*", "prod").host_names == ["kvm7"]
    assert fleet.select().host_names == fleet.host_names
    none = fleet.select("nowhere")
    assert len(none) == 0
    assert none.stats().domains.empty
    assert none.node_info().frame().empty
    assert list(none.domains.frame()) == list(fleet.domains.frame())


def test_it_says_how_many_are_up(fleet) -> None:
    assert repr(fleet) == "<HostFleet 3 hosts: 2 up, 1 down, 2 guests>"
    page = fleet._repr_html_()
    assert "2 up, 1 down" in page
    assert "rack=a3 prod" in page
    assert page.index("kvm9") < page.index("kvm7")  # what is wrong first
    frame = fleet.frame().set_index("host")
    assert frame["up"].to_dict() == {"kvm7": True, "kvm8": True, "kvm9": False}
    assert frame.loc["kvm7", "tags"] == {"rack": "a3", "prod": ""}
    assert frame.loc["kvm9", "error"] == "down"
    assert frame["driver"].tolist()[:2] == ["test", "test"]


def test_hostile_names_stay_words() -> None:
    with fleet_of(member("<script>", tags={"<b>": "<i>"})) as fleet:
        assert "<script>" not in fleet._repr_html_()
        assert "<b>" not in fleet._repr_html_()


def test_closed_it_asks_nobody(fleet) -> None:
    host = fleet["kvm7"]
    fleet.close()
    fleet.close()
    assert host.session.closed
    assert fleet.map(lambda host: host.name) == {}
    assert set(fleet.errors["error"]) == {"HostClosed"}
    assert "3 down" in repr(fleet)
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(fleet)


def test_it_is_recorded_by_its_names(fleet, tmp_path) -> None:
    with fleet.record(tmp_path / "r", interval=0.1, duration=0.4) as recorder:
        recorder.wait()
    recording = virtsdk.open_recording(tmp_path / "r")
    assert set(recording.frames("domains")["host"]) == {"kvm7", "kvm8"}
    assert set(recording.hosts["host"]) == {"kvm7", "kvm8", "kvm9"}
    assert fleet["kvm7"].is_alive


def test_the_explorer_shows_those_that_are_up(fleet) -> None:
    with fleet.explore() as explorer:
        assert sorted(explorer.frame["host"]) == ["kvm7", "kvm8"]
    assert fleet.errors["host"].tolist() == ["kvm9"]
    assert fleet["kvm7"].is_alive
