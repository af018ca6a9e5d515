"""People on a guest: keys are read back, and nothing that is secret is told."""

from __future__ import annotations

import logging
from typing import Any

import libvirt
import pytest

import virtsdk
from tests.unit.resources.domain.agent.conftest import libvirt_error
from tests.unit.tracebacks import showing
from virtsdk import errors

ONE, TWO = "ssh-ed25519 AAAA one", "ssh-ed25519 BBBB two"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of a person, as a driver keeps them."""
    there: list[str] = [ONE]

    def change(self: object, user: str, lines: list[str], flags: int) -> int:
        if flags == libvirt.VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND:
            there.extend(one for one in lines if one not in there)
        else:
            there[:] = [one for one in there if one not in lines]
        return 0

    monkeypatch.setattr(libvirt.virDomain, "authorizedSSHKeysGet", lambda self, user, flags: list(there))
    monkeypatch.setattr(libvirt.virDomain, "authorizedSSHKeysSet", change)
    return there


def test_keys_come_and_go(guest: virtsdk.Domain, keys: list[str]) -> None:
    agent = guest.agent
    agent.add_ssh_keys("ana", f"{TWO}\n")
    assert agent.ssh_keys("ana") == [ONE, TWO]
    agent.remove_ssh_keys("ana", [ONE, TWO])
    assert agent.ssh_keys("ana") == []


def test_keys_that_an_agent_did_not_write_are_an_error(
    guest: virtsdk.Domain, keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libvirt.virDomain, "authorizedSSHKeysSet", lambda *_: 0)
    with pytest.raises(errors.OperationFailed, match="1 of 2 keys are not there afterwards"):
        guest.agent.add_ssh_keys("ana", [ONE, TWO])
    with pytest.raises(errors.OperationFailed, match="1 of 1 keys are still there"):
        guest.agent.remove_ssh_keys("ana", ONE)


def test_nobody_has_keys_before_there_is_a_file_of_them(
    guest: virtsdk.Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "unable to execute QEMU agent command 'guest-ssh-get-authorized-keys': failed to "
    said = [words + "read '/root/.ssh/authorized_keys': No such file or directory", words + "lookup user 'x'"]

    def fail(*_: object) -> Any:
        raise libvirt_error("VIR_ERR_INTERNAL_ERROR", said.pop(0))

    monkeypatch.setattr(libvirt.virDomain, "authorizedSSHKeysGet", fail)
    assert guest.agent.ssh_keys("root") == []
    with pytest.raises(errors.AgentError, match="lookup user"):
        guest.agent.ssh_keys("x")


@pytest.mark.parametrize(
    ("user", "keys", "words"),
    [
        ("", ONE, "user must be a name, not ''"),
        (3, ONE, "user must be a name, not int"),
        ("ana", [], "keys must be one at least"),
        ("ana", "", "keys must be public keys"),
        ("ana", f"{ONE}\n{TWO}", "keys must be public keys"),
        ("ana", "-----BEGIN OPENSSH PRIVATE KEY-----", "keys must be public keys"),
        ("ana", [3], "keys must be texts, as of a .pub file, not int"),
        ("ana", 3, "keys must be texts, as of a .pub file, not int"),
    ],
)
def test_a_bad_argument_raises_before_a_call(guest: virtsdk.Domain, user: Any, keys: Any, words: str) -> None:
    for verb in (guest.agent.add_ssh_keys, guest.agent.remove_ssh_keys):
        with pytest.raises((TypeError, ValueError), match=words) as caught:
            verb(user, keys)
        assert "PRIVATE" not in str(caught.value)


@pytest.mark.parametrize("works", [True, False])
def test_a_password_is_told_to_nobody(
    guest: virtsdk.Domain, works: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sent: list[Any] = []

    def change(self: object, user: str, password: str, flags: int) -> int:
        sent.append((user, password, flags))
        if not works:
            raise libvirt_error(
                "VIR_ERR_INTERNAL_ERROR", "unable to execute QEMU agent command 'x': no passwd"
            )
        return 0

    monkeypatch.setattr(libvirt.virDomain, "setUserPassword", change)
    try:
        guest.agent.set_password("root", "hunter2", encrypted=True)
    except errors.AgentError as error:
        assert showing(error, "hunter2") == []
        assert "hunter2" not in str(error)
        assert not works
    assert sent == [("root", "hunter2", libvirt.VIR_DOMAIN_PASSWORD_ENCRYPTED)]
    assert "hunter2" not in caplog.text
    assert "set a password of domain 'test'" in caplog.text
    with pytest.raises(TypeError, match="password must be text, not bytes"):
        guest.agent.set_password("root", b"hunter2")
