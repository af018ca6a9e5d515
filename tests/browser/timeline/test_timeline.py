"""The timeline in a real JupyterLab, on real guests whose daemon is killed; and what becomes of it."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import REPOSITORY

LAB = f"""
import sys
sys.path.insert(0, {str(REPOSITORY)!r})
import virtsdk
from tests.integration.figures.test_truth import in_guest

lab = virtsdk.lab.hosts(1, guests=2, progress=None)
host = lab.start()[0]
busy, other = sorted(guest.name for guest in host.domains)
view = host.live(every=1.0)
view
"""

BURN = """
burn = "read up rest </proc/uptime; end=$((${up%.*} + 25))\\n"
burn += "while [ ${up%.*} -lt $end ]; do read up rest </proc/uptime; done"
in_guest(host, busy, f"({burn}) >/dev/null 2>&1 &")
"""

USED = "print(float(view.frame().query('name == @busy')['cpu_used_vcpus'].{}()))"


class Seen:
    """The timeline as it stands in the page."""

    def __init__(self, page: Page) -> None:
        self.view = page.locator(".virtsdk-timeline")
        self.status = self.view.get_by_role("status")
        self.charts = self.view.get_by_role("slider")
        self.values = self.view.get_by_role("region", name="Values")

    def button(self, name: str) -> Locator:
        return self.view.get_by_role("button", name=name, exact=True)

    def value(self, row: int, column: int) -> float:
        """A number of the table of values."""
        text = self.values.locator("tbody tr").nth(row).locator("td").nth(column).text_content() or ""
        found = re.match(r"[\d.]+", text)
        return float(found.group()) if found else float("nan")


def drag(page: Page, seen: Seen, first: float, last: float) -> None:
    """Drag across the first chart, from one share of its width to another."""
    box = seen.view.locator(".u-over").first.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + first * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + (first + last) / 2 * box["width"], y)
    page.mouse.move(box["x"] + last * box["width"], y)
    page.mouse.up()


def test_real_guests_whose_daemon_is_killed(open_notebook, page: Page, screenshot, barriers) -> None:
    page.set_viewport_size({"width": 1280, "height": 1300})  # all of it in one picture
    notebook = open_notebook(LAB, "'the next cell'", name="timeline.ipynb")
    seen = Seen(page)
    expect(seen.values.locator("tbody tr")).to_have_count(2)
    expect(page.locator(".virtsdk-still").first).to_be_hidden()  # the live view stands in its place
    expect(seen.values.locator("tbody td").first).to_contain_text(re.compile(r"\d"), timeout=30_000)

    # load in a guest moves its line
    before = float(notebook.kernel(USED.format("median")))
    notebook.kernel(BURN)
    value = "parseFloat(document.querySelector('.vt-values tbody td').textContent)"
    page.wait_for_function(f"() => {value} > {1.5 * before + 0.05}")  # where others want the CPU, too
    assert float(notebook.kernel(USED.format("max"))) > 1.5 * before
    screenshot("timeline-load", seen.view)

    # a brush is a pair of Timestamps in Python, and a button shows what was brushed
    drag(page, seen, 0.3, 0.8)
    expect(seen.button("Clear selection")).to_be_enabled()
    expect(seen.view.locator(".vt-chosen")).to_contain_text("selected:")
    assert (
        notebook.kernel("a, b = view.selected; print(type(a).__name__, a.tz, a < b)") == "Timestamp UTC True"
    )
    seen.button("Zoom to selection").click()
    expect(seen.button("Show all")).to_be_enabled()
    assert notebook.kernel("print(view.range == view.selected)") == "True"
    seen.button("Back").click()
    expect(seen.button("Show all")).to_be_disabled()

    # what Python does is seen in the page
    notebook.kernel("view.show(busy, 'all guests of ' + host.name); view.panels = ['cpu', 'memory']")
    expect(seen.view.locator(".vt-panel")).to_have_count(2)
    expect(seen.values.locator("tbody tr").nth(1)).to_contain_text("all guests of")

    # an event is a mark with its words
    notebook.kernel("host.domains[busy].suspend(); host.domains[busy].resume()")
    flag = seen.view.get_by_role("group", name="Events and gaps").get_by_role("button").first
    expect(flag).to_have_attribute("aria-label", re.compile("suspended: paused"))

    # pause
    seen.button("Pause").click()
    expect(seen.status).to_have_text("Paused: no samples are taken.")
    expect(seen.button("Resume")).to_have_attribute("aria-pressed", "true")
    count = "print(len(view.frame()))"
    notebook.kernel("import time; time.sleep(1.5)")  # one that was at it
    before = notebook.kernel(count)
    notebook.kernel("time.sleep(2.5)")
    assert notebook.kernel(count) == before
    seen.button("Resume").click()
    expect(seen.button("Pause")).to_be_visible()

    # the daemon dies, and is back
    notebook.kernel("host.kill_daemon(restart=False)")
    expect(seen.status).to_have_text("Connection lost, trying again.")
    expect(seen.status).to_have_attribute("data-level", "error")
    screenshot("timeline-connection-lost", seen.view)
    notebook.kernel("time.sleep(4); host.start_daemon()")
    expect(seen.status).to_contain_text("Connected again", timeout=60_000)
    holes = "print([hole['text'] for hole in view.holes])"
    page.wait_for_function(
        "() => [...document.querySelectorAll('.vt-menu td')]"
        ".some(one => /No samples for .*: .*the connection was lost/.test(one.textContent))"
    )
    assert re.search(r"No samples for [\w. ]+: .*the connection was lost", notebook.kernel(holes))

    # as it looks
    notebook.kernel("view.show(); view.panels = ['cpu', 'memory', 'disk', 'net', 'delay']")
    expect(seen.view.locator(".vt-panel")).to_have_count(5)
    page.mouse.move(0, 0)
    assert barriers(page, ".virtsdk-timeline") == []
    screenshot("timeline-light", seen.view)
    notebook.theme("JupyterLab Dark")
    page.wait_for_timeout(1000)  # the page fades from one theme to the other
    assert barriers(page, ".virtsdk-timeline") == []
    screenshot("timeline-dark", seen.view)
    notebook.theme("JupyterLab Light")
    page.set_viewport_size({"width": 480, "height": 1300})
    page.wait_for_function("() => document.querySelector('.vt-place').clientWidth < 480")
    narrow = "one => one.scrollWidth <= one.clientWidth"
    page.wait_for_function(f"() => ({narrow})(document.querySelector('.virtsdk-timeline'))")
    assert barriers(page, ".virtsdk-timeline") == []
    screenshot("timeline-480", seen.view)
    page.set_viewport_size({"width": 1280, "height": 1300})

    # the kernel is gone: it is found out, and what needs no kernel goes on
    notebook.kernel("lab.stop()")
    page.evaluate(
        "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart(); }"
    )
    expect(seen.status).to_contain_text("The kernel is gone")
    expect(seen.button("Pause")).to_be_disabled()
    seen.button("Zoom in").click()
    expect(seen.button("Show all")).to_be_enabled()
    screenshot("timeline-kernel-gone", seen.view)
