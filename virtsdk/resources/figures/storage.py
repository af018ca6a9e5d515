"""Figures of storage pools and their volumes."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from virtsdk import errors, xml
from virtsdk.binding.calls import translated
from virtsdk.binding.protocol import VirConnect, VirStoragePool, VirStorageVol
from virtsdk.binding.undecoded import decoded
from virtsdk.binding.upkeep.farewell import alive
from virtsdk.models.storage_pool import StoragePoolDef
from virtsdk.resources.figures.clock import timed
from virtsdk.stats.samples.storage import StorageStats, storage_frames
from virtsdk.words import POOL_STATES, VOLUME_TYPES, word_of

if TYPE_CHECKING:
    from virtsdk.resources.host import Host

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PoolFigures:
    """A storage pool: libvirt's numbers, and what its document says of it."""

    name: str
    uuid: str
    state: int
    capacity: int
    allocation: int
    available: int
    autostart: bool
    document: str
    volumes: list[VolumeFigures]


class VolumeFigures(NamedTuple):
    """A storage volume; without type and sizes where they could not be read."""

    name: str
    path: str
    type: str | None = None
    capacity: int | None = None
    allocation: int | None = None


_GONE = errors.NotFound
_UNREADABLE = (errors.OperationFailed, errors.InternalError, errors.AccessDenied, errors.InvalidState)


def read_storage_figures(conn: VirConnect, *, volumes: bool) -> list[PoolFigures]:
    """Read all pools and, where asked for, the volumes of those that are active.

    One pool or volume that is gone meanwhile or cannot be read, since its file is gone, hides no other.
    """
    found: list[PoolFigures] = []
    for pool in conn.listAllStoragePools(0):
        try:
            with _translated(conn, f"storage pool {pool.name()!r}"):
                found.append(_pool(conn, pool, volumes=volumes))
        except (_GONE, *_UNREADABLE) as error:
            _log.info("%s", error)
    return found


def _translated(conn: VirConnect, subject: str) -> AbstractContextManager[None]:
    return translated("read the figures of", subject, alive=lambda: alive(conn))


def _pool(conn: VirConnect, pool: VirStoragePool, *, volumes: bool) -> PoolFigures:
    state, capacity, allocation, available = pool.info()
    inside = [_volume(conn, one) for one in pool.listAllVolumes(0)] if volumes and pool.isActive() else []
    return PoolFigures(
        name=pool.name(),
        uuid=pool.UUIDString(),
        state=state,
        capacity=capacity,
        allocation=allocation,
        available=available,
        autostart=bool(pool.autostart()),
        document=decoded(pool.XMLDesc, 0),
        volumes=sorted((one for one in inside if one is not None), key=lambda one: one.name),
    )


def _volume(conn: VirConnect, volume: VirStorageVol) -> VolumeFigures | None:
    name = decoded(volume.name)
    try:
        with _translated(conn, f"storage volume {name!r}"):
            kind, capacity, allocation = volume.info()
            return VolumeFigures(
                name, decoded(volume.path), word_of(VOLUME_TYPES, kind), capacity, allocation
            )
    except _GONE:
        return None
    except _UNREADABLE as error:
        _log.info("%s", error)
    with _translated(conn, f"storage volume {name!r}"):
        return VolumeFigures(name, decoded(volume.path))


def collect_storage(host: Host, *, volumes: bool = True, timeout: float | None = None) -> StorageStats:
    """Read the sizes of pools and volumes; `Host.storage_stats` is the same.

    Parameters
    ----------
    host
        An open host.
    volumes
        Read the volumes too: one call each.
    timeout
        Seconds; None for the connection's own.
    """
    pools, moment = timed(
        lambda: host.session.call(
            "read the storage of",
            f"host {host.name!r}",
            lambda conn: read_storage_figures(conn, volumes=volumes),
            timeout=timeout,
        )
    )
    rows: dict[str, list[dict[str, object]]] = {"storage.pools": [], "storage.volumes": []}
    for pool in sorted(pools, key=lambda one: one.name):
        document = xml.parse(pool.document, StoragePoolDef)
        active = word_of(POOL_STATES, pool.state) != "inactive"
        rows["storage.pools"].append(
            {
                "storage_pool": pool.uuid,
                "name": pool.name,
                "type": None if document.type is None else str(document.type),
                "state": pool.state,
                "autostart": pool.autostart,
                "path": document.target.path if document.target else None,
                "capacity": pool.capacity if active else None,
                "allocation": pool.allocation if active else None,
                "available": pool.available if active else None,
            }
        )
        for name, path, kind, capacity, allocation in pool.volumes:
            rows["storage.volumes"].append(
                {
                    "storage_pool": pool.uuid, "storage_pool_name": pool.name, "name": name, "path": path,
                    "type": kind, "capacity": capacity, "allocation": allocation,
                }
            )  # fmt: skip
    return storage_frames(rows, host=host.name, time=moment.time)
