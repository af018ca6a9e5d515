"""Gallery of the site: the directives of its pages, and their pictures in light and in dark.

``{shown} NAME`` runs the lines below it and shows their output twice, on a light and on a dark page, above
the lines themselves. ``{lab}`` has the lines that start the lab of a page: they run before those of each item
with the option ``lab``. ``{jump} PAGE`` lists what a page shows; ``{thumbnails} PAGE`` shows it small. All
items of all pages run in one process before the pages are read; what has run is kept by its lines and by the
package.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any, ClassVar, Final

from docutils import nodes
from docutils.parsers.rst import Directive, directives
from sphinx.application import Sphinx
from sphinx.util import logging

from tools.site.gallery_items import Item, of_folder

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "docs" / "gallery"
_PICTURES: Final = "_images/gallery"
_LAB: Final = "lab"
_AFTER: Final = f'<p><code>lab1</code> is of <a href="#{_LAB}">the first block</a> of this page.</p>'
_STYLE: Final = re.compile(r"<style>.*?</style>", re.DOTALL)
_FEW_ROWS: Final = 7
_log = logging.getLogger(__name__)

Output = dict[str, str]


def unlike(html: str, suffix: str) -> str:
    """Give the parts of some HTML names of their own, so that it can stand in a page twice.

    Examples
    --------
    >>> unlike('<b id="x"></b><a href="#x" aria-labelledby="x">', "dark")
    '<b id="x-dark"></b><a href="#x-dark" aria-labelledby="x-dark">'
    """
    html = re.sub(
        r'\b(id|for|aria-labelledby|aria-describedby|data-view)="([^"]+)"', rf'\1="\2-{suffix}"', html
    )
    html = re.sub(r'href="#([^"]+)"', rf'href="#\1-{suffix}"', html)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#\1-{suffix})", html)


def anywhere(text: str) -> str:
    """Take this machine's places out of an output: paths of the checkout and of what is temporary."""
    text = text.replace(f"{ROOT}/", "…/")
    text = re.sub(r"/tmp/virtsdk-lab-\w+", "/tmp/virtsdk-lab", text)  # what a lab's path is
    return re.sub(r"/tmp/tmp\w+", "/tmp/folder", text)


def shortened(html: str) -> str:
    """Keep the first rows of each table: more does not show in a thumbnail."""
    rows = 0

    def few(row: re.Match[str]) -> str:
        nonlocal rows
        rows += 1
        return row[0] if rows <= _FEW_ROWS else ""

    return re.sub(r"<tr>(?:(?!<tr>|<table>).)*?</tr>", few, html, flags=re.DOTALL)


class Outputs:
    """What the items show, as it is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def place(self, item: Item) -> Path:
        """Return the file that an item's outputs are kept in."""
        return self.folder / f"{item.key}.json"

    def of(self, item: Item) -> list[Output]:
        """Return what an item shows, without this machine's places."""
        kept: list[Output] = json.loads(self.place(item).read_text(encoding="utf-8"))
        return [{kind: anywhere(text) for kind, text in output.items()} for output in kept]

    def picture(self, item: Item, number: int) -> str:
        """Return the name of an item's picture, which another picture does not have."""
        return f"{item.page}-{item.name}-{number}.svg"

    def make(self, items: list[Item]) -> None:
        """Run what is not kept, all in one process.

        Raises
        ------
        RuntimeError
            Items fail; the message has them all.
        """
        lacking = [asdict(item) for item in items if not self.place(item).exists()]
        if not lacking:
            return
        _log.info("gallery: %d items run", len(lacking))
        command = [sys.executable, "-m", "tools.site.gallery_run", str(self.folder)]
        done = subprocess.run(  # our own module
            command, input=json.dumps(lacking), cwd=ROOT, text=True, capture_output=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"the gallery's items fail:\n{done.stderr}")


_outputs: Outputs | None = None
_items: dict[tuple[str, str], Item] = {}


def _known() -> Outputs:
    assert _outputs is not None
    return _outputs


def _raw(html: str) -> nodes.Node:
    return nodes.raw("", html, format="html")


class Shown(Directive):
    """An item: its output in light and in dark, and its lines."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Any] | None] = {
        "shows": directives.unchanged,
        "alt": directives.unchanged,
        "raises": directives.flag,
        "wide": directives.flag,
        "lab": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """Show the item."""
        document = self.state.document
        page = Path(document.current_source or "").stem
        item = _items[page, self.arguments[0]]
        seen: set[str] = document.settings.__dict__.setdefault("gallery_styles", set())
        panels = [f'<div class="gallery-item{" gallery-wide" if item.wide else ""}">']
        for theme in ("light", "dark"):
            parts = [
                _panel_part(item, number, output, theme) for number, output in enumerate(_known().of(item))
            ]
            label = f"{escape(item.title)}, {theme}"
            panels.append(
                f'<div class="gallery-panel gallery-{theme}" role="group" aria-label="{label}" tabindex="0">'
                f"{''.join(parts)}</div>"
            )
        html, styles = _without_styles("".join([*panels, "</div>"]))
        new = [style for style in styles if style not in seen]
        seen.update(new)
        code = nodes.literal_block(item.code, item.code, language="python")
        after = [_raw(_AFTER)] if item.lab else []
        return [_raw("".join(new) + html), code, *after]


class Lab(Directive):
    """The lines that start the lab of a page."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Show the lines."""
        code = "\n".join(self.content)
        return [_raw(f'<div id="{_LAB}"></div>'), nodes.literal_block(code, code, language="python")]


