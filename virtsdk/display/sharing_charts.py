"""Charts of how guests share hosts (extra ``[plot]``); as `virtsdk.display.charts`."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

from virtsdk.display import listing
from virtsdk.display.bars import bars
from virtsdk.display.chart_style import (
    BLUE,
    GREY,
    ORANGE,
    RED,
    TEAL,
    WIDTH,
    load_altair,
    nothing,
    percent_axis,
    styled,
)
from virtsdk.display.text import figure, percent, shorten

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.display.chart_style import Chart

_MOST = 20
_HIGH = 260


def frontier(frame: pd.DataFrame, *, interactive: bool = False) -> Chart:
    """Draw steal against vCPUs per CPU, up to half of the demand, and where the fleet is now.

    Parameters
    ----------
    frame
        `OvercommitReport.frame`.
    interactive
        With tooltips.
    """
    title = "Steal to expect by vCPUs per CPU"
    if not len(frame):
        return nothing(title, frame)
    alt = load_altair()
    kinds = {"mean host": "steal_mean", "nine in ten hosts stay below": "steal_p90"}
    here, others = frame["ratio"][frame["here"]], frame["ratio"][~frame["here"]]
    beyond = bool(len(here) and here.iloc[0] > others.max())
    until = float(others[frame["steal_mean"] > 0.25].min())
    until = float(others.max()) if isnan(until) else until
    near = frame[frame["ratio"] <= (until if beyond or not len(here) else max(until, float(here.iloc[0])))]
    if beyond:
        title += f" (now {figure(here.iloc[0])} : 1, beyond what is drawn)"
    rows = [
        {"ratio": row["ratio"], "steal": row[column], "kind": kind,
         "tip": f"{figure(row['ratio'])} : 1, {kind}: {percent(row[column])}"}
        for row in listing.records(near)
        for kind, column in kinds.items()
    ]  # fmt: skip
    colours = alt.Scale(domain=list(kinds), range=[BLUE, ORANGE])
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("ratio:Q", title="vCPUs per CPU", scale=alt.Scale(zero=False)),
        y=alt.Y("steal:Q", title="of the CPU time asked for", axis=percent_axis(alt)),
        color=alt.Color("kind:N", title=None, scale=colours, legend=alt.Legend(orient="top", labelLimit=300)),
    )
    layers: list[Any] = [
        base.mark_line(),
        base.mark_point(filled=True, size=30).encode(tooltip=["tip:N"], description="tip:N"),
    ]
    here = [
        {
            "ratio": row["ratio"],
            "said": f"you are here: {figure(row['ratio'], 2)} : 1",
            "tip": "the present ratio",
        }
        for row in listing.records(near)
        if row["here"]
    ]
    if here:
        mark = alt.Chart(alt.InlineData(values=here)).encode(x="ratio:Q", description="tip:N")
        layers.append(mark.mark_rule(color=TEAL, strokeDash=[4, 3], strokeWidth=1.5))
        layers.append(
            mark.mark_text(color=TEAL, align="left", dx=5, baseline="top").encode(
                text="said:N", y=alt.value(2)
            )
        )
    chart = alt.layer(*layers).properties(width=WIDTH, height=_HIGH)
    return styled(chart, title, interactive=interactive)


def overlap(frame: pd.DataFrame, title: str, *, interactive: bool = False) -> Chart:
    """Draw the guests' own peaks together beside the peak of all of them, two bars a host.

    Parameters
    ----------
    frame
        `OverlapReport.frame`: host, own_peaks_vcpus, peak_vcpus.
    title
        The title of the chart.
    interactive
        With tooltips.
    """
    kinds = {"guests' own peaks": ("own_peaks_vcpus", GREY), "peak of the sum": ("peak_vcpus", BLUE)}
    rows = [
        {
            "what": f"{shorten(row['host'] or 'all hosts', 24)}, {kind}",
            "value": row[column],
            "said": figure(row[column])
            + (
                f", {percent(row['overlap'])} of own peaks"
                if column == "peak_vcpus" and row["overlap"] is not None
                else ""
            ),
            "colour": colour,
        }
        for row in listing.records(frame.iloc[:_MOST])
        for kind, (column, colour) in kinds.items()
    ]
    return bars(frame, rows, "vCPUs' worth", title, interactive=interactive, room=0.45)


def victims(frame: pd.DataFrame, title: str, *, interactive: bool = False) -> Chart:
    """Draw the steal of the guests that have most, with their first suspect.

    Parameters
    ----------
    frame
        `ContentionReport.frame`: name, steal, suspect_name, correlation.
    title
        The title of the chart.
    interactive
        With tooltips.
    """
    rows = [
        {
            "what": shorten(str(row["name"]), 30),
            "value": row["steal"],
            "said": percent(row["steal"])
            + (f", with {shorten(row['suspect_name'], 20)}" if row["suspect_name"] else ""),
            "colour": RED if row["victim"] else BLUE,
        }
        for row in listing.records(frame.drop_duplicates(["host", "domain"]).iloc[:_MOST])
        if row["steal"] is not None
    ]
    unit = "of the CPU time that it asked for"
    return bars(frame, rows, unit, title, interactive=interactive, scale="percent", room=0.45)
