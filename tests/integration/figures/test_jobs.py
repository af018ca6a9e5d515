"""The jobs of guests against `virsh domjobinfo`, taken side by side while two guests move slowly."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time

import libvirt
import pytest

import virtsdk
from tests.integration.figures.test_truth import qemu
from virtsdk import errors
from virtsdk.stats import catalogue


def virsh(host, name, *words):
    """What `virsh domjobinfo --rawstats` prints: {key: text}."""
    command = ["virsh", "--connect", host.uri, "--quiet", "domjobinfo", name, "--rawstats", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)


def seconds(value):
    return float(value) / 1000


CONVERT = {"ms": seconds, "bytes": int, "count": int, "percent": int, "B/s": int, "pages/s": int, "text": str}


def move(source, target, name, socket):
    """Move a guest so slowly that it takes minutes."""
    flags = libvirt.VIR_MIGRATE_LIVE | libvirt.VIR_MIGRATE_UNSAFE
    parameters = {"migrate_uri": f"unix://{socket}", "bandwidth": 1}

    def start(here):
        def receive(there):
            return here.lookupByName(name).migrate3(there, parameters, flags)

        return target.session.call("receive", name, receive, changes=True)

    source.session.call("migrate", name, start, changes=True)


@pytest.fixture(scope="module")
def busy(lab_daemon, tmp_path_factory):
    """A host whose two guests are on their way to another one.

    Names go on from lab to lab: the shared daemon, whose guests others know by name, comes first.
    """
    folder = tmp_path_factory.mktemp("move")
    labs = virtsdk.lab.hosts(1, guests=2, progress=None), virtsdk.lab.hosts(1, guests=0, progress=None)
    with labs[0] as (one,), labs[1] as (other,):
        ended = []

        def run(name):
            try:
                move(one, other, name, folder / name)
            except errors.VirtError as error:
                ended.append(error)

        movers = [threading.Thread(target=run, args=(domain.name,)) for domain in one.domains]
        for mover in movers:
            mover.start()
        deadline = time.monotonic() + 30
        while (one.job_stats().jobs["memory_processed_bytes_total"].fillna(0) > 0).sum() < 2:
            assert time.monotonic() < deadline, (one.job_stats(), ended)
            time.sleep(0.1)
        yield one
        for name in [domain.name for domain in one.domains]:
            one.session.call("abort", name, lambda conn, name=name: conn.lookupByName(name).abortJob())
        for mover in movers:
            mover.join(30)
        assert len(ended) == 2


def test_figures_equal_what_virsh_prints(busy):
    before = {domain.name: virsh(busy, domain.name) for domain in busy.domains}
    stats = busy.job_stats()
    after = {domain.name: virsh(busy, domain.name) for domain in busy.domains}
    assert sorted(stats.jobs["name"]) == sorted(before)
    table = catalogue()
    told = 0
    for metric in table[table["frame"] == "domain.jobs"].itertuples():
        key = metric.key.removeprefix("job.")
        for job in stats.jobs.to_dict("records"):
            low, high = before[job["name"]].get(key), after[job["name"]].get(key)
            value = job[metric.column]
            if metric.libvirt_unit not in CONVERT or low is None or high is None:  # or it came in between
                continue
            bounds = sorted((CONVERT[metric.libvirt_unit](low), CONVERT[metric.libvirt_unit](high)))
            told += 1
            if key in {"memory_bps", "memory_dirty_rate", "downtime"}:  # measured anew all the time
                assert value >= 0
            else:
                assert bounds[0] <= value <= bounds[1], (metric.column, bounds, value)
    assert told >= 2 * 15
    jobs = stats.jobs
    assert set(jobs["operation"]) == {"migration-out"}
    assert jobs["progress_percent"].between(0, 100).all()
    lost = {key for one in after.values() for key in one} - {"Operation", "Job type"}
    assert lost <= set(table["key"].str.removeprefix("job.")) | set(stats.other["key"])


def test_a_guest_whose_qemu_is_stopped_does_not_hold_up_the_other(busy):
    stuck, fine = (domain.name for domain in busy.domains)
    process = int(qemu(busy, stuck).name)
    os.kill(process, signal.SIGSTOP)
    try:
        started = time.monotonic()
        stats = busy.job_stats(timeout=1.0)
        took = time.monotonic() - started
        again = busy.job_stats(timeout=1.0)
        took_again = time.monotonic() - started - took
    finally:
        os.kill(process, signal.SIGCONT)
    assert took < 2.5
    assert took_again < 1.0
    for one in (stats, again):
        assert one.jobs["name"].tolist() == [fine]
        assert one.trust["name"].tolist() == [stuck]
    deadline = time.monotonic() + 20
    while len(busy.job_stats().jobs) < 2:
        assert time.monotonic() < deadline, "still without an answer"
        time.sleep(0.2)


def test_a_guest_without_a_job_has_no_row(lab_daemon):
    stats = lab_daemon.job_stats()
    assert stats.jobs.empty
    assert stats.trust.empty
    assert lab_daemon.job_stats([domain.name for domain in lab_daemon.domains]).jobs.empty


def test_a_job_that_ended_can_be_read(lab_daemon, tmp_path):
    host, domain = lab_daemon, next(iter(lab_daemon.domains))
    path = str(tmp_path / "dump")
    host.session.call("dump", domain.name, lambda conn: conn.lookupByName(domain.name).coreDump(path, 0))
    printed = virsh(host, domain.name, "--completed", "--keep-completed")
    for _ in range(2):
        job = host.job_stats([domain], completed=True).jobs.iloc[0]
        assert (job["kind"], job["operation"]) == ("completed", "dump")
        assert job["elapsed_seconds"] == seconds(printed["time_elapsed"])
