"""The frames' figures against `virsh domstats` on a private daemon."""

from __future__ import annotations

import subprocess

import pandas as pd
import pytest

from tests.integration.figures.test_figures import CONVERT, cells, holds, persists


def virsh(host):
    """What `virsh domstats --raw` prints: {name: {key: value}}."""
    done = subprocess.run(
        ["virsh", "--connect", host.uri, "--quiet", "domstats", "--raw"],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    found, values = {}, {}
    for line in done.stdout.splitlines():
        if line.startswith("Domain: "):
            values = found[line.removeprefix("Domain: ").strip("'")] = {}
        elif "=" in line:
            key, _, value = line.strip().partition("=")
            values[key] = {"yes": True, "no": False}.get(
                value, int(value) if value.lstrip("-").isdigit() else value
            )
    return found


@pytest.fixture
def still(lab_daemon):
    """The daemon while its guests are paused, so that most of their figures hold still."""
    for domain in lab_daemon.domains:
        domain.suspend()
    yield lab_daemon
    for domain in lab_daemon.domains:
        domain.resume()


def test_figures_equal_what_virsh_prints(still):
    before = virsh(still)
    stats = still.stats()
    after = virsh(still)
    assert set(stats.domains["name"]) == set(before)
    found = cells(stats)
    equal = 0
    for (name, key), (value, kind, unit) in found.items():
        low, high = before[name].get(key), after[name].get(key)
        if low is None or high is None:
            assert key.endswith(".name"), (name, key)
            continue
        assert holds(low, value, high, kind, unit), (name, key, low, value, high)
        equal += low == high and value == CONVERT[unit](high)
    assert equal > 0.9 * len(found)
    assert (stats.domains["state"] == "paused").all()
    assert not pd.isna(stats.nics["rx_bytes_total"]).any()


def test_running_figures_lie_between_two_of_virsh(lab_daemon):
    def outside():
        before, found, after = virsh(lab_daemon), cells(lab_daemon.stats()), virsh(lab_daemon)
        return {
            (name, key): (before[name][key], value, after[name][key])
            for (name, key), (value, kind, unit) in found.items()
            if key in before[name]
            and key in after[name]
            and not holds(before[name][key], value, after[name][key], kind, unit)
        }

    assert not persists(outside)
