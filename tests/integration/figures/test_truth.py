"""Figures against what the machine itself says: /proc of QEMU, bytes that a guest wrote; and faults."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import time
from pathlib import Path

import libvirt
import libvirt_qemu
import pandas as pd
import pytest

from tests.waiting import SLOW, until
from virtsdk import capacity
from virtsdk.lab import processes
from virtsdk.stats import node_rates, rates

MIB = 2**20


def qemu(host, name):
    """The process of a lab host's guest; other labs on this machine have guests of the same name and UUID."""
    for pid in processes.of_pid_namespace(host._namespace):
        words = processes.command(pid)
        if words and "qemu-system" in words[0] and any(word.startswith(f"guest={name},") for word in words):
            return Path(f"/proc/{pid}")
    raise AssertionError(f"no QEMU process of {name}")


def cpu_seconds(stat):
    """User and system time of a process or thread, from its stat file."""
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def vcpu_seconds(process):
    """The same of each vCPU's thread."""
    found = {}
    for thread in (process / "task").iterdir():
        name = (thread / "comm").read_text()
        if name.startswith("CPU "):
            found[int(name.split()[1].split("/")[0])] = cpu_seconds(thread / "stat")
    return found


def agent(host, name, command, timeout=60):
    """Ask the guest agent, and return its answer."""
    answer = host.session.call(
        "ask the agent of",
        name,
        lambda conn: libvirt_qemu.qemuAgentCommand(conn.lookupByName(name), json.dumps(command), timeout, 0),
        timeout=timeout + SLOW,
    )
    return json.loads(answer)["return"]


def in_guest(host, name, script):
    """Run a shell script in a guest and wait for its end."""
    started = agent(
        host,
        name,
        {
            "execute": "guest-exec",
            "arguments": {"path": "/bin/sh", "arg": ["-c", script], "capture-output": True},
        },
    )
    deadline = time.monotonic() + 120
    while True:
        state = agent(host, name, {"execute": "guest-exec-status", "arguments": started})
        if state["exited"]:
            assert state["exitcode"] == 0, base64.b64decode(state.get("err-data", ""))
            return base64.b64decode(state.get("out-data", "")).decode()
        assert time.monotonic() < deadline, "the guest is still at it"
        time.sleep(0.1)


def resident(process):
    """Memory that a process holds, in bytes, to the page."""
    return int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_cpu_and_memory_are_what_proc_says(lab_daemon):
    found = {domain.name: qemu(lab_daemon, domain.name) for domain in lab_daemon.domains}

    def now():
        return {
            name: (cpu_seconds(one / "stat"), vcpu_seconds(one), resident(one)) for name, one in found.items()
        }

    lab_daemon.stats()
    before, stats, after = now(), lab_daemon.stats(), now()
    tick = 1.01 / os.sysconf("SC_CLK_TCK")
    for row in stats.vcpus.itertuples():
        low, high = (moment[row.name][1][row.vcpu] for moment in (before, after))
        assert low - tick <= row.time_seconds_total <= high + tick, (row.name, row.vcpu)
    for row in stats.domains.itertuples():
        low, high = (moment[row.name] for moment in (before, after))
        # the kernel counts a process by its threads' ticks or to the nanosecond, libvirt by either
        assert low[0] * 0.98 - 0.1 <= row.cpu_time_seconds_total <= high[0] * 1.02 + 0.1, row.name
        least, most = sorted((low[2], high[2]))
        assert least * 0.99 <= row.memory_rss_bytes <= most * 1.01, row.name


@contextlib.contextmanager
def burning(host, *names):
    """Guests of which one vCPU has no rest."""
    for name in names:
        in_guest(host, name, "touch /tmp/burn; (while [ -e /tmp/burn ]; do :; done) >/dev/null 2>&1 &")
    try:
        yield
    finally:
        for name in names:
            in_guest(host, name, "rm /tmp/burn")


