"""What the theme brings and the site does not need is taken out of the pages, once they are written.

Icons are drawn by site.css, so its icon fonts go, with the script and the rules for them; a page other than
the search itself does not load the index of all words; maps of sources are for who works on the theme. What
the theme's toggles open is said. Words that were searched for are not marked: Sphinx's script for that stops
at the first chart that has one.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

FONT = re.compile(r"@font-face\{[^}]*Font Awesome[^}]*\}")
ICON = re.compile(r"(?:\.fa-[\w-]+(?:::?before)?,?)+\{--fa:\"[^\"]*\"\}")
SCRIPT = re.compile(r'\s*<script[^>]*src="[^"]*/fontawesome\.js[^"]*"[^>]*></script>')
COMMENT = "  <!-- So that users can add custom icons -->\n"
SEARCH = re.compile(
    r'\s*<script src="[^"]*(?:_static/searchtools|_static/language_data|_static/sphinx_highlight|searchindex)'
    r'\.js[^"]*"></script>'
)
TOGGLE = '<summary><span class="toctree-toggle"'
NAMED = '<summary aria-label="Pages below this one"><span class="toctree-toggle"'
GONE = (
    "_static/vendor/fontawesome",
    "_static/scripts/fontawesome.js",
    "_static/scripts/fontawesome.js.LICENSE.txt",
    "_sources",
)


def page(text: str, *, searches: bool) -> str:
    """Return a page without what it does not need."""
    text = SCRIPT.sub("", text).replace(COMMENT, "").replace(TOGGLE, NAMED)
    return text if searches else SEARCH.sub("", text)


def trim(folder: Path) -> None:
    """Take out of a built site what no page needs."""
    for path in folder.rglob("*.map"):
        path.unlink()
    for name in GONE:
        place = folder / name
        shutil.rmtree(place, ignore_errors=True) if place.is_dir() else place.unlink(missing_ok=True)
    sheet = folder / "_static" / "styles" / "pydata-sphinx-theme.css"
    sheet.write_text(ICON.sub("", FONT.sub("", sheet.read_text())))
    for path in folder.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        path.write_text(page(text, searches=path.name == "search.html"), encoding="utf-8")


def finished(app: Sphinx, error: Exception | None) -> None:
    """Trim what was built, where it was."""
    if error is None and app.builder.name == "html":
        trim(Path(app.outdir))


def setup(app: Sphinx) -> dict[str, Any]:
    """Trim when everything is written."""
    app.connect("build-finished", finished)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
