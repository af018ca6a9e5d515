"""Bars with their words beside them, as charts of answers have them (extra ``[plot]``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal

from virtsdk.display.chart_style import (
    GREY,
    STEP,
    WIDTH,
    labels,
    load_altair,
    nothing,
    percent_axis,
    styled,
    whole_axis,
)

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.display.chart_style import Chart


Scale = Literal["number", "whole", "percent", "share"]
"""What values of bars are: any numbers; whole things, and so are the numbers of the axis; shares far below
100 % as a rule, in percent; shares of what is full at 100 %, in percent, with a mark there."""

_AXES: Final[dict[Scale, Callable[[Any, float], Any]]] = {
    "number": lambda alt, _: alt.Axis(tickCount=5),
    "whole": whole_axis,
    "percent": lambda alt, _: percent_axis(alt),
    "share": lambda alt, _: percent_axis(alt),
}


def words_clear(rows: list[dict[str, Any]], pixels: float, mark: float | None) -> None:
    """Say where words begin: at the end of their bar, or beyond the mark that they would cross.

    Parameters
    ----------
    rows
        As of `bars`; each gets its ``end``.
    pixels
        Those of a value of 1.
    mark
        The value of the mark; None for none.
    """
    for row in rows:
        end = row.get("end", row["value"]) or 0
        crosses = mark is not None and end < mark < end + (6.5 * len(row["said"]) + 8) / pixels
        row["end"] = mark if crosses else max(end, 0)


def full_mark(alt: Any, base: Any) -> Any:
    """Make the mark of 100 %."""
    return base.mark_rule(color=GREY, strokeDash=[4, 3]).encode(
        x=alt.XDatum(1), y=alt.YValue(0), y2=alt.Y2Value("height"), yOffset=alt.YOffsetValue(0)
    )


def bars(
    frame: pd.DataFrame,
    rows: list[dict[str, Any]],
    unit: str,
    title: str,
    *,
    interactive: bool,
    scale: Scale = "number",
    room: float = 0.35,
) -> Chart:
    """Draw a bar a row, with its words beside it; two where `what` has two that differ in `how`.

    Parameters
    ----------
    frame
        Of the report; where it has no rows the chart says so.
    rows
        Each with ``what``, ``value`` (None: no bar), ``said`` (its words) and ``colour``; with ``how`` where
        there are two of one `what`; with ``end``, where its words begin, if that is not its value.
    unit, title
        Of the axis, of the chart.
    interactive
        With tooltips.
    scale
        What the values are.
    room
        Space for the words, as a share of the longest bar.
    """
    if not rows:
        return nothing(title, frame)
    alt = load_altair()
    for row in rows:
        row["tip"] = f"{row['what']}: {row['said']}"
    known = [row["value"] for row in rows if row["value"] is not None]
    full = 1.0 if scale == "share" else None
    top, low = max([full or 0.0, *known]) or 1.0, min([0.0, *known])
    beyond = room * max(top, -low)
    axis, reach = _AXES[scale](alt, top), alt.Scale(domain=[1.05 * low, top + beyond], nice=False)
    words_clear(rows, WIDTH / (top + beyond), mark=full)
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("what:N", title=None, sort=None, axis=labels(alt, (one["what"] for one in rows))),
        x=alt.X("value:Q", title=unit, axis=axis, scale=reach),
    )
    step = alt.Step(STEP)
    if "how" in rows[0]:
        base = base.encode(yOffset=alt.YOffset("how:N", sort=None))
        step = alt.Step(**{"step": 1.5 * STEP, "for": "position"})
    bars = base.mark_bar().encode(
        color=alt.Color("colour:N", scale=None),
        tooltip=[alt.Tooltip("what:N"), alt.Tooltip("said:N")],
        description=alt.Description("tip:N"),
    )
    words = base.mark_text(align="left", dx=5, color=GREY).encode(x=alt.X("end:Q"), text=alt.Text("said:N"))
    marks = [full_mark(alt, base)] if full else []
    chart = alt.layer(bars, words, *marks).properties(width=WIDTH, height=step)
    return styled(chart, title, interactive=interactive)
