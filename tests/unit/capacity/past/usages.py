"""Usage frames for tests."""

from __future__ import annotations

import numpy as np
import pandas as pd

GIB = 2**30
START = pd.Timestamp("2026-03-02", tz="UTC")  # a Monday


def usage(samples=6, every="5min", start=START, **columns):
    """A frame of one guest; columns by name."""
    times = pd.date_range(start, periods=samples, freq=every)
    plain = {
        "host": "kvm1", "domain": "u1", "name": "web1", "time": times, "vcpus": 4, "cpu_used_vcpus": 1.0,
        "memory_bytes": 8 * GIB, "memory_used_bytes": 2.0 * GIB,
    }  # fmt: skip
    return pd.DataFrame(plain | columns, index=range(samples))


def days(number, every="1h", start=START, **columns):
    """A frame of one guest over so many days."""
    return usage(int(pd.Timedelta(days=number) / pd.Timedelta(every)), every, start, **columns)


def guests(**series):
    """A frame of several guests: their CPU by name."""
    frames = [
        usage(len(cpu), domain=f"u-{name}", name=name, cpu_used_vcpus=np.array(cpu, float))
        for name, cpu in series.items()
    ]
    return pd.concat(frames, ignore_index=True)
