"""Charts of what comes: a forecast, and a level on its way to a limit (extra ``[plot]``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from virtsdk.display import listing
from virtsdk.display.chart_style import (
    BLUE,
    GREY,
    ORANGE,
    RED,
    WIDTH,
    binary,
    load_altair,
    milliseconds,
    nothing,
    styled,
    time_axis,
)
from virtsdk.display.text import size

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.display.chart_style import Chart

_POINTS: Final = 400
_HEIGHT: Final = 180


def forecast(known: pd.Series[Any], frame: pd.DataFrame, title: str, *, interactive: bool = False) -> Chart:
    """Draw the last values of a series as a line, the forecast beside it in its interval.

    Parameters
    ----------
    known
        Values indexed by time, NaN in gaps.
    frame
        `ForecastReport.frame`: mean, lo, hi, indexed by time.
    title
        The title of the chart.
    interactive
        With tooltips; see `virtsdk.display.charts`.
    """
    if not len(frame):
        return nothing(title, frame)
    alt = load_altair()
    largest = max(float(frame["hi"].abs().max()), float(frame["lo"].abs().max()))
    scale, unit = _scale(str(known.name or ""), largest)
    layers = _layers(alt, known, frame, scale, unit, interactive=interactive)
    chart = alt.layer(*layers).properties(width=WIDTH, height=_HEIGHT)
    return styled(chart, title, interactive=interactive)


def exhaustion(
    known: pd.Series[Any],
    frame: pd.DataFrame,
    limit: float,
    events: pd.DataFrame,
    title: str,
    *,
    name: str = "",
    interactive: bool = False,
) -> Chart:
    """Draw a level, its ways to go on, the limit, and marks where it made a step or was cleaned up.

    Parameters
    ----------
    known
        Values indexed by time, NaN in gaps.
    frame
        `ExhaustionReport.frame`: mean, lo, hi, indexed by time.
    limit
        The level that is waited for.
    events
        `ExhaustionReport.events`: time, kind, change.
    title
        The title of the chart.
    name
        Of the series: one that ends in ``bytes`` is drawn in binary units.
    interactive
        With tooltips; see `virtsdk.display.charts`.
    """
    if not len(frame):
        return nothing(title, frame)
    alt = load_altair()
    scale, unit = _scale(name, abs(limit))
    layers = _layers(alt, known, frame, scale, unit, interactive=interactive)
    said = f"limit {size(limit) if unit else f'{limit:.4g}'}"
    line = alt.Chart(alt.InlineData(values=[{"limit": limit / scale, "said": said, "tip": said}]))
    at = alt.Y("limit:Q", title=unit or None)
    layers.append(
        line.mark_rule(color=RED, strokeDash=[6, 3], strokeWidth=1.5).encode(y=at, description="tip:N")
    )
    layers.append(
        line.mark_text(align="left", baseline="bottom", dx=4, dy=-2, color=RED).encode(
            y=at, x=alt.value(0), text="said:N"
        )
    )
    filled = known.ffill()
    marks: list[dict[str, Any]] = []
    for row in listing.records(events):
        change = size(abs(row["change"])) if unit else f"{abs(row['change']):.3g}"
        earlier = int((known.index < row["time"]).sum())
        marks.append(
            {
                "time": milliseconds(row["time"]),
                "value": float(filled.iloc[min(earlier, len(filled) - 1)]) / scale,
                "kind": row["kind"],
                "tip": f"{row['time']:%Y-%m-%d %H:%M} UTC: {row['kind']} of {change}",
            }
        )
    if marks:
        shapes = alt.Scale(domain=["step", "clean-up"], range=["triangle-up", "triangle-down"])
        legend = alt.Legend(title=None, orient="top", symbolStrokeColor=ORANGE, symbolFillColor=ORANGE)
        layers.append(
            alt.Chart(alt.InlineData(values=marks))
            .mark_point(filled=True, size=70, color=ORANGE, opacity=1)
            .encode(
                x="time:T",
                y="value:Q",
                shape=alt.Shape("kind:N", scale=shapes, legend=legend),
                tooltip=["kind:N"],
                description="tip:N",
            )
        )
    chart = alt.layer(*layers).properties(width=WIDTH, height=_HEIGHT)
    return styled(chart, title, interactive=interactive)


def _scale(name: str, largest: float) -> tuple[float, str]:
    """Return what values are divided by, and the unit of the axis: binary ones for bytes."""
    if not name.endswith("bytes"):
        return 1.0, ""
    return binary(largest)


def _layers(
    alt: Any, known: pd.Series[Any], frame: pd.DataFrame, scale: float, unit: str, *, interactive: bool
) -> list[Any]:
    """The line of the past, and the band with its middle."""
    every = max(1, len(known) // _POINTS)
    past = known.iloc[(len(known) - 1) % every :: every]
    rows: list[dict[str, Any]] = []
    for row in listing.records(past.rename("value").rename_axis("time").reset_index()):
        value = None if row["value"] is None else row["value"] / scale
        said = "unknown" if value is None else f"{value:.4g} {unit}".strip()
        tip = f"{row['time']:%Y-%m-%d %H:%M} UTC: {said}"
        rows.append({"time": milliseconds(row["time"]), "value": value, "tip": tip})
    come = frame.iloc[:: max(1, len(frame) // _POINTS)]
    ahead: list[dict[str, Any]] = []
    for row in listing.records(come.rename_axis("time").reset_index()):
        one = {key: row[key] / scale for key in ("mean", "lo", "hi")}
        said = f"{one['mean']:.4g}, {one['lo']:.4g} to {one['hi']:.4g} {unit}".strip()
        tip = f"{row['time']:%Y-%m-%d %H:%M} UTC: {said}"
        ahead.append({"time": milliseconds(row["time"]), **one, "tip": tip})
    y = {"title": unit or None, "scale": alt.Scale(zero=False)}
    x = time_axis(alt, [*rows, *ahead], "time")
    before = alt.Chart(alt.InlineData(values=rows)).encode(x=x, y=alt.Y("value:Q", **y))
    after = alt.Chart(alt.InlineData(values=ahead)).encode(x=x)
    layers = [
        after.mark_area(color=BLUE, opacity=0.25).encode(y=alt.Y("lo:Q", **y), y2="hi:Q"),
        before.mark_line(color=GREY, strokeWidth=1.2),
        after.mark_line(color=BLUE, strokeWidth=2).encode(y=alt.Y("mean:Q", **y)),
    ]
    if interactive:
        hidden = {"opacity": 0, "filled": True, "size": 100}
        layers.append(before.mark_point(**hidden).encode(tooltip=["tip:N"], description="tip:N"))
        layers.append(
            after.mark_point(**hidden).encode(y=alt.Y("mean:Q", **y), tooltip=["tip:N"], description="tip:N")
        )
    return layers
