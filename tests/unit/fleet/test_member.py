"""One host of a fleet: opened when it answers, and not asked where it is known not to answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from tests.unit.fleet.members import Door, member
from tests.waiting import until
from virtsdk import errors
from virtsdk.binding import workers
from virtsdk.fleet import member as module
from virtsdk.fleet.member import Member


@pytest.fixture
def hanging() -> Iterator[tuple[Member, Door]]:
    door = Door("kvm7", hangs=True)
    one = member("kvm7", door)
    yield one, door
    door.let.set()
    one.close()


def test_it_is_opened_once_and_asked() -> None:
    door = Door("kvm7")
    one = member("kvm7", door)
    assert not one.is_up
    assert one.ask(lambda host: host.name, 30) == "kvm7"
    assert one.ask(lambda host: len(host.domains), 30) == 1
    assert one.is_up
    assert door.tries == 1
    one.close()
    assert not one.is_up
    with pytest.raises(errors.HostClosed, match="its fleet was closed"):
        one.ask(lambda host: host.name, 30)


def test_one_that_refuses_is_tried_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_APART", 3600.0)
    door = Door("kvm7", errors.ConnectError("refused"))
    one = member("kvm7", door)
    for _ in range(5):
        with pytest.raises(errors.ConnectError, match="refused"):
            one.ask(lambda host: host.name, 30)
    assert door.tries == 1
    assert str(one.obstacle) == "refused"
    door.error = None
    monkeypatch.setattr(module, "_APART", 0.0)
    assert one.ask(lambda host: host.name, 30) == "kvm7"
    assert one.obstacle is None
    one.close()


def test_credentials_that_did_not_work_are_not_tried_again_soon() -> None:
    door = Door("kvm7", errors.AuthenticationFailed("wrong"))
    one = member("kvm7", door)
    with pytest.raises(errors.AuthenticationFailed):
        one.opened(30)
    time.sleep(module._APART + 0.1)
    with pytest.raises(errors.AuthenticationFailed):
        one.opened(30)
    assert door.tries == 1


def test_an_attempt_that_hangs_is_the_only_one_and_waited_for_once(hanging: tuple[Member, Door]) -> None:
    one, door = hanging
    with pytest.raises(errors.TimedOut, match=r"cannot open host 'kvm7' .* no answer in"):
        one.opened(0.2)
    before = time.monotonic()
    for _ in range(20):
        with pytest.raises(errors.TimedOut):
            one.opened(60)
    assert time.monotonic() - before < 60
    assert door.tries == 1
    door.let.set()
    until(lambda: one.is_up)
    assert one.ask(lambda host: host.name, 30) == "kvm7"
    assert door.tries == 1


def test_who_gave_up_does_not_wait_for_the_same_attempt_again(hanging: tuple[Member, Door]) -> None:
    """The round that waited for it may be over a moment before the thread that it waited for."""
    one, door = hanging
    call = workers.Call(lambda: one.opened(30), "open it")
    workers.submit(call)
    until(lambda: door.tries)
    one.leave(call)
    before = time.monotonic()
    with pytest.raises(errors.TimedOut):
        one.opened(60)
    assert time.monotonic() - before < 30
    door.let.set()
    assert call.done.wait(30)


def test_what_comes_after_the_end_is_closed() -> None:
    door = Door("kvm7", hangs=True)
    opened: list[object] = []

    def opens() -> object:
        opened.append(door())
        return opened[0]

    one = Member("kvm7", "test:///default", {}, opens)  # type: ignore[arg-type]
    with pytest.raises(errors.TimedOut):
        one.opened(0.05)
    one.close()
    door.let.set()
    until(lambda: opened and opened[0].session.closed)  # type: ignore[attr-defined]
    assert one.seen is None


def test_attempts_that_hang_for_good_do_not_add_up(
    hanging: tuple[Member, Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, door = hanging
    monkeypatch.setattr(module, "_BESIDE", 0.0)
    for _ in range(20):
        with pytest.raises(errors.TimedOut):
            one.opened(0.001)
    until(lambda: door.tries == module._MOST_ATTEMPTS)
    assert len(one._attempts) == module._MOST_ATTEMPTS
    door.let.set()
    until(lambda: not one._attempts)  # one of them is it, the others were closed
    assert one.is_up


def test_a_host_that_someone_closed_is_opened_again() -> None:
    door = Door("kvm7")
    one = member("kvm7", door)
    one.opened(30).close()
    assert one.ask(lambda host: host.name, 30) == "kvm7"
    assert door.tries == 2
    one.close()


def test_while_a_call_hangs_only_so_many_others_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """The host answers small calls, so one slow question keeps no other from it; many do."""
    monkeypatch.setattr(module, "_GLANCE", 30.0)
    one, end = member("kvm7"), threading.Event()
    one.opened(30)
    for number in range(module._MOST_PARKED):
        call = workers.Call(end.wait, f"hang {number}")
        workers.submit(call)
        if number < module._MOST_PARKED - 1:
            one.leave(call)
            assert one.ask(lambda host: host.name, 30) == "kvm7"
        else:
            one.leave(call)
    with pytest.raises(errors.TimedOut, match="not asked again before a call that waits has returned"):
        one.ask(lambda host: host.name, 30)
    end.set()
    until(lambda: not one._hanging(one.opened(30)))
    assert one.ask(lambda host: host.name, 30) == "kvm7"
    one.close()


def test_one_that_answers_no_small_call_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a frozen daemon: not one thread more however often it is asked."""
    one, end, asked = member("kvm7"), threading.Event(), []
    host = one.opened(30)
    monkeypatch.setattr(host.session, "nudge", lambda: (asked.append(1), end.wait()))
    call = workers.Call(end.wait, "hang")
    workers.submit(call)
    one.leave(call)
    for _ in range(10):
        with pytest.raises(errors.TimedOut, match="does not answer since"):
            one.ask(lambda host: host.name, 30)
    assert len(asked) == 1
    assert not one.is_up
    host.session.generation += 1  # a new connection may answer
    with pytest.raises(errors.TimedOut, match="does not answer since"):
        one.ask(lambda host: host.name, 30)
    assert len(asked) == 2
    end.set()
    until(lambda: not one._hanging(host))
    assert one.ask(lambda host: host.name, 30) == "kvm7"
    one.close()


def test_nothing_is_begun_past_the_deadline() -> None:
    one = member("kvm7")
    one.opened(30)
    with pytest.raises(errors.TimedOut, match="too late for this round"):
        one.ask(lambda host: pytest.fail("it was"), 0.0)
    one.close()
