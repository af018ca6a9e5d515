"""A fleet as people use it."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

import virtsdk
from tests.unit.fleet.members import Door, fleet_of, member
from tests.waiting import wait_with_samplers
from virtsdk import errors
from virtsdk.resources import rereading


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


def test_a_selection_of_no_host_is_told(fleet, caplog) -> None:
    assert len(fleet.select("kmv*", "prod")) == 0
    assert caplog.messages == ["no host matches kmv* and prod; there are kvm7, kvm8, kvm9"]
    caplog.clear()
    for some in (fleet.select("kvm9"), fleet.select(), fleet.select("kvm9").select()):
        assert len(some)
    assert caplog.messages == []


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
    chosen = fleet.select("kvm*")
    for asks in (fleet.stats, fleet.inventory, fleet.domains.frame, chosen.domains.frame, fleet.open):
        with pytest.raises(errors.HostClosed, match=r"it was closed; virtsdk\.connect_fleet opens it again"):
            asks()
    with pytest.raises(errors.HostClosed):
        fleet.map(lambda host: host.name)
    assert fleet.errors["host"].tolist() == ["kvm7", "kvm8", "kvm9"]
    assert set(fleet.errors["error"]) == {"HostClosed"}
    assert "3 down" in repr(fleet)
    with pytest.raises(TypeError, match=r"cannot be pickled .* virtsdk\.connect_fleet in the other process"):
        pickle.dumps(fleet)


def test_it_is_recorded_by_its_names(fleet, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    wait_with_samplers(monkeypatch)
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


HOSTS = "[hosts]\n" + "".join(f"{name} = 'test:///default'\n" for name in ("kvm7", "kvm8", "lab1"))


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(rereading, "_PAUSE", 0.001)
    file = tmp_path / "hosts.toml"
    file.write_text(HOSTS)
    return file


def test_a_list_that_is_read_again_brings_hosts_and_closes_those_that_left(listed: Path) -> None:
    with virtsdk.connect_fleet(listed, only="kvm*") as fleet:
        stays, goes = fleet["kvm7"], fleet["kvm8"]
        fleet.reread()
        assert (fleet.host_names, goes.session.closed) == (["kvm7", "kvm8"], False)
        listed.write_text(HOSTS.replace("kvm8", "kvm9"))
        fleet.reread()
        assert fleet.host_names == ["kvm7", "kvm9"]
        assert fleet["kvm7"] is stays
        assert goes.session.closed
        came = fleet["kvm9"]
        assert fleet.domains.frame()["host"].tolist() == ["kvm7", "kvm9"]
        for broken in ("[hosts", "[hosts]\nlab1 = 'test:///default'\n"):
            listed.write_text(broken)
            with pytest.raises(ValueError, match=r"must be TOML|none of the hosts that are listed"):
                fleet.reread()
        assert fleet.host_names == ["kvm7", "kvm9"]
    assert came.session.closed


def test_a_selection_closes_only_what_joined_it(listed: Path) -> None:
    with virtsdk.connect_fleet(listed) as fleet:
        chosen, kvm7 = fleet.select("kvm*"), fleet["kvm7"]
        listed.write_text(HOSTS.replace("kvm7", "kvm9"))
        chosen.reread()
        assert (chosen.host_names, len(fleet)) == (["kvm9", "kvm8"], 3)
        came = chosen["kvm9"]
        chosen.close()
        assert came.session.closed
        assert not kvm7.session.closed  # the fleet's
        assert not chosen["kvm8"].session.closed


def test_hosts_may_be_told_anew_by_a_callable_and_those_that_were_given_stay(listed: Path) -> None:
    told = {"a": "test:///default"}
    with virtsdk.connect_fleet(lambda: told) as fleet:
        told["b"] = "test:///default"
        fleet.reread()
        assert fleet.host_names == ["a", "b"]
    with virtsdk.connect_fleet(told) as fleet:
        told["c"] = "test:///default"
        fleet.reread()
        assert fleet.host_names == ["a", "b"]
