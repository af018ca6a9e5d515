"""A worker that does the newest wish: those that it had no time for are dropped."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

_log = logging.getLogger(__name__)
T = TypeVar("T")


class Newest(Generic[T]):
    """A thread that works on the newest wish, until it is closed.

    A slider that is dragged sends fifty values; while the first is being worked out, the others replace each
    other, so the second that is worked out is the last.

    Parameters
    ----------
    work
        Called in the thread with a wish; what it raises is logged, and the next wish goes on.
    name
        The thread's name.
    """

    def __init__(self, work: Callable[[T], None], name: str) -> None:
        self._work = work
        self._changed = threading.Condition()
        self._wish: list[T] = []
        self._asked = self._done = 0
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, wish: T) -> None:
        """Ask for something in place of what waits; return at once."""
        with self._changed:
            if not self._closed:
                self._wish = [wish]
                self._asked += 1
                self._changed.notify_all()

    def wait(self, seconds: float | None = None) -> None:
        """Return once what was asked for before this call is done or dropped, or the worker is closed.

        The worker itself, as in the callback of an observer, does not wait.
        """
        if threading.current_thread() is not self._thread:
            with self._changed:
                ticket = self._asked
                self._changed.wait_for(lambda: self._closed or self._done >= ticket, seconds)

    def close(self) -> None:
        """End the thread after what it is at; wishes that wait are dropped."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._wish)
                if self._closed:
                    return
                (wish,), self._wish, ticket = self._wish, [], self._asked
            try:
                self._work(wish)
            except Exception:  # noqa: BLE001  # the next wish may go well
                _log.exception("%s failed", threading.current_thread().name)
            del wish
            with self._changed:
                self._done = ticket
                self._changed.notify_all()
