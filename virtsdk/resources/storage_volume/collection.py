"""The volumes of a storage pool."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect, VirStoragePool, VirStorageVol
from virtsdk.resources.base import as_document
from virtsdk.resources.listed import Listed
from virtsdk.resources.storage_volume import StorageVolume
from virtsdk.resources.storage_volume.values import VolumeFacts

if TYPE_CHECKING:
    from virtsdk.model import Model
    from virtsdk.resources.host import Host
    from virtsdk.resources.storage_pool import StoragePool


class StorageVolumes(Listed[StorageVolume, VirStorageVol]):
    """All volumes of a storage pool: ``pool.volumes``, by name, key or path.

    The frame has one row per volume: host, storage_pool (its pool's UUID), storage_pool_name, storage_volume
    (libvirt's key: a volume has no UUID), name, path, type (``file``, ``block`` ...), format (``raw``,
    ``qcow2`` ...), capacity_bytes, allocation_bytes. That takes one call per volume: libvirt's list has only
    their names.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     len(host.storage_pools["default-pool"].volumes.frame())
    0
    """

    noun: ClassVar[str] = "storage volume"
    key_column: ClassVar[str] = "storage_volume"
    missing: ClassVar[type[errors.NotFound]] = errors.StorageVolumeNotFound
    columns: ClassVar[Mapping[str, str]] = {
        "storage_pool": "str",
        "storage_pool_name": "str",
        "storage_volume": "str",
        "name": "str",
        "path": "str",
        "type": "str",
        "format": "str",
        "capacity_bytes": "Int64",
        "allocation_bytes": "Int64",
    }

    def __init__(self, pool: StoragePool) -> None:
        super().__init__(pool.host)
        self._pool = pool

    @property
    def subject(self) -> str:
        """Their name in messages."""
        return f"storage volumes of {self._pool.subject}"

    @property
    def _place(self) -> str:
        return f"{self._host.name} in {self._pool.name}"

    def _all(self, conn: VirConnect, flags: int) -> list[VirStorageVol]:
        return self._pool.raw(conn).listAllVolumes(flags)

    def _find_name(self, conn: VirConnect, name: str) -> VirStorageVol:
        return self._pool.raw(conn).storageVolLookupByName(name)

    def _handle(self, raw: VirStorageVol) -> StorageVolume:
        return StorageVolume(self._pool, raw)

    def _key(self, raw: VirStorageVol) -> str:
        return raw.key()

    def _more(self, conn: VirConnect, raw: VirStorageVol, known: Mapping[str, object]) -> dict[str, object]:
        return self._glance(raw)

    def _glance(self, raw: VirStorageVol) -> dict[str, object]:
        pool = {"storage_pool": self._pool.uuid, "storage_pool_name": self._pool.name}
        return {**pool, **VolumeFacts.of(raw.XMLDesc(0)).glance()}

    def _glances(self, items: list[StorageVolume]) -> tuple[list[str], list[list[object]]]:
        names, rows = super()._glances(items)
        kept = [place for place, name in enumerate(names) if not name.startswith("storage_pool")]
        return [names[place] for place in kept], [[row[place] for place in kept] for row in rows]

    def get(self, key: str | uuids.UUID) -> StorageVolume:
        """Look one up by name, or else by key or path.

        Raises
        ------
        StorageVolumeNotFound
            The pool has none.
        """
        if not isinstance(key, str):
            raise TypeError(
                f"a storage volume is looked up by name, key or path, not by {type(key).__name__}"
            )
        try:
            return self._by_name(key)
        except errors.StorageVolumeNotFound:
            found = volume_anywhere(self._host, key)
            if found is None or found.pool != self._pool:
                raise
        return found

    def outdated(self) -> None:
        """Note that something was changed here; the sizes of the pool are others, too."""
        super().outdated()
        self._host.storage_pools.outdated()

    def create(
        self,
        definition: Model | str,
        *,
        source: StorageVolume | None = None,
        preallocate_metadata: bool = False,
        reflink: bool = False,
        timeout: float | None = None,
    ) -> StorageVolume:
        """Make a volume, empty or as a copy of another.

        Parameters
        ----------
        definition
            A ``StorageVolumeDef``, or XML.
        source
            The volume to copy, of this host: in the format of the definition, and at least with the capacity
            of the source.
        preallocate_metadata
            Of a qcow2 image, all of its tables.
        reflink
            Share the data of the source until either is changed, where the file system can (btrfs, XFS).
        timeout
            Seconds to wait for the call, which itself goes on after `TimedOut`; None for the connection's
            own.

        Raises
        ------
        StorageVolumeExists
            The pool has one of that name.
        """
        if not isinstance(source, StorageVolume | None):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"source is a StorageVolume, pool.volumes[...], not {source!r}")
        if source is not None and source.host.session is not self._session:
            raise ValueError(
                f"{source.subject} is on another connection; download() it there and upload() it here"
            )
        document = as_document(definition)
        flags = (flag("VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA") if preallocate_metadata else 0) | (
            flag("VIR_STORAGE_VOL_CREATE_REFLINK") if reflink else 0
        )

        def make(conn: VirConnect) -> VirStorageVol:
            pool = self._pool.raw(conn)
            if source is None:
                return pool.createXML(document, flags)
            return pool.createXMLFrom(document, source.raw(conn), flags)

        raw = self._session.call("create one of", self.subject, make, changes=True, timeout=timeout)
        self.outdated()
        return self._handle(raw)


def volume_anywhere(host: Host, path_or_key: str) -> StorageVolume | None:
    """Look a volume up in all active pools of a host, by its path or else its key; None where none has it."""

    def look_up(conn: VirConnect) -> tuple[VirStorageVol, VirStoragePool]:
        try:
            with host.session.translated(conn, "find", f"storage volume {path_or_key!r}"):
                raw = conn.storageVolLookupByPath(path_or_key)
        except errors.NotFound:
            raw = conn.storageVolLookupByKey(path_or_key)
        return raw, raw.storagePoolLookupByVolume()

    try:
        raw, pool = host.session.call("find", f"storage volume {path_or_key!r}", look_up)
    except errors.StorageVolumeNotFound:
        return None
    return StorageVolume(host.storage_pools.handle(pool), raw)
