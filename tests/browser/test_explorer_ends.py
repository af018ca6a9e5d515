"""What becomes of an explorer: its kernel ends, its cell runs again, its page is exported."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import SCREENSHOTS

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

RUN_LAST = """async () => {
  const app = window.jupyterapp;
  await app.commands.execute("notebook:move-cursor-up");
  app.shell.currentWidget.content.activeCellIndex = 1;
  await app.commands.execute("notebook:run-cell");
}"""


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


def test_a_cell_that_runs_for_long_is_no_kernel_that_is_gone(explore) -> None:
    notebook, seen = explore()
    notebook.kernel("import time; time.sleep(6)")
    expect(seen.status).to_have_text("Select a row to act on it; Ctrl or Shift selects more.")
    seen.row("web1").click()
    expect(seen.button("Suspend")).to_be_enabled()


def test_a_cell_that_runs_again_replaces_its_view(explore, page: Page) -> None:
    notebook, seen = explore()
    notebook.kernel("import weakref; first = weakref.ref(explorer)")
    page.evaluate(RUN_LAST)
    expect(seen.view).to_have_count(1)
    assert notebook.kernel("print(first() is explorer, first() is None or first()._opened)") == "False False"
    wait = (
        "import threading, time\nend = time.monotonic() + 10\n"
        "alive = lambda: [t.name for t in threading.enumerate() if t.name.startswith('virtsdk-explorer')]\n"
        "while len(alive()) > 4 and time.monotonic() < end: time.sleep(.05)\nprint(len(alive()))"
    )
    assert notebook.kernel(wait) == "4"
    seen.row("web1").click()
    seen.button("Suspend").click()
    expect(seen.state("web1")).to_have_text("paused")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_exported_page_shows_the_table_without_a_network(
    browser: Browser, tmp_path: Path, scheme: str
) -> None:
    cells = "import virtsdk\nhost = virtsdk.connect('test:///default')", "host.explore()"
    document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(document, kernel_name="python3", store_widget_state=True).execute()
    assert document.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    html, _ = HTMLExporter().from_notebook_node(document)
    page_file = tmp_path / "page.html"
    page_file.write_text(html)
    context = browser.new_context(offline=True, color_scheme=scheme)
    page = context.new_page()
    page.goto(page_file.as_uri(), wait_until="domcontentloaded")
    expect(shows_static_table(page, "test")).to_be_visible()
    page.screenshot(path=SCREENSHOTS / f"explorer-exported-{scheme}.png")
    context.close()
