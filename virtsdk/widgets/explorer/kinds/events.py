"""The tab of the events: what the hosts said since the view was opened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING

import pandas as pd

from virtsdk.display.text import printable
from virtsdk.events import Disconnected, DomainEvent, DomainLifecycle, Event, Overflow, Reconnected
from virtsdk.widgets.explorer.columns import Column, by_key
from virtsdk.widgets.explorer.kinds.kind import Kind, Within

if TYPE_CHECKING:
    from virtsdk.widgets.explorer.source import Source

KEPT = 1000
"""Events of a host; the oldest go first."""

_NAMED = {"host", "time", "domain", "network", "storage_pool", "secret", "name"}  # the rest is what it says
_COLUMNS = {
    "host": "str",
    "time": "datetime64[us, UTC]",
    "domain": "str",
    "name": "str",
    "kind": "str",
    "words": "str",
    "order": "int64",
}


def words_of(event: Event) -> str:
    """Say an event in words, without whom it is about."""
    if isinstance(event, Disconnected):
        return "connection lost; what happens until it is back is not seen"
    if isinstance(event, Reconnected):
        return f"connected again; nothing was seen for {event.gap_seconds:.0f} s"
    if isinstance(event, Overflow):
        return f"{event.dropped} events came too fast and were dropped"
    if isinstance(event, DomainLifecycle):
        return printable(f"{event.event}: {event.detail}" if event.detail else event.event)
    said = [(one.name, getattr(event, one.name)) for one in fields(event) if one.name not in _NAMED]
    kind = event.kind.removeprefix("domain_").replace("_", " ")
    if [name for name, _ in said] == ["event"]:  # of a network, a pool ...
        return printable(f"{kind.removesuffix(' lifecycle')} {said[0][1]}")
    return printable(", ".join([kind, *(f"{name.replace('_', ' ')} {value}" for name, value in said)]))


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
