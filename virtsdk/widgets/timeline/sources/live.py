"""A live host as the source of a timeline: one call a beat, the last hour in a ring."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from virtsdk.events import DomainEvent, Event
from virtsdk.stats import rates
from virtsdk.tables.words import words_of
from virtsdk.widgets.timeline.sources.ring import Ring
from virtsdk.widgets.timeline.sources.series import Series, codes_of, floats_of, moment
from virtsdk.widgets.timeline.sources.source import Line, Mark

if TYPE_CHECKING:
    from virtsdk.resources.host import Host
    from virtsdk.stats import Stats

GROUPS = ("state", "cpu-total", "balloon", "vcpu", "interface", "block")
"""libvirt's groups of figures that the timeline shows."""

TOTAL = "all guests"
_MOST_BEATS = 20_000
_MOST_MARKS = 300
_MOST_REASONS = 3  # of one gap
_SLOW = 4  # a host that takes that share of a beat to answer has fewer of them, and no gaps for it


class LiveSource:
    """One host: its guests' figures from beat to beat, and its events.

    Parameters
    ----------
    host
        An open host.
    every
        Seconds between two beats.
    keep
        Seconds that are kept.

    Attributes
    ----------
    events
        The subscription; a worker of the view hands what it says to `happened`.
    """

    live = True

    def __init__(self, host: Host, every: float, keep: float) -> None:
        self.host = host
        self.every = every
        self.title = host.name
        self.subtitle = host.uri
        self._lock = threading.RLock()
        self._ring = Ring(int(min(max(keep / every, 2), _MOST_BEATS)))
        self._lines: dict[str, Line] = {}
        self._earlier: Stats | None = None
        self._took = 0.0
        self._marks: deque[Mark] = deque(maxlen=_MOST_MARKS)
        self._reasons: deque[tuple[float, float, str]] = deque(maxlen=_MOST_MARKS)
        self._since = 0.0  # when samples ended
        self._why: list[str] = []
        self.events = host.events("domain")
        try:
            self._earlier = host.stats(GROUPS)
            self._note(self._earlier)
        except BaseException:
            self.events.close()
            raise

    def sample(self) -> float | None:
        """Take a sample: one call for all guests.

        Returns
        -------
        float or None
            The time of the new row (ms since 1970); None where there is no row: it was the first sample.

        Raises
        ------
        VirtError
            The host could not be asked.
        """
        begin = time.monotonic()
        later = self.host.stats(GROUPS)
        # one that answers slowly now, as after a lost connection, does not make what was before it no gap
        pace, self._took = max(self.every, _SLOW * self._took), time.monotonic() - begin
        with self._lock:
            earlier, self._earlier = self._earlier, later
            self._note(later)
            if earlier is None or later.time <= earlier.time:
                return None
            usage = rates(earlier, later, interval=pace).usage()
            at = moment(later.time)
            keys = usage["domain"].astype(str).tolist()
            seconds = usage["seconds"].to_numpy(dtype=np.float64, na_value=np.nan)
            self._ring.append(at, keys, seconds, codes_of(usage["interrupted"]), floats_of(usage))
            if self._why:
                self._reasons.append((self._since, at, "; ".join(self._why)))
                self._why = []
            return at

    @property
    def pause(self) -> float:
        """Seconds to wait until the next sample: a slow host is not asked all the time."""
        return max(self.every - self._took, (_SLOW - 1) * self._took)

    def interrupt(self, text: str) -> None:
        """Say why no samples are taken from now on, until there is one; there may be several reasons."""
        with self._lock:
            if not self._why:
                self._since = time.time() * 1000
            if text not in self._why and len(self._why) < _MOST_REASONS:
                self._why.append(text)

    def happened(self, event: Event) -> Mark:
        """Take note of an event."""
        key = event.domain if isinstance(event, DomainEvent) else ""
        name = event.name if isinstance(event, DomainEvent) else self.host.name
        mark = Mark(moment(event.time), name, words_of(event), key)
        with self._lock:
            self._marks.append(mark)
        return mark

    # --- as a source ----------------------------------------------------------------------------------------

    def lines(self) -> Sequence[Line]:
        """Return the guests, and all of them together."""
        with self._lock:
            total = Line(
                f"{TOTAL} {self.host.name}", f"{TOTAL} of {self.host.name}", self.host.name, None, "total"
            )
            return [*sorted(self._lines.values(), key=lambda one: one.name), total]

    def busiest(self) -> Sequence[str]:
        """Return keys of guests, those that used the most CPU in what is kept first."""
        with self._lock:
            known = [key for key in self._ring.busiest() if key in self._lines]
            return [*known, *(key for key in self._lines if key not in set(known))]

    def span(self) -> tuple[float, float] | None:
        """Return the times of the first and the last row."""
        with self._lock:
            return self._ring.span

    def series(self, line: Line) -> Series:
        """Return the rows of a line."""
        with self._lock:
            return self._ring.total() if line.kind == "total" else self._ring.series(line.key)

    def known(self, line: Line) -> Series:
        """Return the rows of a line: all is in memory."""
        return self.series(line)

    def reason(self, first: float, last: float) -> str:
        """Say why there were no samples for a while."""
        with self._lock:
            return next((text for a, b, text in reversed(self._reasons) if a <= last and b >= first), "")

    def marks(self) -> Sequence[Mark]:
        """Return the last events."""
        with self._lock:
            return list(self._marks)

    def close(self) -> None:
        """Let go of the host's events."""
        self.events.close()

    def _note(self, stats: Stats) -> None:
        """Keep names: a guest that is gone keeps its line as long as the ring has rows of it."""
        frame = stats.domains[["domain", "name"]]
        found = {
            str(key): Line(str(key), str(name), self.host.name, str(key))
            for key, name in zip(frame["domain"], frame["name"], strict=True)
        }
        kept = {key: self._lines[key] for key in self._ring.keys if key in self._lines}
        self._lines = {**kept, **found}