def test_a_guest_that_burns_a_vcpu_shows_what_its_thread_used(lab_daemon):
    name = "db1"
    process = qemu(lab_daemon, name)

    def burnt():
        return sum(vcpu_seconds(process).values())

    def look():
        return burnt(), lab_daemon.stats(), burnt()

    with burning(lab_daemon, name):
        earliest, first, early = look()
        until(lambda: burnt() - early > 1, 120)
        late, second, latest = look()
    found = rates(first, second)
    rows = found.vcpus[found.vcpus["name"] == name].set_index("vcpu")
    seconds = rows["time_seconds_per_second"] * rows["seconds"]
    assert (late - early) * 0.98 - 0.01 <= seconds.sum() <= (latest - earliest) * 1.02 + 0.01
    domain = found.domains.set_index("name").loc[name]
    # all of a guest is read a moment before its vCPUs: no longer before than the answers took
    apart = latest - late + early - earliest
    assert domain["cpu_used_vcpus"] * domain["seconds"] >= seconds.sum() * 0.98 - apart


def vcpu_delay_seconds(process):
    """Time that the threads of the vCPUs were ready to run and had no CPU, from schedstat."""
    threads = [one for one in (process / "task").iterdir() if (one / "comm").read_text().startswith("CPU ")]
    return sum(int((one / "schedstat").read_text().split()[1]) for one in threads) / 1e9


def pin(host, name, cpus):
    """Let all vCPUs of a guest run on some CPUs only."""

    def each(conn):
        domain = conn.lookupByName(name)
        for vcpu in range(domain.vcpusFlags(0)):
            domain.pinVcpu(vcpu, tuple(cpu in cpus for cpu in range(os.cpu_count())))

    host.session.call("pin", name, each)


def test_two_guests_on_one_cpu_wait_for_each_other(lab_daemon):
    """Two that are busy have half of it each, and each is the other's suspect."""
    names, everywhere = ("db1", "web1"), range(os.cpu_count())
    processes_ = [qemu(lab_daemon, name) for name in names]

    def delays():
        return [vcpu_delay_seconds(one) for one in processes_]

    try:
        for name in names:
            pin(lab_daemon, name, {os.cpu_count() - 1})
        with burning(lab_daemon, *names):
            early = delays()
            samples = [lab_daemon.stats()]
            for _ in range(8):
                before = delays()
                until(lambda before=before: min(b - a for a, b in zip(before, delays(), strict=True)) > 0.3)
                samples.append(lab_daemon.stats())
            late = delays()
            pins = lab_daemon.domains.vcpus_frame()
    finally:
        for name in names:
            pin(lab_daemon, name, everywhere)
    usage = rates(samples, interval=60).usage()
    delay = usage["vcpu_delay_seconds_per_second"] * usage["seconds"]
    for name, before, after in zip(names, early, late, strict=True):
        mine = float(delay[usage["name"] == name].sum())
        assert 1 < mine <= after - before + 0.01  # what schedstat says, of a moment longer
    assert pins["cpus"].unique().tolist() == [str(os.cpu_count() - 1)]
    answer = capacity.contention(usage, pins)
    found, pairs = answer.frame().set_index("name"), answer.suspects_frame()
    assert found["victim"].all()
    others = pairs[pairs["suspect"] != pairs["domain"]]  # web1 has two vCPUs, and is in its own way, too
    assert dict(zip(others["name"], others["suspect_name"], strict=True)) == {"db1": "web1", "web1": "db1"}
    assert found.loc["db1", "suspect_name"] == "web1"
    # half, and less where the machine has more to do; other programs of it take their share, too
    assert found["steal"].between(0.3, 1, inclusive="left").all()


def test_a_guest_that_writes_64_mib_reads_that(lab_daemon):
    name = "db1"
    first = lab_daemon.stats()
    in_guest(
        lab_daemon,
        name,
        "dd if=/dev/zero of=/mnt/written bs=1M count=64 oflag=direct 2>/dev/null && sync && rm /mnt/written",
    )
    second = lab_daemon.stats()
    wrote = rates(first, second).disks.set_index("name").loc[name]
    total = wrote["write_bytes_per_second"] * wrote["seconds"]
    load = 4 * MIB * wrote["seconds"]  # its own load writes meanwhile, and the file system its journal
    assert 64 * MIB <= total <= 64 * MIB + load + 8 * MIB


