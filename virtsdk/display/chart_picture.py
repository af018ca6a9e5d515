"""Charts in a notebook: a picture in the page, on request with tooltips that need no script."""

from __future__ import annotations

import math
import re
from hashlib import sha256
from io import StringIO
from typing import Any, Final
from xml.etree import ElementTree

NAME: Final = "virtsdk"
"""Altair's name for this renderer."""
_MARK = "graphics-symbol"  # the role that a mark has in a picture of Vega's
_HEAD = re.compile(r'(?P<a><svg[^>]*? width=")(?P<width>[\d.]+)(?P<b>"[^>]*? viewBox="0 0 )[\d.]+(?P<c> )')
_MOVED = re.compile(r"translate\((-?[\d.]+)")
_PLAIN, _BOLD = 0.64, 0.7  # width of a letter in a wide font, of its height
_BEYOND = {"start": 1.0, "middle": 0.5, "end": 0.0}
_SVG = "http://www.w3.org/2000/svg"


def hovering(chart: Any) -> Any:
    """Have a notebook show a chart with its tooltips: what a mark says appears where the pointer rests."""
    return chart.properties(usermeta={NAME: {"interactive": True}})


def render(spec: dict[str, Any], **_options: Any) -> dict[str, str]:
    """Draw a chart for a notebook; a renderer of Altair's.

    The picture is SVG. One with tooltips is HTML as well: the same drawing, with the words of each mark as
    its ``<title>``, which every browser shows. There is no script in it and nothing to load, so that an
    exported page has the tooltips, too. (A picture in an ``<img>``, as notebooks show SVG, has none.)
    """
    import altair

    chart: Any = altair.Chart.from_dict(spec)
    with StringIO() as drawn:
        chart.save(drawn, format="svg")
        bundle = {"image/svg+xml": roomy(drawn.getvalue())}
    if spec.get("usermeta", {}).get(NAME, {}).get("interactive"):
        bundle["text/html"] = titled(bundle["image/svg+xml"], _name(spec.get("title")))
    return bundle


def _name(title: Any) -> str:
    said: Any = title.get("text", "chart") if isinstance(title, dict) else title or "chart"  # pyright: ignore
    return " ".join(said) if isinstance(said, list) else str(said)  # pyright: ignore


def roomy(svg: str) -> str:
    """Make a picture as wide as its texts may get in another font than the one that it was measured with.

    A page, or a program that shows the file, has a font of its own for ``sans-serif``; many are wider, and
    the last letters of what stands at the right would be cut off.

    Examples
    --------
    >>> picture = ('<svg width="50" height="9" viewBox="0 0 50 9"><g transform="translate(40,0)">'
    ...            '<text font-size="10px">12 GiB</text></g></svg>')
    >>> roomy(picture)[:48]
    '<svg width="79" height="9" viewBox="0 0 79 9"><g'
    """
    head = _HEAD.match(svg)
    if head is None:
        return svg
    root = ElementTree.fromstring(svg)  # noqa: S314  # drawn here, not read from elsewhere
    width = float(head["width"])
    wanted = max(width, _right(root, 0.0))
    if wanted == width:
        return svg
    wide = f"{math.ceil(wanted)}"
    return f"{head['a']}{wide}{head['b']}{wide}{head['c']}{svg[head.end() :]}"


def _right(element: Any, left: float) -> float:
    """Return how far to the right the texts below an element may reach."""
    moved = _MOVED.match(element.get("transform", ""))
    if moved:
        left += float(moved[1])
    if element.tag.rpartition("}")[2] != "text":
        return max((_right(child, left) for child in element), default=0.0)
    if "rotate" in element.get("transform", ""):
        return 0.0
    lines: list[str] = [one.text or "" for one in element] or [element.text or ""]
    bold = bool(element.get("font-weight") == "bold")
    height = float(str(element.get("font-size", "11px")).removesuffix("px"))
    length = max(map(len, lines)) * (_BOLD if bold else _PLAIN) * height
    return left + length * _BEYOND[str(element.get("text-anchor", "start"))]


def titled(svg: str, name: str = "chart") -> str:
    """Give each mark of a picture its words as a title, and its parts names that no other picture has.

    For readers that do not see the page the whole is one picture with a name: its texts say what it shows.

    Examples
    --------
    >>> picture = '<svg xmlns="http://www.w3.org/2000/svg"><path aria-label="a &lt; b" /></svg>'
    >>> print(titled(picture, "memory").partition(" role")[2])
    ="img" aria-label="memory"><path><title>a &lt; b</title></path></svg>
    """
    own = sha256(svg.encode()).hexdigest()[:8]
    svg = re.sub(r'\bid="([^"]+)"', rf'id="\1-{own}"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#\1-{own})", svg)
    svg = re.sub(r'href="#([^"]+)"', rf'href="#\1-{own}"', svg)
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(svg)  # noqa: S314  # drawn here, not read from elsewhere
    for mark in root.iter():
        words, role = mark.attrib.pop("aria-label", ""), mark.attrib.pop("role", _MARK)
        for other in [key for key in mark.attrib if key.startswith("aria-")]:
            del mark.attrib[other]
        if words and role == _MARK and not mark.tag.endswith("text"):  # a text says its words itself
            title = ElementTree.Element(f"{{{_SVG}}}title")
            title.text = words
            mark.insert(0, title)
    root.set("role", "img")
    root.set("aria-label", name)
    return ElementTree.tostring(root, encoding="unicode")
