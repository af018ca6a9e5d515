"""The gallery of guests: valid, clean under a strict type checker, at most half as long as their XML."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jupytext
import pytest

from virtsdk import xml
from virtsdk.models.domain import DomainDef

PATH = Path(__file__).resolve().parents[2] / "notebooks" / "03b_guests_from_nothing.py"
NAMES = ["windows11", "render1", "database1", "packets1", "cloud1", "arm1", "container1"]


def lines(source: str) -> int:
    """Count the lines that say something."""
    return sum(1 for line in source.splitlines() if line.strip() and not line.strip().startswith("#"))


@cache
def gallery() -> tuple[dict[str, tuple[DomainDef, str]], str]:
    """Run the cells: each guest by name with its source, and the source of what they share."""
    space: dict[str, Any] = {}
    found: dict[str, tuple[DomainDef, str]] = {}
    common = ""
    for cell in jupytext.read(PATH).cells:
        if cell.cell_type != "code":
            continue
        tags = cell.metadata.get("tags", [])
        before = set(space)
        exec(compile(cell.source, str(PATH), "exec"), space)
        common += cell.source if "common" in tags else ""
        if "guest" in tags:
            [guest] = [space[name] for name in set(space) - before if isinstance(space[name], DomainDef)]
            found[str(guest.name)] = guest, cell.source
    return found, common


def test_the_seven_are_there():
    assert list(gallery()[0]) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_it_is_valid_and_says_nothing_beyond_the_schema(name):
    guest, _ = gallery()[0][name]
    assert xml.validate(guest) == []
    assert xml.extras(guest) == []
    assert xml.parse(xml.render(guest)) == guest


@pytest.mark.parametrize("name", NAMES)
def test_it_is_at_most_half_as_long_as_its_xml(name):
    guest, source = gallery()[0][name]
    written, document = lines(source), lines(xml.render(guest))
    assert 2 * written <= document, f"{written} lines for {document} of XML"


def test_with_what_they_share_they_are_at_most_half_as_long():
    guests, common = gallery()
    written = lines(common) + sum(lines(source) for _, source in guests.values())
    document = sum(lines(xml.render(guest)) for guest, _ in guests.values())
    assert 2 * written <= document, f"{written} lines for {document} of XML"
