"""Files in a guest: whole, in pieces that an agent takes, and closed whatever happens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.resources.domain.agent.conftest import AgentHere
from virtsdk import errors
from virtsdk.resources.domain.agent.agent import Agent
from virtsdk.resources.domain.agent.asking import PIECE


@pytest.mark.parametrize("size", [0, 1, PIECE, PIECE + 1, 3_000_000])
def test_a_file_is_written_and_read_back(agent: Agent, here: AgentHere, tmp_path: Path, size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    file = tmp_path / "file"
    agent.write_file(file, data[:size])
    assert file.read_bytes() == data[:size]
    assert agent.read_file(str(file)) == data[:size]
    assert max(here.sent) < 200_000  # what libvirt sends an agent at once
    assert here.files == {}


def test_text_is_utf8_and_appended_where_that_is_asked_for(agent: Agent, tmp_path: Path) -> None:
    file = tmp_path / "file"
    agent.write_file(file, "né\n")
    agent.write_file(file, bytearray(b"more\n"), append=True)
    assert agent.read_file(file) == "né\nmore\n".encode()
    agent.write_file(file, b"new")
    assert agent.read_file(file) == b"new"


def test_one_that_is_not_there_is_the_agents_error(agent: Agent, tmp_path: Path) -> None:
    with pytest.raises(errors.AgentError, match=r"cannot read '.*nope' in domain 'test': .*No such file"):
        agent.read_file(tmp_path / "nope")


def test_a_guest_that_takes_only_a_part(agent: Agent, here: AgentHere, tmp_path: Path) -> None:
    here.instead["guest-file-write"] = {"count": 0, "eof": False}
    with pytest.raises(errors.OperationFailed, match="the guest did not take the last 4 bytes"):
        agent.write_file(tmp_path / "file", "data")
    assert here.asked[-1] == "guest-file-close"
    assert here.files == {}


def test_an_error_on_the_way_closes_the_file_and_stays_the_error(
    agent: Agent, here: AgentHere, tmp_path: Path
) -> None:
    here.fails("guest-file-flush", "failed to flush file: No space left on device")
    with pytest.raises(errors.AgentError, match="No space left"):
        agent.write_file(tmp_path / "file", "data")
    assert here.files == {}
    here.fails("guest-file-close", "no such handle")
    with pytest.raises(errors.AgentError, match="No space left") as caught:
        agent.write_file(tmp_path / "file", "data")
    assert "may keep" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"path": "relative"}, "path must be absolute, as it is one in the guest, not 'relative'"),
        ({"path": 3}, "path must be a path in the guest, not int"),
        ({"data": 3}, "data must be text or bytes, not int"),
    ],
)
def test_a_bad_argument_raises_before_a_call(
    agent: Agent, here: AgentHere, given: dict[str, Any], words: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        agent.write_file(**{"path": "/tmp/file", "data": b"", **given})
    assert here.asked == []
