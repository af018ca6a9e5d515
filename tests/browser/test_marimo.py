"""marimo: the explorer shows, selects and acts; a timeline zooms; the what-if shows what it is told."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import REPOSITORY, wait_until_up
from tests.browser.explorer.explorers import SET_UP, Seen
from tests.browser.what_ifs import FLEET
from tests.ports import free_port

CELL = "\n\n@app.cell\ndef _({needs}):\n{body}\n    return ({gives})\n"
SETTINGS = '[runtime]\nauto_instantiate = true\n[display]\ntheme = "system"\n'


def app(*cells: tuple[str, str, str]) -> str:
    """Write a marimo notebook: of each cell what it needs, what it does, what it gives."""
    text = "import marimo\n\napp = marimo.App()\n"
    for needs, body, gives in cells:
        lines = "\n".join(f"    {line}" if line else "" for line in body.strip().splitlines())
        text += CELL.format(needs=needs, body=lines, gives=f"{gives}," if gives else "")
    return text


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """marimo's editor on a folder, with settings of its own: its address and the folder."""
    home = tmp_path_factory.mktemp("marimo")
    (home / "config" / "marimo").mkdir(parents=True)
    (home / "config" / "marimo" / "marimo.toml").write_text(SETTINGS)
    folders = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "STATE", "CACHE", "DATA")}
    token = secrets.token_hex(16)
    port = free_port()
    (home / "apps").mkdir()
    command = [sys.executable, "-m", "marimo", "--yes", "edit", str(home / "apps"), "--headless"]
    command += ["--skip-update-check", "--host", "127.0.0.1", "--port", str(port), "--token-password", token]
    log = home / "log"
    with log.open("w") as output:
        running = subprocess.Popen(
            command, env={**os.environ, **folders}, stdout=output, stderr=output, stdin=subprocess.DEVNULL
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_up(running, f"{url}/health", log)
        yield f"{url}/?access_token={token}&file=", home / "apps"
    finally:
        running.terminate()
        try:
            running.wait(30)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


@pytest.fixture
def open_app(page: Page, server: tuple[str, Path]) -> Callable[..., None]:
    """Write cells as a marimo notebook, and open it; its cells run by themselves."""

    def run(name: str, *cells: tuple[str, str, str]) -> None:
        address, folder = server
        path = folder / f"{name}.py"
        path.write_text(app(*cells))
        page.set_viewport_size({"width": 1280, "height": 1600})
        page.goto(f"{address}{path}")

    return run


# What Python sees of the explorer, anew at each click of the button and each run of the explorer's cell.
LOOK = """
import threading, time
look.value
end = time.monotonic() + 60
def ours():
    return [one.name for one in threading.enumerate() if one.name.startswith("virtsdk-explorer")]
if not counts:
    counts.append(len(ours()))
while len(ours()) > counts[0] and time.monotonic() < end:
    time.sleep(0.05)
mo.md(f"selected: {', '.join(explorer.selection['name'])}; threads: {len(ours()) - counts[0]} more")
"""


def sees(page: Page, names: str) -> None:
    """Click the button until Python sees these names selected: a click may overtake another one."""
    said = page.get_by_text(f"selected: {names}; threads: 0 more")
    deadline = time.monotonic() + 120
    while not said.is_visible():
        assert time.monotonic() < deadline, page.get_by_text("selected: ").all_inner_texts()
        page.get_by_role("button", name="look").click()
        with contextlib.suppress(AssertionError):
            expect(said).to_be_visible(timeout=5000)


def test_the_explorer_shows_selects_and_acts(open_app, page: Page, barriers, screenshot) -> None:
    open_app(
        "explorer",
        ("", "import marimo as mo", "mo"),
        ("", SET_UP.format(names=["web1", "web2", "db1"], options=""), "host"),
        ("host", "explorer = host.explore()\nexplorer", "explorer"),
        ("mo", "look = mo.ui.button(label='look')\nlook", "look"),
        ("", "counts = []", "counts"),
        ("counts, explorer, look, mo", LOOK, ""),
    )
    seen = Seen(page)
    expect(seen.grid).to_be_visible(timeout=180_000)
    seen.filter.fill("name~web")
    expect(seen.grid.locator("tbody tr")).to_have_count(2)
    seen.row("web1").click()
    seen.row("web2").click(modifiers=["Shift"])
    seen.button("Suspend").click()
    for name in ("web1", "web2"):
        expect(seen.state(name)).to_have_text("paused")
    sees(page, "web1, web2")
    seen.view.get_by_text("Code", exact=True).click()
    expect(seen.view.get_by_label("Code of what was done")).to_contain_text("host.domains[name].suspend()")
    screenshot("marimo-explorer", seen.view)

    cell = page.locator(".marimo-cell", has=page.locator(".virtsdk-explorer"))
    for _ in range(3):  # the view of the run before ends each time
        seen.view.evaluate("one => { one.dataset.before = 'yes'; }")
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("selected: ; threads: 0 more")).to_be_visible()
        expect(page.locator("[data-before]")).to_have_count(0)  # what is clicked is the new one
        seen.row("web1").click()
        sees(page, "web1")
    page.emulate_media(color_scheme="dark")
    expect(page.locator("body")).to_have_class(re.compile("dark"))
    seen.button("Resume").click()
    expect(seen.state("web1")).to_have_text("running")
    assert barriers(page, "marimo-anywidget") == []  # axe looks into its shadow
    screenshot("marimo-explorer-dark", seen.view)


CONTROLS = """
more = mo.ui.slider(0, 60, label="Add", show_value=True)
failed = mo.ui.multiselect(site.hosts["host"].tolist(), label="Fail")
mo.hstack([more, failed])
"""
ANSWERS = """
what_if = site.explore()
what_if.add(more.value)
what_if.fail(failed.value)
what_if
"""


def test_the_what_if_answers_what_marimos_controls_ask_and_a_timeline_zooms(
    open_app, page: Page, screenshot
) -> None:
    documented = (REPOSITORY / "docs" / "widgets.md").read_text()
    assert CONTROLS in documented
    assert ANSWERS in documented
    open_app(
        "what_if",
        ("", "import marimo as mo", "mo"),
        ("", FLEET, "site"),
        ("", "from virtsdk import example_recording\nview = example_recording().view()\nview", "view"),
        ("mo, site", CONTROLS, "more, failed"),
        ("failed, more, site", ANSWERS, "what_if"),
    )
    answers = page.locator(".marimo-cell").last
    guests = answers.get_by_role("row", name=re.compile("^guests")).get_by_role("cell").last
    expect(guests).to_have_text("16", timeout=180_000)
    expect(answers).to_contain_text("N+1 holds")
    expect(answers).to_contain_text("each is a method")
    controls = page.locator(".marimo-cell", has=page.get_by_text("Add", exact=True))
    controls.get_by_role("slider").focus()  # the timeline is one, too
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(guests).to_have_text("19")
    expect(answers.locator(".vw-code")).to_contain_text("changed = site.add(")
    assert page.title() != "owned"
    timeline = page.locator(".virtsdk-timeline")
    timeline.get_by_role("button", name="Last day").click()
    expect(timeline).to_contain_text("2026-11-15 23:58:55 to 2026-11-16 23:58:55 UTC")
    screenshot("marimo-timeline", timeline)
    screenshot("marimo-what-if", answers)
