"""What all hosts of a fleet have of one kind."""

from __future__ import annotations

import uuid

import pytest

import virtsdk
from tests.unit.fleet.members import Door, fleet_of, member
from virtsdk import errors, xml
from virtsdk.models.domain import DomainDef
from virtsdk.models.network import NetworkDef

UUID = "6695eb01-f6a4-8304-79aa-97f2502e193f"


@pytest.fixture
def fleet():
    down = Door("kvm9", errors.ConnectError("down"))
    with fleet_of(member("kvm7"), member("kvm9", down), member("kvm8")) as fleet:
        yield fleet


@pytest.mark.parametrize("kind", ["domains", "networks", "storage_pools", "node_devices"])
def test_frames_are_below_each_other(fleet, kind: str) -> None:
    collection = getattr(fleet, kind)
    frame = collection.frame()
    own = getattr(fleet["kvm7"], kind).frame()
    assert list(frame.columns) == list(own.columns)
    assert frame.dtypes.equals(own.dtypes)
    assert len(frame) == 2 * len(own)
    assert frame.index.is_unique
    assert list(dict.fromkeys(frame["host"])) == ["kvm7", "kvm8"]
    assert fleet.errors["host"].tolist() == ["kvm9"]
    assert len(collection) == len(frame)
    assert [(one.host.name, one.name) for one in collection] == list(
        zip(frame["host"], frame["name"], strict=True)
    )
    assert kind.replace("_", " ") in repr(collection)
    assert "3 hosts" in collection._repr_html_()
    assert bool(collection)


def test_handles_of_a_name_on_all_hosts(fleet) -> None:
    assert [one.host.name for one in fleet.domains.find("test")] == ["kvm7", "kvm8"]
    assert fleet.domains.find("none") == []


def test_a_name_is_in_it_where_a_host_has_it(fleet) -> None:
    handle = fleet["kvm8"].domains["test"]
    for there in ("test", UUID, UUID.upper(), uuid.UUID(UUID), handle):
        assert there in fleet.domains
    with virtsdk.connect("test:///default") as other:
        for not_there in ("none", str(uuid.uuid4()), other.domains["test"], 1, None):
            assert not_there not in fleet.domains
    assert "default" in fleet.networks
    assert handle not in fleet.networks
    with pytest.raises(
        TypeError, match=r"fleet\.domains\.find\('test'\) .* fleet\[HOST\]\.domains\['test'\]"
    ):
        fleet.domains["test"]


def test_definitions_are_by_host_and_uuid_or_name(fleet) -> None:
    found = fleet.domains.definitions()
    assert list(found) == [("kvm7", UUID), ("kvm8", UUID)]
    assert all(isinstance(one, DomainDef) for one in found.values())
    assert found["kvm8", "test"] is found["kvm8", UUID]
    assert ("kvm8", "test") in found
    assert repr(found) == "<2 domain definitions of 2 hosts>"
    with pytest.raises(KeyError):
        found["kvm9", "test"]
    networks = fleet.networks.definitions()
    assert isinstance(networks["kvm7", "default"], NetworkDef)
    assert fleet.domains.definitions(persistent=True).keys() == found.keys()


def test_a_frame_of_definitions_is_the_inventory(fleet) -> None:
    frame = xml.to_frame(fleet.domains.definitions(), ["name", "memory.bytes", "name"])
    assert list(frame.columns) == ["host", "domain", "name", "memory.bytes"]
    assert frame["host"].tolist() == ["kvm7", "kvm8"]
    assert frame["domain"].tolist() == [UUID, UUID]
    assert frame["memory.bytes"].tolist() == [8 * 2**30] * 2
    listed = xml.to_frame(fleet.networks.definitions(), ["name", "ips[].address"])
    assert list(listed.columns) == ["host", "network", "name", "ips[].address"]
    assert xml.to_frame(fleet.select("none").domains.definitions(), ["name"]).empty
    with pytest.raises(TypeError, match=r"or models by .host, key."):
        xml.to_frame({"web1": fleet.domains.definitions()["kvm7", "test"]}, ["name"])  # type: ignore[dict-item]


def test_vcpus(fleet) -> None:
    assert fleet.domains.vcpus_frame()["host"].tolist() == ["kvm7"] * 2 + ["kvm8"] * 2
