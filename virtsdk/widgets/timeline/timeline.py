"""`Timeline`: figures over time, of a live host or of a recording, with gaps and events.

The points of the shown lines go to the page once, later only those that are new. Of a live host one worker
takes samples while somebody looks, and one follows its events; of a recording one reads the lines that are
shown, and what goes to the page is thinned to its pixels.
"""

# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pandas as pd
import traitlets

from virtsdk.display.text import count, printable
from virtsdk.errors import VirtError
from virtsdk.stats.change.spacing import Interval, seconds_of
from virtsdk.widgets.timeline import still
from virtsdk.widgets.timeline.choosing import MOST
from virtsdk.widgets.timeline.sampling import Sampling
from virtsdk.widgets.timeline.sources.live import LiveSource
from virtsdk.widgets.timeline.sources.panels import PANELS, known_panels
from virtsdk.widgets.timeline.sources.recorded import RecordedSource
from virtsdk.widgets.timeline.sources.series import Series
from virtsdk.widgets.timeline.sources.source import Line, TimelineSource

if TYPE_CHECKING:
    from virtsdk.capacity import ForecastReport
    from virtsdk.history.recording import Recording
    from virtsdk.resources.domain import Domain
    from virtsdk.resources.host import Host

_FOLDER = Path(__file__).parent
_PATIENCE_SECONDS = 1.5  # a page that is exported should have all lines, and one that is live be there soon


