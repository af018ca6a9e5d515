"""Every notebook runs from its first cell to its last, and becomes a page that needs no network."""

from __future__ import annotations

import io
import re
from pathlib import Path

import jupytext
import nbformat
import pandas as pd
import pytest
from jupytext.config import load_jupytext_configuration_file

from tools.site import tutorials
from virtsdk.cli.demo import notebook

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.py"))
FIRST_LOOK = FOLDER / "01_first_look.py"

# What a browser would fetch by itself; a link that a person may follow is something else.
FETCHED = re.compile(
    r"""(?:src|srcset|data-src)\s*=\s*["']?\s*(?:https?:)?//|@import|url\(\s*["']?(?:https?:)?//"""
)
FETCHED_LINK = re.compile(r"""<link\b[^>]*href\s*=\s*["']?(?:https?:)?//""")


@pytest.fixture(scope="module")
def executed():
    """Run a notebook once for all tests that look at it, and for its page in the site."""
    cache = tutorials.cache_of()

    def run(path: Path):
        return nbformat.read(tutorials.execute(path, cache), as_version=4)

    return run


def test_there_are_notebooks_and_nothing_else_to_open() -> None:
    assert FIRST_LOOK in NOTEBOOKS
    assert not list(FOLDER.glob("*.ipynb")), "notebooks are kept as py:percent, see notebooks/README.md"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_and_its_page_asks_for_nothing(path: Path, executed) -> None:
    document = executed(path)
    html = notebook.page(document, path.stem)
    assert not FETCHED.search(html), FETCHED.search(html)
    assert not FETCHED_LINK.search(html)
    assert "application/vnd.jupyter.widget-view+json" not in html, "a live view would be blank in a page"


def test_first_look_shows_each_guest_with_figures_of_its_own(executed) -> None:
    document = executed(FIRST_LOOK)
    html = next(
        output.data["text/html"]
        for cell in document.cells
        if "figures" in cell.metadata.get("tags", [])
        for output in cell.outputs
    )
    figures = pd.read_html(io.StringIO(html), header=0, index_col=0)[0]
    figures = figures[figures.index != "name"].astype(float)
    assert len(figures) == 4
    assert (figures >= 0).all(axis=None), figures
    assert (figures[["cpu_used_vcpus", "memory_used_bytes"]] > 0).all(axis=None), figures
    # two guests may have done as much by chance, and one no disk access while others had the CPU
    for column in ("cpu_used_vcpus", "memory_used_bytes", "write_bytes_per_second"):
        assert figures[column].nunique() > 1, figures


def test_first_look_has_charts_in_the_page(executed) -> None:
    document = executed(FIRST_LOOK)
    pictures = [
        kind
        for cell in document.cells
        for output in cell.get("outputs", [])
        for kind in output.get("data", {})
        if kind.startswith("image/")
    ]
    assert len(pictures) >= 2


def test_typed_definitions_finds_the_mistakes_and_makes_a_frame(executed) -> None:
    document = executed(FOLDER / "03_typed_definitions.py")
    (findings,) = notebook.texts(document, "findings")
    for place in ("clock.offset", "devices.disks[0].target.bus", "devices.disks[1]"):
        assert place in findings
    (frame,) = notebook.texts(document, "frame")
    assert frame.count("qemu") == 2
    assert "notebook-guest" in frame


def test_capacity_review_tells_its_story(executed) -> None:
    """What the text says of the example recording is what the cells show."""
    document = executed(FOLDER / "05_capacity_review.py")
    said = "\n".join(
        output.get("data", {}).get("text/plain", "")
        for cell in document.cells
        for output in cell.get("outputs", [])
    )
    for words in (
        "<NPlusReport N+1 by packing, no: without lab2 vCPUs are short, 1 guest without a place>",
        "vcpu.value: 4 -> 1",
        "<NPlusReport N+1 by packing, yes",
        "<IdleReport 1 of 9 guests idle",
        "below those of last week for 2 days ahead",
        "<Backtest no better than last week for 2 days ahead",
        "backup pool in bytes reaches its limit of 256 MiB on 2026-1",
        "<CapacityReport Room for 3 more guests of 2 vCPUs and 4 GiB; N+1 does not hold",
    ):
        assert words in said, words


