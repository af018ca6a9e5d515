"""What guests really used, host by host: the quantile of their sum over time."""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.policy import Policy
from virtsdk.capacity.room.arrays import Ints
from virtsdk.display import listing
from virtsdk.display.text import shorten
from virtsdk.stats.samples.times import utc_column

_MAKER: Final = "recording.usage() or rates.usage()"
_USED: Final = (("vcpus", "cpu_used_vcpus", ""), ("memory", "memory_used_bytes", "_bytes"))


def demand(
    usage: pd.DataFrame, hosts: pd.DataFrame, counted: pd.DataFrame, policy: Policy
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Work out the demand of each host.

    At each time the use of a host's guests is summed; times at which a guest has no figure between its first
    and last sample are left out, as their sum would be too low. Of the sums the quantile is taken.

    Parameters
    ----------
    usage
        One row per domain and time.
    hosts, counted
        Frames that were checked; guests that count.
    policy
        ``demand_quantile``, reserves.

    Returns
    -------
    pandas.DataFrame, tuple of str
        One row per host, indexed by name; and what stays open.
    """
    key = next((one for one in ("domain", "name") if one in counted.columns and _has(usage, one)), None)
    checks.require(
        usage, "usage", [key or "domain", "time", *(column for _, column, _ in _USED)], maker=_MAKER
    )
    if key is None:
        raise ValueError("the domains frame has no column 'domain' or 'name' that the usage frame has")
    usage = usage.reset_index(drop=True)
    if usage["time"].isna().any():
        row = usage.index[usage["time"].isna()][0]
        raise ValueError(f"column 'time' of the usage frame is missing in row {row}")
    if not pd.api.types.is_numeric_dtype(usage["time"]):  # numbers are in order whatever their unit
        usage = usage.assign(time=utc_column(usage["time"], "column 'time' of the usage frame"))
    checks.once(usage, "usage", [key, "time"])
    home = counted.dropna(subset=[key]).drop_duplicates(key).set_index(key)["host"]
    usage = usage.assign(
        **{column: checks.figures(usage, "usage", column, key, missing=True) for _, column, _ in _USED},
        time=pd.factorize(usage["time"], sort=True)[0],  # in order; only that counts
        home=usage[key].astype(object).map(str, na_action="ignore").map(home),
    )
    usage = usage[usage["home"].notna()]
    names = pd.Index(hosts["host"])
    frame, notes = pd.DataFrame(index=names), list[str]()
    empty = ~names.isin(counted["host"])
    physical = {
        "vcpus": checks.numbers(hosts, policy.cpu_column) - policy.reserve_cpus,
        "memory": checks.numbers(hosts, "memory_bytes") - policy.reserve_memory_bytes,
    }
    for resource, column, suffix in _USED:
        measured = set(usage.loc[usage[column].notna(), key].astype(str))
        unmeasured = counted[~counted[key].isin(measured)]
        if len(unmeasured):
            whose = listing.names(shorten(str(one), 40) for one in unmeasured[key])
            notes.append(f"no {column} is known of {whose}: the demand of their hosts stays open")
        sums = _sums(usage, key, column)
        by_host = sums.groupby("home")["sum"]
        values = by_host.quantile(policy.demand_quantile).reindex(names).astype("Float64")
        values = values.mask(names.isin(unmeasured["host"])).where(~empty, 0.0)
        there = pd.Series(np.maximum(physical[resource], 0), index=names, dtype="Float64")
        frame[f"{resource}_demand{suffix}"] = values
        frame[f"{resource}_demand_headroom{suffix}"] = there - values
        frame[f"{resource}_demand_share"] = values / there.where(there > 0)
        if resource == "vcpus":
            frame["demand_samples"] = by_host.size().reindex(names, fill_value=0).astype("Int64")
        incomplete = values.isna().to_numpy(bool) & ~names.isin(unmeasured["host"])
        if incomplete.any():
            whose = listing.names(repr(str(one)) for one in hosts["host"][incomplete])
            notes.append(f"at no time is {column} known of all guests of {whose}: the demand stays open")
    return frame, tuple(notes)


def _has(usage: object, column: str) -> bool:
    return isinstance(usage, pd.DataFrame) and column in usage.columns


def _sums(usage: pd.DataFrame, key: str, column: str) -> Any:
    """Sums of a figure by host and time, of the times at which no guest's figure is lacking."""
    known = usage[usage[column].notna()]
    sums = known.groupby(["home", "time"])[column].agg(["sum", "size"]).reset_index()
    spans = known.groupby(["home", key])["time"].agg(["min", "max"]).reset_index()
    parts: list[Any] = []
    for host, mine in sums.groupby("home"):
        alive = spans[spans["home"] == host]
        times = mine["time"].to_numpy(np.int64)
        there = _until(alive["min"], times, "right") - _until(alive["max"], times, "left")
        parts.append(mine[mine["size"].to_numpy() == there])
    return pd.concat(parts) if parts else sums


def _until(moments: Any, times: Ints, side: Literal["left", "right"]) -> Ints:
    """How many of some moments are before each time ("left"), or not after it ("right")."""
    ordered: Ints = moments.sort_values().to_numpy(np.int64)
    return np.searchsorted(ordered, times, side=side)
