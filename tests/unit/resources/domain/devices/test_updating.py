"""Changing a device: where it is, in the one and the other definition."""

from __future__ import annotations

from virtsdk import xml
from virtsdk.models.domain import Interface, Lease, MemoryDevice
from virtsdk.resources.domain.devices.found import as_device
from virtsdk.resources.domain.devices.updating import in_its_place

NIC = "<interface type='user'><mac address='52:54:00:00:00:01'/>{}</interface>"
HERE = "<alias name='net1'/><address type='pci' slot='0x0c'/>"
THERE = "<address type='pci' slot='0x07'/>"


def nic(place: str) -> Interface:
    return xml.parse(NIC.format(place), Interface)


def written(wish: str, place: str, *known: str) -> Interface:
    text = in_its_place(as_device(NIC.format(wish)), nic(place), [nic(one) for one in known])
    return xml.parse(text, Interface)


def test_a_device_that_was_read_from_one_definition_has_its_place_in_the_other() -> None:
    both = (HERE, THERE)
    assert written(HERE, HERE, *both) == nic(HERE)
    kept = written(HERE, THERE, *both)
    assert (kept.alias, kept.address) == (None, nic(THERE).address)
    running = written(THERE, HERE, *both)
    assert (running.alias, running.address) == (nic(HERE).alias, nic(HERE).address)


def test_a_place_that_is_asked_for_or_left_unsaid_stays_so() -> None:
    other = "<address type='pci' slot='0x1f'/>"
    assert written(other, THERE, HERE, THERE) == nic(other)
    assert written("", THERE, HERE, THERE) == nic("")  # its MAC address says which it is


def test_one_without_a_name_is_given_its_place() -> None:
    text = "<memory model='dimm'><target><size unit='MiB'>128</size></target>{}</memory>"
    device = xml.parse(text.format("<alias name='dimm0'/><address type='dimm' slot='0'/>"), MemoryDevice)
    found = xml.parse(in_its_place(as_device(text.format("")), device, [device]), MemoryDevice)
    assert (found.alias, found.address) == (device.alias, device.address)


def test_one_that_has_no_place_is_sent_as_it_was_given() -> None:
    text = "<lease><lockspace>a</lockspace><key>k</key></lease>"
    lease = xml.parse(text, Lease)
    assert in_its_place(as_device(text), lease, [lease]) == text
