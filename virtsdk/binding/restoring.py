"""A connection that comes back: its loss is noted, a new one is opened, calls wait for it meanwhile."""

from __future__ import annotations

import logging
import threading
import time
import weakref

from virtsdk import errors
from virtsdk.binding import workers
from virtsdk.binding.connection import Connection
from virtsdk.binding.events import loop as eventloop
from virtsdk.binding.protocol import VirConnect
from virtsdk.binding.upkeep.farewell import alive
from virtsdk.binding.way_in.door import Door

_log = logging.getLogger(__name__)

_PATIENCE = 10.0  # seconds that a call waits for a lost connection to come back
_LONGEST_PAUSE = 5.0  # between two tries to reconnect
_OPENING = 60.0  # seconds that a try to reconnect may take, where nobody said how many
_LONGEST_PAUSE_AFTER_REFUSAL = 60.0  # where the credentials do not work any more: accounts get locked


class RestoringConnection(Connection):
    """A connection that a new one takes the place of after a loss.

    Parameters
    ----------
    door
        Opens connections.
    reconnect
        Come back after a loss; False: only take note of it.
    timeout
        Seconds that opening may take; None for as long as libvirt takes.
    """

    def __init__(self, door: Door, *, reconnect: bool, timeout: float | None) -> None:
        self._reconnects = reconnect
        self._lost_at: float | None = None
        self._obstacle: errors.VirtError | None = None  # to coming back
        self._tries = 0  # to come back, that ended
        self._trying_since: float | None = None
        self._hurried = False
        super().__init__(door, timeout=timeout)

    @property
    def reconnects(self) -> bool:
        """True where it comes back by itself after a loss."""
        return self._reconnects

    # --- losing it ------------------------------------------------------------

    def lost(self, conn: VirConnect, reason: str) -> None:
        """Take note that a connection is dead, and start to reconnect."""
        with self._changed:
            if self._closed or conn is not self._conn:
                return
            self._conn = None
            self._lost_at = time.monotonic()
            self._changed.notify_all()
        self._end_heartbeat()
        _log.warning("lost the connection to %s (%s)", self.uri, reason)
        threading.Thread(
            target=_restore, args=(weakref.ref(self), conn), name="virtsdk-reconnect", daemon=True
        ).start()

    # --- coming back ------------------------------------------------------------

    def let_go_of(self, dead: VirConnect) -> None:
        """Release a dead connection and all that hangs on it, and tell the watchers."""
        self._let_go()
        self._release(dead, later=dead in self._silent)  # a silent one takes its time
        for watcher in self._watchers:
            watcher.lost()

    def try_again(self) -> bool:
        """Try once to reconnect; True when there is nothing left to try.

        The watchers have what they want of the new connection before anyone makes a call on it, so that
        their subscriptions miss nothing of what is done from then on.
        """
        if self._closed or not self._reconnects:
            return True
        self._trying_since = time.monotonic()
        try:
            return self._try_once()
        finally:
            with self._changed:
                self._tries += 1
                self._trying_since = None
                self._changed.notify_all()

    def _try_once(self) -> bool:
        conn: VirConnect | None = None
        try:
            conn = self._open_within(self.timeout or _OPENING, again=True)
            for watcher in self._watchers:
                watcher.restoring(conn)
        except errors.VirtError as error:
            _log.info("no connection to %s yet: %s", self.uri, error)
            self._obstacle = error
            if conn is not None:
                self._release(conn)
            return False
        with self._changed:
            gap = None if self._closed else self._back(conn)
        if gap is None:
            self._release(conn)
            return True
        _log.warning("reconnected to %s after %.1f s", self.uri, gap)
        if not alive(conn):  # lost while it was not ours yet, when nobody was told
            self.lost(conn, "closed at once")
        return True

    def _back(self, conn: VirConnect) -> float:
        gap = time.monotonic() - (self._lost_at or time.monotonic())
        self._keep(conn)
        self._lost_at = self._obstacle = None
        for watcher in self._watchers:
            watcher.restored(gap)
        self._changed.notify_all()
        return gap

    @property
    def longest_pause(self) -> float:
        """Seconds between two tries to reconnect, once a few have failed."""
        refused = isinstance(self._obstacle, errors.AuthenticationFailed)
        return _LONGEST_PAUSE_AFTER_REFUSAL if refused else _LONGEST_PAUSE

    def pause(self, seconds: float) -> None:
        """Wait between two tries; `close` and `hurry` end it."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._hurried, seconds)
            self._hurried = False

    def hurry(self, seconds: float) -> bool:
        """Have a connection that is lost try to come back now, and wait for that; True where it is there.

        A try that has been under way for longer than `seconds` is not waited for.
        """
        with self._changed:
            if self._conn is not None and not alive(self._conn):  # and the event loop has not said so yet
                self.lost(self._conn, "closed")
            since, tries = self._trying_since, self._tries
            late = since is not None and time.monotonic() - since > seconds
            if self._conn is None and self._reconnects and not late:
                self._hurried = since is None
                self._changed.notify_all()
                self._changed.wait_for(
                    lambda: self._conn is not None or self._closed or self._tries != tries, seconds
                )
            return self._conn is not None

    def while_lost(self, operation: str, subject: str) -> errors.ConnectionLost:
        """Say in an error that the connection is lost, for how long, and why it does not come back."""
        ago = time.monotonic() - (self._lost_at or time.monotonic())
        error = errors.ConnectionLost(
            f"cannot {operation} {subject}: the connection to {self.uri} was lost {ago:.1f} s ago"
            + self._what_now(),
            operation=operation,
            subject=subject,
        )
        error.__cause__ = self._obstacle
        return error

    # --- using it ------------------------------------------------------------

    def _current(self, operation: str, subject: str, deadline: float | None) -> VirConnect:
        """Give the connection, in use from now on; after a loss wait for the next one."""
        if eventloop.forked() or workers.ending():
            why = workers.ENDING if workers.ending() else eventloop.FORKED
            raise errors.HostClosed(
                f"cannot {operation} {subject}: {why}", operation=operation, subject=subject
            )
        until = time.monotonic() + _PATIENCE
        until = until if deadline is None else min(until, deadline)
        with self._changed:
            if self._conn is not None and not alive(self._conn):  # and the event loop has not said so yet
                self.lost(self._conn, "closed")
            while self._conn is None:
                if self._closed:
                    raise errors.HostClosed(
                        f"cannot {operation} {subject}: the connection to {self.uri} was closed; "
                        f"open it again with virtsdk.connect({self.uri!r})",
                        operation=operation,
                        subject=subject,
                    )
                left = until - time.monotonic()
                if not self._reconnects or left <= 0 or eventloop.in_loop():
                    raise self.while_lost(operation, subject)
                self._changed.wait(left)
            self._leases.take(self._conn)
            return self._conn

    def _what_now(self) -> str:
        if not self._reconnects:
            return "; open a new one with virtsdk.connect()"
        return "" if self._obstacle is None else f"; it does not come back: {self._obstacle}"


def _restore(connection: weakref.ref[RestoringConnection], dead: VirConnect) -> None:
    """Reconnect, in a thread that does not keep the connection's owner alive."""
    lost = connection()
    if lost is None:
        return
    lost.let_go_of(dead)
    del dead
    pause = 0.1
    while lost is not None and not lost.try_again():
        lost.pause(pause)
        pause = min(pause * 2, lost.longest_pause)
        del lost
        lost = connection()
