"""Events in words, those that come now and those that were recorded."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import pytest

from virtsdk import events
from virtsdk.tables.words import words, words_of

AT = {"host": "kvm1", "time": datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)}
GUEST = {**AT, "domain": "u", "name": "web1"}


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (events.DomainLifecycle(**GUEST, event="started", detail="booted"), "started: booted"),
        (events.DomainLifecycle(**GUEST, event="crashed", detail=""), "crashed"),
        (events.DomainWatchdog(**GUEST, action="re\u202eset"), "watchdog, action re\\u202eset"),
        (events.DomainReboot(**GUEST), "reboot"),
        (
            events.DomainBalloonChange(**GUEST, memory_current_bytes=5),
            "balloon change, memory current bytes 5",
        ),
        (events.NetworkLifecycle(**AT, network="u", name="n", event="started"), "network started"),
        (
            events.StoragePoolLifecycle(**AT, storage_pool="u", name="p", event="stopped"),
            "storage pool stopped",
        ),
        (events.StoragePoolRefresh(**AT, storage_pool="u", name="p"), "storage pool refresh"),
        (events.Disconnected(**AT), "the connection was lost; what happens until it is back is not seen"),
        (events.Reconnected(**AT, gap_seconds=12.3), "connected again; nothing was seen for 12 s"),
        (events.Reconnected(**AT, gap_seconds=75.0), "connected again; nothing was seen for 1 min 15 s"),
        (
            events.DomainIoError(**GUEST, path="/a\u202eb", alias="x", action="pause", reason="enospc"),
            "io error, path /a\\u202eb, alias x, action pause, reason enospc",
        ),
        (events.Overflow(**AT, dropped=7), "7 events came too fast and were dropped"),
    ],
    ids=lambda one: one if isinstance(one, str) else one.kind,
)
def test_events_are_words(event: events.Event, said: str) -> None:
    assert words_of(event) == said
    assert words(event.kind, asdict(event)) == said
