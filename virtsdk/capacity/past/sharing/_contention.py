"""`contention`: which guests wait for CPUs, and who used these meanwhile."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.past.series import Bools, Floats
from virtsdk.capacity.past.sharing.beside import POOLS, free_memory, slow_disks
from virtsdk.capacity.past.sharing.contention_report import ContentionReport
from virtsdk.capacity.past.sharing.delay import DELAY, delays, some
from virtsdk.capacity.past.sharing.pins import MAKER as PINS
from virtsdk.capacity.past.sharing.pins import Pins
from virtsdk.capacity.past.sharing.suspects import OnHost, by_host, steal_of, suspects
from virtsdk.capacity.past.usage import MAKER, Usage
from virtsdk.display.text import count, figure, percent

SWAP: Final = "swap_in_bytes_per_second"
MOST: Final = 5
MIN_DELAY: Final = 0.001
"""A millisecond a second: a guest that does nothing waits that long, of the little that it asks for."""


def contention(
    usage: pd.DataFrame | Usage,
    vcpus: pd.DataFrame | None = None,
    *,
    memory: pd.DataFrame | None = None,
    disks: pd.DataFrame | None = None,
    steal: float = 0.01,
    min_delay: float = MIN_DELAY,
    lags: int = 3,
) -> ContentionReport:
    """Tell which guests waited for a CPU, and which others used theirs in the same intervals.

    Parameters
    ----------
    usage
        One row per domain and time with ``vcpu_delay_seconds_per_second``, as of ``recording.usage()``. Short
        intervals tell more: in five minutes much averages out.
    vcpus
        One row per vCPU: ``host``, ``domain``, ``vcpu``, ``cpus`` (that it may use: ``"0-3,8"``, a list, or
        missing for any), as of ``host.domains.vcpus_frame()``. Without it all guests of a host are suspects.
    memory
        Memory of the hosts over time: ``host``, ``memory_bytes``, ``memory_free_bytes``, as of
        ``recording.frames("node.memory")``.
    disks
        Disks over time with ``read_latency_seconds`` and ``write_latency_seconds``, as of
        ``recording.rates().disks``; with a column ``storage_pool_name`` they are compared by pool, else by
        host.
    steal
        Share of the CPU time that it asked for from which on a guest is a victim. What it asked for is what
        it used and what it waited for, so this says nothing of how busy it is.
    min_delay
        Seconds a second, of all its vCPUs together, that a victim waits for at least. A guest that does
        nothing asks for a few microseconds now and then, and may wait for all of them.
    lags
        How many intervals a suspect's use may come before or after the waiting.

    Returns
    -------
    ContentionReport
        ``.frame()`` (a row a guest), ``.suspects_frame()``, ``.hosts_frame()``, ``.disks_frame()``. It is
        correlation and no proof.

    Raises
    ------
    ValueError
        A frame lacks a column, or has a figure that cannot be right; the message names column and row, or of
        a delay the time and the domain. The usage frame has no rows.
    TypeError
        Not frames, or an argument of another type.

    Notes
    -----
    Steal is delay / (used + delay). libvirt's delay of a vCPU is the run-delay of its thread, the second
    figure of ``/proc/PID/task/TID/schedstat``: time that it was ready to run and another thread had the CPU.
    Threads that are no guest's (backups, the host's own) delay guests, too, and are no suspects here.

    A suspect's pressure is its mean use, weighted by how long the victim waited in each interval, times the
    share of it that falls on CPUs that the victim may use, if each vCPU is spread evenly over its own. A
    neighbour that is always busy does not correlate, and presses all the same: rank by pressure, and take the
    correlation as what it is.

    Examples
    --------
    >>> times = pd.date_range("2026-03-02", periods=12, freq="10s", tz="UTC")
    >>> busy = [0.1, 0.9] * 6
    >>> usage = pd.concat([
    ...     pd.DataFrame({
    ...         "host": "kvm7", "domain": name, "time": times, "vcpus": 1, "cpu_used_vcpus": used,
    ...         "memory_bytes": 2**30, "memory_used_bytes": None, "vcpu_delay_seconds_per_second": delay,
    ...     })
    ...     for name, used, delay in (
    ...         ("web1", 0.5, [0.4 * one for one in busy]), ("batch", busy, 0.0), ("db1", 0.3, 0.0),
    ...     )
    ... ])
    >>> pins = pd.DataFrame({"host": "kvm7", "domain": ["web1", "batch", "db1"], "vcpu": 0,
    ...                      "cpus": ["3", "3", "4-7"]})
    >>> print(str(contention(usage, pins)).partition(">")[0])
    <ContentionReport 1 of 3 guests waited for CPUs: web1 29 % of what it asked for, with batch
    """
    usage = Usage.of(usage)
    some(usage)
    waited = delays(usage)
    if waited is None:
        raise ValueError(f"the usage frame has no column {DELAY!r}; expected a frame as of {MAKER}")
    least = checks.scalar(steal, "steal")
    if not 0 < least < 1:
        raise ValueError(
            f"steal must be a share above 0 and below 1 (0.01 is 1 %), not {checks.plain(steal)!r}"
        )
    floor = checks.scalar(min_delay, "min_delay")
    shift = checks.counter(lags, "lags")
    pins = None if vcpus is None else Pins(vcpus)
    notes = [*usage.notes]
    guests: list[pd.DataFrame] = []
    pairs: list[dict[str, Any]] = []
    hosts: list[dict[str, Any]] = []
    swaps = _means(usage, SWAP)
    for found in by_host(usage, waited):
        rows, own = _of_host(usage, found, pins, (least, floor), shift, swaps)
        guests.append(rows)
        pairs += own
        hosts.append(_host_row(found, rows))
    frame = pd.concat(guests, ignore_index=True).sort_values(
        ["victim", "steal", "name", "host", "domain"], ascending=[False, False, True, True, True],
        na_position="last", kind="stable", ignore_index=True,
    )  # fmt: skip
    notes += _said(frame, pins, least, floor)
    table = pd.DataFrame(hosts)
    if memory is not None:
        free = free_memory(memory).reindex(table["host"])
        blank = int(free["free"].isna().sum())
        if blank:
            notes.append(
                f"free memory of {count(blank, 'host')} is not known: the memory frame has none of it"
            )
        table["memory_free_bytes"] = free["free"].to_numpy()
        table["memory_free_share"] = free["share"].to_numpy()
    slow = pd.DataFrame({name: [] for name in POOLS})
    if disks is not None:
        slow, more = slow_disks(disks)
        notes += more
    return ContentionReport(
        steal=least,
        min_delay=floor,
        notes=tuple(notes),
        _frame=frame,
        _suspects=pd.DataFrame(pairs, columns=pd.Index(list(_PAIRS))),
        _hosts=table,
        _disks=slow,
    )


_PAIRS: Final = (
    "host", "domain", "name", "suspect", "suspect_name", "pressure_vcpus", "pressure_share",
    "cpu_while_waiting_vcpus", "cpu_mean_vcpus", "correlation", "lag_seconds",
)  # fmt: skip


def _of_host(
    usage: Usage, found: OnHost, pins: Pins | None, least: tuple[float, float], lags: int, swaps: Floats
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Return a row a guest of one host, and a row a victim and suspect; `least` is steal and delay."""
    mean, high, known = steal_of(found)
    domains = usage.domains[found.guests].astype(str).tolist()
    names = usage.names[found.guests].astype(str).tolist()
    vcpus = usage.most(usage.vcpus)[found.guests]
    size = np.fmax((~np.isnan(found.delay)).sum(axis=0), 1)
    delay = np.where(known > 0, np.nansum(found.delay, axis=0) / size, np.nan)
    victims = np.flatnonzero(
        (np.nan_to_num(mean) >= least[0]) & (np.nan_to_num(delay) >= least[1] * (1 - 1e-9))
    )
    pairs: list[dict[str, Any]] = []
    if len(victims):
        pairs = [
            {
                "host": found.host,
                "domain": domains[one["victim"]],
                "name": names[one["victim"]],
                "suspect": domains[one["suspect"]],
                "suspect_name": names[one["suspect"]],
                "pressure_vcpus": one["pressure"],
                "pressure_share": one["share"],
                "cpu_while_waiting_vcpus": one["during"],
                "cpu_mean_vcpus": one["mean"],
                "correlation": one["correlation"],
                "lag_seconds": one["lag"],
            }
            for one in suspects(found, victims, domains, vcpus, pins, lags, MOST)
        ]
    first: dict[str, dict[str, Any]] = {}
    for pair in pairs:
        first.setdefault(pair["domain"], pair)
    chosen = [first.get(one, {}) for one in domains]
    victim = np.zeros(len(domains), dtype=bool)
    victim[victims] = True
    frame = pd.DataFrame(
        {
            "host": found.host,
            "domain": domains,
            "name": names,
            "vcpus": vcpus,
            "steal": mean,
            "steal_p95": high,
            "delay_seconds_per_second": delay,
            "victim": pd.arrays.BooleanArray(victim, known == 0),
            "suspect": pd.array([one.get("suspect") for one in chosen], dtype="str"),
            "suspect_name": pd.array([one.get("suspect_name") for one in chosen], dtype="str"),
            "correlation": [one.get("correlation", np.nan) for one in chosen],
            "lag_seconds": [one.get("lag_seconds", np.nan) for one in chosen],
            SWAP: swaps[found.guests],
            "samples": known,
        }
    )
    return frame, pairs


