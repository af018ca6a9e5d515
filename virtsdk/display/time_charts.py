"""Charts over time (extra ``[plot]``); `virtsdk.display.charts` has them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from virtsdk.display import listing
from virtsdk.display.chart_style import (
    BLUE,
    GREY,
    ORANGE,
    STEP,
    WIDTH,
    labels,
    load_altair,
    milliseconds,
    nothing,
    row_header,
    styled,
    time_axis,
    value_axis,
)
from virtsdk.display.text import shorten

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.display.chart_style import Chart

_FAINT = "rgba(63, 127, 212, 0.08)"  # BLUE, nearly clear: whatever the page's colour, more stands out more


def heatmap(
    frame: pd.DataFrame,
    value: str = "busy_percent",
    *,
    title: str = "CPU of each host",
    interactive: bool = False,
) -> Chart:
    """Draw one figure of each host over time, a row a host: the stronger the colour, the more of 100 %.

    Where nothing is known the page shows through; what is 0 % has a faint face.

    Parameters
    ----------
    frame
        `NodeRates.total`, or any frame with host, time, seconds and the column.
    value
        The column, in percent.
    title
        The title of the chart.
    interactive
        With tooltips; see `virtsdk.display.charts`.

    Returns
    -------
    Chart
        Altair's, drawn as SVG.
    """
    alt = load_altair()
    rows: list[dict[str, Any]] = []
    for row in listing.records(frame):
        if row[value] is not None:
            host, end = shorten(str(row["host"]), 30), row["time"]
            said = f"{row[value]:.1f} %"
            rows.append(
                {
                    "host": host,
                    "begin": milliseconds(end) - 1000 * row["seconds"],
                    "end": milliseconds(end),
                    "value": row[value],
                    "said": said,
                    "tip": f"{host}, {row['seconds']:g} s until {end:%H:%M:%S} UTC: {said}",
                }
            )
    if not rows:
        return nothing(title, frame, value)
    scale = alt.Scale(domain=[0, 100], range=[_FAINT, BLUE], clamp=True)
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
            description="tip:N",
        )
        .properties(width=WIDTH, height=alt.Step(STEP))
    )
    return styled(chart, title, interactive=interactive)


def usage(frame: pd.DataFrame, *, most: int = 10, interactive: bool = False) -> Chart:
    """Draw the CPU that guests used over time, a picture a guest; where nothing is known there is a gap.

    Parameters
    ----------
    frame
        `Recording.usage` or `Rates.usage`: host, domain, name, time, cpu_used_vcpus.
    most
        Draw only so many, the busiest.
    interactive
        With tooltips; see `virtsdk.display.charts`.

    Returns
    -------
    Chart
        Altair's, drawn as SVG.
    """
    alt = load_altair()
    title = "CPU used by each guest, in vCPUs"
    if not frame["cpu_used_vcpus"].notna().any():
        return nothing(title, frame, "cpu_used_vcpus")
    busiest = frame.groupby(["host", "domain"])["cpu_used_vcpus"].mean().nlargest(most).index
    chosen = frame.set_index(["host", "domain"]).loc[busiest].reset_index()
    several = frame["host"].nunique() > 1
    rows: list[dict[str, Any]] = []
    for row in listing.records(chosen):
        guest = shorten(f"{row['host']} {row['name']}" if several else str(row["name"]), 30)
        used, time = row["cpu_used_vcpus"], row["time"]
        said = "unknown" if used is None else f"{used:.2f} vCPUs"
        tip = f"{guest}, {time:%Y-%m-%d %H:%M:%S} UTC: {said}"
        rows.append({"guest": guest, "time": milliseconds(time), "value": used, "tip": tip})
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=time_axis(alt, rows, "time"), y=alt.Y("value:Q", title=None, axis=value_axis(alt))
    )
    areas = base.mark_area(color=BLUE, fillOpacity=0.35, line={"color": BLUE})
    tooltip = ["guest:N", alt.Tooltip("value:Q", title="vCPUs", format=".2f"), "time:T"]
    spots = base.mark_point(opacity=0, filled=True, size=120).encode(tooltip=tooltip, description="tip:N")
    layers = alt.layer(areas, spots) if interactive else areas.encode(tooltip=tooltip)
    left_out = frame.groupby(["host", "domain"]).ngroups - len(busiest)
    if left_out:
        title += f", {left_out} less busy ones left out"
    facets = layers.properties(width=WIDTH, height=50).facet(
        row=alt.Row("guest:N", title=None, sort=None, header=row_header(alt)), spacing=8
    )
    return styled(facets, title, interactive=interactive)


def latency(frame: pd.DataFrame, *, interactive: bool = False) -> Chart:
    """Draw how long reads and writes of each disk took over time, in milliseconds; interruptions are gaps.

    Parameters
    ----------
    frame
        `Rates.disks`: name, disk, time, read_latency_seconds, write_latency_seconds.
    interactive
        With tooltips; see `virtsdk.display.charts`.

    Returns
    -------
    Chart
        Altair's, drawn as SVG.
    """
    alt = load_altair()
    title = "Time that a request took, in ms"
    columns = (("read", "read_latency_seconds"), ("write", "write_latency_seconds"))
    if not frame[[column for _, column in columns]].notna().any(axis=None):
        return nothing(title, frame, *(column for _, column in columns))
    rows: list[dict[str, Any]] = []
    for row in listing.records(frame):
        disk, time = f"{shorten(str(row['name']), 30)} {row['disk']}", row["time"]
        for what, column in columns:
            value = None if row[column] is None else 1000 * row[column]
            said = "none" if value is None else f"{value:.2f} ms"
            rows.append(
                {
                    "disk": disk,
                    "time": milliseconds(time),
                    "what": what,
                    "value": value,
                    "tip": f"{disk}, {time:%H:%M:%S} UTC, {what}: {said}",
                }
            )
    colours = alt.Scale(domain=["read", "write"], range=[BLUE, ORANGE])
    lines = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(point=True)
        .encode(
            x=time_axis(alt, rows, "time"),
            y=alt.Y("value:Q", title=None, axis=value_axis(alt)),
            color=alt.Color("what:N", scale=colours, legend=alt.Legend(title=None, orient="top")),
            strokeDash=alt.StrokeDash("what:N", legend=None),
            tooltip=["disk:N", "what:N", alt.Tooltip("value:Q", title="ms", format=".2f"), "time:T"],
            description="tip:N",
        )
        .properties(width=WIDTH, height=70)
    )
    facets = lines.facet(row=alt.Row("disk:N", title=None, sort=None, header=row_header(alt)), spacing=10)
    return styled(facets.resolve_scale(y="independent"), title, interactive=interactive)
