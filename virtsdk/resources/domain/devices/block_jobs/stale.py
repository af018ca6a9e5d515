"""External snapshots that a block job makes stale: the files that they need are not the guest's any more."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.undecoded import decoded
from virtsdk.resources.domain.devices.disk_core import calling

if TYPE_CHECKING:
    from virtsdk.resources.domain import Domain


def snapshots_on(domain: Domain, target: str, files: tuple[str, ...]) -> tuple[str, ...]:
    """Find the external snapshots of a guest that put a disk on one of some files.

    Returns
    -------
    tuple of str
        Their names, sorted; none where the driver has no snapshots.
    """
    if not domain.host.supports("snapshots"):
        return ()

    def read(raw: Any) -> list[tuple[str, str]]:
        return [(one.getName(), decoded(one.getXMLDesc, 0)) for one in raw.listAllSnapshots(0)]

    with suppress(errors.NotFound):  # one that goes meanwhile is not stale
        found = calling(domain, "list the snapshots of", read)
        return tuple(sorted(name for name, text in found if _is_on(text, target, files)))
    return ()


def _is_on(text: str, target: str, files: tuple[str, ...]) -> bool:
    from virtsdk import xml
    from virtsdk.models.domain_snapshot import DomainSnapshotDef

    snapshot: Any = xml.parse(text, DomainSnapshotDef)
    disks: Any = snapshot.disks.disks if snapshot.disks is not None else []
    return any(
        disk.name == target and disk.snapshot == "external" and disk.source is not None
        and disk.source.file in files
        for disk in disks
    )  # fmt: skip


def forget(domain: Domain, names: tuple[str, ...]) -> None:
    """Remove libvirt's records of snapshots; their files stay."""
    flags = flag("VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY")

    def remove(raw: Any) -> None:
        for one in raw.listAllSnapshots(0):
            if one.getName() in names:
                one.delete(flags)

    calling(domain, "forget the stale snapshots of", remove, changes=True)
