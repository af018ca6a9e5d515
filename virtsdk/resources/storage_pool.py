"""Storage pools."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from virtsdk import errors
from virtsdk.binding.protocol import VirConnect, VirStoragePool
from virtsdk.binding.undecoded import decoded
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.base import raw_of
from virtsdk.resources.documents import as_document, children_of, for_c
from virtsdk.resources.domain import Domain
from virtsdk.resources.listed import Listed, Startable
from virtsdk.resources.storage_volume import StorageVolume
from virtsdk.resources.storage_volume.collection import StorageVolumes, find_volume
from virtsdk.resources.storage_volume.users import Wanted, find_users, wanted_of
from virtsdk.words import POOL_STATES, word_of

if TYPE_CHECKING:
    from os import PathLike

    from virtsdk.model import Model
    from virtsdk.models.storage_pool import StoragePoolDef, StoragePoolSource
    from virtsdk.models.storage_pool_capabilities import StoragePoolCapabilities


class StoragePool(Startable[VirStoragePool]):
    """A live handle on a storage pool.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     host.storage_pools["default-pool"].is_active
    True
    """

    kind: ClassVar[str] = "storage pool"

    def _lookup(self, conn: VirConnect) -> VirStoragePool:
        return conn.storagePoolLookupByUUIDString(self.key)

    def definition(self) -> StoragePoolDef:
        """Read its definition as a typed document.

        Returns
        -------
        StoragePoolDef
            Read from the host at that moment; changing it changes nothing there before it is defined again.
        """
        from virtsdk.models.storage_pool import StoragePoolDef

        return self._parsed(StoragePoolDef)

    @cached_property
    def volumes(self) -> StorageVolumes:
        """All its volumes; it has to be active."""
        return StorageVolumes(self)

    def domains(self) -> list[Domain]:
        """Find the domains that use one of its volumes, running or not; asks the host, not the guests.

        Returns
        -------
        list of Domain
            By name; see `StorageVolume.used_by`. While the pool is inactive its volumes' paths are not known,
            and only those domains are found that name the pool.
        """

        def wanted(conn: VirConnect) -> list[Wanted]:
            raw = raw_of(self, conn)
            volumes = raw.listAllVolumes(0) if raw.isActive() else []
            return [Wanted(None, self.name, None), *wanted_of(self.name, volumes)]

        return find_users(self._host, self.subject, wanted)

    def build(self, *, overwrite: bool = False) -> None:
        """Make what the pool stands on: a directory, a file system, a partition table.

        Parameters
        ----------
        overwrite
            Also where there is data already, which is lost.
        """
        self._change("build", lambda raw: raw.build(2 if overwrite else 0))

    def delete(self) -> None:
        """Remove what the pool stands on; its data is lost."""
        self._change("delete", lambda raw: raw.delete(0))

    def refresh(self) -> None:
        """Have the host look at its volumes again."""
        self._change("refresh", lambda raw: raw.refresh(0))


class StoragePools(Listed[StoragePool, VirStoragePool]):
    """All storage pools of a host.

    The frame has one row per pool: host, storage_pool (its UUID), name, state (``running``, ``inactive``
    ...), persistent, autostart, capacity_bytes, allocation_bytes, available_bytes (missing while it is
    inactive).
    Sizes take one call per pool: libvirt has no bulk form.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     host.storage_pools.frame()["capacity_bytes"].tolist()
    [107374182400]
    """

    _handle_class = StoragePool
    _noun: ClassVar[str] = "storage pool"
    _key_column: ClassVar[str] = "storage_pool"
    _missing: ClassVar[type[errors.NotFound]] = errors.StoragePoolNotFound
    _columns: ClassVar[Mapping[str, str]] = {
        "storage_pool": "str",
        "name": "str",
        "state": "str",
        "persistent": "boolean",
        "autostart": "boolean",
        "capacity_bytes": "Int64",
        "allocation_bytes": "Int64",
        "available_bytes": "Int64",
    }
    _filters: ClassVar[Mapping[str, str]] = {
        "persistent": "VIR_CONNECT_LIST_STORAGE_POOLS_PERSISTENT",
        "autostart": "VIR_CONNECT_LIST_STORAGE_POOLS_AUTOSTART",
    }

    def _all(self, conn: VirConnect, flags: int) -> list[VirStoragePool]:
        return conn.listAllStoragePools(flags)

    def _find_name(self, conn: VirConnect, name: str) -> VirStoragePool:
        return conn.storagePoolLookupByName(name)

    def _find_uuid(self, conn: VirConnect, uuid: str) -> VirStoragePool:
        return conn.storagePoolLookupByUUIDString(uuid)

    def _identity(self, raw: VirStoragePool) -> tuple[str, str]:
        return raw.name(), raw.UUIDString()

    def _more(self, raw: VirStoragePool) -> dict[str, object]:
        state, capacity, allocation, available = raw.info()
        word = word_of(POOL_STATES, state)
        if word == "inactive":
            return {"state": word}
        return {
            "state": word,
            "capacity_bytes": capacity,
            "allocation_bytes": allocation,
            "available_bytes": available,
        }

    def volume(self, path: str) -> StorageVolume:
        """Find a volume by its path or its key, whatever pool it is in.

        Parameters
        ----------
        path
            The path on the host, or the volume's key.

        Raises
        ------
        StorageVolumeNotFound
            No active pool has it; what was made behind libvirt's back is seen after `StoragePool.refresh`.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.storage_pools.volume("/default-pool/none.img")
        Traceback (most recent call last):
          ...
        virtsdk.errors.StorageVolumeNotFound: no active storage pool of ... has '/default-pool/none.img'
        """
        found = find_volume(self._session, path)
        if found is None:
            raise errors.StorageVolumeNotFound(
                f"no active storage pool of {self._host.name} has {path!r}",
                operation="find",
                subject=f"storage volume {path!r}",
            )
        volume, pool = found
        return StorageVolume(self._handle(pool), volume)

    def at(self, path: str | PathLike[str]) -> StoragePool:
        """Find the pool whose volumes are in a directory of the host.

        Parameters
        ----------
        path
            The pool's target, absolute.

        Returns
        -------
        StoragePool
            Its handle.

        Raises
        ------
        StoragePoolNotFound
            None is there; `volume` finds a volume by its path.
        """
        place = os.fspath(path)
        if not place.startswith("/"):
            raise ValueError(f"path must be absolute, not {place!r}")
        return self._session.call(
            "find",
            f"{self._noun} at {place!r}",
            lambda conn: self._looked_at(conn.storagePoolLookupByTargetPath(for_c(place))),
        )

    def discover(
        self, kind: str, source: Model | str | None = None, *, timeout: float | None = None
    ) -> list[StoragePoolSource]:
        """Have the host look for storage that a pool could be made of.

        Parameters
        ----------
        kind
            The pool's type: ``"logical"`` (volume groups), ``"netfs"`` (exports of a server), ``"iscsi"``
            (targets of a server), ``"scsi"``, ``"gluster"``.
        source
            Where to look, for those of a server: a `StoragePoolSource`, or XML text, with its ``<host>``.
        timeout
            Seconds; None for the connection's own. A server may take long to answer.

        Returns
        -------
        list of StoragePoolSource
            Each can be the source of a `StoragePoolDef`.

        Raises
        ------
        NotSupported
            Pools of this kind are not looked for, or the driver does not look.
        OperationFailed
            There is nothing to be found; the host lacks the program that looks.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     [one.names for one in host.storage_pools.discover("logical")]
        [['testvg1'], ['testvg2']]
        """
        from virtsdk import xml
        from virtsdk.models.storage_pool import StoragePoolSource

        where = None if source is None else as_document(source)
        subject = f"the storage of {self._host.name}"
        operation = f"look for {kind} pools in"
        self._session.refuse_readonly(operation, subject)  # as libvirt does
        document = self._session.call(
            operation,
            subject,
            lambda conn: decoded(conn.findStoragePoolSources, for_c(kind), where, 0),
            timeout=timeout,
        )
        return [xml.parse(one, StoragePoolSource) for one in children_of(document)]

    def capabilities(self) -> StoragePoolCapabilities:
        """Read which kinds of pools the host can have, and their formats.

        Returns
        -------
        StoragePoolCapabilities
            The typed document.

        Raises
        ------
        NotSupported
            The driver does not tell.
        """
        from virtsdk import xml
        from virtsdk.models.storage_pool_capabilities import StoragePoolCapabilities

        document = self._session.call(
            "read the capabilities of the",
            self.subject,
            lambda conn: decoded(conn.getStoragePoolCapabilities, 0),
        )
        return xml.parse(document, StoragePoolCapabilities)

    @shows_no_variables
    def define(self, definition: Model | str) -> StoragePool:
        """Define a pool, or change the definition of the one that has its UUID; it is not started.

        Parameters
        ----------
        definition
            A `StoragePoolDef`, or libvirt's XML text.

        Returns
        -------
        StoragePool
            Its handle.

        Raises
        ------
        XmlError
            libvirt does not take the document; the message says why.
        AlreadyExists
            Another pool has its name, or its source.
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        return self._made("define", definition, lambda conn, text: conn.storagePoolDefineXML(text, 0))

    @shows_no_variables
    def create(self, definition: Model | str) -> StoragePool:
        """Start a transient pool, which is gone once it stops.

        Parameters
        ----------
        definition
            A `StoragePoolDef`, or libvirt's XML text.

        Returns
        -------
        StoragePool
            Its handle.

        Raises
        ------
        XmlError
            libvirt does not take the document; the message says why.
        AlreadyExists
            A pool of its name, or with its source, is there.
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        return self._made("create", definition, lambda conn, text: conn.storagePoolCreateXML(text, 0))
