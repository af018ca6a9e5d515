"""A recording as a source: who is in it, lines read once, gaps and marks as they were."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import virtsdk
from tests.unit.history.recordings import at, taken, write
from tests.unit.stats.records import WEB
from tests.unit.widgets.timeline.conftest import HOSTILE, LATE, beat
from virtsdk.errors import RecordingError
from virtsdk.history.columns import EVENTS, own_frame
from virtsdk.history.writer import RecordingWriter
from virtsdk.widgets.timeline.sources.panels import COLUMNS
from virtsdk.widgets.timeline.sources.recorded import RecordedSource
from virtsdk.widgets.timeline.sources.source import Line, holes_of


@pytest.fixture
def source(recording: virtsdk.Recording) -> RecordedSource:
    return RecordedSource(recording)


def line(source: RecordedSource, name: str) -> Line:
    return next(one for one in source.lines() if one.name == name)


def test_figures_are_those_of_usage(source: RecordedSource, recording: virtsdk.Recording) -> None:
    usage = recording.usage(every=None, domains="web1")
    found = source.series(line(source, "web1")).frame("kvm7", usage["domain"].iloc[0], "web1")
    columns = ["host", "domain", "name", "time", *COLUMNS, "seconds", "interrupted"]
    assert list(found.columns) == columns
    expected = usage[columns].astype({"memory_used_bytes": "Float64"})
    pd.testing.assert_frame_equal(found, expected)


def test_lines_that_are_read_together_are_those_that_are_read_alone(recording: virtsdk.Recording) -> None:
    one, two = RecordedSource(recording), RecordedSource(recording)
    one.read(one.lines())
    assert all(one.has(some) and not two.has(some) for some in one.lines())
    for some in one.lines():
        a, b = one.series(some), two.series(some)
        assert len(a) > 5
        np.testing.assert_array_equal(a.values, b.values)
        np.testing.assert_array_equal(a.time, b.time)


def test_a_glance_has_cpu_and_memory_as_they_will_be(
    source: RecordedSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    guests = [line(source, "db1"), line(source, "web1")]
    assert not source.glance(guests)  # so little is read at once
    monkeypatch.setattr("virtsdk.widgets.timeline.sources.recorded._MANY", 100)
    assert [source.known(one) for one in guests] == [None, None]
    assert source.glance(guests)
    for one in guests:
        glance = source.known(one)
        assert glance is not None and not source.has(one)
        assert np.isnan(glance.values[:, 2:]).all()
        series = source.series(one)
        assert source.known(one) is series
        np.testing.assert_array_equal(glance.values[:, :2], series.values[:, :2])
        np.testing.assert_array_equal(glance.code, series.code)


def test_who_was_there_in_between_only_is_found_later(source: RecordedSource) -> None:
    assert [one.name for one in source.lines()] == ["db1", "web1", "kvm7 (the machine)"]
    assert source.complete()
    assert [one.name for one in source.lines()][:3] == [HOSTILE, "db1", "web1"]
    assert not source.complete()
    source.series(line(source, HOSTILE))
    texts = [mark.text for mark in source.marks()]
    assert texts == ["first sample of it", "last sample of it"]


def test_the_busiest_come_first(source: RecordedSource) -> None:
    assert [key.partition(" ")[0][-1] for key in source.busiest()] == ["2", "1"]  # db1, web1


def test_gaps_and_resets_have_their_lengths(source: RecordedSource) -> None:
    lines = [line(source, "db1"), line(source, "web1")]
    holes, more = holes_of([(one, source.series(one)) for one in lines], source)
    assert more == 0
    assert [(one.kind, (one.last - one.first) / 1000) for one in holes] == [("gap", 60.0), ("reset", 10.0)]
    assert holes[0].text == "No samples for 1 min (2 lines)"
    assert holes[0].first == at(300).timestamp() * 1000
    assert holes[1].text.startswith("web1: counters began anew")
    assert [mark.text for mark in source.marks()] == ["started anew since the sample before"]


def test_a_machine_has_its_own_figures(source: RecordedSource) -> None:
    series = source.series(line(source, "kvm7 (the machine)"))
    cpu, memory = series.values[:, 0], series.values[:, 1]
    assert np.nanmax(cpu) == pytest.approx(0.75 * 8)  # three of four seconds, of 8 CPUs
    assert np.nanmax(memory) == (8 * 2**20 - 2**20 - 5) * 1024
    assert np.isnan(series.values[:, 2:]).all()


def test_lines_that_were_shown_long_ago_make_room(
    source: RecordedSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("virtsdk.widgets.timeline.sources.recorded._MOST_HELD", 1)
    first, second = line(source, "db1"), line(source, "web1")
    source.series(first)
    source.series(second)
    assert (source.has(first), source.has(second)) == (False, True)
    assert len(source.series(first))


def test_too_few_samples_are_said(tmp_path: Path) -> None:
    write(tmp_path / "one", [beat(0)], only=None)
    with pytest.raises(RecordingError, match="less than two samples"):
        virtsdk.open_recording(tmp_path / "one").view()


def test_recorded_events_are_marks_with_their_words_and_said_once(tmp_path: Path) -> None:
    def told(second: float, kind: str, **said: object) -> dict[str, object]:
        known = {key: said.get(key) for key in ("domain", "name", "event", "detail")}
        return {"host": "kvm7", "time": at(second), "kind": kind, **known, "said": json.dumps(said)}

    web = {"domain": WEB, "name": "web1"}
    rows = [
        told(447, "domain_lifecycle", **web, event="started", detail="booted"),
        told(457, "domain_watchdog", **web, action="reset"),
        told(480, "reconnected", gap_seconds=2.5),
        told(481, "network_lifecycle", event="started"),
        told(482, "domain_lifecycle", domain=LATE, name="other", event="started", detail=""),
    ]
    write(tmp_path / "r", [beat(one) for one in range(420, 500, 10)], only=None)
    writer = RecordingWriter(tmp_path / "r")
    writer.add({**taken(beat(500)), EVENTS: own_frame(EVENTS, rows)})
    writer.close()
    source = RecordedSource(virtsdk.open_recording(tmp_path / "r"))
    connected = ("kvm7", "connected again; nothing was seen for 2.5 s")
    assert [(mark.name, mark.text) for mark in source.marks()] == [connected]
    source.series(line(source, "web1"))
    assert [(mark.name, mark.text) for mark in source.marks()] == [
        ("web1", "started: booted"),  # and not "started anew since the sample before" as well
        ("web1", "watchdog, action reset"),
        connected,
    ]
