"""Contention elsewhere than on CPUs: free memory of hosts, and disks slow beside others of their pool."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from virtsdk.capacity import checks

SLOW: Final = 3.0
"""Times the pool's usual latency from which on a disk is an outlier."""
LEAST_SECONDS: Final = 0.01
"""A latency below which no disk is one."""
LEAST_DISKS: Final = 3
_LATENCIES: Final = ("read_latency_seconds", "write_latency_seconds")
POOLS: Final = (
    "host", "storage_pool_name", "domain", "name", "disk", "latency_p95_seconds", "pool_latency_p95_seconds",
    "times", "outlier",
)  # fmt: skip


def free_memory(memory: pd.DataFrame) -> pd.DataFrame:
    """Return the least memory that each host had free, in bytes and as a share of what it has, by host.

    What holds caches is free here: the host would give it to guests.
    """
    checks.require(
        memory,
        "memory",
        ["host", "memory_bytes", "memory_free_bytes"],
        maker="recording.frames('node.memory')",
    )
    memory = memory.reset_index(drop=True)
    has = checks.figures(memory, "memory", "memory_bytes", "host", missing=True)
    free = checks.figures(memory, "memory", "memory_free_bytes", "host", missing=True)
    for column in ("memory_cached_bytes", "memory_buffers_bytes"):
        if column in memory:
            free = free + np.nan_to_num(checks.figures(memory, "memory", column, "host", missing=True))
    free = np.where(has < free, has, free)  # unknown stays unknown
    share = np.divide(free, has, out=np.full(len(has), np.nan), where=has > 0)
    rows = pd.DataFrame({"host": memory["host"].astype(str), "free": free, "share": share})
    return rows.groupby("host")[["free", "share"]].min()


def slow_disks(disks: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Compare each disk's latency with that of the other disks of its pool.

    Parameters
    ----------
    disks
        ``Rates.disks``: one row per disk and interval, with ``storage_pool_name`` where it is known.

    Returns
    -------
    pandas.DataFrame
        One row per disk, slowest first: the columns of `POOLS`.
    list
        What is to be said of it.
    """
    checks.require(disks, "disks", ["host", "domain", "disk", "time", *_LATENCIES], maker="rates(...).disks")
    disks = disks.reset_index(drop=True)
    found = [checks.figures(disks, "disks", column, "domain", missing=True) for column in _LATENCIES]
    notes: list[str] = []
    pool: Any = disks["host"]
    if "storage_pool_name" in disks:
        pool = disks["storage_pool_name"]
    else:
        notes.append("disks are compared by host: the disks frame has no column 'storage_pool_name'")
    rows = pd.DataFrame(
        {
            "host": disks["host"], "storage_pool_name": pool, "domain": disks["domain"],
            "name": disks["name"] if "name" in disks else disks["domain"], "disk": disks["disk"],
            "latency": np.fmax(*found),
        }
    ).dropna(subset=["latency"])  # fmt: skip
    keys = ["host", "storage_pool_name", "domain", "name", "disk"]
    each = rows.groupby(keys, dropna=False, sort=False)["latency"].quantile(0.95).reset_index()
    each = each.rename(columns={"latency": "latency_p95_seconds"})
    pools = each.groupby("storage_pool_name", dropna=False)["latency_p95_seconds"]
    usual, size = pools.transform("median"), pools.transform("size")
    each["pool_latency_p95_seconds"] = usual
    each["times"] = (each["latency_p95_seconds"] / usual.where(usual > 0)).astype(float)
    high = (each["times"] >= SLOW) & (each["latency_p95_seconds"] >= LEAST_SECONDS)
    each["outlier"] = (high & (size >= LEAST_DISKS)).astype(bool)
    each = each.sort_values("latency_p95_seconds", ascending=False, kind="stable", ignore_index=True)
    return each[list(POOLS)], notes
