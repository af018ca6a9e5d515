"""A question to the agent: what is sent, for how long it is waited, and answers that are too long."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

import virtsdk
from tests.unit.resources.domain.agent.conftest import AgentHere, libvirt_error
from tests.unit.tracebacks import showing
from virtsdk import errors
from virtsdk.resources.domain.agent import asking
from virtsdk.resources.domain.agent.agent import Agent
from virtsdk.resources.domain.agent.asking import in_guest


def test_a_command_takes_its_arguments_as_the_agent_spells_them(
    guest: virtsdk.Domain, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sent: list[tuple[str, int | None]] = []

    def answer(raw: object, command: str, seconds: int | None) -> str:
        sent.append((command, seconds))
        return '{"return": {"count": 3}}'

    monkeypatch.setattr(asking, "agent_command", answer)
    caplog.set_level(logging.DEBUG)
    assert guest.agent.command("guest-file-write", handle=7, buf_b64="aHVudGVyMg==", timeout=41.2) == {
        "count": 3
    }
    assert guest.agent.command("guest-ping") == {"count": 3}
    assert sent == [
        ('{"execute": "guest-file-write", "arguments": {"handle": 7, "buf-b64": "aHVudGVyMg=="}}', 42),
        ('{"execute": "guest-ping"}', 30),
    ]
    assert "aHVudGVyMg" not in caplog.text
    said = [vars(one)["verb"] for one in caplog.records if one.name == "virtsdk.audit"]
    assert said == ["have the agent do guest-file-write in", "have the agent do guest-ping in"]


def test_the_connections_own_time_is_the_agents(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int | None] = []
    monkeypatch.setattr(asking, "agent_command", lambda raw, command, seconds: given.append(seconds) or "{}")
    with virtsdk.connect("test:///default", timeout=7) as host:
        host.domains["test"].agent.command("guest-ping")
    assert given == [7]


def test_a_command_that_libvirt_would_not_get_through_is_not_sent(agent: Agent, here: AgentHere) -> None:
    with pytest.raises(errors.InvalidArgument, match=r"the command has 2000\d\d bytes, and libvirt sends"):
        agent.command("guest-file-write", buf_b64="A" * 200_000)
    assert here.asked == []


@pytest.mark.parametrize(
    ("code", "said", "words"),
    [
        ("VIR_ERR_RPC", "Unable to encode message payload", "more than the 4 MiB"),
        ("VIR_ERR_OPERATION_FAILED", "No complete agent response found in 10485760 bytes", "no more until"),
    ],
)
def test_an_answer_that_is_too_long_says_so(
    agent: Agent, here: AgentHere, code: str, said: str, words: str
) -> None:
    here.instead["guest-ping"] = libvirt_error(code, said)
    with pytest.raises(errors.AgentError, match=words):
        agent.command("guest-ping")


def test_what_an_agent_may_have_done_is_not_asked_of_it_again(
    agent: Agent, here: AgentHere, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("data")
    calls = {
        "guest-exec": lambda: agent.run(["true"]),
        "guest-file-read": lambda: agent.read_file(tmp_path / "file"),
        "guest-file-write": lambda: agent.write_file(tmp_path / "file", "data"),
        "guest-set-vcpus": lambda: agent.command("guest-set-vcpus"),
    }
    for name, call in calls.items():
        here.instead = {name: errors.ConnectionLost("lost")}
        with pytest.raises(errors.ConnectionLost):
            call()
        assert here.asked.count(name) == 1, name
    here.instead = {"guest-info": errors.ConnectionLost("lost")}
    with pytest.raises(errors.ConnectionLost):
        agent.info()
    assert here.asked.count("guest-info") == 2


def test_the_arguments_of_a_command_are_in_no_traceback(agent: Agent, here: AgentHere) -> None:
    here.fails("guest-set-user-password", "no such user")
    with pytest.raises(errors.AgentError) as caught:
        agent.command("guest-set-user-password", username="root", password="hunter2", crypted=False)
    assert showing(caught.value, "hunter2") == []
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", ["", " ", 3, None])
def test_a_command_has_a_name(agent: Agent, here: AgentHere, name: Any) -> None:
    with pytest.raises(ValueError, match="name must be that of one of the agent's commands"):
        agent.command(name)
    assert here.asked == []


def test_a_driver_without_agents_says_so(guest: virtsdk.Domain) -> None:
    for verb in (guest.agent.info, lambda: guest.agent.run(["true"]), lambda: guest.agent.read_file("/x")):
        with pytest.raises(errors.NotSupported, match="the test driver does not do that"):
            verb()


@pytest.mark.parametrize("path", ["/a", "C:\\a", "d:/a", "\\\\server\\share"])
def test_a_path_in_a_guest_is_absolute_as_the_guest_has_it(path: str) -> None:
    assert in_guest(path) == path


@pytest.mark.parametrize("path", ["", "a/b", "C:a", "1:/a", "\\a", "./a"])
def test_a_path_that_is_not_absolute(path: str) -> None:
    with pytest.raises(ValueError, match="path must be absolute, as it is one in the guest"):
        in_guest(path)
