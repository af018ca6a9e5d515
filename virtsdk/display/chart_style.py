"""Basis of all charts: Altair, colours that read on white and on black, axes, rows of plain values."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from virtsdk import errors
from virtsdk.display.chart_picture import NAME, hovering, render

if TYPE_CHECKING:
    from typing import TypeAlias

    import altair as alt
    import pandas as pd

    Chart: TypeAlias = "alt.Chart | alt.LayerChart | alt.FacetChart"
    """Any chart of Altair's that virtsdk draws: shows itself, ``.save(path)``, ``.to_dict()``."""

GREY = "#7a7a7a"
BLUE, ORANGE, RED, TEAL = "#3f7fd4", "#d0761b", "#d64545", "#12978a"
WIDTH = 440
STEP = 24
_HOUR = 3_600_000
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_LINE = 64  # characters of a title that are as wide as a chart with its labels


def guests_axis(alt: Any, rows: list[dict[str, Any]]) -> Any:
    """Make an axis with a row a guest, in the order of the rows."""
    return alt.Y("guest:N", title=None, sort=None, axis=labels(alt, (row["guest"] for row in rows)))


def labels(alt: Any, names: Iterable[Any]) -> Any:
    """Leave the labels room: the page's font may be wider than the one that the picture was measured with."""
    return alt.Axis(labelLimit=260, minExtent=min(7 * max(map(len, names), default=0) + 8, 260))


def words_beside(alt: Any, base: Any, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> Any:
    """Words behind the longer of two bars."""
    for row in rows:
        row["end"] = max((row[name] for name in columns if row[name] is not None), default=0)
    return base.mark_text(align="left", dx=5, color=GREY).encode(x="end:Q", text="said:N")


def newest(frame: pd.DataFrame, *, per_part: bool = False) -> pd.DataFrame:
    """Return the newest rows of each domain."""
    if not len(frame):
        return frame
    newest = frame.groupby(["host", "domain"], sort=False)["time"].transform("max")
    rows = frame[frame["time"] == newest]
    return rows if per_part else rows.drop_duplicates(["host", "domain"])


def milliseconds(time: Any) -> float:
    """Return a time as JavaScript counts it."""
    return time.timestamp() * 1000


def time_axis(alt: Any, rows: list[dict[str, Any]], key: str) -> Any:
    """Make a time axis that says the hour as well, and that it is UTC."""
    moments = [row[key] for row in rows]
    length = max(moments) - min(moments) if moments else 0
    axis = alt.Axis(labelOverlap="greedy", labelSeparation=6, **_clock(length))
    return alt.X(f"{key}:T", title="UTC", scale=alt.Scale(type="utc"), axis=axis)


def _clock(length: float) -> dict[str, Any]:
    """Say how an axis of so many milliseconds writes its times: hours from 0 to 24, as all else does."""
    if length < _HOUR:
        return {"format": "%H:%M:%S", "tickCount": 4}
    if length < 14 * 24 * _HOUR:
        return {"labelExpr": "utcFormat(datum.value, utchours(datum.value) ? '%H:%M' : '%a %d')"}
    return {}  # days, weeks or months: Vega's own


def percent_axis(alt: Any) -> Any:
    """Make an axis of shares, written as percentages are everywhere else: with a blank."""
    return alt.Axis(labelExpr="format(100 * datum.value, '~g') + ' %'", tickCount=5)


def whole_axis(alt: Any, top: float) -> Any:
    """Make an axis of things that are counted, up to `top`: there is no half of one."""
    if top <= 5:  # Vega would put a tick at the half of one or two
        return alt.Axis(values=list(range(int(top) + 1)), format=",d")
    return alt.Axis(tickCount=5, tickMinStep=1, format=",d")


def binary(largest: float) -> tuple[float, str]:
    """Return what bytes are divided by for an axis up to `largest`, and its unit.

    Examples
    --------
    >>> binary(12 * 2**30), binary(100 * 2**10), binary(0)
    ((1073741824.0, 'GiB'), (1024.0, 'KiB'), (1.0, 'bytes'))
    """
    step = min(max(int(math.log2(max(largest, 1)) // 10), 0), len(_UNITS) - 1)
    return float(1024**step), _UNITS[step]


def number(value: Any) -> str:
    """Write a number, a question mark for one that is missing."""
    return "?" if value is None else f"{value:g}"


def row_header(alt: Any) -> Any:
    """Make the header of a chart's rows: their names above them, clear of the axis however long."""
    return alt.Header(
        labelOrient="top",
        labelAnchor="start",
        labelColor=GREY,
        labelFontWeight="bold",
        labelLimit=400,
        labelPadding=4,
    )


def value_axis(alt: Any) -> Any:
    """Make the axis of a low chart: few ticks, as wide in each row, its unit in the title of the chart."""
    return alt.Axis(tickCount=3, minExtent=34)


def nothing(title: str, frame: pd.DataFrame, *columns: str) -> Any:
    """Say in the chart itself why there is nothing to draw.

    Parameters
    ----------
    title
        Of the chart.
    frame, columns
        The frame, and the columns that would be drawn.
    """
    if len(frame):
        named = " and ".join(columns)
        why = f"no row has {named}; stats.trust may say why" if named else "there are no rows"
    else:
        why = "there are no rows"
    return said_alone(title, why)


def said_alone(title: str, why: str) -> Any:
    """Make a chart of one sentence."""
    alt = load_altair()
    words = alt.InlineData(values=[{"said": f"Nothing to draw: {why}."}])
    text = alt.Chart(words).mark_text(align="left", color=GREY, fontSize=12)
    chart = text.encode(text="said:N", x=alt.value(0)).properties(width=WIDTH, height=STEP)
    return styled(chart, title, interactive=True)  # as text in the page, not in a picture


def styled(chart: Any, title: str, *, interactive: bool = False) -> Any:
    """Finish a chart: its title, colours for any background, tooltips where they are asked for."""
    if interactive:
        chart = hovering(chart)
    text = {"labelColor": GREY, "titleColor": GREY, "titleFontWeight": "normal"}
    lines = textwrap.wrap(title, _LINE) if len(title) > _LINE else title
    return (
        chart.properties(title=lines, background="transparent")
        .configure_view(stroke=None)
        .configure_axis(
            **text, gridColor=GREY, gridOpacity=0.15, domainColor=GREY, tickColor=GREY, tickCount=5
        )
        .configure_legend(labelColor=GREY)
        .configure_title(color=GREY, anchor="start", fontWeight="bold")
    )


def load_altair() -> Any:
    """Return Altair, drawing pictures in the page unless the user chose another renderer."""
    try:
        import altair
        import vl_convert  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except ImportError as error:
        raise errors.MissingDependency("charts need Altair", extra="plot", package=error.name) from error
    if altair.renderers.active == "default":
        altair.renderers.register(NAME, render)
        altair.renderers.enable(NAME)
    return altair
