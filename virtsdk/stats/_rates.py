"""Counters to rates: differences over time that honour resets and gaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from virtsdk.stats._catalogue import COLUMNS, counters
from virtsdk.stats.metric import GRAINS
from virtsdk.stats.rate_sample import Rates
from virtsdk.stats.sample import Stats

Flags = NDArray[np.bool_]
GAP = 2.5
OFF = ("shutoff", "crashed", "nostate")
RATED = tuple(frame for frame in GRAINS if counters(frame))
CARRIED = {
    "domains": (
        "state", "vcpus", "memory_bytes", "memory_current_bytes", "memory_rss_bytes", "memory_used_bytes",
    ),
    "disks": ("capacity_bytes", "allocation_bytes", "physical_bytes"),
}  # fmt: skip
"""Gauges that rates are read beside, as they were at the end of the interval."""


def rates(
    first: Stats | Iterable[Stats] | Mapping[str, pd.DataFrame],
    second: Stats | None = None,
    *,
    interval: pd.Timedelta | str | float | None = None,
) -> Rates:
    """Turn counters into what happened a second, between each sample and the next.

    Parameters
    ----------
    first
        The earlier of two samples; or all samples, in any order; or frames of many samples by name
        (``{"domains": ..., "disks": ...}``).
    second
        The later of two samples.
    interval
        How far apart samples are meant to be (seconds, or as pandas writes it: ``"10s"``); the median
        distance where it is left out. Two samples over 2.5 intervals apart have a gap between them.

    Returns
    -------
    Rates
        Frames of the same names and keys, one row for each sample of a series but its first: ``time`` is the
        end of the interval, ``seconds`` its length, each counter ``..._total`` is ``..._per_second``. Where
        nothing can be said (the domain was started anew, a device was plugged anew, the guest rebooted, a
        gap), the rate is missing and ``interrupted`` says ``"reset"`` or ``"gap"``: never a negative or a
        huge rate.

    Raises
    ------
    TypeError
        Neither samples nor frames.
    ValueError
        Less than two points in time.

    Notes
    -----
    A counter that became smaller was reset, and with it all counters that the same event resets (see
    `catalogue`, column ``reset``); a domain that was off in between, or whose CPU time became smaller, is a
    new QEMU process, which resets all of its parts, whatever their signs say.

    Examples
    --------
    >>> from virtsdk.stats import from_records, rates
    >>> start = pd.Timestamp("2026-03-01 12:00", tz="UTC")
    >>> later = start + pd.Timedelta("4s")
    >>> a = from_records([("u1", "web1", {"cpu.time": 10**9})], host="kvm7", time=start)
    >>> b = from_records([("u1", "web1", {"cpu.time": 3 * 10**9})], host="kvm7", time=later)
    >>> rates(a, b).domains[["name", "seconds", "cpu_used_vcpus"]]
       name  seconds  cpu_used_vcpus
    0  web1      4.0             0.5
    """
    frames = _frames(first, second)
    times = frames["domains"]["time"].drop_duplicates().sort_values()
    if len(times) < 2:
        raise ValueError(
            f"rates need at least two points in time, got {len(times)}: give two samples, or a list of them"
        )
    expected = _seconds(interval) if interval is not None else float(times.diff().dt.total_seconds().median())
    found: dict[str, pd.DataFrame] = {}
    restarts: pd.DataFrame | None = None
    for name in RATED:
        found[name], resets = _rate(name, frames[name], expected, restarts)
        restarts = resets if restarts is None else restarts
    return Rates(found)


def _frames(first: Any, second: Any) -> dict[str, pd.DataFrame]:
    if isinstance(first, Mapping):
        given = dict(cast("Mapping[str, pd.DataFrame]", first))
        if "domains" not in given:
            raise ValueError(f"the frames lack 'domains'; there are {', '.join(given) or 'none'}")
        return {name: given.get(name, _empty(name)) for name in RATED}
    samples: list[Any] = (
        [first, second] if second is not None else [first] if isinstance(first, Stats) else list(first)
    )
    for number, one in enumerate(samples):
        if not isinstance(one, Stats):
            raise TypeError(f"sample {number} is {type(one).__name__}; expected Stats")
    if not samples:
        raise ValueError("rates need at least two points in time, got no samples")
    return {name: pd.concat([one.frames[name] for one in samples], ignore_index=True) for name in RATED}


def _empty(name: str) -> pd.DataFrame:
    keys = ("host", "domain", "name", *GRAINS[name])
    columns: dict[str, Any] = {key: pd.array([], dtype="str") for key in keys}
    columns["time"] = pd.DatetimeIndex([], tz="UTC").as_unit("us")
    columns |= {column: pd.array([], dtype="Float64") for column in COLUMNS[name]}
    return pd.DataFrame(columns)


def _seconds(interval: pd.Timedelta | str | float) -> float:
    length = pd.Timedelta(interval, unit="s") if isinstance(interval, int | float) else pd.Timedelta(interval)
    if not length > pd.Timedelta(0):
        raise ValueError(f"interval is {interval!r}; expected a time above 0")
    return length.total_seconds()


def _rate(
    name: str, frame: pd.DataFrame, expected: float, restarts: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    keys = ["host", "domain", *GRAINS[name]]
    if name == "disks":  # a backing image has its disk's name, and no counters
        frame = frame[frame[list(counters(name))].notna().any(axis=1)]
    frame = frame.sort_values([*keys, "time"], kind="stable", ignore_index=True)
    changed = _changed(frame, keys)
    seconds = frame["time"].diff().dt.total_seconds().to_numpy(dtype=float)
    again = ~changed & (seconds == 0)
    if again.any():  # a point in time that was given twice
        return _rate(name, frame.iloc[np.flatnonzero(~again)], expected, restarts)
    gap = ~changed & (seconds > GAP * expected)
    reset = np.zeros(len(frame), dtype=bool)
    if restarts is not None and len(restarts):
        flagged = frame[["host", "domain", "time"]].merge(restarts, how="left", on=["host", "domain", "time"])
        reset |= flagged["restarted"].fillna(False).to_numpy(dtype=bool)
    if name == "domains":
        reset |= ~changed & _was_off(frame)
    differences, broken = _differences(name, frame, changed)
    restarted = reset | broken.pop("restart", np.zeros(len(frame), dtype=bool))
    columns: dict[str, Any] = {}
    interrupted = restarted.copy()
    for column, (difference, known, group) in differences.items():
        bad = restarted | gap | broken.get(group, np.zeros(len(frame), dtype=bool))
        interrupted |= broken.get(group, interrupted)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = difference / seconds
        columns[_renamed(column)] = pd.arrays.FloatingArray(np.where(bad, 0.0, value), ~known | bad)
    keep = ~changed
    said = np.full(len(frame), None, dtype=object)
    said[interrupted] = "reset"
    said[gap] = "gap"
    labels = ["host", "domain", "name", *GRAINS[name], "time"]
    carried = [column for column in CARRIED.get(name, ()) if column in frame.columns]
    result = pd.DataFrame(
        {
            **{label: frame[label] for label in labels},
            "seconds": seconds,
            "interrupted": pd.array(said, dtype="str"),
            **{column: frame[column] for column in carried},
            **columns,
        }
    )[keep]
    flags = frame.loc[restarted & ~changed, ["host", "domain", "time"]].assign(restarted=True)
    return result.reset_index(drop=True), flags


def _changed(frame: pd.DataFrame, keys: list[str]) -> Flags:
    """Return the rows that begin another series."""
    changed = np.ones(len(frame), dtype=bool)
    if len(frame):
        same = np.ones(len(frame) - 1, dtype=bool)
        for key in keys:
            codes = pd.factorize(frame[key], use_na_sentinel=False)[0]
            same &= codes[1:] == codes[:-1]
        changed[1:] = ~same
    return changed


def _was_off(frame: pd.DataFrame) -> Flags:
    """Return the rows before or at which the domain had no process."""
    off = frame["state"].isin(OFF).to_numpy(dtype=bool)
    before = np.concatenate([[False], off[:-1]]) if len(off) else off
    return off | before


def _differences(
    name: str, frame: pd.DataFrame, changed: Flags
) -> tuple[dict[str, tuple[NDArray[np.float64], Flags, str]], dict[str, Flags]]:
    """Return for each counter its differences, where known, what resets it; and where that happened."""
    differences: dict[str, tuple[NDArray[np.float64], Flags, str]] = {}
    broken: dict[str, Flags] = {}
    for column in counters(name):
        if column not in frame.columns:
            continue
        values = frame[column]
        absent = values.isna().to_numpy(dtype=bool)
        plain: NDArray[Any] = values.fillna(0).to_numpy(
            dtype=np.int64 if values.dtype == "Int64" else np.float64
        )
        difference = np.zeros(len(plain), dtype=np.float64)
        difference[1:] = np.diff(plain)
        known = ~changed & ~absent
        known[1:] &= ~absent[:-1]
        group = _group(name, column)
        broken[group] = broken.get(group, np.zeros(len(plain), dtype=bool)) | (known & (difference < 0))
        differences[column] = (difference, known, group)
    return differences, broken


def _group(name: str, column: str) -> str:
    """Return what resets a counter: ``restart`` for a new process, else the catalogue's words."""
    words = COLUMNS[name][column].reset
    return "restart" if name == "domains" and words.startswith("a new QEMU process") else words


def _renamed(column: str) -> str:
    return column.removesuffix("_total") + "_per_second"
