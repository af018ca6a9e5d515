"""One host of an explorer: its events, its domains, its figures."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from virtsdk.display.text import printable
from virtsdk.widgets.explorer.figures import GROUPS, figures_of
from virtsdk.widgets.explorer.query import with_texts
from virtsdk.widgets.explorer.rows import Row, rows_of
from virtsdk.widgets.verbs import VERBS

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.resources.host import Host
    from virtsdk.stats import Stats


class Source:
    """One host of an explorer.

    Parameters
    ----------
    host
        An open host.
    number
        Its place among the hosts of the explorer.
    mark
        What is put behind the UUIDs of its domains, so that they differ from those of other hosts.
    """

    def __init__(self, host: Host, number: int = 0, mark: str = "") -> None:
        self.host = host
        self.number = number
        self.mark = mark
        self.stale = threading.Event()  # an event came, and its rows are due
        self.reading = threading.Lock()  # an older reading never overwrites a newer one
        self.sampling = threading.Lock()
        self.events = host.events()
        self._earlier: tuple[float, Stats] | None = None

    def to_dict(self) -> dict[str, object]:
        """Return plain values for the page."""
        return {
            "name": printable(self.host.name),
            "uri": printable(self.host.uri),
            "readonly": self.host.readonly,
            "refused": {name: reason for name, verb in VERBS.items() if (reason := verb.refusal(self.host))},
        }

    def read(self) -> tuple[pd.DataFrame, dict[str, Row]]:
        """Read the domains: as a frame, with ``key`` and what a filter looks at, and as the page's rows."""
        frame = with_texts(self.host.domains.frame())
        frame["key"] = frame["domain"].astype(str) + self.mark
        return frame, rows_of(frame, self.number, self.mark)

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
        self.events.close()
