"""The tab of the storage pools, and the volumes of one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from virtsdk.errors import StoragePoolNotFound, StorageVolumeNotFound, VirtError
from virtsdk.tables.columns import Column, by_key
from virtsdk.tables.kinds.kind import Kind, Within
from virtsdk.tables.verbs import POOL_VERBS
from virtsdk.words import POOL_STATES

if TYPE_CHECKING:
    from virtsdk.resources.host import Host
    from virtsdk.resources.storage_pool import StoragePool
    from virtsdk.resources.storage_volume import StorageVolume
    from virtsdk.tables.source import Source


def _read_pools(source: Source, _within: Within | None) -> pd.DataFrame:
    """Read the pools of a host.

    Returns
    -------
    pandas.DataFrame
        The columns of ``host.storage_pools.frame()``, then type (``dir``, ``logical`` ...), which takes a
        call per pool.
    """
    pools = source.host.storage_pools
    frame = pools.frame()
    handles = {one.key: one for one in pools.last_seen or ()}
    types = [_type_of(handles[key]) if key in handles else None for key in frame["storage_pool"]]
    return frame.assign(type=pd.Series(types, index=frame.index, dtype="str"))


def _type_of(pool: StoragePool) -> str | None:
    try:
        return pool.definition().type
    except VirtError:  # gone meanwhile
        return None


def _read_volumes(source: Source, within: Within | None) -> pd.DataFrame:
    """Read the volumes of one pool: the columns of ``pool.volumes.frame()``, a call per volume."""
    assert within is not None
    return source.host.storage_pools[within.uuid].volumes.frame()


def _pool(host: Host, uuid: str, _within: Within | None) -> StoragePool:
    return host.storage_pools[uuid]


def _volume(host: Host, key: str, within: Within | None) -> StorageVolume:
    assert within is not None
    return host.storage_pools[within.uuid].volumes[key]


def _of_capacity(key: str, title: str, hint: str) -> Column:
    return Column(
        key, title, f"{hint}; a full bar is its capacity", "bytes", f"{key}_bytes", 8, of="capacity"
    )


POOLS = Kind(
    tab="pools",
    noun="storage pool",
    columns=by_key(
        Column("name", "Name", "The pool's name", "text", "name"),
        Column("host", "Host", "The host that it is on", "text", "host", 10),
        Column("state", "State", "libvirt's state of it", "text", "state", 8.5),
        Column("type", "Type", "What it stands on", "text", "type", 6),
        Column("capacity", "Capacity", "What it holds", "bytes", "capacity_bytes", 7.5),
        _of_capacity("allocation", "Allocated", "Taken"),
        _of_capacity("available", "Available", "Left"),
        Column("autostart", "Autostart", "Whether it starts with its host", "flag", "autostart", 7),
        Column(
            "persistent", "Persistent", "Whether it stays defined while it is off", "flag", "persistent", 7.5
        ),
    ),
    key="storage_pool",
    read=_read_pools,
    follows=("storage_pool",),
    feature="storage_pools",
    missing=StoragePoolNotFound,
    verbs=POOL_VERBS,
    collection="storage_pools",
    handle=_pool,
    states=POOL_STATES,
    dots={"running": "good", "building": "wait", "degraded": "bad", "inaccessible": "bad"},
)

VOLUMES = Kind(
    tab="pools",
    noun="volume",
    columns=by_key(
        Column("name", "Name", "The volume's name", "text", "name"),
        Column("type", "Type", "A file, a block device ...", "text", "type", 6),
        Column("format", "Format", "How it is written", "text", "format", 6),
        Column("capacity", "Capacity", "What its guest sees", "bytes", "capacity_bytes", 7.5),
        _of_capacity("allocation", "Allocated", "Taken in the pool"),
        Column("path", "Path", "Where it is on its host", "text", "path", 20),
    ),
    key="storage_volume",
    read=_read_volumes,
    beat=30.0,
    follows=("storage_pool",),
    feature="storage_pools",
    missing=StorageVolumeNotFound,
    handle=_volume,
)
