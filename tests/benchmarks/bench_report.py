"""The report of a fleet against the answers that it consists of, one by one, and its page."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from tests.benchmarks.figures import report
from virtsdk import capacity

T = TypeVar("T")
GUESTS, HOSTS, DAYS = 1000, 60, 14


def main() -> None:
    """Print seconds, and the ratio to the answers alone, of 1,000 guests on 60 hosts in 14 days."""
    hosts, domains, usage = frames()
    took, found = _timed(lambda: capacity.report(hosts, domains, usage))
    parts = sum(
        _timed(one)[0]
        for one in (
            lambda: capacity.headroom(hosts, domains, None, usage),
            lambda: capacity.Fleet.from_frames(hosts, domains).n_plus(1),
            lambda: capacity.rightsizing(usage),
            lambda: capacity.idle(usage),
            lambda: capacity.overcommit(usage, hosts),
            lambda: capacity.overlap(usage),
            lambda: capacity.contention(usage),
        )
    )
    report(f"report of {GUESTS} guests, {len(usage):,} rows", took, "s", bar=15)
    report("report / its answers one by one", took / parts, "x", bar=4)
    with tempfile.TemporaryDirectory() as folder:
        page, file = _timed(lambda: found.to_html(Path(folder) / "page.html"))
        report("page", page, "s", bar=10)
        report("size of the page", file.stat().st_size / 1024, "KiB", bar=1024)


def frames() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Make hosts, domains and usage, hourly."""
    fleet = capacity.synthetic.fleet(HOSTS, GUESTS, seed=1, fill=0.6)
    domains = fleet.domains.assign(domain=fleet.domains["name"])
    times = pd.date_range("2026-03-02", periods=24 * DAYS, freq="1h", tz="UTC")
    usage = domains[["host", "domain", "name", "vcpus", "memory_bytes"]].merge(
        pd.DataFrame({"time": times}), how="cross"
    )
    share = np.random.default_rng(0).beta(1.5, 6, len(usage))
    usage["cpu_used_vcpus"] = usage["vcpus"].astype(float) * share
    usage["memory_used_bytes"] = usage["memory_bytes"].astype(float) * (0.3 + 0.2 * share)
    for column in ("net_rx_bytes_per_second", "net_tx_bytes_per_second", "disk_bytes_per_second"):
        usage[column] = 5e4
    usage["vcpu_delay_seconds_per_second"] = 0.01 * usage["cpu_used_vcpus"]
    return fleet.hosts, domains, usage


def _timed(call: Callable[[], T]) -> tuple[float, T]:
    start = time.perf_counter()
    done = call()
    return time.perf_counter() - start, done


if __name__ == "__main__":
    main()
