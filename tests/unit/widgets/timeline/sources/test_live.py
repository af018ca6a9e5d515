"""A live host as a source, and its view: beats, gaps with their reasons, events, nobody who looks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import virtsdk
from tests.unit.history.recordings import at
from tests.unit.widgets.timeline.conftest import beat
from tests.waiting import until
from virtsdk.errors import HostClosed, VirtError
from virtsdk.events import Disconnected, Reconnected
from virtsdk.stats import Stats
from virtsdk.widgets import Timeline
from virtsdk.widgets import looks as looking
from virtsdk.widgets.timeline.sources.live import LiveSource
from virtsdk.widgets.timeline.sources.source import holes_of


class Samples:
    """What a host would answer, sample by sample; an error is raised."""

    def __init__(self, *answers: float | VirtError) -> None:
        self.answers = list(answers)

    def __call__(self, _groups: object) -> Stats:
        answer = self.answers.pop(0)
        if isinstance(answer, VirtError):
            raise answer
        return beat(answer, host="vm")


@pytest.fixture
def host() -> Iterator[virtsdk.Host]:
    with virtsdk.connect("test:///default") as host:
        yield host


def source_of(host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch, *answers: float | VirtError) -> LiveSource:
    monkeypatch.setattr(host, "stats", Samples(*answers))
    return LiveSource(host, 10.0, 3600.0)


def test_a_beat_is_one_call_and_the_rates_since_the_one_before(host, monkeypatch) -> None:
    source = source_of(host, monkeypatch, 0, 10, 20)
    assert source.span() is None
    assert [source.sample(), source.sample()] == [at(10).timestamp() * 1000, at(20).timestamp() * 1000]
    db, web, total = source.lines()
    assert [one.name for one in (db, web)] == ["db1", "web1"]
    assert source.series(db).values[:, 0].tolist() == [0.5, 0.5]
    assert source.series(web).values[:, 0].tolist() == [0.25, 0.25]
    assert source.series(total).values[:, 0].tolist() == [0.75, 0.75]
    assert source.busiest() == [db.key, web.key]
    source.close()


def test_a_gap_has_its_length_and_its_reason(host, monkeypatch) -> None:
    source = source_of(host, monkeypatch, 0, 10, 120, 130)
    source.sample()
    monkeypatch.setattr("virtsdk.widgets.timeline.sources.live.time.time", lambda: at(15).timestamp())
    source.interrupt("the connection was lost")
    source.interrupt("nobody looked")
    source.interrupt("the connection was lost")
    source.sample()
    source.sample()
    line = source.lines()[0]
    (hole,), _ = holes_of([(line, source.series(line))], source)
    assert (hole.first, hole.last) == (at(10).timestamp() * 1000, at(120).timestamp() * 1000)
    assert hole.text == "No samples for 1 min 50 s: the connection was lost; nobody looked (db1)"
    assert np.isnan(source.series(line).values[1]).all() or source.series(line).code[1] == 1
    source.close()


def test_a_slow_answer_after_a_gap_does_not_hide_it(host, monkeypatch) -> None:
    source = source_of(host, monkeypatch, 0, 10, 50, 60, 100)
    ticks = iter([0, 0, 0, 20, 20, 20, 20, 20])  # the second answer takes 20 s, which makes the pace 80
    clock = SimpleNamespace(monotonic=lambda: next(ticks))
    monkeypatch.setattr("virtsdk.widgets.timeline.sources.live.time", clock)
    for _ in range(4):
        source.sample()
    assert source.series(source.lines()[0]).code.tolist() == [0, 1, 0, 1]
    source.close()


def test_a_sample_that_lacks_a_guest_leaves_a_gap_in_its_line_alone(host, monkeypatch) -> None:
    from virtsdk.stats import from_records

    source = source_of(host, monkeypatch, 0, 10, 20, 30, 40)
    lacking = from_records(
        [("0d5c7a3e-0000-4000-8000-000000000002", "db1", {"cpu.time": 10**10})], host="vm", time=at(20)
    )
    whole = host.stats

    def stats(groups: object) -> Stats:
        found = whole(groups)
        return lacking if found.time == at(20) else found

    monkeypatch.setattr(host, "stats", stats)
    for _ in range(4):
        source.sample()
    db, web, _ = source.lines()
    assert source.series(db).code.tolist() == [0, 0, 0, 0]
    assert source.series(web).code.tolist() == [0, 1, 0]
    assert source.series(web).seconds.tolist() == [10, 20, 10]
    source.close()


def test_a_guest_that_is_gone_keeps_its_line_while_there_are_rows(host, monkeypatch) -> None:
    source = source_of(host, monkeypatch, 460, 470, 480, 520, 530)
    source._ring._capacity = 2
    names = []
    for _ in range(4):
        source.sample()
        names.append(len(source.lines()))
    assert names == [4, 4, 4, 4]
    assert len(source._ring) == 2
    source.close()


# --- the view -----------------------------------------------------------------------------------------------


@pytest.fixture
def view(host: virtsdk.Host) -> Iterator[Timeline]:
    with host.live(every=0.1) as view:
        yield view


def test_nothing_is_sampled_while_nobody_looks(host, view: Timeline, monkeypatch) -> None:
    calls: list[float] = []
    stats = host.stats
    monkeypatch.setattr(host, "stats", lambda groups: calls.append(time.monotonic()) or stats(groups))
    assert not view._looks
    view._on_message(view, {"kind": "look", "page": "p", "visible": True}, [])
    until(lambda: len(calls) > 3)
    view._on_message(view, {"kind": "look", "page": "p", "visible": False}, [])
    until(lambda: not view._looks)
    view._sampling.acquire()
    view._sampling.release()
    before = len(calls)
    time.sleep(0.4)
    assert len(calls) <= before + 1
    monkeypatch.setattr(looking, "LOOK_SECONDS", -1.0)  # a page that went without a word
    view._on_message(view, {"kind": "look", "page": "q", "visible": True}, [])
    until(lambda: not view._looks)


def test_only_new_points_are_sent(host, monkeypatch, told) -> None:
    monkeypatch.setattr(host, "stats", Samples(0, 10, 20, 30, 120))
    with host.live(every=10.0) as view:
        view._pictures.wait(30)
        view.refresh()  # who is the busiest is known now: the lines are painted
        view._pictures.wait(30)
        told.clear()
        view.refresh()
        view.refresh()
        messages = [(message, buffers) for message, buffers in told if message["kind"] == "points"]
        assert [message["mode"] for message, _ in messages] == ["add", "add"]
        for message, (times, values) in messages:
            assert [count for _, count in message["lines"]] == [1, 1]
            assert (len(times), len(values)) == (2 * 8, 2 * 5 * 4)
        told.clear()
        view.refresh()  # after a gap
        ((message, (times, _)),) = [one for one in told if one[0]["kind"] == "points"]
        assert [count for _, count in message["lines"]] == [2, 2]  # a hole before the row
        assert [hole["kind"] for hole in view.holes] == ["gap"]
        assert view.holes[0]["last"] - view.holes[0]["first"] == 90_000


def test_pause_stops_and_resume_goes_on(host, view: Timeline) -> None:
    view._looks.note("p", True)
    until(lambda: len(view.frame()) > 1)
    view.pause()
    assert (view.paused, view.status) == (True, "Paused: no samples are taken.")
    with view._sampling:
        before = len(view.frame())
    time.sleep(0.3)
    assert len(view.frame()) <= before + 1
    view.resume()
    count = len(view.frame())
    until(lambda: len(view.frame()) > count)
    assert view._source.reason(0, 1e15) == "paused"


def test_events_are_marks(host, view: Timeline) -> None:
    host.domains["test"].suspend()
    until(lambda: "suspended: paused" in view.events["text"].tolist())
    host.domains["test"].resume()
    until(lambda: len(view.events) == 2)
    assert view.events["name"].tolist() == ["test", "test"]


def test_a_lost_connection_is_said_and_so_is_its_end(host, view: Timeline, monkeypatch) -> None:
    stats, failing = host.stats, threading.Event()

    trouble: list[Exception] = [VirtError("the wire is cut")]

    def answer(groups: object) -> Stats:
        if failing.is_set():
            raise trouble[0]
        return stats(groups)

    monkeypatch.setattr(host, "stats", answer)
    view._looks.note("p", True)
    until(lambda: len(view.frame()) > 1)
    failing.set()
    until(lambda: view.status == "No samples: the wire is cut" and view.status_level == "error")
    failing.clear()
    until(lambda: view.status.startswith("Connected again, after") and view.status_level == "info")
    trouble[0] = ZeroDivisionError()  # nobody thought of that: it is said, and it goes on
    failing.set()
    until(lambda: view.status == "A sample failed unexpectedly; the log has more.")
    failing.clear()
    until(lambda: view.status.startswith("Connected again"))


def test_a_connection_that_comes_back_within_a_beat_is_connected_again(host, view: Timeline) -> None:
    view._looks.note("p", True)
    until(lambda: len(view.frame()) > 1)
    now = pd.Timestamp.now("UTC").to_pydatetime()
    for event, said in (
        (Disconnected(host="h", time=now), ["Connection lost, trying again.", "Connected again, after"]),
        (Reconnected(host="h", time=now, gap_seconds=0.1), ["Connected again"]),
    ):
        view._source.events._inbox.put(event)
        until(lambda said=said: view.status.startswith(tuple(said)))
    until(lambda: view.status.startswith("Connected again"))
    assert view.events["text"].tolist()[0].startswith("the connection was lost")


def test_a_closed_host_ends_it(view: Timeline, host: virtsdk.Host) -> None:
    view._looks.note("p", True)
    until(lambda: len(view.frame()) > 1)
    host.close()
    until(lambda: view.status_level == "error")
    with pytest.raises((HostClosed, VirtError)):
        view.refresh()


def test_a_guest_alone_and_its_neighbours(tmp_path) -> None:
    one = "<domain type='test'><name>web{}</name><memory>65536</memory><os><type>hvm</type></os></domain>"
    path = tmp_path / "node.xml"
    path.write_text(f"<node>{''.join(one.format(i) for i in range(12))}</node>")
    with virtsdk.connect(f"test://{path}") as host, host.domains["web7"].live() as view:
        assert [line["name"] for line in view.lines] == ["web7"]
        assert len(view.guests) == 13
        view.neighbours()
        assert len(view.lines) == 8
        assert view.lines[0]["name"] == "web7"
        assert "4 more guests are on the same host" in view.status
        view.show("all guests of " + host.name)
        with host.live() as other:
            assert len(other.lines) == 8


def test_no_guests_are_an_empty_view(tmp_path) -> None:
    path = tmp_path / "node.xml"
    path.write_text("<node><cpu><num>2</num></cpu></node>")
    with virtsdk.connect(f"test://{path}") as host, host.live() as view:
        assert [line["kind"] for line in view.lines] == ["total"]
        view.refresh()
        assert view.frame().empty
        assert isinstance(view.frame(), pd.DataFrame)
        assert "No figures yet: a live view" in view._still()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"every": 0}, ValueError, "every must be at least 0.1"),
        ({"every": float("nan")}, ValueError, "every must be at least 0.1"),
        ({"every": "2s"}, TypeError, "every must be a number of seconds"),
        ({"keep": "1s"}, ValueError, "keep must be at least two beats"),
        ({"domains": "nobody"}, ValueError, "no guest 'nobody'"),
    ],
)
def test_wrong_options_are_refused_and_leave_nothing(host, options, error, message: str) -> None:
    with pytest.raises(error, match=message):
        host.live(**options)
    assert host.subscriptions == []
