"""What becomes of an explorer: its kernel ends, its cell runs again, its page is exported."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import SCREENSHOTS
from tests.browser.explorer.explorers import SET_UP, Seen
from tests.browser.what_ifs import FLEET

# The kernel stops without a word, or is restarted as its menu entry would.
ENDS = {
    "silent": """async () => {
      const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
      kernel.requestExecute({code: "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"});
    }""",
    "restarted": """async () => {
      await window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart();
    }""",
}

# A cell that ends when web1 is paused, if that happens while it runs.
BUSY = """async () => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const code = `import time
end = time.monotonic() + 200
web1 = raw.lookupByName("web1")
while web1.state()[0] != libvirt.VIR_DOMAIN_PAUSED and time.monotonic() < end: time.sleep(0.1)
print("paused while the cell ran" if time.monotonic() < end else "not paused in time", end="")`;
  const future = kernel.requestExecute({code});
  window.told = new Promise(tell => {
    future.onIOPub = message => message.header.msg_type === "stream" && tell(message.content.text);
  });
}"""

RUN_LAST = """async () => {
  const app = window.jupyterapp;
  app.shell.currentWidget.content.activeCellIndex = app.shell.currentWidget.content.widgets.length - 1;
  return await app.commands.execute("notebook:run-cell");
}"""
# What is alive: threads, subscribers to the host's events, widgets. Threads end a moment after their view;
# those that wait for the next call to libvirt are as many as calls met, a few for all views.
ALIVE = """
import threading, time
from ipywidgets.widgets.widget import _instances
def alive():
    names = sorted(one.name for one in threading.enumerate() if one.name.startswith("virtsdk-"))
    names = [name for name in names if name != "virtsdk-call"]
    return names, len(host._hub._sinks), len(_instances)
def settled(wanted=None):
    now, end = None, time.monotonic() + 60
    while now != (wanted or alive()) and time.monotonic() < end:
        now = alive()
        time.sleep(1)
    return now
once = settled()
"""


def shows_static_table(page: Page, name: str) -> Locator:
    return page.locator(".virtsdk-still").get_by_role("rowheader", name=name)


@pytest.mark.parametrize("end", ENDS)
def test_a_kernel_that_is_gone_turns_the_buttons_off(explore, page: Page, end: str, screenshot) -> None:
    notebook, seen = explore()
    seen.row("web1").click()
    expect(seen.button("Suspend")).to_be_enabled()
    expect(shows_static_table(page, "web1")).to_be_hidden()  # the live view stands in its place
    page.evaluate(ENDS[end])
    expect(seen.status).to_contain_text("The kernel is gone")
    for name in ("Start", "Shut down", "Suspend", "Resume", "Destroy"):
        expect(seen.button(name)).to_be_disabled()
        expect(seen.button(name)).to_have_attribute("title", "The kernel is gone")
    seen.filter.fill("web2")  # what needs no kernel goes on
    expect(seen.grid.locator("tbody tr")).to_have_count(1)
    seen.filter.fill("")
    screenshot("explorer-kernel-gone-light", seen.view)
    notebook.theme("JupyterLab Dark")
    screenshot("explorer-kernel-gone-dark", seen.view)
    notebook.theme("JupyterLab Light")
    if end == "restarted":
        page.evaluate("async () => window.jupyterapp.commands.execute('docmanager:save')")
        page.reload()  # the page finds no view any more, and no kernel that knows it
        expect(shows_static_table(page, "web1")).to_be_visible()
        expect(page.locator(".virtsdk-still")).to_contain_text("Run the cell to have it live.")
        error = page.get_by_text("Error displaying widget")  # of JupyterLab
        expect(error).to_be_attached()
        expect(error).to_be_hidden()
        screenshot("explorer-reloaded", full_page=True)


def test_a_cell_that_runs_for_long_is_no_kernel_that_is_gone_and_no_hindrance(explore, page: Page) -> None:
    _notebook, seen = explore()
    page.evaluate(BUSY)
    page.wait_for_timeout(6000)  # longer than a page waits for its kernel
    expect(seen.status).to_have_text("Select a row to act on it; Ctrl or Shift selects more.")
    seen.row("web1").click()
    seen.button("Suspend").click()
    expect(seen.state("web1")).to_have_text("paused")
    assert page.evaluate("window.told") == "paused while the cell ran"


def test_ten_runs_of_a_cell_leave_what_one_leaves(open_notebook, page: Page) -> None:
    set_up = SET_UP.format(names=["web1", "web2", "db1"], options="")
    show = "explorer = host.explore()\nwhat_if = site.explore()\ndisplay(explorer, what_if)"
    notebook = open_notebook(set_up, FLEET, show)
    explorer, what_if = Seen(page), page.locator(".virtsdk-what-if")
    expect(explorer.grid).to_be_visible()
    notebook.kernel(ALIVE + "first = explorer, what_if")
    for _ in range(10):
        assert page.evaluate(RUN_LAST)
    expect(explorer.view).to_have_count(1)
    expect(what_if).to_have_count(1)
    assert notebook.kernel("print(*first)") == "<Explorer closed> <WhatIf closed>"
    once, now = notebook.kernel("print(once, settled(once), sep='\\n')").splitlines()
    assert now == once
    explorer.row("web1").click()
    explorer.button("Suspend").click()
    expect(explorer.state("web1")).to_have_text("paused")


@pytest.mark.parametrize(("scheme", "stored"), [("light", True), ("dark", False)])
def test_an_exported_page_shows_what_was_there_without_a_network(
    browser: Browser, tmp_path: Path, scheme: str, stored: bool, barriers
) -> None:
    cells = (
        "import virtsdk\nhost = virtsdk.connect('test:///default')",
        "host.explore()",
        FLEET,
        "what_if = site.explore()\nwhat_if.add(3)\nwhat_if",
    )
    document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(document, kernel_name="python3", startup_timeout=180, store_widget_state=stored).execute()
    assert ("widgets" in document.metadata) is stored
    html, _ = HTMLExporter(theme=scheme).from_notebook_node(document)
    page_file = tmp_path / "page.html"
    page_file.write_text(html)
    context = browser.new_context(offline=True, color_scheme=scheme)
    page = context.new_page()
    page.goto(page_file.as_uri(), wait_until="domcontentloaded")
    expect(shows_static_table(page, "test")).to_be_visible()
    what_if = page.locator(".virtsdk-still").last
    expect(what_if).to_contain_text("Room for")
    expect(what_if.get_by_role("rowheader", name="first host to break")).to_be_visible()
    expect(what_if).to_contain_text("changed = site.add(")
    assert page.title() != "owned"
    assert barriers(page, ".virtsdk-still") == []
    page.screenshot(path=SCREENSHOTS / f"exported-{scheme}.png", full_page=True)
    context.close()