def _host_row(found: OnHost, rows: pd.DataFrame) -> dict[str, Any]:
    both = ~np.isnan(found.used) & ~np.isnan(found.delay)
    asked = float((found.used + found.delay)[both].sum())
    return {
        "host": found.host,
        "domains": len(rows),
        "victims": int(rows["victim"].fillna(False).sum()),
        "steal": float(found.delay[both].sum()) / asked if asked > 0 else np.nan,
        "swapping": int((rows[SWAP] > 0).sum()),
    }


def _means(usage: Usage, column: str) -> Floats:
    values = usage.more.get(column)
    return np.full(len(usage), np.nan) if values is None else usage.mean(values)


def _said(frame: pd.DataFrame, pins: Pins | None, least: float, floor: float) -> list[str]:
    notes: list[str] = []
    idle = int(((frame["steal"] >= least) & ~frame["victim"].fillna(False).astype(bool)).sum())
    if idle:
        notes.append(
            f"{count(idle, 'guest')} asked for so little CPU that waiting for {percent(least)} of it or more "
            f"took less than {figure(1000 * floor)} ms a second (min_delay): no victim"
        )
    unknown = int(frame["victim"].isna().sum())
    if unknown:
        notes.append(
            f"{count(unknown, 'guest')} of which the delay is not known: the kernel of the host does not "
            "count it, or there is no sample"
        )
    which: Bools = frame["victim"].fillna(False).to_numpy(dtype=bool)
    victims = frame[which]
    if len(victims) and pins is None:
        notes.append(f"no vcpus given ({PINS}): all guests of a host are suspects, wherever they may run")
    elif pins is not None:
        lacking = sum(
            pins.unknown(str(host), rows["domain"].tolist()) for host, rows in frame.groupby("host")
        )
        if lacking == len(frame):
            notes.append(
                "no guest of the usage frame has a row in vcpus, by host and UUID: all guests of a host are "
                "suspects, wherever they may run"
            )
        elif lacking:
            notes.append(f"{count(lacking, 'guest')} without a row in vcpus: taken to run on any CPU")
    lonely = int(victims["suspect"].isna().sum())
    if lonely:
        notes.append(
            f"{count(lonely, 'victim')} without a suspect: no guest used their CPUs; look at the host's own "
            "programs, and at limits (quota) of the guest itself"
        )
    if len(victims):
        notes.append("correlation, not proof: guests that are busy at the same time have reasons in common")
    return notes
