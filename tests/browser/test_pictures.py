"""The README's pictures, from a real run: ``make pictures`` copies what this leaves in ``build/pictures``."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import REPOSITORY
from tests.browser.explorer.explorers import Seen

PICTURES = REPOSITORY / "build" / "pictures"
LARGEST = 100_000  # bytes; they are in the repository

HOST = """
import virtsdk

host = virtsdk.lab.embedded(guests=4, progress=None).start()
"""


def test_explorer_of_a_real_host(open_notebook, page: Page) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    explore = "explorer = host.explore()\nexplorer"
    notebook = open_notebook(HOST, explore, name="pictures.ipynb")
    seen = Seen(page)
    seen.row("batch1").click()
    seen.button("Suspend").click()
    expect(seen.state("batch1")).to_have_text("paused")
    seen.row("web1").click()
    expect(seen.row("web1")).to_have_attribute("aria-selected", "true")
    expect(seen.grid.get_by_role("columnheader", name="CPU", exact=True)).to_be_visible()
    page.mouse.move(0, 0)
    for theme in ("Light", "Dark"):
        notebook.theme(f"JupyterLab {theme}")
        seen.view.screenshot(path=PICTURES / f"explorer-{theme.lower()}.png")
    notebook.theme("JupyterLab Light")
    notebook.kernel("explorer.close(); host.close()")
    for picture in PICTURES.iterdir():
        assert picture.stat().st_size < LARGEST, picture


@pytest.mark.parametrize("name", ["explorer-light.png", "explorer-dark.png"])
def test_the_readme_shows_them(name: str) -> None:
    assert f"docs/pictures/{name}" in (REPOSITORY / "README.md").read_text()
    assert 1000 < Path(REPOSITORY, "docs", "pictures", name).stat().st_size < LARGEST
