"""A small call that gets other calls on the same connection going again.

The thread that waits longest for an answer reads the socket for all others; who makes a call meanwhile wakes
it up. libvirt's client can miss that (with 9.0, beside a call that takes long, up to every fifth of the calls
that follow each other at once), and then the call is not even sent before something else happens on the
connection: a keep-alive probe, after seconds. Any other call on the connection wakes it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

_PAUSE = 0.1  # seconds without any headway that several calls at once may take
_LONG_PAUSE = 0.5  # between two nudges, where they all really take long
_SHORT = 50  # pauses: one call of ours may be many of libvirt's


class Nudges:
    """Keeps account of the calls that are under way, and nudges where several of them make no headway.

    Parameters
    ----------
    nudge
        Makes a small call on the same connection; must not raise.
    """

    def __init__(self, nudge: Callable[[], None]) -> None:
        self._nudge = nudge
        self._lock = threading.Lock()
        self._begun = self._ended = 0
        self._watched = False

    @contextmanager
    def under_way(self) -> Generator[None]:
        """Count the call in the block."""
        with self._lock:
            self._begun += 1
            watch = self._begun - self._ended > 1 and not self._watched
            self._watched = self._watched or watch
        if watch:
            threading.Thread(target=self._watch, name="virtsdk-nudge", daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                self._ended += 1

    def _watch(self) -> None:
        """Look on for as long as there are several."""
        before, same = (0, 0), 0
        while True:
            time.sleep(_PAUSE if same < _SHORT else _LONG_PAUSE)
            with self._lock:
                if self._begun - self._ended < 2:
                    self._watched = False
                    return
                now = (self._begun, self._ended)
            same = same + 1 if now == before else 0
            before = now
            if same:
                self._nudge()
