"""The way that every call to libvirt takes."""

from __future__ import annotations

import logging
import time
import weakref
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import NamedTuple, TypeVar

from virtsdk import errors
from virtsdk.binding import workers
from virtsdk.binding.calls import nothing_kept, translated
from virtsdk.binding.connection import Connection
from virtsdk.binding.deadlines import seconds
from virtsdk.binding.events import loop as eventloop
from virtsdk.binding.library import library
from virtsdk.binding.protocol import VirConnect
from virtsdk.binding.restoring import RestoringConnection
from virtsdk.binding.upkeep.farewell import alive
from virtsdk.binding.upkeep.nudge import Nudges
from virtsdk.binding.upkeep.turns import Turns
from virtsdk.binding.way_in.door import Door

T = TypeVar("T")

_audit = logging.getLogger("virtsdk.audit")


class About(NamedTuple):
    """The object of a change, as the audit log names it."""

    subject: str
    uuid: str | None = None


class Session(RestoringConnection):
    """A connection, and the calls on it.

    Everything that reaches libvirt goes through `call`: it refuses what a read-only or closed connection
    cannot do, translates errors, keeps the audit log, waits with a deadline, and uses the new connection
    after a reconnect.

    Parameters
    ----------
    door
        Opens connections: to which URI, read-only or not, with which credentials.
    reconnect
        Come back by itself after a lost connection.
    timeout
        Seconds that opening, and each later call, may take; None for as long as libvirt takes.

    Attributes
    ----------
    readonly
        Nothing can be changed through it.
    last_change
        A token of the last changing call; another one means that what was read before may be outdated.
    """

    readonly: bool
    last_change: object
    nudges: Nudges

    def __init__(self, door: Door, *, reconnect: bool = True, timeout: float | None = None) -> None:
        self.readonly = door.readonly
        self.last_change = object()
        self.nudges = Nudges(_nudge_of(weakref.ref(self)))
        super().__init__(door, reconnect=reconnect, timeout=timeout)

    def __repr__(self) -> str:
        return f"<Session {self.subject} {'closed' if self.closed else 'open'}>"

    @property
    def parked(self) -> list[tuple[str, float]]:
        """The calls that were given up waiting for and still run: what, and for how many seconds."""
        return workers.parked(id(self))

    def call(
        self,
        operation: str,
        subject: str,
        function: Callable[[VirConnect], T],
        *,
        changes: bool = False,
        timeout: float | None = None,
        about: Callable[[], About] | None = None,
    ) -> T:
        """Make a call.

        Parameters
        ----------
        operation, subject
            What is done to what, in the words of messages: ``"start"``, ``"domain 'web1'"``.
        function
            Makes the call on the connection that it is given.
        changes
            The call changes something on the host: it is refused on a read-only connection, logged by
            ``virtsdk.audit``, and not repeated when the connection is lost meanwhile.
        timeout
            Seconds for all of it, waiting for a lost connection included; None for the session's own. Where
            there are none, nothing is sent.
        about
            Says, after a change, what the audit log calls its object; None for `subject`.

        Raises
        ------
        ReadOnly, HostClosed, ConnectionLost, TimedOut
            The connection does not allow it, is closed, broke, or the answer took too long.
        VirtError
            What libvirt said, by meaning.
        """
        if changes:
            self.refuse_readonly(operation, subject)
        limit, deadline = self._limits(operation, subject, timeout)

        def attempt(conn: VirConnect) -> T:
            return self._attempt(conn, operation, subject, function, limit, deadline)

        if not changes:
            conn = self._current(operation, subject, deadline)
            try:
                return attempt(conn)
            except errors.ConnectionLost:
                if not self._reconnects or self._closed or eventloop.in_loop():
                    raise
            return attempt(self._current(operation, subject, deadline))
        with self.audited(operation, subject, about):
            return attempt(self._current(operation, subject, deadline))

    def call_with(
        self,
        other: Session,
        operation: str,
        subject: str,
        function: Callable[[VirConnect, VirConnect], T],
        *,
        timeout: float | None = None,
        about: Callable[[], About] | None = None,
    ) -> T:
        """Make a changing call that needs another host's connection too: a migration.

        Both connections may change things, or nothing is sent; both have the call in their audit log; neither
        is closed before the call is out of it.

        Parameters
        ----------
        other
            The other host's session.
        operation, subject, timeout, about
            As for `call`; the deadline and the parked call are this session's.
        function
            Makes the call on this session's connection and the other's.

        Raises
        ------
        ReadOnly, HostClosed, ConnectionLost, TimedOut
            As for `call`, for either of the two.
        VirtError
            What libvirt said, by meaning.
        """
        for one in (self, other):
            one.refuse_readonly(operation, subject)
        limit, deadline = self._limits(operation, subject, timeout)
        with self.audited(operation, subject, about), other.audited(operation, subject, about):
            second = other._current(operation, subject, deadline)
            lent = [second]  # as `leased` in `_attempt`

            def both(conn: VirConnect) -> T:
                if not _taken(lent):
                    raise workers.Waited(operation)
                try:
                    return function(conn, second)
                except library().libvirtError as error:
                    if alive(second):
                        raise
                    other.lost(second, str(error))
                    raise errors.ConnectionLost(
                        f"the connection to {other.subject} was lost while trying to "
                        f"{operation} {subject}: {error}",
                        operation=operation,
                        subject=subject,
                        libvirt_message=str(error),
                    ) from error
                finally:
                    other._leases.give_back(second)

            try:
                conn = self._current(operation, subject, deadline)
                return self._attempt(conn, operation, subject, both, limit, deadline, (other, second))
            finally:
                if _taken(lent):
                    other._leases.give_back(second)

    @contextmanager
    def lent(
        self,
        operation: str,
        subject: str,
        *,
        changes: bool = False,
        about: Callable[[], About] | None = None,
    ) -> Generator[VirConnect]:
        """Lend libvirt's own connection for a block, whose calls are made by the caller's thread.

        Parameters
        ----------
        operation, subject, changes, about
            As for `call`; the block is one change.

        Raises
        ------
        ReadOnly, HostClosed, ConnectionLost
            The connection does not allow it, is closed, or broke.
        NotSupported
            Calls on this connection must not meet, and in a block nobody sees to that.
        VirtError
            What libvirt says in the block, by meaning.
        """
        if changes:
            self.refuse_readonly(operation, subject)
        with self.audited(operation, subject, about) if changes else nullcontext():
            conn = self._current(operation, subject, None)
            try:
                if self.turns_on(conn).needed:
                    raise errors.NotSupported(
                        f"cannot {operation} {subject}: calls on {self.uri} have to take turns where libvirt "
                        "here is older than 10.4; use host.session.call, or connect by qemu+ssh",
                        operation=operation,
                        subject=subject,
                    )
                with self.nudges.under_way(), self.translated(conn, operation, subject):
                    yield conn
            except errors.ConnectionLost as error:
                if not alive(conn):
                    self.lost(conn, error.libvirt_message or str(error))
                raise
            finally:
                self._leases.give_back(conn)

    def _limits(
        self, operation: str, subject: str, timeout: float | None
    ) -> tuple[float | None, float | None]:
        """Give the seconds that a call has, and when they are over."""
        limit = self.timeout if timeout is None else seconds(timeout)
        if limit is None:
            return None, None
        if limit <= 0:
            raise errors.TimedOut(
                f"cannot {operation} {subject}: no time was left for it", operation=operation, subject=subject
            )
        return limit, time.monotonic() + limit

    def refuse_readonly(self, operation: str, subject: str) -> None:
        """Raise `ReadOnly` where the connection was opened so, before anything is sent."""
        if self.readonly:
            raise errors.ReadOnly(
                f"cannot {operation} {subject}: the connection to {self.uri} was opened with readonly=True",
                operation=operation,
                subject=subject,
            )

    @contextmanager
    def audited(
        self, operation: str, subject: str, about: Callable[[], About] | None = None
    ) -> Generator[None]:
        """Note the change in the block, and what became of it for the audit log; `about` as for `call`."""
        outcome = "ok"
        try:
            yield
        except BaseException as error:
            outcome = type(error).__name__
            raise
        finally:
            self.last_change = object()
            name, uuid = About(subject) if about is None else about()
            _audit.info(
                "%s: %s %s: %s",
                self.uri,
                operation,
                name if uuid is None else f"{name} ({uuid})",
                outcome,
                extra={
                    "host": self.uri,
                    "object": name,
                    "uuid": uuid,
                    "verb": operation,
                    "outcome": outcome,
                },
            )

    def translated(self, conn: VirConnect, operation: str, subject: str) -> AbstractContextManager[None]:
        """Raise libvirt's errors in the block as ours: for a call of several steps, where one may fail."""
        return translated(operation, subject, alive=lambda: alive(conn), driver=self.driver)

    def _attempt(
        self,
        conn: VirConnect,
        operation: str,
        subject: str,
        function: Callable[[VirConnect], T],
        limit: float | None,
        deadline: float | None,
        *others: tuple[Connection, VirConnect],
    ) -> T:
        leased = [conn]  # whoever takes it out, the worker to begin or else the caller, gives it back
        turns = [self.turns_on(conn), *(one.turns_on(its) for one, its in others)]

        def use() -> T:
            with Turns.all_of(turns):
                return begin()

        def begin() -> T:
            if not _taken(leased):  # the caller went away before it began, so nothing is sent
                raise workers.Waited(operation)
            try:
                with self.nudges.under_way(), self.translated(conn, operation, subject), nothing_kept():
                    return function(conn)
            except errors.ConnectionLost as error:
                if not alive(conn):  # it may have been another host's: where a guest migrates to
                    self.lost(conn, error.libvirt_message or str(error))
                raise
            finally:
                self._leases.give_back(conn)

        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        try:
            return self.attend(conn, use, f"{operation} {subject}", left, *others)
        except BaseException as ended:
            never_begun = _taken(leased)
            if never_begun:
                self._leases.give_back(conn)
            if isinstance(ended, workers.Abandoned):
                silent = next((one for one, its in others if one.is_silent(its)), self)
                more = "" if never_begun else "; the call itself may go on"
                raise errors.ConnectionLost(
                    f"the connection was lost while trying to {operation} {subject}: "
                    f"{silent.uri} does not answer{more}",
                    operation=operation,
                    subject=subject,
                ) from ended
            if not isinstance(ended, workers.Waited):
                raise
            more = "" if never_begun else "; the call itself goes on"
            raise errors.TimedOut(
                f"cannot {operation} {subject}: no answer in {limit:g} s{more}",
                operation=operation,
                subject=subject,
            ) from ended


def _nudge_of(session: weakref.ref[Session]) -> Callable[[], None]:
    def nudge() -> None:
        there = session()
        if there is not None:
            there.nudge()

    return nudge


def _taken(leased: list[VirConnect]) -> bool:
    try:
        leased.pop()
    except IndexError:
        return False
    return True