class Timeline(Sampling):
    """Figures of guests over time, of a live host or of a recording.

    Returned by `Host.live`, `Domain.live` and `Recording.view`. Gaps and resets are drawn as such, events are
    marks with their words. Every button of the page is a method of the same name. Of a live host no samples
    are taken while nobody looks.

    Parameters
    ----------
    source
        Where the figures come from.
    guests
        Names or UUIDs of those that are shown first; none for the 8 that use the most CPU.
    panels
        Which figures are shown: some of ``"cpu"``, ``"memory"``, ``"disk"``, ``"net"``, ``"delay"``.
    compact
        For a small place: no table of values, no list of events, one row of buttons.

    Attributes
    ----------
    selected
        The stretch of time that is selected: a pair of Timestamps (UTC), or None. It can be set; observable,
        as all others: ``view.observe(callback, "selected")``.
    panels
        Which figures are shown; it can be set.
    lines
        The lines that are shown.
    holes
        Gaps and resets of these lines, with their lengths and reasons.
    paused
        Whether a live view stands still (`pause`).
    status, status_level
        The status line, and whether it is ``info`` or ``error``.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.example_recording().view(domains=["web1", "db1"]) as view:
    ...     view.zoom("2026-11-03", "2026-11-04")
    ...     view.selected = "2026-11-03 08:00", "2026-11-03 18:00"
    ...     view.frame().groupby("name")["cpu_used_vcpus"].mean().round(2).to_dict()
    {'db1': 0.13, 'web1': 0.17}
    """

    _esm = (_FOLDER / "timeline.bundle.js").read_text(encoding="utf-8")
    _css = (_FOLDER / "timeline.bundle.css").read_text(encoding="utf-8")

    title = traitlets.Unicode().tag(sync=True)
    subtitle = traitlets.Unicode().tag(sync=True)
    compact = traitlets.Bool(False).tag(sync=True)
    band: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        source: TimelineSource,
        guests: Sequence[str] = (),
        *,
        panels: str | Iterable[str] = tuple(PANELS),
        compact: bool = False,
    ) -> None:
        super().__init__(
            source,
            guests,
            title=printable(source.title),
            subtitle=printable(source.subtitle),
            panels=known_panels(panels),
            compact=compact,
        )

    # --- what a person reads --------------------------------------------------------------------------------

    def frame(self) -> pd.DataFrame:
        """Give the figures that are seen now: the shown lines, in the stretch that is shown, not thinned.

        Returns
        -------
        pandas.DataFrame
            One row per line and interval, by line and time: host, domain (UUID; missing for what is no
            guest), name, time (UTC; the interval's end), cpu_used_vcpus (1 is one CPU of the host kept busy),
            memory_used_bytes (as the guest says), disk_bytes_per_second (read and written),
            net_rx_bytes_per_second, net_tx_bytes_per_second (as the guest sees it),
            vcpu_delay_seconds_per_second (its vCPUs were ready and had no CPU); seconds (the interval's
            length), interrupted (``"gap"``, ``"reset"``, ``"off"`` or missing). Figures are Float64, missing
            where not known.
        """
        with self._lock:
            shown, bounds = list(self._shown), self._bounds()
        frames = [
            (series.within(*bounds) if bounds else series).frame(line.host, line.domain, line.name)
            for line in shown
            for series in [self._source.series(line)]
        ]
        return pd.concat(frames or [Series.empty().frame("", "", "")], ignore_index=True)

    @property
    def events(self) -> pd.DataFrame:
        """What happened, as far as the view knows: of a live host its events since the view was made.

        One row per event: time (UTC), name (of the guest, or of the host), text (in words). Of a recording
        they are the events that it has (``record(include=["events"])``) and what its samples tell beside
        them, of the guests that were shown.
        """
        marks = self._source.marks()
        times = pd.to_datetime([round(mark.time * 1000) for mark in marks], unit="us", utc=True).as_unit("us")
        rows = {"time": times, "name": [mark.name for mark in marks], "text": [mark.text for mark in marks]}
        return pd.DataFrame(rows).astype({"name": "str", "text": "str"})

    def __repr__(self) -> str:
        if not self._opened:
            return "<Timeline closed>"
        with self._lock:
            names = [str(line["label"]) for line in self.lines]
            shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
            return f"<Timeline {self.title}: {shown or 'no guests'}>"

    def _still(self) -> str:
        if self._source.live:
            self._pictures.wait(0)
        else:
            self._pictures.wait(_PATIENCE_SECONDS)
        with self._lock:
            known, bounds, lines = self._known(), self._bounds(), self.lines
            slots = [(str(line["label"]), int(line["slot"])) for line in lines]
            by_key = {str(line["key"]): place for place, line in enumerate(lines)}
            parts = [(*slots[by_key[line.key]], series) for line, series in known if line.key in by_key]
            words = [(float(one["first"]), str(one["text"])) for one in self.holes]
            keys = {line.key for line, _ in known}
            words += [
                (mark.time, f"{mark.name}: {mark.text}")
                for mark in self._source.marks()
                if not mark.key or mark.key in keys
            ]
            missing = len(lines) - len(parts)
            return still.page(self.title, self.subtitle, self.panels, parts, bounds, missing, sorted(words))

    # --- a forecast -----------------------------------------------------------------------------------------

    def forecast(
        self,
        panel: str | None = "cpu",
        *,
        guest: str | None = None,
        horizon: Interval | None = None,
        level: float = 90,
    ) -> ForecastReport | None:
        """Draw the forecast of a figure as a band, by `capacity.forecast`.

        Parameters
        ----------
        panel
            Which figure: ``"cpu"``, ``"memory"`` ...; None takes the band away.
        guest
            Of whom, by name or UUID; None for the first of the shown lines.
        horizon
            How far ahead (``"2D"``, or seconds); None for a fifth of what is known.
        level
            Percent of the interval.

        Returns
        -------
        ForecastReport or None
            The whole answer, with its method and its backtest; None where the band is taken away.

        Raises
        ------
        ValueError
            There is no such figure or guest, or too little is known of it.
        """
        from virtsdk.widgets.timeline.ahead import ahead, band_of

        if panel is None:
            self._set(band={})
            return None
        if panel not in PANELS:
            raise ValueError(f"panel must be one of {', '.join(PANELS)}, or None, not {panel!r}")
        ahead_for = None if horizon is None else pd.Timedelta(seconds_of(horizon, "horizon"), unit="s")
        line = self._line_for(guest)
        report = ahead(self._source.series(line), panel, ahead_for, level)
        with self._lock:
            if line.key not in {one.key for one in self._shown}:
                self.show(*[one.key for one in self._shown], line.key)
            self._set(band=band_of(report, panel, line.key, printable(line.name)))
        return report

    def _line_for(self, guest: str | None) -> Line:
        with self._lock:
            if guest is not None:
                return self._resolved([guest], {one.key: one for one in self._source.lines()})[0]
            if not self._shown:
                raise ValueError("no guest is shown: name one")
            return self._shown[0]

    def _put(self, lines: Sequence[Line]) -> None:
        super()._put(lines)
        if self.band and self.band["key"] not in {line.key for line in lines}:
            self._set(band={})

    # --- what the page asks for -----------------------------------------------------------------------------

    def _grant(self, wish: dict[str, Any]) -> None:
        kind = wish.get("kind")
        work = self._wishes_of_pages.get(str(kind))
        if kind == "width":
            self._resized(wish.get("value"))
        elif work is None:
            super()._grant(wish)
        elif kind in ("forecast", "neighbours", "show"):
            self._spawn(self._do_for_page, partial(work, self, wish))
        else:
            self._do_for_page(partial(work, self, wish))

    def _do_for_page(self, work: Callable[[], object]) -> None:
        try:
            work()
        except (traitlets.TraitError, ValueError, TypeError, KeyError, VirtError) as error:
            self._say(str(error), "error")

    @staticmethod
    def _pair_of_page(pair: Any) -> tuple[pd.Timestamp, pd.Timestamp]:
        if not isinstance(pair, list) or len(cast("list[Any]", pair)) != 2:
            raise ValueError(f"the page sent no pair of times: {pair!r}")
        first, last = (
            pd.Timestamp(round(1000 * one), unit="us", tz="UTC") for one in cast("list[float]", pair)
        )
        return first, last

    def _select_for_page(self, pair: object) -> None:
        self.selected = self._pair_of_page(pair)

    _wishes_of_pages: Mapping[str, Callable[[Any, dict[str, Any]], object]] = {
        **{
            name: lambda self, _wish, name=name: getattr(self, name)()
            for name in (
                "show_all", "zoom_in", "zoom_out", "zoom_to_selection", "back", "pause", "resume",
                "clear_selection", "neighbours",
            )
        },
        "last": lambda self, wish: self.last(wish["value"]),
        "zoom": lambda self, wish: self.zoom(*self._pair_of_page(wish["value"])),
        "select": lambda self, wish: self._select_for_page(wish["value"]),
        "panels": lambda self, wish: self._set(panels=wish["value"]),
        "show": lambda self, wish: self.show(*wish["value"][: MOST + 1]),
        "forecast": lambda self, wish: self.forecast(wish["value"]),
    }  # fmt: skip


