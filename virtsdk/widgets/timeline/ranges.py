"""Ranges of a timeline: which part of the time is shown, and which is selected."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

import pandas as pd
import traitlets

from virtsdk.errors import InvalidState
from virtsdk.history.reading.arguments import Time, microseconds_of
from virtsdk.stats.change.spacing import Interval, seconds_of
from virtsdk.widgets.timeline.sources.series import moment
from virtsdk.widgets.view import View

Pair = tuple[pd.Timestamp, pd.Timestamp]

_MOST_STEPS = 50
_SHORTEST = 10.0  # ms: nothing is sampled more often


class Ranges(View):
    """A view of a stretch of time."""

    range_ms: traitlets.List[float] = traitlets.List().tag(
        sync=True
    )  # from and to; empty: see window_seconds
    window_seconds = traitlets.Float(0).tag(sync=True)  # the last so many seconds; 0: all
    span_ms: traitlets.List[float] = traitlets.List().tag(sync=True)  # of all that is there
    selected_ms: traitlets.List[float] = traitlets.List().tag(sync=True)
    selected = traitlets.Any(None, allow_none=True)

    def __init__(self, **state: object) -> None:
        self._before: list[tuple[list[float], float]] = []
        super().__init__(**state)

    # --- for who shows it -----------------------------------------------------------------------------------

    def _moved(self) -> None:
        """Another stretch is shown."""

    # --- what is shown --------------------------------------------------------------------------------------

    @property
    def range(self) -> Pair | None:
        """From when to when it shows (UTC); None before there is anything."""
        bounds = self._bounds()
        return None if bounds is None else (_stamp(bounds[0]), _stamp(bounds[1]))

    def _bounds(self) -> tuple[float, float] | None:
        with self._lock:
            if self.range_ms:
                return self.range_ms[0], self.range_ms[1]
            if not self.span_ms:
                return None
            first, last = self.span_ms
            if self.window_seconds:
                first = last - 1000 * self.window_seconds
            return first, last

    def zoom(self, start: Time, end: Time) -> None:
        """Show the time from `start` to `end`.

        Parameters
        ----------
        start, end
            Times with a zone, texts (UTC where they name no zone), or lengths before the end (``"-1h"``).

        Raises
        ------
        ValueError
            Not a time, a time without a zone, or `start` is not before `end`.
        """
        self._show_range(list(self._pair(start, end)), 0.0)

    def show_all(self) -> None:
        """Show all that there is; a live view goes on with the time."""
        self._show_range([], 0.0)

    def last(self, length: Interval = "5min") -> None:
        """Show the last minutes, or another length of time; a live view goes on with the time.

        Parameters
        ----------
        length
            Seconds, or as pandas writes it: ``"5min"``.
        """
        self._show_range([], seconds_of(length, "length"))

    def zoom_in(self) -> None:
        """Show the middle half of what is shown."""
        self._scale(0.5)

    def zoom_out(self) -> None:
        """Show twice the time, but no more than there is."""
        self._scale(2.0)

    def zoom_to_selection(self) -> None:
        """Show what is selected.

        Raises
        ------
        InvalidState
            Nothing is selected.
        """
        with self._lock:
            if not self.selected_ms:
                raise InvalidState("nothing is selected: drag across the chart, or set view.selected")
            self._show_range(list(self.selected_ms), 0.0)

    def back(self) -> None:
        """Show what was shown before; nothing happens where there was nothing."""
        with self._lock:
            if self._before:
                range_ms, window = self._before.pop()
                self._set(range_ms=range_ms, window_seconds=window)
                self._moved()

    def clear_selection(self) -> None:
        """Select nothing."""
        self.selected = None

    def _scale(self, by: float) -> None:
        bounds = self._bounds()
        if bounds is None:
            return
        half = (bounds[1] - bounds[0]) / 2 * by
        middle = sum(bounds) / 2
        with self._lock:
            first, last = self.span_ms or bounds
        if middle - half <= first and middle + half >= last:
            self.show_all()
        elif by > 1 or half > _SHORTEST:
            self._show_range([max(middle - half, first), min(middle + half, last)], 0.0)

    def _show_range(self, range_ms: list[float], window: float) -> None:
        with self._lock:
            now = (list(self.range_ms), self.window_seconds)
            if now == (range_ms, window):
                return
            self._before = [*self._before[1 - _MOST_STEPS :], now]
            self._set(range_ms=range_ms, window_seconds=window)
            self._moved()

    # --- what is selected -----------------------------------------------------------------------------------

    @traitlets.validate("selected")
    def _check_selected(self, proposal: dict[str, Any]) -> Pair | None:
        value = proposal["value"]
        if value is None:
            return None
        try:
            start, end = value
        except (TypeError, ValueError):
            raise ValueError(f"selected must be a pair of times or None, not {value!r}") from None
        first, last = self._pair(start, end)
        return _stamp(first), _stamp(last)

    @traitlets.observe("selected")
    def _on_selected(self, change: dict[str, Any]) -> None:
        pair = cast("Pair | None", change["new"])
        self._set(selected_ms=[] if pair is None else [moment(pair[0]), moment(pair[1])])

    def _pair(self, start: Any, end: Any) -> tuple[float, float]:
        """Return two times of a person in ms since 1970."""
        with self._lock:
            ended = round(self.span_ms[1] * 1000) if self.span_ms else None
        first, last = (_time(one, what, ended) for one, what in ((start, "start"), (end, "end")))
        if not first < last:
            raise ValueError(f"start must be before end, not {start!r} where end is {end!r}")
        return first, last


def _time(given: Any, what: str, ended: int | None) -> float:
    if given is None:
        raise TypeError(f"{what} must be a time, not None")
    if isinstance(given, datetime) and given is not pd.NaT and given.tzinfo is None:
        raise ValueError(f"{what} must have a time zone, not {given!r}: Timestamp(..., tz='UTC') has one")
    if ended is None and (isinstance(given, timedelta) or str(given).lstrip().startswith("-")):
        raise ValueError(
            f"{what} must be a time, not {given!r}: there is nothing yet that it could count from"
        )
    found = microseconds_of(given, what=what, end=ended)
    assert found is not None
    return found / 1000


def _stamp(milliseconds: float) -> pd.Timestamp:
    return pd.Timestamp(round(milliseconds * 1000), unit="us", tz="UTC").as_unit("us")
