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

IDLE = 0.15  # vCPUs

BURN = """
burn = "while [ ! -e /tmp/enough ]; do i=0; while [ $i -lt 500 ]; do i=$((i + 1)); done; done"
in_guest(host, busy, f"({burn}) >/dev/null 2>&1 &")
"""

MOST = "print(view.frame().query('name == @busy')['cpu_used_vcpus'].max())"

# A wish of the page is granted by a worker: what is asked next may come before.
WAIT = """
import time
end = time.monotonic() + 60
while not ({}):
    assert time.monotonic() < end, "it did not happen in time"
    time.sleep(0.05)
"""


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

    # load in a guest moves its line
    value = "parseFloat(document.querySelector('.vt-values tbody td').textContent)"
    page.wait_for_function(f"() => {value} < {IDLE}", timeout=120_000)  # what follows a boot is over
    notebook.kernel(BURN)
    page.wait_for_function(f"() => {value} > {2 * IDLE}")  # where others want the CPU, too
    assert float(notebook.kernel(MOST)) > 2 * IDLE
    notebook.kernel("in_guest(host, busy, 'touch /tmp/enough')")
    screenshot("timeline-load", seen.view)

    # a brush is a pair of Timestamps in Python, and a button shows what was brushed
    drag(page, seen, 0.3, 0.8)
    expect(seen.button("Clear selection")).to_be_enabled()
    expect(seen.view.locator(".vt-chosen")).to_contain_text("selected:")
    pair = WAIT.format("view.selected") + "a, b = view.selected; print(type(a).__name__, a.tz, a < b)"
    assert notebook.kernel(pair) == "Timestamp UTC True"
    seen.button("Zoom to selection").click()
    expect(seen.button("Show all")).to_be_enabled()
    notebook.kernel(WAIT.format("view.range == view.selected"))
    seen.button("Back").click()
    expect(seen.button("Show all")).to_be_disabled()

    # what Python does is seen in the page
    notebook.kernel("view.show(busy, 'all guests of ' + host.name); view.panels = ['cpu', 'memory']")
    expect(seen.view.locator(".vt-panel")).to_have_count(2)
    expect(seen.values.locator("tbody tr").nth(1)).to_contain_text("all guests of")

    # an event is a mark with its words
    notebook.kernel("host.domains[busy].suspend(); host.domains[busy].resume()")
    flags = seen.view.get_by_role("group", name="Events and gaps")  # on a busy host some are gaps
    expect(flags.get_by_role("button", name=re.compile("suspended: paused"))).to_have_count(1)

    # pause
    seen.button("Pause").click()
    expect(seen.status).to_have_text("Paused: no samples are taken.")
    expect(seen.button("Resume")).to_have_attribute("aria-pressed", "true")
    count = "print(view.frame()['time'].nunique())"
    before = int(notebook.kernel(count))
    notebook.kernel("time.sleep(4)")
    assert int(notebook.kernel(count)) <= before + 1  # one was at it
    seen.button("Resume").click()
    expect(seen.button("Pause")).to_be_visible()

    # the daemon dies, and is back
    notebook.kernel("host.kill_daemon(restart=False)")
    expect(seen.status).to_have_text("Connection lost, trying again.")
    expect(seen.status).to_have_attribute("data-level", "error")
    screenshot("timeline-connection-lost", seen.view)
    notebook.kernel("time.sleep(4); host.start_daemon()")
    expect(seen.status).to_contain_text("Connected again")
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
