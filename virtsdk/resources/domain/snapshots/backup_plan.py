"""A backup to be made: what a person said, the files for a guest, and the document that begins it."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from os import PathLike
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from virtsdk import errors
from virtsdk.resources.domain.core import DomainCore
from virtsdk.resources.domain.job import Job
from virtsdk.resources.domain.saving import on_host
from virtsdk.resources.domain.snapshots.backup import Backup
from virtsdk.resources.domain.snapshots.chain import Format
from virtsdk.resources.domain.snapshots.checkpoint import Checkpoint
from virtsdk.resources.domain.snapshots.document import (
    check_there,
    checked_name,
    checked_targets,
    disks_of,
    image_of,
)

if TYPE_CHECKING:
    from virtsdk.models.domain import DomainDef
    from virtsdk.models.domain_backup import DomainBackupDef

Target: TypeAlias = str | PathLike[str] | Mapping[str, str | PathLike[str]]
"""A folder on the host, or the file for each disk."""


@dataclass(frozen=True)
class BackupPlan:
    """A backup to be made, before the guest was looked at."""

    folder: str | None
    files: Mapping[str, str]
    format: Format
    incremental: str | None
    checkpoint: str | None
    disks: list[str] | None
    time: datetime
    began: float  #: the same on a clock that is never set

    @classmethod
    def of(
        cls,
        domain: DomainCore,
        target: Target,
        *,
        incremental: Checkpoint | str | None,
        checkpoint: str | None,
        disks: Collection[str] | None,
        image_format: str,
    ) -> BackupPlan:
        """Check what a person said.

        Raises
        ------
        TypeError, ValueError
            It makes no sense; nothing was asked of the host.
        """
        since = since_of(domain, incremental)
        if image_format not in ("qcow2", "raw"):
            raise ValueError(f'image_format must be "qcow2" or "raw", not {image_format!r}')
        if image_format == "raw" and since is not None:
            raise ValueError('image_format="raw" is for full backups: it cannot say which parts have changed')
        targets, files, folder = checked_targets(disks), dict[str, str](), None
        if isinstance(target, Mapping):
            if targets is not None:
                raise ValueError("disks are for a folder: a mapping names them itself")
            for disk, file in cast("Mapping[Any, Any]", target).items():
                if not isinstance(disk, str):
                    raise TypeError(f'target must map targets of disks, "vda", to files, not {disk!r}')
                files[disk] = on_host(file)
            if not files:
                raise ValueError("target must name the file of one disk at least")
        else:
            folder = on_host(target).rstrip("/") or "/"
        made = None if checkpoint is None else checked_name(checkpoint)
        return cls(folder, files, image_format, since, made, targets, datetime.now(UTC), monotonic())

    def files_of(self, guest: DomainDef, operation: str, subject: str) -> dict[str, str]:
        """Choose a file for each disk that takes part.

        Raises
        ------
        DeviceNotFound
            A disk that was named is not there, or there is none to back up.
        """
        if self.folder is None:
            check_there(self.files, guest, operation, subject)
            return dict(self.files)
        taking = taking_part(guest, self.disks, operation, subject)
        label = self.checkpoint or f"{self.time:%Y%m%dT%H%M%SZ}"
        folder = "" if self.folder == "/" else self.folder
        return {disk: f"{folder}/{guest.name}-{disk}-{label}.{self.format}" for disk in taking}

    def document(self, files: Mapping[str, str]) -> DomainBackupDef:
        """Write the document that begins it."""
        from virtsdk.models.domain_backup import (
            BackupDisk,
            BackupDiskDriver,
            BackupDisks,
            BackupDiskTarget,
            DomainBackupDef,
        )

        disks = [
            BackupDisk(
                name=disk,
                type="file",
                driver=BackupDiskDriver(type=self.format),
                target=BackupDiskTarget(file=file),
            )
            for disk, file in files.items()
        ]
        return DomainBackupDef(mode="push", incremental=self.incremental, disks=BackupDisks(disks=disks))

    def done(self, domain: DomainCore, files: Mapping[str, str], job: Job) -> Backup:
        """Say what became of one that has ended just now."""
        took = job.elapsed_seconds or monotonic() - self.began  # 0: libvirt never looked at it
        return Backup(
            host=domain.host.name,
            domain=domain.key,
            name=domain.name,
            files=files,
            format=self.format,
            incremental=self.incremental,
            checkpoint=self.checkpoint,
            copied_bytes=job.disk_processed_bytes_total,
            elapsed_seconds=took,
            time=self.time,
        )


def since_of(domain: DomainCore, incremental: object) -> str | None:
    """Name the checkpoint that a backup is since.

    Raises
    ------
    TypeError, ValueError
        It is none, or one of another guest.
    """
    if isinstance(incremental, Checkpoint):
        if incremental.domain != domain:
            raise ValueError(
                f"incremental must be a checkpoint of {domain.subject}, not {incremental.subject}"
            )
        return incremental.name
    if incremental is not None and not isinstance(incremental, str):
        raise TypeError(f"incremental must be a checkpoint or its name, not {incremental!r}")
    if incremental == "":
        raise ValueError("incremental must name a checkpoint, not ''")
    return incremental


def taking_part(guest: DomainDef, chosen: list[str] | None, operation: str, subject: str) -> list[str]:
    """List the targets of the disks to back up: those that were chosen, else all that are written to.

    Raises
    ------
    DeviceNotFound
        One is not there, or there is none.
    """
    if chosen is not None:
        check_there(chosen, guest, operation, subject)
        return chosen
    found = [
        str(disk.target.dev)
        for disk in disks_of(guest)
        if disk.target is not None
        and disk.device in (None, "disk", "lun")
        and not disk.readonly
        and (image_of(disk) is not None or disk.source is not None)
    ]
    if not found:
        raise errors.DeviceNotFound(
            f"cannot {operation} {subject}: it has no disk that is written to",
            operation=operation,
            subject=subject,
        )
    return found


def scratch_of(
    guest: DomainDef, disks: list[str], folder: str | None, operation: str, subject: str
) -> dict[str, str]:
    """Choose a file for each disk that takes what the guest overwrites while clients read.

    libvirt itself chooses one only where no disk is named.

    Raises
    ------
    InvalidArgument
        A disk is no file, and no folder was given.
    """
    sources = {str(disk.target.dev): disk.source for disk in disks_of(guest) if disk.target is not None}
    label = f"scratch-{int(time.time())}"
    found: dict[str, str] = {}
    for disk in disks:
        source = sources.get(disk)
        if folder is not None:
            found[disk] = f"{folder}/{guest.name}-{disk}.{label}"
        elif source is not None and source.file:
            found[disk] = f"{source.file}.{label}"
        else:
            raise errors.InvalidArgument(
                f"cannot {operation} {subject}: disk {disk!r} is no file; scratch= must be a folder for what "
                "is overwritten meanwhile",
                operation=operation,
                subject=subject,
            )
    return found
