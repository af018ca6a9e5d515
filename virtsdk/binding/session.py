"""One connection to a libvirt host, and the way that every call takes."""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from virtsdk import errors
from virtsdk.binding import eventloop, workers
from virtsdk.binding.calls import translated
from virtsdk.binding.credentials import Auth, Authenticator
from virtsdk.binding.door import Door
from virtsdk.binding.leases import Leases
from virtsdk.binding.library import library
from virtsdk.binding.protocol import VirConnect
from virtsdk.binding.roles import Detach, Holder, Watcher
from virtsdk.binding.uri import without_password

T = TypeVar("T")

_log = logging.getLogger(__name__)
_audit = logging.getLogger("virtsdk.audit")

_PATIENCE = 10.0  # seconds that a call waits for a lost connection to come back
_LONGEST_PAUSE = 5.0  # between two tries to reconnect
_LONGEST_PAUSE_AFTER_REFUSAL = 60.0  # where the credentials do not work any more: accounts get locked
_FAREWELL = 5.0  # seconds for telling a host that a connection ends


_sessions: weakref.WeakSet[Session] = weakref.WeakSet()


class Session:
    """The owner of a ``virConnect``.

    Everything that reaches libvirt goes through `call`: it refuses what a read-only or closed connection
    cannot do, translates errors, keeps the audit log, waits with a deadline, and uses the new connection
    after a reconnect.

    Parameters
    ----------
    uri
        A libvirt URI; None for libvirt's default.
    readonly
        Open a connection that cannot change anything.
    auth
        Credentials, or a callback that gives them (see `virtsdk.connect`).
    verify
        Check that the other end is the host that is meant.
    keepalive
        Seconds between probes, and how many may go unanswered; None for no probes.
    reconnect
        Come back by itself after a lost connection.
    timeout
        Seconds that opening, and each later call, may take; None for as long as libvirt takes.
    """

    def __init__(
        self,
        uri: str | None,
        *,
        readonly: bool = False,
        auth: Auth | Authenticator = None,
        verify: bool = True,
        keepalive: tuple[int, int] | None = (5, 3),
        reconnect: bool = True,
        timeout: float | None = None,
    ) -> None:
        self.readonly = readonly
        self.timeout = timeout
        authenticator = Authenticator.of(auth, uri)
        uri = None if uri is None else without_password(uri)
        del auth  # a traceback may show the variables of its frames
        self._door = Door(
            uri, readonly=readonly, verify=verify, authenticator=authenticator, keepalive=keepalive
        )
        self._reconnects = reconnect
        self._changed = threading.Condition()
        self._conn: VirConnect | None = None
        self._leases = Leases()
        self._closed = False
        self._lost_at: float | None = None
        self._obstacle: errors.VirtError | None = None  # to coming back
        self._holders: weakref.WeakValueDictionary[int, Holder] = weakref.WeakValueDictionary()
        self._watchers: list[Watcher] = []
        self._detach: list[Detach] = []
        self.uri = uri or ""
        self.driver = ""
        self.generation = 0
        self._finalizer: weakref.finalize[..., Session] | None = None
        _sessions.add(self)
        conn = self._open()
        with translated("read the URI of", self.subject):
            self.uri = without_password(conn.getURI())
            self.driver = conn.getType().lower().replace("-", "")
        self._keep(conn)

    @property
    def subject(self) -> str:
        """What messages call it."""
        return f"host {self.uri!r}" if self.uri else "the default host"

    # --- opening and closing ------------------------------------------------------------

    def _open(self) -> VirConnect:
        return self._door.open(self.timeout, _closed_by_libvirt, weakref.ref(self))

    def close(self) -> None:
        """Close the connection; a second call does nothing."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            conn, self._conn = self._conn, None
            self._changed.notify_all()
        self._let_go()
        for watcher in self._watchers:
            watcher.closing()
        if conn is not None:
            self._release(conn)

    def _let_go(self) -> None:
        for holder in list(self._holders.values()):
            holder.forget()

    def _keep(self, conn: VirConnect) -> None:
        """Make a connection the session's own; one that is never closed is released with its session."""
        self._conn = conn
        self.generation += 1
        self._finalizer = weakref.finalize(self, _release, conn, self._detach, self.uri)
        self._finalizer.atexit = False  # at the interpreter's end the system closes what is open

    def _release(self, conn: VirConnect) -> None:
        if self._finalizer is not None:
            self._finalizer.detach()
        detach, uri = self._detach, self.uri
        self._leases.end(conn, lambda: _release(conn, detach, uri))

    def abandon(self) -> None:
        """Leave the connection to the process that this one was forked from: not even close it."""
        conn: Any = self._conn
        if conn is not None:
            conn._o = None  # what libvirt's object closes when it goes
        if self._finalizer is not None:
            self._finalizer.detach()

    @property
    def closed(self) -> bool:
        """True after `close`."""
        return self._closed

    @property
    def is_alive(self) -> bool:
        """True while the connection is open and answers, as far as is known without asking the host."""
        with self._changed:
            conn = self._conn
            if conn is None:
                return False
            self._leases.take(conn)
        try:
            return _alive(conn)
        finally:
            self._leases.give_back(conn)

    def is_current(self, conn: VirConnect) -> bool:
        """Tell whether this is the connection that calls are made on."""
        return conn is self._conn

    @property
    def parked(self) -> list[tuple[str, float]]:
        """The calls that were given up waiting for and still run: what, and for how many seconds."""
        return workers.parked(id(self))

    # --- losing and restoring ------------------------------------------------------------

    def adopt(self, holder: Holder) -> None:
        """Tell `holder` to forget its libvirt objects when their connection ends; held weakly."""
        self._holders[id(holder)] = holder

    def watch(self, watcher: Watcher, detach: Detach) -> None:
        """Tell a watcher when the connection is lost, is back, or is closed.

        Parameters
        ----------
        watcher
            Held for as long as the session.
        detach
            Takes the watcher's callbacks off a connection before that is released; must not refer to the
            session.
        """
        self._watchers.append(watcher)
        self._detach.append(detach)

    def lost(self, conn: VirConnect, reason: str) -> None:
        """Take note that a connection is dead, and start to reconnect."""
        with self._changed:
            if self._closed or conn is not self._conn:
                return
            self._conn = None
            self._lost_at = time.monotonic()
            self._changed.notify_all()
        _log.warning("lost the connection to %s (%s)", self.uri, reason)
        threading.Thread(
            target=_restore, args=(weakref.ref(self), conn), name="virtsdk-reconnect", daemon=True
        ).start()

    def let_go_of(self, dead: VirConnect) -> None:
        """Release a dead connection and all that hangs on it, and tell the watchers."""
        self._let_go()
        self._release(dead)
        for watcher in self._watchers:
            watcher.lost()

    def try_again(self) -> bool:
        """Try once to reconnect; True when there is nothing left to try."""
        if self._closed or not self._reconnects:
            return True
        try:
            conn = self._open()
        except errors.VirtError as error:
            _log.info("no connection to %s yet: %s", self.uri, error)
            self._obstacle = error
            return False
        with self._changed:
            gap = time.monotonic() - (self._lost_at or time.monotonic())
            if not self._closed:
                self._keep(conn)
                self._lost_at = self._obstacle = None
            self._changed.notify_all()
        if self._closed:
            self._release(conn)
            return True
        _log.warning("reconnected to %s after %.1f s", self.uri, gap)
        for watcher in self._watchers:
            watcher.restored(gap)
        return True

    @property
    def longest_pause(self) -> float:
        """Seconds between two tries to reconnect, once a few have failed."""
        refused = isinstance(self._obstacle, errors.AuthenticationFailed)
        return _LONGEST_PAUSE_AFTER_REFUSAL if refused else _LONGEST_PAUSE

    def pause(self, seconds: float) -> None:
        """Wait between two tries; `close` ends it."""
        with self._changed:
            if not self._closed:
                self._changed.wait(seconds)

    def _current(self, operation: str, subject: str, timeout: float | None) -> VirConnect:
        """Give the connection, in use from now on; after a loss wait for the next one."""
        if eventloop.forked():
            raise errors.HostClosed(
                f"cannot {operation} {subject}: {eventloop.FORKED}", operation=operation, subject=subject
            )
        deadline = time.monotonic() + (_PATIENCE if timeout is None else min(timeout, _PATIENCE))
        with self._changed:
            while self._conn is None:
                if self._closed:
                    raise errors.HostClosed(
                        f"cannot {operation} {subject}: the connection to {self.uri} was closed; "
                        f"open it again with virtsdk.connect({self.uri!r})",
                        operation=operation,
                        subject=subject,
                    )
                left = deadline - time.monotonic()
                if not self._reconnects or left <= 0 or eventloop.in_loop():
                    ago = time.monotonic() - (self._lost_at or time.monotonic())
                    raise errors.ConnectionLost(
                        f"cannot {operation} {subject}: the connection to {self.uri} was lost {ago:.1f} s ago"
                        + self._what_now(),
                        operation=operation,
                        subject=subject,
                    ) from self._obstacle
                self._changed.wait(left)
            self._leases.take(self._conn)
            return self._conn

    def _what_now(self) -> str:
        if not self._reconnects:
            return "; open a new one with virtsdk.connect()"
        return "" if self._obstacle is None else f"; it does not come back: {self._obstacle}"

    # --- calling ------------------------------------------------------------

    def call(
        self,
        operation: str,
        subject: str,
        function: Callable[[VirConnect], T],
        *,
        changes: bool = False,
        timeout: float | None = None,
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
            Seconds; None for the session's own.

        Raises
        ------
        ReadOnly, HostClosed, ConnectionLost, TimedOut
            The connection does not allow it, is closed, broke, or the answer took too long.
        VirtError
            What libvirt said, by meaning.
        """
        if not changes:
            try:
                return self._attempt(operation, subject, function, timeout)
            except errors.ConnectionLost:
                if not self._reconnects or self._closed or eventloop.in_loop():
                    raise
            return self._attempt(operation, subject, function, timeout)
        if self.readonly:
            raise errors.ReadOnly(
                f"cannot {operation} {subject}: the connection to {self.uri} was opened with readonly=True",
                operation=operation,
                subject=subject,
            )
        outcome = "ok"
        try:
            return self._attempt(operation, subject, function, timeout)
        except BaseException as error:
            outcome = type(error).__name__
            raise
        finally:
            _audit.info(
                "%s: %s %s: %s",
                self.uri,
                operation,
                subject,
                outcome,
                extra={"host": self.uri, "object": subject, "verb": operation, "outcome": outcome},
            )

    def translated(self, conn: VirConnect, operation: str, subject: str) -> AbstractContextManager[None]:
        """Raise libvirt's errors in the block as ours: for a call of several steps, where one may fail."""
        return translated(operation, subject, alive=lambda: _alive(conn), driver=self.driver)

    def _attempt(
        self, operation: str, subject: str, function: Callable[[VirConnect], T], timeout: float | None
    ) -> T:
        limit = self.timeout if timeout is None else timeout
        conn = self._current(operation, subject, limit)

        def use() -> T:
            try:
                with self.translated(conn, operation, subject):
                    return function(conn)
            finally:
                self._leases.give_back(conn)

        try:
            return workers.run_interruptibly(use, f"{operation} {subject}", limit, id(self))
        except errors.ConnectionLost as error:
            self.lost(conn, error.libvirt_message or str(error))
            raise
        except workers.Waited as waited:
            raise errors.TimedOut(
                f"cannot {operation} {subject}: no answer in {limit:g} s; the call itself goes on",
                operation=operation,
                subject=subject,
            ) from waited


def _abandon_all() -> None:
    for session in list(_sessions):
        session.abandon()


os.register_at_fork(after_in_child=_abandon_all)


def _alive(conn: VirConnect) -> bool:
    try:
        return conn.isAlive() == 1
    except library().libvirtError:
        return False


def _release(conn: VirConnect, detach: list[Detach], uri: str) -> None:
    """Close a connection for good: whatever still hangs on it would hold it open."""

    def farewell() -> None:
        for one in detach:
            one(conn)
        for step in (conn.unregisterCloseCallback, conn.close):
            try:
                step()
            except library().libvirtError as error:  # nothing registered, or a dead connection
                _log.debug("closing %s: %s", uri, error)

    try:
        workers.run(farewell, f"close {uri}", _FAREWELL)
    except workers.Waited:
        _log.warning("%s does not answer; its connection is left to end by itself", uri)


def _restore(session: weakref.ref[Session], dead: VirConnect) -> None:
    """Reconnect, in a thread that does not keep the session alive."""
    lost = session()
    if lost is None:
        return
    lost.let_go_of(dead)
    del dead
    pause = 0.1
    while lost is not None and not lost.try_again():
        lost.pause(pause)
        pause = min(pause * 2, lost.longest_pause)
        del lost
        lost = session()


def _closed_by_libvirt(conn: VirConnect, reason: int, opaque: weakref.ref[Session]) -> None:
    session = opaque()
    if session is not None:
        session.lost(
            conn, {0: "error", 1: "end of file", 2: "keepalive timeout", 3: "closed"}.get(reason, "unknown")
        )
