"""What is shown and what is selected: every way to say it, and what is refused."""

from __future__ import annotations

import pandas as pd
import pytest

import virtsdk
from tests.unit.history.recordings import START, at
from virtsdk.errors import InvalidState
from virtsdk.widgets import Timeline


def shown(view: Timeline) -> tuple[float, float]:
    first, last = view.range
    return (first - START).total_seconds(), (last - START).total_seconds()


def test_zoom_and_back(view: Timeline) -> None:
    assert shown(view) == (0, 600)
    view.zoom("2026-03-01 12:02", at(240))
    assert shown(view) == (120, 240)
    assert view.frame()["time"].between(at(120), at(240)).all()
    view.zoom_in()
    assert shown(view) == (150, 210)
    view.zoom_out()
    assert shown(view) == (120, 240)
    view.last("1min")
    assert shown(view) == (540, 600)
    view.zoom("-2min", "-1min")
    assert shown(view) == (480, 540)
    for expected in ((540, 600), (120, 240), (150, 210), (120, 240), (0, 600), (0, 600)):
        view.back()
        assert shown(view) == expected


def test_there_is_no_more_than_all(view: Timeline) -> None:
    view.zoom(at(10), at(590))
    view.zoom_out()
    assert (view.range_ms, shown(view)) == ([], (0, 600))
    view.zoom_out()
    view.zoom(at(0), at(100))
    view.zoom_out()
    assert shown(view) == (0, 150)  # there is nothing before


def test_zooming_in_ends(view: Timeline) -> None:
    for _ in range(40):
        view.zoom_in()
    first, last = view.range
    assert pd.Timedelta(0) < last - first < pd.Timedelta("100ms")


def test_a_selection_is_a_pair_of_timestamps(view: Timeline) -> None:
    assert view.selected is None
    seen = []
    view.observe(lambda change: seen.append(change["new"]), "selected")
    view.selected = "2026-03-01 12:01", at(120).to_pydatetime()
    assert view.selected == (at(60), at(120))
    assert seen == [view.selected]
    assert view.selected_ms == [at(60).timestamp() * 1000, at(120).timestamp() * 1000]
    view.zoom_to_selection()
    assert shown(view) == (60, 120)
    view.clear_selection()
    assert (view.selected, view.selected_ms) == (None, [])
    with pytest.raises(InvalidState, match="nothing is selected"):
        view.zoom_to_selection()


WRONG = [
    ((at(60), at(60)), ValueError, "start must be before end"),
    ((at(70), at(60)), ValueError, "start must be before end"),
    ((at(60).tz_localize(None), at(70)), ValueError, "start must have a time zone"),
    ((at(60), at(70).to_pydatetime().replace(tzinfo=None)), ValueError, "end must have a time zone"),
    ((pd.NaT, at(60)), ValueError, "start must be a time, not NaT"),
    ((at(60), None), TypeError, "end must be a time, not None"),
    ((60, 70), TypeError, "start must be a datetime or text"),
    (("soon", "later"), ValueError, "start must be a time"),
]


def test_wrong_times_are_refused_and_change_nothing(view: Timeline) -> None:
    view.selected = at(10), at(20)
    before = view.range
    for pair, error, message in WRONG:
        with pytest.raises(error, match=message):
            view.zoom(*pair)
        with pytest.raises(error, match=message):
            view.selected = pair
    assert (view.range, view.selected) == (before, (at(10), at(20)))


def test_what_is_no_pair_of_times_and_no_length_is_refused(view: Timeline) -> None:
    for wrong in (5, "now", (at(1),), (at(1), at(2), at(3))):
        with pytest.raises(ValueError, match="selected must be a pair of times or None"):
            view.selected = wrong
    with pytest.raises(ValueError, match="length must be"):
        view.last("soon")


def test_a_recording_has_its_times_before_anything_was_read() -> None:
    recording = virtsdk.example_recording()
    with recording.view() as view:
        assert view.range == (recording.start, recording.end)
        view.last("2h")
        seen = view.frame()
        assert seen["time"].min() >= recording.end - pd.Timedelta("2h")
        view.zoom("-2h", recording.end)
        pd.testing.assert_frame_equal(view.frame(), seen)


def test_all_that_there_is_has_the_last_sample_of_each() -> None:
    recording = virtsdk.example_recording()
    with recording.view() as view:
        seen = view.frame().groupby("name")["time"].max()
    last = recording.usage(every=None).groupby("name")["time"].max()
    assert seen.to_dict() == last[seen.index].to_dict()
