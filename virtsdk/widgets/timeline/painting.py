"""Painting of a timeline: points to its page, all of them once and later what is new."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import traitlets

from virtsdk.errors import VirtError
from virtsdk.widgets.timeline.choosing import Choosing
from virtsdk.widgets.timeline.pack import packed
from virtsdk.widgets.timeline.sources.recorded import RecordedSource
from virtsdk.widgets.timeline.sources.series import Series
from virtsdk.widgets.timeline.sources.source import Line, Mark, TimelineSource, holes_of
from virtsdk.widgets.timeline.thin import picture
from virtsdk.widgets.what_if.newest import Newest

_WIDTH = 800  # columns of pixels, until a page says how many it has


class Painting(Choosing):
    """A view whose page has the points of its lines."""

    holes: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    more_holes = traitlets.Int(0).tag(sync=True)

    def __init__(self, source: TimelineSource, guests: Sequence[str], **state: object) -> None:
        self._width = _WIDTH
        self._sent: dict[str, float] = {}
        self._painted = False
        span = source.span()  # a recording's is known before anything of it was read
        super().__init__(source, guests, span_ms=[] if span is None else list(span), **state)
        self._pictures: Newest[None] = Newest(self._paint, "virtsdk-timeline-picture")
        self._redraw()

    def _on_close(self) -> None:
        self._pictures.close()
        self._source.close()

    # --- when -----------------------------------------------------------------------------------------------

    def _redraw(self) -> None:
        if hasattr(self, "_pictures"):
            self._pictures.put(None)

    def _moved(self) -> None:
        if not self._source.live:  # of a live host the page has all points
            self._redraw()

    def _resized(self, width: object) -> None:
        """A page says how many columns of pixels it has."""
        if isinstance(width, int | float) and 50 <= width <= 10_000 and round(width) != self._width:
            self._width = round(width)
            self._moved()

    # --- all of them ----------------------------------------------------------------------------------------

    def _paint(self, _wish: None) -> None:
        """Send all points of the shown lines, and read those that are not in memory before."""
        source = self._source
        if isinstance(source, RecordedSource):
            with self._lock:
                unread = [line for line in self._shown if not source.has(line)]
            try:
                if unread:
                    self._read(source, unread)
            except (VirtError, ValueError) as error:
                self._say(f"The recording could not be read: {error}", "error")
                return
        self._send_all()
        if isinstance(source, RecordedSource) and not self._painted:
            self._painted = True
            self._spawn(self._complete, source)  # a zoom does not wait for it

    def _complete(self, source: RecordedSource) -> None:
        """Look for guests that were there in between only: in a long recording that takes a while."""
        try:
            if source.complete():
                with self._changing() as live:
                    if live:
                        self._refreshed()
        except VirtError as error:
            self._say(f"Not all guests of the recording are known: {error}", "error")

    def _read(self, source: RecordedSource, lines: list[Line]) -> None:
        self._say(f"Reading {len(lines)} lines …" if len(lines) > 1 else "Reading …")
        if source.glance(lines):  # people see something soon
            self._send_all()
        source.read(lines)
        self._say("")

    def _send_all(self) -> None:
        with self._changing() as live:
            if live:
                self._measure()
                self._tell({"kind": "points", "mode": "set", **self._points()})
                marks = [mark.to_dict() for mark in self._source.marks()]
                self._tell({"kind": "marks", "mode": "set", "marks": marks})

    def _measure(self) -> None:
        """Say from when to when there is something, and where nothing is drawn."""
        span = self._source.span()
        holes, more = holes_of(self._known(), self._source)
        self._set(
            span_ms=[] if span is None else list(span),
            holes=[hole.to_dict() for hole in holes],
            more_holes=more,
        )

    def _known(self) -> list[tuple[Line, Series]]:
        """Return the shown lines that need no reading, with all of their rows."""
        found = [(line, self._source.known(line)) for line in self._shown]
        return [(line, series) for line, series in found if series is not None]

    def _points(self) -> dict[str, Any]:
        span, bounds = self._source.span(), self._bounds()
        first, last = (span if self._source.live else bounds) or span or (0.0, 0.0)
        parts: list[tuple[str, Any, Any]] = []
        thinned = False
        for line, series in self._known():
            width = len(series) + 1 if self._source.live else self._width
            times, values, fewer = picture(series, first, last, width)
            parts.append((line.key, times, values))
            thinned |= fewer
            self._sent[line.key] = float(series.time[-1]) if len(series) else float("-inf")
        step = (last - first) / self._width if thinned else 0.0
        return {**packed(parts), "first": first, "last": last, "step": step}

    def _whole(self) -> dict[str, object]:
        points = self._points()
        buffers = {"times": points.pop("times"), "values": points.pop("values")}
        return {"points": points, **buffers, "marks": [mark.to_dict() for mark in self._source.marks()]}

    def _tell(self, message: dict[str, object]) -> None:
        """Send a message; what is bytes in it goes as it is, and not as text."""
        names = [name for name, value in message.items() if isinstance(value, bytes)]
        plain = {name: value for name, value in message.items() if name not in names}
        self.send({**plain, "buffers": names} if names else plain, [message[name] for name in names])

    # --- what is new ----------------------------------------------------------------------------------------

    def _send_new(self) -> None:
        """Send the rows that came since, and how much of the old ones is kept."""
        parts: list[tuple[str, Any, Any]] = []
        broken = False
        for line, series in self._known():
            new = series[series.time > self._sent.get(line.key, float("-inf"))]
            if not len(new):
                continue
            times, values = new.pieces()
            if times[0] <= self._sent.get(line.key, float("-inf")):  # the clock was set back
                self._redraw()
                return
            broken |= bool(new.broken.any())
            self._sent[line.key] = float(new.time[-1])
            parts.append((line.key, times, values))
        span = self._source.span()
        if span is None:
            return
        if broken or (self.holes and float(self.holes[0]["last"]) < span[0]):
            self._measure()
        else:
            self._set(span_ms=list(span))
        self._tell(
            {"kind": "points", "mode": "add", **packed(parts), "first": span[0], "last": span[1], "step": 0.0}
        )

    def _send_mark(self, mark: Mark) -> None:
        self._tell({"kind": "marks", "mode": "add", "marks": [mark.to_dict()]})
