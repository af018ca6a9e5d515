"""`Fleet.explore()` in a real JupyterLab: a move becomes an answer, and code that says the same."""

from __future__ import annotations

import os
import signal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.what_ifs import FLEET, SAME, SHOW, Seen

# Whether a click on an element would reach it.
REACHED = """one => {
  const { left, top, width, height } = one.getBoundingClientRect();
  return one.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}"""

RESTART = """async () => {
  await window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart();
}"""


@pytest.fixture
def what_if(open_notebook, page: Page):
    page.set_viewport_size({"width": 1280, "height": 1300})
    notebook = open_notebook(FLEET, SHOW)
    seen = Seen(page)
    expect(seen.head).to_contain_text("Room for")
    return notebook, seen


def test_what_a_person_moves_is_answered_and_written_as_code(what_if, page: Page, screenshot) -> None:
    notebook, seen = what_if
    expect(seen.figure("survives any")).to_have_text("yes; tightest without kvm1 (memory)")
    seen.field("Add").fill("12")
    seen.field("Add").press("Enter")
    expect(seen.code).to_contain_text("changed = site.add(")
    expect(seen.figure("guests")).to_have_text("28")
    seen.field("Fail").select_option("kvm2")
    expect(seen.figure("hosts")).to_have_text("4")
    seen.button("Next 6 months").click()
    expect(seen.status).to_contain_text("That rate is a guess")
    expect(seen.field("Months")).to_have_value("6")
    expect(seen.code).to_contain_text("2 % a month for 6 months")

    handle = seen.view.locator(".vw-row", has=page.get_by_label("vCPU ratio", exact=True)).locator(
        ".noUi-touch-area"
    )
    handle.hover()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.down()
    page.mouse.move(x - 400, y, steps=30)
    page.mouse.up()
    expect(seen.field("vCPU ratio")).to_have_value("0.5")
    expect(seen.view).to_contain_text("over capacity")
    assert notebook.kernel(SAME).startswith("True <Fleet 4 hosts, ")
    screenshot("what-if-light", seen.view)

    seen.button("Reset").click()
    expect(seen.code).to_have_text("changed = site")
    expect(seen.field("vCPU ratio")).to_have_value("4")
    assert notebook.kernel("print(what_if.settings['fail'], what_if.fleet is site)") == "() True"
    seen.field("This host").select_option("kvm3")
    seen.button("Empty this host").click()
    expect(seen.code).to_have_text("changed = site.drain(['kvm3'])")
    seen.field("Fail").select_option("kvm3")
    expect(seen.status).to_have_attribute("data-level", "error")
    expect(seen.status).to_contain_text("kvm3 cannot fail")
    expect(seen.code).to_have_text("changed = site.drain(['kvm3'])")


def test_nothing_keeps_people_out(what_if, page: Page, barriers, screenshot) -> None:
    notebook, seen = what_if
    notebook.kernel("what_if.add(4); what_if.fail('kvm1'); what_if.survival")
    assert page.title() != "owned"
    assert seen.view.locator("img").count() == 0
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        notebook.theme(theme)
        assert barriers(page, ".virtsdk-what-if") == []
        screenshot(f"what-if-{theme.split()[-1].lower()}-failed", seen.view)
    order = ["Lose the largest host", "Next 6 months", "Empty this host", "Reset"]
    seen.button(order[0]).focus()
    for label in order[1:]:
        page.keyboard.press("Tab")
        expect(seen.button(label)).to_be_focused()
    for label in ("Like", "Add", "Growth (% a month)"):
        page.keyboard.press("Tab")
        expect(seen.field(label)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    expect(seen.field("Months")).to_be_focused()
    expect(seen.figure("months of growth")).not_to_have_text("—")
    page.set_viewport_size({"width": 480, "height": 2700})
    notebook.kernel("what_if.reset(); what_if.lose_the_largest_host(); what_if.survival")
    expect(seen.figure("hosts")).to_have_text("4")
    for zoom in (1, 2):
        page.evaluate(f"document.body.style.zoom = {zoom}")
        wide = seen.view.evaluate("one => [one.scrollWidth, one.clientWidth]")
        assert wide[0] <= wide[1] + 1, f"it is cut off at {100 * zoom} %: {wide}"
        for label in ("Like", "Add", "Drain", "This host"):
            assert seen.field(label).bounding_box()["width"] > 40 * zoom, (label, zoom)
        screenshot(f"what-if-480-{zoom}", seen.view)
    page.evaluate("document.body.style.zoom = 1")


def test_a_kernel_that_is_gone_leaves_answers_and_takes_the_controls(what_if, page: Page, screenshot) -> None:
    notebook, seen = what_if
    still = page.locator(".virtsdk-still")
    expect(still).to_be_hidden()  # the live view stands in its place

    # silent: there is no script that could notice, so the style sheet does
    late = seen.view.get_by_text("The kernel does not answer")
    kernel = int(notebook.kernel("import os, time; time.sleep(8); print(os.getpid())"))
    expect(late).to_be_hidden()  # a cell that runs for long is no such kernel
    os.kill(kernel, signal.SIGSTOP)
    try:
        expect(late).to_be_visible()
        expect(seen.figure("hosts")).to_have_text("5")
        seen.button("Reset").scroll_into_view_if_needed()
        assert not seen.button("Reset").evaluate(REACHED)
        screenshot("what-if-kernel-silent", seen.view)
    finally:
        os.kill(kernel, signal.SIGCONT)
    expect(late).to_be_hidden()
    assert seen.button("Reset").evaluate(REACHED)

    # gone
    notebook.kernel("what_if.add(2); what_if.survival")
    page.evaluate("async () => window.jupyterapp.commands.execute('docmanager:save')")
    page.reload()
    expect(seen.figure("guests")).to_have_text("18")  # a page that is opened again shows what is now
    seen.button("Reset").click()
    expect(seen.figure("guests")).to_have_text("16")
    page.evaluate(RESTART)
    expect(seen.view).to_contain_text("The kernel is gone")
    expect(seen.button("Reset")).to_be_hidden()
    expect(seen.field("Add")).to_be_hidden()
    expect(seen.figure("hosts")).to_have_text("5")
    screenshot("what-if-kernel-gone", seen.view)
    page.evaluate("async () => window.jupyterapp.commands.execute('docmanager:save')")
    page.reload()  # nothing lives here any more: the static page stands there
    expect(still.get_by_role("row", name="guests")).to_contain_text("16")
    expect(still).to_be_visible()
    error = page.get_by_text("Error displaying widget")  # of JupyterLab
    expect(error).to_be_attached()
    expect(error).to_be_hidden()
