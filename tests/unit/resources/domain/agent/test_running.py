"""Programs in a guest: how they end, what they print, and that nothing of their arguments is told."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import pytest

from tests.unit.resources.domain.agent.conftest import AgentHere, libvirt_error
from virtsdk import errors
from virtsdk.resources.domain.agent import running
from virtsdk.resources.domain.agent.agent import Agent
from virtsdk.resources.domain.agent.asking import PIECE
from virtsdk.resources.domain.agent.running import MOST_OUTPUT


@pytest.mark.parametrize("shell", [True, False], ids=["cut by a shell", "no shell in the guest"])
def test_a_program_ends_as_it_would_here(agent: Agent, here: AgentHere, shell: bool) -> None:
    here.shell = shell
    result = agent.run(["sh", "-c", "cat; echo err >&2; exit 3"], input="héllo")
    assert (result.exit_code, result.stdout, result.stderr) == (3, "héllo".encode(), b"err\n")
    assert (result.text, bool(result), result.truncated) == ("héllo", False, False)
    assert agent.run(["sh", "-c", "kill -9 $$"]).exit_code == 128 + 9
    assert agent.run(["env"], env={"A": "b c"}).text.splitlines().count("A=b c") == 1
    assert agent.run(["printf", "%s|", "a b", "$HOME", "'", '"', "*", "", "-e", "\n"]).text == (
        "a b|$HOME|'|\"|*||-e|\n|"
    )
    assert agent.run(["true"])


def test_what_is_printed_beyond_the_most_is_left_out_and_said_to_be(agent: Agent) -> None:
    long = ["sh", "-c", "head -c 70000 /dev/zero; head -c 80000 /dev/zero >&2; exit 7"]
    result = agent.run(long, max_output=65536)
    assert (len(result.stdout), len(result.stderr), result.truncated) == (65536, 65536, True)
    assert result.exit_code == 7  # the program was let run to its end
    whole = agent.run(["head", "-c", "65536", "/dev/zero"], max_output=65536)
    assert (len(whole.stdout), whole.truncated) == (65536, False)


def test_a_word_of_the_shell_is_no_program(agent: Agent) -> None:
    assert agent.run(["exit", "3"]).exit_code in {126, 127}  # and not 3
    assert agent.run(["cut", "-c", "1-2"], input="abcd\n").text == "ab\n"  # the program of that name


def test_a_program_that_is_not_there_is_an_error(agent: Agent) -> None:
    with pytest.raises(errors.AgentError, match="cannot run 'no-such-program' in domain 'test': there is no"):
        agent.run(["no-such-program", "hunter2"])


def test_one_that_does_not_end_in_time_goes_on(agent: Agent, here: AgentHere) -> None:
    with pytest.raises(errors.TimedOut, match=r"not done in 0\.2 s; it goes on in the guest, as process \d+"):
        agent.run(["sleep", "60"], timeout=0.2)
    assert [one.poll() for one, _ in here.running.values()] == [None]


def test_one_whose_agent_is_away_for_a_moment_is_waited_for(
    agent: Agent, here: AgentHere, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = libvirt_error("VIR_ERR_AGENT_UNRESPONSIVE", "QEMU guest agent is not connected")
    answers: list[Any] = [away, away]
    status = here.guest_exec_status

    def sometimes(given: dict[str, Any]) -> dict[str, Any]:
        if answers:
            raise answers.pop()
        return status(given)

    monkeypatch.setattr(here, "guest_exec_status", sometimes)
    assert agent.run(["true"])
    monkeypatch.setattr(running, "_AFTER_A_LOSS", 0.0)
    answers[:] = [away] * 100
    with pytest.raises(errors.AgentUnresponsive):
        agent.run(["true"])


def test_a_failure_is_an_error_only_where_that_is_asked_for(agent: Agent) -> None:
    with pytest.raises(errors.ProgramFailed, match=r"cannot run 'sh' .* exit code 3") as caught:
        agent.run(["sh", "-c", "echo out; echo hunter2 >&2; exit 3"], check=True)
    assert (caught.value.exit_code, caught.value.stdout, caught.value.stderr) == (3, b"out\n", b"hunter2\n")
    assert isinstance(caught.value, errors.OperationFailed)
    assert "hunter2" not in str(caught.value)
    assert agent.run(["true"], check=True).exit_code == 0


def test_the_arguments_are_told_to_nobody(agent: Agent, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    result = agent.run(["echo", "hunter2"], input="hunter2", env={"PASSWORD": "hunter2"})
    assert "hunter2" not in repr(result) + result._repr_html_()
    with pytest.raises(errors.VirtError) as caught:
        agent.run(["no-such-program", "hunter2"], input="hunter2", env={"PASSWORD": "hunter2"})
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack
    shown = [frame.name for frame in frames if "hunter2" in repr(frame.locals)]
    assert shown == []
    assert "hunter2" not in caplog.text + str(caught.value)
    said = [vars(one)["verb"] for one in caplog.records if one.name == "virtsdk.audit"]
    assert said == ["run 'echo' in", "run 'no-such-program' in"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"argv": "ls -l"}, "argv must be a list"),
        ({"argv": []}, "argv must begin with a program"),
        ({"argv": [""]}, "argv must begin with a program"),
        ({"argv": ["a", 3]}, "argv must be a list of texts, and has int"),
        ({"argv": ["a\0b"]}, "argv must be without NUL"),
        ({"input": 3}, "input must be text or bytes, not int"),
        ({"input": b"x" * (PIECE + 1)}, "input must be at most 98304 bytes"),
        ({"env": ["A=b"]}, "env must be a mapping"),
        ({"env": {"A": 3}}, "env must be a mapping of names to texts"),
        ({"env": {"A=B": "c"}}, "env must have names without '='"),
        ({"max_output": 0}, "max_output must be from 1 to"),
        ({"max_output": MOST_OUTPUT + 1}, "max_output must be from 1 to"),
        ({"timeout": "3"}, "timeout must be a number of seconds"),
    ],
)
def test_a_bad_argument_raises_before_a_call(
    agent: Agent, here: AgentHere, given: dict[str, Any], words: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        agent.run(**{"argv": ["true"], **given})
    assert here.asked == []
