"""Backups that libvirt writes: `Backup`, what was copied where, and how the job is made and waited for."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from virtsdk import errors
from virtsdk.binding.protocol import VirDomain
from virtsdk.display import html, text
from virtsdk.resources.domain.core import DomainCore
from virtsdk.resources.domain.job import Job, read_job
from virtsdk.resources.domain.saving import on_host
from virtsdk.resources.domain.snapshots.checkpoint import Checkpoint
from virtsdk.resources.domain.snapshots.document import (
    check_there,
    checked_name,
    checked_targets,
    disks_of,
    image_of,
)
from virtsdk.words import JOB_KINDS, JOB_OPERATIONS, JOB_RUNS, word_of

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.models.domain import DomainDef
    from virtsdk.models.domain_backup import DomainBackupDef

Format: TypeAlias = Literal["qcow2", "raw"]
Target: TypeAlias = str | PathLike[str] | Mapping[str, str | PathLike[str]]
"""A folder on the host, or the file for each disk."""


@dataclass(frozen=True, repr=False)
class Backup:
    """A backup that is done: which disks, in which files on the host.

    Attributes
    ----------
    host, domain, name
        Whose it is: the host's name, the domain's UUID and name.
    files
        The file on the host of each disk, by its target.
    format
        Of the files: ``"qcow2"`` or ``"raw"``.
    incremental
        The checkpoint since which changes were copied; None of a full one.
    checkpoint
        The checkpoint that was made with it, from which the next may be incremental; None where none was.
    copied_bytes
        Bytes of the disks that were copied; of a full one their size, of which what is empty takes no space.
    elapsed_seconds
        How long it took.
    time
        When it was begun (UTC): it holds the disks as they were then.
    """

    host: str
    domain: str
    name: str
    files: Mapping[str, str]
    format: Format
    incremental: str | None
    checkpoint: str | None
    copied_bytes: int | None
    elapsed_seconds: float | None
    time: datetime

    def frame(self) -> pd.DataFrame:
        """Give the same as a frame.

        Returns
        -------
        pandas.DataFrame
            One row per disk: host, domain (its UUID), name, disk, file, format, incremental, checkpoint, time
            (UTC).
        """
        import pandas as pd

        shared = {name: getattr(self, name) for name in ("host", "domain", "name")}
        more = {name: getattr(self, name) for name in ("format", "incremental", "checkpoint", "time")}
        rows = [{**shared, "disk": disk, "file": file, **more} for disk, file in self.files.items()]
        types = dict.fromkeys(("host", "domain", "name", "disk", "file", "format"), "str")
        types |= {"incremental": "string", "checkpoint": "string", "time": "datetime64[us, UTC]"}
        return pd.DataFrame(rows, columns=pd.Index(list(types))).astype(types)

    def to_dict(self) -> dict[str, object]:
        """Give plain values: the attributes."""
        return {**asdict(self), "files": dict(self.files), "time": self.time.isoformat()}

    def _facts(self) -> dict[str, str]:
        facts = {"kind": f"changes since {self.incremental}" if self.incremental else "full"}
        facts["copied"] = text.size(self.copied_bytes)
        if self.elapsed_seconds is not None:
            facts["took"] = f"{self.elapsed_seconds:.1f} s"
        if self.checkpoint is not None:
            facts["checkpoint"] = self.checkpoint
        return facts

    def __repr__(self) -> str:
        kind, *more = self._facts().values()
        disks = text.count(len(self.files), "disk")
        words = ", ".join(text.printable(one) for one in (kind, disks, *more[:2]))
        said = f", checkpoint {text.printable(self.checkpoint)}" if self.checkpoint else ""
        return f"<Backup of {text.printable(self.name)}, {words}{said}>"

    def _repr_html_(self) -> str:
        return html.view(
            html.heading(f"backup of {self.name}", f"on {self.host}, {text.words(self.time)}"),
            html.outline(self._facts()),
            html.table(["disk", "file"], list(self.files.items())),
        )


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
        return cls(folder, files, image_format, since, made, targets, datetime.now(UTC))

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
        """Say what became of it."""
        return Backup(
            host=domain.host.name,
            domain=domain.key,
            name=domain.name,
            files=files,
            format=self.format,
            incremental=self.incremental,
            checkpoint=self.checkpoint,
            copied_bytes=job.disk_processed_bytes_total,
            elapsed_seconds=job.elapsed_seconds,
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


def refuse_busy(raw: VirDomain, operation: str, subject: str) -> None:
    """Refuse at once while the guest has another job, for the end of which libvirt waits half a minute.

    Raises
    ------
    ResourceBusy
        The message names the job.
    """
    record = raw.jobStats(0) if raw.isActive() else {"type": 0}
    if word_of(JOB_KINDS, record["type"]) in JOB_RUNS:
        job = word_of(JOB_OPERATIONS, record.get("operation", 0))
        raise errors.ResourceBusy(
            f"cannot {operation} {subject}: it is busy with another job ({job}); abort_job() ends that",
            operation=operation,
            subject=subject,
        )


def wait_for_backup(domain: DomainCore, operation: str, deadline: float | None) -> Job:
    """Wait until the backup of a guest has ended; gives its figures.

    Raises
    ------
    OperationFailed
        It failed, or the guest went off.
    OperationAborted
        Somebody ended it.
    TimedOut
        It goes on.
    """
    pause = 0.02
    while (record := _running(domain, operation)) is not None and record["type"] != 0:
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            raise errors.TimedOut(
                f"cannot {operation} {domain.subject}: not done in time; the backup goes on",
                operation=operation,
                subject=domain.subject,
            )
        time.sleep(pause if left is None else min(pause, left))
        pause = min(pause * 1.5, 0.5)
    job = None if record is None else _ended(domain)
    kind, why = ("failed", "the guest went off") if job is None else (job.kind, job.error or "")
    if job is None or kind != "completed":
        cancelled = kind == "cancelled"
        raise (errors.OperationAborted if cancelled else errors.OperationFailed)(
            f"cannot {operation} {domain.subject}: {why or kind}; its files hold a part at most",
            operation=operation,
            subject=domain.subject,
        )
    return job


def _running(domain: DomainCore, operation: str) -> dict[str, Any] | None:
    """Read what the guest is busy with; None where it is off."""
    try:
        return read_job(domain)
    except errors.InvalidState:
        return None


def _ended(domain: DomainCore) -> Job | None:
    record = read_job(domain, completed=True)
    return Job.of_record(record, host=domain.host.name, domain=domain.key, name=domain.name)
