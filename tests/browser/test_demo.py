"""``python -m virtsdk demo``: what it says, the page that it leaves, and that nothing else is left."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.waiting import until

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
HOSTILE = "<script>document.title='owned'"
COMMAND = [sys.executable, "-m", "virtsdk", "demo"]


@dataclass(frozen=True)
class Demo:
    """What one run said, and its page."""

    said: str
    page: Path


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder of its own for everything that the demo makes; short, for libvirt's sockets lie in it."""
    with tempfile.TemporaryDirectory(prefix="vx", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def demo(place: Path) -> Demo:
    output = place / "new" / "page.html"
    run = subprocess.run(
        [*COMMAND, "--guests", "2", "--output", output],
        env={**os.environ, "TMPDIR": str(place)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert processes_of(place) == []
    return Demo(run.stdout, output)


def processes_of(place: Path) -> list[str]:
    """Return the QEMU processes whose files lie in a folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if "qemu-system" in command and f"{place}/" in command:
            found.append(command)
    return found


def test_the_terminal_shows_progress_and_the_capacity_table(demo: Demo) -> None:
    assert re.search(r"^ +lab .*2 of 2", demo.said, re.MULTILINE)
    assert re.search(r"^\[ *\d+\.\d s\] Is there room\?", demo.said, re.MULTILINE)
    assert re.search(r"^host +guests +vCPUs .*\n\S+ +2 +3 ", demo.said, re.MULTILINE), demo.said
    assert str(demo.page) in demo.said


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_reads_without_a_network(demo: Demo, browser: Browser, scheme: str, barriers) -> None:
    context = browser.new_context(offline=True, color_scheme=scheme, viewport={"width": 1200, "height": 900})
    page = context.new_page()
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(demo.page.as_uri(), wait_until="networkidle")

    expect(page.get_by_role("heading", name="A first look at a host")).to_be_visible()
    for name in ("web1", "db1"):
        expect(page.get_by_role("rowheader", name=name).first).to_be_visible()
    pictures = page.locator(".jp-OutputArea-output").locator("img, svg")
    assert pictures.count() >= 2
    widths = pictures.evaluate_all(
        "all => all.map(one => one.naturalWidth ?? one.getBoundingClientRect().width)"
    )
    assert min(widths) > 100, "a chart is not drawn"
    red, green, blue = map(int, re.findall(r"\d+", style(page, "body", "backgroundColor"))[:3])
    assert (red + green + blue < 200) is (scheme == "dark")
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide, "the page scrolls sideways"

    pandas = ("empty-table-header",)  # it leaves the corner of a frame empty
    assert barriers(page, "main", but=pandas) == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert complaints == []
    page.screenshot(path=SCREENSHOTS / f"demo-{scheme}.png", full_page=True)
    context.close()


def style(page: Page, selector: str, name: str) -> str:
    return page.locator(selector).evaluate("(node, name) => getComputedStyle(node)[name]", name)


def test_a_host_of_ones_own_is_only_read_and_its_names_are_words(page: Page, place: Path, screenshot) -> None:
    node, output = place / "node.xml", place / "own.html"
    domain = "<domain type='test'><name>{}</name><memory>1048576</memory><os><type>hvm</type></os></domain>"
    node.write_text(f"<node>{domain.format(escape(HOSTILE))}</node>")
    run = subprocess.run(
        [*COMMAND, "--uri", f"test://{node}", "--output", output],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "read-only" in run.stdout
    page.goto(output.as_uri())
    expect(page.get_by_role("rowheader", name=HOSTILE).first).to_be_visible()
    assert page.title() == "virtsdk: a first look"
    expect(page.get_by_text("Nothing to draw").first).to_be_visible()
    screenshot("demo-own-host")


def test_a_host_that_is_not_there_is_one_clear_line(place: Path) -> None:
    output = place / "none.html"
    run = subprocess.run(
        [*COMMAND, "--uri", "qemu+unix:///system?socket=/nowhere/sock", "--output", output],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.startswith("virtsdk: ")
    assert "/nowhere/sock" in run.stderr
    assert "Traceback" not in run.stderr
    assert not output.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=lambda number: number.name)
def test_interrupted_it_leaves_nothing(place: Path, number: signal.Signals) -> None:
    output = place / "interrupted.html"
    environment = {**os.environ, "TMPDIR": str(place)}
    with subprocess.Popen(
        [*COMMAND, "--guests", "1", "--output", output], env=environment, stdout=subprocess.PIPE, text=True
    ) as run:
        for line in run.stdout:
            if "What do the guests do with it" in line:  # the first section after the lab came up
                break
        assert processes_of(place), "the guest should run now"
        run.send_signal(number)
        status = run.wait(120)
    assert status == (-signal.SIGKILL if number == signal.SIGKILL else 130)
    until(lambda: not processes_of(place), 60)
    assert not output.exists()
