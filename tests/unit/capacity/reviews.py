"""Frames of a small fleet, for tests of its report."""

from __future__ import annotations

import numpy as np
import pandas as pd

from virtsdk.units import GiB

G = int(GiB(1))
DAYS = 15
GUESTS = [
    ("kvm1", "web1", 4, 8),
    ("kvm1", "db1", 4, 16),
    ("kvm2", "shop1", 16, 32),
    ("kvm3", "ci1", 2, 8),
    ("kvm3", "old1", 2, 4),
]


def hosts(count=3):
    names = [f"kvm{number}" for number in range(1, count + 1)]
    return pd.DataFrame({"host": names, "cpus": 8, "memory_bytes": 64 * G})


def domains(guests=GUESTS):
    frame = pd.DataFrame(guests, columns=["host", "name", "vcpus", "memory_bytes"])
    frame["memory_bytes"] *= G
    frame["domain"] = frame["name"] + "-uuid"
    return frame


def usage(guests=GUESTS, hours=DAYS * 24):
    times = pd.date_range("2026-11-02", periods=hours, freq="1h", tz="UTC")
    frame = domains(guests).merge(pd.DataFrame({"time": times, "n": np.arange(hours)}), how="cross")
    share = 0.2 + 0.1 * np.sin((frame["n"] % 24 - 8) / 24 * 2 * np.pi)
    factor = frame["name"].map({"shop1": 0.2, "ci1": 9.0, "old1": 0.001}).fillna(1.0)
    frame["cpu_used_vcpus"] = np.minimum(frame["vcpus"] * share * factor, frame["vcpus"])
    frame["memory_used_bytes"] = frame["memory_bytes"] * 0.4
    frame.loc[frame["name"] == "db1", "memory_used_bytes"] += frame["n"] * 8e6
    for column in ("net_rx_bytes_per_second", "net_tx_bytes_per_second", "disk_bytes_per_second"):
        frame[column] = np.where(frame["name"] == "old1", 0.0, 5e4)
    frame["vcpu_delay_seconds_per_second"] = 0.01 * frame["cpu_used_vcpus"]
    return frame.drop(columns="n")


def pools(host="kvm1", days=DAYS):
    times = pd.date_range("2026-11-02", periods=days * 4, freq="6h", tz="UTC")
    frame = pd.DataFrame({"host": host, "storage_pool": "p", "name": "backup", "time": times})
    frame["capacity_bytes"] = 500 * G
    frame["allocation_bytes"] = (200 + np.arange(len(frame)) * 2.0) * G
    return frame
