"""Volumes of the test driver's pool: made, listed, found, copied, removed."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

import virtsdk
from tests.unit.resources.conftest import NodeFile, domain_xml
from virtsdk import errors, units
from virtsdk.models.storage_volume import ScaledSize, StorageVolumeDef
from virtsdk.resources.storage_pool import StoragePool
from virtsdk.resources.storage_volume.values import VolumeSizes

POOL = """<pool type='dir'><name>fast</name><uuid>00000000-0000-4000-8000-0000000000f1</uuid>
<target><path>/fast</path></target></pool>"""
DISK = "<volume><name>{}</name><capacity unit='GiB'>1</capacity></volume>"


@pytest.fixture
def pool(host: virtsdk.Host) -> Iterator[StoragePool]:
    pool = host.storage_pools.define(POOL)
    pool.start()
    yield pool


def test_an_empty_pool(pool: StoragePool) -> None:
    assert len(pool.volumes) == 0
    assert pool.volumes.frame().columns.tolist() == [
        "host", "storage_pool", "storage_pool_name", "storage_volume", "name", "path", "type", "format",
        "capacity_bytes", "allocation_bytes",
    ]  # fmt: skip
    assert "0 storage volumes" in repr(pool.volumes)
    assert "in fast" in pool.volumes._repr_html_()


def test_a_volume_from_its_making_to_its_end(pool: StoragePool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="virtsdk.audit")
    disk = pool.volumes.create(StorageVolumeDef(name="disk", capacity=ScaledSize.of(units.GiB(2))))
    assert (disk.name, disk.key, disk.path, disk.pool) == ("disk", "/fast/disk", "/fast/disk", pool)
    assert disk.refresh() == VolumeSizes("file", 2 << 30, 2 << 30)
    assert (disk.type, disk.capacity_bytes, disk.allocation_bytes) == ("file", 2 << 30, 2 << 30)
    assert disk.definition().capacity.bytes == 2 << 30
    assert repr(pool.volumes["disk"]) == "<StorageVolume disk, raw, 2 GiB, 2 GiB taken>"
    assert "2 GiB" in pool.volumes["disk"]._repr_html_()
    frame = pool.volumes.frame()
    assert frame.loc[0, ["storage_pool_name", "name", "capacity_bytes"]].tolist() == ["fast", "disk", 2 << 30]
    copy = pool.volumes.create(DISK.format("copy"), source=disk)
    assert [one.name for one in pool.volumes] == ["copy", "disk"]
    assert copy in pool.volumes
    copy.delete()
    assert "copy" not in pool.volumes
    assert [vars(one)["verb"] for one in caplog.records] == ["create", "create", "delete"]


def test_volumes_are_found_by_name_key_and_path(pool: StoragePool, host: virtsdk.Host) -> None:
    disk = pool.volumes.create(DISK.format("disk"))
    assert (
        pool.volumes["disk"] == pool.volumes["/fast/disk"] == host.storage_pools.volume("/fast/disk") == disk
    )
    other = host.storage_pools.define(POOL.replace("fast", "slow").replace("f1", "f2"))
    other.start()
    assert other.volumes.find("/fast/disk") is None
    with pytest.raises(errors.StorageVolumeNotFound, match="nothing"):
        other.volumes["nothing"]
    with pytest.raises(TypeError, match="its name, key or path"):
        other.volumes[5]  # type: ignore[index]


def test_sizes_of_the_pool_follow_its_volumes(pool: StoragePool, host: virtsdk.Host) -> None:
    before = str(host.storage_pools)
    pool.volumes.create(DISK.format("disk"))
    assert str(host.storage_pools).splitlines()[1:] != before.splitlines()[1:]


def test_what_the_test_driver_does_not_carry(pool: StoragePool, tmp_path: Path) -> None:
    disk = pool.volumes.create(DISK.format("disk"))
    for verb in (
        lambda: disk.upload(b"x"),
        lambda: disk.download(tmp_path / "disk"),
        lambda: disk.read(0, 1),
        lambda: disk.resize(units.GiB(3)),
        lambda: disk.wipe(),
    ):
        with pytest.raises(errors.NotSupported, match="the test driver does not do that"):
            verb()
    assert list(tmp_path.iterdir()) == [tmp_path / "node.xml"]


def test_bad_arguments_never_reach_libvirt(pool: StoragePool, host: virtsdk.Host, tmp_path: Path) -> None:
    disk = pool.volumes.create(DISK.format("disk"))
    for kind, what, verb in (
        (ValueError, "offset must be at least 0", lambda: disk.upload(b"x", offset=-1)),
        (ValueError, "length must be at least 1", lambda: disk.read(0, 0)),
        (TypeError, "length must be a number of bytes", lambda: disk.read(0, 1.5)),
        (TypeError, "offset must be a number of bytes", lambda: disk.read(True)),
        (ValueError, "leave offset and length out", lambda: disk.upload(tmp_path, sparse=True, offset=1)),
        (ValueError, "fewer than the 3", lambda: disk.upload(b"x", length=3)),
        (ValueError, "resize", lambda: disk.upload(b"x", offset=1 << 30)),
        (TypeError, "a path or a binary file", lambda: disk.download(io.StringIO())),
        (TypeError, "a path or a binary file", lambda: disk.download(b"name")),
        (ValueError, "unknown algorithm 'magic'", lambda: disk.wipe("magic")),
        (TypeError, "capacity must be a number of bytes", lambda: disk.resize("2G")),
        (ValueError, "above 0", lambda: disk.resize(0)),
        (TypeError, "not 'disk'", lambda: pool.volumes.create(DISK.format("copy"), source="disk")),
    ):
        with pytest.raises(kind, match=what):
            verb()


def test_a_source_of_another_host(pool: StoragePool, node_file: NodeFile) -> None:
    disk = pool.volumes.create(DISK.format("disk"))
    with virtsdk.connect(node_file(domain_xml("other", 7))) as elsewhere:
        there = elsewhere.storage_pools.define(POOL)
        there.start()
        with pytest.raises(ValueError, match="another connection"):
            there.volumes.create(DISK.format("copy"), source=disk)


def test_nothing_is_sent_on_a_readonly_connection(node_file: NodeFile) -> None:
    node = f"<pool>{POOL.split('<pool')[1].split('>', 1)[1]}"
    with virtsdk.connect(node_file(node.replace("<pool>", "<pool type='dir'>")), readonly=True) as host:
        volumes = host.storage_pools["fast"].volumes
        with pytest.raises(errors.ReadOnly):
            volumes.create(DISK.format("disk"))
