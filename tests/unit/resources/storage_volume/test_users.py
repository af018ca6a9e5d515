"""Who uses a volume: what of a definition counts, and what is refused under a running guest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import virtsdk
from tests.unit.resources.conftest import domain_xml
from virtsdk import errors
from virtsdk.resources.storage_volume.users import Wanted

WANTED = Wanted("/pool/a&b.img", "fast", "a&b.img")
DISK = "<disk type='file' device='disk'><source file='/pool/a&amp;b.img'/><target dev='vda'/></disk>"

USES = {
    "disk": DISK,
    "another spelling": DISK.replace("/pool/", "/pool//./"),
    "block device": "<disk type='block'><source dev='/pool/a&amp;b.img'/></disk>",
    "pool and volume": "<disk type='volume'><source pool='fast' volume='a&amp;b.img'/></disk>",
    "below another image": (
        "<disk type='file'><source file='/o'/><backingStore type='file'><source file='/m'/><backingStore "
        "type='file'><source file='/pool/a&amp;b.img'/></backingStore></backingStore></disk>"
    ),
    "copied to": f"<disk type='file'><source file='/o'/><mirror>{DISK}</mirror></disk>",
    "medium": "<disk type='file' device='cdrom'><source file='/pool/a&amp;b.img'/><readonly/></disk>",
    "in characters": DISK.replace("a&amp;b", "a&#38;b"),
    "in quotes": DISK.replace("'/pool/a&amp;b.img'", '"/pool/a&amp;b.img"'),
}
USES_NOT = {
    "another": DISK.replace("a&amp;b", "b"),
    "of another pool": "<disk type='volume'><source pool='slow' volume='a&amp;b.img'/></disk>",
    "a longer path": DISK.replace("/pool/", "/old/pool/"),
    "a part of a path": DISK.replace(".img", ".img.old"),
    "its name alone": "<serial type='file'><target name='a&amp;b.img'/></serial>",
}


@pytest.mark.parametrize("way", USES)
def test_a_definition_that_names_it_uses_it(way: str) -> None:
    document = f"<domain><name>g</name><devices>{USES[way]}</devices></domain>"
    assert WANTED.is_in(document)
    plain = Wanted("/pool/ab.img", "fast", "ab.img")
    assert plain.is_in(document.replace("&amp;", "").replace("&#38;", ""))
    assert not plain.is_in(document)


@pytest.mark.parametrize("way", USES_NOT)
def test_a_definition_that_names_another_does_not(way: str) -> None:
    assert not WANTED.is_in(f"<domain><name>g</name><devices>{USES_NOT[way]}</devices></domain>")


def test_firmware_counts_and_what_people_wrote_does_not() -> None:
    assert WANTED.is_in("<domain><os><nvram>/pool/a&amp;b.img</nvram></os></domain>")
    for said in ("<title>/pool/a&amp;b.img</title>", "<metadata><x y='/pool/a&amp;b.img'/></metadata>"):
        assert not WANTED.is_in(f"<domain>{said}</domain>")


@pytest.fixture
def volume(host: virtsdk.Host) -> Iterator[virtsdk.StorageVolume]:
    """A volume that web1, which runs, and web2, which is off, have as a disk."""
    pool = host.storage_pools.create(
        "<pool type='dir'><name>fast</name><target><path>/fast</path></target></pool>"
    )
    made = pool.volumes.create("<volume><name>d.img</name><capacity>4096</capacity></volume>")
    disk = f"<devices><disk type='file'><source file='{made.path}'/><target dev='vda'/></disk></devices>"
    host.domains.define(domain_xml("off", 7, state=5, extra=disk))
    host.domains.create(domain_xml("on", 8, extra=disk))
    yield made
    host.domains["on"].destroy()


def test_domains_that_use_a_volume_or_a_pool(host: virtsdk.Host, volume: virtsdk.StorageVolume) -> None:
    assert volume.used_by() == volume.pool.domains() == [host.domains["off"], host.domains["on"]]
    other = volume.pool.volumes.create("<volume><name>e.img</name><capacity>1</capacity></volume>")
    assert other.used_by() == []


def test_domains_that_name_a_pool_are_found_while_it_is_inactive(host: virtsdk.Host) -> None:
    pool = host.storage_pools.define(
        "<pool type='dir'><name>fast</name><target><path>/fast</path></target></pool>"
    )
    disk = (
        "<devices><disk type='volume'><source pool='{}' volume='gone'/><target dev='vda'/></disk></devices>"
    )
    for name, number, its in (("mine", 7, "fast"), ("not", 8, "slow")):
        host.domains.define(domain_xml(name, number, state=5, extra=disk.format(its)))
    assert pool.domains() == [host.domains["mine"]]
    pool.start()
    assert pool.domains() == [host.domains["mine"]]


@pytest.mark.parametrize("verb", ["delete", "wipe", "upload", "shrink"])
def test_what_would_corrupt_a_running_guest_is_refused(verb: str, volume: virtsdk.StorageVolume) -> None:
    calls: dict[str, Any] = {
        "delete": volume.delete,
        "wipe": volume.wipe,
        "upload": lambda: volume.upload(b"1"),
        "shrink": lambda: volume.resize(1, shrink=True),
    }
    with pytest.raises(errors.ResourceBusy, match=r"a running guest uses it \('on'\).*in_use=True"):
        calls[verb]()
    assert volume.capacity_bytes == 4096


def test_what_is_said_is_done(host: virtsdk.Host, volume: virtsdk.StorageVolume) -> None:
    volume.delete(in_use=True)
    assert len(volume.pool.volumes) == 0


def test_a_guest_that_is_off_holds_nothing(host: virtsdk.Host, volume: virtsdk.StorageVolume) -> None:
    on = host.domains["on"]
    on.suspend()
    with pytest.raises(errors.ResourceBusy):
        volume.delete()
    on.resume()
    on.destroy()
    volume.delete()
    assert [guest.name for guest in volume.pool.domains()] == []
    host.domains.create(domain_xml("on", 8))