def test_a_stopped_qemu_does_not_stop_the_others(lab_daemon):
    lab_daemon.stats()
    process = int(qemu(lab_daemon, "web1").name)
    os.kill(process, signal.SIGSTOP)
    try:
        started = time.monotonic()
        assert lab_daemon.stats(deadline=2).domains.set_index("name")["stale"]["web1"]
        took = time.monotonic() - started
        again = time.monotonic()
        stats = lab_daemon.stats(deadline=60)  # it is known by now, and nothing waits for it
        took_again = time.monotonic() - again
    finally:
        os.kill(process, signal.SIGCONT)
    assert took < 2 * 2 + SLOW
    assert took_again < 30
    domains = stats.domains.set_index("name")
    assert domains["stale"].to_dict() == {"web1": True, "db1": False}
    assert domains.loc["db1", "memory_rss_bytes"] > 0
    assert pd.isna(domains.loc["web1", "memory_rss_bytes"])
    assert stats.disks.set_index("name").loc["db1", "read_bytes_total"] > 0
    trust = stats.trust
    said = trust[(trust["name"] == "web1") & (trust["column"] == "stale")]
    assert "did not answer" in said["reason"].iloc[0]
    until(lambda: not lab_daemon.stats().domains["stale"].any())  # after QEMU went on


