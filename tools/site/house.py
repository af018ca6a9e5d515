"""Page about working on virtsdk: CONTRIBUTING.md itself, and its layer map drawn as the house that it is."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

CONTRIBUTING = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"
PAGE = "about/contributing"
PAGES = re.compile(r"docs/.*\.md$")
LINK = re.compile(r"\[([^\]]+)\]\(([^):#]+)(#[^)]*)?\)")


class Room(NamedTuple):
    """One row of the layer map."""

    floor: int
    parts: str
    what: str
    imports: str


def rooms(text: str) -> list[Room]:
    """Return the rows of the layer map, from the top floor down."""
    section = text.partition("## The layer map\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][2:]
    cells = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return [Room(int(floor), parts, what, imports) for floor, parts, what, imports in cells]


def words(cell: str) -> str:
    """Return the cell of a table as HTML."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(cell, quote=False))


def picture(text: str) -> str:
    """Draw the house: a floor a layer, a room a part."""
    plan = rooms(text)
    floors = [
        f'<li><span class="floor" aria-hidden="true">{number}</span><ul>'
        + "".join(
            f"<li><b>{words(room.parts)}</b> <span>{words(room.what)}</span></li>"
            for room in plan
            if room.floor == number
        )
        + "</ul></li>"
        for number in sorted({room.floor for room in plan}, reverse=True)
    ]
    return f'<ol class="house" aria-label="The layers, from the top down">{"".join(floors)}</ol>'


def for_the_site(text: str) -> str:
    """Return CONTRIBUTING's text with links of the site; what is not on the site is named only."""

    def link(match: re.Match[str]) -> str:
        name, path, anchor = match[1], match[2], match[3] or ""
        return f"[{name}](../{path.removeprefix('docs/')}{anchor})" if PAGES.match(path) else f"`{path}`"

    return LINK.sub(link, text)


class House(SphinxDirective):
    """``{house}``: the layers, drawn."""

    def run(self) -> list[nodes.Node]:
        """Return the picture."""
        return [nodes.raw("", picture(CONTRIBUTING.read_text(encoding="utf-8")), format="html")]


def read(_app: Sphinx, name: str, source: list[str]) -> None:
    """Put CONTRIBUTING's text where the page asks for it."""
    if name == PAGE:
        text = CONTRIBUTING.read_text(encoding="utf-8").partition("\n")[2]
        source[0] = source[0].replace("%CONTRIBUTING%", for_the_site(text))


def setup(app: Sphinx) -> dict[str, Any]:
    """Have the picture, and the text."""
    app.add_directive("house", House)
    app.connect("source-read", read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
