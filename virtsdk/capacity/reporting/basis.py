"""Basis of a report: what the data cover, what the words mean, what could not be said."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from virtsdk.capacity.past.rules import IDLE, SIZES
from virtsdk.capacity.reporting import words
from virtsdk.capacity.reporting.answers import Answers
from virtsdk.capacity.reporting.parts import Section, Table, why
from virtsdk.display.text import count, size


def coverage(found: Answers) -> Section:
    """Say from when to when which guests are known, host by host."""
    title = "What the data cover"
    usage = found.usage
    if usage is None:
        return Section("coverage", title, why(found))
    frame = pd.DataFrame(
        {
            "host": usage.hosts,
            "first": usage.time[usage.starts[:-1]],
            "last": usage.time[usage.last],
            "samples": np.diff(usage.starts),
            "gaps": usage.gaps,
            "silent": usage.count(~np.isnan(usage.memory_used)) == 0,
        }
    )
    rows: list[list[object]] = []
    for host, mine in frame.groupby("host", sort=True):
        begin, end = pd.Timestamp(mine["first"].min(), unit="us"), pd.Timestamp(mine["last"].max(), unit="us")
        rows.append(
            [
                host, len(mine), f"{begin:%Y-%m-%d %H:%M}", f"{end:%Y-%m-%d %H:%M}",
                f"{(end - begin).total_seconds() / 86_400:.3g}", int(mine["samples"].sum()),
                int(mine["gaps"].sum()), int(mine["silent"].sum()),
            ]
        )  # fmt: skip
    begin, end = (pd.Timestamp(one, unit="us") for one in (usage.time.min(), usage.time.max()))
    every = float(np.nanmedian(usage.interval)) if not np.isnan(usage.interval).all() else float("nan")
    step = "" if math.isnan(every) else f", averages of {_length(every)}"
    said = (
        f"{count(len(usage), 'guest')} on {count(len(rows), 'host')} from {begin:%Y-%m-%d} to {end:%Y-%m-%d}"
        f"{step}; {count(int(usage.gaps.sum()), 'gap')}"
    )
    header = ["host", "guests", "from (UTC)", "to", "days", "samples", "gaps", "memory not told"]
    gone = len(usage) - (len(found.rightsizing.frame()) if found.rightsizing is not None else 0)
    notes = [f"{count(gone, 'guest')} of the recording are gone or off, and no candidates"] if gone else []
    notes += [found.left_out] if found.left_out else []
    return Section("coverage", title, said, (Table("Hosts", header, rows),), (), (*notes, *usage.notes))


def _length(seconds: float) -> str:
    for unit, name in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.3g} {name}"
    return f"{seconds:.3g} s"


def definitions(found: Answers) -> Section:
    """Say what the words mean, and where the rules are from."""
    policy = found.policy
    sizes, standard = SIZES[policy.rightsizing], found.standard
    quantile = 100 * policy.demand_quantile
    reserve = f"{policy.reserve_cpus:g} CPUs and {size(policy.reserve_memory_bytes)} a host"
    rows: list[tuple[str, str, str]] = [
        ("committed", "what guests that are on may grow to: all their vCPUs, the most memory", "nova"),
        (
            "limit of what is committed",
            f"(physical less the reserve of {reserve}) x {policy.vcpu_ratio:g} for vCPUs, "
            f"x {policy.memory_ratio:g} for memory",
            policy.source or "the policy",
        ),
        (
            "used",
            "CPU time and memory that guests report, summed over guests at each sample; by host its "
            f"P{quantile:g}; the limit is physical less the reserve",
            "virtsdk",
        ),
        (
            "N+k, a host to spare",
            "the guests of any k failed hosts have a place on the others as they are; nothing else moves",
            "exact packing",
        ),
        (
            "standard guest",
            "none"
            if standard is None
            else f"{words.guest(standard)}: medians of the guests, unless one is given",
            "virtsdk",
        ),
        (
            "runs out",
            "the growth seen, drawn again in blocks of a week or a day with its uncertain drift, steps and "
            "clean-ups; median, and 90 % of the ways to go on",
            "block bootstrap, Künsch 1989",
        ),
        ("better size", f"rule {policy.rightsizing!r}, {sizes.version}", sizes.source),
        *((f"idle: {name}", IDLE[name].says, IDLE[name].source) for name in policy.idle_rules),
        (
            "a pool is full",
            "what is allocated in it meets its capacity; thin disks may claim at once what they were "
            "promised beyond that",
            "libvirt",
        ),
        ("stop", "more of the idle rules that can tell say idle than do not", "virtsdk"),
        ("CPU time lost", "what guests ask for above the CPUs of hosts filled with such guests", "virtsdk"),
    ]
    rules = "The usual policy" if policy == type(policy)() else f"The policy: {policy!r}"
    table = Table("", ["word", "means", "source"], rows)
    return Section("definitions", "What the words mean", rules, (table,))


def unsaid(found: Answers) -> Section:
    """Say what has no answer, and why."""
    rows = list(found.unsaid)
    said = f"{count(len(rows), 'thing')} could not be said" if rows else "Each question has an answer"
    sizes = None if found.rightsizing is None else found.rightsizing.frame()
    if sizes is not None and (unknown := int(sizes["cpu_action"].eq("unknown").sum())):
        said += f"; for {count(unknown, 'guest')} there is too little data to recommend a size"
    tables = (Table("", ["what", "why"], rows),) if rows else ()
    return Section("unsaid", "What could not be said", said, tables)
