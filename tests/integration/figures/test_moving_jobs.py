"""The figures of jobs while two guests move slowly, against `virsh domjobinfo` taken side by side."""

from __future__ import annotations

import os
import signal
import threading
import time

import libvirt
import pytest

import virtsdk
from tests.integration.figures.test_jobs import seconds, virsh
from tests.integration.figures.test_truth import qemu
from tests.waiting import SLOW, until
from virtsdk import errors
from virtsdk.stats import catalogue

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
    """The daemon while its two guests are on their way to another one; they do not get there."""
    folder = tmp_path_factory.mktemp("move")
    with virtsdk.lab.hosts(1, progress=None) as (other,):
        ended = []

        def run(name):
            try:
                move(lab_daemon, other, name, folder / name)
            except errors.VirtError as error:
                ended.append(error)

        movers = [threading.Thread(target=run, args=(domain.name,)) for domain in lab_daemon.domains]
        for mover in movers:
            mover.start()
        deadline = time.monotonic() + 120
        while (lab_daemon.job_stats().jobs["memory_processed_bytes_total"].fillna(0) > 0).sum() < 2:
            assert time.monotonic() < deadline, (lab_daemon.job_stats(), ended)
            time.sleep(0.1)
        yield lab_daemon
        for domain in lab_daemon.domains:
            domain.abort_job()
        for mover in movers:
            mover.join(120)
        assert len(ended) == 2
        assert [domain.state.value for domain in lab_daemon.domains] == ["running", "running"]


def test_figures_equal_what_virsh_prints(busy):
    before = {domain.name: virsh(busy, domain.name) for domain in busy.domains}
    stats = busy.job_stats(timeout=60)
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
            # measured anew all the time, or more again with the next round over the memory
            if key in {"memory_bps", "memory_dirty_rate", "downtime", "data_remaining", "memory_remaining"}:
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
        until(lambda: busy.job_stats(timeout=1.0).trust["name"].tolist() == [stuck])  # the other one was slow
        started = time.monotonic()
        again = busy.job_stats(timeout=60)  # it is known by now, and nothing waits for it
        took_again = time.monotonic() - started
    finally:
        os.kill(process, signal.SIGCONT)
    assert took < 1 + SLOW
    assert took_again < 30
    assert stuck in stats.trust["name"].tolist()
    assert set(stats.jobs["name"]) == {stuck, fine} - set(stats.trust["name"])
    assert again.jobs["name"].tolist() == [fine]
    assert again.trust["name"].tolist() == [stuck]
    until(lambda: len(busy.job_stats().jobs) == 2)
