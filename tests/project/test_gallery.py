"""The gallery has every chart and every repr, and shows what there is: its pages, without a built site."""

import ast
from collections import Counter

import pytest

from tests.project.test_repository import ROOT
from tools.site.gallery_items import of_folder, read
from tools.site.gallery_names import chart_functions, full_name, wanted
from virtsdk.model import FreeXml

ITEMS = of_folder(ROOT / "docs/gallery")
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs/gallery").glob("*.md")}


@pytest.fixture(scope="module")
def every() -> set[str]:
    return wanted()


def test_every_chart_and_every_repr_is_in_the_gallery(every: set[str]) -> None:
    assert {"virtsdk.display.charts.cpu", "virtsdk.resources.host.host.Host"} <= every
    assert "virtsdk.capacity.room.answers.headroom_report.HeadroomReport.chart" in every
    shown = {name for item in ITEMS for name in item.shows}
    assert every - shown == set(), "add an item to a page in docs/gallery"


def test_the_gallery_shows_nothing_that_is_not_there(every: set[str]) -> None:
    errors = {"virtsdk.errors.VirtError"}  # shown as text
    every = every | {full_name(FreeXml)}  # it looks as any model does, which is not plain to see
    assert {name for item in ITEMS for name in item.shows} - every - errors == set()


def test_an_item_is_whole() -> None:
    for item in ITEMS:
        ast.parse(item.code)
        assert item.shows, item
        whole = item.code.splitlines()[0].startswith(("import ", "from "))
        assert item.raises or whole or item.lab, item
        assert bool(item.lab) == ("lab1" in item.code), f"{item.name}: the option lab is for lab1"
        assert "virtsdk.lab" not in item.code, f"{item.name}: one lab a page, not one a block"
        assert item.raises == (item.shows == ("virtsdk.errors.VirtError",)), item


def test_a_picture_has_words_for_those_who_do_not_see_it() -> None:
    for item in ITEMS:
        drawn = [name for name in item.shows if name.endswith(".chart") or name in chart_functions()]
        assert bool(drawn and "interactive=True" not in item.code) == bool(item.alt), item.name


def test_an_item_has_a_name_a_heading_and_a_sentence_of_its_own() -> None:
    for page, text in PAGES.items():
        here = [item for item in ITEMS if item.page == page]
        assert max(Counter(item.name for item in here).values(), default=1) == 1
        assert max(Counter(item.title for item in here).values(), default=1) == 1
        for block in text.split("```{shown} ")[1:]:
            said = block.partition("\n```\n")[2].partition("\n##")[0].strip()
            assert said.endswith("."), f"{page}: say below {block.split()[0]} what to read in it"


def test_the_first_page_has_a_thumbnail_of_each() -> None:
    for page in {item.page for item in ITEMS}:
        assert f"```{{thumbnails}} {page}\n```" in PAGES["index"]
        assert f"```{{jump}} {page}\n```" in PAGES[page]


def test_what_is_no_item_is_refused() -> None:
    with pytest.raises(ValueError, match="must end"):
        list(read("## One\n```{shown} one\nimport virtsdk\n", "page"))
    with pytest.raises(ValueError, match="must have a lab of its page"):
        list(read("## One\n```{shown} one\n:lab:\n\nlab1\n```\n", "page"))
    with pytest.raises(ValueError, match="must have a heading"):
        list(read("```{shown} one\nimport virtsdk\n```\n", "page"))
    (item,) = read("## One\n\n```{shown} one\n:shows: a.B a.c\n:wide:\n\nx = 1\n\nx\n```\n", "page")
    assert (item.title, item.shows, item.code, item.wide) == ("One", ("a.B", "a.c"), "x = 1\n\nx", True)
    assert item.key != next(iter(read("## One\n```{shown} one\n:shows: a.B a.c\n\nx = 2\n```", "page"))).key
