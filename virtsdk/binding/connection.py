"""One connection to a libvirt host: opened, lent to calls, watched, closed."""

from __future__ import annotations

import logging
import os
import threading
import weakref
from abc import abstractmethod
from collections.abc import Callable
from typing import TypeVar

from virtsdk import errors
from virtsdk.binding import workers
from virtsdk.binding.calls import translated
from virtsdk.binding.events import loop as eventloop
from virtsdk.binding.library import library
from virtsdk.binding.live import Live
from virtsdk.binding.protocol import VirConnect
from virtsdk.binding.roles import Detach, Holder, Watcher
from virtsdk.binding.upkeep.farewell import alive, leave, release, release_later
from virtsdk.binding.upkeep.heartbeat import Heartbeat
from virtsdk.binding.upkeep.leases import Leases
from virtsdk.binding.upkeep.turns import Turns
from virtsdk.binding.uri import without_password
from virtsdk.binding.way_in.door import Door

T = TypeVar("T")

_log = logging.getLogger(__name__)

_connections: weakref.WeakSet[Connection] = weakref.WeakSet()


class Connection(Live):
    """The owner of a ``virConnect``; what it does after a loss is up to `restoring.RestoringConnection`.

    Parameters
    ----------
    door
        Opens connections.
    timeout
        Seconds that opening may take; None for as long as libvirt takes.
    """

    timeout: float | None
    uri: str
    driver: str
    generation: int

    def __init__(self, door: Door, *, timeout: float | None) -> None:
        self.timeout = timeout
        self._door = door
        self._changed = threading.Condition()
        self._conn: VirConnect | None = None
        self._leases = Leases()
        self._closed = False
        self._holders: weakref.WeakValueDictionary[int, Holder] = weakref.WeakValueDictionary()
        self._watchers: list[Watcher] = []
        self._detach: list[Detach] = []
        self._waits = workers.Waits()
        self._turns = Turns(needed=False)
        self._heartbeat: Heartbeat | None = None
        self._silent: weakref.WeakSet[VirConnect] = weakref.WeakSet()
        self.uri = door.uri or ""  # until libvirt says what it is
        self.driver = ""
        self.generation = 0
        self._finalizer: weakref.finalize[..., Connection] | None = None
        _connections.add(self)
        conn = self._open()
        self._leases.take(conn)
        try:
            self.uri, self.driver = workers.run_interruptibly(
                lambda: self._identity(conn), f"read the URI of {self.subject}", timeout, id(self)
            )
        except BaseException as error:
            self._release(conn)
            if isinstance(error, workers.Waited):
                raise errors.TimedOut(f"cannot open {self.subject}: no answer in {timeout:g} s") from error
            raise
        self._keep(conn)
        if not alive(conn):  # it ended before anyone could be told
            self.lost(conn, "closed at once")

    def _identity(self, conn: VirConnect) -> tuple[str, str]:
        try:
            with translated("read the URI of", self.subject):
                return without_password(conn.getURI()), conn.getType().lower().replace("-", "")
        finally:
            self._leases.give_back(conn)

    @property
    def subject(self) -> str:
        """Its name in messages."""
        return f"host {self.uri!r}" if self.uri else "the default host"

    # --- opening and closing ------------------------------------------------------------

    def _open(self) -> VirConnect:
        return self._open_within(self.timeout)

    def _open_within(self, timeout: float | None, *, again: bool = False) -> VirConnect:
        return self._door.open(timeout, _closed_by_libvirt, weakref.ref(self), again=again)

    def close(self) -> None:
        """Close the connection; a second call does nothing."""
        if workers.ending():
            self._closed = True
            self.abandon()
            return
        with self._changed:
            if self._closed:
                return
            self._closed = True
            conn, self._conn = self._conn, None
            self._changed.notify_all()
        self._end_heartbeat()
        self._let_go()
        for watcher in self._watchers:
            watcher.closing()
        if conn is not None and not eventloop.forked():
            self._release(conn)

    def _let_go(self) -> None:
        for reference in self._holders.valuerefs():  # a list, while other threads go on adding theirs
            holder = reference()
            if holder is not None:
                holder.forget()

    def _keep(self, conn: VirConnect) -> None:
        """Make a connection one's own; one that is never closed is released with its owner."""
        self._conn = conn
        self.generation += 1
        self._finalizer = weakref.finalize(self, release_later, conn, self._detach, self.uri)
        self._finalizer.atexit = False  # at the interpreter's end the system closes what is open
        self._waits = workers.Waits()
        self._turns = Turns(needed=self._door.meets_badly)
        interval, count = self._door.keepalive or (0, 0)
        if self._door.wired and interval > 0 and not self._turns.needed:
            self._heartbeat = Heartbeat(self, self.generation, interval, count)

    def _end_heartbeat(self) -> None:
        if self._heartbeat is not None:
            self._heartbeat.end()

    def _release(self, conn: VirConnect, *, later: bool = False) -> None:
        if self._finalizer is not None:
            self._finalizer.detach()
        detach, uri = self._detach, self.uri
        end = release_later if later else release
        self._leases.end(conn, lambda: end(conn, detach, uri))

    def abandon(self) -> None:
        """Leave the connection to the system, or to the process that this one was forked from."""
        if self._conn is not None:
            leave(self._conn)
        if self._finalizer is not None:
            self._finalizer.detach()

    @property
    def wired(self) -> bool:
        """True where its calls go over a wire, to a daemon, and wait there."""
        return self._door.wired

    @property
    def closed(self) -> bool:
        """True after `close`."""
        return self._closed

    @property
    def is_alive(self) -> bool:
        """True while the connection is open and answers, as far as is known without asking the host."""
        if eventloop.forked() or workers.ending():
            return False
        with self._changed:
            conn = self._conn
            if conn is None:
                return False
            self._leases.take(conn)
        try:
            return alive(conn)
        finally:
            self._leases.give_back(conn)

    def nudge(self) -> None:
        """Make a small call; see `virtsdk.binding.upkeep.nudge`."""
        with self._changed:
            conn = self._conn
            if conn is None or self._turns.needed:
                return
            self._leases.take(conn)
        self._ping(conn)

    def _ping(self, conn: VirConnect) -> None:
        """Make a small call on a connection that was taken, and give it back."""
        try:
            conn.getLibVersion()
        except library().libvirtError as error:  # who waits for an answer on it is told the same
            _log.debug("asking %s: %s", self.uri, error)
        finally:
            self._leases.give_back(conn)

    def answers(self, generation: int, seconds: float) -> bool | None:
        """Ask the host whether it is there; see `virtsdk.binding.upkeep.heartbeat`."""
        with self._changed:
            conn = self._conn
            if conn is None or generation != self.generation:
                return None
            self._leases.take(conn)
        try:
            workers.run(lambda: self._ping(conn), f"ask {self.subject} whether it is there", seconds)
        except workers.Waited:
            return False
        return True

    def silent(self, generation: int) -> None:
        """Take a connection for lost that does not answer; libvirt's calls on it stay where they are."""
        with self._changed:
            conn = self._conn
            if conn is None or generation != self.generation:
                return
            self._silent.add(conn)
            waits = self._waits
            self.lost(conn, "keepalive timeout")
        waits.end()

    def is_silent(self, conn: VirConnect) -> bool:
        """Tell whether a connection was given up because its host did not answer."""
        return conn in self._silent

    def attend(
        self,
        conn: VirConnect,
        function: Callable[[], T],
        what: str,
        timeout: float | None,
        *others: tuple[Connection, VirConnect],
    ) -> T:
        """Run a call on a connection (and others), and wait for it for as long as the host is there.

        Raises
        ------
        Waited, Abandoned
            The deadline passed, or a host is silent; a call that had begun goes on.
        """
        waits: list[workers.Waits] = []
        if not eventloop.in_loop():
            for one, its in ((self, conn), *others):
                waits += one._waits_on(its, what)
        return workers.run_interruptibly(function, what, timeout, id(self), waits=waits)

    def _waits_on(self, conn: VirConnect, what: str) -> list[workers.Waits]:
        with self._changed:
            if conn in self._silent:
                raise workers.Abandoned(what)
            return [self._waits] if self._door.wired and conn is self._conn else []

    def turns_on(self, conn: VirConnect) -> Turns:
        """Give the turns that calls on a connection take."""
        with self._changed:
            return self._turns if conn is self._conn else Turns(needed=False)

    def is_current(self, conn: VirConnect) -> bool:
        """Tell whether this is the connection that calls are made on."""
        return conn is self._conn

    def hold(self, conn: VirConnect) -> None:
        """Keep a connection that a call is in from being closed after that call too, until `give_back`."""
        self._leases.take(conn)

    def give_back(self, conn: VirConnect) -> None:
        """Let go of a connection that was held with `hold`."""
        self._leases.give_back(conn)

    # --- who hangs on it ------------------------------------------------------------

    def adopt(self, holder: Holder) -> None:
        """Tell `holder` to forget its libvirt objects when their connection ends; held weakly."""
        self._holders[id(holder)] = holder

    def watch(self, watcher: Watcher, detach: Detach) -> None:
        """Tell a watcher when the connection is lost, is back, or is closed.

        Parameters
        ----------
        watcher
            Held for as long as the connection.
        detach
            Takes the watcher's callbacks off a ``virConnect`` before that is released; must not refer to the
            connection.
        """
        self._watchers.append(watcher)
        self._detach.append(detach)

    @abstractmethod
    def lost(self, conn: VirConnect, reason: str) -> None:
        """Take note that a connection is dead."""


def _abandon_all() -> None:
    for connection in list(_connections):
        connection.abandon()


os.register_at_fork(after_in_child=_abandon_all)


def _closed_by_libvirt(conn: VirConnect, reason: int, opaque: weakref.ref[Connection]) -> None:
    connection = opaque()
    if connection is not None:
        connection.lost(
            conn, {0: "error", 1: "end of file", 2: "keepalive timeout", 3: "closed"}.get(reason, "unknown")
        )
