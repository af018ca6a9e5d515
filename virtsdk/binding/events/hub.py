"""libvirt's events, registered once a kind and handed to every subscriber.

The callback, on the event loop's thread, makes the event and puts it into each subscriber's queue; nothing
else runs there. Registrations come back after a reconnect, between a `Disconnected` and a `Reconnected`.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from virtsdk import errors
from virtsdk.binding.events.sources import SOURCES, Source, event_id, make
from virtsdk.binding.library import library
from virtsdk.binding.protocol import VirConnect
from virtsdk.binding.session import Session
from virtsdk.events import Disconnected, Event, Reconnected

_log = logging.getLogger(__name__)

_REGISTER = {
    "domain": "domainEventRegisterAny",
    "network": "networkEventRegisterAny",
    "storage_pool": "storagePoolEventRegisterAny",
    "node_device": "nodeDeviceEventRegisterAny",
    "secret": "secretEventRegisterAny",
}


class Sink(Protocol):
    """A subscriber: `put` must return at once and must not raise."""

    kinds: frozenset[str]

    def put(self, event: Event) -> None:
        """Take an event."""
        ...

    def end(self) -> None:
        """Learn that no more events come."""
        ...


class Hub:
    """The subscribers of one session.

    Parameters
    ----------
    session
        Whose events.
    host
        The host's name, as the events carry it.
    """

    def __init__(self, session: Session, host: str) -> None:
        self._session = session
        self._host = host
        self._registering = threading.RLock()
        self._order = threading.RLock()
        self._held: list[Event] | None = None  # while registrations come back: after their Reconnected
        self._sinks: tuple[weakref.ref[Sink], ...] = ()
        self._registered = Registrations()
        session.watch(self, self._registered.detach)

    def subscribe(self, sink: Sink, required: frozenset[str] = frozenset()) -> None:
        """Hand events of the sink's kinds to it; it is held weakly.

        Parameters
        ----------
        sink
            The subscriber.
        required
            The kinds that it does not want to go without.

        Raises
        ------
        NotSupported
            The driver has not one of the kinds, or not one that is required.
        """
        self._add(sink)
        try:
            offered = [self._ensure(kind, strict=kind in required) for kind in sorted(sink.kinds)]
            if not any(offered):
                raise errors.NotSupported(f"the driver of {self._host} reports no events of these kinds")
        except BaseException:
            self.unsubscribe(sink)
            raise

    def unsubscribe(self, sink: Sink) -> None:
        """Stop handing events to a sink; a kind that nobody listens to any more is given up."""
        with self._order:
            self._sinks = tuple(ref for ref in self._sinks if ref() is not None and ref() is not sink)
        for kind in self._registered.keys() - self._wanted():
            self._give_up(kind)

    def _add(self, sink: Sink) -> None:
        with self._order:
            self._sinks = (*(ref for ref in self._sinks if ref() is not None), weakref.ref(sink))

    def _wanted(self) -> set[str]:
        sinks = [sink for ref in self._sinks if (sink := ref()) is not None]
        return {kind for sink in sinks for kind in sink.kinds}

    def _ensure(self, kind: str, *, strict: bool) -> bool:
        """Have a kind registered; False where the driver does not have it."""
        registered = self._registered.get(kind)
        if registered is not None and self._session.is_current(registered[0]):
            return True
        try:
            words = self._words("subscribe to", kind)
            while not self._session.call(*words, lambda conn: self._register_current(conn, kind)):
                pass  # it was lost in between: on the next one
        except errors.NotSupported:
            if strict:
                raise
            _log.debug("%s has no %s events", self._host, kind)
            return False
        return True

    def _words(self, verb: str, kind: str) -> tuple[str, str]:
        return f"{verb} {kind} events of", f"host {self._host!r}"

    def _register_current(self, conn: VirConnect, kind: str) -> bool:
        """Register on the connection in use; False where it is not any more.

        The next one may have the kind by then, and would be forgotten for one that nobody listens to.
        """
        with self._registering:
            if not self._session.is_current(conn):
                return False
            self._register(conn, kind)
            return True

    def _register(self, conn: VirConnect, kind: str) -> None:
        source = SOURCES[kind]
        number = event_id(source)
        if number is None:
            raise errors.NotSupported(f"this libvirt has no {kind} events")
        callback = _callback(weakref.ref(self), source, self._host)
        register: Callable[..., int] = getattr(conn, _REGISTER[source.family])
        with self._registering:  # here, on a connection that is open; not while one is waited for
            if self._registered.get(kind, (None,))[0] is not conn:
                self._registered[kind] = (conn, register(None, number, callback, None))

    def _give_up(self, kind: str) -> None:
        def deregister(current: VirConnect) -> None:
            with self._registering:
                conn, number = self._registered.get(kind, (None, 0))
                if conn is current and kind not in self._wanted():
                    del self._registered[kind]
                    _deregister(current, kind, number)

        if not self._session.is_alive:
            return  # its end, or the next connection, sees to it
        try:
            self._session.call(*self._words("unsubscribe from", kind), deregister)
        except errors.VirtError as error:
            _log.debug("giving up %s events of %s: %s", kind, self._host, error)

    def publish(self, event: Event) -> None:
        """Hand an event to whoever listens to its kind; what concerns the connection goes to all."""
        with self._order:
            if self._held is not None:
                self._held.append(event)
            else:
                self._hand_out(event)

    def _hand_out(self, event: Event) -> None:
        everyone = event.kind not in SOURCES
        for ref in self._sinks:
            sink = ref()
            if sink is not None and (everyone or event.kind in sink.kinds):
                sink.put(event)

    def is_over(self, conn: VirConnect) -> bool:
        """Tell whether a connection is one that was given up, whose late events the next one has too."""
        return self._session.is_silent(conn)

    # --- what the session tells ---------------------------------------------------------------------

    def lost(self) -> None:
        """Tell the subscribers that nothing is seen from now on."""
        self.publish(Disconnected(host=self._host, time=datetime.now(UTC)))

    def restoring(self, conn: VirConnect) -> None:
        """Register on a new connection; what it reports is held back until `restored`."""
        with self._order:
            self._held = self._held or []
        for kind in sorted(self._wanted()):
            try:
                with self._session.translated(conn, *self._words("subscribe to", kind)):
                    self._register(conn, kind)
            except errors.ConnectionLost:
                raise
            except errors.NotSupported:
                continue
            except errors.VirtError as error:
                _log.warning("no %s events of %s after the reconnect: %s", kind, self._host, error)

    def restored(self, gap: float) -> None:
        """Tell the subscribers how long the gap was, and what came since."""
        with self._order:
            held, self._held = self._held or [], None
            self._hand_out(Reconnected(host=self._host, time=datetime.now(UTC), gap_seconds=gap))
            for event in held:
                self._hand_out(event)

    def closing(self) -> None:
        """End the subscribers."""
        for ref in self._sinks:
            sink = ref()
            if sink is not None:
                sink.end()


class Registrations(dict[str, tuple[VirConnect, int]]):
    """Registrations with libvirt: by kind the connection, and libvirt's callback id on it."""

    def detach(self, conn: VirConnect) -> None:
        """Take the callbacks off a connection that ends: each would hold it open."""
        for kind, (owner, number) in list(self.items()):
            if owner is not conn:
                continue
            if self.get(kind) == (owner, number):
                del self[kind]
            try:
                _deregister(conn, kind, number)
            except library().libvirtError as error:  # libvirt forgets it even where the host cannot be told
                _log.debug("taking %s events off: %s", kind, error)


def _deregister(conn: VirConnect, kind: str, number: int) -> None:
    name = _REGISTER[SOURCES[kind].family].replace("Register", "Deregister")
    getattr(conn, name)(number)


def _callback(hub: weakref.ref[Hub], source: Source, host: str) -> Callable[..., None]:
    def arrived(conn: Any, thing: Any, *values: Any) -> None:
        listening = hub()
        if listening is None or listening.is_over(conn):
            return
        try:
            event = make(source, host, datetime.now(UTC), thing, values[:-1])
        except Exception:  # noqa: BLE001 - it would be lost in C, and the events after it
            _log.exception("a %s event of %s could not be read", source.event.kind, host)
            return
        listening.publish(event)

    return arrived
