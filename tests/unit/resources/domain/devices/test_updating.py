"""Changing a device: where it is, in the one and the other definition."""

from __future__ import annotations

from virtsdk import xml
from virtsdk.models.domain import Disk, Interface, Lease, MemoryDevice
from virtsdk.resources.domain.devices.found import as_device
from virtsdk.resources.domain.devices.updating import in_its_place, with_medium

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


def test_a_medium_takes_the_place_of_another_one_and_nothing_else_changes() -> None:
    text = (
        "<disk type='block' device='cdrom'>{}<target dev='sda' bus='scsi'/><readonly/>"
        "<alias name='scsi0'/><address type='drive' unit='3'/></disk>"
    )
    drive = xml.parse(text.format("<source dev='/dev/sr0'/>"), Disk)
    put = xml.parse(with_medium(drive, "/cd.iso", None), Disk)
    assert (put.type, put.source.file, put.source.dev, put.driver.type) == ("file", "/cd.iso", None, "raw")
    assert (put.target, put.readonly, put.address) == (drive.target, drive.readonly, drive.address)
    assert put.alias is None  # the definition that is kept has none
    assert xml.parse(with_medium(put, "/b.qcow2", "qcow2"), Disk).driver.type == "qcow2"
    bare = xml.parse(text.format("<driver name='qemu'/>"), Disk)
    assert xml.parse(with_medium(bare, "/cd.iso", None), Disk).driver.type == "raw"
    assert xml.parse(with_medium(put, None, None), Disk).source is None
    assert drive.source.dev == "/dev/sr0"  # what was read is not touched
