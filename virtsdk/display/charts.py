"""Charts of frames (extra ``[plot]``): each function takes a frame and returns an Altair chart.

Plain frames in, so that they serve live samples, recordings and frames from elsewhere. Text and axes have a
grey that reads on white and on black, the background is transparent, and what a colour says a label says too.
A notebook draws them as pictures in the page: nothing is loaded from a network, and an exported page keeps
them.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    guests_axis,
    labels,
    load_altair,
    milliseconds,
    newest,
    number,
    plain,
    row_header,
    styled,
    time_axis,
    words_beside,
)
from virtsdk.display.text import shorten, size

if TYPE_CHECKING:
    import pandas as pd


def headroom(frame: pd.DataFrame) -> Any:
    """Draw what each host has committed of what it may, a bar a resource; 100 % is full.

    Parameters
    ----------
    frame
        `HeadroomReport.frame`: host, vcpus_share, memory_share and the figures behind them.
    """
    alt = load_altair()
    rows: list[dict[str, Any]] = []
    for row in plain(frame):
        for resource, share, said in (
            (
                "vCPUs",
                row["vcpus_share"],
                f"{number(row['vcpus_committed'])} of {number(row['vcpus_capacity'])}",
            ),
            (
                "memory",
                row["memory_share"],
                f"{size(row['memory_committed_bytes'])} of {size(row['memory_capacity_bytes'])}",
            ),
        ):
            rows.append(
                {"host": shorten(str(row["host"]), 30), "resource": resource, "share": share, "said": said}
            )
    top = max([1.0, *(row["share"] for row in rows if row["share"] is not None)])
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("resource:N", title=None, sort=["vCPUs", "memory"]),
        x=alt.X(
            "share:Q",
            title="committed of what the policy allows",
            axis=alt.Axis(format="%", tickCount=5),
            scale=alt.Scale(domain=[0, top * 1.3]),
        ),
    )
    bars = base.mark_bar().encode(
        color=alt.condition("datum.share > 1", alt.value(RED), alt.value(BLUE)),
        tooltip=["host:N", "resource:N", alt.Tooltip("share:Q", format=".0%"), "said:N"],
    )
    words = base.mark_text(align="left", dx=5, color=GREY).encode(text="said:N")
    full = base.mark_rule(color=GREY, strokeDash=[4, 3]).encode(
        x=alt.datum(1), y=alt.value(0), y2=alt.value("height")
    )
    chart = alt.layer(bars, words, full).properties(width=WIDTH, height=alt.Step(STEP))
    facets = chart.facet(row=alt.Row("host:N", title=None, sort=None, header=row_header(alt)), spacing=8)
    return styled(facets, "Headroom: vCPUs and memory committed")


def cpu(frame: pd.DataFrame) -> Any:
    """Draw the CPU that each guest used, in vCPUs, within the vCPUs that it has.

    Parameters
    ----------
    frame
        `Rates.domains`: name, cpu_used_vcpus, vcpus; the last interval of each guest is drawn.
    """
    alt = load_altair()
    rows = [
        {
            "guest": shorten(str(row["name"]), 30),
            "used": row["cpu_used_vcpus"],
            "vcpus": row["vcpus"],
            "said": f"{row['cpu_used_vcpus']:.2f} of {number(row['vcpus'])}",
        }
        for row in plain(newest(frame))
        if row["cpu_used_vcpus"] is not None
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=guests_axis(alt, rows))
    room = base.mark_bar(fill=GREY, fillOpacity=0.2).encode(x=alt.X("vcpus:Q", title="vCPUs"))
    used = base.mark_bar(color=BLUE, height=STEP * 0.45).encode(x="used:Q", tooltip=["guest:N", "said:N"])
    words = words_beside(alt, base, rows, ("vcpus", "used"))
    return styled(
        alt.layer(room, used, words).properties(width=WIDTH, height=alt.Step(STEP)), "CPU used by each guest"
    )


def memory(frame: pd.DataFrame) -> Any:
    """Draw each guest's memory: used inside, held on the host, and given to it.

    Parameters
    ----------
    frame
        `Stats.domains`: name, memory_used_bytes, memory_rss_bytes, memory_current_bytes.
    """
    alt = load_altair()
    rows: list[dict[str, Any]] = []
    for row in plain(newest(frame)):
        for what, column in (
            ("used in the guest", "memory_used_bytes"),
            ("held on the host", "memory_rss_bytes"),
            ("given to it", "memory_current_bytes"),
        ):
            if row[column] is not None:
                rows.append(
                    {
                        "guest": shorten(str(row["name"]), 30),
                        "what": what,
                        "mib": row[column] / 2**20,
                        "said": size(row[column]),
                    }
                )
    order = ["used in the guest", "held on the host", "given to it"]
    return _grouped(alt, rows, order, (BLUE, TEAL, GREY), "mib", "MiB", "Memory of each guest")


def disks(frame: pd.DataFrame) -> Any:
    """Draw what each guest read and wrote a second, all of its disks together.

    Parameters
    ----------
    frame
        `Rates.disks`: name, read_bytes_per_second, write_bytes_per_second; the last interval is drawn.
    """
    return _ways(
        frame, ("read", "read_bytes_per_second"), ("written", "write_bytes_per_second"), "Disks of each guest"
    )


def nics(frame: pd.DataFrame) -> Any:
    """Draw what each guest received and sent a second, all of its interfaces together.

    Parameters
    ----------
    frame
        `Rates.nics`: name, rx_bytes_per_second, tx_bytes_per_second; the last interval is drawn.
    """
    return _ways(
        frame, ("received", "rx_bytes_per_second"), ("sent", "tx_bytes_per_second"), "Network of each guest"
    )


def heatmap(frame: pd.DataFrame, value: str = "busy_percent", *, title: str = "CPU of each host") -> Any:
    """Draw one figure of each host over time, a row a host: the darker, the more of 100 %.

    Parameters
    ----------
    frame
        `NodeRates.total`, or any frame with host, time and the column.
    value
        The column, in percent.
    title
        The title of the chart.
    """
    alt = load_altair()
    rows = [
        {
            "host": shorten(str(row["host"]), 30),
            "begin": milliseconds(row["time"]) - 1000 * row["seconds"],
            "end": milliseconds(row["time"]),
            "value": row[value],
            "said": f"{row[value]:.1f} %",
        }
        for row in plain(frame)
        if row[value] is not None
    ]
    scale = alt.Scale(domain=[0, 100], range=["#dbe7f7", "#08306b"], clamp=True)
    legend = alt.Legend(title=None, labelExpr="datum.label + ' %'", gradientLength=80)
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_rect(stroke=GREY, strokeOpacity=0.3)
        .encode(
            x=time_axis(alt, rows, "begin"),
            x2="end:T",
            y=alt.Y("host:N", title=None, sort=None, axis=labels(alt, (one["host"] for one in rows))),
            color=alt.Color("value:Q", scale=scale, legend=legend),
            tooltip=["host:N", alt.Tooltip("end:T", title="until"), "said:N"],
        )
        .properties(width=WIDTH, height=alt.Step(STEP))
    )
    return styled(chart, title)


def memory_waterfall(frame: pd.DataFrame, name: str) -> Any:
    """Draw where one guest's memory goes, from what it is defined with down to what it uses.

    Parameters
    ----------
    frame
        `Stats.domains`.
    name
        The guest.

    Raises
    ------
    ValueError
        The frame has no such guest, or the guest does not report its memory.
    """
    found = [row for row in plain(newest(frame)) if row["name"] == name]
    if not found:
        raise ValueError(
            f"there is no guest {name!r} in the frame; there are {listing.names(frame['name'].unique())}"
        )
    row = found[0]
    steps = ("memory_bytes", "memory_current_bytes", "memory_available_bytes", "memory_usable_bytes")
    lacking = [step for step in (*steps, "memory_unused_bytes") if row[step] is None]
    if lacking:
        raise ValueError(f"guest {name!r} does not report {', '.join(lacking)}; stats.trust may say why")
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
    rows = [
        {"what": what, "low": low / 2**20, "high": high / 2**20, "colour": colour, "said": size(high - low)}
        for what, low, high, colour in bars
    ]
    longest = max(high for _, _, high, _ in bars) / 2**20
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("what:N", title=None, sort=None, axis=labels(alt, (one["what"] for one in rows))),
    )
    drawn = base.mark_bar().encode(
        x=alt.X("low:Q", title="MiB", scale=alt.Scale(domain=[0, longest * 1.2])),
        x2="high:Q",
        color=alt.Color("colour:N", scale=None),
        tooltip=["what:N", "said:N"],
    )
    words = base.mark_text(align="left", dx=4, color=GREY).encode(x="high:Q", text="said:N")
    chart = alt.layer(drawn, words).properties(width=WIDTH, height=alt.Step(STEP))
    return styled(chart, f"Memory of {shorten(name, 40)}")


def usage(frame: pd.DataFrame, *, most: int = 10) -> Any:
    """Draw the CPU that guests used over time, a picture a guest; where nothing is known there is a gap.

    Parameters
    ----------
    frame
        `Recording.usage` or `Rates.usage`: host, domain, name, time, cpu_used_vcpus.
    most
        Draw only so many, the busiest.
    """
    alt = load_altair()
    busiest = frame.groupby(["host", "domain"])["cpu_used_vcpus"].mean().nlargest(most).index
    chosen = frame.set_index(["host", "domain"]).loc[busiest].reset_index()
    several = frame["host"].nunique() > 1
    rows = [
        {
            "guest": shorten(f"{row['host']} {row['name']}" if several else str(row["name"]), 30),
            "time": milliseconds(row["time"]),
            "value": row["cpu_used_vcpus"],
        }
        for row in plain(chosen)
    ]
    areas = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_area(color=BLUE, fillOpacity=0.35, line={"color": BLUE})
        .encode(
            x=time_axis(alt, rows, "time"),
            y=alt.Y("value:Q", title="vCPUs", axis=alt.Axis(tickCount=3)),
            tooltip=["guest:N", alt.Tooltip("value:Q", title="vCPUs", format=".2f"), "time:T"],
        )
        .properties(width=WIDTH, height=50)
    )
    left_out = frame.groupby(["host", "domain"]).ngroups - len(busiest)
    title = "CPU used by each guest" + (f", {left_out} less busy ones left out" if left_out else "")
    facets = areas.facet(row=alt.Row("guest:N", title=None, sort=None, header=row_header(alt)), spacing=8)
    return styled(facets, title)


def latency(frame: pd.DataFrame) -> Any:
    """Draw how long reads and writes of each disk took over time, in milliseconds; interruptions are gaps.

    Parameters
    ----------
    frame
        `Rates.disks`: name, disk, time, read_latency_seconds, write_latency_seconds.
    """
    alt = load_altair()
    rows = [
        {
            "disk": f"{shorten(str(row['name']), 30)} {row['disk']}",
            "time": milliseconds(row["time"]),
            "what": what,
            "value": None if row[column] is None else 1000 * row[column],
        }
        for row in plain(frame)
        for what, column in (("read", "read_latency_seconds"), ("write", "write_latency_seconds"))
    ]
    colours = alt.Scale(domain=["read", "write"], range=[BLUE, ORANGE])
    lines = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(point=True)
        .encode(
            x=time_axis(alt, rows, "time"),
            y=alt.Y("value:Q", title="ms"),
            color=alt.Color("what:N", scale=colours, legend=alt.Legend(title=None, orient="top")),
            strokeDash=alt.StrokeDash("what:N", legend=None),
            tooltip=["disk:N", "what:N", alt.Tooltip("value:Q", title="ms", format=".2f"), "time:T"],
        )
        .properties(width=WIDTH, height=70)
    )
    facets = lines.facet(row=alt.Row("disk:N", title=None, sort=None, header=row_header(alt)), spacing=10)
    return styled(facets.resolve_scale(y="independent"), "Time that a request took")


def _ways(frame: pd.DataFrame, one: tuple[str, str], other: tuple[str, str], title: str) -> Any:
    alt = load_altair()
    sums = newest(frame, per_part=True).groupby("name", sort=False)[[one[1], other[1]]].sum(min_count=1)
    rows: list[dict[str, Any]] = []
    for row in plain(sums.reset_index()):
        for what, column in (one, other):
            if row[column] is not None:
                rows.append(
                    {
                        "guest": shorten(str(row["name"]), 30),
                        "what": what,
                        "mib": row[column] / 2**20,
                        "said": f"{size(row[column])}/s",
                    }
                )
    return _grouped(alt, rows, [one[0], other[0]], (BLUE, ORANGE), "mib", "MiB a second", title)


def _grouped(
    alt: Any,
    rows: list[dict[str, Any]],
    order: list[str],
    colours: Sequence[str],
    value: str,
    unit: str,
    title: str,
) -> Any:
    """A group of bars a guest, each with its words beside it."""
    top = max([row[value] for row in rows], default=1) or 1
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=guests_axis(alt, rows),
        yOffset=alt.YOffset("what:N", sort=order),
        x=alt.X(f"{value}:Q", title=unit, scale=alt.Scale(domain=[0, top * 1.25])),
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
    return styled(alt.layer(bars, words).properties(width=WIDTH, height=height), title)
