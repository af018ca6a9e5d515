"""Frames of counters to frames of rates: the arithmetic, which honours resets and gaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from virtsdk.display.listing import names
from virtsdk.stats.change.another_file import another_file
from virtsdk.stats.change.given import Given
from virtsdk.stats.change.possible import VCPU_TIME, VcpuRows, impossible, too_much
from virtsdk.stats.change.series import (
    TAKEN,
    Difference,
    Events,
    Flags,
    Series,
    difference,
    differs,
    distinct,
    series_of,
    utc_times,
)
from virtsdk.stats.change.spacing import Interval, Spacing, distances, seconds_of
from virtsdk.stats.change.taking import Taking
from virtsdk.stats.columns.catalogue import COLUMNS, counters
from virtsdk.stats.columns.metric import GRAINS, KEYS, leading
from virtsdk.stats.samples.derive import has_process

CPU = "cpu_time_seconds_total"
RATED = tuple(frame for frame in GRAINS if counters(frame))
NODE_RATED = ("node.total", "node.cpus", "node.pressure")
CARRIED = {
    "domains": (
        "state", "vcpus", "memory_bytes", "memory_current_bytes", "memory_rss_bytes", "memory_used_bytes",
        "disk_count", "nic_count", "agent_seen",
    ),
    "disks": ("capacity_bytes", "allocation_bytes", "physical_bytes"),
    "vcpus": ("delay_seconds_total",),
}  # fmt: skip
"""Columns that rates are read beside, as they were at the end of the interval."""

BESIDE = {
    "domains": ("state", "run_id"),
    "disks": ("path", "backing_path", "backing_index"),
}
"""What else tells whether a series goes on."""

MAY_STEP_BACK = ("idle_seconds_total", "iowait_seconds_total")
"""Counters of a node's CPUs that can decrease without a reset: proc(5) says so of iowait, and idle is worked
out by the kernel in the same way. A step back counts as no time."""

_MIX = np.uint64(0x9E3779B97F4A7C15)
_SAID = ("reset", "gap", "off")  # what `interrupted` may say


@dataclass(slots=True)
class Found:
    """What the rows of domains tell of their parts: at which moments what happened to whom."""

    restarts: Events = field(default_factory=dict[Any, Any])  #: it had another process than at its row before
    returns: Events = field(default_factory=dict[Any, Any])  #: it was not among those of a sample before
    without: dict[str, Events] = field(default_factory=dict[str, Events])
    """By frame of parts: it had none of them."""
    twice: Events = field(default_factory=dict[Any, Any])  #: its sample was given once more

    def add(self, other: Found) -> None:
        """Add what was found of other domains, or later."""
        _more(self.restarts, other.restarts)
        _more(self.returns, other.returns)
        _more(self.twice, other.twice)
        for name, events in other.without.items():
            _more(self.without.setdefault(name, {}), events)


def _more(events: Events, other: Events) -> None:
    for domain, moments in other.items():
        before = events.get(domain)
        events[domain] = moments if before is None else np.append(before, moments)


def rate_frames(given: Given, interval: Interval | None) -> dict[str, pd.DataFrame]:
    """Make rates of many frames.

    Parameters
    ----------
    given
        ``domains`` first, as what is found of them concerns their parts.
    interval
        How far apart samples are meant to be; None for the median distance of each host.

    Raises
    ------
    ValueError
        Less than two points in time.
    """
    apart = distances(given.sampled)
    if not apart:
        hosts = given.sampled["host"].drop_duplicates()
        raise ValueError(
            f"rates need at least two points in time of a host, got one of {names(hosts)}: give two samples "
            "of it, or a list of them"
        )
    spacing = given.spacing
    if interval is not None:
        spacing = Spacing.constant(seconds_of(interval))
    elif spacing is None:
        spacing = Spacing.by_host({host: float(np.median(one)) for host, one in apart.items()})
    rates: dict[str, pd.DataFrame] = {}
    found = Found()

    def vcpus(domains: Iterable[str]) -> pd.DataFrame:
        rows = given.frames["vcpus"]
        return rows[rows["domain"].isin(list(domains))]

    for name, frame in given.frames.items():
        rates[name], found = rate_frame(name, frame, spacing, given.taking, found, vcpus)
    return rates


def rate_frame(
    name: str,
    frame: pd.DataFrame,
    spacing: Spacing,
    taking: Taking,
    found: Found,
    vcpus: VcpuRows | None = None,
) -> tuple[pd.DataFrame, Found]:
    """Make rates of one frame.

    Parameters
    ----------
    name
        Its name in the catalogue.
    frame
        All rows of its series, `Taking.placed`.
    spacing
        How far apart samples are meant to be.
    taking
        The samples in their order.
    found
        Of the domains; made here where it is their frame.
    vcpus
        Gives the vCPUs of domains that had more CPU time than their number of vCPUs allows.

    Returns
    -------
    tuple
        The rates, by the names of host and domain, in the order of series and time; and what was found.
    """
    images = frame
    if name == "disks" and len(frame):  # a backing image has its disk's name, and no counters
        frame = frame[frame[[one for one in counters(name) if one in frame.columns]].notna().any(axis=1)]
    series = series_of(frame, KEYS[name], None if name == "domains" else found.twice)
    grown = {column: difference(series, column) for column in counters(name) if column in frame.columns}
    count, later = len(series.times), ~series.first
    seconds = series.seconds
    gap = spacing.is_gap(series, seconds) | taking.stepped(series)
    off = np.zeros(count, dtype=bool)
    if name == "domains":
        off = _off(series)
        restarted = _another_process(series, grown.get(CPU), off) & later
        off[1:] &= off[:-1]
        off[series.starts] = False
        absent = taking.absent(series)
        found = _of_domains(series, restarted, absent)
        gap |= absent & ~restarted  # that it is another run says more
        if CPU in grown:
            gap |= impossible(series, grown[CPU], ~(gap | off | restarted), taking, vcpus)
    else:
        restarted = series.passed(found.restarts) | _part_restarted(name, series, grown, images)
        gap |= series.passed(found.returns) & ~restarted
        gap |= series.passed(found.without.get(name, {}))
        gap |= _part_absent(name, series)
        if name == "vcpus" and VCPU_TIME in grown:
            gap |= too_much(series, grown[VCPU_TIME])
    smaller = _smaller(name, grown, count)
    columns: dict[str, Any] = {}
    for column, one in grown.items():
        values, unknown = one.values, ~one.known | restarted | off | gap
        if name in NODE_RATED and column in MAY_STEP_BACK:
            values = np.maximum(values, 0)
        else:
            unknown |= smaller[_group(name, column)]
        if column == CPU:
            unknown &= ~(off & ~gap)  # without a process there is no CPU time: a rate of 0
            values = np.where(off, 0, values)
        value = np.divide(values, seconds, out=np.zeros(count), where=~unknown)
        rate = pd.arrays.FloatingArray(value[later], unknown[later])
        columns[column.removesuffix("_total") + "_per_second"] = rate
    said = np.zeros(count, dtype=np.int64) - 1
    said[off] = 2
    said[restarted] = 0
    said[gap] = 1
    carried = [column for column in CARRIED.get(name, ()) if column in frame.columns]
    result = pd.DataFrame(
        {
            **{label: series.pick(label, later) for label in leading(name)[:-1]},
            "time": utc_times(series.times[later]),
            "seconds": np.where(
                seconds[later] > 0, seconds[later], np.nan
            ),  # not where the clock was set back
            "interrupted": pd.array(_SAID, dtype="str").take(said[later], allow_fill=True),
            **{column: series.pick(column, later) for column in carried},
            **columns,
        },
        copy=False,
    )
    return _by_time(result, series, later), found


def _of_domains(series: Series, restarted: Flags, absent: Flags) -> Found:
    """Return what the rows of domains tell of their parts."""
    without: dict[str, Events] = {}
    for name, column in (("disks", "disk_count"), ("nics", "nic_count")):
        if column in series.source.columns:
            none = (series.source[column] == 0).fillna(False).to_numpy(dtype=bool)
            if none.any():
                none = series.ordered(none) & ~_off(series)
                without[name] = series.events(none)
    twice = series.twice() if len(series.doubled) else {}
    return Found(series.events(restarted), series.events(absent), without, twice)


def _part_absent(name: str, series: Series) -> Flags:
    """Return the intervals with a moment at which others of its kind have a row, and the part has none."""
    flags = np.zeros(len(series.at), dtype=bool)
    owner = list(KEYS[name][: 1 if name in NODE_RATED else 2])
    if len(KEYS[name]) == len(owner) or len(series.starts) < 2:
        return flags
    heads = series.source[owner].iloc[series.places(series.starts)]
    changed = np.ones(len(heads), dtype=bool)
    changed[1:] = np.logical_or.reduce([differs(heads[key]) for key in owner])
    first = np.flatnonzero(changed)
    # those of one owner mostly have the same moments, and the same sum of them
    mixed = series.at.astype(np.uint64) * _MIX
    sums = np.add.reduceat(mixed ^ (mixed >> np.uint64(29)), series.starts)
    strange = sums != sums[first][np.cumsum(changed) - 1]
    ends = np.append(series.starts[1:], len(series.at))
    until = np.append(first[1:], len(heads))
    for group in np.unique((np.cumsum(changed) - 1)[strange]).tolist():
        mine = range(int(first[group]), int(until[group]))
        moments = distinct(series.at[series.starts[mine[0]] : ends[mine[-1]]])
        for one in mine:
            rows = slice(series.starts[one] + 1, ends[one])
            flags[rows] = np.diff(np.searchsorted(moments, series.at[series.starts[one] : ends[one]])) > 1
    return flags


def _by_time(rates: pd.DataFrame, series: Series, later: Flags) -> pd.DataFrame:
    """Bring the rows of each series into the order of their times, where the clock was set back."""
    if TAKEN not in series.source.columns:
        return rates
    number = np.cumsum(series.first)[later]
    return rates.iloc[np.lexsort([series.times[later], number])].reset_index(drop=True)


def _smaller(name: str, grown: Mapping[str, Difference], count: int) -> dict[str, Flags]:
    """Return for each event that resets counters the rows at which one of them became smaller."""
    found: dict[str, Flags] = {}
    for column, one in grown.items():
        flags = found.setdefault(_group(name, column), np.zeros(count, dtype=bool))
        flags |= one.known & (one.values < 0)
    return found


def _group(name: str, column: str) -> str:
    """Return what is reset together: what the guest's reboot resets, else the column alone."""
    words = COLUMNS[name][column].reset
    return words if name == "domains" and not words.startswith("a new QEMU process") else column


