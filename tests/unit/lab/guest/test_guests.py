"""Lab guests are the same every time and differ from each other."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from virtsdk import xml
from virtsdk.lab.guest.containers import container_xml
from virtsdk.lab.guest.guests import Guest, domain_xml, guest
from virtsdk.lab.guest.image import Image

IMAGE = Image(Path("/k & <>'\""), Path("/i"), Path("/d"), "6.1")


def test_the_same_place_gives_the_same_guest() -> None:
    assert guest(0, 3, 4) == guest(0, 3, 4)


def test_four_guests_differ_in_every_figure() -> None:
    guests = [guest(0, place, 4) for place in range(4)]
    for one in fields(Guest):
        if one.name != "vcpus":  # 2, 1, 1 and 3
            values = [getattr(each, one.name) for each in guests]
            assert len(set(values)) == 4, one.name


def test_identities_are_unique_over_hosts() -> None:
    guests = [guest(host, place, 64) for host in range(1, 65) for place in range(64)]
    for key in ("name", "uuid", "mac", "address"):
        assert len({getattr(one, key) for one in guests}) == len(guests), key


@pytest.mark.parametrize("virtualisation", ["kvm", "qemu"])
@pytest.mark.parametrize("nic", ["ethernet", "user"])
def test_a_definition_is_well_formed_whatever_the_paths(virtualisation, nic) -> None:
    folder = Path("/tmp/it's <here>")
    settings = {"emulator": "/usr/bin/q&a", "virtualisation": virtualisation, "nic": nic}
    text = domain_xml(guest(0, 0, 1), IMAGE, folder, **settings)
    definition = xml.parse(text)
    assert definition.name == "web1"
    assert definition.devices.disks[0].source.file == "/tmp/it's <here>/web1.qcow2"


def test_a_tap_device_has_the_name_that_is_given() -> None:
    settings = {"emulator": "/usr/bin/qemu", "virtualisation": "qemu", "nic": "ethernet"}
    text = domain_xml(guest(0, 0, 1), IMAGE, Path("/tmp"), tap="lab0n1", **settings)
    assert xml.parse(text).devices.interfaces[0].target.dev == "lab0n1"


def test_a_container_is_the_same_guest() -> None:
    one = guest(1, 0, 4)
    definition = xml.parse(container_xml(one))
    assert xml.validate(definition) == []
    assert (definition.name, definition.uuid, definition.type) == (one.name, one.uuid, "lxc")
    assert definition.memory.bytes == one.memory_mib * 2**20
    assert definition.devices.interfaces[0].mac.address == one.mac
