"""Guests kept in files and brought back, real jobs and their deadlines."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from pathlib import Path
from typing import Any

import pytest

import virtsdk
from tests.integration.figures.test_truth import qemu
from tests.waiting import until
from virtsdk import errors
from virtsdk.resources.base import raw_of
from virtsdk.resources.figures.jobs import read_jobs
from virtsdk.units import MiB

SPARE = """<domain type='qemu'><name>spare</name><memory unit='MiB'>16</memory>
  <os><type arch='x86_64'>hvm</type></os></domain>"""


@pytest.fixture
def guest(lab_daemon: virtsdk.lab.LabHost) -> virtsdk.Domain:
    """A guest that runs, and goes on doing so when it was saved and restored."""
    found = lab_daemon.domains["web1"]
    assert found.state == "running"
    return found


def test_a_guest_goes_on_where_it_was_saved(guest: virtsdk.Domain, tmp_path: Path) -> None:
    path = tmp_path / "saved"
    with guest.host.events("domain_lifecycle") as events:
        guest.save(str(path))
        assert repr(guest).startswith("<Domain web1 shutoff")
        back = guest.host.domains.restore(str(path), paused=True)
        said: set[tuple[str, str]] = set()
        while not said >= {("stopped", "saved"), ("started", "restored")}:
            event = vars(events.get(timeout=60))
            said.add((event["event"], event["detail"]))
    assert back == guest
    assert back.state == "paused"
    with pytest.raises(errors.InvalidState, match="already active"):
        guest.host.domains.restore(str(path))
    back.resume()
    assert path.stat().st_size > MiB(10)


def test_a_managed_save_is_what_the_next_start_takes(guest: virtsdk.Domain) -> None:
    assert not guest.has_managed_save
    guest.managed_save(paused=True)
    assert guest.has_managed_save
    job = guest.job(completed=True)
    assert job is not None
    assert (job.operation, job.kind) == ("save", "completed")
    assert (job.memory_processed_bytes_total or 0) > MiB(10)
    done = read_jobs([guest], completed=True)[guest.uuid]
    assert isinstance(done, dict)
    assert (done["type"], done["operation"]) == (3, 2)  # libvirt's own numbers
    assert guest.job() is None
    guest.start()
    assert not guest.has_managed_save
    assert guest.state == "paused"
    guest.resume()


def test_a_save_that_takes_too_long_is_parked_and_goes_on(guest: virtsdk.Domain, tmp_path: Path) -> None:
    host, path = guest.host, str(tmp_path / "saved")
    process = int(qemu(host, "web1").name)
    os.kill(process, signal.SIGSTOP)
    try:
        with pytest.raises(errors.TimedOut, match=r"save domain 'web1'.* in 0\.5 s; .*abort_job\(\) ends it"):
            guest.save(path, timeout=0.5)
        assert [what for what, _ in host.parked_calls] == ["save domain 'web1'"]
    finally:
        os.kill(process, signal.SIGCONT)
    guest.wait("shutoff", timeout=120)
    until(lambda: not host.parked_calls)
    host.domains.restore(path)
    assert guest.state == "running"


def test_a_save_goes_on_behind_and_is_found_again_after_a_lost_connection(
    guest: virtsdk.Domain, tmp_path: Path
) -> None:
    host = guest.host
    with guest.save(tmp_path / "saved", wait=False) as saving:
        assert saving.state == "running"
    assert (saving.state, saving.progress, guest.state) == ("done", 1.0, "shutoff")
    host.domains.restore(tmp_path / "saved", wait=False).wait(60)

    before, process = sockets(), int(qemu(host, "web1").name)
    with virtsdk.connect(host.uri) as other:
        mine = sockets() - before
        os.kill(process, signal.SIGSTOP)  # so that it takes as long as the test wants
        try:
            saving = other.domains["web1"].save(tmp_path / "again", wait=False)
            until(lambda: is_in_a_call(guest))
            cut(mine)
            with pytest.raises(errors.TimedOut, match=r"not done in 1 s; it goes on"):
                saving.wait(1)
        finally:
            os.kill(process, signal.SIGCONT)
        assert saving.wait(60) is None
        assert (saving.state, other.session.generation) == ("done", 2)
    assert (guest.state, guest.state_reason) == ("shutoff", "saved")
    host.domains.restore(tmp_path / "again")
    assert guest.state == "running"


def sockets() -> set[int]:
    """The sockets of this process."""
    found = set[int]()
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if str(link.readlink()).startswith("socket:"):
                found.add(int(link.name))
    return found


def cut(descriptors: set[int]) -> None:
    """Lose connections, as a network does."""
    for one in descriptors:
        with socket.socket(fileno=os.dup(one)) as line, contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)


def is_in_a_call(guest: virtsdk.Domain) -> bool:
    """Whether libvirt waits for its QEMU."""

    def ask(conn: Any) -> Any:
        return raw_of(guest, conn).controlInfo(0)

    return bool(guest.host.session.call("look at", guest.subject, ask)[0])


def test_a_dump_is_a_core_file(guest: virtsdk.Domain, tmp_path: Path) -> None:
    core = tmp_path / "core"
    with guest.core_dump(str(core), memory_only=True, wait=False) as dumping:
        assert {job.operation for job in dumping} <= {"dump"}
    assert dumping.state == "done"
    assert core.open("rb").read(4) == b"\x7fELF"
    assert guest.state == "running"
    assert list(read_jobs([guest])) == [guest.uuid]
    assert read_jobs([guest])[guest.uuid] == {"type": 0}
    with pytest.raises(errors.VirtError, match="nowhere"):
        guest.core_dump("/nowhere/core")


def test_a_guest_that_is_off_has_no_job_and_may_be_renamed(
    guest: virtsdk.Domain, lab_daemon: virtsdk.lab.LabHost, tmp_path: Path
) -> None:
    with pytest.raises(errors.InvalidState, match="cannot rename active domain"):
        guest.rename("other")
    spare = lab_daemon.domains.define(SPARE)
    try:
        assert spare.job() is None
        assert isinstance(read_jobs([spare])[spare.uuid], str)  # why there is none
        with pytest.raises(errors.InvalidState, match="not running"):
            spare.save(str(tmp_path / "saved"))
        spare.rename("other")
        assert lab_daemon.domains["other"] == spare
    finally:
        spare.undefine()
