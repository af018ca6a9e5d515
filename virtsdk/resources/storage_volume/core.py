"""A storage volume: an image, a logical volume, a LUN in a storage pool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from virtsdk.binding.library import constants, flag
from virtsdk.binding.protocol import VirConnect, VirStorageVol
from virtsdk.binding.undecoded import decoded
from virtsdk.display import text
from virtsdk.resources.base import raw_of
from virtsdk.resources.sight import Look
from virtsdk.resources.storage_volume.transfer import TransferVerbs
from virtsdk.resources.storage_volume.values import VolumeSizes, volume_named

if TYPE_CHECKING:
    from virtsdk.models.storage_volume import StorageVolumeDef
    from virtsdk.resources.storage_pool import StoragePool


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
        """Read its type and sizes, which the repr shows too; `StoragePool.refresh` has the host look."""
        sizes = self._call("read the size of", lambda raw: VolumeSizes.of_info(raw.info()), timeout=timeout)
        self._see({**self._last_seen, **vars(sizes)})
        return sizes

    def definition(self) -> StorageVolumeDef:
        """Read its definition as a typed document."""
        from virtsdk.models.storage_volume import StorageVolumeDef

        return self._parsed(StorageVolumeDef)

    # --- changing it ------------------------------------------------------------

    def delete(self, *, snapshots: bool = False, timeout: float | None = None) -> None:
        """Remove it with all its data.

        Parameters
        ----------
        snapshots
            With its snapshots, where the pool keeps some (RBD); libvirt refuses otherwise.
        timeout
            Seconds to wait for the call, which itself goes on after `TimedOut`; None for the connection's
            own.
        """
        flags = flag("VIR_STORAGE_VOL_DELETE_WITH_SNAPSHOTS") if snapshots else 0
        self._change("delete", lambda raw: raw.delete(flags), timeout=timeout)

    def resize(
        self,
        capacity: int,
        *,
        allocate: bool = False,
        shrink: bool = False,
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
        timeout
            As for `delete`.
        """
        if isinstance(capacity, bool) or not isinstance(capacity, int):
            raise TypeError(f"capacity must be a number of bytes, units.GiB(20), not {capacity!r}")
        if capacity <= 0:
            raise ValueError(f"capacity must be above 0 bytes, not {capacity}")
        flags = (flag("VIR_STORAGE_VOL_RESIZE_ALLOCATE") if allocate else 0) | (
            flag("VIR_STORAGE_VOL_RESIZE_SHRINK") if shrink else 0
        )
        self._change("resize", lambda raw: raw.resize(int(capacity), flags), timeout=timeout)

    def wipe(self, algorithm: str = "zero", *, timeout: float | None = None) -> None:
        """Overwrite what it holds, so that it cannot be read any more.

        Parameters
        ----------
        algorithm
            ``"zero"``, ``"random"``, ``"nnsa"``, ``"dod"``, ``"bsi"``, ``"gutmann"``, ``"schneier"``,
            ``"pfitzner7"``, ``"pfitzner33"`` or ``"trim"``; all but zero and trim need the program scrub on
            the host.
        timeout
            As for `delete`.
        """
        known = constants("VIR_STORAGE_VOL_WIPE_ALG_")
        if algorithm not in known:
            raise ValueError(f"unknown algorithm {algorithm!r}; libvirt has {', '.join(known)}")
        self._change("wipe", lambda raw: raw.wipePattern(known[algorithm], 0), timeout=timeout)

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
