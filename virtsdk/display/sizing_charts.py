"""Charts of sizes that guests have and need, and of idle guests (extra ``[plot]``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from virtsdk.display import listing
from virtsdk.display.chart_style import (
    BLUE,
    GREY,
    ORANGE,
    RED,
    STEP,
    WIDTH,
    guests_axis,
    labels,
    load_altair,
    nothing,
    row_header,
    styled,
)
from virtsdk.display.text import shorten, size

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.display.chart_style import Chart

_MOST = 20
_COLOURS = {"shrink": BLUE, "grow": RED, "keep": GREY, "unknown": GREY}


def sizes(frame: pd.DataFrame, title: str, *, interactive: bool = False) -> Chart:
    """Draw what each guest has, as an outline, and what is recommended, as a bar: of vCPUs and of memory.

    Parameters
    ----------
    frame
        `RightsizingReport.frame`, those to be drawn first.
    title
        The title of the chart.
    interactive
        With tooltips.
    """
    rows: list[dict[str, Any]] = []
    several = frame["host"].nunique() > 1
    for row in listing.records(frame.head(_MOST)):
        guest = shorten(f"{row['host']} {row['name']}" if several else str(row["name"]), 30)
        for what, stem, unit, action in (
            ("vCPUs", "vcpus", 1, row["cpu_action"]),
            ("memory, GiB", "memory_bytes", 2**30, row["memory_action"]),
        ):
            has, wanted = row[stem], row[f"recommended_{stem}"]
            if has is None:
                continue
            write = size if unit > 1 else str
            said = "unknown" if wanted is None else f"{write(wanted)} of {write(has)}"
            if wanted is not None and action != "keep":
                said += ", provisional" if action == "unknown" else f", {action}"
            rows.append(
                {
                    "guest": guest,
                    "what": what,
                    "has": has / unit,
                    "wanted": None if wanted is None else wanted / unit,
                    "end": max(has, wanted or 0) / unit,
                    "said": said,
                    "tip": f"{guest}, {what}: {said}",
                    "colour": _COLOURS[action],
                }
            )
    if not rows:
        return nothing(title, frame, "vcpus")
    alt = load_altair()
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=guests_axis(alt, rows))
    tips = {"tooltip": ["guest:N", "what:N", "said:N"], "description": "tip:N"}
    outline = base.mark_bar(filled=False, stroke=GREY).encode(x=alt.X("has:Q", title=None))
    bars = base.mark_bar(height=10).encode(
        x=alt.X("wanted:Q", title=None), color=alt.Color("colour:N", scale=None), **tips
    )
    words = base.mark_text(align="left", dx=5, color=GREY).encode(x="end:Q", text="said:N")
    layers = alt.layer(outline, bars, words).properties(width=WIDTH, height=alt.Step(STEP))
    facets = layers.facet(
        row=alt.Row("what:N", title=None, sort="descending", header=row_header(alt)), spacing=8
    ).resolve_scale(x="independent")
    return styled(facets, title, interactive=interactive)


def idle(frame: pd.DataFrame, title: str, *, interactive: bool = False) -> Chart:
    """Draw which rules call each guest idle, a column a rule.

    Parameters
    ----------
    frame
        `IdleReport.frame`: host, name, rule, idle, because; of the guests to be drawn.
    title
        The title of the chart.
    interactive
        With tooltips.
    """
    guests = list(dict.fromkeys(zip(frame["host"], frame["domain"], strict=True)))[:_MOST]
    several = frame["host"].nunique() > 1
    rows: list[dict[str, Any]] = []
    for row in listing.records(frame):
        if (row["host"], row["domain"]) not in guests:
            continue
        guest = shorten(f"{row['host']} {row['name']}" if several else str(row["name"]), 30)
        said = "unknown" if row["idle"] is None else "idle" if row["idle"] else "in use"
        rows.append(
            {
                "guest": guest,
                "rule": row["rule"],
                "said": said,
                "because": row["because"],
                "tip": f"{guest}, {row['rule']}: {said}; {row['because']}",
                "colour": ORANGE if row["idle"] else GREY,
            }
        )
    if not rows:
        return nothing(title, frame)
    alt = load_altair()
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_text()
        .encode(
            x=alt.X("rule:N", title=None, sort=None, axis=alt.Axis(orient="top", labelAngle=0)),
            y=alt.Y("guest:N", title=None, sort=None, axis=labels(alt, (one["guest"] for one in rows))),
            text="said:N",
            color=alt.Color("colour:N", scale=None),
            tooltip=["guest:N", "rule:N", "said:N", "because:N"],
            description="tip:N",
        )
        .properties(width=WIDTH, height=alt.Step(STEP))
    )
    return styled(chart, title, interactive=interactive)
