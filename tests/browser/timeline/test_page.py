"""The timeline's script without JupyterLab: by keyboard and by mouse, in a narrow page, without a kernel."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, Page, expect

import virtsdk
from tests.browser.conftest import SCREENSHOTS
from tests.browser.timeline.bare_timeline import BarePage
from tests.browser.timeline.test_timeline import Seen, drag
from tests.unit.history.recordings import at
from tests.unit.widgets.timeline.conftest import HOSTILE, recorded  # noqa: F401
from tests.waiting import until


@pytest.fixture
def bare(page: Page, recorded: Path):  # noqa: F811
    page.set_viewport_size({"width": 900, "height": 1200})
    with virtsdk.open_recording(recorded).view(["db1", "web1"]) as view:
        until(lambda: HOSTILE in view.guests)  # looked for in the background
        view._pictures.wait(30)
        shown = BarePage(page, view)
        shown.pump()
        shown.pump()
        yield shown


def test_by_keyboard_alone(bare: BarePage, page: Page) -> None:
    seen = Seen(page)
    seen.charts.focus()
    page.keyboard.press("Home")
    expect(seen.charts).to_have_attribute(
        "aria-valuetext", re.compile(r"^12:00:10: db1 CPUs used 0.5, .*; web1 CPUs")
    )
    expect(seen.values.locator("caption")).to_have_text("Values at 12:00:10 UTC")
    page.keyboard.press("ArrowRight")
    expect(seen.values.locator("caption")).to_have_text("Values at 12:00:20 UTC")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    bare.pump()
    assert bare.view.selected == (at(20), at(50))
    page.keyboard.press("Enter")
    bare.pump()
    assert bare.view.range == (at(20), at(50))
    expect(seen.view.locator(".vt-chosen")).to_contain_text("selected: 12:00:20 to 12:00:50 UTC (30 s)")
    page.keyboard.press("Escape")
    page.keyboard.press("Backspace")
    bare.pump()
    assert (bare.view.selected, bare.view.range) == (None, (at(0), at(600)))
    page.keyboard.press("+")
    bare.pump()
    assert bare.view.range == (at(150), at(450))
    page.keyboard.press("-")
    bare.pump()
    assert bare.view.range_ms == []
    # the flags are one stop of the Tab key, and say what happened
    flags = seen.view.get_by_role("group", name="Events and gaps").get_by_role("button")
    expect(flags).to_have_count(2)
    flags.first.focus()
    expect(seen.view.locator(".vt-words")).to_have_text("12:05:00 No samples for 1 min (2 lines)")
    page.keyboard.press("ArrowRight")
    expect(flags.nth(1)).to_be_focused()
    expect(seen.view.locator(".vt-words")).to_contain_text("web1: started anew")
    page.keyboard.press("Tab")
    expect(seen.charts).to_be_focused()


def test_by_mouse(bare: BarePage, page: Page, screenshot) -> None:
    seen = Seen(page)
    drag(page, seen, 0.25, 0.5)
    bare.pump()
    first, last = bare.view.selected
    assert abs((first - at(150)).total_seconds()) < 3 and abs((last - at(300)).total_seconds()) < 3
    page.keyboard.down("Shift")
    drag(page, seen, 0.25, 0.5)
    page.keyboard.up("Shift")
    bare.pump()
    assert bare.view.range == bare.view.selected
    seen.button("Back").click()
    bare.pump()
    seen.view.get_by_text("Guests (2 of", exact=False).click()
    seen.view.get_by_role("searchbox", name="Find guests").fill("scr")
    seen.view.get_by_role("checkbox").first.check()
    bare.pump()
    assert [line.name for line in bare.view._shown] == ["db1", "web1", HOSTILE]
    expect(seen.values.locator("tbody tr")).to_have_count(3)
    assert page.locator("script").count() == 0
    assert page.evaluate("window.alerted") is None
    seen.view.get_by_text("Figures", exact=True).click()
    seen.view.get_by_role("checkbox", name="Disk").uncheck()
    seen.view.get_by_role("combobox").select_option("cpu")
    page.wait_for_function("() => model.sent.length > 0")
    bare.pump()
    assert bare.view.panels == ["cpu", "memory", "net", "delay"]
    expect(seen.view.locator(".vt-panel")).to_have_count(4)
    screenshot("timeline-recording", seen.view)


def test_in_a_narrow_page_and_without_a_kernel(bare: BarePage, page: Page, barriers, screenshot) -> None:
    seen = Seen(page)
    page.set_viewport_size({"width": 480, "height": 1200})
    page.wait_for_function("() => document.querySelector('.vt-place').clientWidth < 480")
    bare.pump()
    for summary in seen.view.locator("summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 480
    assert barriers(page, ".virtsdk-timeline") == []
    page.emulate_media(color_scheme="dark")
    page.add_style_tag(content=":root { color-scheme: dark; background: #111; color: #ddd }")
    page.wait_for_timeout(1500)  # the colours are looked at every second
    assert barriers(page, ".virtsdk-timeline") == []
    screenshot("timeline-480-dark", seen.view)
    page.evaluate("model.muted = true")
    expect(seen.status).to_contain_text("The kernel is gone: the picture is as it was at")
    page.evaluate("model.sent.splice(0)")
    seen.button("Zoom in").click()
    expect(seen.view.locator(".vt-chosen")).to_contain_text("12:02:30 to 12:07:30 UTC")
    seen.button("Back").click()
    expect(seen.button("Show all")).to_have_attribute("aria-disabled", "true")
    expect(seen.button("Neighbours on its host")).to_have_attribute("title", "The kernel is gone")
    assert page.evaluate("model.sent.length") == 0


def test_an_exported_page_shows_the_picture_without_a_network(browser: Browser, tmp_path: Path) -> None:
    cell = "import virtsdk\nview = virtsdk.example_recording().view(['db1', 'ci1'])\nview"
    document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    NotebookClient(document, kernel_name="python3", startup_timeout=180, store_widget_state=True).execute()
    states = document.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"].values()
    (buffers,) = [one["buffers"] for one in states if one.get("buffers")]
    assert [one["path"] for one in buffers] == [["times"], ["values"]]
    context = browser.new_context(offline=True)
    for state in ("with", "without"):
        if state == "without":
            del document.metadata["widgets"]
        html, _ = HTMLExporter().from_notebook_node(document)
        page_file = tmp_path / f"{state}.html"
        page_file.write_text(html)
        page = context.new_page()
        page.goto(page_file.as_uri(), wait_until="domcontentloaded")
        still = page.locator(".virtsdk-still")
        expect(still.get_by_role("img")).to_have_count(5)
        expect(still.get_by_role("rowheader", name="db1")).to_be_visible()
        page.screenshot(path=SCREENSHOTS / f"timeline-exported-{state}-state.png", full_page=True)
    context.close()
