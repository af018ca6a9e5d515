"""How the site is made: whole, once for a state of its sources, without what no page needs."""

from __future__ import annotations

import os
import re
from pathlib import Path

import nbformat
import pytest

from tools.site import build, lean, tutorials

ROOT = Path(__file__).resolve().parents[3]
WRITES = """
import sys, pathlib
place = pathlib.Path(sys.argv[-1]); place.mkdir()
(place / "index.html").write_text("made")
with open("runs", "a") as runs: runs.write("x")
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a page, and what makes its site; it counts its runs."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text("# One\n")
    for name, place in (
        ("ROOT", ""),
        ("BUILD", "docs/_build"),
        ("HTML", "docs/_build/html"),
        ("KEPT", "kept"),
    ):
        monkeypatch.setattr(build, name, tmp_path / place)
    monkeypatch.setattr(build, "SPHINX", ("-c", WRITES))
    monkeypatch.setattr(build.state, "__defaults__", (tmp_path,))
    return tmp_path


def test_it_is_made_again_only_when_something_changed(checkout: Path) -> None:
    assert build.build() == build.build()
    assert (checkout / "runs").read_text() == "x"
    (checkout / "docs/index.md").write_text("# Two\n")
    (checkout / "docs/_build/html/gone.html").write_text("a page of before")
    build.build()
    assert (checkout / "runs").read_text() == "xx"
    assert not (checkout / "docs/_build/html/gone.html").exists()
    (checkout / "docs/new.md").write_text("# Two\n")
    build.build()
    assert (checkout / "runs").read_text() == "xxx"


def test_one_that_failed_is_made_again_and_says_why(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build.build()
    (checkout / "docs/index.md").write_text("# Two\n")
    with monkeypatch.context() as patch:
        patch.setattr(build, "SPHINX", ("-c", "raise SystemExit('WARNING: no such page')"))
        for _ in range(2):
            with pytest.raises(build.BuildFailed, match="WARNING: no such page"):
                build.build()
    build.build()
    assert (checkout / "runs").read_text() == "xx"


def test_what_the_build_makes_is_no_source_and_no_part_of_the_project(checkout: Path) -> None:
    ignored = re.findall(r"^/(docs/.*?)/?$", (ROOT / ".gitignore").read_text(), re.MULTILINE)
    assert set(ignored) == set(build.MADE)
    (clean,) = re.findall(r"^clean:.*\n\t@rm -rf (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(build.MADE) <= set(clean.split())
    before = build.state(checkout)
    for name in build.MADE:
        (checkout / name).mkdir(parents=True, exist_ok=True)
        (checkout / name / "made.md").touch()
    assert build.state(checkout) == before


def test_a_build_is_whole_and_takes_warnings_as_errors() -> None:
    assert {"-E", "-W", "--keep-going"} <= set(build.SPHINX)


def test_outcomes_of_long_ago_are_forgotten(tmp_path: Path) -> None:
    for age in range(5):
        (tmp_path / f"state{age}").mkdir()
        os.utime(tmp_path / f"state{age}", (1e9 - age, 1e9 - age))
    build.forget_old(tmp_path, staying=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["state0", "state1"]


PAGE = """<head>
  <!-- So that users can add custom icons -->
  <script defer src="_static/scripts/fontawesome.js?digest=1"></script>
  <script src="_static/doctools.js?v=1"></script>
  <script src="_static/searchtools.js"></script>
  <script src="searchindex.js"></script>
</head>"""


def test_a_page_loads_what_it_needs() -> None:
    assert (
        lean.page(PAGE, searches=False)
        == '<head>\n  <script src="_static/doctools.js?v=1"></script>\n</head>'
    )
    assert "searchindex.js" in lean.page(PAGE, searches=True)


def test_a_site_is_trimmed_of_icons_and_maps(tmp_path: Path) -> None:
    styles = tmp_path / "_static" / "styles"
    styles.mkdir(parents=True)
    sheet = styles / "pydata-sphinx-theme.css"
    sheet.write_text(
        '@font-face{font-family:Font Awesome\\ 7 Free;src:url(a.woff2)}.fa-bars:before,.fa-x{--fa:"\\f0c9"}'
        ".fa-solid{color:red}a{b:c}"
    )
    (styles / "pydata-sphinx-theme.css.map").touch()
    (tmp_path / "_sources").mkdir()
    lean.trim(tmp_path)
    assert sheet.read_text() == ".fa-solid{color:red}a{b:c}"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["_static", sheet.name, "styles"]


def test_a_live_view_is_its_html_and_a_warning_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = nbformat.v4.new_output
    said = "/tmp/ipykernel_7/8.py:2: CapacityWarning: few days\n  room = headroom()\nplain words\n"
    outputs = [
        output("display_data", {"text/html": "<table>"}),
        output("display_data", {tutorials.VIEW: {}, "text/plain": "<Explorer>"}),
        output("stream", name="stderr", text=said),
    ]
    cell = nbformat.v4.new_code_cell("1", outputs=outputs)
    place = tutorials.kept("source", tmp_path)
    place.parent.mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=[cell, nbformat.v4.new_markdown_cell("a")]), place)
    monkeypatch.setenv("VIRTSDK_DOCS_CACHE", str(tmp_path))
    html, warning = tutorials.read("source").cells[0].outputs
    assert html.data == {"text/html": "<table>"}
    assert warning.text == "CapacityWarning: few days\nplain words\n"
