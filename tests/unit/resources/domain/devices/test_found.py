"""Devices as documents: the one that was given, and which of a definition it is."""

from __future__ import annotations

import pytest

from virtsdk import errors, xml
from virtsdk.models.domain import Disk, DiskTarget, DomainDef, Interface, Rng
from virtsdk.resources.domain.devices.found import (
    all_like,
    as_device,
    counterpart,
    devices_of,
    identity_of,
    kind_of,
    like,
    mac_of,
    named,
    target_of,
    words_of,
)

RUNNING = xml.parse(
    """<domain><devices>
  <disk><source file='/a.img'/><target dev='vda'/><alias name='virtio-disk0'/></disk>
  <disk device='cdrom'><target dev='sda'/><alias name='sata0-0-0'/></disk>
  <interface type='user'>
    <mac address='52:54:00:AA:00:01'/><target dev='vnet0'/><alias name='net0'/>
  </interface>
  <filesystem><target dir='share'/><alias name='fs0'/></filesystem>
  <rng model='virtio'><alias name='rng0'/><address type='pci' slot='0x04'/></rng>
  <rng model='virtio'><alias name='rng1'/><address type='pci' slot='0x05'/></rng>
  <graphics type='vnc' port='5900'/><graphics type='spice'/><memballoon model='virtio'/>
</devices></domain>""",
    DomainDef,
)
DEVICES = list(devices_of(RUNNING))


def test_all_devices_of_a_definition_are_found() -> None:
    kinds = [kind_of(one) for one in DEVICES]
    assert sorted(kinds) == sorted(
        ["disk", "disk", "filesystem", "graphics", "graphics", "interface", "memballoon", "rng", "rng"]
    )
    assert list(devices_of(DomainDef())) == []


@pytest.mark.parametrize(
    ("name", "alias"),
    [
        ("vda", "virtio-disk0"),
        ("/a.img", "virtio-disk0"),
        ("net0", "net0"),
        ("52:54:00:aa:00:01", "net0"),
        ("52:54:00:AA:00:01", "net0"),
        ("vnet0", "net0"),
        ("share", "fs0"),
        ("rng1", "rng1"),
    ],
)
def test_a_name_is_a_target_an_address_an_alias_or_a_file(name: str, alias: str) -> None:
    assert [one.alias.name for one in named(DEVICES, name)] == [alias]


def test_what_nothing_is_called_is_not_found() -> None:
    assert named(DEVICES, "vdb") == named(DEVICES, "") == []


def test_a_device_is_the_one_of_its_target_or_address_whatever_else_it_says() -> None:
    disk = like(DEVICES, Disk(type="block", target=DiskTarget(dev="vda", bus="scsi")))
    assert disk is not None
    assert target_of(disk) == "vda"
    assert like(DEVICES, Disk(target=DiskTarget(dev="vdz"))) is None
    nic = xml.parse("<interface type='bridge'><mac address='52:54:00:aa:00:01'/></interface>", Interface)
    found = like(DEVICES, nic)
    assert found is not None
    assert mac_of(found) == "52:54:00:aa:00:01"


def test_one_without_a_name_of_its_own_is_told_by_alias_then_place_then_looks() -> None:
    def rng(text: str) -> str | None:
        found = like(DEVICES, xml.parse(f"<rng{text}", Rng))
        return None if found is None else found.alias.name  # type: ignore[attr-defined]

    assert rng("><alias name='rng1'/></rng>") == "rng1"
    assert rng("><address type='pci' slot='0x05'/></rng>") == "rng1"
    assert rng(" model='virtio'/>") == "rng0"
    assert rng(" model='virtio-transitional'/>") is None
    # the same device in the definition that is kept has another address, and no alias
    kept = xml.parse("<rng model='virtio'><address type='pci' slot='0x09'/></rng>", Rng)
    assert like([kept], DEVICES[[kind_of(one) for one in DEVICES].index("rng")]) is kept


def test_several_that_are_alike_are_all_given() -> None:
    assert len(all_like(DEVICES, xml.parse("<rng model='virtio'/>", Rng))) == 2
    assert len(all_like(DEVICES, xml.parse("<rng><address type='pci' slot='0x05'/></rng>", Rng))) == 1
    assert all_like(DEVICES, xml.parse("<rng model='virtio-transitional'/>", Rng)) == []


def test_the_one_to_be_changed_is_found_however_it_differs() -> None:
    def found(text: str) -> object:
        return counterpart(DEVICES, as_device(text).model)

    vnc = found("<graphics type='vnc' port='5999' sharePolicy='ignore'/>")
    assert vnc is not None
    assert vnc.port == 5900  # type: ignore[attr-defined]
    assert found("<memballoon model='virtio-transitional'/>") is RUNNING.devices.memballoon
    assert found("<graphics type='sdl'/>") is None
    assert found("<sound model='ich6'/>") is None


def test_a_device_is_a_model_or_text_and_nothing_else() -> None:
    text = "<disk zz='1'><target dev='vda'/></disk>"
    given = as_device(text)
    assert (given.text, identity_of(given.model)) == (text, ("disk", "vda"))
    assert "vdb" in as_device(Disk(target=DiskTarget(dev="vdb"))).text
    assert kind_of(as_device("<interface type='user'/>").model) == "interface"  # not a host's
    for wrong in (RUNNING, DiskTarget(dev="vda"), 3, None):
        with pytest.raises(TypeError, match="device must be a device's model"):
            as_device(wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"device must be one device, .*not a <domain> document"):
        as_device("<domain/>")
    with pytest.raises(errors.XmlError):
        as_device("<disk>")


def test_words_name_the_device() -> None:
    assert [words_of(one) for one in DEVICES[:2]] == ["disk 'vda'", "disk 'sda'"]
    assert words_of(Rng()) == "rng"
