"""What a recording has beside figures: definitions, and events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from virtsdk.history.columns import DEFINITIONS, EVENTS, SAMPLES, recorded
from virtsdk.history.reading.arguments import Names, Time, microseconds_of
from virtsdk.history.reading.frames import read_frame
from virtsdk.history.reading.query import select
from virtsdk.history.reading.reader import Selection

if TYPE_CHECKING:
    from virtsdk.history.reading.reader import Reader


class Tellings:
    """Answers from what was recorded with ``include=``; a part of `Recording`."""

    _reader: Reader

    def definitions(
        self, time: Time | None = None, *, hosts: Names | None = None, domains: Names | None = None
    ) -> pd.DataFrame:
        """Give the definitions that guests had at a time; empty where they were not recorded.

        Parameters
        ----------
        time
            As of `stats`; None for the end of the recording.
        hosts, domains
            As of `frames`.

        Returns
        -------
        pandas.DataFrame
            One row per host and domain that it had then: host, domain, name, time (UTC, since when the
            definition is known to be like that), definition (libvirt's XML, for `virtsdk.xml.parse`;
            passwords are not in it).
        """
        chosen = select(self._reader, hosts=hosts, domains=domains)
        bounds = self._reader.bounds(SAMPLES)
        until = microseconds_of(time, end=None if bounds is None else bounds[1])
        selection = Selection(None, None if until is None else until + 1, chosen.hosts, chosen.domains)
        rows = read_frame(self._reader, DEFINITIONS, recorded()[DEFINITIONS], selection)
        last = rows.drop_duplicates(["host", "domain"], keep="last")
        there = last[~last["removed"].fillna(False).astype(bool)].drop(columns="removed")
        return there.sort_values(["host", "name", "domain"], kind="stable", ignore_index=True)

    def events(
        self,
        *,
        start: Time | None = None,
        end: Time | None = None,
        hosts: Names | None = None,
        kinds: Names | None = None,
    ) -> pd.DataFrame:
        """Give what the hosts reported; empty where events were not recorded.

        Parameters
        ----------
        start, end, hosts
            As of `frames`.
        kinds
            Only these, ``"domain_lifecycle"`` ...

        Returns
        -------
        pandas.DataFrame
            One row per event, by time: host, time (UTC), kind, domain (UUID), name, event, detail, said (all
            fields of the event, as JSON).
        """
        selection = select(self._reader, start, end, hosts)
        rows = read_frame(self._reader, EVENTS, recorded()[EVENTS], selection)
        wanted = None if kinds is None else {kinds} if isinstance(kinds, str) else set(kinds)
        if wanted is not None:
            rows = rows[rows["kind"].isin(list(wanted))]
        return rows.sort_values(["time", "host"], kind="stable", ignore_index=True)
