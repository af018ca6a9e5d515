"""Counters to rates: differences over time that honour resets and gaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np
import pandas as pd

from virtsdk.stats.change.rate_frames import NodeRates, Rates
from virtsdk.stats.change.series import Difference, Flags, Restarts, Series, difference, series_of
from virtsdk.stats.change.spacing import Interval, Spacing, distances, seconds_of
from virtsdk.stats.columns.catalogue import COLUMNS, counters
from virtsdk.stats.columns.metric import GRAINS, KEYS, leading
from virtsdk.stats.samples.domains import Stats
from virtsdk.stats.samples.node import NodeStats
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


@runtime_checkable
class Recorded(Protocol):
    """Samples kept elsewhere that make their rates themselves; `virtsdk.Recording` is one."""

    def rates(self, *, interval: Interval | None = None) -> Rates:
        """Give the rates of all samples."""
        ...

    def node_rates(self, *, interval: Interval | None = None) -> NodeRates:
        """Give the rates of the nodes' own counters."""
        ...


def rates(
    first: Stats | Iterable[Stats] | Mapping[str, pd.DataFrame] | Recorded,
    second: Stats | None = None,
    *,
    interval: Interval | None = None,
) -> Rates:
    """Turn counters into rates per second, between each sample and the next.

    Parameters
    ----------
    first
        The earlier of two samples; or all samples, in any order; or frames of many samples by name
        (``{"domains": ..., "disks": ...}``), with their keys, the domains' state, and as many of the
        counters as there are; or a recording (`Recorded`), whose own ``rates`` gives parts of it.
    second
        The later of two samples.
    interval
        How far apart samples are meant to be (seconds, or as pandas writes it: ``"10s"``); the median
        distance of each host's samples where it is left out. Two samples over 2.5 intervals apart have a
        gap between them.

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
        Less than two points in time, or a frame without its keys.

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
    if isinstance(first, Recorded):
        _alone(second)
        return first.rates(interval=interval)
    frames = _frames(first, second)
    return Rates(_all_rates(frames, frames["domains"], interval))


def node_rates(
    first: NodeStats | Iterable[NodeStats] | Recorded,
    second: NodeStats | None = None,
    *,
    interval: Interval | None = None,
) -> NodeRates:
    """Turn the CPU times of a node (or of many) into rates per second, as `rates` does for domains.

    Parameters
    ----------
    first
        The earlier of two samples of `Host.node_stats`; or all of them, in any order, of any hosts; or a
        recording.
    second
        The later of two samples.
    interval
        As for `rates`.

    Returns
    -------
    NodeRates
        ``.cpus`` (a row per CPU and interval) and ``.total`` (a row per host and interval), with
        ``busy_percent``; ``.pressure`` with ``stalled_percent``.
    """
    if isinstance(first, Recorded):
        _alone(second)
        return first.node_rates(interval=interval)
    samples: list[Any] = _samples(first, second, NodeStats)
    frames = {
        name: pd.concat([one.frames[name] for one in samples], ignore_index=True) for name in NODE_RATED
    }
    return NodeRates(_all_rates(frames, frames["node.total"], interval))


def _alone(second: object) -> None:
    if second is not None:
        raise TypeError("a recording has all its samples: give it alone")


def _all_rates(
    frames: Mapping[str, pd.DataFrame], sampled: pd.DataFrame, interval: Interval | None
) -> dict[str, pd.DataFrame]:
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


def _frames(first: Any, second: Any) -> dict[str, pd.DataFrame]:
    if isinstance(first, Mapping):
        given = dict(cast("Mapping[str, pd.DataFrame]", first))
        if "domains" not in given:
            raise ValueError(f"the frames lack 'domains'; there are {', '.join(given) or 'none'}")
        for name in RATED:
            _check_columns(name, given.get(name))
        return {name: given[name] if name in given else _empty(name) for name in RATED}
    samples = _samples(first, second, Stats)
    return {name: pd.concat([getattr(one, name) for one in samples], ignore_index=True) for name in RATED}


def _check_columns(name: str, frame: pd.DataFrame | None) -> None:
    needed = [*leading(name), *(["state"] if name == "domains" else [])]
    lacking = [] if frame is None else [one for one in needed if one not in frame.columns]
    if lacking:
        raise ValueError(
            f"frame {name!r} lacks {', '.join(lacking)}: rates need {', '.join(needed)} and the counters"
        )


def _samples(first: Any, second: Any, kind: type) -> list[Any]:
    if second is None and not isinstance(first, Iterable | kind):
        raise TypeError(f"rates are of samples, {kind.__name__} or many of them, not {type(first).__name__}")
    samples: list[Any] = (
        [first, second] if second is not None else [first] if isinstance(first, kind) else list(first)
    )
    for number, one in enumerate(samples):
        if not isinstance(one, kind):
            raise TypeError(f"sample {number} is {type(one).__name__}; expected {kind.__name__}")
    if not samples:
        raise ValueError("rates need at least two points in time, got no samples")
    return samples


def _empty(name: str) -> pd.DataFrame:
    columns: dict[str, Any] = {label: pd.array([], dtype="str") for label in leading(name)}
    columns["time"] = pd.DatetimeIndex([], tz="UTC").as_unit("us")
    columns |= {column: pd.array([], dtype="Float64") for column in COLUMNS[name]}
    return pd.DataFrame(columns)


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
