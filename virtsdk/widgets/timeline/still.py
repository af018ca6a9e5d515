"""The static picture of a timeline: SVG and a table, without script, for where nothing is live."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from virtsdk.display import html
from virtsdk.display.html import Markup, escape
from virtsdk.display.text import count, figure, size
from virtsdk.widgets.timeline.sources.panels import PANELS, Panel
from virtsdk.widgets.timeline.sources.series import Floats, Series
from virtsdk.widgets.timeline.thin import NOTHING, picture

COLOURS = (
    "#2f7fd3", "#c8641b", "#1d9070", "#b857a8", "#8a7a12", "#7468d9", "#cf4b5c", "#1c8fa6",
)  # fmt: skip
"""Of lines, in turn: at least 3 : 1 against white and against #111; the page's script has the same."""

DASHES = ("", "7 3", "2 3")
"""Of lines, for those who cannot tell the colours: the second eight are dashed."""

_WIDTH, _HEIGHT = 640, 84
_COLUMNS = 320

Part = tuple[str, int, Series]
"""The label of a line, the number of its colour, and its rows."""


def page(
    title: str,
    subtitle: str,
    panels: Sequence[str],
    parts: Sequence[Part],
    bounds: tuple[float, float] | None,
    missing: int,
    words: Sequence[tuple[float, str]] = (),
) -> str:
    """Write the picture.

    Parameters
    ----------
    title, subtitle
        Whose figures they are.
    panels
        Which of `PANELS`.
    parts
        The lines.
    bounds
        From when to when, ms since 1970; None where nothing is known yet.
    missing
        How many more lines are shown where the view is live, and were not read yet.
    words
        Events and gaps: time (ms since 1970) and words.
    """
    if bounds is None or not any(len(series) for _, _, series in parts):
        names = [[label] for label, _, _ in parts]
        live = "No figures yet: a live view takes samples while somebody looks at it."
        wait = html.paragraph("No figures yet: they are still being read." if missing else live)
        return html.view(html.heading(title, subtitle), wait, html.table(["shown"], names), title="timeline")
    first, last = bounds
    shown = [PANELS[key] for key in panels]
    stretch = f"{_time(first)} to {_time(last)} UTC"
    if not subtitle.endswith("UTC") or _time(first)[:16] not in subtitle or _time(last)[:16] not in subtitle:
        subtitle = f"{subtitle} · {stretch}" if subtitle else stretch
    note = (
        [html.paragraph(f"{count(missing, 'more line is', 'more lines are')} not in this picture.")]
        if missing
        else []
    )
    return html.view(
        html.heading(title, subtitle),
        *(drawn for panel in shown if (drawn := _chart(panel, parts, first, last))),
        _table(shown, parts, first, last),
        *_happened(words, first, last),
        *note,
        title=f"timeline of {title}",
    )


def _chart(panel: Panel, parts: Sequence[Part], first: float, last: float) -> Markup | None:
    place = list(PANELS).index(panel.key)
    lines: list[tuple[str, int, Floats, Floats]] = []
    for label, slot, series in parts:
        times, values, _ = picture(series, first, last, _COLUMNS)
        lines.append((label, slot, times, values[:, place]))
    known = np.concatenate([values[np.isfinite(values)] for _, _, _, values in lines])
    if not len(known):
        return None
    top = float(known.max()) or 1.0
    paths = "".join(
        f'<path d="{path}" fill="none" {_stroke(slot)} stroke-width="1.5">{_titled(label)}</path>'
        for label, slot, times, values in lines
        if (path := _path(times, values, first, last, top))
    )
    said = f"{panel.label}, up to {written(top, panel)}"
    return Markup(
        f'<figure style="margin:0.6em 0"><figcaption>{escape(said)}</figcaption>'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="100%" height="{_HEIGHT}" preserveAspectRatio="none" '
        f'role="img" aria-label="{escape(said)}" style="max-width:60em">'
        f'<path d="M0 {_HEIGHT - 0.5}H{_WIDTH}M0 0.5H{_WIDTH}" stroke="currentColor" stroke-opacity="0.25"/>'
        f"{paths}</svg></figure>"
    )


def _titled(label: str) -> str:
    return f"<title>{escape(label)}</title>"


def _stroke(slot: int) -> str:
    dash = DASHES[slot // len(COLOURS) % len(DASHES)]
    return f'stroke="{COLOURS[slot % len(COLOURS)]}" stroke-dasharray="{dash}"'


def _swatch(slot: int) -> str:
    """Draw a piece of a line, so that the table says whose it is."""
    line = f'<path d="M0 4H24" {_stroke(slot)} stroke-width="3"/>'
    return f'<svg width="24" height="8" viewBox="0 0 24 8" aria-hidden="true">{line}</svg>'


def _path(times: Floats, values: Floats, first: float, last: float, top: float) -> str:
    """Write a line, which is lifted wherever a value is missing."""
    there = values != NOTHING
    times, values = times[there], values[there]
    within = (times >= first) & (times <= last)
    times, values = times[within], values[within]
    x = np.round((times - first) / max(last - first, 1e-9) * _WIDTH, 1)
    y = np.round(_HEIGHT - 2 - np.nan_to_num(values) / top * (_HEIGHT - 4), 1)
    known = np.isfinite(values)
    starts = known & ~np.r_[False, known[:-1]]
    alone = starts & ~np.r_[known[1:], False]
    return "".join(
        f"{'M' if begins else 'L'}{a:g} {b:g}{'h0.5' if single else ''}"
        for a, b, begins, single in zip(x[known], y[known], starts[known], alone[known], strict=True)
    )


def _table(shown: Sequence[Panel], parts: Sequence[Part], first: float, last: float) -> Markup:
    rows: list[list[object]] = []
    for label, slot, series in parts:
        values = series.within(first, last).panels()
        rows.append(
            [
                Markup(f"{_swatch(slot)} {escape(label)}"),
                *(_last(values[:, list(PANELS).index(panel.key)], panel) for panel in shown),
            ]
        )
    return html.table(["name", *(panel.label for panel in shown)], rows, caption="Last values")


def _happened(words: Sequence[tuple[float, str]], first: float, last: float) -> list[Markup]:
    rows = [[_time(time), text] for time, text in words if first <= time <= last]
    return [html.table(["time (UTC)", "what"], rows, caption="Events and gaps")] if rows else []


def _last(values: Floats, panel: Panel) -> str:
    known = values[~np.isnan(values)]
    return written(float(known[-1]), panel) if len(known) else "—"


def written(value: float, panel: Panel) -> str:
    """Write a value with its unit."""
    if panel.unit == "cpus":
        return figure(value)
    said = size(value).replace(" bytes", " B")  # as the live view says it
    return said + ("/s" if panel.unit == "bytes/s" else "")


def _time(milliseconds: float) -> str:
    return f"{pd.Timestamp(round(milliseconds), unit='ms'):%Y-%m-%d %H:%M:%S}"
