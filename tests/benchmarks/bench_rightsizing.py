"""Sizes and idle guests of two weeks, five minutes a sample."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.benchmarks.figures import best_of, peak_memory, report
from virtsdk.capacity import idle, rightsizing
from virtsdk.capacity.past.usage import Usage

GUESTS, DAYS = 1000, 14


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


if __name__ == "__main__":
    main()
