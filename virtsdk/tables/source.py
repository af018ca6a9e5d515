"""One host of a table: its events, what is listed of it, its figures."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from virtsdk.display.text import printable
from virtsdk.tables.course import Course
from virtsdk.tables.figures import GROUPS, figures_of
from virtsdk.tables.kinds import GUESTS, Kind, Within
from virtsdk.tables.kinds.events import KEPT
from virtsdk.tables.query import with_texts
from virtsdk.tables.rows import Row

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.events import Event
    from virtsdk.resources.host import Host
    from virtsdk.stats import Stats

CLOSED = "The host is closed"
"""Why nothing can be done there any more."""


class Source:
    """One host of a table.

    Parameters
    ----------
    host
        An open host.
    number
        Its place among the hosts of the explorer.
    mark
        What is put behind the UUIDs of its domains, so that they differ from those of other hosts.

    Attributes
    ----------
    heard
        Its last events, each with the number that it came with.
    course
        The last figures of its guests.
    """

    def __init__(self, host: Host, number: int = 0, mark: str = "") -> None:
        self.host = host
        self.number = number
        self.mark = mark
        self.stale = threading.Event()  # an event came, and its rows are due
        self.back = threading.Event()  # the connection is there again, and figures are due
        self.reading = threading.Lock()  # an older reading never overwrites a newer one
        self.sampling = threading.Lock()
        self.events = host.events()
        self.heard: deque[tuple[int, Event]] = deque(maxlen=KEPT)
        self.course = Course()
        self._earlier: tuple[float, Stats] | None = None

    def to_dict(self, kind: Kind = GUESTS) -> dict[str, object]:
        """Return plain values for the page, where it lists this kind."""
        closed = CLOSED if self.closed else ""
        return {
            "name": printable(self.host.name),
            "uri": printable(self.host.uri),
            "readonly": self.host.readonly,
            "lacks": kind.lacks(self.host),
            "closed": closed,
            "refused": {
                name: reason
                for name, verb in kind.verbs.items()
                if (reason := closed or verb.refusal(self.host))
            },
        }

    @property
    def closed(self) -> bool:
        """Whether the host was closed here: nothing more comes of it."""
        return self.host.session.closed

    def read(
        self, kind: Kind = GUESTS, within: Within | None = None
    ) -> tuple[pd.DataFrame, dict[str, Row]] | None:
        """Read what is listed of this kind, None where the driver has none.

        Returns
        -------
        tuple
            A frame, with ``key`` and what a filter looks at, and the page's rows.
        """
        if kind.lacks(self.host):
            return None
        frame = with_texts(kind.read(self, within), kind)
        frame["key"] = frame[kind.key].astype(str) + self.mark
        return frame, kind.rows_of(frame, self.number, self.mark)

    def identity(self, key: str) -> str:
        """Return what a key of a row stands for on this host."""
        return key.removesuffix(self.mark) if self.mark else key

    def handle(self, kind: Kind, key: str, within: Within | None = None) -> Any:
        """Find what a row stands for as a live object."""
        assert kind.handle is not None
        return kind.handle(self.host, self.identity(key), within)

    def sample(self, longest: float) -> pd.DataFrame | None:
        """Take a sample: one call for all domains.

        Parameters
        ----------
        longest
            Seconds; with a sample of before that is older than this the figures would be of a time that is
            long gone.

        Returns
        -------
        pandas.DataFrame or None
            The figures since the sample before, by key; None where there is no such sample.
        """
        now = time.monotonic()
        later = self.host.stats(GROUPS)
        earlier, self._earlier = self._earlier, (now, later)
        if earlier is None or now - earlier[0] > longest:
            return None
        frame = figures_of(earlier[1], later)
        frame.index = frame.index.astype(str) + self.mark
        return frame

    def forget(self) -> None:
        """Forget the sample of before: what comes next has nothing to do with it."""
        self._earlier = None

    def close(self) -> Any:
        """Let go of the host's events."""
        self.stale.set()
        self.back.set()
        self.events.close()
