"""Subscribers of one session: what they are told around a gap, and who is still listened for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import pytest

from virtsdk.binding.events.hub import Hub
from virtsdk.events import Disconnected, DomainLifecycle, Event, Reconnected

STARTED = DomainLifecycle(
    host="kvm7", time=datetime.now(UTC), domain="u1", name="web1", event="started", detail="booted"
)


class Conn:
    """A connection that counts what is registered on it."""

    def __init__(self) -> None:
        self.registered: list[int] = []

    def domainEventRegisterAny(self, *_: object) -> int:  # noqa: N802
        self.registered.append(len(self.registered))
        return self.registered[-1]

    def domainEventDeregisterAny(self, number: int) -> None:  # noqa: N802
        self.registered.remove(number)


class Session:
    """A session with one connection; `meanwhile` happens while a call is on its way to the host."""

    is_alive = True

    def __init__(self) -> None:
        self.conn = Conn()
        self.meanwhile: Callable[[str], object] = lambda operation: None

    def watch(self, *_: object) -> None:
        pass

    def is_current(self, conn: Conn) -> bool:
        return conn is self.conn

    def call(self, operation: str, subject: str, function: Callable[[Conn], object]) -> object:
        self.meanwhile(operation)
        return function(self.conn)

    def translated(self, *_: object) -> nullcontext[None]:
        return nullcontext()


class Sink:
    """A subscriber that keeps what it is given."""

    def __init__(self, *kinds: str) -> None:
        self.kinds = frozenset(kinds)
        self.got: list[Event] = []

    def put(self, event: Event) -> None:
        self.got.append(event)

    def end(self) -> None:
        pass


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def hub(session: Session) -> Hub:
    given: Any = session
    return Hub(given, "kvm7")


def test_the_end_of_a_gap_is_told_before_what_the_new_connection_reports(session: Session, hub: Hub) -> None:
    sink = Sink("domain_lifecycle")
    hub.subscribe(sink)
    hub.lost()
    session.conn = Conn()
    given: Any = session.conn
    hub.restoring(given)
    hub.publish(STARTED)  # registered already, and not yet told so
    assert [type(event) for event in sink.got] == [Disconnected]
    hub.restored(1.5)
    assert [type(event) for event in sink.got] == [Disconnected, Reconnected, DomainLifecycle]
    hub.publish(STARTED)
    assert len(sink.got) == 4
    assert session.conn.registered == [0]


def test_only_those_who_asked_for_a_kind_get_it_and_all_hear_of_the_connection(hub: Hub) -> None:
    asked, other = Sink("domain_lifecycle"), Sink("domain_reboot")
    hub.subscribe(asked)
    hub.subscribe(other)
    hub.publish(STARTED)
    hub.lost()
    assert [event.kind for event in asked.got] == ["domain_lifecycle", "disconnected"]
    assert [event.kind for event in other.got] == ["disconnected"]


def test_a_kind_is_given_up_when_the_last_one_leaves(session: Session, hub: Hub) -> None:
    first, second = Sink("domain_lifecycle"), Sink("domain_lifecycle")
    hub.subscribe(first)
    hub.subscribe(second)
    hub.unsubscribe(first)
    assert session.conn.registered == [0]
    hub.unsubscribe(second)
    assert session.conn.registered == []


def test_who_comes_while_a_kind_is_given_up_does_not_lose_it(session: Session, hub: Hub) -> None:
    first, second = Sink("domain_lifecycle"), Sink("domain_lifecycle")
    hub.subscribe(first)

    def come(operation: str) -> None:
        if operation.startswith("unsubscribe"):
            hub.subscribe(second)

    session.meanwhile = come
    hub.unsubscribe(first)
    assert session.conn.registered == [0]
    hub.publish(STARTED)
    assert second.got == [STARTED]
