"""The gallery as it is built: each item in light and in dark, and pages that stay light and whole."""

from __future__ import annotations

from collections import Counter

from tests.site.pages import Site
from tools.site.gallery_items import of_folder
from tools.site.tutorials import NOTEBOOKS

ITEMS = of_folder(NOTEBOOKS.parent / "docs" / "gallery")
MOST = 600_000  # bytes of a page


def test_each_item_is_there_in_light_and_in_dark_with_its_lines(site: Site) -> None:
    for name in {item.page for item in ITEMS}:
        tree = site.pages[f"gallery/{name}.html"].tree
        here = [item for item in ITEMS if item.page == name]
        shown = tree.xpath("//*[contains(@class, 'gallery-item')]")
        assert len(shown) == len(here)
        for item, one in zip(here, shown, strict=True):
            light, dark = one.xpath("./*[contains(@class, 'gallery-panel')]")
            labels = [panel.get("aria-label") for panel in (light, dark)]
            assert labels == [f"{item.title}, light", f"{item.title}, dark"]
            assert light.text_content() == dark.text_content()
            assert bool(item.alt) == bool(light.xpath(".//img")) == bool(dark.xpath(".//img"))
            assert light.text_content().strip() or light.xpath(".//img"), item.name
            (lines,) = one.xpath("following-sibling::*[1]//pre")
            assert lines.text_content().strip() == item.code.strip()


def test_no_two_things_of_a_page_have_one_name(site: Site) -> None:
    for name, page in site.pages.items():
        if name.startswith("gallery/"):
            names = Counter(page.tree.xpath("//@id"))
            assert [one for one, number in names.items() if number > 1] == [], name


def test_pages_are_light_and_tell_nothing_of_the_machine(site: Site) -> None:
    for path in (site.folder / "gallery").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert len(text.encode()) < MOST, path.name
        assert str(NOTEBOOKS.parent) not in text
        assert "Nothing to draw" not in text
    for path in (site.folder / "_images/gallery").glob("*.svg"):
        assert "Nothing to draw" not in path.read_text(encoding="utf-8"), path.name


def test_a_thumbnail_leads_to_its_item(site: Site) -> None:
    tree = site.pages["gallery/index.html"].tree
    cards = tree.xpath("//*[contains(@class, 'gallery-card')]/a")
    assert sorted(one.text_content() for one in cards) == sorted(item.title for item in ITEMS)
    for one in cards:
        page, _, anchor = one.get("href").partition("#")
        assert site.pages[f"gallery/{page}"].tree.xpath(f"//*[@id='{anchor}']"), one.get("href")
