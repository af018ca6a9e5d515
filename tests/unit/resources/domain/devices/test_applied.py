"""Reading back: what a device was to become and did not."""

from __future__ import annotations

import pytest

from virtsdk import xml
from virtsdk.models.domain import Disk, Graphics, Interface
from virtsdk.resources.domain.devices.applied import not_applied


def disk(driver: str = "", alias: bool = False, more: str = "") -> Disk:
    name = "<alias name='virtio-disk0'/><address type='pci' slot='0x05'/>" if alias else ""
    text = f"<disk type='file'><driver name='qemu'{driver}/><target dev='vda'/>{name}{more}</disk>"
    return xml.parse(text, Disk)


@pytest.mark.parametrize(
    ("wish", "after", "paths"),
    [
        (" queues='2'", "", ["driver.queues"]),
        (" queues='2'", " queues='2'", []),
        (" queues='2' cache='none'", " cache='none'", ["driver.queues"]),
        (" queues='2'", " queues='3'", []),  # changed, if not as it was written: libvirt's own form
        ("", "", []),
    ],
)
def test_what_was_asked_and_stayed_is_named(wish: str, after: str, paths: list[str]) -> None:
    assert not_applied(disk(alias=True), disk(after, alias=True), disk(wish)) == paths


def test_what_text_leaves_unsaid_was_not_asked_for() -> None:
    before = disk(" iothread='1'", alias=True)
    assert not_applied(before, before, disk()) == []


def test_what_a_device_that_was_read_leaves_out_was_taken_out() -> None:
    before = disk(" iothread='1'", alias=True)
    assert not_applied(before, before, disk(alias=True), whole=True) == ["driver.iothread"]
    assert not_applied(before, disk(alias=True), disk(alias=True), whole=True) == []


def test_what_runs_and_what_is_kept_differ_by_what_libvirt_adds() -> None:
    running, kept = disk(alias=True, more="<backingStore/>"), disk()
    wish = disk(" queues='4'", alias=True, more="<backingStore/>")
    assert not_applied(kept, disk(" queues='4'"), wish, whole=True, read_from=running) == []
    assert not_applied(kept, kept, wish, whole=True, read_from=running) == ["driver.queues"]


def test_what_only_the_one_that_runs_says_is_not_asked_of_the_one_that_is_kept() -> None:
    nic = "<interface type='ethernet'><mac address='52:54:00:00:00:01'/>{}</interface>"
    live = "<target dev='vnet0'/><alias name='net0'/>"
    running, kept = (xml.parse(nic.format(one), Interface) for one in (live, ""))
    wish = xml.parse(nic.format(f"<link state='down'/>{live}"), Interface)
    after = xml.parse(nic.format("<link state='down'/>"), Interface)
    assert not_applied(kept, after, wish, whole=True, read_from=running) == []
    assert not_applied(kept, kept, wish, whole=True, read_from=running) == ["link.state"]


def test_parts_that_are_new_are_named_by_what_is_in_them() -> None:
    nic = "<interface type='ethernet'><mac address='52:54:00:00:00:01'/>{}</interface>"
    before, wish = (xml.parse(nic.format(one), Interface) for one in ("", "<teaming type='persistent'/>"))
    assert not_applied(before, before, wish) == ["teaming.type"]
    cache = "<driver><metadata_cache><max_size unit='KiB'>64</max_size></metadata_cache></driver>"
    bare, cached = (xml.parse(f"<disk>{one}<target dev='vda'/></disk>", Disk) for one in ("", cache))
    assert not_applied(bare, bare, cached) == ["driver.metadata_cache.max_size"]


def test_the_same_in_other_words_is_applied() -> None:
    before = xml.parse("<graphics type='vnc' passwd='hunter2' port='5900'/>", Graphics)
    assert not_applied(before, before, xml.parse("<graphics type='vnc' port='5900'/>", Graphics)) == []
    changed = xml.parse("<graphics type='vnc' passwd='other'/>", Graphics)
    assert not_applied(before, before, changed) == ["passwd"]
