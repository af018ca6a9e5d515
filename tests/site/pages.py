"""The pages of the built site as lxml reads them, and what they refer to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import html
from lxml.html import HtmlElement

# Pages that Sphinx makes by itself and that no toctree names.
MADE = {"genindex.html", "search.html", "py-modindex.html"}
# What a browser fetches by itself, of CSS.
FETCHED = re.compile(r"""(?:@import\s+(?:url\()?|url\()\s*["']?([^"')\s]+)""")


@dataclass
class Page:
    """One page: its path below the site's folder, and its tree."""

    folder: Path
    path: Path
    tree: HtmlElement = field(init=False)

    def __post_init__(self) -> None:
        self.tree = html.fromstring(self.path.read_bytes().decode())

    @property
    def name(self) -> str:
        return str(self.path.relative_to(self.folder))

    @cached_property
    def anchors(self) -> set[str]:
        return {*self.tree.xpath("//@id"), *self.tree.xpath("//a/@name")}

    def links(self) -> Iterator[str]:
        """Yield where a reader may go."""
        yield from self.tree.xpath("//*[self::a or self::area]/@href")

    def loaded(self) -> Iterator[str]:
        """Yield what a browser fetches by itself."""
        yield from self.tree.xpath("//*[not(self::a)]/@src | //@poster | //object/@data")
        yield from self.tree.xpath(
            "//link[not(@rel='index' or @rel='search' or @rel='next' or @rel='prev')]/@href"
        )
        for several in self.tree.xpath("//@srcset | //@imagesrcset"):
            yield from (one.split()[0] for one in several.split(",") if one.split())
        yield from self.tree.xpath("//*[local-name()='image' or local-name()='use']/@href")
        for css in self.tree.xpath("//style/text() | //@style"):
            yield from FETCHED.findall(css)


@dataclass
class Site:
    """All pages of the site, by name."""

    folder: Path

    @cached_property
    def pages(self) -> dict[str, Page]:
        paths = sorted(self.folder.rglob("*.html"))
        return {(page := Page(self.folder, path)).name: page for path in paths if "_static" not in path.parts}

    def target(self, base: Path, address: str) -> tuple[Path, str] | None:
        """Return the file and the anchor that an address means; none for one that is not of this site."""
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            return None
        path = (base.parent / unquote(parts.path)).resolve() if parts.path else base.resolve()
        return path, unquote(parts.fragment)

    def broken(self, base: Path, address: str) -> str:
        """Return what is wrong with an address on a page or in a style sheet; empty where nothing is."""
        found = self.target(base, address)
        if found is None:
            return ""
        path, anchor = found
        if not path.is_relative_to(self.folder.resolve()):
            return "leaves the site"
        if not path.is_file():
            return "no such file"
        if anchor and path.suffix == ".html":
            page = self.pages.get(str(path.relative_to(self.folder.resolve())))
            if page is None or anchor not in page.anchors:
                return "no such anchor"
        return ""