def live_view(
    host: Host, domains: str | Iterable[str] | None = None, *, every: float = 2.0, keep: Interval = "1h"
) -> Timeline:
    """Show the figures of a host's guests as they come; `Host.live` and `Domain.live` call it."""
    seconds = _checked(every)
    kept = seconds_of(keep, "keep")
    if kept < 2 * seconds:
        raise ValueError(f"keep must be at least two beats of {seconds:g} s, not {keep!r}")
    source = LiveSource(host, seconds, kept)
    try:
        return Timeline(source, _names(domains))
    except BaseException:
        source.close()
        raise


def recording_view(recording: Any, domains: str | Iterable[str] | None = None) -> Timeline:
    """Show a recording; `Recording.view` calls it."""
    return Timeline(RecordedSource(cast("Recording", recording)), _names(domains))


def guest_view(guest: Domain, *, every: float = 2.0, keep: Interval = "1h") -> Timeline:
    """Show the figures of one guest as they come; `Domain.live` calls it."""
    return live_view(guest._host, guest.key, every=every, keep=keep)  # pyright: ignore[reportPrivateUsage]


def _names(domains: str | Iterable[str] | None) -> list[str]:
    if domains is None:
        return []
    if not isinstance(domains, Iterable):  # callers in a notebook are not typed
        raise TypeError(f"domains must be names or UUIDs, or None for the busiest, not {domains!r}")
    names = [domains] if isinstance(domains, str) else list(domains)
    if not names:
        raise ValueError(f"domains must be at least {count(1, 'name')}, or None for the busiest")
    return names


def _checked(every: float) -> float:
    if isinstance(every, bool) or not isinstance(every, int | float):
        raise TypeError(f"every must be a number of seconds, not {every!r}")
    if not 0.1 <= every < float("inf"):
        raise ValueError(f"every must be at least 0.1 seconds, not {every!r}")
    return float(every)
