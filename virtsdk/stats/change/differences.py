"""Frames of counters to frames of rates: the arithmetic, which honours resets and gaps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from virtsdk.stats.change.series import Difference, Flags, Restarts, Series, difference, series_of
from virtsdk.stats.change.spacing import Interval, Spacing, distances, seconds_of
from virtsdk.stats.columns.catalogue import COLUMNS, counters
from virtsdk.stats.columns.metric import GRAINS, KEYS, leading
from virtsdk.words import NO_PROCESS

RATED = tuple(frame for frame in GRAINS if counters(frame))
NODE_RATED = ("node.total", "node.cpus", "node.pressure")
CARRIED = {
    "domains": (
        "state", "vcpus", "memory_bytes", "memory_current_bytes", "memory_rss_bytes", "memory_used_bytes",
    ),
    "disks": ("capacity_bytes", "allocation_bytes", "physical_bytes"),
}  # fmt: skip
"""Gauges that rates are read beside, as they were at the end of the interval."""


def rate_frames(
    frames: Mapping[str, pd.DataFrame], sampled: pd.DataFrame, interval: Interval | None
) -> dict[str, pd.DataFrame]:
    """Make rates of many frames.

    Parameters
    ----------
    frames
        By name, as the catalogue has them; ``domains`` first, as their restarts are those of their parts.
    sampled
        The frame that has a row for each sample of a host.
    interval
        How far apart samples are meant to be; None for the median distance.

    Raises
    ------
    ValueError
        Less than two points in time.
    """
    apart = distances(sampled)
    if not len(apart):
        count = sampled["time"].nunique()
        raise ValueError(
            f"rates need at least two points in time of a host, got {count}: give two samples, or a list of "
            "them"
        )
    spacing = Spacing.constant(float(np.median(apart)) if interval is None else seconds_of(interval))
    found: dict[str, pd.DataFrame] = {}
    restarts: Restarts = {}
    for name, frame in frames.items():  # domains first: a new process of theirs resets all of their parts
        found[name], restarts = rate_frame(name, frame, spacing, restarts)
    return found


def rate_frame(
    name: str, frame: pd.DataFrame, spacing: Spacing, restarts: Restarts
) -> tuple[pd.DataFrame, Restarts]:
    """Make rates of one frame.

    Parameters
    ----------
    name
        Its name in the catalogue.
    frame
        All rows of its series.
    spacing
        How far apart samples are meant to be.
    restarts
        Of the domains; found here where it is their frame.

    Returns
    -------
    tuple
        The rates in the order of series and time, and the restarts.
    """
    if name == "disks" and len(frame):  # a backing image has its disk's name, and no counters
        frame = frame[frame[[one for one in counters(name) if one in frame.columns]].notna().any(axis=1)]
    series = series_of(frame, KEYS[name])
    grown = {column: difference(series, column) for column in counters(name) if column in frame.columns}
    count, later = len(series.times), ~series.first
    smaller = _smaller(name, grown, count)
    if name == "domains":
        restarted = (smaller.pop("restart", series.first) | _was_off(series)) & later
        restarts = series.restarts(restarted)
    else:
        restarted = series.restarted(restarts)
    seconds = series.seconds
    gap = spacing.is_gap(series.times, seconds)
    interrupted = restarted.copy()
    columns: dict[str, Any] = {}
    for column, one in grown.items():
        reset = smaller.get(_group(name, column))
        unknown = ~one.known | restarted | gap
        if reset is not None:
            unknown |= reset
            interrupted |= reset
        value = np.divide(one.values, seconds, out=np.zeros(count), where=~unknown)
        rate = pd.arrays.FloatingArray(value[later], unknown[later])
        columns[column.removesuffix("_total") + "_per_second"] = rate
    said = np.zeros(count, dtype=np.int64) - 1
    said[interrupted] = 0
    said[gap] = 1
    carried = [column for column in CARRIED.get(name, ()) if column in frame.columns]
    result = pd.DataFrame(
        {
            **{label: series.pick(label, later) for label in leading(name)},
            "seconds": seconds[later],
            "interrupted": pd.array(["reset", "gap"], dtype="str").take(said[later], allow_fill=True),
            **{column: series.pick(column, later) for column in carried},
            **columns,
        },
        copy=False,
    )
    return result, restarts


def _smaller(name: str, grown: Mapping[str, Difference], count: int) -> dict[str, Flags]:
    """Return for each event that resets counters the rows at which one of them became smaller."""
    found: dict[str, Flags] = {}
    for column, one in grown.items():
        flags = found.setdefault(_group(name, column), np.zeros(count, dtype=bool))
        flags |= one.known & (one.values < 0)
    return found


def _was_off(series: Series) -> Flags:
    """Return the rows before or at which the domain had no process, or another one than at this row."""
    off = series.ordered(series.source["state"].isin(NO_PROCESS).to_numpy(dtype=bool))
    flags = off.copy()
    flags[1:] |= off[:-1]
    if "run_id" in series.source.columns:
        run = series.ordered(series.source["run_id"].to_numpy(dtype=np.int64, na_value=-1))
        flags[1:] |= (run[1:] != run[:-1]) & (run[1:] >= 0) & (run[:-1] >= 0)
    return flags


def _group(name: str, column: str) -> str:
    """Return what resets a counter: ``restart`` for a new process, else the catalogue's words."""
    words = COLUMNS[name][column].reset
    return "restart" if name == "domains" and words.startswith("a new QEMU process") else words
