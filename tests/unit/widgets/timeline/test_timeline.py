"""The timeline as people use it from Python, and what it sends to its page."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import virtsdk
from tests.unit.history.recordings import at
from tests.unit.stats.records import DB
from tests.unit.widgets.timeline.conftest import HOSTILE
from tests.waiting import until
from virtsdk.display.text import printable
from virtsdk.errors import InvalidState
from virtsdk.widgets import Timeline
from virtsdk.widgets.timeline.sources.panels import COLUMNS, PANELS


def names(view: Timeline) -> list[str]:
    return [line["name"] for line in view.lines]


def points(told: list[tuple[dict[str, Any], list[bytes]]]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Take the last points that were sent apart, as the page does: times and values of each line."""
    message, (times, values) = [one for one in told if one[0]["kind"] == "points"][-1]
    all_times, all_values = np.frombuffer(times, "<f8"), np.frombuffer(values, "<f4")
    found, at_ = {}, 0
    for key, count in message["lines"]:
        some = all_values[at_ * len(PANELS) : (at_ + count) * len(PANELS)].reshape(len(PANELS), count)
        found[key] = all_times[at_ : at_ + count], some
        at_ += count
    assert at_ == len(all_times)
    return found


def test_guests_are_overlaid_by_name_and_by_uuid(view: Timeline, recording: virtsdk.Recording) -> None:
    until(lambda: HOSTILE in view.guests)  # looked for in the background
    assert [printable(HOSTILE), "db1", "web1"] == names(view)
    view.show(DB, "kvm7 (the machine)")
    assert names(view) == ["db1", "kvm7 (the machine)"]
    frame = view.frame()
    assert list(frame.columns) == ["host", "domain", "name", "time", *COLUMNS, "seconds", "interrupted"]
    usage = recording.usage(every=None, domains="db1")
    ours = frame[frame["name"] == "db1"].reset_index(drop=True)
    pd.testing.assert_series_equal(ours["cpu_used_vcpus"], usage["cpu_used_vcpus"])
    assert (ours["interrupted"] == "gap").sum() == 1
    view.show("web1")
    assert [line["slot"] for line in view.lines] == [0]
    view.show("web1", "db1", HOSTILE)
    assert [line["slot"] for line in view.lines] == [0, 1, 2]
    view.show("db1")
    assert [line["slot"] for line in view.lines] == [1]  # it keeps its colour
    view.show()
    assert len(names(view)) == 3  # the busiest


def test_wrong_guests_and_panels_are_refused(view: Timeline) -> None:
    with pytest.raises(ValueError, match=r"no guest 'web9' in this view; it has .*db1, web1"):
        view.show("db1", "web9")
    with pytest.raises(TypeError, match="a guest must be a name or UUID, not 7"):
        view.show(7)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="panels must be among cpu, memory"):
        view.panels = ["cpu", "gpu"]
    with pytest.raises(ValueError, match="panels must be at least one"):
        view.panels = []
    assert (len(names(view)), view.panels) == (3, list(PANELS))
    view.panels = ["net", "cpu"]
    assert view.panels == ["cpu", "net"]


