"""Waiting for a guest to let go of a device: events, a definition, a deadline."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from virtsdk import errors
from virtsdk.events import DomainDeviceRemovalFailed, DomainDeviceRemoved, Event
from virtsdk.resources.domain.devices import removal as removal_module
from virtsdk.resources.domain.devices.removal import Leaving, Removal

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Stream:
    """Events that come once they are asked for."""

    def __init__(self, *events: Event) -> None:
        self.events = list(events)
        self.closed = False

    def get(self, timeout: float) -> Event:
        if not self.events:
            time.sleep(min(timeout, 0.01))
            raise errors.TimedOut("none")
        return self.events.pop(0)

    def close(self) -> None:
        self.closed = True


class Guest:
    """A guest on a host with such events, or with none."""

    key, subject = "u1", "domain 'web1'"

    def __init__(self, stream: Stream | None) -> None:
        self.stream = stream
        self.host = self

    def events(self, kinds: object) -> Stream:
        if self.stream is None:
            raise errors.NotSupported("no events")
        return self.stream


def event(kind: Any, alias: str = "net0", domain: str = "u1") -> Event:
    return kind(host="kvm7", time=NOW, domain=domain, name="web1", alias=alias)


def wait(stream: Stream | None, there: list[bool], seconds: float = 60.0) -> bool:
    """Wait for net0, of which the definition says what the list has, the last one for good."""
    answers = iter([*there[:-1]])
    guest: Any = Guest(stream)
    with Removal(guest) as removal:
        leaving = Leaving("interface 'x'", "net0", lambda left: next(answers, there[-1]))
        return removal.wait(leaving, time.monotonic() + seconds)


def test_it_is_gone_when_the_definition_says_so_with_events_and_without() -> None:
    assert wait(None, [True, True, False])
    assert wait(Stream(), [True, True, False])
    assert wait(Stream(), [False])


def test_an_event_is_the_word_of_another_device_or_guest_only_for_that() -> None:
    others = [event(DomainDeviceRemovalFailed, "net1"), event(DomainDeviceRemovalFailed, domain="u2")]
    assert wait(Stream(*others), [True, True, True, False])


def test_a_guest_that_refuses_is_told_apart_from_one_that_takes_long() -> None:
    stream = Stream(event(DomainDeviceRemovalFailed))
    with pytest.raises(errors.OperationFailed, match="interface 'x' from domain 'web1': the guest refused"):
        wait(stream, [True])
    assert stream.closed
    assert not wait(Stream(), [True], seconds=0.05)


def test_an_event_holds_where_another_took_the_name_meanwhile() -> None:
    assert wait(Stream(event(DomainDeviceRemoved)), [True], seconds=0.2)


def test_a_guest_that_did_not_hear_of_it_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal_module, "_AGAIN", 0.05)
    monkeypatch.setattr(removal_module, "_ASKING", 0.2)
    asked: list[float] = []

    def ask(left: float) -> bool:
        asked.append(left)
        if len(asked) == 2:
            raise errors.ResourceBusy("already in the process of unplug")  # or it did
        return len(asked) < 3

    guest: Any = Guest(Stream())
    with Removal(guest) as removal:
        leaving = Leaving("interface 'x'", "net0", lambda left: len(asked) < 3, ask)
        assert removal.wait(leaving, time.monotonic() + 60)
    assert len(asked) == 3
    with Removal(guest) as removal:  # not where the answer would come too late, nor once it has heard
        assert not removal.wait(leaving._replace(there=lambda left: True), time.monotonic() + 0.15)
        assert not removal.wait(leaving._replace(there=lambda left: True), time.monotonic() + 3)
        assert not removal.wait(leaving._replace(there=lambda left: True, ask=None), time.monotonic() + 0.4)
    assert len(asked) == 4
