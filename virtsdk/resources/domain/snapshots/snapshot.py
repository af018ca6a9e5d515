"""A snapshot of a guest: `Snapshot`, the live handle."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from virtsdk import errors
from virtsdk.binding.deadlines import seconds
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect, VirDomain, VirDomainSnapshot
from virtsdk.binding.undecoded import decoded
from virtsdk.resources.base import raw_of
from virtsdk.resources.domain.core import abortable
from virtsdk.resources.domain.snapshots.busy import refuse_busy
from virtsdk.resources.domain.snapshots.document import agent_is_connected
from virtsdk.resources.domain.snapshots.facts import MomentFacts
from virtsdk.resources.domain.snapshots.moment import Moment, read_again
from virtsdk.words import RUNS

if TYPE_CHECKING:
    from virtsdk.models.domain_snapshot import DomainSnapshotDef

_AGENT_SECONDS: Final = 60.0  # an agent that is not back by then does not come


class Snapshot(Moment[VirDomainSnapshot]):
    """A live handle on a snapshot of a guest.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     guest = host.domains["test"]
    ...     before = guest.snapshots.create("before")
    ...     guest.destroy()
    ...     before.revert()
    ...     print(guest.state, before.is_current, before.parent)
    ...     before.delete()
    running True None
    """

    kind: ClassVar[str] = "snapshot"

    def _lookup(self, conn: VirConnect) -> VirDomainSnapshot:
        return raw_of(self._domain, conn).snapshotLookupByName(self._name, 0)

    @property
    def is_current(self) -> bool:
        """True where the guest goes on from it: it is the parent of the next one; asks the host."""
        return bool(self._call("read", lambda raw: raw.isCurrent(0)))

    @property
    def has_metadata(self) -> bool:
        """True where libvirt itself keeps its document, as for QEMU: it has to go before the guest can.

        Asks the host.
        """
        return bool(self._call("read", lambda raw: raw.hasMetadata(0)))

    def definition(self, *, secure: bool = False) -> DomainSnapshotDef:
        """Read its document: when and how it was taken, and the guest's definition then.

        Parameters
        ----------
        secure
            With the passwords in the guest's definition; needs a connection that may write.

        Returns
        -------
        DomainSnapshotDef
            The typed document; `Snapshots.redefine` takes it.

        Raises
        ------
        ReadOnly
            `secure` needs a connection that may write.
        """
        from virtsdk import xml
        from virtsdk.models.domain_snapshot import DomainSnapshotDef

        return xml.parse(self.definition_xml(secure=secure), DomainSnapshotDef)

    # --- changing it ------------------------------------------------------------

    def revert(
        self,
        *,
        state: Literal["running", "paused"] | None = None,
        force: bool = False,
        timeout: float | None = None,
    ) -> None:
        """Bring the guest back to it; what the guest did since is lost, unless another snapshot has it.

        Where the guest runs afterwards and its agent was connected before, this returns when the agent
        answers again: the guest's programs go on from the snapshot, and with them the agent's side of its
        channel.

        Parameters
        ----------
        state
            How the guest is afterwards: ``"running"``, ``"paused"``; None for as it was when the snapshot was
            taken.
        force
            Go on where libvirt sees a risk: the guest's definition changed since in a way that needs a new
            QEMU process, or is not in the snapshot (`RevertRisky`); and where the guest has checkpoints.
        timeout
            Seconds for all of it, the agent included; None for the connection's own for the call, and a
            minute for the agent.

        Raises
        ------
        NotSupported
            It is external, and this libvirt does not revert to those; see
            ``host.supports("revert_external")``. Nothing was changed.
        InvalidState
            The guest has checkpoints, which QEMU does not go back behind: libvirt 9.0 stops the guest, and
            finds out when it starts it again. Nothing was changed; delete them first.
        RevertRisky
            libvirt wants that forced.
        ResourceBusy
            The guest has another job: a backup, a migration.
        TimedOut
            The call took longer, and goes on; or the guest was reverted and its agent did not come back: it
            may have been booting when the snapshot was taken.
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        if state not in (None, "running", "paused"):
            raise ValueError(f'state must be "running", "paused" or None, not {state!r}')
        limit = seconds(timeout)
        begun = time.monotonic()
        names = ([f"REVERT_{state.upper()}"] if state else []) + (["REVERT_FORCE"] if force else [])
        flags = sum(flag(f"VIR_DOMAIN_SNAPSHOT_{name}") for name in names)
        connected: list[bool] = []

        def revert(raw: VirDomainSnapshot) -> None:
            domain = raw.domain()
            if self._host.supports("job_stats"):
                refuse_busy(domain, "revert to", self.subject)
            connected.append(agent_is_connected(decoded(domain.XMLDesc, 0)))
            self._refuse(raw, domain, force)
            domain.revertToSnapshot(raw, flags)

        with abortable():
            self._change("revert to", revert, timeout=limit)
        read_again(self._domain, "revert")
        glance = self._domain.last_seen
        if connected[-1] and glance is not None and glance.state in RUNS:
            left = _AGENT_SECONDS if limit is None else max(limit - (time.monotonic() - begun), 0.1)
            self._wait_for_agent(left)

    def _refuse(self, raw: VirDomainSnapshot, domain: VirDomain, force: bool) -> None:
        """Refuse what libvirt would find out too late, or in words that help nobody."""
        operation = "revert to"
        external = MomentFacts.of(decoded(raw.getXMLDesc, 0)).kind == "external"
        if external and not self._host.supports("revert_external"):
            raise errors.NotSupported(
                f"cannot {operation} {self.subject}: it is external, and this host's libvirt "
                f"{self._host.libvirt_version} does not revert to those (9.9 does); delete() merges it into "
                "the guest's disks",
                operation=operation,
                subject=self.subject,
            )
        if not external and not force and self._session.driver == "qemu":
            names = [one.getName() for one in domain.listAllCheckpoints(0)]
            if names:
                raise errors.InvalidState(
                    f"cannot {operation} {self.subject}: the guest has checkpoints "
                    f"({', '.join(sorted(names))}), and QEMU does not go back behind those: the guest would "
                    "be stopped and not start again; delete them first (guest.checkpoints)",
                    operation=operation,
                    subject=self.subject,
                )

    def _wait_for_agent(self, left: float) -> None:
        try:
            self._domain.wait("agent", timeout=left)
        except errors.TimedOut as error:
            raise errors.TimedOut(
                f"{self._domain.subject} is back at {self.kind} {self._name!r}, but its agent did not answer "
                f"within {left:.3g} s: it may have been booting when the snapshot was taken",
                operation=error.operation,
                subject=self.subject,
            ) from error

    def delete(
        self,
        *,
        children: bool | Literal["only"] = False,
        metadata_only: bool = False,
        timeout: float | None = None,
    ) -> None:
        """Delete it; the guest stays as it is, and what follows it then follows its parent.

        Parameters
        ----------
        children
            True deletes all that follow it as well, however far; ``"only"`` those and not itself.
        metadata_only
            Have libvirt forget it, and leave the disks as they are.
        timeout
            Seconds to wait; None for the connection's own. It goes on after `TimedOut`.

        Raises
        ------
        NotSupported
            It is external, and this libvirt does not merge it; see ``host.supports("delete_external")``.
        ResourceBusy
            The guest has another job: a backup, a migration.
        InvalidArgument, OperationFailed
            Its files are not where they were.
        ReadOnly
            The connection was opened read-only; nothing is sent.

        Notes
        -----
        An external one is merged: the data that was written since goes into the image below, and its own file
        is removed. Of one with memory libvirt 9.0 leaves the file of the memory (``memory_file`` in the
        frame).
        """
        flags = delete_flags("VIR_DOMAIN_SNAPSHOT_DELETE_", children, metadata_only)

        def delete(raw: VirDomainSnapshot) -> None:
            if self._host.supports("job_stats"):
                refuse_busy(raw.domain(), "delete", self.subject)
            raw.delete(flags)

        with abortable():
            self._change("delete", delete, timeout=timeout)


def delete_flags(prefix: str, children: bool | str, metadata_only: bool) -> int:
    """Give the flags of libvirt's ``delete``.

    Raises
    ------
    ValueError
        `children` is nothing of the kind.
    """
    if not isinstance(children, bool) and children != "only":
        raise ValueError(f'children must be True, False or "only", not {children!r}')
    named = {"CHILDREN": children is True, "CHILDREN_ONLY": children == "only"}
    named["METADATA_ONLY"] = metadata_only
    return sum(flag(prefix + name) for name, on in named.items() if on)
