"""The static picture: lines that end at gaps, values in words, no script."""

from __future__ import annotations

import re

import numpy as np

from virtsdk.widgets.timeline.sources.panels import COLUMNS, PANELS
from virtsdk.widgets.timeline.sources.series import GAP, Series
from virtsdk.widgets.timeline.still import page, written

NAME = "<b>web1</b>"


def series() -> Series:
    values = np.full((6, len(COLUMNS)), np.nan)
    values[:, 0] = [1, 2, 4, np.nan, 1, 0.25]
    values[:, 1] = [2**30] * 6
    codes = np.array([0, 0, 0, GAP, 0, 0], np.uint8)
    return Series(1000.0 * np.arange(1, 7), np.ones(6), codes, values)


def test_each_panel_that_is_known_is_a_picture_and_lines_end_at_gaps() -> None:
    html = page("kvm7", "qemu:///system", list(PANELS), [(NAME, 0, series())], (0, 6000), 0)
    labels = re.findall(r'<svg [^>]*aria-label="([^"]*)"', html)
    assert labels == ["CPUs used, up to 4", "Memory used, up to 1 GiB"]
    path = re.search(r'<path d="([^"]*)" fill="none"', html)
    assert path
    assert path.group(1).count("M") == 2  # before the gap, and after it
    assert "nan" not in path.group(1)
    assert "<script" not in html
    assert NAME not in html and "&lt;b&gt;web1" in html
    assert "<td>0.25</td>" in html.replace(' class="num"', "") and "1 GiB" in html
    assert html.count('stroke="#2f7fd3"') == 3  # the line in each picture, and beside its name
    assert "1970-01-01 00:00:00 to 1970-01-01 00:00:06 UTC" in html


def test_what_is_not_there_is_said() -> None:
    assert "No figures yet" in page("kvm7", "", ["cpu"], [("web1", 0, Series.empty())], None, 0)
    unread = page("recording", "", ["cpu"], [], (0, 6000), 3)  # its times are known before its figures
    assert "still being read" in unread and "somebody looks" not in unread
    html = page("kvm7", "", ["cpu"], [("web1", 0, series())], (0, 6000), 3)
    assert "3 more lines are not in this picture" in html


def test_the_time_is_said_once() -> None:
    parts = [("web1", 0, series())]
    said = "1970-01-01 00:00 to 1970-01-01 00:00 UTC"
    assert page("r", said, ["cpu"], parts, (0, 6000), 0).count("1970-01-01") == 2
    assert "1970-01-01 00:02:00 to" in page("r", said, ["cpu"], parts, (120_000, 180_000), 0)


def test_a_stretch_is_drawn_alone() -> None:
    words = [(1000.0, "before it"), (5000.0, "<i>in it</i>")]
    html = page("kvm7", "", ["cpu"], [("web1", 0, series())], (4000, 6000), 0, words)
    assert "before it" not in html and "&lt;i&gt;in it" in html
    assert "CPUs used, up to 4" in html  # the value at its edge
    assert html.count("M") >= 1


def test_nothing_has_the_unit_of_the_live_view() -> None:
    assert written(0.0, PANELS["disk"]) == "0 B/s"
    assert written(0.0, PANELS["memory"]) == "0 B"
