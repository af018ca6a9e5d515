"""Every page of the site as it lies on disk: whole, led to, and without a link that goes nowhere."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from urllib.parse import urlsplit

from tests.site.pages import FETCHED, MADE, Site

HEADING = re.compile("h[1-6]")
HARMLESS = {"http", "https", "mailto"}  # of links; what else a link may be would be a script or a file
ADDRESSES = Path(__file__).resolve().parents[2] / "build" / "external-links.txt"


def test_no_link_goes_nowhere(site: Site) -> None:
    dead = [
        f"{page.name}: {address}: {wrong}"
        for page in site.pages.values()
        for address in {*page.links(), *page.loaded()}
        if not address.startswith("data:") and (wrong := site.broken(page.path, address))
    ]
    assert not dead, "\n".join(sorted(dead))


def test_links_off_the_site_are_listed_and_are_plain_addresses(site: Site) -> None:
    """Nothing is fetched here; ``build/external-links.txt`` has them all, for a person to try."""
    found: dict[str, str] = {}
    for page in site.pages.values():
        for address in page.links():
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                assert parts.scheme in HARMLESS, f"{page.name}: {address}"
                assert parts.scheme == "mailto" or "." in parts.netloc, f"{page.name}: {address}"
                found.setdefault(address, page.name)
    ADDRESSES.parent.mkdir(exist_ok=True)
    ADDRESSES.write_text("".join(f"{address}  {name}\n" for address, name in sorted(found.items())))


def test_nothing_is_loaded_from_elsewhere(site: Site) -> None:
    foreign = [
        f"{page.name}: {address}"
        for page in site.pages.values()
        for address in page.loaded()
        if not address.startswith("data:") and (urlsplit(address).scheme or urlsplit(address).netloc)
    ]
    for sheet in site.folder.rglob("*.css"):
        for address in FETCHED.findall(sheet.read_text()):
            if not address.startswith(("data:", "#")):
                wrong = "elsewhere" if urlsplit(address).netloc else site.broken(sheet, address)
                foreign += [f"{sheet.name}: {address}: {wrong}"] if wrong else []
    assert not foreign, "\n".join(foreign)


def test_each_page_has_a_title_a_language_and_one_heading(site: Site) -> None:
    titles: dict[str, str] = {}
    for page in site.pages.values():
        (title,) = page.tree.xpath("//head/title/text()")
        assert page.tree.get("lang") == "en", page.name
        headings = [" ".join(one.text_content().split()) for one in page.tree.xpath("//h1")]
        assert len(headings) == 1, f"{page.name}: {headings}"
        assert headings[0].strip("#"), page.name
        assert title not in titles, f"{page.name} and {titles.get(title)}: {title}"
        titles[title] = page.name


def test_every_page_is_written(site: Site) -> None:
    for page in site.pages.values():
        assert "To be written" not in page.tree.text_content(), page.name


def test_headings_go_down_by_one(site: Site) -> None:
    for page in site.pages.values():
        levels = [
            int(tag[1]) for one in page.tree.xpath("//article//*") if HEADING.fullmatch(tag := str(one.tag))
        ]
        for above, below in itertools.pairwise(levels):
            assert below <= above + 1, f"{page.name}: h{above} is followed by h{below}"


def test_every_page_is_reached_from_the_first_one(site: Site) -> None:
    """By tables of contents: the menus, and the lists that pages bring."""
    seen, left = set(), ["index.html"]
    while left:
        name = left.pop()
        if name in seen or name not in site.pages:
            continue
        seen.add(name)
        page = site.pages[name]
        for address in page.tree.xpath("//nav//a/@href | //*[contains(@class, 'toctree-wrapper')]//a/@href"
                                       " | //article//a/@href"):  # fmt: skip
            found = site.target(page.path, address)
            if found and found[0].is_relative_to(site.folder.resolve()):
                left.append(str(found[0].relative_to(site.folder.resolve())))
    assert site.pages.keys() - seen <= MADE, sorted(site.pages.keys() - seen - MADE)


def test_a_picture_has_words(site: Site) -> None:
    for page in site.pages.values():
        for picture in page.tree.xpath("//article//img"):
            assert picture.get("alt") is not None, f"{page.name}: {picture.get('src')}"


def test_what_no_page_needs_is_not_there(site: Site) -> None:
    """The theme's icon fonts, maps of sources, the index of all words where nothing is searched."""
    names = [str(path.relative_to(site.folder)) for path in site.folder.rglob("*")]
    assert not [
        name for name in names if re.search(r"\.(map|woff2?|ttf)$|fontawesome|_sources|require|mathjax", name)
    ]
    for page in site.pages.values():
        loaded = " ".join(page.loaded())
        assert ("searchindex.js" in loaded) == (page.name == "search.html"), page.name
        assert "fontawesome" not in loaded, page.name


def test_each_icon_of_a_page_is_drawn(site: Site) -> None:
    """By site.css: an icon of the theme that nobody drew would be a square of its colour."""
    rules = re.findall(r"([^{}]*)\{ --site-icon", (site.folder / "_static/site.css").read_text())
    drawn = {"fa-solid", "fa-lg", *re.findall(r"\.(fa-[\w-]+)", " ".join(rules))}
    for page in site.pages.values():
        for classes in page.tree.xpath("//*[contains(@class, 'fa-')]/@class"):
            assert {one for one in classes.split() if one.startswith("fa-")} <= drawn, (
                f"{page.name}: {classes}"
            )