def _panel_part(item: Item, number: int, output: Output, theme: str) -> str:
    if "svg" in output:
        return _picture(item, number, output["svg"], escape(item.alt, quote=True))
    if "html" in output:
        return f'<div class="gallery-html">{unlike(output["html"], f"{item.name}-{number}-{theme}")}</div>'
    return f"<pre>{escape(output['text'])}</pre>"


def _picture(item: Item, number: int, svg: str, alt: str) -> str:
    size = re.search(r'<svg[^>]*? width="([\d.]+)" height="([\d.]+)"', svg)
    width, height = (round(float(size[1])), round(float(size[2]))) if size else (600, 200)
    place = f"../{_PICTURES}/{_known().picture(item, number)}"
    return f'<img src="{place}" alt="{alt}" width="{width}" height="{height}" loading="lazy">'


def _without_styles(html: str) -> tuple[str, list[str]]:
    styles = list(dict.fromkeys(_STYLE.findall(html)))
    return _STYLE.sub("", html), styles


def anchor(item: Item) -> str:
    """Return the anchor of an item in its page: that of its heading."""
    return nodes.make_id(item.title)


def _of_page(page: str) -> list[Item]:
    return [item for item in _items.values() if item.page == page]


class Jump(Directive):
    """List of what a page shows."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """List it, each a link."""
        links = [
            f'<li><a href="#{anchor(item)}">{escape(item.title)}</a></li>'
            for item in _of_page(self.arguments[0])
        ]
        label = "What this page shows"
        return [_raw(f'<nav class="gallery-jump" aria-label="{label}"><ul>{"".join(links)}</ul></nav>')]


class Thumbnails(Directive):
    """What a page shows, small: each a card that leads to it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Show the cards."""
        page = self.arguments[0]
        seen: set[str] = self.state.document.settings.__dict__.setdefault("gallery_styles", set())
        cards: list[str] = []
        for item in _of_page(page):
            outputs = _known().of(item)
            drawn = [(number, one) for number, one in enumerate(outputs) if "svg" in one]
            number, output = drawn[-1] if drawn else (0, outputs[0])
            if "svg" in output:
                inside = _picture(item, number, output["svg"], "")
            elif "html" in output:
                inside = unlike(shortened(output["html"]), f"{item.page}-{item.name}-small")
            else:
                inside = f"<pre>{escape(output['text'])}</pre>"
            cards.append(
                '<div class="gallery-card">'
                f'<div class="gallery-small" aria-hidden="true" inert>{inside}</div>'
                f'<a href="{page}.html#{anchor(item)}">{escape(item.title)}</a></div>'
            )
        html, styles = _without_styles("".join(cards))
        new = [style for style in styles if style not in seen]
        seen.update(new)
        return [_raw(f'{"".join(new)}<div class="gallery-cards">{html}</div>')]


def _run(app: Sphinx) -> None:
    """Run the items before the pages are read; pages with another output are read again."""
    global _outputs  # one build a process; workers are forks of it
    items = of_folder(FOLDER)
    _outputs = Outputs(Path(app.config.nb_execution_cache_path).parent / "gallery")
    _outputs.make(items)
    _items.clear()
    _items.update({(item.page, item.name): item for item in items})


def _pictures(app: Sphinx, error: Exception | None) -> None:
    """Write the pictures beside the pages."""
    if error is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir) / _PICTURES
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for item in _items.values():
        for number, output in enumerate(_known().of(item)):
            if "svg" in output:
                (folder / _known().picture(item, number)).write_text(output["svg"], encoding="utf-8")


def _read_again(_app: Sphinx, env: Any, *_: Any) -> list[str]:
    """Read the pages of the gallery again: what they show is not in their text alone."""
    return [name for name in env.found_docs if name.startswith("gallery/")]


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directives, and have the items run before a page is read."""
    app.add_directive("shown", Shown)
    app.add_directive("lab", Lab)
    app.add_directive("jump", Jump)
    app.add_directive("thumbnails", Thumbnails)
    app.connect("builder-inited", _run)
    app.connect("env-get-outdated", _read_again)
    app.connect("build-finished", _pictures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
