"""Verbs of a guest on its snapshots, checkpoints and backups."""

from __future__ import annotations

import math
import time
from collections.abc import Collection
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Literal, cast, overload

from virtsdk import errors
from virtsdk.binding.protocol import VirDomain
from virtsdk.binding.undecoded import decoded
from virtsdk.resources.domain.core import abortable
from virtsdk.resources.domain.long import LongVerbs
from virtsdk.resources.domain.saving import on_host
from virtsdk.resources.domain.snapshots.backup import Backup, wait_for_backup
from virtsdk.resources.domain.snapshots.backup_plan import (
    BackupPlan,
    Target,
    scratch_of,
    since_of,
    taking_part,
)
from virtsdk.resources.domain.snapshots.busy import refuse_busy
from virtsdk.resources.domain.snapshots.chain import Format
from virtsdk.resources.domain.snapshots.checkpoint import Checkpoint, Checkpoints, checkpoint_document
from virtsdk.resources.domain.snapshots.collection import Snapshots
from virtsdk.resources.domain.snapshots.document import checked_name, checked_targets, refuse_overwriting
from virtsdk.resources.domain.snapshots.server import BackupExport, BackupServer, exports_of, place_of

if TYPE_CHECKING:
    from virtsdk.resources.domain import Domain
    from virtsdk.resources.operation import Operation
    from virtsdk.resources.operation.figures import Shown

_OPERATION = "back up"