def test_fleet_tells_who_is_down_and_what_differs(executed) -> None:
    document = executed(FOLDER / "08_fleet.py")
    said = "\n".join(
        output.get("data", {}).get("text/plain", "")
        for cell in document.cells
        for output in cell.get("outputs", [])
    )
    for words in (
        "<HostFleet 24 hosts: 23 up, 1 down, 23 guests>",
        "ConnectError",
        "<Drift in networks of 3 hosts: 1 differs from most (lab1), in 1 place>",
        "<HeadroomReport 23 hosts",
    ):
        assert words in said, words


def test_act_on_a_guest_does_what_its_text_says(executed) -> None:
    document = executed(FOLDER / "09_act_on_a_guest.py")
    said = "\n".join(
        output.get("text") or output.get("data", {}).get("text/plain", "")
        for cell in document.cells
        for output in cell.get("outputs", [])
    )
    for words in (
        "<AgentResult exit code 1",
        "'paused'>, 'user')",
        "65536 vdb",  # KiB, as the guest sees it
        "cannot resize disk 'vdb' of domain 'web1'",
        "131072 vdb\n [<Domain web1>]",
        "b'workers = -1\\n'",
        "workers = 4\nworkers = 5\n",
        "\n├─ upgraded ",
        "\n└─ more workers (current) ",
        "<Backup of web1, full, 1 disk, 256 MiB",
        " bytes have changed",
        "b'tuesday\\n'",
        "<Domain web1 shutoff 2 vCPU",
    ):
        assert words in said, words
    at_the_end = said.partition("b'tuesday")[2]
    assert " vda" in at_the_end
    assert "vdb" not in at_the_end  # it is unplugged


def test_first_look_says_what_a_driver_does_not_give() -> None:
    document = notebook.run(FIRST_LOOK, {"VIRTSDK_URI": "test:///default"})
    shown = "\n".join(
        output.get("data", {}).get("text/html", "")
        for cell in document.cells
        for output in cell.get("outputs", [])
    )
    assert "Nothing to draw: no row has cpu_used_vcpus" in shown
    assert "<HeadroomReport" in "".join(notebook.texts(document, "capacity"))


def test_first_look_begins_with_the_answer_and_its_picture() -> None:
    code = [cell.source for cell in jupytext.read(FIRST_LOOK).cells if cell.cell_type == "code"]
    assert code[0].endswith("\nroom")
    assert code[1] == "room.chart(interactive=True)"
    assert "os.environ" not in "".join(code)


def test_a_live_view_is_a_table_in_the_page(tmp_path: Path) -> None:
    path = tmp_path / "live.py"
    path.write_text("# %%\nimport virtsdk\nhost = virtsdk.connect('test:///default')\nhost.explore()\n")
    document = notebook.run(path)
    html = notebook.page(document, "live")
    assert "application/vnd.jupyter.widget" not in html
    assert not FETCHED.search(html)
    assert re.search(r'<th scope="row">test</th><td class="few">running</td>', html)


def test_a_cell_that_raises_is_an_error_with_its_words(tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text("# %%\nimport virtsdk\nvirtsdk.connect('test:///nowhere.xml')\n")
    with pytest.raises(notebook.NotebookFailed, match=r"broken\.py.*(?s:.*)ConnectError"):
        notebook.run(path)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_opened_and_saved_in_jupyterlab_it_stays_the_same_file(path: Path) -> None:
    settings = load_jupytext_configuration_file(str(FOLDER / "jupytext.toml"))
    document = jupytext.read(path, config=settings)
    assert jupytext.writes(document, fmt="py:percent", config=settings) == path.read_text()


def test_what_ran_is_kept_and_what_changed_runs_again(tmp_path: Path) -> None:
    path, told = tmp_path / "counted.py", tmp_path / "told"
    source = f"# %%\nwith open({str(told)!r}, 'a') as file:\n    file.write('ran ')\n"
    path.write_text(source)
    first = tutorials.execute(path, tmp_path / "kept")
    assert tutorials.execute(path, tmp_path / "kept") == first
    assert told.read_text() == "ran "
    path.write_text(source + "2 + 2\n")
    document = nbformat.read(tutorials.execute(path, tmp_path / "kept"), as_version=4)
    assert told.read_text() == "ran ran "
    assert document.cells[0].outputs[0].data["text/plain"] == "4"


def test_another_package_or_other_pins_keep_other_outcomes(tmp_path: Path) -> None:
    (tmp_path / "virtsdk").mkdir()
    seen = set()
    for name, text in (("virtsdk/a.py", "1"), ("virtsdk/a.py", "2"), ("requirements.lock", "3")):
        (tmp_path / name).write_text(text)
        seen.add(tutorials.cache_of(tmp_path))
    assert len(seen) == 3
