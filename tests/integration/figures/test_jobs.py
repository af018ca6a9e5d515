"""The jobs of guests that stay where they are, against `virsh domjobinfo`."""

from __future__ import annotations

import subprocess


def virsh(host, name, *words):
    """What `virsh domjobinfo --rawstats` prints: {key: text}."""
    command = ["virsh", "--connect", host.uri, "--quiet", "domjobinfo", name, "--rawstats", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)


def seconds(value):
    return float(value) / 1000


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
