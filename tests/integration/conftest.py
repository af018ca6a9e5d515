"""Real hosts for the tests: one embedded host for the session, private daemons on request.

- ``lab_host``: an embedded host with two running guests, ``web1`` and ``db1``; shared, so leave it as it was.
- ``lab_daemon``: a private daemon with two running guests, shared as well: virsh, networks, pools.
- ``lab_hosts``: ``lab_hosts(n, guests=m)`` starts private daemons for one test; for faults and for changes.
  With ``wait=False`` their guests run but have not booted, which is enough for many a test.
- ``wait_for_agent``: ``wait_for_agent(host, "web1")`` returns when the guest's agent answers.

Most of the time the tests wait, so `make integration` runs two lanes of them. Files with the same shared
lab are in the same lane: a lab that is started twice costs more than it saves. Long lanes begin first.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import libvirt_qemu
import pytest

import virtsdk
from tests.integration import native_calls
from tests.lanes import Lanes

ROOT = Path(__file__).resolve().parents[2]
SHARED = ("lab_daemon", "sites", "lab_host")
LONG = (*SHARED, "tests/integration/lab/test_readme.py", "tests/integration/domain/test_migration.py")


def lane(nodeid: str) -> str:
    """The shared lab that a test's file uses, else the file."""
    path = nodeid.partition("::")[0]
    text = (ROOT / path).read_text(encoding="utf-8") if path.startswith("tests/") else ""
    return next((lab for lab in SHARED if re.search(rf"\b{lab}\b", text)), path)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Lanes | None:
    return Lanes(config, log, lane, LONG) if config.getvalue("dist") == "loadfile" else None


def pytest_configure(config: pytest.Config) -> None:
    native_calls.begin()


def pytest_testnodedown(node: Any, error: object) -> None:
    native_calls.take(node)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    native_calls.hand_over(session.config)
    worker = hasattr(session.config, "workeroutput")
    if not worker and exitstatus == pytest.ExitCode.OK and not native_calls.check(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    terminalreporter.section("native methods")
    for line in native_calls.summary():
        terminalreporter.line(line)


@pytest.fixture(scope="session")
def lab_host() -> Iterator[virtsdk.Host]:
    with virtsdk.lab.embedded(guests=2, progress=None) as host:
        yield host


@pytest.fixture(scope="session")
def lab_daemon() -> Iterator[virtsdk.lab.LabHost]:
    with virtsdk.lab.hosts(1, guests=2, progress=None) as hosts:
        yield hosts[0]


@pytest.fixture
def lab_hosts() -> Iterator[Callable[..., list[virtsdk.lab.LabHost]]]:
    with contextlib.ExitStack() as stack:

        def start(n: int = 1, guests: int = 0, wait: bool = True) -> list[virtsdk.lab.LabHost]:
            return stack.enter_context(virtsdk.lab.hosts(n, guests=guests, wait=wait, progress=None))

        yield start


@pytest.fixture(scope="session")
def wait_for_agent() -> Callable[[virtsdk.Host, str], None]:
    def wait(host: virtsdk.Host, name: str, timeout: float = 120.0) -> None:
        deadline = time.monotonic() + timeout
        while True:
            try:
                host.session.call(
                    "ping the agent of",
                    name,
                    lambda conn: libvirt_qemu.qemuAgentCommand(
                        conn.lookupByName(name), '{"execute":"guest-ping"}', 2, 0
                    ),
                )
            except virtsdk.VirtError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    return wait
