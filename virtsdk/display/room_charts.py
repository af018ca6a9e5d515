"""Charts of answers about room (extra ``[plot]``); as `virtsdk.display.charts`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from virtsdk.display import listing
from virtsdk.display.chart_style import (
    BLUE,
    GREY,
    RED,
    STEP,
    TEAL,
    WIDTH,
    labels,
    load_altair,
    nothing,
    styled,
)
from virtsdk.display.text import shorten, size

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.display.chart_style import Chart

_MOST = 20


def two_ways(frame: pd.DataFrame, *, interactive: bool = False) -> Chart:
    """Draw what is promised beside what is used, four bars a host; 100 % is full.

    Parameters
    ----------
    frame
        `HeadroomReport.frame` with demand: the shares, ``vcpus_demand_share``, ``memory_demand_share``.
    interactive
        With tooltips.
    """
    rows = [
        {
            "what": f"{shorten(str(row['host']), 24)}, {title} {how}",
            "share": row[column],
            "said": "not known" if row[column] is None else f"{row[column]:.0%} {how}",
            "colour": colour if row[column] is None or row[column] <= 1 else RED,
        }
        for row in listing.records(frame)
        for title, stem in (("vCPUs", "vcpus"), ("memory", "memory"))
        for how, column, colour in (
            ("promised", f"{stem}_share", BLUE),
            ("used", f"{stem}_demand_share", TEAL),
        )
    ]
    unit = "promised: of what the policy allows; used: of what is there"
    return _bars(frame, rows, unit, "Headroom: promised and used", interactive=interactive, share=True)


def failures(frame: pd.DataFrame, title: str, *, interactive: bool = False) -> Chart:
    """Draw how much of the room left each failure needs, the first rows of the frame.

    Parameters
    ----------
    frame
        `NPlusReport.frame`: failed, ok, share.
    title
        The title of the chart.
    interactive
        With tooltips.
    """
    words = {True: "fits", False: "does not fit", None: "not decided"}
    rows = [
        {
            "what": shorten(str(row["failed"]) or "any", 30),
            "share": None if row["share"] == float("inf") else row["share"],
            "said": words[row["ok"]]
            + (", no room" if row["share"] == float("inf") else f", {100 * row['share']:.0f} %"),
            "colour": RED if row["ok"] is False else GREY if row["ok"] is None else BLUE,
        }
        for row in listing.records(frame.head(_MOST))
    ]
    return _bars(frame, rows, "of the room left on the others", title, interactive=interactive, share=True)


def guests_left(frame: pd.DataFrame, *, interactive: bool = False) -> Chart:
    """Draw how many more guests each host takes.

    Parameters
    ----------
    frame
        `GuestsLeft.frame`: host, more, stopped_by.
    interactive
        With tooltips.
    """
    rows = [
        {
            "what": shorten(str(row["host"]), 30),
            "share": row["more"],
            "said": "not known" if row["more"] is None else f"{row['more']}, {row['stopped_by']}",
            "colour": BLUE,
        }
        for row in listing.records(frame)
    ]
    return _bars(frame, rows, "more guests", "Guests that still fit", interactive=interactive)


def changes(frame: pd.DataFrame, *, interactive: bool = False) -> Chart:
    """Draw how many guests changed, a bar a kind of change.

    Parameters
    ----------
    frame
        `FleetDiff.frame`: change.
    interactive
        With tooltips.
    """
    counts = frame["change"].value_counts()
    rows = [
        {"what": str(change), "share": int(number), "said": str(number), "colour": BLUE}
        for change, number in counts.items()
    ]
    return _bars(frame, rows, "guests", "What changed", interactive=interactive)


def placement(frame: pd.DataFrame, title: str, *, interactive: bool = False) -> Chart:
    """Draw how many guests each host holds in a placement.

    Parameters
    ----------
    frame
        `PlacementReport.frame`: host, to.
    title
        The title of the chart.
    interactive
        With tooltips.
    """
    before, after = frame["host"].value_counts(), frame["to"].value_counts()
    names = sorted(set(before.index) | set(after.index), key=lambda name: (-after.get(name, 0), name))
    rows = [
        {
            "what": shorten(str(name), 30),
            "share": int(after.get(name, 0)),
            "said": f"{int(after.get(name, 0))}, now {int(before.get(name, 0))}",
            "colour": BLUE,
        }
        for name in names[:_MOST]
    ]
    return _bars(frame, rows, "guests", title, interactive=interactive)


def shares(frame: pd.DataFrame, title: str, *, interactive: bool = False) -> Chart:
    """Draw the largest share of each host, before and after moves; those over their capacity in red.

    Parameters
    ----------
    frame
        `RebalanceReport.shares`: host, before, after.
    title
        The title of the chart.
    interactive
        With tooltips.
    """
    fullest = frame.sort_values(["before", "host"], ascending=[False, True], kind="stable").head(_MOST // 2)
    rows: list[dict[str, Any]] = []
    for row in listing.records(fullest):
        for when in ("before", "after"):
            share = row[when]
            said = "no capacity" if share == float("inf") else f"{100 * share:.0f} %"
            rows.append(
                {
                    "what": f"{shorten(str(row['host']), 30)}, {when}",
                    "share": None if share == float("inf") else share,
                    "said": said,
                    "colour": RED if share > 1 else GREY if when == "before" else BLUE,
                }
            )
    return _bars(frame, rows, "of what may be committed", title, interactive=interactive, share=True)


def rounds(frame: pd.DataFrame, title: str, *, interactive: bool = False) -> Chart:
    """Draw the memory that each round of a migration sends.

    Parameters
    ----------
    frame
        `MigrationReport.frame`: round, sent_bytes, seconds.
    title
        The title of the chart.
    interactive
        With tooltips.
    """
    rows = [
        {
            "what": f"round {row['round']}",
            "share": row["sent_bytes"] / 2**30,
            "said": f"{size(row['sent_bytes'])}, {row['seconds']:.3g} s",
            "colour": BLUE,
        }
        for row in listing.records(frame.head(_MOST))
    ]
    return _bars(frame, rows, "GiB sent", title, interactive=interactive)


def _bars(
    frame: pd.DataFrame,
    rows: list[dict[str, Any]],
    unit: str,
    title: str,
    *,
    interactive: bool,
    share: bool = False,
) -> Any:
    if not rows:
        return nothing(title, frame)
    alt = load_altair()
    for row in rows:
        row["tip"] = f"{row['what']}: {row['said']}"
    top = max([1.0, *(row["share"] for row in rows if row["share"] is not None)])
    axis = alt.Axis(format="%", tickCount=5) if share else alt.Axis(tickCount=5)
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("what:N", title=None, sort=None, axis=labels(alt, (one["what"] for one in rows))),
        x=alt.X("share:Q", title=unit, axis=axis, scale=alt.Scale(domain=[0, top * 1.3])),
    )
    bars = base.mark_bar().encode(
        color=alt.Color("colour:N", scale=None), tooltip=["what:N", "said:N"], description="tip:N"
    )
    words = base.mark_text(align="left", dx=5, color=GREY).encode(text="said:N")
    chart = alt.layer(bars, words).properties(width=WIDTH, height=alt.Step(STEP))
    return styled(chart, title, interactive=interactive)
