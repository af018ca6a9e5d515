"""The snapshots of a guest: `Snapshots`, and how one is taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal, overload

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect, VirDomain, VirDomainSnapshot
from virtsdk.binding.undecoded import decoded
from virtsdk.resources.domain.saving import on_host
from virtsdk.resources.domain.snapshots.busy import refuse_busy
from virtsdk.resources.domain.snapshots.document import (
    Overlays,
    Path,
    checked_description,
    checked_name,
    checked_overlays,
    refuse_overwriting,
)
from virtsdk.resources.domain.snapshots.moment import Moments, as_job, read_again
from virtsdk.resources.domain.snapshots.plan import Plan, checked_kind
from virtsdk.resources.domain.snapshots.snapshot import Snapshot

if TYPE_CHECKING:
    from virtsdk.models.domain_snapshot import DomainSnapshotDef
    from virtsdk.resources.operation import Operation
    from virtsdk.resources.operation.figures import Shown


class Snapshots(Moments[Snapshot, VirDomainSnapshot]):
    """All snapshots of a guest, by name, in the order of their tree: ``guest.snapshots``.

    The frame has one row per snapshot: host, domain (the guest's UUID), domain_name, name, parent, kind
    (``internal``: in the guest's own images; ``external``: the images stay as they were, and new files take
    the changes), state (the guest's then; ``disk-snapshot`` where its memory is not part of it), time (UTC),
    current (the guest goes on from it), children (how many follow it directly), memory_file (of an external
    one with memory), disks (targets, with commas between them), description. That takes one call per
    snapshot.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     snapshots = host.domains["test"].snapshots
    ...     base = snapshots.create("base")
    ...     for name in ("left", "right"):
    ...         base.revert()
    ...         made = snapshots.create(name)
    ...     print([one.name for one in base.children], snapshots.current.name, len(snapshots))
    ...     rows = snapshots.frame()[["name", "parent", "kind", "state"]].to_string(index=False)
    ...     base.delete(children=True)
    ['left', 'right'] right 3
    >>> print(rows)
     name parent     kind   state
     base   <NA> internal running
     left   base internal running
    right   base internal running
    """

    _handle_class = Snapshot
    _noun: ClassVar[str] = "snapshot"
    _missing: ClassVar[type[errors.NotFound]] = errors.SnapshotNotFound
    _columns: ClassVar[Mapping[str, str]] = {
        "domain": "str",
        "domain_name": "str",
        "name": "str",
        "parent": "string",
        "kind": "str",
        "state": "string",
        "time": "datetime64[us, UTC]",
        "current": "boolean",
        "children": "Int64",
        "memory_file": "string",
        "disks": "str",
        "description": "string",
    }

    def _all(self, conn: VirConnect, flags: int) -> list[VirDomainSnapshot]:
        return self._bound(conn).listAllSnapshots(flags)

    def _find_name(self, conn: VirConnect, name: str) -> VirDomainSnapshot:
        return self._bound(conn).snapshotLookupByName(name, 0)

    def _document(self, raw: VirDomainSnapshot) -> str:
        return decoded(raw.getXMLDesc, 0)

    def _current(self, conn: VirConnect) -> str | None:
        domain = self._bound(conn)
        return domain.snapshotCurrent(0).getName() if domain.hasCurrentSnapshot(0) else None

    def _recreate(self, domain: VirDomain, document: str, current: bool) -> VirDomainSnapshot:
        names = ["REDEFINE", *(["CURRENT"] if current else [])]
        return domain.snapshotCreateXML(document, _flags(names))

    @property
    def current(self) -> Snapshot | None:
        """The one that the guest goes on from; None where there is none. Asks the host."""

        def read(conn: VirConnect) -> Snapshot | None:
            domain = self._bound(conn)
            if not domain.hasCurrentSnapshot(0):
                return None
            return self._looked_at(domain.snapshotCurrent(0))

        return self._session.call("find the current one of the", self.subject, read)

    def definitions(self, *, secure: bool = False) -> list[DomainSnapshotDef]:
        """Read the documents of all, parents first: `redefine` takes them on another host.

        Parameters
        ----------
        secure
            With the passwords in the guest's definition; needs a connection that may write.

        Returns
        -------
        list of DomainSnapshotDef
            Typed documents.

        Raises
        ------
        ReadOnly
            `secure` needs a connection that may write.
        """
        return [one.definition(secure=secure) for one in self]

    @overload
    def create(
        self,
        name: str | None = None,
        *,
        kind: Literal["internal", "external"] = "internal",
        memory: bool | Path = True,
        disks: Overlays | None = None,
        quiesce: bool = False,
        halt: bool = False,
        live: bool = False,
        description: str | None = None,
        wait: Literal[True] = True,
        progress: Shown | None = None,
        timeout: float | None = None,
    ) -> Snapshot: ...
    @overload
    def create(
        self,
        name: str | None = None,
        *,
        kind: Literal["internal", "external"] = "internal",
        memory: bool | Path = True,
        disks: Overlays | None = None,
        quiesce: bool = False,
        halt: bool = False,
        live: bool = False,
        description: str | None = None,
        wait: Literal[False],
        progress: Shown | None = None,
        timeout: float | None = None,
    ) -> Operation[Snapshot]: ...
    def create(
        self,
        name: str | None = None,
        *,
        kind: Literal["internal", "external"] = "internal",
        memory: bool | Path = True,
        disks: Overlays | None = None,
        quiesce: bool = False,
        halt: bool = False,
        live: bool = False,
        description: str | None = None,
        wait: bool = True,
        progress: Shown | None = None,
        timeout: float | None = None,
    ) -> Snapshot | Operation[Snapshot]:
        """Take a snapshot.

        Parameters
        ----------
        name
            Its name, and of an external one the end of its new files' names; None for the time, in seconds
            since 1970.
        kind
            ``"internal"``: in the guest's own images, which have to be qcow2; `Snapshot.revert` goes back to
            it on any libvirt. ``"external"``: the images stay as they were, for anybody to read, and new
            files beside them take the changes; also for raw images.
        memory
            With the guest's memory, so that it goes on from there; a guest that is off has none. Of an
            external one the memory is a file: True chooses it, beside the first disk's; or its absolute path
            on the host. False: of an external one the disks alone, as after a power cut.
        disks
            Which disks take part; None for all that are written to. Of an external one also a mapping of
            targets to the new file's path, to True (libvirt names it) or to False (not this one); those that
            are not in it are as usual.
        quiesce
            Have the guest's agent flush and freeze its file systems meanwhile: for an external one without
            memory.
        halt
            Leave the guest off.
        live
            Let the guest run while its memory is written: for an external one with memory. It takes longer,
            and the guest stands still only at its end.
        description
            Free text for people.
        wait
            False: return an `Operation` at once, and go on in the background.
        progress
            ``"auto"`` for a bar, or a function that is told how many bytes are done, and of how many.
        timeout
            Seconds to wait; None for the connection's own. It goes on after `TimedOut`; ``abort_job()`` of
            the guest ends it.

        Returns
        -------
        Snapshot or Operation
            A handle on it; with ``wait=False`` the operation that gives it.

        Raises
        ------
        AlreadyExists
            There is one of that name, or a file where a new one would be.
        ResourceBusy
            The guest has another job: a backup, a migration.
        OperationFailed
            A file cannot be written.
        ConfigNotSupported
            The disks do not allow it: an internal one of a raw image.
        DeviceNotFound
            The guest has no such disk.
        AgentError
            `quiesce` needs an agent that answers.
        InvalidState
            The guest is off or `kind` is external, and it has checkpoints.
        NotSupported
            The driver does not do that: external ones are for QEMU (``host.supports("external_snapshots")``).
        ReadOnly
            The connection was opened read-only; nothing is sent.

        Notes
        -----
        libvirt overwrites the file for the memory: `memory` is refused where the guest has a file there.

        Where the guest has checkpoints, QEMU does not go back to an internal snapshot, and libvirt takes
        others only of a guest that runs: delete the checkpoints first.
        """
        plan = Plan(
            name=checked_name(name),
            kind=checked_kind(kind, memory, disks, quiesce=quiesce, live=live),
            memory=memory if isinstance(memory, bool) else on_host(memory),
            disks=checked_overlays(disks),
            description=checked_description(description),
        )
        wanted = {"QUIESCE": quiesce, "HALT": halt, "LIVE": live}
        operation, subject = "create", f"{self._noun} {plan.name!r} of {self._domain.subject}"

        def make(domain: VirDomain) -> VirDomainSnapshot:
            from virtsdk import xml
            from virtsdk.models.domain import DomainDef

            if self._host.supports("job_stats"):
                refuse_busy(domain, operation, subject)
            active, defined = bool(domain.isActive()), decoded(domain.XMLDesc, 0)
            document = plan.document(xml.parse(defined, DomainDef), active, operation, subject)
            if document.memory is not None and document.memory.file is not None:
                refuse_overwriting(defined, document.memory.file, "memory", operation, subject)
            names = [one for one, on in wanted.items() if on]
            if plan.kind == "external":
                alone = document.memory is None or document.memory.snapshot != "external"
                names += ["ATOMIC", *(["DISK_ONLY"] if alone else [])]
            return domain.snapshotCreateXML(xml.render(document), _flags(names))

        self._session.refuse_readonly(operation, subject)
        if kind == "external" and not self._host.supports("external_snapshots"):
            raise errors.NotSupported(
                f"cannot {operation} an external snapshot of {self._domain.subject}: the "
                f"{self._host.driver} driver of libvirt {self._host.libvirt_version} has none",
                operation=operation,
                subject=subject,
            )

        def run(seconds: float | None) -> Snapshot:
            made = self._make(operation, plan.name, make, timeout=seconds)
            read_again(self._domain, operation)
            return made

        return as_job(
            self._domain,
            operation,
            run,
            job="snapshot",
            outcome=lambda: self[plan.name],
            proof=lambda: plan.name in self,
            subject=subject,
            wait=wait,
            progress=progress,
            timeout=timeout,
        )


def _flags(names: list[str]) -> int:
    return sum(flag(f"VIR_DOMAIN_SNAPSHOT_CREATE_{name}") for name in names)
