"""Charts of frames (extra ``[plot]``): each function takes a frame and returns an Altair chart.

Plain frames in, so that they serve live samples, recordings and frames from elsewhere. Text and axes have a
grey that reads on white and on black, the background is transparent, and what a colour says a label says too.
A notebook draws them as pictures in the page: nothing is loaded from a network, and an exported page keeps
them.

``interactive=True`` adds tooltips: what a mark says, and its exact figure, appear where the pointer rests on
it. They are titles within the picture, shown by the browser itself, so they work wherever HTML is shown and
in an exported page, offline, without a script. Where there is nothing to draw the chart says so, and why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from virtsdk.display import listing
from virtsdk.display.chart_style import (
    BLUE,
    GREY,
    ORANGE,
    RED,
    STEP,
    TEAL,
    WIDTH,
    binary,
    guests_axis,
    labels,
    load_altair,
    newest,
    nothing,
    number,
    percent_axis,
    row_header,
    said_alone,
    styled,
    words_beside,
)
from virtsdk.display.text import percent, shorten, size
from virtsdk.display.time_charts import heatmap, latency, usage

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.display.chart_style import Chart

__all__ = [
    "GREY",
    "cpu",
    "disks",
    "headroom",
    "heatmap",
    "latency",
    "memory",
    "memory_waterfall",
    "nics",
    "usage",
]


def headroom(frame: pd.DataFrame, *, interactive: bool = False) -> Chart:
    """Draw what each host has committed of what it may, a bar a resource; 100 % is full.

    A bar beyond 100 % is red, and says by how much.

    Parameters
    ----------
    frame
        `HeadroomReport.frame`: host, vcpus_share, memory_share and the figures behind them.
    interactive
        With tooltips.

    Returns
    -------
    Chart
        Altair's, drawn as SVG.
    """
    alt = load_altair()
    title = "Headroom: vCPUs and memory committed"
    rows: list[dict[str, Any]] = []
    for row in listing.records(frame):
        host = shorten(str(row["host"]), 30)
        for resource, write, suffix in (("vCPUs", number, ""), ("memory", size, "_bytes")):
            stem = resource.lower()
            committed, capacity = row[f"{stem}_committed{suffix}"], row[f"{stem}_capacity{suffix}"]
            free, share = row[f"{stem}_headroom{suffix}"], row[f"{stem}_share"]
            said = f"{write(committed)} of {write(capacity)}"
            if free is not None and free < 0:
                much = "many" if resource == "vCPUs" else "much"
                said += f", {write(-free)} too {much} for the policy"
            percents = "" if share is None else f" ({percent(share)})"
            tip = f"{host}, {resource}: {said}{percents}"
            rows.append({"host": host, "resource": resource, "share": share, "said": said, "tip": tip})
    if not rows:
        return nothing(title, frame)
    top = max([1.0, *(row["share"] for row in rows if row["share"] is not None)])
    for row in rows:
        row["end"] = max(row["share"] or 0, 1)  # its words stand clear of the mark of 100 %
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("resource:N", title=None, sort=["vCPUs", "memory"], axis=alt.Axis(minExtent=56)),
    )
    bars = base.mark_bar().encode(
        x=alt.X(
            "share:Q",
            title="committed of what the policy allows",
            axis=percent_axis(alt),
            scale=alt.Scale(domain=[0, top * 1.6]),
        ),
        color=alt.condition("datum.share > 1", alt.value(RED), alt.value(BLUE)),
        tooltip=["host:N", "resource:N", "said:N"],
        description="tip:N",
    )
    words = base.mark_text(align="left", dx=5, color=GREY).encode(x="end:Q", text="said:N")
    full = base.mark_rule(color=GREY, strokeDash=[4, 3]).encode(
        x=alt.datum(1), y=alt.value(0), y2=alt.value("height")
    )
    chart = alt.layer(bars, words, full).properties(width=WIDTH, height=alt.Step(STEP))
    facets = chart.facet(row=alt.Row("host:N", title=None, sort=None, header=row_header(alt)), spacing=8)
    return styled(facets, title, interactive=interactive)


def cpu(frame: pd.DataFrame, *, interactive: bool = False) -> Chart:
    """Draw the CPU that each guest used, in vCPUs, within the vCPUs that it has.

    Parameters
    ----------
    frame
        `Rates.domains`: name, cpu_used_vcpus, vcpus; the last interval of each guest is drawn.
    interactive
        With tooltips.

    Returns
    -------
    Chart
        Altair's, drawn as SVG.
    """
    alt = load_altair()
    title = "CPU used by each guest"
    rows: list[dict[str, Any]] = []
    for row in listing.records(newest(frame)):
        if row["cpu_used_vcpus"] is not None:
            guest = shorten(str(row["name"]), 30)
            said = f"{row['cpu_used_vcpus']:.2f} of {number(row['vcpus'])}"
            rows.append(
                {
                    "guest": guest,
                    "used": row["cpu_used_vcpus"],
                    "vcpus": row["vcpus"],
                    "said": said,
                    "tip": f"{guest}: {said} vCPUs",
                }
            )
    if not rows:
        return nothing(title, frame, "cpu_used_vcpus")
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=guests_axis(alt, rows), description="tip:N")
    room = base.mark_bar(fill=GREY, fillOpacity=0.2).encode(x=alt.X("vcpus:Q", title="vCPUs"))
    used = base.mark_bar(color=BLUE, height=STEP * 0.45).encode(x="used:Q", tooltip=["guest:N", "said:N"])
    words = words_beside(alt, base, rows, ("vcpus", "used"))
    layers = alt.layer(room, used, words).properties(width=WIDTH, height=alt.Step(STEP))
    return styled(layers, title, interactive=interactive)


def memory(frame: pd.DataFrame, *, interactive: bool = False) -> Chart:
    """Draw each guest's memory: used inside, held on the host, and given to it.

    Parameters
    ----------
    frame
        `Stats.domains`: name, memory_used_bytes, memory_rss_bytes, memory_current_bytes.
    interactive
        With tooltips.

    Returns
    -------
    Chart
        Altair's, drawn as SVG.
    """
    title = "Memory of each guest"
    columns = {
        "used in the guest": "memory_used_bytes",
        "held on the host": "memory_rss_bytes",
        "given to it": "memory_current_bytes",
    }
    rows = [
        _bytes(row["name"], what, row[column], size(row[column]))
        for row in listing.records(newest(frame))
        for what, column in columns.items()
        if row[column] is not None
    ]
    if not rows:
        return nothing(title, frame, *columns.values())
    return _grouped(rows, list(columns), (BLUE, TEAL, GREY), title, interactive=interactive)


def disks(frame: pd.DataFrame, *, interactive: bool = False) -> Chart:
    """Draw what each guest read and wrote a second, all of its disks together.

    Parameters
    ----------
    frame
        `Rates.disks`: name, read_bytes_per_second, write_bytes_per_second; the last interval is drawn.
    interactive
        With tooltips.

    Returns
    -------
    Chart
        Altair's, drawn as SVG.
    """
    ways = {"read": "read_bytes_per_second", "written": "write_bytes_per_second"}
    return _ways(frame, ways, "Disks of each guest", interactive=interactive)


def nics(frame: pd.DataFrame, *, interactive: bool = False) -> Chart:
    """Draw what each guest received and sent a second, all of its interfaces together.

    Parameters
    ----------
    frame
        `Rates.nics`: name, rx_bytes_per_second, tx_bytes_per_second; the last interval is drawn.
    interactive
        With tooltips.

    Returns
    -------
    Chart
        Altair's, drawn as SVG.
    """
    ways = {"received": "rx_bytes_per_second", "sent": "tx_bytes_per_second"}
    return _ways(frame, ways, "Network of each guest", interactive=interactive)


def memory_waterfall(frame: pd.DataFrame, name: str, *, interactive: bool = False) -> Chart:
    """Draw where one guest's memory goes, from what it is defined with down to what it uses.

    Where the guest does not report its memory, the chart says which figures are missing.

    Parameters
    ----------
    frame
        `Stats.domains`.
    name
        The guest.
    interactive
        With tooltips.

    Returns
    -------
    Chart
        Altair's, drawn as SVG.

    Raises
    ------
    ValueError
        The frame has no such guest; the message says which there are.
    """
    title = f"Memory of {shorten(name, 40)}"
    found = [row for row in listing.records(newest(frame)) if row["name"] == name]
    if not found:
        known = listing.there_is(name, frame["name"].astype(str).unique())
        raise ValueError(f"no guest {name!r} in the frame; {known}")
    row = found[0]
    steps = ("memory_bytes", "memory_current_bytes", "memory_available_bytes", "memory_usable_bytes")
    lacking = [step for step in (*steps, "memory_unused_bytes") if row[step] is None]
    if lacking:
        return said_alone(title, f"it does not report {', '.join(lacking)}; stats.trust may say why")
    defined, current, available, usable = (row[step] for step in steps)
    unused = min(row["memory_unused_bytes"], usable)
    used = available - usable
    bars = [
        ("defined", 0, defined, GREY),
        ("not given by the balloon", current, defined, ORANGE),
        ("kept by firmware and kernel", available, current, ORANGE),
        ("unused", available - unused, available, TEAL),
        ("caches that can go", used, available - unused, TEAL),
        ("used", 0, used, BLUE),
        ("held by QEMU on the host", 0, row["memory_rss_bytes"] or 0, GREY),
    ]
    alt = load_altair()
    scale, unit = binary(max(high for _, _, high, _ in bars))
    rows = [
        {
            "what": what,
            "low": low / scale,
            "high": high / scale,
            "colour": colour,
            "said": size(high - low),
            "tip": f"{what}: {size(high - low)}",
        }
        for what, low, high, colour in bars
    ]
    longest = max(high for _, _, high, _ in bars) / scale
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("what:N", title=None, sort=None, axis=labels(alt, (one["what"] for one in rows))),
    )
    drawn = base.mark_bar().encode(
        x=alt.X("low:Q", title=unit, scale=alt.Scale(domain=[0, longest * 1.2])),
        x2="high:Q",
        color=alt.Color("colour:N", scale=None),
        tooltip=["what:N", "said:N"],
        description="tip:N",
    )
    words = base.mark_text(align="left", dx=4, color=GREY).encode(x="high:Q", text="said:N")
    chart = alt.layer(drawn, words).properties(width=WIDTH, height=alt.Step(STEP))
    return styled(chart, title, interactive=interactive)


def _ways(frame: pd.DataFrame, ways: Mapping[str, str], title: str, *, interactive: bool) -> Any:
    columns = list(ways.values())
    sums = newest(frame, per_part=True).groupby("name", sort=False)[columns].sum(min_count=1)
    rows = [
        _bytes(row["name"], what, row[column], f"{size(row[column])}/s")
        for row in listing.records(sums.reset_index())
        for what, column in ways.items()
        if row[column] is not None
    ]
    if not rows:
        return nothing(title, frame, *columns)
    return _grouped(rows, list(ways), (BLUE, ORANGE), title, "/s", interactive=interactive)


def _bytes(name: object, what: str, value: float, said: str) -> dict[str, Any]:
    guest = shorten(str(name), 30)
    return {
        "guest": guest,
        "what": what,
        "value": value,
        "said": said,
        "tip": f"{guest}, {what}: {said}",
    }


def _grouped(
    rows: list[dict[str, Any]],
    order: list[str],
    colours: Sequence[str],
    title: str,
    a_time: str = "",
    *,
    interactive: bool,
) -> Any:
    """Draw a group of bars of bytes a guest, each with its words beside it."""
    alt = load_altair()
    scale, unit = binary(max(row["value"] for row in rows))
    for row in rows:
        row["value"] /= scale
    top = max(row["value"] for row in rows) or 1
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=guests_axis(alt, rows),
        yOffset=alt.YOffset("what:N", sort=order),
        x=alt.X("value:Q", title=f"{unit}{a_time}", scale=alt.Scale(domain=[0, top * 1.25])),
        description="tip:N",
    )
    legend = alt.Legend(title=None, orient="top", columnPadding=16)
    bars = base.mark_bar().encode(
        color=alt.Color(
            "what:N", scale=alt.Scale(domain=order, range=list(colours)), sort=order, legend=legend
        ),
        tooltip=["guest:N", "what:N", "said:N"],
    )
    words = base.mark_text(align="left", dx=4, fontSize=10, color=GREY).encode(text="said:N")
    height = alt.Step(STEP * 0.7, **{"for": "offset"})
    layers = alt.layer(bars, words).properties(width=WIDTH, height=height)
    return styled(layers, title, interactive=interactive)
