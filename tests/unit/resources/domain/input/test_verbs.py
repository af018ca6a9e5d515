"""What goes to a guest's keyboard and processes, as libvirt is asked for it."""

from __future__ import annotations

import logging
from typing import Any

import libvirt
import pytest

import virtsdk
from virtsdk.resources.domain.input import verbs


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    found: list[Any] = []
    monkeypatch.setattr(verbs.time, "sleep", lambda seconds: found.append(round(seconds, 3)))

    def note(name: str) -> Any:
        return lambda self, *given: found.append((name, *given))

    for name in ("sendKey", "sendProcessSignal", "pMSuspendForDuration", "pMWakeup"):
        monkeypatch.setattr(libvirt.virDomain, name, note(name))
    return found


def test_keys_go_down_together(host: virtsdk.Host, sent: list[Any]) -> None:
    host.domains["web1"].send_keys("ctrl", "alt", "delete")
    host.domains["web1"].send_keys("KEY_A", hold_seconds=0.0001)
    assert sent == [("sendKey", 0, 100, [29, 56, 111], 3, 0), ("sendKey", 0, 1, [30], 1, 0)]


def test_a_text_is_typed_no_faster_than_a_guest_reads_it(
    host: virtsdk.Host, sent: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    host.domains["web1"].type_text("hUNTER2\n")
    assert sent == [
        ("sendKey", 0, 10, [35], 1, 0), 0.02,
        ("sendKey", 0, 10, [42, 22, 49, 20, 18, 19], 6, 0), 0.12,
        ("sendKey", 0, 10, [3, 28], 2, 0), 0.04,
    ]  # fmt: skip
    assert "UNTER" not in caplog.text.upper().replace("DOMAIN", "")
    assert [vars(one)["verb"] for one in caplog.records if one.name == "virtsdk.audit"] == [
        "type at the keyboard of"
    ]


def test_bad_arguments_raise_before_a_call(host: virtsdk.Host, sent: list[Any]) -> None:
    guest = host.domains["web1"]
    wrong: Any
    for wrong, words in (
        (lambda: guest.send_keys(), "keys must be 1 to 16"),
        (lambda: guest.send_keys(*"abcdefghijklmnopq"), "not 17"),
        (lambda: guest.send_keys("a", hold_seconds=0), "hold_seconds must be"),
        (lambda: guest.type_text("é"), "no key of a US keyboard for its character 1"),
        (lambda: guest.send_signal("explode"), "unknown signal 'explode'; known are nop, hup"),
        (lambda: guest.send_signal(99), "signal must be a number of libvirt's, 0 to 64, not 99"),
        (lambda: guest.send_signal(None), "signal must be a name or a number"),
        (lambda: guest.send_signal("term", process=0), "process must be the number of a process"),
        (lambda: guest.sleep("long"), "kind must be one of mem, disk, hybrid, not 'long'"),
        (lambda: guest.sleep(timeout=0), "timeout must be"),
        (lambda: guest.wake(timeout=-1), "timeout must be"),
    ):
        with pytest.raises((TypeError, ValueError), match=words):
            wrong()
    assert sent == []


def test_signals_have_names(host: virtsdk.Host, sent: list[Any]) -> None:
    guest = host.domains["web1"]
    guest.send_signal("SIGTERM")
    guest.send_signal("kill", process=-7)
    guest.send_signal(0)
    assert [one[1:3] for one in sent] == [(1, 15), (-7, 9), (1, 0)]


def test_a_guest_that_stays_awake_is_late(host: virtsdk.Host, sent: list[Any]) -> None:
    with pytest.raises(virtsdk.TimedOut, match="is running and not pmsuspended"):
        host.domains["web1"].sleep(timeout=0.2)
    host.domains["web1"].wake()  # it runs
    with pytest.raises(virtsdk.TimedOut, match="is paused and not running"):
        host.domains["db1"].wake(timeout=0.2)
    host.domains["web2"].sleep("disk")  # it is off
    calls = [one for one in sent if isinstance(one, tuple)]
    assert calls == [
        ("pMSuspendForDuration", 0, 0, 0),
        ("pMWakeup", 0),
        ("pMWakeup", 0),
        ("pMSuspendForDuration", 1, 0, 0),
    ]


def test_an_interrupt_that_the_test_driver_takes(host: virtsdk.Host) -> None:
    host.domains["web1"].inject_nmi()
    with pytest.raises(virtsdk.errors.InvalidState):
        host.domains["web2"].inject_nmi()
