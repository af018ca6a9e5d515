"""A subscription to a host's events, and the kinds of events there are."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any

from virtsdk import errors
from virtsdk.binding.deadlines import seconds
from virtsdk.binding.events.hub import Hub
from virtsdk.binding.events.sources import SOURCES
from virtsdk.display import html, text
from virtsdk.display.listing import cut
from virtsdk.events import Event, Overflow

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EventStream", "describe", "expand_kinds", "named_kinds"]

_log = logging.getLogger(__name__)

_LONGEST_SLEEP = 0.5  # seconds, of an asyncio loop that has nothing else to do


class EventStream:
    """Events of a host, from the moment that this is made; see `Host.events`.

    Iterate it (``for event in events`` waits for the next one), ``async for`` it, `get` one with a deadline,
    or look at what came so far as a `frame`. Its queue is bounded: a reader that is too slow finds an
    `Overflow` in place of the oldest events, and `dropped` counts them; other subscribers lose nothing.
    `close` ends the iteration.
    """

    def __init__(
        self,
        hub: Hub,
        host: str,
        kinds: Iterable[str | type[Event]] | str | type[Event] | None = None,
        *,
        callback: Callable[[Event], object] | None = None,
        limit: int = 10_000,
    ) -> None:
        if isinstance(limit, bool) or not isinstance(limit, int):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"limit is a number of events, not {limit!r}")
        if limit < 1:
            raise ValueError(f"limit is at least 1, not {limit}")
        if callback is not None and not callable(callback):
            raise TypeError(f"a callback is called with each event; {callback!r} cannot be")
        self.kinds = expand_kinds(kinds)
        self.dropped = 0
        self.failures = 0
        self._hub = hub
        self._host = host
        self._limit = limit
        self._queue: deque[Event] = deque()
        self._history: deque[Event] = deque(maxlen=limit)
        self._unreported = 0
        self._arrived = threading.Condition()
        self._awaited: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._ended = False
        hub.subscribe(self, named_kinds(kinds) & self.kinds)
        if callback is not None:
            threading.Thread(
                target=self._call_back, args=(callback,), name="virtsdk-subscriber", daemon=True
            ).start()

    # --- filled by the hub --------------------------------------------------------------------------

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
        """End the iteration once the queue is empty."""
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

    # --- read by one subscriber ---------------------------------------------------------------------

    def _pop(self) -> Event | None:
        if self._unreported:
            dropped, self._unreported = self._unreported, 0
            return Overflow(host=self._host, time=datetime.now(UTC), dropped=dropped)
        return self._queue.popleft() if self._queue else None

    def get(self, timeout: float | None = None) -> Event:
        """Wait for the next event.

        Parameters
        ----------
        timeout
            Seconds; None waits for ever.

        Raises
        ------
        TimedOut
            None came in time.
        HostClosed
            The subscription or its host was closed.
        """
        limit = seconds(timeout)
        deadline = None if limit is None else time.monotonic() + limit
        with self._arrived:
            while (event := self._pop()) is None:
                if self._ended:
                    raise errors.HostClosed(f"the events of {self._host} were closed")
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    raise errors.TimedOut(f"no event of {self._host} in {timeout:g} s")
                self._arrived.wait(left)
            return event

    def drain(self) -> list[Event]:
        """Take all events that are waiting, without waiting for more."""
        found: list[Event] = []
        with self._arrived:
            while (event := self._pop()) is not None:
                found.append(event)
        return found

    def __iter__(self) -> EventStream:
        return self

    def __next__(self) -> Event:
        try:
            return self.get()
        except errors.HostClosed:
            raise StopIteration from None

    def __aiter__(self) -> EventStream:
        return self

    async def __anext__(self) -> Event:
        while True:
            with self._arrived:
                event = self._pop()
                if event is not None:
                    return event
                if self._ended:
                    raise StopAsyncIteration
                loop = asyncio.get_running_loop()
                future: asyncio.Future[None] = loop.create_future()
                self._awaited.append((loop, future))
            while not future.done():  # a notebook's interrupt is noticed when its loop wakes up
                await asyncio.wait([future], timeout=_LONGEST_SLEEP)

    def _call_back(self, callback: Callable[[Event], object]) -> None:
        for event in self:
            try:
                callback(event)
            except BaseException:  # noqa: BLE001 - one event's failure is not the next one's, be it sys.exit()
                self.failures += 1
                _log.exception("a subscriber to the events of %s failed on %r; it goes on", self._host, event)

    def frame(self) -> pd.DataFrame:
        """Give what came so far as a frame; nothing is taken out of the queue.

        Returns
        -------
        pandas.DataFrame
            One row per event, oldest first, the last 10,000 (or `limit`) of them: time (UTC), kind, host,
            then the fields of the kinds that came (domain, name, event, detail ...), empty where a kind does
            not have them.
        """
        import pandas as pd

        with self._arrived:
            seen = list(self._history)
        rows: list[dict[str, Any]] = []
        for event in seen:
            row: dict[str, Any] = {"time": event.time, "kind": event.kind}
            row |= {field.name: getattr(event, field.name) for field in fields(event)}
            rows.append(row)
        frame = pd.DataFrame(rows)
        if frame.empty:
            frame = pd.DataFrame(columns=pd.Index(["time", "kind", "host"]))
        frame["time"] = pd.to_datetime(frame["time"], utc=True)
        return frame

    # --- ending -------------------------------------------------------------------------------------

    def close(self) -> None:
        """Unsubscribe; a second call does nothing."""
        self.end()
        self._hub.unsubscribe(self)

    def __enter__(self) -> EventStream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> EventStream:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await asyncio.get_running_loop().run_in_executor(None, self.close)

    # --- how it shows itself ------------------------------------------------------------------------

    def _summary(self) -> str:
        parts = [f"{len(self._queue)} waiting", f"{self.dropped} dropped"]
        if self.failures:
            parts.append(text.count(self.failures, "failure") + " in the callback")
        parts.append("closed" if self._ended else "open")
        return ", ".join(parts)

    def __repr__(self) -> str:
        return f"<EventStream {text.printable(self._host)}: {self._summary()}>"

    def _repr_html_(self) -> str:
        with self._arrived:
            seen = cut(self._history, last=True)
        return html.view(
            html.heading(f"events of {self._host}", self._summary()),
            html.table(["UTC", "kind", "what"], seen.map(_glance)),
        )


def _glance(event: Event) -> list[object]:
    return [f"{event.time:%H:%M:%S}", event.kind, describe(event)]


def describe(event: Event) -> str:
    """Say an event in a line: its fields without host and time."""
    shown = [
        f"{field.name}={getattr(event, field.name)}"
        for field in fields(event)
        if field.name not in {"host", "time", "domain", "network", "storage_pool"}
    ]
    return text.shorten(" ".join(shown), 160)


def expand_kinds(kinds: Iterable[str | type[Event]] | str | type[Event] | None) -> frozenset[str]:
    """Give the kinds that are meant.

    Parameters
    ----------
    kinds
        Names (``"domain_lifecycle"``), families (``"domain"``), event classes; one or several; None for all.

    Raises
    ------
    ValueError
        There is no such kind, or none is named.
    """
    if kinds is None:
        return frozenset(SOURCES)
    found: set[str] = set()
    for one in _each(kinds):
        if not isinstance(one, str | type):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"a kind of event is a name or a class, not {one!r}")
        if isinstance(one, str):
            matching = {kind for kind in SOURCES if kind == one or SOURCES[kind].family == one}
        else:
            matching = {kind for kind, source in SOURCES.items() if issubclass(source.event, one)}
        if not matching:
            raise ValueError(f"unknown kind of event {one!r}; known are {', '.join(SOURCES)}")
        found |= matching
    if not found:
        raise ValueError("name at least one kind of event; None is for all")
    return frozenset(found)


def named_kinds(kinds: Iterable[str | type[Event]] | str | type[Event] | None) -> frozenset[str]:
    """Give the kinds that are asked for one by one, not as part of a family."""
    if kinds is None:
        return frozenset()
    return frozenset(one if isinstance(one, str) else one.kind for one in _each(kinds)) & SOURCES.keys()


def _each(kinds: Iterable[str | type[Event]] | str | type[Event]) -> list[str | type[Event]]:
    if isinstance(kinds, str | type):
        return [kinds]
    if not isinstance(kinds, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"kinds are names or classes of events, not {kinds!r}")
    return list(kinds)


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
