"""The volumes of a storage pool."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect, VirStoragePool, VirStorageVol
from virtsdk.binding.session import Session
from virtsdk.binding.undecoded import decoded, in_escapes
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.base import raw_of
from virtsdk.resources.documents import for_c
from virtsdk.resources.listed import Listed
from virtsdk.resources.storage_volume import StorageVolume
from virtsdk.resources.storage_volume.values import ESCAPE, VolumeFacts, volume_named

if TYPE_CHECKING:
    from virtsdk.model import Model
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

    _handle_class = StorageVolume
    _noun: ClassVar[str] = "storage volume"
    _key_column: ClassVar[str] = "storage_volume"
    _missing: ClassVar[type[errors.NotFound]] = errors.StorageVolumeNotFound
    _columns: ClassVar[Mapping[str, str]] = {
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
        return raw_of(self._pool, conn).listAllVolumes(flags)

    def _find_name(self, conn: VirConnect, name: str) -> VirStorageVol:
        return volume_named(raw_of(self._pool, conn), name)

    def _handle(self, raw: VirStorageVol, last_seen: Mapping[str, object] | None = None) -> StorageVolume:
        return StorageVolume(self._pool, raw, last_seen)

    def _identity(self, raw: VirStorageVol) -> tuple[str, str]:
        return decoded(raw.name), decoded(raw.key)

    def _more(self, raw: VirStorageVol) -> dict[str, object]:
        pool = {"storage_pool": self._pool.uuid, "storage_pool_name": self._pool.name}
        return {**pool, **VolumeFacts.of(decoded(raw.XMLDesc, 0)).glance()}

    def _glances(self, items: list[StorageVolume]) -> tuple[list[str], list[list[object]]]:
        names, rows = super()._glances(items)
        kept = [place for place, name in enumerate(names) if not name.startswith("storage_pool")]
        return [names[place] for place in kept], [[row[place] for place in kept] for row in rows]

    def get(self, key: str | uuids.UUID) -> StorageVolume:
        """Look one up by name, or else by key or path.

        Parameters
        ----------
        key
            Its name, its key or its path on the host.

        Raises
        ------
        StorageVolumeNotFound
            The pool has none.
        """
        return super().get(key)

    def _search(self, key: str | uuids.UUID) -> StorageVolume:
        if not isinstance(key, str):
            raise TypeError(
                f"the key of a storage volume must be its name, key or path, not {type(key).__name__}"
            )
        try:
            return self._by_name(key := for_c(key, "surrogateescape"))
        except errors.StorageVolumeNotFound:
            found = find_volume(self._session, key)
            if found is None or found[1].UUIDString() != self._pool.key:
                raise
        return self._handle(found[0])

    @shows_no_variables
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
        if not isinstance(source, StorageVolume | None):
            raise TypeError(f"source must be a StorageVolume, pool.volumes[...], not {source!r}")
        if source is not None and source.host.session is not self._session:
            raise ValueError(
                f"{source.subject} is on another connection; download() it there and upload() it here"
            )
        flags = (flag("VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA") if preallocate_metadata else 0) | (
            flag("VIR_STORAGE_VOL_CREATE_REFLINK") if reflink else 0
        )

        def make(conn: VirConnect, document: str) -> VirStorageVol:
            pool = raw_of(self._pool, conn)
            if source is None:
                return pool.createXML(document, flags)
            return pool.createXMLFrom(document, raw_of(source, conn), flags)

        return self._send("create", definition, make, self._handle, timeout=timeout)


def find_volume(session: Session, path_or_key: str) -> tuple[VirStorageVol, VirStoragePool] | None:
    """Find a volume of any active pool by its path or else its key, and its pool; None where none has it."""
    wanted = in_escapes(path_or_key)
    subject = f"storage volume {wanted!r}"

    def look_up(conn: VirConnect) -> tuple[VirStorageVol, VirStoragePool]:
        try:
            with session.translated(conn, "find", subject):
                raw = conn.storageVolLookupByPath(wanted)
        except errors.NotFound:
            escaped = _by_escapes(conn, wanted)
            if escaped is not None:
                return escaped
            raw = conn.storageVolLookupByKey(wanted)
        return raw, raw.storagePoolLookupByVolume()

    try:
        return session.call("find", subject, look_up)
    except errors.StorageVolumeNotFound:
        return None


def _by_escapes(conn: VirConnect, text: str) -> tuple[VirStorageVol, VirStoragePool] | None:
    """Find what cannot be asked for by its path or key, since they are not UTF-8."""
    if ESCAPE not in text:
        return None
    for pool in conn.listAllStoragePools(flag("VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE")):
        for raw in pool.listAllVolumes(0):
            if text in {decoded(raw.path), decoded(raw.key)}:
                return raw, pool
    return None
