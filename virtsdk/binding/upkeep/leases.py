"""Leases of connections in use: one is closed only when no call is in it.

libvirt frees what is closed, also under a call in another thread, which then crashes or hangs for ever.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

from virtsdk.binding.protocol import VirConnect
from virtsdk.binding.workers import ending


class Leases:
    """Counts the calls in each connection, and puts its end off until the last one is out."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[int] = Counter()
        self._ending: dict[int, Callable[[], None]] = {}

    def take(self, conn: VirConnect) -> None:
        """Begin to use a connection, which the caller knows to be open."""
        with self._lock:
            self._calls[id(conn)] += 1

    def give_back(self, conn: VirConnect) -> None:
        """End to use it; where it waited for that it ends now, in a thread that nobody waits for."""
        with self._lock:
            self._calls[id(conn)] -= 1
            if self._calls[id(conn)]:
                return
            del self._calls[id(conn)]
            end = self._ending.pop(id(conn), None)
        if end is not None and not ending():
            threading.Thread(target=end, name="virtsdk-close", daemon=True).start()

    def end(self, conn: VirConnect, farewell: Callable[[], None]) -> None:
        """Call `farewell`, which closes a connection that nobody begins to use any more, once it may."""
        with self._lock:
            if self._calls.get(id(conn)):
                self._ending[id(conn)] = farewell
                return
        farewell()
