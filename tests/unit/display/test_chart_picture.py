"""Pictures of charts as HTML: titles, and names that no other picture in the page has."""

from __future__ import annotations

import re

from virtsdk.display.chart_picture import titled

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg"><defs><clipPath id="clip0"/></defs><g clip-path="url(#clip0)" '
    'role="graphics-object" aria-label="axis"><path role="graphics-symbol" aria-label="{}"/></g></svg>'
)


def test_a_mark_says_its_words_and_an_axis_does_not() -> None:
    assert re.findall("<title>(.*?)</title>", titled(SVG.format("web1: 2"))) == ["web1: 2"]


def test_a_text_says_its_words_once_and_the_whole_has_a_name() -> None:
    svg = titled(SVG.format("x").replace("path", "text"), 'CPU of "a"')
    assert "<title>" not in svg
    assert 'role="img" aria-label="CPU of &quot;a&quot;"' in svg
    assert svg.count("role=") == svg.count("aria-") == 1


def test_words_are_never_markup() -> None:
    assert "<title>&lt;script&gt;</title>" in titled(SVG.format("&lt;script&gt;"))


def test_two_pictures_in_a_page_share_no_name() -> None:
    one, other = (titled(SVG.format(words)) for words in ("one", "other"))
    names = [set(re.findall(r'id="([^"]+)"', svg)) for svg in (one, other)]
    assert len(names[0] | names[1]) == 2
    for svg, (name,) in zip((one, other), names, strict=True):
        assert f"url(#{name})" in svg
