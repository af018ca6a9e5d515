"""The agent of real guests: programs, files, clock, people, still file systems; and sleep."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

import virtsdk
from tests.waiting import until
from virtsdk import errors
from virtsdk.resources.domain.agent.agent import Agent

MIB = 2**20


@pytest.fixture(scope="module")
def agent(lab_host: virtsdk.Host) -> Agent:
    guest = lab_host.domains["web1"]
    guest.wait("agent", timeout=120)
    return guest.agent


def test_programs(agent: Agent, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    result = agent.run(["sh", "-c", "echo out; echo err >&2; exit 3", "hunter2"], timeout=60)
    assert (result.exit_code, result.stdout, result.stderr, result.truncated) == (
        3,
        b"out\n",
        b"err\n",
        False,
    )
    assert agent.run(["uname", "-s"], timeout=60).text == "Linux\n"
    assert agent.run(["cat"], input=b"\0\xff" * 1000, timeout=60).stdout == b"\0\xff" * 1000
    assert agent.run(["sh", "-c", "kill -9 $$"], timeout=60).exit_code == 137
    with pytest.raises(
        errors.AgentError, match="cannot run 'nope' in domain 'web1': there is no such program"
    ):
        agent.run(["nope", "hunter2"], timeout=60)
    for patience in (1, 10, 60):  # or the guest was too busy to begin it
        with pytest.raises((errors.TimedOut, errors.AgentUnresponsive)) as caught:
            agent.run(["sleep", "100"], timeout=patience)
        if "it goes on in the guest, as process" in str(caught.value):
            break
    number = str(caught.value).rpartition(" ")[2]
    assert agent.run(["kill", number], timeout=60).exit_code == 0  # so it did
    assert "hunter2" not in caplog.text
    assert "run 'sh' in domain 'web1'" in caplog.text


def test_a_megabyte_of_output_is_whole_and_what_is_more_is_said(agent: Agent) -> None:
    whole = agent.run(["head", "-c", str(MIB), "/dev/zero"], timeout=120)
    assert (len(whole.stdout), whole.truncated, whole.exit_code) == (MIB, False, 0)
    more = agent.run(["sh", "-c", f"head -c {12 * MIB} /dev/zero; echo end >&2; exit 3"], timeout=240)
    # 12 MiB at once would have parted libvirt from the agent until that was restarted in the guest
    assert (len(more.stdout), more.truncated, more.exit_code, more.stderr) == (MIB, True, 3, b"end\n")
    assert agent.run(["true"], timeout=60)


def test_a_file_is_written_and_read_back(agent: Agent) -> None:
    data = bytes(range(256)) * 2048  # 0.5 MiB: more than libvirt gets through to an agent at once
    agent.write_file("/mnt/written", data)
    agent.write_file("/mnt/written", "né\n", append=True)
    try:
        assert agent.read_file("/mnt/written") == data + "né\n".encode()
        assert agent.run(["wc", "-c", "/mnt/written"], timeout=60).text.split()[0] == str(len(data) + 4)
    finally:
        agent.run(["rm", "/mnt/written"], timeout=60)
    with pytest.raises(errors.AgentError, match="No such file"):
        agent.read_file("/mnt/written")
    with pytest.raises(errors.AgentError, match="No space left"):
        agent.write_file("/dev/full", "x")


def test_what_it_tells_of_its_guest(agent: Agent, lab_host: virtsdk.Host) -> None:
    info = agent.info()
    assert info.can("guest-exec")
    assert not info.can("guest-fly")
    assert agent.hostname() == "web1"
    assert (agent.os().machine, agent.timezone().offset_seconds) == ("x86_64", 0)
    assert agent.users() == []
    frame = agent.filesystems().frame()
    assert frame[["name", "mountpoint", "fstype", "disk"]].values.tolist() == [
        ["web1", "/mnt", "ext4", "vda"]
    ]
    assert 0 < frame["used_bytes"][0] < frame["total_bytes"][0] < 2**28
    assert [(one.device, one.disk, one.partition) for one in agent.disks()] == [("/dev/vda", "vda", False)]
    macs = {one.interface: one.mac for one in agent.interfaces()}
    assert macs["eth0"] == lab_host.domains["web1"].definition().devices.interfaces[0].mac.address
    assert [(one.mountpoint, one.error) for one in agent.trim()] == [("/mnt", None)]
    addresses = lab_host.domains["web1"].addresses("agent").frame()
    assert set(addresses["source"]) == {"agent"}
    assert set(addresses["mac"]) == {macs["eth0"]}


def test_the_clock(agent: Agent) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=1)
    agent.set_time(ahead)
    assert abs(agent.time() - ahead) < timedelta(minutes=5)
    agent.set_time("host")  # the clock of the board was set with it
    assert abs(agent.time() - ahead) < timedelta(minutes=5)
    now = datetime.now(UTC)
    agent.set_time(now)
    assert abs(agent.time() - now) < timedelta(minutes=5)


def test_people(agent: Agent, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA ana"
    agent.add_ssh_keys("root", key)
    assert agent.ssh_keys("root") == [key]
    agent.remove_ssh_keys("root", key)
    assert agent.ssh_keys("root") == []
    with pytest.raises(errors.AgentError, match="passwd") as caught:  # the guest has no such program
        agent.set_password("root", "hunter2")
    taken = '#!/bin/sh\nread -r line; echo "$line" >/tmp/taken\n'
    agent.write_file("/sbin/chpasswd", taken)
    agent.write_file("/sbin/passwd", taken)
    agent.run(["chmod", "+x", "/sbin/chpasswd", "/sbin/passwd"], timeout=60)
    try:
        agent.set_password("root", "hunter2")
        assert agent.read_file("/tmp/taken") == b"root:hunter2\n"
    finally:
        agent.run(["rm", "-f", "/sbin/chpasswd", "/sbin/passwd", "/tmp/taken"], timeout=60)
    assert "hunter2" not in caplog.text + str(caught.value)


def test_other_commands_and_how_long_libvirt_waits(agent: Agent) -> None:
    assert len(agent.command("guest-get-vcpus")) == agent.guest.definition().vcpu.value
    with pytest.raises(errors.AgentError, match="guest-fly has not been found"):
        agent.command("guest-fly")
    agent.set_timeout(20)
    agent.set_timeout("default")
    agent.set_timeout(None)  # as it was


# --- file systems that stand still ----------------------------------------------------------------------


def frozen(agent: Agent) -> bool:
    return agent.command("guest-fsfreeze-status") == "frozen"


def test_what_is_frozen_goes_on_after_the_block_and_after_an_error(agent: Agent) -> None:
    with agent.freeze() as held:
        assert (held.count, frozen(agent)) == (1, True)
        with pytest.raises(errors.AgentError, match="frozen state"):
            agent.run(["true"])
    assert not frozen(agent)
    with pytest.raises(KeyError), agent.freeze(["/mnt"]):
        assert frozen(agent)
        raise KeyError("mine")
    assert not frozen(agent)
    with pytest.raises(errors.OperationFailed, match="all go on"):
        agent.freeze(["/mnt", "/nowhere"])
    assert not frozen(agent)
    held = agent.freeze()
    assert (agent.thaw(), held.thaw()) == (1, 0)
    agent.write_file("/mnt/after", "x")
    agent.run(["rm", "/mnt/after"], timeout=60)


@pytest.fixture(scope="module")
def faulty() -> Iterator[virtsdk.lab.LabHost]:
    """A private daemon with a guest: that daemon is killed, and the guest does not stay as it was."""
    with virtsdk.lab.hosts(1, guests=1, progress=None) as hosts:
        yield hosts[0]


def test_what_is_frozen_goes_on_after_a_lost_connection(faulty: virtsdk.lab.LabHost) -> None:
    guest = faulty.domains["web1"]
    guest.wait("agent", timeout=120)
    agent = guest.agent
    with agent.freeze():
        assert frozen(agent)
        faulty.kill_daemon()
    assert not frozen(agent)
    guest.wait("agent", timeout=120)
    with pytest.raises(KeyError), agent.freeze():
        faulty.kill_daemon()
        raise KeyError("mine")
    assert not frozen(agent)

    def kill() -> None:
        until(lambda: agent.run(["test", "-e", "/tmp/begun"], timeout=60).exit_code == 0)
        time.sleep(1)  # the answer that it has begun is here, too: else nobody knows its number
        faulty.kill_daemon()

    killer = threading.Thread(target=kill)
    killer.start()
    program = "touch /tmp/begun; sleep 3; exit 4"
    assert agent.run(["sh", "-c", program], timeout=120).exit_code == 4  # a program is waited for
    killer.join()


# --- sleep ------------------------------------------------------------------------------------------


def test_a_guest_sleeps_and_wakes(faulty: virtsdk.lab.LabHost) -> None:
    guest = faulty.domains["web1"]
    guest.wait("agent", timeout=120)
    with pytest.raises(errors.InvalidState, match="not in suspended state"):
        guest.wake()
    guest.sleep(timeout=60)
    assert guest.state == "pmsuspended"
    with pytest.raises(errors.VirtError):
        guest.sleep(timeout=60)
    guest.wake(timeout=60)
    assert guest.state == "running"
    guest.wait("agent", timeout=120)
    with pytest.raises(errors.NotSupported, match="its definition's <pm> has to allow it"):
        guest.sleep("disk")
    guest.inject_nmi()
    with guest.console() as console:  # where the kernel says so
        console.write("until dmesg | grep -c 'NMI received'; do sleep 1; done\n")
        assert console.read_until(re.compile(r"\b[1-9]\d*\r\n"), timeout=60)
    assert guest.state == "running"
