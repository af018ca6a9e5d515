"""Storage that pools could be made of."""

from __future__ import annotations

import pytest

import virtsdk
from virtsdk import errors, xml
from virtsdk.models.storage_pool import StoragePoolDef, StoragePoolSource


def test_what_is_discovered_can_be_the_source_of_a_pool(host: virtsdk.Host) -> None:
    groups = host.storage_pools.discover("logical")
    assert [one.names for one in groups] == [["testvg1"], ["testvg2"]]
    wanted = StoragePoolDef(type="logical", name="fast", source=groups[0])
    assert "<name>testvg1</name>" in xml.render(wanted)
    server = xml.parse("<source><host name='nas7'/></source>", StoragePoolSource)
    exports = host.storage_pools.discover("netfs", server)
    assert [one.hosts[0].name for one in exports] == ["nas7"]
    with pytest.raises(errors.VirtError):
        host.storage_pools.discover("odd")


def test_a_path_is_absolute_and_other_drivers_look_it_up(host: virtsdk.Host) -> None:
    with pytest.raises(ValueError, match="path must be absolute, not 'images'"):
        host.storage_pools.at("images")
    with pytest.raises(errors.NotSupported):
        host.storage_pools.at("/images")
    with pytest.raises(errors.NotSupported):
        host.storage_pools.capabilities()


def test_a_use_of_a_secret_is_one_of_libvirt_s(host: virtsdk.Host) -> None:
    for wrong in ("none", "disk", "", None):
        with pytest.raises(ValueError, match="usage must be one of 'volume', 'ceph'"):
            host.secrets.by_usage(wrong, "/images/x")  # type: ignore[arg-type]
    with pytest.raises(errors.NotSupported):
        host.secrets.by_usage("volume", "/images/x")
