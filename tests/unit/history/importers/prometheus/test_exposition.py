"""OpenMetrics and Prometheus's text: lines, their labels, times in seconds or milliseconds."""

from __future__ import annotations

import numpy as np
import pytest

from virtsdk.errors import RecordingError
from virtsdk.history.importers.prometheus.exposition import series_of_text


def one(text, **options):
    (found,) = series_of_text(text, "f.txt", **options).series
    return found


def test_lines_of_one_series_are_together():
    found = one('up{a="b"} 1 10\n# HELP up x\n\nup{a="b"} 2.5e1 20\n# EOF\n')
    assert found.labels == {"__name__": "up", "a": "b"}
    assert (found.times.tolist(), found.values.tolist()) == ([10_000_000, 20_000_000], [1.0, 25.0])


def test_labels_may_hold_anything():
    found = one(r'up{a="x}y\" # {",b="c\\d\ne",} 1 10')
    assert found.labels == {"__name__": "up", "a": 'x}y" # {', "b": "c\\d\ne"}


def test_exemplars_and_names_among_the_labels():
    assert one('a_total{b="c"} 1 10 # {trace_id="x"} 0.5 9.5').values.tolist() == [1.0]
    assert one('{__name__="a",b="c"} 1 10').labels == {"__name__": "a", "b": "c"}


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("a 1 1772366400", 1772366400),
        ("a 1 1772366400500", 1772366400.5),
        ("a 1 1772366400.25\n# EOF", 1772366400.25),
    ],
)
def test_times_are_seconds_or_milliseconds(line, seconds):
    assert one(line).times.tolist() == [round(seconds * 1e6)]


def test_a_scrape_has_the_time_that_is_given():
    assert one("a 1", time=5.0).times.tolist() == [5_000_000]
    with pytest.raises(RecordingError, match="line 2: it has no time, as a scrape has none: give time="):
        series_of_text("a 1 10\nb 2", "f.txt")


@pytest.mark.parametrize(
    ("word", "value"), [("+Inf", np.inf), ("-Inf", -np.inf), ("NaN", np.nan), ("1e999", np.inf)]
)
def test_values_that_are_no_figures_are_read(word, value):
    assert np.array_equal(one(f"a {word} 10").values, [value], equal_nan=True)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("<html><body>", r"line 1: no metric \(<html><body>\)"),
        ("up{a=b} 1 1", "line 1: no name and labels"),
        ('up{a="b" 1 1', "line 1: no metric"),
        ("1 2 3", "line 1"),
        ("up one 1", "line 1: no metric"),
        ("up 1-2 1", r"line 1: its value is no number: 1-2"),
        ("up 1 1-2", r"line 1: its time is no number: 1-2"),
        ("up 1 1e300", "a time is none, or outside the years"),
    ],
)
def test_what_is_no_line_is_named(line, says):
    with pytest.raises(RecordingError, match=says):
        series_of_text(line, "f.txt")


def test_nothing_but_remarks_is_nothing():
    assert not series_of_text("# HELP a b\n\n# EOF\n", "f.txt").series
