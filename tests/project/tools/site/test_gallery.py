"""How the gallery runs its items, and what it makes of their outputs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tools.site.gallery import anywhere, shortened, unlike
from tools.site.gallery_items import Item
from tools.site.gallery_run import WrongItem, run, watched


@pytest.fixture
def made() -> Iterator[set[str]]:
    names: set[str] = set()
    with watched(names):
        yield names


def item(code: str, *shows: str, raises: bool = False) -> Item:
    return Item("page", "name", "Title", shows, "", raises, False, "", code)


DISK = "virtsdk.models.domain.Disk"


def test_it_shows_what_a_notebook_would(made: set[str]) -> None:
    code = "from virtsdk.models.domain import Disk\na = Disk(device='lun')\ndisplay(a)\na.device = 'disk'\na"
    first, last = run(item(code, DISK), made)
    assert "lun" in first["html"]  # as it was when it was displayed
    assert "lun" not in last["html"]


def test_a_chart_is_known_by_the_function_that_drew_it(made: set[str]) -> None:
    code = "import virtsdk\nfrom virtsdk.display import charts\nr = virtsdk.example_recording()\n"
    (drawn,) = run(item(f"{code}charts.memory(r.stats().domains)", "virtsdk.display.charts.memory"), made)
    assert drawn["svg"].startswith("<svg")
    with pytest.raises(WrongItem, match=r"does not show virtsdk\.display\.charts\.cpu"):
        run(item(f"{code}charts.memory(r.stats().domains)", "virtsdk.display.charts.cpu"), made)


def test_an_error_is_shown_where_it_is_meant_and_else_ends_the_build(made: set[str]) -> None:
    code = "from virtsdk import xml\nxml.parse('<domain>')"
    (said,) = run(item(code, "virtsdk.errors.VirtError", raises=True), made)
    assert said["text"].startswith("XmlError: ")
    assert "line 2: xml.parse" in said["text"]
    with pytest.raises(WrongItem, match="page, name: XmlError"):
        run(item(code, DISK), made)
    with pytest.raises(WrongItem, match="does not show anything"):
        run(item("1"), made)


def test_an_output_can_stand_in_a_page_twice() -> None:
    html = '<svg id="a"><use href="#a"/><g fill="url(#a)"/></svg><label for="a"></label>'
    assert unlike(html, "x").count("a-x") == 4
    assert unlike('<a href="page.html#a">', "x") == '<a href="page.html#a">'


def test_a_machine_has_no_place_in_the_pages() -> None:
    assert anywhere("/tmp/virtsdk-lab-a1b2_/lab1 /tmp/tmpab12/x") == "/tmp/virtsdk-lab/lab1 /tmp/folder/x"


def test_a_thumbnail_has_the_first_rows() -> None:
    rows = "".join(f"<tr><td>{number}</td></tr>" for number in range(20))
    assert shortened(f"<table>{rows}</table>").count("<tr>") == 7
