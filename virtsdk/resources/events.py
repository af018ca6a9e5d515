"""A subscription to a host's events, and the kinds of events there are."""

from __future__ import annotations

import asyncio
import logging
import threading
import weakref
from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any

from virtsdk import errors
from virtsdk.binding import workers
from virtsdk.binding.deadlines import seconds
from virtsdk.binding.events.hub import Hub
from virtsdk.binding.events.sources import SOURCES
from virtsdk.binding.live import Live
from virtsdk.display import html, text
from virtsdk.display.listing import cut
from virtsdk.events import Event
from virtsdk.resources.inbox import Inbox

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EventStream", "describe", "expand_kinds", "named_kinds"]

_log = logging.getLogger(__name__)


class EventStream(Live):
    """Events of a host, from the moment that this is made; see `Host.events`.

    Iterate it (``for event in events`` waits for the next one), ``async for`` it, `get` one with a deadline,
    or look at what came so far as a `frame`. Its queue is bounded: a reader that is too slow finds an
    `Overflow` in place of the oldest events, and `dropped` counts them; other subscribers lose nothing.
    `close` ends the iteration; in a thread, so does the end of the main thread.
    """

    def __init__(
        self,
        hub: Hub,
        host: str,
        kinds: Iterable[str | type[Event]] | str | type[Event] | None = None,
        *,
        callback: Callable[[Event], object] | None = None,
        limit: int = 10_000,
        name: str | None = None,
    ) -> None:
        if isinstance(limit, bool) or not isinstance(limit, int):
            raise TypeError(f"limit must be a number of events, not {limit!r}")
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        if callback is not None and not callable(callback):
            raise TypeError(f"callback must be callable with an event, not {callback!r}")
        if not isinstance(name, str | None):
            raise TypeError(f"name must be text, not {name!r}")
        self._hub = hub
        self._host = host
        self._name = name
        self._failures = 0
        self._end: threading.Timer | None = None
        self._inbox = Inbox(host, expand_kinds(kinds), limit)
        hub.subscribe(self._inbox, named_kinds(kinds) & self.kinds)
        if callback is not None:
            threading.Thread(
                target=self._call_back, args=(callback,), name="virtsdk-subscriber", daemon=True
            ).start()

    @property
    def name(self) -> str | None:
        """Its name on this host, which one that takes its place has, too; None where it was given none."""
        return self._name

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of events that were asked for; the driver may not have all of them."""
        return self._inbox.kinds

    @property
    def dropped(self) -> int:
        """Number of events that were dropped because they were not read in time."""
        return self._inbox.dropped

    @property
    def failures(self) -> int:
        """Number of times that the callback raised; the log has the errors."""
        return self._failures

    # --- reading ------------------------------------------------------------

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
        event = self._inbox.take(seconds(timeout))
        if event is None:
            raise errors.TimedOut(f"no event of {self._host} in {timeout:g} s")
        return event

    async def next(self, timeout: float | None = None) -> Event:
        """Wait for the next event without holding up the loop; `get` for `await`.

        Parameters
        ----------
        timeout
            Seconds; None waits for ever.

        Raises
        ------
        TimedOut
            None came in time; the subscription goes on, and the next call has what comes then.
        HostClosed
            The subscription or its host was closed.
        """
        event = await self._inbox.take_async(seconds(timeout))
        if event is None:
            raise errors.TimedOut(f"no event of {self._host} in {timeout:g} s")
        return event

    def until(self, end: str | float | timedelta | datetime) -> EventStream:
        """End the subscription by itself; returns it, to be iterated, or left to its callback.

        Parameters
        ----------
        end
            After so long (``"1h"``, ``"90s"``, a number of seconds, a `timedelta`), or at a time (with its
            time zone). It is closed then: what waits can still be read, iterating ends. A second call counts
            anew.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.domains["test"].suspend()
        ...     found = [event.name for event in host.events("domain_lifecycle").until("0.1s")]
        ...     host.domains["test"].resume()
        ...     found
        []
        """
        left = max(0.0, _seconds_until(end))
        former, this = self._end, weakref.ref(self)
        if former is not None:
            former.cancel()
        self._end = threading.Timer(left, _close, [this])
        self._end.daemon = True
        self._end.start()
        return self

    def drain(self) -> list[Event]:
        """Take all events that are waiting, without waiting for more.

        Returns
        -------
        list of Event
            Oldest first; an `Overflow` before them where some were dropped. Empty where none waits.
        """
        return self._inbox.take_all()

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
        try:
            return await self.next()
        except errors.HostClosed:
            raise StopAsyncIteration from None

    def _next_for_callback(self) -> Event | None:
        try:
            return self._inbox.take(None, to_the_end=True)
        except errors.HostClosed:
            return None

    def _call_back(self, callback: Callable[[Event], object]) -> None:
        while (event := self._next_for_callback()) is not None:
            try:
                callback(event)
            except BaseException:  # noqa: BLE001 - one event's failure is not the next one's, be it sys.exit()
                self._failures += 1
                _log.exception("a subscriber to the events of %s failed on %r; it goes on", self._host, event)

    def frame(self) -> pd.DataFrame:
        """Return what came so far as a frame; nothing is taken out of the queue.

        Returns
        -------
        pandas.DataFrame
            One row per event, oldest first, of the last 10,000 (or `limit`): time (UTC), kind, host, then the
            fields of the kinds that came (domain, name, event, detail ...), empty where a kind does not have
            them.
        """
        import pandas as pd

        rows: list[dict[str, Any]] = []
        for event in self._inbox.seen():
            row: dict[str, Any] = {"time": event.time, "kind": event.kind}
            row |= {field.name: getattr(event, field.name) for field in fields(event)}
            rows.append(row)
        frame = pd.DataFrame(rows) if rows else pd.DataFrame(columns=pd.Index(["time", "kind", "host"]))
        return frame.astype({"time": "datetime64[us, UTC]", "kind": "str", "host": "str"})

    # --- ending -------------------------------------------------------------------------------------

    def close(self) -> None:
        """Unsubscribe; a second call does nothing."""
        if workers.ending():
            return
        if self._end is not None:
            self._end.cancel()
        self._inbox.end()
        self._hub.unsubscribe(self._inbox)

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

    @property
    def is_open(self) -> bool:
        """True until it is closed, or its host is."""
        return not self._inbox.ended

    # --- how it shows itself ------------------------------------------------------------------------

    def _summary(self) -> str:
        parts = [f"{self._inbox.waiting} waiting", f"{self.dropped} dropped"]
        if self.failures:
            parts.append(text.count(self.failures, "failure") + " in the callback")
        parts.append("closed" if self._inbox.ended else "open")
        return ", ".join(parts)

    def __repr__(self) -> str:
        if "_inbox" not in vars(self):  # in a traceback of its making
            return "<EventStream>"
        return f"<EventStream {text.printable(self._host)}: {self._summary()}>"

    def _repr_html_(self) -> str:
        seen = cut(self._inbox.seen(), last=True)
        return html.view(
            html.heading(f"events of {self._host}", self._summary()),
            html.table(["UTC", "kind", "what"], seen.map(_glance)),
        )


def _close(stream: weakref.ref[EventStream]) -> None:
    """Close a subscription whose time is over, unless nobody has it any more."""
    there = stream()
    if there is not None:
        there.close()


def _seconds_until(end: str | float | timedelta | datetime) -> float:
    from virtsdk.stats.change.spacing import seconds_of

    if not isinstance(end, datetime):
        return seconds_of(end.total_seconds() if isinstance(end, timedelta) else end, "end")
    if end.tzinfo is None:
        raise ValueError(f"end must have a time zone, which {end} has not")
    return (end - datetime.now(UTC)).total_seconds()


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
        if not isinstance(one, str | type):
            raise TypeError(f"a kind of event must be a name or a class, not {one!r}")
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
    if not isinstance(kinds, Iterable):
        raise TypeError(f"kinds must be names or classes of events, not {kinds!r}")
    return list(kinds)
