"""An agent for guests of the test driver, which has none: it works on this machine."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import libvirt
import pytest

import virtsdk
from virtsdk.resources.domain.agent import asking
from virtsdk.resources.domain.agent.agent import Agent

Raises = Callable[[str, str], libvirt.libvirtError]


def libvirt_error(code: str, message: str) -> libvirt.libvirtError:
    error = libvirt.libvirtError(message)
    error.err = (getattr(libvirt, code), libvirt.VIR_FROM_QEMU, message, 2, None, None, None, -1, -1)
    return error


class AgentHere:
    """Does what an agent does in its guest; `asked` is what it was asked for, and `sent` how much."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.sent: list[int] = []
        self.shell = True
        self.running: dict[int, tuple[subprocess.Popen[bytes], threading.Thread]] = {}
        self.printed: dict[int, tuple[bytes, bytes]] = {}
        self.files: dict[int, BinaryIO] = {}
        self.instead: dict[str, Any] = {}

    def __call__(self, raw: object, command: str, seconds: int | None) -> str:
        assert seconds is not None
        name, arguments = (given := json.loads(command))["execute"], given.get("arguments", {})
        self.asked.append(name)
        self.sent.append(len(command))
        if name in self.instead:
            answer = self.instead[name]
            if isinstance(answer, Exception):
                raise answer
            return json.dumps({"return": answer})
        return json.dumps({"return": getattr(self, name.replace("-", "_"))(arguments)})

    def fails(self, name: str, words: str) -> None:
        self.instead[name] = libvirt_error(
            "VIR_ERR_INTERNAL_ERROR", f"unable to execute QEMU agent command '{name}': {words}"
        )

    def guest_exec(self, given: dict[str, Any]) -> dict[str, int]:
        if given["path"] == "/bin/sh" and not self.shell:
            raise libvirt_error(
                "VIR_ERR_INTERNAL_ERROR",
                "unable to execute QEMU agent command 'guest-exec': Failed to execute child process",
            )
        env = dict(one.split("=", 1) for one in given["env"]) if "env" in given else None
        program = subprocess.Popen(
            [given["path"], *given["arg"]], stdin=-1, stdout=-1, stderr=-1, env=env, start_new_session=True
        )
        data = b64decode(given.get("input-data", ""))
        reader = threading.Thread(
            target=lambda: self.printed.update({program.pid: program.communicate(data)})
        )
        reader.start()
        self.running[program.pid] = program, reader
        return {"pid": program.pid}

    def guest_exec_status(self, given: dict[str, Any]) -> dict[str, Any]:
        program, reader = self.running[given["pid"]]
        reader.join(0.05)
        if reader.is_alive():
            return {"exited": False}
        out, err = self.printed[program.pid]
        code = program.returncode
        ended = {"exitcode": code} if code >= 0 else {"signal": -code}
        return {
            "exited": True,
            **ended,
            "out-data": b64encode(out).decode(),
            "err-data": b64encode(err).decode(),
        }

    def guest_file_open(self, given: dict[str, Any]) -> int:
        try:
            file = Path(given["path"]).open(given["mode"])  # noqa: SIM115 - until the agent closes it
        except OSError as error:
            raise libvirt_error(
                "VIR_ERR_INTERNAL_ERROR", f"unable to execute QEMU agent command 'guest-file-open': {error}"
            ) from None
        self.files[len(self.asked)] = file
        return len(self.asked)

    def guest_file_read(self, given: dict[str, Any]) -> dict[str, Any]:
        data = self.files[given["handle"]].read(given["count"])
        return {"count": len(data), "buf-b64": b64encode(data).decode(), "eof": len(data) < given["count"]}

    def guest_file_write(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"count": self.files[given["handle"]].write(b64decode(given["buf-b64"])), "eof": False}

    def guest_file_flush(self, given: dict[str, Any]) -> dict[str, Any]:
        self.files[given["handle"]].flush()
        return {}

    def guest_file_close(self, given: dict[str, Any]) -> dict[str, Any]:
        self.files.pop(given["handle"]).close()
        return {}


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[AgentHere]:
    found = AgentHere()
    monkeypatch.setattr(asking, "agent_command", found)
    yield found
    for program, reader in found.running.values():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        reader.join()


@pytest.fixture
def guest() -> Iterator[virtsdk.Domain]:
    with virtsdk.connect("test:///default") as host:
        yield host.domains["test"]


@pytest.fixture
def agent(guest: virtsdk.Domain, here: AgentHere) -> Agent:
    return guest.agent
