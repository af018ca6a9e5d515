"""What a hypervisor says of its guest, as values; its own commands; and secrets that stay secret."""

from __future__ import annotations

import json
import logging
from typing import Any

import libvirt
import pytest

import virtsdk
from tests.unit.tracebacks import showing
from virtsdk import errors
from virtsdk.resources.domain.hypervisor import verbs
from virtsdk.resources.domain.hypervisor.values import Control, LaunchSecurity


def test_messages_and_control_as_the_test_driver_has_them(host: virtsdk.Host) -> None:
    guest = host.domains["web1"]
    assert guest.messages() == guest.messages("tainting") == []
    assert guest.control() == Control("ok", "none", 0.0)
    with pytest.raises(errors.InvalidState):
        host.domains["web2"].control()
    wrong: Any = "fun"
    with pytest.raises(ValueError, match="kind must be 'deprecation', 'tainting' or None, not 'fun'"):
        guest.messages(wrong)


def test_control_in_words() -> None:
    assert Control.of([0, 0, 0]) == Control("ok", "none", 0.0)
    assert Control.of([3, 2, 1500]) == Control("error", "monitor", 1.5)
    assert Control.of([9, 0, 0]).state == "unknown-9"


def test_memory_is_read_in_pieces(host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch) -> None:
    guest = host.domains["web1"]
    assert guest.peek_memory(16, 4) == bytes([16, 17, 18, 19])
    assert guest.peek_memory(0, 0) == b""
    asked: list[tuple[int, int, int]] = []

    def peek(self: object, start: int, size: int, flags: int) -> bytes:
        asked.append((start, size, flags))
        return bytes(size)

    monkeypatch.setattr(libvirt.virDomain, "memoryPeek", peek)
    assert len(guest.peek_memory(4096, 2**21 + 5, virtual=True)) == 2**21 + 5
    assert asked == [(4096, 2**20, 1), (4096 + 2**20, 2**20, 1), (4096 + 2**21, 5, 1)]
    wrong: list[Any] = [-1, 1.5, True, None, 2**64]
    for value in wrong:
        for name in ("address", "size"):
            with pytest.raises(ValueError, match=f"{name} must be a number of bytes, 0 or more"):
                guest.peek_memory(**{"address": 0, "size": 1, name: value})
    assert len(asked) == 3


def test_labels_are_rows(host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        libvirt.virDomain, "securityLabelList", lambda self: [["", False], ["svirt_t:s0", True]]
    )
    labels = host.domains["web1"].security_labels()
    assert [(one.label, one.enforcing) for one in labels] == [("", False), ("svirt_t:s0", True)]
    assert labels.frame().columns.tolist() == ["host", "domain", "name", "label", "enforcing"]


# --- encrypted guests -----------------------------------------------------------------------------------


def test_how_an_encrypted_guest_was_launched(host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch) -> None:
    said: dict[str, Any] = {"sev-measurement": "bWVhc3VyZQ==", "sev-api-major": 1, "sev-policy": 3}
    monkeypatch.setattr(libvirt.virDomain, "launchSecurityInfo", lambda self, flags: said)
    found = host.domains["web1"].launch_security()
    assert found == LaunchSecurity(measurement="bWVhc3VyZQ==", api_major=1, policy=3)
    assert found is not None
    assert found.to_dict()["build_id"] is None
    said.clear()
    assert host.domains["web1"].launch_security() is None


def test_a_secret_is_told_to_nobody_but_the_guest(
    host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sent: list[Any] = []
    guest = host.domains["web1"]
    with pytest.raises(errors.NotSupported) as caught:
        guest.set_launch_security("hunter2", "hunter2")
    assert showing(caught.value, "hunter2") == []
    monkeypatch.setattr(
        libvirt.virDomain, "setLaunchSecurityState", lambda self, given, flags: sent.append(dict(given))
    )
    guest.set_launch_security("head", "hunter2", address=4096)
    guest.set_launch_security("head", "hunter2")
    assert sent == [
        {"sev-secret-header": "head", "sev-secret": "hunter2", "sev-secret-set-address": 4096},
        {"sev-secret-header": "head", "sev-secret": "hunter2"},
    ]
    assert "hunter2" not in caplog.text + str(caught.value)
    wrong: Any = b"x"
    for given in ((wrong, "x"), ("x", wrong), ("", "x")):
        with pytest.raises(TypeError, match=r"(header|secret) must be text, in base64"):
            guest.set_launch_security(*given)


# --- QEMU's own commands --------------------------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    found: list[Any] = []

    def answer(raw: object, command: str, *, human: bool) -> str:
        found.append((command, human))
        if human:
            return "VM status: running\r\n"
        if "nope" in command:
            return '{"error": {"class": "CommandNotFound", "desc": "The command nope has not been found"}}'
        return '{"return": {"running": true}}'

    monkeypatch.setattr(verbs, "monitor_command", answer)
    return found


def test_a_command_and_its_answer(
    host: virtsdk.Host, asked: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    guest = host.domains["web1"]
    assert guest.monitor("query-status") == {"running": True}
    assert guest.monitor("set_password", protocol="vnc", a_b="hunter2") == {"running": True}
    assert guest.monitor("change vnc password hunter2", human=True) == "VM status: running\r\n"
    assert (json.loads(asked[0][0]), json.loads(asked[1][0])) == (
        {"execute": "query-status"},
        {"execute": "set_password", "arguments": {"protocol": "vnc", "a-b": "hunter2"}},
    )
    assert asked[2] == ("change vnc password hunter2", True)
    assert "hunter2" not in caplog.text
    with pytest.raises(
        errors.OperationFailed, match=r"cannot have QEMU do nope for .*: The command nope has not"
    ):
        guest.monitor("nope")


def test_a_command_that_is_none_is_not_sent(host: virtsdk.Host, asked: list[Any]) -> None:
    wrong: list[Any] = ["", "  ", 3]
    for command in wrong:
        with pytest.raises(ValueError, match="command must be one of QEMU's"):
            host.domains["web1"].monitor(command)
    with pytest.raises(ValueError, match="arguments must be in the command's text"):
        host.domains["web1"].monitor("info block", human=True, verbose=True)
    assert asked == []


def test_a_driver_that_is_no_qemu_says_so(host: virtsdk.Host) -> None:
    guest = host.domains["web1"]
    for verb in (lambda: guest.monitor("query-status"), guest.security_labels, guest.launch_security):
        with pytest.raises(errors.NotSupported):
            verb()


def test_nics_are_announced_where_libvirt_can(host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch) -> None:
    guest = host.domains["web1"]
    if not hasattr(libvirt.virDomain, "announceInterface"):
        with pytest.raises(errors.NotSupported, match=r"libvirt 12\.5 brings that"):
            guest.announce()
    sent: list[Any] = []
    monkeypatch.setattr(
        libvirt.virDomain, "announceInterface", lambda self, *given: sent.append(given), raising=False
    )
    guest.announce()
    guest.announce("vnet0")
    assert sent == [(None, None, 0), ("vnet0", None, 0)]
    wrong: list[Any] = ["", 3]
    for nic in wrong:
        with pytest.raises(ValueError, match="nic must be"):
            guest.announce(nic)