def test_no_more_lines_than_can_be_told_apart(view: Timeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("virtsdk.widgets.timeline.choosing.MOST", 1)
    with pytest.raises(ValueError, match="guests must be at most 1, not 2"):
        view.show("db1", "web1")


def test_a_recording_does_not_go_on(view: Timeline) -> None:
    for verb in ("pause", "resume", "refresh"):
        with pytest.raises(InvalidState, match=f"cannot {verb} a recording"):
            getattr(view, verb)()


def test_the_page_gets_what_is_shown(recording: virtsdk.Recording, told) -> None:
    with recording.view(["web1"]) as view:
        view._pictures.wait(30)
        ((times, values),) = points(told).values()
        series = view._source.series(view._shown[0])
        known = np.isin(times, series.time)
        assert known.sum() == len(series)
        np.testing.assert_allclose(values.T[known], series.panels(), rtol=1e-6)
        holes = values[:, ~known]
        assert holes.shape[1] == 2 and np.isnan(holes).all()  # within the gap, and within the reset
        assert np.nanmax(values[0]) == pytest.approx(1.75)  # the spike
        told.clear()
        view._on_message(view, {"kind": "width", "value": 50}, [])
        until(lambda: view._width == 50)
        view.zoom(at(0), at(290))
        view._pictures.wait(30)
        ((times, values),) = points(told).values()
        assert times.max() <= at(300).timestamp() * 1000
        state = view.get_state()
        assert (bytes(state["times"]), bytes(state["values"])) == (times.tobytes(), values.tobytes())


def test_a_long_line_is_thinned_to_pixels(recording: virtsdk.Recording, told, monkeypatch) -> None:
    monkeypatch.setattr("virtsdk.widgets.timeline.painting._WIDTH", 10)
    with recording.view(["web1"]) as view:
        view._pictures.wait(30)
        ((times, values),) = points(told).values()
        message = [one for one, _ in told if one["kind"] == "points"][-1]
        assert len(times) <= 44 and message["step"] == 60_000.0
        assert values[0][np.isfinite(values[0])].max() == pytest.approx(1.75)  # the spike stays
        assert len(view.frame()) == 55  # and is not thinned here


def test_what_a_page_asks_for_is_what_methods_do(view: Timeline, ask) -> None:
    ask(view, "zoom", value=[at(60).timestamp() * 1000, at(120).timestamp() * 1000])
    until(lambda: view.range == (at(60), at(120)))
    ask(view, "select", value=[at(70).timestamp() * 1000, at(80).timestamp() * 1000])
    until(lambda: view.selected == (at(70), at(80)))
    ask(view, "zoom_to_selection")
    until(lambda: view.range == (at(70), at(80)))
    ask(view, "back")
    until(lambda: view.range == (at(60), at(120)))
    ask(view, "show_all")
    until(lambda: view.range_ms == [])
    ask(view, "last", value=60)
    until(lambda: view.range == (at(540), at(600)))
    ask(view, "clear_selection")
    until(lambda: view.selected is None)
    ask(view, "panels", value=["cpu"])
    until(lambda: view.panels == ["cpu"])
    ask(view, "show", value=["web1"])
    until(lambda: names(view) == ["web1"])
    ask(view, "neighbours")
    until(lambda: names(view)[:2] == ["web1", "db1"])


def test_what_cannot_be_done_is_said(view: Timeline, ask) -> None:
    for kind, value, said in (
        ("show", ["nobody"], "no guest 'nobody'"),
        ("zoom", [5.0, 1.0], "start must be before end"),
        ("panels", ["gpu"], "panels must be among"),
        ("zoom", None, "pair of times"),
        ("pause", None, "cannot pause a recording"),
        ("forecast", "gpu", "panel must be one of cpu, memory"),
    ):
        view._say("")
        ask(view, kind, value=value)
        until(lambda said=said: view.status_level == "error" and said in view.status)


def test_a_hostile_name_is_text(view: Timeline) -> None:
    until(lambda: HOSTILE in view.guests)
    view.show(HOSTILE)
    (line,) = view.lines
    assert "\u202e" not in line["label"] and line["label"].startswith("  <script>")
    view._pictures.wait(30)
    assert "<script>" not in view._still()
    assert view.frame()["name"].unique().tolist() == [HOSTILE]
    assert "\u202e" not in repr(view)


def test_events_are_a_frame(view: Timeline) -> None:
    assert view.events["name"].tolist() == ["web1", HOSTILE, HOSTILE]
    assert view.events["time"].tolist() == [at(450), at(470), at(520)]
    assert view.events["text"].tolist()[1:] == ["first sample of it", "last sample of it"]
    assert len(view.holes) == 2


def test_neighbours_are_those_of_the_host(view: Timeline) -> None:
    view.show("web1")
    view.neighbours()
    assert names(view)[:2] == ["web1", "db1"]
    view.show("kvm7 (the machine)")
    view.neighbours()
    assert "db1" in names(view)


def test_a_forecast_is_a_band_and_a_report(view: Timeline) -> None:
    report = view.forecast("memory", guest="db1", horizon="1min")
    assert report.horizon >= 1
    assert (view.band["panel"], view.band["key"]) == ("memory", view.lines[1]["key"])
    assert view.band["times"][0] > at(590).timestamp() * 1000
    assert len(view.band["times"]) == len(view.band["lo"]) == len(view.band["hi"])
    with pytest.raises(ValueError, match="at least 12 values of Network"):
        view.forecast("net", guest="kvm7 (the machine)")
    with pytest.raises(ValueError, match="no guest 'x'"):
        view.forecast(guest="x")
    view.show("web1")
    assert view.band == {}  # its line is not shown any more
    view.forecast()
    view.forecast(None)
    assert view.band == {}


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_a_recording_needs_no_libvirt() -> None:
    code = "import sys; sys.modules['libvirt'] = None\nimport virtsdk\n"
    code += "with virtsdk.example_recording().view('db1') as view: print(len(view.frame()))"
    assert run(code) == "360\n"


def test_without_the_extra_the_call_says_what_to_install() -> None:
    said = run(
        "import sys; sys.modules['anywidget'] = None\n"
        "import virtsdk\n"
        "with virtsdk.connect('test:///default') as host:\n"
        "    for call in (host.live, host.domains['test'].live, virtsdk.example_recording().view):\n"
        "        try:\n            call()\n"
        "        except virtsdk.MissingDependency as error:\n            print(error)"
    )
    assert said.count("pip install 'virtsdk[widgets]'") == 3


def test_a_closed_view_leaves_nothing(recording: virtsdk.Recording) -> None:
    def threads() -> list[str]:
        return [one.name for one in threading.enumerate() if one.name.startswith("virtsdk-timeline")]

    until(lambda: threads() == [])
    for _ in range(3):
        with recording.view() as view:
            until(lambda: 2 <= len(threads()) <= 3)  # the third ends by itself; those of before are gone
    until(lambda: threads() == [])
    assert repr(view) == "<Timeline closed>"


@pytest.mark.parametrize(
    ("domains", "error"), [("nobody", "no guest 'nobody'"), ([], "domains must be at least")]
)
def test_a_view_of_nobody_is_refused(recording: virtsdk.Recording, domains, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        recording.view(domains)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (
            lambda view: view.forecast("cpu2"),
            "panel must be one of cpu, memory, disk, net, delay, or None, not 'cpu2'",
        ),
        (lambda view: view.forecast(3), "panel must be one of .*, not 3"),
        (lambda view: view.forecast(horizon="-2D"), "horizon must be a time above 0, not '-2D'"),
        (lambda view: view.forecast(horizon="soon"), "horizon must be a length of time, for example '10s'"),
        (
            lambda view: view.show(["db1", "web1"]),
            r"not \['db1', 'web1'\]: give several one by one, show\(\*names\)",
        ),
        (
            lambda view: view._source.recording.view(3),
            "domains must be names or UUIDs, or None for the busiest, not 3",
        ),
    ],
)
def test_an_argument_that_is_wrong_is_called_by_its_name(
    view: Timeline, ask: Callable[[Timeline], object], said: str
) -> None:
    with pytest.raises((ValueError, TypeError), match=said):
        ask(view)
