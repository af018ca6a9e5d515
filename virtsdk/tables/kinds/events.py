"""The tab of the events: what the hosts said since the view was opened."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from virtsdk.events import DomainEvent, Event
from virtsdk.tables.columns import Column, by_key
from virtsdk.tables.kinds.kind import Kind, Within
from virtsdk.tables.words import words_of

if TYPE_CHECKING:
    from virtsdk.tables.source import Source

KEPT = 1000
"""Events of a host; the oldest go first."""

_COLUMNS = {
    "host": "str",
    "time": "datetime64[us, UTC]",
    "domain": "str",
    "name": "str",
    "kind": "str",
    "words": "str",
    "order": "int64",
}


def frame_of(heard: Iterable[tuple[int, Event]]) -> pd.DataFrame:
    """Put events in a frame.

    Returns
    -------
    pandas.DataFrame
        One row per event: host, time (UTC, when it arrived here), domain (the UUID of the guest that it is
        about), name (of the guest, or else of the network, pool or device), kind, words, and order (the
        number that it came with).
    """
    rows = [
        (
            event.host,
            event.time,
            event.domain if isinstance(event, DomainEvent) else None,
            getattr(event, "name", None),
            event.kind,
            words_of(event),
            order,
        )
        for order, event in heard
    ]
    return pd.DataFrame(rows, columns=pd.Index(list(_COLUMNS))).astype(_COLUMNS)


def _read(source: Source, _within: Within | None) -> pd.DataFrame:
    return frame_of(source.heard)


EVENTS = Kind(
    tab="events",
    noun="event",
    columns=by_key(
        Column("time", "Time (UTC)", "When it arrived here", "time", "time", 11.5, order="order"),
        Column(
            "name", "About", "The guest that it is about, or the network, pool or device", "text", "name", 11
        ),
        Column("words", "What", "What the host said", "text", "words"),
        Column("host", "Host", "The host that said it", "text", "host", 10),
        Column("event", "Kind", "virtsdk's name of such an event", "text", "kind", 14),
    ),
    key="order",
    read=_read,
    sort="-time",
    beat=3600.0,
    follows=("",),
    tells=False,
)
