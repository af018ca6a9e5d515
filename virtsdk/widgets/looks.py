"""Looks: whether any page shows a view to somebody now."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

LOOK_SECONDS = 10.0
"""A page says every 4 s that it is looked at; what it said so long ago counts no more."""


class Looks:
    """Which pages are looked at, as they say; a worker waits here while none is."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._until: dict[str, float] = {}

    def note(self, page: str, visible: bool) -> None:
        """Take note that a page is looked at, or is not any more."""
        with self._changed:
            if visible:
                self._until[page] = time.monotonic() + LOOK_SECONDS
            else:
                self._until.pop(page, None)
            self._changed.notify_all()

    def __bool__(self) -> bool:
        """Tell whether somebody looks."""
        with self._changed:
            now = time.monotonic()
            self._until = {page: until for page, until in self._until.items() if until > now}
            return bool(self._until)

    def wait(self, ready: Callable[[], bool]) -> None:
        """Wait until a condition holds, or some seconds; it is tried at each word of a page and at `wake`."""
        with self._changed:
            self._changed.wait_for(ready, LOOK_SECONDS)

    def wake(self) -> None:
        """Let who waits try its condition again."""
        with self._changed:
            self._changed.notify_all()
