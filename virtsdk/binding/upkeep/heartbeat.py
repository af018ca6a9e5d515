"""Heartbeat: this package, rather than libvirt, asks whether a host is still there.

libvirt's own keepalive closes a connection that has been silent for too long. Where several calls wait on it
just then, its client crashes, and with it the process (seen with 9.0: nine times in ten with two calls). So
libvirt sends its probes and never acts on them; a small call, which a host's daemon answers with threads that
it keeps for those, shows whether the host is there.
"""

from __future__ import annotations

import threading
import time
import weakref
from queue import Empty, SimpleQueue
from typing import Protocol

NEVER = 2**31 - 1  # unanswered probes that libvirt puts up with


class Asked(Protocol):
    """The owner of a connection, which has a heartbeat."""

    def answers(self, generation: int, seconds: float) -> bool | None:
        """Ask the host; None where that connection is not in use any more."""

    def silent(self, generation: int) -> None:
        """Learn that the host does not answer."""


class Heartbeat:
    """Asks one connection's host again and again, in a thread of its own, until `end` or the end of who asks.

    Parameters
    ----------
    asked
        The connection's owner; held weakly.
    generation
        Which of its connections.
    interval, count
        A host that has not answered `count` intervals after it was asked is silent.
    """

    def __init__(self, asked: Asked, generation: int, interval: float, count: int) -> None:
        self._ends = ends = SimpleQueue[None]()  # which a garbage collector may write to, unlike an event
        self._asked = weakref.ref(asked, lambda _: ends.put(None))
        self._generation = generation
        self._interval = interval
        self._patience = interval * max(count, 1)
        threading.Thread(target=self._run, name="virtsdk-heartbeat", daemon=True).start()

    def end(self) -> None:
        """Ask no more."""
        self._ends.put(None)

    def _run(self) -> None:
        while not self._ends_meanwhile():
            answered = self._ask()
            if answered is None:
                return
            if not answered:
                asked = self._asked()
                if asked is not None:
                    asked.silent(self._generation)
                return

    def _ends_meanwhile(self) -> bool:
        try:
            self._ends.get(timeout=self._interval)
        except Empty:
            return False
        return True

    def _ask(self) -> bool | None:
        """Ask once, and once more where this process stood still meanwhile: a laptop that slept."""
        while True:
            asked = self._asked()
            if asked is None:
                return None
            began = time.monotonic()
            answered = asked.answers(self._generation, self._patience)
            del asked
            if answered is not False or time.monotonic() - began < self._patience + self._interval:
                return answered
