"""The snapshots of a guest: `Snapshots`, and how one is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from posixpath import splitext
from typing import TYPE_CHECKING, ClassVar, Literal

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect, VirDomain, VirDomainSnapshot
from virtsdk.binding.undecoded import decoded
from virtsdk.resources.domain.core import abortable
from virtsdk.resources.domain.saving import on_host
from virtsdk.resources.domain.snapshots.document import (
    Overlays,
    Path,
    check_there,
    checked_description,
    checked_name,
    checked_overlays,
    disks_of,
    image_of,
    targets_of,
)
from virtsdk.resources.domain.snapshots.moment import Moments, read_again
from virtsdk.resources.domain.snapshots.snapshot import Snapshot

if TYPE_CHECKING:
    from virtsdk.models.domain import DomainDef
    from virtsdk.models.domain_snapshot import DomainSnapshotDef


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
        timeout: float | None = None,
    ) -> Snapshot:
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
        timeout
            Seconds to wait; None for the connection's own. It goes on after `TimedOut`; ``abort_job()`` of
            the guest ends it.

        Returns
        -------
        Snapshot
            A handle on it.

        Raises
        ------
        AlreadyExists
            There is one of that name.
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
        libvirt overwrites the file for the memory: `memory` is refused where a disk of the guest is there.

        Where the guest has checkpoints, QEMU does not go back to an internal snapshot, and libvirt takes
        others only of a guest that runs: delete the checkpoints first.
        """
        plan = Plan(
            name=checked_name(name),
            kind=_checked_kind(kind, memory, disks, quiesce=quiesce, live=live),
            memory=memory if isinstance(memory, bool) else on_host(memory),
            disks=checked_overlays(disks),
            description=checked_description(description),
        )
        wanted = {"QUIESCE": quiesce, "HALT": halt, "LIVE": live}
        operation = "create"

        def make(domain: VirDomain) -> VirDomainSnapshot:
            from virtsdk import xml
            from virtsdk.models.domain import DomainDef

            active = bool(domain.isActive())
            guest = xml.parse(decoded(domain.XMLDesc, 0), DomainDef)
            document = plan.document(guest, active, operation, self.subject)
            names = [one for one, on in wanted.items() if on]
            if plan.kind == "external":
                alone = document.memory is None or document.memory.snapshot != "external"
                names += ["ATOMIC", *(["DISK_ONLY"] if alone else [])]
            return domain.snapshotCreateXML(xml.render(document), _flags(names))

        self._session.refuse_readonly(operation, self.subject)
        if kind == "external" and not self._host.supports("external_snapshots"):
            raise errors.NotSupported(
                f"cannot {operation} an external snapshot of {self._domain.subject}: the "
                f"{self._host.driver} driver of libvirt {self._host.libvirt_version} has none",
                operation=operation,
                subject=self.subject,
            )
        with abortable():
            made = self._make(operation, plan.name, make, timeout=timeout)
        read_again(self._domain, operation)
        return made


def _flags(names: list[str]) -> int:
    return sum(flag(f"VIR_DOMAIN_SNAPSHOT_CREATE_{name}") for name in names)


def _checked_kind(
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
            The file for the memory is a disk of the guest.
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
        images = [image for disk in disks_of(guest) if (image := image_of(disk)) is not None]
        if isinstance(self.memory, str):
            if self.memory in images:
                raise errors.InvalidArgument(
                    f"cannot {operation} {subject}: memory must be a file of its own, not the guest's disk "
                    f"{self.memory!r}, which would be overwritten",
                    operation=operation,
                    subject=subject,
                )
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
