"""Pictures of charts as HTML: titles, and names that no other picture in the page has."""

from __future__ import annotations

import re

from virtsdk.display.chart_picture import roomy, titled

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


PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="9" viewBox="0 0 100 9">'
    '<g transform="translate(20,0)"><g transform="translate(40,5)">{}</g></g></svg>'
)


def width(text: str) -> float:
    found = re.match(r'<svg[^>]* width="([0-9.]+)"[^>]* viewBox="0 0 ([0-9.]+) ', roomy(PICTURE.format(text)))
    assert found is not None
    assert found[1] == found[2]
    return float(found[1])


def test_a_picture_has_room_for_its_words_in_a_wide_font() -> None:
    assert width('<text font-size="10px">ab</text>') == 100
    assert width('<text font-size="10px">11 GiB of 12 GiB</text>') == 60 + 103  # 16 letters of 6.4
    assert width('<text font-size="10px" font-weight="bold">11 GiB of 12 GiB</text>') == 60 + 112
    assert width('<text font-size="10px" text-anchor="end">11 GiB of 12 GiB</text>') == 100
    assert width('<text font-size="10px" transform="rotate(-90)">11 GiB of 12 GiB</text>') == 100
    lines = "<tspan>ab</tspan><tspan>11 GiB of 12 GiB</tspan>"
    assert width(f'<text font-size="10px">{lines}</text>') == 163
