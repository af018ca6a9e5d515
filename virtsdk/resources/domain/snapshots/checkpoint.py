"""Checkpoints of a guest: points from which the changes of its disks are tracked, for incremental backups."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect, VirDomain, VirDomainCheckpoint
from virtsdk.binding.undecoded import decoded
from virtsdk.resources.base import raw_of
from virtsdk.resources.domain.snapshots.document import (
    check_there,
    checked_description,
    checked_name,
    checked_targets,
)
from virtsdk.resources.domain.snapshots.facts import MomentFacts
from virtsdk.resources.domain.snapshots.moment import Moment, Moments
from virtsdk.resources.domain.snapshots.snapshot import delete_flags

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.models.domain_checkpoint import DomainCheckpointDef


class Checkpoint(Moment[VirDomainCheckpoint]):
    """A live handle on a checkpoint of a guest.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     guest = host.domains["test"]
    ...     monday = guest.checkpoints.create("monday")
    ...     tuesday = guest.checkpoints.create("tuesday")
    ...     print(tuesday.parent == monday, [one.name for one in monday.children])
    ...     monday.delete(children=True)
    True ['tuesday']
    """

    kind: ClassVar[str] = "checkpoint"

    def _lookup(self, conn: VirConnect) -> VirDomainCheckpoint:
        return raw_of(self._domain, conn).checkpointLookupByName(self._name, 0)

    @property
    def size_bytes(self) -> int | None:
        """Bytes of its disks that were written to since: what an incremental backup from it copies, about.

        QEMU counts whole pieces of the disk, mostly of 64 KiB. None while the guest is off, and where the
        driver does not count. Asks the host.
        """

        def read(raw: VirDomainCheckpoint) -> int | None:
            if not raw.domain().isActive():
                return None
            return MomentFacts.of(decoded(raw.getXMLDesc, _sized())).size_bytes

        return self._call("read the size of", read)

    def definition(self, *, secure: bool = False) -> DomainCheckpointDef:
        """Read its document: when it was made, of which disks, and the guest's definition then.

        Parameters
        ----------
        secure
            With the passwords in the guest's definition; needs a connection that may write.

        Returns
        -------
        DomainCheckpointDef
            The typed document; `Checkpoints.redefine` takes it.

        Raises
        ------
        ReadOnly
            `secure` needs a connection that may write.
        """
        from virtsdk import xml
        from virtsdk.models.domain_checkpoint import DomainCheckpointDef

        return xml.parse(self.definition_xml(secure=secure), DomainCheckpointDef)

    def delete(
        self,
        *,
        children: bool | Literal["only"] = False,
        metadata_only: bool = False,
        timeout: float | None = None,
    ) -> None:
        """Delete it; what it tracked goes to its parent, so that backups since that one stay possible.

        Parameters
        ----------
        children
            True deletes all that follow it as well, however far; ``"only"`` those and not itself.
        metadata_only
            Have libvirt forget it, and leave what tracks the changes in the images.
        timeout
            Seconds to wait; None for the connection's own.

        Raises
        ------
        InvalidState
            The guest is off: QEMU keeps the tracking, and has to run for it to go.
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        flags = delete_flags("VIR_DOMAIN_CHECKPOINT_DELETE_", children, metadata_only)
        self._change("delete", lambda raw: raw.delete(flags), timeout=timeout)


