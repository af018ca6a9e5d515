"""Usage of guests whose answers are known."""

from __future__ import annotations

import numpy as np
import pandas as pd

GIB = 2**30
START = pd.Timestamp("2026-03-02", tz="UTC")


def usage(series, *, host="kvm7", vcpus=4, every="1h", **more):
    """A frame of guests: their CPU by name; `host`, `vcpus` and other columns of all, or by name."""
    frames = []
    for name, cpu in series.items():
        cpu = np.array(cpu, float)

        def of(values, name=name):
            return values[name] if isinstance(values, dict) else values

        frames.append(
            pd.DataFrame(
                {
                    "host": of(host), "domain": f"u-{name}", "name": name,
                    "time": pd.date_range(START, periods=len(cpu), freq=every), "vcpus": of(vcpus),
                    "cpu_used_vcpus": cpu, "memory_bytes": 8 * GIB, "memory_used_bytes": np.nan,
                    **{column: of(values) for column, values in more.items()},
                }
            )
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def hosts(*cpus, names=None):
    return pd.DataFrame({"host": names or [f"kvm{7 + n}" for n in range(len(cpus))], "cpus": list(cpus)})
