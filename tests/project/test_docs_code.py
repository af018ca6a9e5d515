"""Each block of Python on a page of docs/ is run: here, by a test of its page, or as a cell of the site."""

from __future__ import annotations

import contextlib
import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import virtsdk
from virtsdk import capacity, xml

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "docs").rglob("*.md"))
    if not {"_build", "_generated"} & set(path.parts)
}
FENCE = re.compile(r"^( *)(`{3,}|~{3,}|:{3,})(.*)\n((?:.*\n)*?)\1\2 *$", re.MULTILINE)
PYTHON = re.compile(r"(?:\{code(?:-block)?\} *)?(?:python|py|python3|ipython3?|pycon)\b")

# Pages whose blocks a test of their own runs, all of them, with what they need: a server, files, workers.
HELD = {
    "docs/guide/bring_history.md": "tests/project/test_guide.py",
    "docs/guide/lose_a_host.md": "tests/project/test_guide.py",
    "docs/guide/what_changed.md": "tests/project/test_guide.py",
    "docs/guide/who_steals_cpu.md": "tests/project/test_guide.py",
    "docs/beyond_one_machine.md": "tests/unit/history/reading/test_page.py",
    "docs/importers.md": "tests/unit/history/importers/test_page.py",
    "docs/operations.md": "tests/unit/resources/operation/test_page.py",
    "docs/recording.md": "tests/unit/history/test_recording_page.py",
}

# Blocks that are not run, by the page and a line of the block, and why.
NOT_RUN = {
    ("docs/widgets.md", "every = mo.ui.refresh"): "marimo's own; tests/browser/test_marimo.py does the same",
    ("docs/widgets.md", "explorer.selection"): "as above",
    ("docs/widgets.md", "more = mo.ui.slider"): "as above",
    ("docs/widgets.md", "what_if = site.explore()"): "as above",
    ("docs/widgets.md", "from google.colab import output"): "Colab is not here; the page says so",
}


def fences(page: str) -> Iterator[tuple[str, str]]:
    """Yield what each block of a page says behind its fence, and its content."""
    for match in FENCE.finditer(PAGES[page]):
        yield match[3].strip(), match[4]


def blocks(page: str) -> list[str]:
    """Return the page's blocks of Python that are no cells."""
    return [content for kind, content in fences(page) if PYTHON.match(kind)]


def is_excused(page: str, block: str) -> bool:
    return any(page == one and line in block for one, line in NOT_RUN)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names that pages speak of, and their files in the working directory."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(virtsdk.example_recording().directory, "history")
    Path("hosts.toml").write_text("[hosts]\nkvm7 = 'test:///default'\n")
    recording = virtsdk.open_recording("history")
    return {"virtsdk": virtsdk, "capacity": capacity, "xml": xml, "recording": recording}


LEFT = [page for page in PAGES if page not in HELD and any(not is_excused(page, one) for one in blocks(page))]


@pytest.mark.parametrize("page", LEFT or ["docs/index.md"])
def test_its_blocks_run_one_after_another(page: str, place: dict[str, Any]) -> None:
    with virtsdk.connect("test:///default") as host, contextlib.redirect_stdout(io.StringIO()):
        names = {**place, "host": host}
        for number, block in enumerate(blocks(page)):
            if not is_excused(page, block):
                exec(compile(block, f"{page}, block {number}", "exec"), names)


@pytest.mark.parametrize("page", HELD)
def test_the_test_of_a_page_runs_what_the_page_says(page: str) -> None:
    source = (ROOT / HELD[page]).read_text()
    assert page in source
    assert "exec(compile(" in source
    assert blocks(page), f"{page} has no block: take it out of HELD"


def test_what_is_not_run_is_still_there() -> None:
    for page, line in NOT_RUN:
        if not blocks(page):  # the page became cells
            continue
        assert any(line in block for block in blocks(page)), f"{page}: {line}"


def test_a_cell_is_on_a_page_that_runs_it() -> None:
    """A page without the front matter would show its cells as text; one tag would leave a cell out."""
    for page in PAGES:
        cells = [content for kind, content in fences(page) if kind.startswith("{code-cell}")]
        if cells:
            assert PAGES[page].startswith("---\nfile_format: mystnb\n"), page
        for cell in cells:
            assert "skip-execution" not in cell, page
            assert "raises-exception" not in cell or "errors" in page or "raises" in cell, page


def test_shown_with_prompts_is_run_with_them() -> None:
    """A session of >>> is for docstrings, where it is checked; on a page it is a cell."""
    for page, text in PAGES.items():
        assert not re.search(r"^>>> ", text, re.MULTILINE), page
