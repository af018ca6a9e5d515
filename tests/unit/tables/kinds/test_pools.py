"""The tab of the pools, and the volumes of the one that is opened."""

from __future__ import annotations

import pytest

import virtsdk
from tests.waiting import until
from virtsdk.resources.storage_volume.collection import StorageVolumes

VOLUME = (
    "<volume><name>{}</name><capacity unit='GiB'>{}</capacity><allocation unit='GiB'>1</allocation></volume>"
)


@pytest.fixture
def host():
    with virtsdk.connect("test:///default") as host:
        volumes = host.storage_pools["default-pool"].volumes
        for name, size in [("a2", 4), ("a10", 30)]:
            volumes.create(VOLUME.format(name, size))
        host.storage_pools.define(
            "<pool type='logical'><name>spare</name><source><name>vg</name></source>"
            "<target><path>/dev/vg</path></target></pool>"
        )
        yield host


@pytest.fixture
def explorer(host):
    with host.explore() as explorer:
        explorer.tab = "pools"
        yield explorer


def test_sizes_are_numbers_and_shares(explorer, host: virtsdk.Host) -> None:
    frame = explorer.frame.set_index("name")
    assert frame.index.tolist() == ["default-pool", "spare"]
    assert frame["type"].tolist() == ["dir", "logical"]
    assert frame["available_bytes"].isna().tolist() == [False, True]
    row = explorer.rows[host.storage_pools["default-pool"].uuid]
    assert row["allocation"] + row["available"] == row["capacity"]
    of = {one["key"]: one["of"] for one in explorer.known_columns}
    assert of["allocation"] == of["available"] == "capacity"
    explorer.filter = "available>10GiB type:dir"
    assert explorer.frame["name"].tolist() == ["default-pool"]
    with pytest.raises(ValueError, match="available must be compared with a size, as in available>4GiB"):
        explorer.filter = "available>10"
    explorer.filter, explorer.sort = "", "-available"
    assert explorer.frame["name"].tolist() == ["default-pool", "spare"]  # what is not known comes last
    explorer.start("spare")
    assert explorer.frame["state"].tolist() == ["running", "running"]
    explorer.stop("default-pool")
    assert explorer.code.splitlines()[-1] == "host.storage_pools['default-pool'].destroy()"


def test_volumes_are_read_when_their_pool_is_opened(explorer, host, monkeypatch) -> None:
    asked: list[str] = []
    frame = StorageVolumes.frame
    monkeypatch.setattr(StorageVolumes, "frame", lambda self: asked.append(self._pool.name) or frame(self))
    explorer.filter = "state:running"
    with pytest.raises(virtsdk.errors.InvalidState, match="0 pools are selected: volumes are of one"):
        explorer.volumes()
    explorer.select("default-pool")
    assert asked == []
    explorer.volumes()
    assert asked
    assert (explorer.tab, explorer.pool, explorer.noun, explorer.filter) == (
        "pools",
        "default-pool",
        "volume",
        "",
    )
    assert explorer.frame["name"].tolist() == ["a2", "a10"]
    explorer.filter = "capacity>10GiB"
    assert explorer.frame["name"].tolist() == ["a10"]
    explorer.select("a10")
    (handle,) = explorer.handles
    assert handle == host.storage_pools["default-pool"].volumes["a10"]
    assert repr(explorer).endswith("2 volumes of default-pool, a10 selected>")
    with pytest.raises(virtsdk.errors.StorageVolumeNotFound):
        explorer.select("nothing")
    with pytest.raises(virtsdk.errors.InvalidState, match="there is none"):
        explorer.start()
    host.storage_pools["default-pool"].volumes.create(VOLUME.format("a3", 1))
    explorer.filter = ""
    explorer.refresh()
    assert explorer.frame["name"].tolist() == ["a2", "a3", "a10"]
    explorer.close_volumes()
    assert (explorer.tab, explorer.pool, explorer.filter) == ("pools", "", "state:running")
    assert explorer.selection["name"].tolist() == ["default-pool"]
    explorer.tab = "guests"
    explorer.volumes("default-pool")  # by name, from any tab
    assert (explorer.tab, explorer.noun) == ("pools", "volume")
    explorer.tab = "guests"
    explorer.tab = "pools"
    assert explorer.pool == ""


def test_what_has_no_volumes_says_why(explorer, host: virtsdk.Host) -> None:
    with pytest.raises(virtsdk.VirtError, match="spare"):
        explorer.volumes("spare")  # is inactive
    assert explorer.noun == "storage pool"
    with pytest.raises(virtsdk.errors.StoragePoolNotFound):
        explorer.volumes("nothing")
    explorer.refresh()
    spare = host.storage_pools["spare"].uuid
    explorer._on_message(explorer, {"kind": "volumes", "keys": [spare]}, [])
    until(lambda: explorer.status_level == "error" and "spare" in explorer.status)
    default = host.storage_pools["default-pool"]
    explorer._on_message(explorer, {"kind": "volumes", "keys": [default.uuid]}, [])
    until(lambda: explorer.pool == "default-pool")
    explorer._on_message(explorer, {"kind": "close_volumes"}, [])
    until(lambda: explorer.pool == "")


def test_a_pool_that_goes_closes_its_volumes(explorer, host: virtsdk.Host) -> None:
    explorer.volumes("default-pool")
    pool = host.storage_pools["default-pool"]
    pool.destroy()
    pool.undefine()
    until(lambda: explorer.pool == "")
    until(lambda: explorer.frame["name"].tolist() == ["spare"])
