"""Sizes and idle guests of two weeks, five minutes a sample; and the report, which has them and all else."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from tests.benchmarks.figures import best_of, peak_memory, report
from virtsdk import capacity
from virtsdk.capacity import idle, rightsizing
from virtsdk.capacity.past.usage import Usage

T = TypeVar("T")
GUESTS, HOSTS, DAYS = 1000, 60, 14


def main() -> None:
    """Print seconds for 1,000 guests, beside pandas' quantile of the same column, and how they grow."""
    times = {}
    for guests in (GUESTS // 4, GUESTS // 2, GUESTS):
        frame = made(guests)
        times[guests] = best_of(lambda frame=frame: both(frame), repeat=3)
    report(f"rightsizing and idle, {GUESTS} guests, {DAYS} days", times[GUESTS], "s", bar=5)
    report("twice the guests", times[GUESTS] / times[GUESTS // 2], "x", bar=2.6)
    report("half the guests", times[GUESTS // 2] / times[GUESTS // 4], "x", bar=2.6)
    floor = best_of(lambda: frame.groupby("domain")["cpu_used_vcpus"].quantile(0.99), repeat=3)
    report("both / pandas' quantile of one column", times[GUESTS] / floor, "x", bar=30)
    usage = Usage.of(frame)
    report("the frame checked, alone", best_of(lambda: Usage.of(frame), repeat=3), "s", bar=2)
    report("rightsizing, checked before", best_of(lambda: rightsizing(usage), repeat=3), "s", bar=1.5)
    report("idle, checked before", best_of(lambda: idle(usage), repeat=3), "s", bar=1.5)
    ours = best_of(lambda: usage.quantile(usage.cpu, 0.99), repeat=3)
    report("a quantile of each guest / pandas'", ours / floor, "x", bar=1)
    size = float(frame.memory_usage(deep=False).sum())
    report("memory needed / the frame's", peak_memory(lambda: both(frame)) / size, "x", bar=3)
    _review()


def both(frame: pd.DataFrame) -> None:
    """Answer both questions, from the frame on."""
    rightsizing(frame)
    idle(frame)


def made(guests: int) -> pd.DataFrame:
    """A usage frame in the order in which samples are taken."""
    chance = np.random.default_rng(0)
    times = pd.date_range("2026-03-02", periods=DAYS * 288, freq="5min", tz="UTC")
    which, rows = np.tile(np.arange(guests), len(times)), guests * len(times)
    names = pd.array([f"00000000-0000-4000-8000-{number:012d}" for number in range(guests)], dtype="str")
    hosts = pd.array([f"kvm{number % 20}" for number in range(guests)], dtype="str")
    return pd.DataFrame(
        {
            "host": hosts.take(which),
            "domain": names.take(which),
            "time": times.repeat(guests),
            "vcpus": np.full(rows, 8),
            "cpu_used_vcpus": chance.gamma(0.5, 1, rows).clip(0, 8),
            "memory_bytes": np.full(rows, 2**34),
            "memory_used_bytes": chance.random(rows) * 2**33,
            "net_rx_bytes_per_second": chance.random(rows) * 100,
            "net_tx_bytes_per_second": chance.random(rows) * 100,
            "disk_bytes_per_second": chance.random(rows),
            "agent_seen": np.zeros(rows, bool),
        }
    )


def _review() -> None:
    """Print seconds of the report, and the ratio to its answers alone, of 1,000 guests on 60 hosts."""
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
