"""A host that is opened when it answers: attempts follow each other, hang, come too late."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from virtsdk.errors import ConnectError, TimedOut
from virtsdk.history import hosts
from virtsdk.history.hosts import LateHost


class Door:
    """Opens when it is told; each attempt waits for its turn."""

    def __init__(self):
        self.begun = 0
        self.closed = 0
        self.error = None
        self.opened = threading.Event()
        self.lock = threading.Lock()

    def __call__(self):
        with self.lock:
            self.begun += 1
        assert self.opened.wait(20)
        if self.error:
            raise self.error
        return SimpleNamespace(close=self.close)

    def close(self):
        self.closed += 1


@pytest.fixture
def door():
    door = Door()
    yield door
    door.opened.set()  # no thread is left behind


@pytest.fixture
def late(door):
    return LateHost("qemu+ssh://kvm7/system", door)


def ended(late):
    """Wait until no attempt runs any more."""
    with late._lock:
        assert late._lock.wait_for(lambda: not late._begun, 20)


def test_an_attempt_that_takes_long_goes_on_and_counts(late, door):
    for _ in range(3):
        with pytest.raises(TimedOut, match=r"cannot open qemu\+ssh://kvm7/system: no answer for 0 s"):
            late.get(0.01)
    assert door.begun == 1
    door.opened.set()
    assert late.get(20) is late.get(0)
    assert door.begun == 1


def test_an_attempt_that_failed_is_said_and_made_again_after_a_while(late, door, monkeypatch):
    door.error = ConnectError("no route")
    door.opened.set()
    for _ in range(2):
        with pytest.raises(ConnectError, match="no route"):
            late.get(20)
    assert door.begun == 1
    monkeypatch.setattr(hosts, "_APART", 0.0)
    door.error = None
    late.get(20)
    assert door.begun == 2


def test_attempts_that_hang_are_few_and_those_that_come_late_are_closed(late, door, monkeypatch):
    monkeypatch.setattr(hosts, "_PATIENCE", 0.0)
    for _ in range(hosts._MOST_ATTEMPTS + 3):
        with pytest.raises(TimedOut):
            late.get(0.0)
    assert door.begun == hosts._MOST_ATTEMPTS
    door.opened.set()
    late.get(20)
    ended(late)
    assert door.closed == hosts._MOST_ATTEMPTS - 1
    late.close()
    assert door.closed == hosts._MOST_ATTEMPTS


def test_an_attempt_that_comes_after_the_end_is_closed(late, door):
    with pytest.raises(TimedOut):
        late.get(0.0)
    late.close()
    door.opened.set()
    ended(late)
    assert door.closed == 1