class Checkpoints(Moments[Checkpoint, VirDomainCheckpoint]):
    """All checkpoints of a guest, by name, in the order of their tree: ``guest.checkpoints``.

    The frame has one row per checkpoint: host, domain (the guest's UUID), domain_name, name, parent, time
    (UTC), children (how many follow it directly), size_bytes (what was written since; missing while the guest
    is off, and where the driver does not count), disks (targets, with commas between them), description. That
    takes two calls per checkpoint.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     checkpoints = host.domains["test"].checkpoints
    ...     made = checkpoints.create("monday", description="before the new kernel")
    ...     print(checkpoints.frame()[["name", "disks", "description"]].to_string(index=False))
    ...     made.delete()
      name disks           description
    monday   vda before the new kernel
    """

    _handle_class = Checkpoint
    _noun: ClassVar[str] = "checkpoint"
    _missing: ClassVar[type[errors.NotFound]] = errors.CheckpointNotFound
    _columns: ClassVar[Mapping[str, str]] = {
        "domain": "str",
        "domain_name": "str",
        "name": "str",
        "parent": "string",
        "time": "datetime64[us, UTC]",
        "children": "Int64",
        "size_bytes": "Int64",
        "disks": "str",
        "description": "string",
    }

    def _all(self, conn: VirConnect, flags: int) -> list[VirDomainCheckpoint]:
        return self._bound(conn).listAllCheckpoints(flags)

    def _find_name(self, conn: VirConnect, name: str) -> VirDomainCheckpoint:
        return self._bound(conn).checkpointLookupByName(name, 0)

    def _document(self, raw: VirDomainCheckpoint) -> str:
        return decoded(raw.getXMLDesc, flag("VIR_DOMAIN_CHECKPOINT_XML_NO_DOMAIN"))

    def _recreate(self, domain: VirDomain, document: str, current: bool) -> VirDomainCheckpoint:
        if current:
            raise ValueError("current is for snapshots: a guest has no current checkpoint")
        return domain.checkpointCreateXML(document, flag("VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE"))

    def definitions(self, *, secure: bool = False) -> list[DomainCheckpointDef]:
        """Read the documents of all, parents first: `redefine` takes them on another host.

        Parameters
        ----------
        secure
            With the passwords in the guest's definition; needs a connection that may write.

        Returns
        -------
        list of DomainCheckpointDef
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
        disks: Collection[str] | None = None,
        quiesce: bool = False,
        description: str | None = None,
        timeout: float | None = None,
    ) -> Checkpoint:
        """Begin to track changes from now on; `Domain.backup` with ``checkpoint=`` makes a backup as well.

        Parameters
        ----------
        name
            Its name; None for the time, in seconds since 1970.
        disks
            Targets of the disks that take part; None for all that are written to. They have to be qcow2.
        quiesce
            Have the driver freeze the guest's file systems meanwhile. QEMU's does not (`NotSupported`):
            freeze them around it, by the guest's agent.
        description
            Free text for people.
        timeout
            Seconds to wait; None for the connection's own.

        Returns
        -------
        Checkpoint
            A handle on it.

        Raises
        ------
        InvalidState
            The guest is off.
        NotSupported
            The driver has none (``host.supports("checkpoints")``), or does not quiesce.
        ConfigNotSupported
            A disk is not qcow2.
        DeviceNotFound
            The guest has no such disk.
        AlreadyExists
            There is one of that name.
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        named, text, targets = checked_name(name), checked_description(description), checked_targets(disks)
        flags = flag("VIR_DOMAIN_CHECKPOINT_CREATE_QUIESCE") if quiesce else 0
        operation = "create"

        def make(domain: VirDomain) -> VirDomainCheckpoint:
            from virtsdk import xml
            from virtsdk.models.domain import DomainDef

            if targets is not None:
                guest = xml.parse(decoded(domain.XMLDesc, 0), DomainDef)
                check_there(targets, guest, operation, self.subject)
            document = xml.render(checkpoint_document(named, targets, text))
            return domain.checkpointCreateXML(document, flags)

        return self._make(operation, named, make, timeout=timeout)

    def frame(self) -> pd.DataFrame:
        """Read all as a frame, with their sizes.

        Returns
        -------
        pandas.DataFrame
            One row per checkpoint: host, then the columns that the collection's docstring names.
        """
        frame = super().frame()
        sizes = self._session.call("read the sizes of the", self.subject, self._sizes)
        frame["size_bytes"] = frame["name"].map(sizes).astype("Int64")
        return frame

    def _sizes(self, conn: VirConnect) -> dict[str, int | None]:
        if not self._bound(conn).isActive():
            return {}
        found: dict[str, int | None] = {}
        for raw in self._all(conn, 0):
            try:
                with self._session.translated(conn, "read the size of", f"{self._noun} {raw.getName()!r}"):
                    found[raw.getName()] = MomentFacts.of(decoded(raw.getXMLDesc, _sized())).size_bytes
            except errors.VirtError:  # gone meanwhile, or its bitmap is broken: the others have theirs
                continue
        return found


def checkpoint_document(
    name: str, targets: Collection[str] | None, description: str | None = None
) -> DomainCheckpointDef:
    """Write the document that makes a checkpoint."""
    from virtsdk.models.domain_checkpoint import CheckpointDisk, CheckpointDisks, DomainCheckpointDef

    disks = [CheckpointDisk(name=target, checkpoint="bitmap") for target in targets or ()]
    return DomainCheckpointDef(
        name=name, description=description, disks=CheckpointDisks(disks=disks) if disks else None
    )


def _sized() -> int:
    return flag("VIR_DOMAIN_CHECKPOINT_XML_SIZE") | flag("VIR_DOMAIN_CHECKPOINT_XML_NO_DOMAIN")
