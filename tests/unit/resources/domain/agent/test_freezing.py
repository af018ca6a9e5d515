"""A guest that stands still goes on again: after an error, after a loss, after a freeze that came late."""

from __future__ import annotations

from typing import Any

import libvirt
import pytest

import virtsdk
from tests.unit.resources.domain.agent.conftest import libvirt_error
from virtsdk import errors
from virtsdk.resources.domain.agent import freezing

Calls = list[Any]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """What the driver does next, call by call: an error or a number; and, at its end, what it was asked."""
    todo: Calls = []
    monkeypatch.setattr(freezing, "_PAUSE", 0.0)

    def call(name: str) -> Any:
        def do(self: object, mountpoints: list[str] | None, flags: int) -> int:
            done.append(name)
            then = todo.pop(0) if todo else 2
            if isinstance(then, BaseException):
                raise then
            return then

        return do

    done: list[str] = []
    monkeypatch.setattr(libvirt.virDomain, "fsFreeze", call("freeze"))
    monkeypatch.setattr(libvirt.virDomain, "fsThaw", call("thaw"))
    monkeypatch.setattr(pytest, "done", done, raising=False)
    return todo


def done() -> list[str]:
    return pytest.done  # type: ignore[attr-defined]


def test_the_block_thaws_also_after_an_error(guest: virtsdk.Domain, calls: Calls) -> None:
    with guest.agent.freeze() as frozen:
        assert (frozen.count, frozen.is_over, done()) == (2, False, ["freeze"])
    assert frozen.is_over
    for raised in (KeyError("mine"), KeyboardInterrupt()):
        with pytest.raises(type(raised)), guest.agent.freeze():
            raise raised
    assert done() == ["freeze", "thaw"] * 3


def test_one_that_was_thawed_in_the_block_is_not_thawed_again(guest: virtsdk.Domain, calls: Calls) -> None:
    with guest.agent.freeze() as frozen:
        assert frozen.thaw() == 2
        assert frozen.thaw() == 0
    assert done() == ["freeze", "thaw"]


UNRESPONSIVE = libvirt_error("VIR_ERR_AGENT_UNRESPONSIVE", "not connected")


def test_a_thaw_that_does_not_get_through_is_tried_again(guest: virtsdk.Domain, calls: Calls) -> None:
    lost = errors.ConnectionLost("lost")
    calls += [1, lost, UNRESPONSIVE, libvirt_error("VIR_ERR_OPERATION_TIMEOUT", "busy"), 1]
    with guest.agent.freeze() as frozen:
        pass
    assert frozen.is_over
    assert done() == ["freeze", *["thaw"] * 4]


def test_a_thaw_without_hope_says_that_they_stand_still(
    guest: virtsdk.Domain, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freezing, "_PATIENCE", 0.0)
    calls += [1, UNRESPONSIVE]
    with pytest.raises(errors.AgentUnresponsive) as caught, guest.agent.freeze() as frozen:
        raise KeyError("mine")
    assert "agent.thaw() lets them go on" in caught.value.__notes__[0]
    assert isinstance(caught.value.__context__, KeyError) or caught.value.__cause__
    assert not frozen.is_over
    with virtsdk.connect("test:///default", reconnect=False) as host:
        calls += [1, errors.ConnectionLost("lost")]
        monkeypatch.setattr(freezing, "_PATIENCE", 60.0)
        with pytest.raises(errors.ConnectionLost), host.domains["test"].agent.freeze():
            pass


@pytest.mark.parametrize("code", ["VIR_ERR_OPERATION_INVALID", "VIR_ERR_NO_DOMAIN"])
def test_a_guest_that_went_off_stands_still_no_more(guest: virtsdk.Domain, calls: Calls, code: str) -> None:
    calls += [2, libvirt_error(code, "domain is not running")]
    with guest.agent.freeze() as frozen:
        pass
    assert frozen.is_over


GONE = libvirt_error("VIR_ERR_AGENT_UNRESPONSIVE", "Guest agent disappeared while executing command")


@pytest.mark.parametrize(
    "trouble", [errors.TimedOut("slow"), errors.ConnectionLost("lost"), KeyboardInterrupt(), GONE]
)
def test_a_freeze_of_which_nobody_knows_is_thawed(
    guest: virtsdk.Domain, calls: Calls, trouble: BaseException
) -> None:
    calls += [trouble, 0]
    with pytest.raises((type(trouble), errors.AgentUnresponsive)):
        guest.agent.freeze()
    assert done() == ["freeze", "thaw"]


def test_a_freeze_that_never_reached_the_agent_is_left_alone(guest: virtsdk.Domain, calls: Calls) -> None:
    calls += [UNRESPONSIVE]
    with pytest.raises(errors.AgentUnresponsive):
        guest.agent.freeze()
    assert done() == ["freeze"]


def test_a_freeze_that_was_refused_is_left_alone(guest: virtsdk.Domain, calls: Calls) -> None:
    calls += [libvirt_error("VIR_ERR_INTERNAL_ERROR", "unable to execute QEMU agent command 'x': frozen")]
    with pytest.raises(errors.AgentError):
        guest.agent.freeze()
    assert done() == ["freeze"]


def test_mount_points_that_do_not_stand_still_are_an_error_and_the_others_go_on(
    guest: virtsdk.Domain, calls: Calls
) -> None:
    calls += [1, 1]
    with pytest.raises(
        errors.OperationFailed, match="1 stand still, and these were named: /, /nope; all go on"
    ):
        guest.agent.freeze(["/", "/nope"])
    assert done() == ["freeze", "thaw"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("/mnt", "must be a list"),
        ([], "must name one"),
        (["mnt"], "must be absolute"),
        ([3], "must be a path"),
    ],
)
def test_a_bad_argument_raises_before_a_call(
    guest: virtsdk.Domain, calls: Calls, given: Any, words: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        guest.agent.freeze(given)
    assert done() == []


def test_thawing_what_is_not_frozen_is_no_error(guest: virtsdk.Domain) -> None:
    assert guest.agent.thaw() >= 0
