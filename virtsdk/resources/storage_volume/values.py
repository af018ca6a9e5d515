"""Values read of a storage volume."""

from __future__ import annotations

from dataclasses import dataclass

from virtsdk.binding.protocol import VirStoragePool, VirStorageVol
from virtsdk.binding.undecoded import decoded, in_escapes
from virtsdk.display import text
from virtsdk.words import VOLUME_TYPES, word_of

_RAW = frozenset({"raw", "iso", "unknown", "none"})


@dataclass(frozen=True, repr=False)
class VolumeSizes:
    """Type and sizes of a volume, as they were read.

    Attributes
    ----------
    type
        ``"file"``, ``"block"``, ``"dir"``, ``"network"``, ``"netdir"``, ``"ploop"``.
    capacity_bytes
        The size that a guest sees.
    allocation_bytes
        The space that it takes.
    """

    type: str
    capacity_bytes: int
    allocation_bytes: int

    @classmethod
    def of_info(cls, info: list[int]) -> VolumeSizes:
        """Make them of what libvirt's ``info`` gives."""
        number, capacity, allocation = info
        return cls(word_of(VOLUME_TYPES, number), capacity, allocation)

    def __repr__(self) -> str:
        taken = text.size(self.allocation_bytes)
        return f"<VolumeSizes {self.type}, {text.size(self.capacity_bytes)}, {taken} taken>"


@dataclass(frozen=True)
class VolumeFacts:
    """Facts from the document of a volume."""

    path: str | None
    type: str | None
    format: str | None
    capacity_bytes: int | None
    allocation_bytes: int | None
    physical_bytes: int | None

    @classmethod
    def of(cls, document: str) -> VolumeFacts:
        """Read them."""
        from virtsdk import xml
        from virtsdk.models.storage_volume import StorageVolumeDef

        volume = xml.parse(document, StorageVolumeDef)
        target = volume.target
        layout = target.format.type if target and target.format else None
        return cls(
            path=target.path if target else None,
            type=None if volume.type is None else str(volume.type),
            format=None if layout is None else str(layout),
            capacity_bytes=volume.capacity.bytes if volume.capacity else None,
            allocation_bytes=volume.allocation.bytes if volume.allocation else None,
            physical_bytes=volume.physical.bytes if volume.physical else None,
        )

    @property
    def is_raw(self) -> bool:
        """True where its bytes are those that a guest sees."""
        return self.format in _RAW

    def glance(self) -> dict[str, object]:
        """Give what a list shows."""
        return {name: value for name, value in vars(self).items() if name != "physical_bytes"}


ESCAPE = "\\x"
"""In a name: a byte that is not UTF-8, which libvirt's Python cannot be asked for."""


def volume_named(pool: VirStoragePool, name: str) -> VirStorageVol:
    """Find a volume of a pool by the name that its handle has."""
    wanted = in_escapes(name)
    if ESCAPE in wanted:
        for raw in pool.listAllVolumes(0):
            if decoded(raw.name) == wanted:
                return raw
    return pool.storageVolLookupByName(wanted)