def _off(series: Series) -> Flags:
    """Return the rows at which the domain has no process."""
    return series.ordered(~has_process(series.source).to_numpy(dtype=bool))


def _another_process(series: Series, cpu: Difference | None, off: Flags) -> Flags:
    """Return the rows at which the domain has another process than at the row before.

    The number of its run decides. Where that is not known at both, a CPU time that became smaller tells.
    """
    found = off.copy()
    found[1:] ^= off[:-1]
    smaller = np.zeros(len(off), dtype=bool) if cpu is None else cpu.known & (cpu.values < 0)
    if "run_id" not in series.source.columns:
        return found | (smaller & ~off)
    run = series.ordered(series.source["run_id"].to_numpy(dtype=np.int64, na_value=-1))
    both = np.zeros(len(off), dtype=bool)
    both[1:] = (run[1:] >= 0) & (run[:-1] >= 0)
    changed = both.copy()
    changed[1:] &= run[1:] != run[:-1]
    return found | changed | (smaller & ~both & ~off)


def _part_restarted(
    name: str, series: Series, grown: Mapping[str, Difference], images: pd.DataFrame
) -> Flags:
    """Return the rows at which a part of a domain, or a node, counts from 0 again.

    A device that was plugged anew has all of its counters reset: one that became smaller tells. Of a node it
    is the time that its CPUs were busy, as the others may step back.
    """
    count = len(series.times)
    if name in NODE_RATED:
        busy = np.zeros(count)
        for column, one in grown.items():
            if column not in MAY_STEP_BACK:
                busy += np.where(one.known, one.values, 0)
        return busy < 0
    flags = np.zeros(count, dtype=bool)
    for one in grown.values():
        flags |= one.known & (one.values < 0)
    if name == "disks" and "path" in series.source.columns:
        flags |= another_file(series, images)
    return flags
