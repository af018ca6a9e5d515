"""The user guide as it is read: outputs tell nothing of a machine, and sentences agree with them."""

from __future__ import annotations

import re
import socket
from typing import Any

import pytest

OUTPUTS = "//*[contains(@class, 'cell_output')]"
CELLS = "//*[contains(concat(' ', @class, ' '), ' cell ')]"
PROSE = "//article//*[self::p or self::li][not(ancestor::*[contains(@class, 'cell')])]"
NAMED = re.compile(r"(?<![\w.-])[a-z]+\d+(?![\w.-])")  # old1, kvm7
NO_GUEST = {"aarch64"}


@pytest.fixture(scope="module")
def guide(site: Any) -> dict[str, Any]:
    return {name: page for name, page in site.pages.items() if name.startswith("guide/")}


def test_each_page_shows_what_its_cells_gave(guide: dict[str, Any]) -> None:
    assert len(guide) > 10
    for name, page in guide.items():
        if name != "guide/index.html":
            assert page.tree.xpath(OUTPUTS), name
            assert not page.tree.xpath(f"{OUTPUTS}//*[contains(@class, 'stderr')]"), f"{name}: a warning"


def test_outputs_are_the_same_on_any_machine(guide: dict[str, Any]) -> None:
    me = re.escape(socket.gethostname())
    here = re.compile(rf"/tmp/|/root/|/home/|ipykernel|\b{me}\b|\d\d:\d\d:\d\d UTC")
    for name, page in guide.items():
        for output in page.tree.xpath(OUTPUTS):
            # figures of a recording have their times; those of this minute are what a handle was read at
            text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "", output.text_content())
            found = here.search(text)
            assert not found, f"{name}: {found and found.group()} in {text[:200]}"


def test_guests_and_hosts_of_its_sentences_are_those_of_its_cells(guide: dict[str, Any]) -> None:
    for name, page in guide.items():
        if name == "guide/index.html":
            continue
        cells = " ".join(cell.text_content() for cell in page.tree.xpath(CELLS))
        for sentence in page.tree.xpath(PROSE):
            for word in NAMED.findall(sentence.text_content()):
                assert word in cells or word in NO_GUEST, f"{name}: {word} in {sentence.text_content()!r}"
