"""Charts of frames (extra ``[plot]``): each function takes a frame and returns an Altair chart.

Plain frames in, so that they serve live samples, recordings and frames from elsewhere. Text and axes have a
grey that reads on white and on black, the background is transparent, and what a colour says a label says too.
A notebook draws them as pictures in the page: nothing is loaded from a network, and an exported page keeps
them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from virtsdk import errors
from virtsdk.display.text import shorten, size

if TYPE_CHECKING:
    import pandas as pd

GREY = "#7a7a7a"
BLUE, ORANGE, RED, TEAL = "#3f7fd4", "#d0761b", "#d64545", "#12978a"
WIDTH = 440
STEP = 24


def headroom(frame: pd.DataFrame) -> Any:
    """Draw what each host has committed of what it may, a bar a resource; 100 % is full.

    Parameters
    ----------
    frame
        `HeadroomReport.frame`: host, vcpus_share, memory_share and the figures behind them.
    """
    alt = _altair()
    rows: list[dict[str, Any]] = []
    for row in _plain(frame):
        for resource, share, said in (
            (
                "vCPUs",
                row["vcpus_share"],
                f"{_count(row['vcpus_committed'])} of {_count(row['vcpus_capacity'])}",
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
    facets = chart.facet(row=alt.Row("host:N", title=None, sort=None, header=_side(alt)), spacing=8)
    return _styled(facets, "Headroom: vCPUs and memory committed")


def cpu(frame: pd.DataFrame) -> Any:
    """Draw the CPU that each guest used, in vCPUs, within the vCPUs that it has.

    Parameters
    ----------
    frame
        `Rates.domains`: name, cpu_used_vcpus, vcpus; the last interval of each guest is drawn.
    """
    alt = _altair()
    rows = [
        {
            "guest": shorten(str(row["name"]), 30),
            "used": row["cpu_used_vcpus"],
            "vcpus": row["vcpus"],
            "said": f"{row['cpu_used_vcpus']:.2f} of {_count(row['vcpus'])}",
        }
        for row in _plain(_last(frame))
        if row["cpu_used_vcpus"] is not None
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=_guests(alt, rows))
    room = base.mark_bar(fill=GREY, fillOpacity=0.2).encode(x=alt.X("vcpus:Q", title="vCPUs"))
    used = base.mark_bar(color=BLUE, height=STEP * 0.45).encode(x="used:Q", tooltip=["guest:N", "said:N"])
    words = _beside(alt, base, rows, ("vcpus", "used"))
    return _styled(
        alt.layer(room, used, words).properties(width=WIDTH, height=alt.Step(STEP)), "CPU used by each guest"
    )


def memory(frame: pd.DataFrame) -> Any:
    """Draw each guest's memory: used inside, held on the host, and given to it.

    Parameters
    ----------
    frame
        `Stats.domains`: name, memory_used_bytes, memory_rss_bytes, memory_current_bytes.
    """
    alt = _altair()
    rows: list[dict[str, Any]] = []
    for row in _plain(_last(frame)):
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
    alt = _altair()
    rows = [
        {
            "host": shorten(str(row["host"]), 30),
            "begin": _milliseconds(row["time"]) - 1000 * row["seconds"],
            "end": _milliseconds(row["time"]),
            "value": row[value],
            "said": f"{row[value]:.1f} %",
        }
        for row in _plain(frame)
        if row[value] is not None
    ]
    scale = alt.Scale(domain=[0, 100], range=["#dbe7f7", "#08306b"], clamp=True)
    legend = alt.Legend(title=None, labelExpr="datum.label + ' %'", gradientLength=80)
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_rect(stroke=GREY, strokeOpacity=0.3)
        .encode(
            x=alt.X("begin:T", title=None, scale=alt.Scale(type="utc")),
            x2="end:T",
            y=alt.Y("host:N", title=None, sort=None, axis=_labels(alt, (one["host"] for one in rows))),
            color=alt.Color("value:Q", scale=scale, legend=legend),
            tooltip=["host:N", alt.Tooltip("end:T", title="until"), "said:N"],
        )
        .properties(width=WIDTH, height=alt.Step(STEP))
    )
    return _styled(chart, title)


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
    found = [row for row in _plain(_last(frame)) if row["name"] == name]
    if not found:
        raise ValueError(
            f"there is no guest {name!r} in the frame; there are {', '.join(frame['name'].head(8))}"
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
    alt = _altair()
    rows = [
        {"what": what, "low": low / 2**20, "high": high / 2**20, "colour": colour, "said": size(high - low)}
        for what, low, high, colour in bars
    ]
    longest = max(high for _, _, high, _ in bars) / 2**20
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("what:N", title=None, sort=None, axis=_labels(alt, (one["what"] for one in rows))),
    )
    drawn = base.mark_bar().encode(
        x=alt.X("low:Q", title="MiB", scale=alt.Scale(domain=[0, longest * 1.2])),
        x2="high:Q",
        color=alt.Color("colour:N", scale=None),
        tooltip=["what:N", "said:N"],
    )
    words = base.mark_text(align="left", dx=4, color=GREY).encode(x="high:Q", text="said:N")
    chart = alt.layer(drawn, words).properties(width=WIDTH, height=alt.Step(STEP))
    return _styled(chart, f"Memory of {shorten(name, 40)}")


def latency(frame: pd.DataFrame) -> Any:
    """Draw how long reads and writes of each disk took over time, in milliseconds; interruptions are gaps.

    Parameters
    ----------
    frame
        `Rates.disks`: name, disk, time, read_latency_seconds, write_latency_seconds.
    """
    alt = _altair()
    rows = [
        {
            "disk": f"{shorten(str(row['name']), 30)} {row['disk']}",
            "time": _milliseconds(row["time"]),
            "what": what,
            "value": None if row[column] is None else 1000 * row[column],
        }
        for row in _plain(frame)
        for what, column in (("read", "read_latency_seconds"), ("write", "write_latency_seconds"))
    ]
    colours = alt.Scale(domain=["read", "write"], range=[BLUE, ORANGE])
    lines = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(point=True)
        .encode(
            x=alt.X("time:T", title=None, scale=alt.Scale(type="utc")),
            y=alt.Y("value:Q", title="ms"),
            color=alt.Color("what:N", scale=colours, legend=alt.Legend(title=None, orient="top")),
            strokeDash=alt.StrokeDash("what:N", legend=None),
            tooltip=["disk:N", "what:N", alt.Tooltip("value:Q", title="ms", format=".2f"), "time:T"],
        )
        .properties(width=WIDTH, height=70)
    )
    facets = lines.facet(row=alt.Row("disk:N", title=None, sort=None, header=_side(alt)), spacing=10)
    return _styled(facets.resolve_scale(y="independent"), "Time that a request took")


def _ways(frame: pd.DataFrame, one: tuple[str, str], other: tuple[str, str], title: str) -> Any:
    alt = _altair()
    sums = _last(frame, per_part=True).groupby("name", sort=False)[[one[1], other[1]]].sum(min_count=1)
    rows: list[dict[str, Any]] = []
    for row in _plain(sums.reset_index()):
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
        y=_guests(alt, rows),
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
    return _styled(alt.layer(bars, words).properties(width=WIDTH, height=height), title)


def _guests(alt: Any, rows: list[dict[str, Any]]) -> Any:
    return alt.Y("guest:N", title=None, sort=None, axis=_labels(alt, (row["guest"] for row in rows)))


def _labels(alt: Any, names: Iterable[Any]) -> Any:
    """Leave the labels room: the page's font may be wider than the one that the picture was measured with."""
    return alt.Axis(labelLimit=260, minExtent=min(7 * max(map(len, names), default=0) + 8, 260))


