"""Backups that libvirt writes: `Backup`, what was copied where, and the end of the job that is waited for."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from virtsdk import errors
from virtsdk.display import html, text
from virtsdk.resources.domain.core import DomainCore
from virtsdk.resources.domain.job import Job, read_job
from virtsdk.resources.domain.snapshots.chain import Format, restored

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.models.domain import DomainDef


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
        How long it took, as libvirt says; where it says 0, of one that ended before libvirt looked at it, the
        time from the call until its end was seen, which may be half a second more.
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

    def restored(self, definition: DomainDef, *below: Backup) -> DomainDef:
        """Write the definition of a guest that boots from the files of this backup.

        Parameters
        ----------
        definition
            The guest's, ``guest.definition(persistent=True)``, or one kept with the backup; it is not
            changed. Give what is returned another name and UUID where the guest itself is still there.
        *below
            For an incremental one: what it was taken on top of, the newest first, down to a full one.

        Returns
        -------
        DomainDef
            With the files as its disks; each incremental one names what is below it. The guest writes to the
            newest files: copy them, where the backup is to stay.

        Raises
        ------
        ValueError
            The backups do not follow each other down to a full one; or one has not all disks of this one.
        NotFound
            The definition has no such disk.

        Examples
        --------
        With a full backup and two incremental ones::

            definition = wednesday.restored(guest.definition(persistent=True), tuesday, monday)
            definition.name, definition.uuid = "restored", None
            host.domains.define(definition).start()
        """
        return restored(definition, [self, *below])

    def _facts(self) -> dict[str, str]:
        facts = {"kind": f"changes since {self.incremental}" if self.incremental else "full"}
        facts["copied"] = text.size(self.copied_bytes)
        if self.elapsed_seconds is not None:
            short = self.elapsed_seconds < 0.05
            facts["took"] = "less than 0.1 s" if short else f"{self.elapsed_seconds:.1f} s"
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
