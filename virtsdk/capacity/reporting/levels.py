"""Levels of a fleet over time: what is used and committed of vCPUs and memory, and what pools hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.past.series import Bools, Floats
from virtsdk.capacity.past.usage import Usage
from virtsdk.capacity.policy import Policy
from virtsdk.display.text import count
from virtsdk.stats.samples.times import utc_column

FILLED: Final = 3
"""Samples in a row that a guest may lack; it then keeps its last figure."""
_DAY: Final = pd.Timedelta("1D")
_WEEK: Final = pd.Timedelta("7D")
POOLS: Final = ("host", "name", "time", "capacity_bytes", "allocation_bytes")


@dataclass(frozen=True, eq=False)
class Level:
    """One thing that can run out.

    Attributes
    ----------
    key, what
        A short name for programs, and words for people.
    series
        The level over time (UTC), NaN where it is not known; its name ends in ``bytes`` where it is of bytes.
    limit
        Where it is full, in units of the series.
    note
        What the level leaves out; empty where nothing.
    inside
        It is a guest's own, not the fleet's.
    """

    key: str
    what: str
    series: pd.Series[float]
    limit: float
    note: str = ""
    inside: bool = False

    @property
    def asked(self) -> pd.Series[float]:
        """The series that is asked when it runs out: of use, from a week on, the peaks of days.

        Days are counted back from the end, so that the last one is whole; the first one may not be.
        """
        known = self.series.dropna()
        if not self.key.endswith("_used") or not len(known) or known.index[-1] - known.index[0] < _WEEK:
            return self.series
        back = (known.index[-1] - known.index) // _DAY
        peaks = known.groupby(np.asarray(back)).max().sort_index(ascending=False)
        days = pd.DatetimeIndex(known.index[-1] - peaks.index.to_numpy() * _DAY, name="time")
        return pd.Series(peaks.to_numpy(), index=days, name=self.series.name)

    @property
    def shown(self) -> str:
        """What it is, in words that say whether peaks are meant."""
        return f"{self.what}, peaks of days" if len(self.asked) < len(self.series) else self.what


def fleet_levels(usage: Usage, headroom: pd.DataFrame, policy: Policy) -> list[Level]:
    """Sum over guests, sample by sample; limits are those of `headroom`.

    A guest counts from its first to its last sample, in which it keeps its last figure over gaps of up to
    three samples; times with longer gaps are unknown. Guests that are off use nothing, and hold nothing
    unless the policy counts them.

    Parameters
    ----------
    usage
        All guests of the recording, those that are gone as well.
    headroom
        The frame of `HeadroomReport`.
    policy
        Reserves, and whether guests that are off count.
    """
    if not len(usage):
        return []
    open_hosts = headroom[~headroom["maintenance"].astype(bool)] if "maintenance" in headroom else headroom
    there = len(open_hosts)
    cpus = float(open_hosts["cpus"].sum()) - policy.reserve_cpus * there
    memory = float(open_hosts["memory_bytes"].sum()) - policy.reserve_memory_bytes * there
    times, off = usage.grid(usage.off.astype(np.float64))
    is_off = np.nan_to_num(off) >= 1
    nothing = np.zeros_like(is_off) if policy.count_inactive else is_off
    index = pd.DatetimeIndex(times.astype("datetime64[us]"), tz="UTC", name="time")
    silent = int((usage.count(~np.isnan(usage.memory_used)) == 0).sum())
    blind = f"without {count(silent, 'guest')} that do not report it: at least that" if silent else ""
    rows = (
        ("cpu_used", "CPUs used", usage.cpu, is_off, cpus, ""),
        ("memory_used", "memory used", usage.memory_used, is_off, memory, blind),
        ("vcpus_committed", "vCPUs committed", usage.vcpus, nothing, _sum(open_hosts, "vcpus_capacity"), ""),
        (
            "memory_committed", "memory committed", usage.memory, nothing,
            _sum(open_hosts, "memory_capacity_bytes"), "",
        ),
    )  # fmt: skip
    found: list[Level] = []
    for key, what, values, idle, limit, note in rows:
        of_bytes = key.startswith("memory")
        sums = _total(usage.grid(values)[1], off, idle)
        if np.isnan(values).all():  # a sum over nothing is not 0
            sums = np.full_like(sums, np.nan)
        name = f"{what} in bytes" if of_bytes else what
        found.append(Level(key, what, pd.Series(sums, index=index, name=name), limit, note))
    return found


def _sum(frame: pd.DataFrame, column: str) -> float:
    return float(frame[column].sum())


def _total(values: Floats, seen: Floats, off: Bools) -> Floats:
    """Sum over guests (columns); NaN where one that is there has had no figure for long."""
    there = ~np.isnan(seen)
    size = len(there)
    first = np.where(there.any(axis=0), there.argmax(axis=0), size)
    last = np.where(there.any(axis=0), size - 1 - there[::-1].argmax(axis=0), -1)
    last = np.where(last >= size - FILLED, size - 1, last)  # hosts end a little apart
    row = np.arange(size)[:, None]
    alive = (row >= first) & (row <= last)
    known = pd.DataFrame(np.where(off, 0.0, values))
    filled = known.ffill(limit=FILLED).bfill(limit=1).to_numpy(copy=True)
    never = np.isnan(values).all(axis=0) & ~off.any(axis=0)
    filled[:, never] = 0.0
    total = np.where(alive, filled, 0.0).sum(axis=1)
    return np.where(alive.any(axis=1), total, np.nan)


def pool_levels(pools: pd.DataFrame) -> list[Level]:
    """Give what each storage pool holds over time; its limit is its last capacity.

    Raises
    ------
    ValueError
        A column is missing, or a time, or has no zone.
    """
    checks.require(pools, "pools", POOLS, maker='recording.frames("storage.pools")')
    known = pools.dropna(subset=["allocation_bytes", "capacity_bytes"]).reset_index(drop=True)
    known = known.assign(time=utc_column(known["time"], "column 'time' of the pools frame"))
    for column in ("allocation_bytes", "capacity_bytes"):
        checks.figures(known, "pools", column, "name")
    key = "storage_pool" if "storage_pool" in known else "name"
    found: list[Level] = []
    for (host, _), rows in known.groupby(["host", key], sort=True):
        rows = rows.drop_duplicates("time", keep="last").sort_values("time")
        name = str(rows["name"].iloc[-1])
        series = pd.Series(
            rows["allocation_bytes"].to_numpy(np.float64),
            index=pd.DatetimeIndex(rows["time"], name="time"),
            name=f"storage pool {name} on {host} in bytes",
        )
        limit = float(rows["capacity_bytes"].iloc[-1])
        found.append(Level(f"pool {host}/{name}", f"storage pool {name} on {host}", series, limit))
    return found


def silent_pools(pools: pd.DataFrame) -> list[tuple[str, str]]:
    """Name the pools whose sizes are known at no time, and why that may be."""
    known = pools[["allocation_bytes", "capacity_bytes"]].notna().all(axis=1)
    ever = known.groupby([pools["host"], pools["name"]]).any()
    why = "its sizes are known at no time: it was not active, or could not be read"
    return [(f"storage pool {name} on {host}", why) for host, name in ever.index[~ever]]
