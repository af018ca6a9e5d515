"""A storage volume: an image, a logical volume, a LUN in a storage pool."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

from virtsdk import errors
from virtsdk.binding.library import constants, flag
from virtsdk.binding.protocol import VirConnect, VirStorageVol
from virtsdk.binding.undecoded import decoded
from virtsdk.display import text
from virtsdk.errors.frames import callers_level
from virtsdk.resources.base import raw_of
from virtsdk.resources.sight import Look
from virtsdk.resources.storage_volume.transfer import TransferVerbs
from virtsdk.resources.storage_volume.users import Wanted, find_users, wanted_of
from virtsdk.resources.storage_volume.values import VolumeFacts, VolumeSizes, volume_named

if TYPE_CHECKING:
    from virtsdk.models.storage_volume import StorageVolumeDef
    from virtsdk.resources.domain import Domain
    from virtsdk.resources.storage_pool import StoragePool

_log = logging.getLogger(__name__)


class StorageVolume(TransferVerbs):
    """A live handle on a storage volume.

    Transfers carry the volume as it lies there: of a qcow2 image the file, not what a guest sees in it. What
    is interrupted (Ctrl-C) or takes too long is ended on the host at once, or as soon as the host answers
    again.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     volumes = host.storage_pools["default-pool"].volumes
    ...     volume = volumes.create("<volume><name>new</name><capacity unit='GiB'>1</capacity></volume>")
    ...     print(volume.path, volume.capacity_bytes)
    ...     volume.delete()
    /default-pool/new 1073741824
    """

    kind: ClassVar[str] = "storage volume"

    def __init__(
        self, pool: StoragePool, raw: VirStorageVol, last_seen: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(pool.host, raw, decoded(raw.name), decoded(raw.key), last_seen)
        self._pool = pool

    def _lookup(self, conn: VirConnect) -> VirStorageVol:
        return volume_named(raw_of(self._pool, conn), self._name)

    @property
    def pool(self) -> StoragePool:
        """The pool that it is in."""
        return self._pool

    @property
    def path(self) -> str:
        """Its path on the host; asks the host."""
        return self._call("read the path of", lambda raw: decoded(raw.path))

    @property
    def type(self) -> str:
        """``"file"``, ``"block"`` ...; asks the host."""
        return self.refresh().type

    @property
    def capacity_bytes(self) -> int:
        """The size that a guest sees; asks the host."""
        return self.refresh().capacity_bytes

    @property
    def allocation_bytes(self) -> int:
        """The space that it takes; asks the host."""
        return self.refresh().allocation_bytes

    def refresh(self, *, timeout: float | None = None) -> VolumeSizes:
        """Read its type and sizes, which the repr shows too; `StoragePool.refresh` has the host look.

        Parameters
        ----------
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        VolumeSizes
            ``.type``, ``.capacity_bytes`` and ``.allocation_bytes``.

        Raises
        ------
        StorageVolumeNotFound
            It is gone.
        """
        sizes = self._call("read the size of", lambda raw: VolumeSizes.of_info(raw.info()), timeout=timeout)
        self._see({**self._last_seen, **vars(sizes)})
        return sizes

    def definition(self) -> StorageVolumeDef:
        """Read its definition as a typed document.

        Returns
        -------
        StorageVolumeDef
            Read from the host at that moment; changing it changes nothing there before it is defined again.
        """
        from virtsdk.models.storage_volume import StorageVolumeDef

        return self._parsed(StorageVolumeDef)

    # --- changing it ------------------------------------------------------------

    def delete(self, *, snapshots: bool = False, in_use: bool = False, timeout: float | None = None) -> None:
        """Remove it with all its data.

        Parameters
        ----------
        snapshots
            With its snapshots, where the pool keeps some (RBD); libvirt refuses otherwise.
        in_use
            Also while a running guest of this host uses it, as a disk or below one.
        timeout
            Seconds to wait for the call, which itself goes on after `TimedOut`; None for the connection's
            own.

        Raises
        ------
        ResourceBusy
            A running guest of this host uses it, and `in_use` was not said.
        """
        flags = flag("VIR_STORAGE_VOL_DELETE_WITH_SNAPSHOTS") if snapshots else 0
        delete = self._guarded("delete", lambda raw: raw.delete(flags), in_use)
        self._change("delete", delete, timeout=timeout)

    def resize(
        self,
        capacity: int,
        *,
        allocate: bool = False,
        shrink: bool = False,
        in_use: bool = False,
        timeout: float | None = None,
    ) -> None:
        """Change its capacity; a guest that has it as a disk is told by other means.

        Parameters
        ----------
        capacity
            The new size in bytes, for example ``units.GiB(20)``.
        allocate
            Take the space at once.
        shrink
            Allow a smaller size, which loses what is beyond it.
        in_use
            Allow `shrink` also while a running guest of this host uses it.
        timeout
            As for `delete`.

        Raises
        ------
        ResourceBusy
            A running guest of this host uses it. Of an image (qcow2 ...) it holds the lock, whatever is said.
        """
        if isinstance(capacity, bool) or not isinstance(capacity, int):
            raise TypeError(f"capacity must be a number of bytes, units.GiB(20), not {capacity!r}")
        if capacity <= 0:
            raise ValueError(f"capacity must be above 0 bytes, not {capacity}")
        flags = (flag("VIR_STORAGE_VOL_RESIZE_ALLOCATE") if allocate else 0) | (
            flag("VIR_STORAGE_VOL_RESIZE_SHRINK") if shrink else 0
        )
        resize = self._guarded("resize", lambda raw: raw.resize(int(capacity), flags), in_use or not shrink)
        self._change("resize", resize, timeout=timeout)

    def wipe(self, algorithm: str = "zero", *, in_use: bool = False, timeout: float | None = None) -> None:
        """Overwrite what it holds, so that it cannot be read any more.

        That is the file as it lies there. An image in a format (qcow2, vmdk ...) is none afterwards, which a
        `UserWarning` says: its header is gone with the rest, and with it the capacity that a guest saw. To go
        on using it, `delete` it and create it anew.

        Parameters
        ----------
        algorithm
            ``"zero"``, ``"random"``, ``"nnsa"``, ``"dod"``, ``"bsi"``, ``"gutmann"``, ``"schneier"``,
            ``"pfitzner7"``, ``"pfitzner33"`` or ``"trim"``; all but zero and trim need the program scrub on
            the host.
        in_use, timeout
            As for `delete`.

        Raises
        ------
        ResourceBusy
            A running guest of this host uses it, and `in_use` was not said.
        """
        known = constants("VIR_STORAGE_VOL_WIPE_ALG_")
        if algorithm not in known:
            raise ValueError(f"unknown algorithm {algorithm!r}; libvirt has {', '.join(known)}")
        lost: list[str] = []

        def wipe(raw: VirStorageVol) -> None:
            image = self._format(raw)
            raw.wipePattern(known[algorithm], 0)
            lost.extend([] if image is None else [image])

        self._change("wipe", self._guarded("wipe", wipe, in_use), timeout=timeout)
        for image in lost:
            warnings.warn(
                f"{self.subject} was overwritten as a file and is no {image} image any more: to go on using "
                "it, delete it and create it anew",
                stacklevel=callers_level(),
            )

    # --- who uses it ------------------------------------------------------------

    def used_by(self) -> list[Domain]:
        """Find the domains of this host that use it, running or not; asks the host, not the guests.

        Returns
        -------
        list of Domain
            By name: those whose definitions name its path, or its pool and its name, as a disk, below another
            image, as firmware and so on. Of one that runs, what it runs with and what its next start takes.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     volumes = host.storage_pools["default-pool"].volumes
        ...     volume = volumes.create("<volume><name>new</name><capacity>1</capacity></volume>")
        ...     users = volume.used_by()
        ...     volume.delete()
        ...     users
        []
        """
        return find_users(self._host, self.subject, lambda conn: [self._wanted(self._bound(conn))])

    def _format(self, raw: VirStorageVol) -> str | None:
        """Read the format of an image; None for a raw one, and where it cannot be told."""
        try:
            with self._session.translated(raw.connect(), "read the format of", self.subject):
                facts = VolumeFacts.of(decoded(raw.XMLDesc, 0))
        except errors.VirtError as error:
            _log.debug("%s", error)
            return None
        return None if facts.is_raw else facts.format

    def _guarded(
        self, operation: str, function: Callable[[VirStorageVol], object], in_use: bool
    ) -> Callable[[VirStorageVol], object]:
        def guarded(raw: VirStorageVol) -> object:
            if not in_use:
                self._refuse_in_use(operation, raw)
            return function(raw)

        return guarded

    def _wanted(self, raw: VirStorageVol) -> Wanted:
        return wanted_of(self._pool.name, [raw])[0]

    # --- how it shows itself ------------------------------------------------------------

    @property
    def _reading(self) -> str:
        return f"read the size of {self.subject}"

    def _read_again(self, timeout: float) -> None:
        self.refresh(timeout=timeout)

    def _in_text(self, look: Look) -> str:
        known = self._last_seen
        parts = [text.printable(self._name)]
        parts += [text.printable(str(known[name])) for name in ("format", "type") if known.get(name)][:1]
        for name, word in (("capacity_bytes", ""), ("allocation_bytes", " taken")):
            size = known.get(name)
            parts += [text.size(size) + word] if isinstance(size, int) else []
        return look.marked(f"<StorageVolume {', '.join(parts)}>")
