"""Plain values as HTML that escapes, survives without its style, and stays small."""

from __future__ import annotations

import re

import pytest

from virtsdk.display import html
from virtsdk.display.html import Markup


def stripped(page: str) -> str:
    """What is left where a preview takes style, classes and unknown elements away."""
    page = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).strip()


def test_everything_is_escaped_but_markup() -> None:
    hostile = '<b onclick="x">\'&'
    escaped = "&lt;b onclick=&quot;x&quot;&gt;&#x27;&amp;"
    assert html.escape(hostile) == escaped
    page = html.view(
        html.heading(hostile, hostile),
        html.paragraph(hostile),
        html.outline({hostile: hostile, "nested": {hostile: hostile}}, caption=hostile),
        html.table([hostile], [[hostile]], caption=hostile),
        html.meter(1, 2, text=hostile, label=hostile),
        title=hostile,
    )
    assert "<b" not in page
    assert page.count(escaped) == 14
    assert html.escape(Markup("<b>")) == "<b>"


def test_a_page_without_its_style_still_reads() -> None:
    page = html.view(
        html.heading("kvm7", "connected"),
        html.table(["name", "vCPUs", "used"], [["web1", 4, html.meter(1, 4)], ["db1", 2, html.meter(2, 2)]]),
    )
    assert stripped(page) == "kvm7 connected name vCPUs used web1 4 25 % db1 2 100 %"


def test_no_script_no_address_no_colour_of_its_own() -> None:
    page = html.view(html.table(["a"], [["b"]]))
    assert "<script" not in page
    assert "http" not in page
    assert page.count("<style>") == 1
    assert re.search(r"#[0-9a-f]{3,6}\b|\brgb|black|\bwhite\b(?!-)", page) is None
    assert len(page) < 2_000


def test_numbers_go_to_the_right_and_the_rest_is_counted() -> None:
    page = html.table(["name", "n"], [[f"g{i}", i] for i in range(60)], limit=10)
    assert page.count('<td class="num">') == 10
    assert "… and 50 more" in page
    assert page.count("<tr>") == 12
    assert html.table(["name", "n"], [["a", 1], ["b", None]]).count('class="num"') == 3
    assert html.table(["name", "n"], [["a", "1.5"], ["b", "(2 GiB)"]]).count('class="num"') == 3
    assert 'class="num"' not in html.table(["name", "tags"], [["a", None], ["b", "—"]])
    assert 'class="num"' not in html.table(["name", "yes"], [["a", True]])


def test_no_rows_is_a_table_with_a_header() -> None:
    assert stripped(html.table(["name", "state"], [])) == "name state"


@pytest.mark.parametrize(
    ("value", "maximum", "shown"),
    [
        (1.0, 4.0, "25 %"),
        (0, 5, "0 %"),
        (9, 4, "225 % over"),
        (None, 4, "—"),
        (1, None, "—"),
        (1, 0, "—"),
        (float("nan"), 4, "—"),
    ],
)
def test_a_meter_says_its_share_and_never_leaves_its_bounds(
    value: float | None, maximum: float | None, shown: str
) -> None:
    page = html.meter(value, maximum)
    assert stripped(page) == shown
    found = re.search(r'max="(\S+)" value="(\S+)"', page)
    assert found is None or 0 <= float(found[2]) <= float(found[1])
    assert ('optimum="0"' in page) is ("over" in shown), "a full bar is red"


def test_a_few_words_stay_in_one_line_and_a_sentence_is_not_squeezed() -> None:
    row = ["a", "running", "2026-11-28 10:20:45 UTC", "no", "because " * 4]
    page = html.table(["name", "state", "time", "current", "why"], [row])
    assert '<td class="few">running</td><td class="few">2026-11-28 10:20:45 UTC</td><td>no</td>' in page
    assert '<td class="long">because' in page
    bar = html.table(["name", "memory"], [["a", html.meter(1, 2, text="11 GiB of 23 GiB")]])
    assert '<td class="few"><meter' in bar
    assert ".few { white-space: nowrap }" in html.style()
    assert ".long { min-width:" in html.style()


def test_a_column_without_a_name_has_no_empty_header() -> None:
    assert "<thead><tr><td></td><th" in html.table(["", "answer"], [["room", "3 more"]])
