"""Looks: whether any page shows a view to somebody now."""

from __future__ import annotations

import threading
import time

LOOK_SECONDS = 10.0
"""A page says every 4 s that it is looked at; what it said so long ago counts no more."""


class Looks:
    """Which pages are looked at, as they say; a worker waits here while none is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}
        self._changed = threading.Event()

    def note(self, page: str, visible: bool) -> None:
        """Take note that a page is looked at, or is not any more."""
        with self._lock:
            if visible:
                self._until[page] = time.monotonic() + LOOK_SECONDS
            else:
                self._until.pop(page, None)
        self.wake()

    def __bool__(self) -> bool:
        """Tell whether somebody looks."""
        with self._lock:
            now = time.monotonic()
            self._until = {page: until for page, until in self._until.items() if until > now}
            return bool(self._until)

    def wait(self) -> None:
        """Wait for a change, or some seconds."""
        self._changed.wait(LOOK_SECONDS)
        self._changed.clear()

    def wake(self) -> None:
        """Let who waits look again."""
        self._changed.set()
