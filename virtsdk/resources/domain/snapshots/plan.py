"""A snapshot to be taken: what goes together, and its document for a guest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from posixpath import splitext
from typing import TYPE_CHECKING, Literal

from virtsdk import errors
from virtsdk.resources.domain.snapshots.document import check_there, disks_of, targets_of

if TYPE_CHECKING:
    from virtsdk.models.domain import DomainDef
    from virtsdk.models.domain_snapshot import DomainSnapshotDef


def checked_kind(
    kind: object, memory: object, disks: object, *, quiesce: bool, live: bool
) -> Literal["internal", "external"]:
    """Refuse what does not go together.

    Raises
    ------
    ValueError
        The message says what does.
    """
    if kind == "internal":
        if memory is not True:
            raise ValueError(
                f'memory={memory!r} is for kind="external": an internal snapshot of a guest that runs has '
                "its memory with it"
            )
        if quiesce or live:
            raise ValueError('quiesce and live are for kind="external": the guest stands still meanwhile')
        if isinstance(disks, Mapping):
            raise ValueError('a mapping of disks is for kind="external"; give a list of those that take part')
        return "internal"
    if kind != "external":
        raise ValueError(f'kind must be "internal" or "external", not {kind!r}')
    if quiesce and memory is not False:
        raise ValueError("quiesce=True is for memory=False: with its memory the guest goes on as it was")
    if live and memory is False:
        raise ValueError("live=True is for a snapshot with memory, not for memory=False")
    return "external"


@dataclass(frozen=True)
class Plan:
    """A snapshot to be taken, before the guest was looked at."""

    name: str
    kind: Literal["internal", "external"]
    memory: bool | str
    disks: dict[str, str | bool] | list[str] | None
    description: str | None

    def document(self, guest: DomainDef, active: bool, operation: str, subject: str) -> DomainSnapshotDef:
        """Write the document for a guest.

        Raises
        ------
        DeviceNotFound
            A disk that was named is not there.
        InvalidArgument
            Nobody said where the memory goes, and no disk is a file.
        """
        from virtsdk.models.domain_snapshot import (
            DomainSnapshotDef,
            SnapshotDisk,
            SnapshotDisks,
            SnapshotDiskSource,
            SnapshotMemory,
        )

        check_there(self.disks or (), guest, operation, subject)
        named = self.disks or {}
        if isinstance(named, list):
            named = {target: target in named for target in targets_of(guest)}
        entries = [
            SnapshotDisk(
                name=target,
                snapshot=self.kind if wanted else "no",
                source=SnapshotDiskSource(file=wanted) if isinstance(wanted, str) else None,
            )
            for target, wanted in named.items()
        ]
        memory = None
        if active and self.kind == "external" and self.memory is not False:
            memory = SnapshotMemory(snapshot="external", file=self._memory_file(guest, operation, subject))
        return DomainSnapshotDef(
            name=self.name,
            description=self.description,
            memory=memory,
            disks=SnapshotDisks(disks=entries) if entries else None,
        )

    def _memory_file(self, guest: DomainDef, operation: str, subject: str) -> str:
        if isinstance(self.memory, str):
            return self.memory
        files = [disk.source.file for disk in disks_of(guest) if disk.source is not None and disk.source.file]
        if not files:
            raise errors.InvalidArgument(
                f"cannot {operation} {subject}: no disk of the guest is a file; say in memory= where the "
                "memory goes",
                operation=operation,
                subject=subject,
            )
        return f"{splitext(files[0])[0]}.{self.name}.memory"
