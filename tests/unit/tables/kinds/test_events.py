"""The tab of the events: words, order, bounds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import virtsdk
from tests.waiting import until
from virtsdk import events
from virtsdk.tables.kinds.events import EVENTS, KEPT, frame_of

AT = {"host": "kvm1", "time": datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)}
GUEST = {**AT, "domain": "u", "name": "web1"}


def test_a_frame_says_whom_an_event_is_about() -> None:
    heard = [(1, events.DomainReboot(**GUEST)), (2, events.SecretValueChanged(**AT, secret="s"))]
    frame = frame_of(heard)
    assert frame["name"].tolist()[0] == "web1"
    assert frame[["domain", "name"]].isna().to_numpy().tolist() == [[False, False], [True, True]]
    assert str(frame["time"].dtype) == "datetime64[us, UTC]"
    assert frame_of([]).dtypes.to_dict() == frame.dtypes.to_dict()
    rows = EVENTS.rows_of(frame, 3, "@3")
    assert rows.keys() == {"1@3", "2@3"}
    assert (rows["1@3"]["time"], rows["1@3"]["order"], rows["2@3"]["name"]) == ("03-01 12:00:05", 1, "")


def test_the_newest_is_first_and_the_filter_applies() -> None:
    with virtsdk.connect("test:///default") as host, host.explore() as explorer:
        explorer.tab = "events"
        assert len(explorer.frame) == 0
        host.domains["test"].suspend()
        host.networks["default"].destroy()
        host.domains["test"].resume()
        until(lambda: len(explorer.rows) == 3)  # while the tab is shown, without being asked
        assert explorer.frame["words"].tolist() == [
            "resumed: unpaused",
            "network stopped",
            "suspended: paused",
        ]
        assert list(explorer.frame.columns) == ["host", "time", "domain", "name", "kind", "words"]
        explorer.filter = "name:test words~paused"
        assert explorer.frame["words"].tolist() == ["resumed: unpaused", "suspended: paused"]
        assert int(explorer.shown, 16).bit_count() == 2
        explorer.filter, explorer.sort = "event:network*", "time"
        assert explorer.frame["name"].tolist() == ["default"]
        explorer.filter = ""
        assert explorer.frame["words"].tolist()[0] == "suspended: paused"
        assert (explorer.handles, explorer.status) == ([], "")
        with pytest.raises(virtsdk.errors.InvalidState, match="event test is not one, but 2: give a key"):
            explorer.select("test")
        explorer.select(*explorer.rows)
        assert len(explorer.selection) == 3
        assert explorer.handles == []


def test_the_oldest_go_first() -> None:
    with virtsdk.connect("test:///default") as host, host.explore() as explorer:
        heard = explorer._sources[0].heard
        heard.extend((-number, events.DomainReboot(**GUEST)) for number in range(KEPT, 0, -1))
        explorer.tab = "events"
        explorer.select(f"{-KEPT}")
        host.domains["test"].suspend()
        until(lambda: "1" in explorer.rows)
        assert len(explorer.rows) == KEPT
        assert explorer.selected == []
        assert explorer.frame["name"].tolist()[:2] == ["test", "web1"]


def test_events_of_one_moment_are_in_the_order_that_they_came_in() -> None:
    with virtsdk.connect("test:///default") as host, host.explore() as explorer:
        heard = explorer._sources[0].heard
        heard.extend(
            (order, events.DomainReboot(**GUEST | {"name": name})) for order, name in enumerate("bca")
        )
        explorer.tab = "events"
        assert explorer.frame["name"].tolist() == ["a", "c", "b"]
        explorer.select("0", "2")
        explorer.tab = "guests"
        heard.popleft()
        explorer.tab = "events"
        assert (explorer.frame["name"].tolist(), explorer.selected) == (["a", "c"], ["2"])
