"""An explorer on real guests of a private daemon, from load that shows to a daemon that is killed."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import REPOSITORY
from tests.browser.explorer.explorers import Seen

LAB = f"""
import sys, time
sys.path.insert(0, {str(REPOSITORY)!r})
import virtsdk
from tests.integration.figures.test_truth import in_guest

lab = virtsdk.lab.hosts(1, guests=3, progress=None)
host = kvm = lab.start()[0]  # the code of the clicks makes another `host`
"""
EXPLORE = """
explorer = host.explore(every=1.0)
explorer
"""
# What each beat says of db1's CPU; a host may leave a guest out of one answer, so unknown ones do not count.
BEATS = """
beats = []
def watch(until):
    end = time.monotonic() + 120
    while len(beats) < until:
        assert time.monotonic() < end, f"no more beats than {beats}"
        known = explorer.frame.set_index("name")["cpu_percent"].get("db1")
        if known == known and known is not None and known not in beats[-1:]:
            beats.append(float(known))
        time.sleep(0.05)
watch(2)
"""
BURN = """
before = len(beats)
burn = "while [ ! -e /tmp/enough ]; do i=0; while [ $i -lt 500 ]; do i=$((i + 1)); done; done"
in_guest(host, "db1", f"({burn}) >/dev/null 2>&1 & sleep 1")  # is over once the guest is at it
watch(before + 2)
print(min(beats[:before]), max(beats[before:before + 2]))
"""
SHOWS_LOAD = """([name, least]) => {
  const rows = [...document.querySelectorAll(".virtsdk-explorer tbody tr")];
  const cell = rows.find(row => row.textContent.includes(name)).querySelector(".vx-figure");
  const bar = cell.style.getPropertyValue("--vx-share");
  return parseFloat(bar) > least && parseFloat(cell.textContent) > least;
}"""
RUN_IN_NEXT_CELL = """async code => {
  const { commands, shell } = window.jupyterapp, { content } = shell.currentWidget;
  content.activeCellIndex = content.widgets.length - 1;
  await commands.execute("notebook:insert-cell-below");
  content.activeCell.model.sharedModel.setSource(code);
  return await commands.execute("notebook:run-cell");
}"""
COURSE = re.compile(r"^CPU of the last .+: .+ now, most ([\d.]+) %$")
ALL = ("cache1", "db1", "web1")


def test_a_day_with_three_guests_and_a_daemon_that_dies(open_notebook, page: Page, screenshot) -> None:
    page.set_viewport_size({"width": 1280, "height": 1100})
    notebook = open_notebook(LAB, EXPLORE)
    seen = Seen(page)
    expect(seen.grid.get_by_role("columnheader", name="CPU", exact=True)).to_be_visible()

    # load in a guest is in its bar within two beats
    notebook.kernel(BEATS)
    idle, busy = map(float, notebook.kernel(BURN).split())
    assert busy > 1.5 * idle + 2
    page.wait_for_function(SHOWS_LOAD, arg=["db1", 1.5 * idle + 2])
    screenshot("lab-load", seen.view)

    # and in the pane of the guest, which has it since the view was opened
    seen.row("db1").click()
    seen.view.get_by_role("button", name="Details").click()
    course = seen.view.get_by_role("region", name="Details of db1").get_by_role("img", name="CPU of the last")
    expect(course).to_have_accessible_name(COURSE)
    said = re.search(COURSE, course.get_attribute("aria-label") or "")
    assert said and float(said[1]) > 1.5 * idle + 2
    expect(course.locator(".vx-line").first).to_have_attribute("d", re.compile(r"^M\S+ \S+L"))
    notebook.kernel("in_guest(host, 'db1', 'touch /tmp/enough')")
    screenshot("lab-pane", seen.view)

    # the code of the clicks runs in the next cell, and does the same
    seen.row("cache1").click()
    seen.row("web1").click(modifiers=["Shift"])
    seen.button("Suspend").click()
    for name in ALL:
        expect(seen.state(name)).to_have_text("paused")
    seen.view.get_by_text("Code", exact=True).click()
    written = seen.view.get_by_label("Code of what was done")
    expect(written).to_contain_text("suspend()")  # when all are done; each is seen to be paused before
    code = written.inner_text()
    assert notebook.kernel("print(explorer.code)") == code
    notebook.kernel("for guest in host.domains: guest.resume()")
    for name in ALL:
        expect(seen.state(name)).to_have_text("running")
    assert page.evaluate(RUN_IN_NEXT_CELL, code), notebook.outputs.all_inner_texts()
    for name in ALL:
        expect(seen.state(name)).to_have_text("paused")
    screenshot("lab-code", full_page=True)
    seen.button("Resume").click()
    expect(seen.status).to_have_text("3 domains: each was resumed.")

    # the daemon dies and comes back: the table stays, and goes on
    notebook.kernel("kvm.kill_daemon(restart=False)")
    expect(seen.status).to_contain_text("The connection is lost, and is tried again")
    expect(seen.state("db1")).to_have_text("running")
    expect(seen.row("db1").locator("td").nth(2)).to_have_text("—")  # figures of before are not those of now
    screenshot("lab-connection-lost", seen.view)
    notebook.kernel("kvm.start_daemon()")
    expect(seen.status).to_have_text(re.compile(r"^Connected again: the last \d+ s were not seen\.$"))
    expect(seen.row("db1").locator("td").nth(2)).to_have_text(re.compile(r"\d %"))
    expect(course.locator(".vx-holes rect")).not_to_have_count(0)  # and in the pane the gap is one
    expect(course).to_have_accessible_name(COURSE)
    screenshot("lab-pane-gap", seen.view)
    seen.view.get_by_role("button", name="Close details").click()

    # three are shut down by one click and their number
    seen.button("Shut down").click()
    question = seen.view.get_by_role("alertdialog")
    expect(question).to_contain_text("cache1, db1, web1")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(question).to_be_visible()
    page.keyboard.press("Backspace")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    for name in ALL:
        expect(seen.state(name)).to_have_text("shut off", timeout=120_000)
    assert notebook.kernel("print(*host.domains.frame()['state'])") == "shutoff shutoff shutoff"
    screenshot("lab-shut-down", seen.view)
    seen.row("db1").click()
    seen.button("Start").click()
    expect(seen.state("db1")).to_have_text("running")
    notebook.kernel("host.domains['db1'].destroy()")
    expect(seen.state("db1")).to_have_text("shut off")
    expect(seen.status).to_have_text(re.compile("^db1: (running|shutting down) → shut off$"))
    notebook.kernel("explorer.close(); lab.stop()")
