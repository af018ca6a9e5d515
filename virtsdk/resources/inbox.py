"""The queue between libvirt's event thread, which must not wait, and the reader of a subscription."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import weakref
from collections import deque
from datetime import UTC, datetime
from functools import cache
from importlib import import_module

from virtsdk import errors
from virtsdk.binding import workers
from virtsdk.events import Event, Overflow

_log = logging.getLogger(__name__)

_LONGEST_SLEEP = 0.5  # seconds, of an asyncio loop that has nothing else to do


class Inbox:
    """The events of one subscription that wait to be read; a subscriber of the host's hub.

    Parameters
    ----------
    host
        The host's name.
    kinds
        The kinds that it takes.
    limit
        How many events may wait before the oldest are dropped, which an `Overflow` then stands for.

    Attributes
    ----------
    dropped
        How many were dropped.
    """

    def __init__(self, host: str, kinds: frozenset[str], limit: int) -> None:
        self.kinds = kinds
        self.dropped = 0
        self._host = host
        self._limit = limit
        self._queue: deque[Event] = deque()
        self._history: deque[Event] = deque(maxlen=limit)
        self._unreported = 0
        self._arrived = threading.Condition()
        self._awaited: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._ended = False
        _inboxes.add(self)
        _watch_exit()

    # --- the hub fills it ------------------------------------------------------------

    def put(self, event: Event) -> None:
        """Take an event (called on libvirt's event thread)."""
        with self._arrived:
            if self._ended:
                return
            if len(self._queue) >= self._limit:
                self._queue.popleft()
                self.dropped += 1
                self._unreported += 1
            self._queue.append(event)
            self._history.append(event)
            self._wake()

    def end(self) -> None:
        """Take no more; what waits can still be read."""
        with self._arrived:
            self._ended = True
            self._wake()

    def _wake(self) -> None:
        self._arrived.notify_all()
        waiting, self._awaited = self._awaited, []
        for loop, future in waiting:
            try:
                loop.call_soon_threadsafe(_resolve, future)
            except RuntimeError:  # that loop was closed, and nobody waits on it any more
                _log.debug("a reader of the events of %s is gone with its loop", self._host)

    # --- a reader empties it ------------------------------------------------------------

    @property
    def ended(self) -> bool:
        """True when no more events come."""
        return self._ended

    @property
    def waiting(self) -> int:
        """Number of events that wait to be read."""
        return len(self._queue)

    def seen(self) -> list[Event]:
        """Return the last events that came, read or not, oldest first."""
        with self._arrived:
            return list(self._history)

    def take(self, seconds: float | None, *, to_the_end: bool = False) -> Event | None:
        """Wait for the next event and take it; None where none came in that many seconds.

        Parameters
        ----------
        seconds
            None to wait for as long as the main thread runs: the interpreter's end waits for other threads.
        to_the_end
            Wait longer than that: in a thread that the interpreter's end does not wait for.

        Raises
        ------
        HostClosed
            No more events come, or nobody waits for them any more.
        """
        if workers.ending():
            raise errors.HostClosed(f"no more events of {self._host}: {workers.ENDING}")
        deadline = None if seconds is None else time.monotonic() + seconds
        with self._arrived:
            while (event := self._pop()) is None:
                self._check_open()
                if seconds is None and not to_the_end and _exit.is_set():
                    raise errors.HostClosed(f"no more events of {self._host}: {workers.ENDING}")
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return None
                self._arrived.wait(left)
            return event

    async def take_async(self, seconds: float | None = None) -> Event | None:
        """Wait for the next event without holding up the loop, and take it; returns and raises as `take`.

        Nothing is left of a wait that timed out or was cancelled, and no event is lost to it.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            with self._arrived:
                event = self._pop()
                if event is not None:
                    return event
                self._check_open()
                loop = asyncio.get_running_loop()
                future: asyncio.Future[None] = loop.create_future()
                waiting = (loop, future)
                self._awaited.append(waiting)
            try:
                while not future.done():  # a notebook's interrupt is noticed when its loop wakes up
                    left = _LONGEST_SLEEP if deadline is None else deadline - time.monotonic()
                    if left <= 0:
                        return None
                    await asyncio.wait([future], timeout=min(left, _LONGEST_SLEEP))
                    if _exit.is_set():
                        raise errors.HostClosed(f"no more events of {self._host}: {workers.ENDING}")
            finally:
                with self._arrived:
                    if waiting in self._awaited:
                        self._awaited.remove(waiting)

    def take_all(self) -> list[Event]:
        """Take what waits."""
        found: list[Event] = []
        with self._arrived:
            while (event := self._pop()) is not None:
                found.append(event)
        return found

    def _pop(self) -> Event | None:
        if self._unreported:
            dropped, self._unreported = self._unreported, 0
            return Overflow(host=self._host, time=datetime.now(UTC), dropped=dropped)
        return self._queue.popleft() if self._queue else None

    def wake(self) -> None:
        """Have those that wait look again whether there is something to wait for."""
        with self._arrived:
            self._arrived.notify_all()

    def _check_open(self) -> None:
        if self._ended:
            raise errors.HostClosed(f"the events of {self._host} were closed")


_inboxes: weakref.WeakSet[Inbox] = weakref.WeakSet()
_exit = threading.Event()


@cache
def _watch_exit() -> None:
    """Have what waits for ever in other threads end with the main thread, once a process.

    The interpreter's end waits for those threads, of pools first; what `atexit` has is called after that. For
    pools themselves `threading` has a list of its own, which is gone through from its end.
    """
    import_module("concurrent.futures.thread")  # pools are on the list from now on
    register = getattr(threading, "_register_atexit", None)
    if register is None:  # another Python: at least after the pools
        threading.Thread(target=_wait_for_main_thread, name="virtsdk-exit", daemon=True).start()
        return
    try:
        register(_wake_all)
    except RuntimeError:  # that has begun
        _exit.set()


def _wait_for_main_thread() -> None:
    threading.main_thread().join()
    _wake_all()


def _wake_all() -> None:
    _exit.set()
    for inbox in list(_inboxes):
        inbox.wake()


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