def test_a_restart_and_a_balloon_change_leave_no_wrong_rate(lab_daemon, wait_for_agent):
    domain = lab_daemon.domains["web1"]
    samples = [lab_daemon.stats()]
    domain.destroy()
    domain.start()
    time.sleep(1)
    samples.append(lab_daemon.stats())
    wait_for_agent(lab_daemon, "web1")
    samples.append(lab_daemon.stats())
    current = int(samples[-1].domains.set_index("name").loc["web1", "memory_current_bytes"])

    def give(kib):
        lab_daemon.session.call(
            "set memory of", "web1", lambda conn: conn.lookupByName("web1").setMemory(kib), changes=True
        )

    give(current // 1024 - 16 * 1024)
    try:
        until(lambda: int(domain.refresh().memory_current_bytes) < current)  # the guest gives it back
        samples.append(lab_daemon.stats())
    finally:
        give(current // 1024)
    found = rates(samples, interval=60)
    web = found.domains[found.domains["name"] == "web1"]
    assert web["interrupted"].fillna("").tolist() == ["reset", "", ""]
    assert web["memory_current_bytes"].iloc[-1] < current
    assert samples[0].domains["run_id"].tolist() != samples[1].domains["run_id"].tolist()
    for name, frame in found.frames.items():
        for column in frame.columns[frame.columns.str.endswith("_per_second")]:
            assert (frame[column].dropna() >= 0).all(), (name, column)
    assert (found.domains["cpu_used_vcpus"].dropna() < 8).all()
    db = found.domains[found.domains["name"] == "db1"]
    assert db["interrupted"].isna().all()
    assert db["cpu_used_vcpus"].notna().all()


def test_a_reboot_of_the_guest_resets_what_the_guest_counts_and_nothing_else(lab_daemon, wait_for_agent):
    wait_for_agent(lab_daemon, "db1")
    first = lab_daemon.stats()
    lab_daemon.session.call("reset", "db1", lambda conn: conn.lookupByName("db1").reset(0))
    deadline = time.monotonic() + 120
    while True:  # until the guest that came back has reported its memory
        second = lab_daemon.stats()
        before, after = (one.domains.set_index("name").loc["db1"] for one in (first, second))
        counted = after["memory_minor_faults_total"]
        if pd.notna(counted) and counted < before["memory_minor_faults_total"]:
            break
        assert time.monotonic() < deadline, "the guest counts on"
        time.sleep(0.2)
    wait_for_agent(lab_daemon, "db1")
    found = rates(first, second, interval=60).domains.set_index("name").loc["db1"]
    assert pd.isna(found["interrupted"])  # its process goes on, and with it all but what the guest counts
    assert pd.isna(found["memory_minor_faults_per_second"])
    assert 0 < found["cpu_used_vcpus"] < 8
    assert before["run_id"] == after["run_id"]


def test_what_the_machine_counts(lab_daemon):
    first = lab_daemon.node_stats()
    time.sleep(1)
    info = lab_daemon.node_info()
    assert len(first.cpus) == info.cpus
    assert first.memory["memory_bytes"].tolist() == [info.memory_bytes]
    assert set(first.pressure["resource"]) <= {"cpu", "memory", "io"}

    def spent():
        """CPU seconds a second, whatever they went to, from the first sample to now."""
        busy = node_rates(first, lab_daemon.node_stats()).total.iloc[0]
        assert 0 <= busy["busy_percent"] <= 100
        return sum(busy[f"{name}_seconds_per_second"] for name in ("kernel", "user", "idle", "iowait"))

    until(lambda: info.cpus * 0.5 <= spent() <= info.cpus * 1.5)  # an answer that is late counts for longer


def test_what_storage_there_is(lab_daemon):
    stats = lab_daemon.storage_stats()
    assert set(stats.volumes["storage_pool"]) <= set(stats.pools["storage_pool"])
    assert (stats.pools["capacity_bytes"].dropna() > 0).all()


def test_file_systems_are_what_df_says(lab_daemon):
    for name in ("web1", "db1"):
        before = lab_daemon.guest_stats([name], timeout=60).filesystems
        lines = in_guest(lab_daemon, name, "df -k /mnt").splitlines()
        after = lab_daemon.guest_stats([name], timeout=60).filesystems
        _, total, used, *_ = lines[-1].split()
        low, high = sorted((int(before["used_bytes"].iloc[0]), int(after["used_bytes"].iloc[0])))
        assert before["mountpoint"].tolist() == ["/mnt"]
        assert low - MIB <= int(used) * 1024 <= high + MIB
        assert int(total) * 1024 == pytest.approx(int(before["total_bytes"].iloc[0]), rel=0.1)
        disk = lab_daemon.stats(["block"], [name]).disks
        assert before["disk"].tolist() == disk["disk"].tolist()


def test_a_guest_without_an_answer_is_named(lab_daemon):
    lab_daemon.domains["db1"].suspend()
    try:
        stats = lab_daemon.guest_stats(timeout=60)
    finally:
        lab_daemon.domains["db1"].resume()
    assert set(stats.filesystems["name"]) == {"web1"}
    assert stats.trust["name"].tolist() == ["db1"]


def migrate(source, target, name, socket):
    """Move a running guest with its definition."""
    words = ("LIVE", "UNSAFE", "PERSIST_DEST", "UNDEFINE_SOURCE")
    flags = sum(getattr(libvirt, f"VIR_MIGRATE_{word}") for word in words)
    parameters = {"migrate_uri": f"unix://{socket}"}

    def move(here):
        def receive(there):
            return here.lookupByName(name).migrate3(there, parameters, flags)

        return target.session.call("receive", name, receive, changes=True)

    source.session.call("migrate", name, move, changes=True)


def test_a_migration_there_and_back_leaves_no_wrong_rate(lab_hosts, tmp_path):
    one, two = lab_hosts(2, guests=1, wait=False)
    (name,) = (domain.name for domain in one.domains)
    samples = []

    def look():
        samples.extend((one.stats(), two.stats()))

    look()
    time.sleep(1)
    look()
    migrate(one, two, name, tmp_path / "there")
    look()
    time.sleep(1)
    look()
    migrate(two, one, name, tmp_path / "back")
    look()
    time.sleep(1)
    look()
    found = rates(samples, interval=60)
    moved = found.domains[found.domains["name"] == name]
    assert moved.loc[moved["host"] == one.name, "interrupted"].fillna("").tolist() == ["", "reset", ""]
    assert moved.loc[moved["host"] == two.name, "interrupted"].isna().all()
    assert (moved["cpu_used_vcpus"].dropna() >= 0).all()
    assert (moved.groupby("host")["cpu_used_vcpus"].max() > 0).all()
    assert (moved["cpu_used_vcpus"].dropna() < 8).all()
    for kind, frame in found.frames.items():
        for column in frame.columns[frame.columns.str.endswith("_per_second")]:
            assert (frame[column].dropna() >= 0).all(), (kind, column)
