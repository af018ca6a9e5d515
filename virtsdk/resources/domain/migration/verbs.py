"""Moving a guest to another host."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, Unpack, cast, overload
from uuid import UUID

from virtsdk import errors
from virtsdk.binding.protocol import VirConnect, VirDomain
from virtsdk.binding.session import About
from virtsdk.binding.uri import without_password
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.domain.long import LongVerbs
from virtsdk.resources.domain.migration.options import (
    MigrationOptions,
    check,
    flags_of,
    mebibytes,
    milliseconds,
    parameters_of,
    spelled_out,
)
from virtsdk.resources.operation import Operation
from virtsdk.resources.operation.figures import Shown
from virtsdk.words import RUNS

if TYPE_CHECKING:
    from virtsdk.resources.domain import Domain
    from virtsdk.resources.host import Host


class MigrationVerbs(LongVerbs):
    """Moving a guest to another host, and steering that while it goes on."""

    @overload
    def migrate(
        self,
        destination: Host,
        *,
        wait: Literal[True] = True,
        progress: Shown | None = None,
        **options: Unpack[MigrationOptions],
    ) -> Domain: ...
    @overload
    def migrate(
        self,
        destination: str,
        *,
        wait: Literal[True] = True,
        progress: Shown | None = None,
        **options: Unpack[MigrationOptions],
    ) -> None: ...
    @overload
    def migrate(
        self,
        destination: Host,
        *,
        wait: Literal[False],
        progress: Shown | None = None,
        **options: Unpack[MigrationOptions],
    ) -> Operation[Domain]: ...
    @overload
    def migrate(
        self,
        destination: str,
        *,
        wait: Literal[False],
        progress: Shown | None = None,
        **options: Unpack[MigrationOptions],
    ) -> Operation[None]: ...

    @shows_no_variables
    @spelled_out
    def migrate(
        self,
        destination: Host | str,
        *,
        wait: bool = True,
        progress: Shown | None = None,
        **options: Unpack[MigrationOptions],
    ) -> Domain | Operation[Domain] | Operation[None] | None:
        """Move it to another host.

        Parameters
        ----------
        destination
            A `Host`: this process talks to both daemons. Or the URI by which the source's daemon reaches the
            destination's: the two talk to each other (peer to peer), and this process to the source alone.
        live
            Let it run meanwhile; False: it stands still for as long as it takes.
        persistent
            Whether it stays defined at the destination; None: as it is at the source.
        undefine_source
            Remove its definition at the source; None: where it is persistent at the destination, so that it
            is in one place.
        paused
            Leave it paused at the destination.
        offline
            Move the definition of a guest that is off; its disks are not touched.
        copy_storage
            Copy its disks too, for hosts that do not share them: ``"all"``, or ``"incremental"`` for what
            differs from a base image that both have. Images of the same size must be there.
        disks
            Targets (``["vda"]``) of the disks to copy; None for all that are writable and not shared.
        postcopy
            Allow `migrate_start_postcopy`.
        auto_converge
            Slow its vCPUs down step by step if it writes faster than its memory moves.
        compressed
            Compress what moves.
        parallel
            This many connections at once.
        tunnelled
            Through the two daemons' own connection, which may be encrypted; with a URI only.
        tls
            Encrypt the connection between the two QEMUs, which need certificates.
        unsafe
            Go on where libvirt fears for the disks.
        name
            Its name at the destination.
        uri
            Where the memory goes: ``"tcp://10.0.0.7"``, ``"unix:///run/m.sock"``; None leaves that to the
            destination, which names itself.
        disks_uri
            The same for `copy_storage`.
        bandwidth
            At most this many bytes a second, ``MiB(100)``; libvirt counts in whole MiB.
        max_downtime_seconds
            How long it may stand still at the end; the source keeps that for its next migration.
        definition
            A `DomainDef`, or XML text, to run with at the destination: ``guest.definition(migratable=True)``
            with other paths, say. It has to look the same to the guest.
        persistent_definition
            The one for its next start there; its present one where it is left out.
        timeout
            Seconds to wait; None for the source connection's own.
        wait
            False: do not wait, and give an `Operation`, whose figures are those of `job`.
        progress
            ``"auto"`` draws a bar; a function is told the bytes that are done, and of how many.

        Returns
        -------
        Domain or None
            The handle at the destination; None for a URI. The handle at the source stays what it is there:
            off, or gone (`DomainNotFound`). With ``wait=False`` an `Operation` whose result that is.

        Raises
        ------
        TimedOut
            It took longer than `timeout` and goes on: `job` shows how far it is, `abort_job` ends it, and
            ``host.parked_calls`` of the source lists it until it is over. While a destination that does not
            answer has yet to let it in, there is no job.
        MigrationUnsafe
            Its disks could be corrupted: they are not shared, or cached. ``unsafe=True`` if you know better.
        OperationAborted
            `abort_job`, or `Operation.cancel`, ended it; it runs on at the source.
        InvalidState
            It is off, and `offline` was not asked for; or it is being migrated already.
        ReadOnly, ConnectionLost, HostClosed
            Either connection does not allow it, or broke.
        InvalidArgument
            The destination is the host where it is.
        NotSupported
            The driver does not migrate; see ``host.supports("migration")``.

        Examples
        --------
        Two connections, and a guest that goes from one to the other::

            moved = here.domains["web1"].migrate(there, bandwidth=units.MiB(500), timeout=120)

        With a bar, and one that is looked at while it goes on and ended at half of it::

            here.domains["web1"].migrate(there, progress="auto")
            with here.domains["db1"].migrate(there, wait=False) as moving:
                for job in moving:
                    print(job)  # <Job migration-out of db1 running: done 12% of 1.1 GiB, ...>
                    if (job.progress or 0) > 0.5:
                        moving.cancel()

        A driver that does not migrate says so:

        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.supports("migration")
        False
        """
        if isinstance(destination, str):
            destination = without_password(destination)  # libvirt has no use for it, and a traceback shows it
        return self._migrate(destination, options, wait=wait, progress=progress)

    def _migrate(
        self, destination: Host | str, options: MigrationOptions, *, wait: bool, progress: Shown | None
    ) -> Domain | Operation[Domain] | Operation[None] | None:
        operation, where, subject = self._checked(destination, options)
        peer_to_peer = isinstance(destination, str)
        parameters, key = parameters_of(options), UUID(self.key)

        def prepare(conn: VirConnect) -> tuple[VirDomain, int]:
            raw = self._renewed(conn)
            downtime = options.get("max_downtime_seconds")
            if downtime is not None:
                raw.migrateSetMaxDowntime(milliseconds(downtime))
            return raw, flags_of(options, persistent=bool(raw.isPersistent()), peer_to_peer=peer_to_peer)

        def about() -> About:
            return About(f"{self.subject} from {self._host.name!r} to {where!r}", self.key)

        def directly(conn: VirConnect, to: VirConnect) -> None:
            raw, flags = prepare(conn)
            raw.migrate3(to, parameters, flags)

        def by_daemons(conn: VirConnect) -> None:
            raw, flags = prepare(conn)
            raw.migrateToURI3(where, parameters, flags)

        def run(seconds: float | None) -> Domain | None:
            with self._advised(options):
                if isinstance(destination, str):
                    self._session.call(
                        operation, subject, by_daemons, changes=True, timeout=seconds, about=about
                    )
                else:
                    self._session.call_with(
                        destination.session, operation, subject, directly, timeout=seconds, about=about
                    )
            self._changed(operation)
            return outcome()

        def outcome() -> Domain | None:
            return None if isinstance(destination, str) else destination.domains.get(key)

        moved = self._as_job(
            operation,
            run,
            job="migration-out",
            outcome=outcome,
            proof=lambda: self._has_moved(destination),
            wait=wait,
            progress=progress,
            timeout=options.get("timeout"),
            subject=subject,
        )
        return cast("Domain | Operation[Domain] | Operation[None] | None", moved)

    def _checked(self, destination: Host | str, options: MigrationOptions) -> tuple[str, str, str]:
        """Refuse what cannot be before anything is sent; give the operation, the destination, the subject."""
        from virtsdk.resources.host import Host

        if not isinstance(destination, str | Host):
            raise TypeError(f"destination must be a Host or a URI, not {type(destination).__name__}")
        peer_to_peer = isinstance(destination, str)
        if peer_to_peer and "://" not in destination:
            said = "" if "@" in destination else f", not {destination!r}"  # it may have a password
            raise ValueError(f"destination must be a Host or a URI (qemu+ssh://kvm8/system){said}")
        check(options, peer_to_peer=peer_to_peer)
        operation = "migrate"
        where = destination.name if isinstance(destination, Host) else destination
        subject = f"{self.subject} from {self._host.name!r} to {where!r}"
        if isinstance(destination, Host):
            for one in (self._session, destination.session):
                one.refuse_readonly(operation, subject)
        if isinstance(destination, Host) and not destination.supports("migration"):
            raise errors.NotSupported(
                f"cannot migrate {subject}: the {destination.driver} driver there does not migrate",
                operation=operation,
                subject=subject,
            )
        if isinstance(destination, Host) and destination.session is self._session:
            raise errors.InvalidArgument(
                f"cannot migrate {subject}: it already runs on that host",
                operation=operation,
                subject=subject,
            )
        return operation, where, subject

    def _has_moved(self, destination: Host | str) -> bool:
        """Tell whether it runs at the destination, or says here that it went away."""
        try:
            glance, reason = self.refresh(), self.state_reason
        except errors.DomainNotFound:
            glance, reason = None, "unknown"
        if isinstance(destination, str):
            return glance is not None and glance.state == "shutoff" and reason == "migrated"
        there = destination.domains.find(UUID(self.key))
        return (glance is None or glance.state not in RUNS) and there is not None and there.state in RUNS

    @contextmanager
    def _advised(self, options: MigrationOptions) -> Generator[None]:
        """Say what moves a guest that is off, and one to a host whose name the source does not know."""
        try:
            yield
        except (errors.OperationFailed, errors.InternalError) as error:
            if "resolve address" not in (error.libvirt_message or ""):
                raise
            advice = "say how the source reaches it: uri='tcp://ADDRESS', or 'unix:///PATH' on one machine"
            raise type(error)(f"{error}; {advice}", **error.details) from error
        except errors.InvalidState as error:
            if options.get("offline") or self.is_active:
                raise
            advice = "offline=True moves the definition of a guest that is off"
            raise errors.InvalidState(f"{error}; {advice}", **error.details) from error

    def migrate_start_postcopy(self, *, timeout: float | None = None) -> None:
        """Let it run at the destination from now on, and fetch the memory that is still at the source.

        That ends a migration (begun with ``postcopy=True``) however fast the guest writes. From then on it
        needs both hosts and the connection between them: where one of them fails, the guest is lost.

        Parameters
        ----------
        timeout
            Seconds; None for the connection's own.

        Raises
        ------
        InvalidState
            It is not being migrated, or not with ``postcopy=True``.
        """
        self._change("switch to post-copy", lambda raw: raw.migrateStartPostCopy(0), timeout)

    def migrate_set_max_speed(self, bandwidth: int, *, timeout: float | None = None) -> None:
        """Limit how fast it migrates, also while it does.

        Parameters
        ----------
        bandwidth
            Bytes a second, ``MiB(100)``; libvirt counts in whole MiB.
        timeout
            Seconds; None for the connection's own.
        """
        limit = mebibytes(bandwidth)
        self._change("limit the migration of", lambda raw: raw.migrateSetMaxSpeed(limit, 0), timeout)

    def migrate_set_max_downtime(self, seconds: float, *, timeout: float | None = None) -> None:
        """Say how long it may stand still at the end of a migration, also while it goes on.

        Parameters
        ----------
        seconds
            The longer, the sooner a migration of a busy guest ends.
        timeout
            Seconds; None for the connection's own.
        """
        limit = milliseconds(seconds)
        self._change(
            "set the downtime of a migration of", lambda raw: raw.migrateSetMaxDowntime(limit, 0), timeout
        )