class SnapshotVerbs(LongVerbs):
    """Going back to how a guest was, and copying its disks while it runs."""

    @cached_property
    def snapshots(self) -> Snapshots:
        """All snapshots of the guest; ``guest.snapshots.create(name)`` takes one."""
        return Snapshots(cast("Domain", self))

    @cached_property
    def checkpoints(self) -> Checkpoints:
        """All checkpoints of the guest, from which backups are incremental."""
        return Checkpoints(cast("Domain", self))

    @overload
    def backup(
        self,
        target: Target,
        *,
        incremental: Checkpoint | str | None = None,
        checkpoint: str | None = None,
        disks: Collection[str] | None = None,
        image_format: Format = "qcow2",
        wait: Literal[True] = True,
        progress: Shown | None = None,
        timeout: float | None = None,
    ) -> Backup: ...
    @overload
    def backup(
        self,
        target: Target,
        *,
        incremental: Checkpoint | str | None = None,
        checkpoint: str | None = None,
        disks: Collection[str] | None = None,
        image_format: Format = "qcow2",
        wait: Literal[False],
        progress: Shown | None = None,
        timeout: float | None = None,
    ) -> Operation[Backup]: ...
    def backup(
        self,
        target: Target,
        *,
        incremental: Checkpoint | str | None = None,
        checkpoint: str | None = None,
        disks: Collection[str] | None = None,
        image_format: Format = "qcow2",
        wait: bool = True,
        progress: Shown | None = None,
        timeout: float | None = None,
    ) -> Backup | Operation[Backup]:
        """Have libvirt copy its disks, as they are now, to files on its host; the guest goes on meanwhile.

        Parameters
        ----------
        target
            A folder on the host, absolute and there already: the files are called
            ``GUEST-DISK-CHECKPOINT.qcow2``, with the time (UTC) where there is no checkpoint. Or a mapping of
            disks, by target, to files.
        incremental
            A checkpoint, or its name: only what changed since is copied.
        checkpoint
            Name of a checkpoint to make at the same moment, from which the next one can be incremental. Where
            the backup fails it is deleted again.
        disks
            Targets of the disks, with a folder; None for all that are written to.
        image_format
            Of the files: ``"qcow2"``, or ``"raw"`` of a full one.
        wait
            False: return an `Operation` at once, and go on in the background.
        progress
            ``"auto"`` for a bar, or a function that is told how many bytes are done, and of how many.
        timeout
            Seconds to wait; None for as long as it takes. It goes on after `TimedOut`; `abort_job` ends it.

        Returns
        -------
        Backup or Operation
            ``.files`` has the file of each disk; with ``wait=False`` the operation that gives it.

        Raises
        ------
        AlreadyExists
            A file is there already, or a checkpoint of that name.
        CheckpointNotFound
            There is none to be incremental from.
        DeviceNotFound
            It has no such disk.
        InvalidState
            It is off.
        NotSupported
            The driver makes no backups (``host.supports("backup")``).
        ResourceBusy
            Another job of the guest is running: a backup, a migration.
        OperationFailed
            It failed, or the guest went off meanwhile: the files are no backup.
        OperationAborted
            Somebody ended it.
        ReadOnly
            The connection was opened read-only; nothing is sent.

        Notes
        -----
        What programs in the guest have not written yet is not in it: freeze the guest's file systems around
        the begin, or have them sync.

        An incremental file holds what changed; the file of the full one (or of the incremental before it)
        goes below it. Its header names the guest's own image as what lies below, which is not that: name the
        right one in the definition of the guest that is restored, ``backing_store`` of its disk, or with
        ``qemu-img rebase -u``.

        For example, a full one and what changed since::

            guest.backup("/backup", checkpoint="monday")     # <Backup of web1, full, 1 disk, 256 MiB ...>
            guest.backup("/backup", incremental="monday", checkpoint="tuesday")
        """
        plan = BackupPlan.of(
            self,
            target,
            incremental=incremental,
            checkpoint=checkpoint,
            disks=disks,
            image_format=image_format,
        )
        files: dict[str, str] = {}
        return self._as_job(
            _OPERATION,
            lambda seconds: self._back_up(plan, files, seconds),
            job="backup",
            outcome=lambda: plan.done(self, files, wait_for_backup(self, _OPERATION, None)),
            wait=wait,
            progress=progress,
            timeout=timeout,
        )

    def _back_up(self, plan: BackupPlan, files: dict[str, str], seconds: float | None) -> Backup:
        deadline = None if seconds is None or seconds == math.inf else time.monotonic() + seconds

        def begin(raw: VirDomain) -> None:
            from virtsdk import xml
            from virtsdk.models.domain import DomainDef

            refuse_busy(raw, _OPERATION, self.subject)
            guest = xml.parse(decoded(raw.XMLDesc, 0), DomainDef)
            files.update(plan.files_of(guest, _OPERATION, self.subject))
            made = plan.checkpoint and xml.render(checkpoint_document(plan.checkpoint, files))
            raw.backupBegin(xml.render(plan.document(files)), made or None, 0)

        self._change(_OPERATION, begin, seconds)
        try:
            return plan.done(self, files, wait_for_backup(self, _OPERATION, deadline))
        except errors.OperationFailed as error:
            if plan.checkpoint is not None:
                self._take_back(plan.checkpoint, error)
            raise

    def _take_back(self, checkpoint: str, failure: errors.OperationFailed) -> None:
        """Delete the checkpoint of a backup that failed: what changed before it is in no backup."""
        try:
            self.checkpoints[checkpoint].delete()
        except errors.VirtError as error:
            failure.add_note(f"checkpoint {checkpoint!r} is still there: no backup may be since it ({error})")

    def backup_server(
        self,
        where: int | str | PathLike[str],
        *,
        address: str = "127.0.0.1",
        incremental: Checkpoint | str | None = None,
        checkpoint: str | None = None,
        disks: Collection[str] | None = None,
        scratch: str | PathLike[str] | None = None,
        timeout: float | None = None,
    ) -> BackupServer:
        """Offer its disks, as they are now, to NBD clients until the block ends; the guest goes on meanwhile.

        Parameters
        ----------
        where
            The path of a Unix socket on the host, which QEMU makes; or a TCP port.
        address
            With a port: where it listens. Whoever reaches it reads the disks: NBD asks for no password.
        incremental
            A checkpoint, or its name: each export has a dirty bitmap of what changed since.
        checkpoint
            Name of a checkpoint to make at the same moment, from which the next one can be incremental.
            Delete it where the clients did not read all.
        disks
            Targets of the disks; None for all that are written to.
        scratch
            A folder on the host for what the guest overwrites meanwhile; None for beside the disks. The files
            go with the server.
        timeout
            Seconds to begin; None for the connection's own.

        Returns
        -------
        BackupServer
            A context manager: ``.exports`` has address and bitmap of each disk; leaving it ends it.

        Raises
        ------
        CheckpointNotFound
            There is none to be incremental from.
        DeviceNotFound
            It has no such disk.
        InvalidArgument
            A disk is no file on the host, and `scratch` does not say where what is overwritten goes; or
            the guest has a file in the place of the socket.
        ResourceBusy
            Another job of the guest is running: a backup, a migration.
        InvalidState
            It is off.
        NotSupported
            The driver makes no backups (``host.supports("backup")``).
        ReadOnly
            The connection was opened read-only; nothing is sent.

        Notes
        -----
        QEMU makes the socket in place of any file that is there.

        QEMU 7.2 crashes when a client leaves the export of a disk that has an iothread.
        """
        place, since = place_of(where, address), since_of(self, incremental)
        made = None if checkpoint is None else checked_name(checkpoint)
        targets = checked_targets(disks)
        folder = None if scratch is None else on_host(scratch).rstrip("/")
        exports: dict[str, BackupExport] = {}
        operation = "serve a backup of"

        def begin(raw: VirDomain) -> None:
            from virtsdk import xml
            from virtsdk.models.domain import DomainDef
            from virtsdk.models.domain_backup import (
                BackupDisk,
                BackupDisks,
                BackupDiskScratch,
                DomainBackupDef,
            )

            refuse_busy(raw, operation, self.subject)
            defined = decoded(raw.XMLDesc, 0)
            if place.socket is not None:
                refuse_overwriting(defined, place.socket, "where", operation, self.subject)
            guest = xml.parse(defined, DomainDef)
            offered = taking_part(guest, targets, operation, self.subject)
            places = scratch_of(guest, offered, folder, operation, self.subject)
            entries = [
                BackupDisk(name=disk, type="file", scratch=BackupDiskScratch(file=file))
                for disk, file in places.items()
            ]
            document = DomainBackupDef(
                mode="pull", incremental=since, server=place, disks=BackupDisks(disks=entries)
            )
            tracked = made and xml.render(checkpoint_document(made, offered))
            raw.backupBegin(xml.render(document), tracked or None, 0)
            try:
                running = xml.parse(decoded(raw.backupGetXMLDesc, 0), DomainBackupDef)
            except BaseException:
                raw.abortJob()
                raise
            exports.update(exports_of(running, place))

        with abortable():
            self._change(operation, begin, timeout)
        return BackupServer(self, exports, since, made)
