"""Sections of a report: what each says, its tables and its charts."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from virtsdk.capacity.reporting import basis, words
from virtsdk.capacity.reporting.answers import Answers
from virtsdk.capacity.reporting.parts import Section, Table, why
from virtsdk.display import listing
from virtsdk.display.text import count, figure, percent, shorten, size

if TYPE_CHECKING:
    from virtsdk.capacity.past.exhaustion_report import ExhaustionReport
    from virtsdk.capacity.reporting.levels import Level
    from virtsdk.display.chart_style import Chart

_MUCH = 0.05  # of waiting, from which on what guests used says too little of what they need


def sections(found: Answers) -> tuple[Section, ...]:
    """Return the sections in their order; one that has no answer says why."""
    return (
        _runs_out(found), _survives(found), _candidates(found), _frontier(found), _contention(found),
        basis.coverage(found), basis.definitions(found), basis.unsaid(found),
    )  # fmt: skip


def _runs_out(found: Answers) -> Section:
    fleet, inside = list[list[object]](), list[list[object]]()
    whose: dict[str, list[str]] = {}
    for level, report in words.in_order(found):
        write = size if str(level.series.name).endswith("bytes") else _three
        now = float(level.asked.dropna().iloc[-1])
        when = words.when(report)
        share = f"{100 * now / report.limit:.0f} %"
        cells = [
            write(now),
            write(report.limit),
            share,
            write(report.per_day),
            when,
            words.between(report),
        ]
        (inside if level.inside else fleet).append([level.shown, *cells])
        for note in (level.note, *report.notes):
            if note:
                whose.setdefault(note, []).append(level.what)
    notes = [f"{listing.names(names, 3)}: {note}" for note, names in whose.items()]
    first = words.first(found)
    chosen = [first] if first is not None else []
    moving = [one for one in words.in_order(found) if one[0].series.nunique() > 1]
    chosen += [one for one in moving if first is None or one[0] is not first[0]]
    said = words.first_out(found)
    header = ["", "now", "limit", "full", "growth a day", "runs out", "90 % interval"]
    tables = (
        ("Used, committed, storage pools, at their trend", fleet),
        ("Inside guests: memory and file systems that fill, at their trend", inside),
    )
    return Section(
        "runs_out", "What runs out, and when", words.begun(said),
        tuple(Table(caption, header, rows) for caption, rows in tables if rows),
        tuple(partial(level_chart, *one) for one in chosen[:4]), tuple(notes),
    )  # fmt: skip


def level_chart(level: Level, report: ExhaustionReport, *, interactive: bool = True) -> Chart:
    """Draw a level on its way, under a title that says the day."""
    from virtsdk.display import ahead_charts

    when = words.when(report)
    when = when if report.already else f"full {when}" if pd.isna(report.median) else f"full on {when}"
    title = f"{words.begun(shorten(level.shown, 42))}: {when}"
    name = str(level.series.name)
    return ahead_charts.exhaustion(
        level.asked,
        report.frame().clip(lower=0),
        report.limit,
        report.events,
        title,
        name=name,
        interactive=interactive,
    )


def _survives(found: Answers) -> Section:
    survival = words.survives(found)
    if found.survival is None:
        return Section("n_plus", "If a host fails", why(found, f"N+{max(1, found.policy.fault_tolerance)}"))
    said = f"{survival}. {words.begun(words.room(found))}"
    report, rows = found.headroom, list[list[object]]()
    for row in listing.records(report.frame()):
        used = row.get("vcpus_demand")
        of_memory = row.get("memory_demand_bytes")
        rows.append(
            [
                row["host"], row["domains"], _of(row["vcpus_committed"], row["vcpus_capacity"]),
                _of_sizes(row["memory_committed_bytes"], row["memory_capacity_bytes"]),
                "—" if used is None else f"{used:.2f} of {row['cpus']:g}",
                "—" if of_memory is None else size(of_memory), row["binding"] or "—",
            ]
        )  # fmt: skip
    quantile = 100 * found.policy.demand_quantile
    none = "nothing left" if found.survival.alone else "no room"
    header = [
        "host", "guests", "vCPUs committed", "memory committed", f"CPUs used (P{quantile:g})",
        f"memory used (P{quantile:g})", "fullest",
    ]  # fmt: skip
    failures = [
        [
            row["failed"] or "any",
            {True: "yes", False: "no", None: "not decided"}[row["ok"]],
            none if math.isinf(row["share"]) else f"{100 * row['share']:.0f} %",
            row["domains"], size(row["memory_bytes"]),
        ]
        for row in listing.records(found.survival.frame())
    ]  # fmt: skip
    tables = (
        Table(
            "Failures, the worst first", ["without", "fits", "of the room left", "guests", "memory"], failures
        ),
        Table("Hosts", header, rows),
    )
    notes = [*([found.off] if found.off else []), *found.survival.notes]
    if found.after is not None:
        notes.append(f"with the candidates below stopped, shrunk and grown: {words.survival(found.after)}")
    charts = (found.survival.chart, report.chart)
    return Section("n_plus", "If a host fails", said, tables, charts, tuple(dict.fromkeys(notes)))


def _three(value: float) -> str:
    return f"{value:.3g}"


def _of(value: object, whole: object) -> str:
    return f"{_plain(value)} of {_plain(whole)}"


def _of_sizes(value: float | None, whole: float | None) -> str:
    return f"{size(value)} of {size(whole)}"


def _plain(value: Any) -> str:
    return "?" if value is None or value is pd.NA else f"{value:g}"


def _candidates(found: Answers) -> Section:
    title = "Guests to stop, shrink or grow"
    if found.rightsizing is None:
        return Section("candidates", title, why(found))
    rows: list[list[object]] = []
    for row in listing.records(found.candidates):
        stopped = row["action"] == "stop"
        risk = row["risk_cpu"]
        rows.append(
            [
                row["name"], row["host"], row["action"],
                _change(row["vcpus"], row["to_vcpus"], _plain),
                _change(row["memory_bytes"], row["to_memory_bytes"], size),
                "—" if risk is None or stopped else f"{100 * risk:.2f} %",
                row["confidence"], row["because"],
            ]
        )  # fmt: skip
    header = ["guest", "host", "do", "vCPUs", "memory", "samples above", "confidence", "because"]
    said = words.savings(found)
    grow = int(found.candidates["action"].str.contains("grow").sum()) if len(found.candidates) else 0
    said += f"; {count(grow, 'guest')} should grow" if grow else ""
    if found.overcommit is not None and found.overcommit.measured_steal > _MUCH:
        waited = percent(found.overcommit.measured_steal)
        said += (
            f". Guests waited for {waited} of the CPU time that they asked for: they need more than they used"
        )
    frame = found.rightsizing.frame()
    unknown = int((frame["cpu_action"] == "unknown").sum())
    blind = int(((frame["memory_action"] == "unknown") & (frame["cpu_action"] != "unknown")).sum())
    notes = [f"{count(unknown, 'guest')} with too little data to recommend anything"] if unknown else []
    notes += [f"{count(blind, 'guest')} whose memory is not known: none is recommended"] if blind else []
    notes += found.rightsizing.notes
    notes += found.idle.notes if found.idle is not None else ()
    tables = (Table("Candidates; samples above: seen, that the new size would not have held", header, rows),)
    resized = (found.candidates["action"] != "stop").any()
    charts = (partial(_sizes_chart, found),) if resized else ()
    return Section(
        "candidates", title, words.begun(said), tables if rows else (), charts,
        tuple(dict.fromkeys(notes)),
    )  # fmt: skip


def _sizes_chart(found: Answers) -> Chart:
    """Draw the sizes of the candidates that are to be resized; those to be stopped have none."""
    from virtsdk.display import sizing_charts

    assert found.rightsizing is not None
    resized = found.candidates.loc[found.candidates["action"] != "stop", "domain"]
    frame = found.rightsizing.frame().set_index("domain", drop=False).loc[resized]
    return sizing_charts.sizes(frame, "What guests have, and what would do", interactive=True)


def _change(before: Any, after: Any, write: Callable[[Any], str]) -> str:
    if after is None or before == after:
        return write(before)
    return f"{write(before)} to {write(after) if after else 'none'}"


def _frontier(found: Answers) -> Section:
    title = "How far CPUs can be promised"
    report = found.overcommit
    if report is None:
        return Section("overcommit", title, why(found, "overcommit frontier"))
    at, here = report.ratio_at(0.01), report.present_ratio
    least = float(report.frame()["ratio"].min())
    if math.isinf(at):
        limit = "guests would lose less than 1 % of their CPU time at any ratio looked at"
    elif math.isnan(at):
        limit = f"guests would lose more than 1 % of their CPU time at {least:g} vCPUs per CPU already"
    else:
        limit = f"guests would lose 1 % of their CPU time at {figure(at, 2)} vCPUs per CPU"
    now = "Where you are is not known" if math.isnan(here) else f"You are at {figure(here, 2)} vCPUs per CPU"
    said = f"{now}; {limit} (the policy allows {found.policy.vcpu_ratio:g})"
    steal = report.frame()
    picked = steal[steal["ratio"].isin([1, 2, 3, 4, 6, 8, 12, 16]) | steal["here"]]
    rows = [
        [
            f"{row['ratio']:.3g}{' (here)' if row['here'] else ''}", percent(row["steal_mean"]),
            percent(row["steal_p90"]),
        ]
        for row in listing.records(picked)
    ]  # fmt: skip
    tables = [Table("CPU time lost", ["vCPUs per CPU", "mean host", "nine in ten hosts below"], rows)]
    notes = list(report.notes)
    if not math.isnan(report.measured_steal):
        notes.insert(
            0, f"measured: guests waited for {percent(report.measured_steal)} of what they asked for"
        )
    if found.overlap is not None:
        fleet = found.overlap.frame().iloc[-1]
        own, together = fleet["own_peaks_vcpus"], fleet["peak_vcpus"]
        notes.append(
            f"peaks: the guests' own add up to {figure(own)} CPUs, all together they peaked at "
            f"{figure(together)} (P{100 * found.overlap.quantile:g})"
        )
    return Section("overcommit", title, said, tuple(tables), (report.chart,), tuple(notes))


def _contention(found: Answers) -> Section:
    title = "Who waits for CPUs"
    report = found.contention
    if report is None:
        return Section("contention", title, why(found, "contention"))
    rows: list[list[object]] = [
        [
            row["name"], row["host"], percent(row["steal"]), percent(row["steal_p95"]),
            row["suspect_name"] or "—",
            "—" if pd.isna(row["correlation"]) else f"{row['correlation']:.2f}",
        ]
        for row in listing.records(report.frame())
        if row["victim"]
    ]  # fmt: skip
    said = str(report).partition(">")[0].removeprefix("<ContentionReport ")
    header = ["guest", "host", "waited, of what it asked for", "P95", "with", "correlation"]
    tables = (Table("Guests that waited; correlation is no proof", header, rows),) if rows else ()
    charts = (report.chart,) if rows else ()
    return Section("contention", title, words.begun(said), tables, charts, tuple(report.notes))
