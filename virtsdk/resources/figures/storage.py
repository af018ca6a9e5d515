"""Figures of storage pools and their volumes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from virtsdk import errors, xml
from virtsdk.binding.calls import translated
from virtsdk.binding.protocol import VirConnect
from virtsdk.binding.undecoded import decoded
from virtsdk.models.storage_pool import StoragePoolDef
from virtsdk.resources.figures.clock import timed
from virtsdk.stats.samples.storage import StorageStats, storage_frames
from virtsdk.words import POOL_STATES, VOLUME_TYPES, word_of

if TYPE_CHECKING:
    from virtsdk.resources.host import Host


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
    volumes: list[tuple[str, str, str, int, int]]  #: name, path, type, capacity, allocation


def read_storage_figures(conn: VirConnect, *, volumes: bool) -> list[PoolFigures]:
    """Read all pools and, where asked for, the volumes of those that are active."""
    pools: list[Any] = getattr(conn, "listAllStoragePools")(0)  # noqa: B009 - not in the protocol
    return [_pool(pool, volumes=volumes) for pool in pools]


def _pool(pool: Any, *, volumes: bool) -> PoolFigures:
    state, capacity, allocation, available = pool.info()
    inside = [_volume(one) for one in pool.listAllVolumes(0)] if volumes and pool.isActive() else []
    return PoolFigures(
        name=pool.name(),
        uuid=pool.UUIDString(),
        state=state,
        capacity=capacity,
        allocation=allocation,
        available=available,
        autostart=bool(pool.autostart()),
        document=decoded(pool.XMLDesc, 0),
        volumes=sorted(one for one in inside if one is not None),
    )


def _volume(volume: Any) -> tuple[str, str, str, int, int] | None:
    try:
        with translated("read", f"volume {decoded(volume.name)!r}"):
            kind, capacity, allocation = volume.info()
            path = decoded(volume.path)
    except errors.NotFound:  # deleted meanwhile
        return None
    return (
        decoded(volume.name), path, word_of(VOLUME_TYPES, int(kind)), int(capacity), int(allocation),
    )  # fmt: skip


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
