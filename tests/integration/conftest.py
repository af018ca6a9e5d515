"""Real hosts for the tests: one embedded host for the session, private daemons on request.

- ``lab_host``: an embedded host with two running guests, ``web1`` and ``db1``; shared, so leave it as it was.
- ``lab_daemon``: a private daemon with two running guests, shared as well: virsh, networks, pools.
- ``lab_hosts``: ``lab_hosts(n, guests=m)`` starts private daemons for one test; for faults and for changes.
- ``wait_for_agent``: ``wait_for_agent(host, "web1")`` returns when the guest's agent answers.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

import libvirt_qemu
import pytest

import virtsdk


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

        def start(n: int = 1, guests: int = 0) -> list[virtsdk.lab.LabHost]:
            return stack.enter_context(virtsdk.lab.hosts(n, guests=guests, progress=None))

        yield start


@pytest.fixture(scope="session")
def wait_for_agent() -> Callable[[virtsdk.Host, str], None]:
    def wait(host: virtsdk.Host, name: str, timeout: float = 60.0) -> None:
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