def _beside(alt: Any, base: Any, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> Any:
    """Words behind the longer of two bars."""
    for row in rows:
        row["end"] = max((row[name] for name in columns if row[name] is not None), default=0)
    return base.mark_text(align="left", dx=5, color=GREY).encode(x="end:Q", text="said:N")


def _last(frame: pd.DataFrame, *, per_part: bool = False) -> pd.DataFrame:
    """Return the newest rows of each domain."""
    if not len(frame):
        return frame
    newest = frame.groupby(["host", "domain"], sort=False)["time"].transform("max")
    rows = frame[frame["time"] == newest]
    return rows if per_part else rows.drop_duplicates(["host", "domain"])


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values, None for what is missing."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")  # pyright: ignore


def _milliseconds(time: Any) -> float:
    """Return a time as JavaScript counts it."""
    return time.timestamp() * 1000


def _count(value: Any) -> str:
    return "?" if value is None else f"{value:g}"


def _side(alt: Any) -> Any:
    return alt.Header(
        labelAngle=0, labelAlign="left", labelColor=GREY, labelFontWeight="bold", labelLimit=200
    )


def _styled(chart: Any, title: str) -> Any:
    text = {"labelColor": GREY, "titleColor": GREY, "titleFontWeight": "normal"}
    return (
        chart.properties(title=title, background="transparent")
        .configure_view(stroke=None)
        .configure_axis(
            **text, gridColor=GREY, gridOpacity=0.15, domainColor=GREY, tickColor=GREY, tickCount=5
        )
        .configure_legend(labelColor=GREY)
        .configure_title(color=GREY, anchor="start", fontWeight="bold")
    )


def _altair() -> Any:
    """Return Altair, drawing pictures in the page unless the user chose another renderer."""
    try:
        import altair
        import vl_convert  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except ImportError as error:
        raise errors.MissingDependency("charts need Altair", extra="plot", package=error.name) from error
    if altair.renderers.active == "default":
        altair.renderers.enable("svg")
    return altair
