"""Notebook 7: explorer and what-if as in JupyterLab, from the first cell to the last click."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser import what_ifs
from tests.browser.explorer.explorers import SET_UP, Seen


def test_views_show_filter_select_act_and_write_their_code(
    open_notebook, page: Page, barriers, screenshot
) -> None:
    page.set_viewport_size({"width": 1280, "height": 1400})
    domains = SET_UP.format(names=["web1", "web2", "db1"], options="")
    explore = "explorer = host.explore()\nexplorer"
    notebook = open_notebook(domains, explore, what_ifs.FLEET, what_ifs.SHOW, app="notebooks")
    assert page.evaluate("window.jupyterapp.name") == "Jupyter Notebook"

    explorer = Seen(page)
    explorer.filter.fill("name~web")
    expect(explorer.grid.locator("tbody tr")).to_have_count(2)
    assert notebook.kernel("print(explorer.frame['name'].tolist())") == "['web1', 'web2']"
    explorer.row("web1").click()
    explorer.row("web2").click(modifiers=["Shift"])
    explorer.button("Suspend").click()
    for name in ("web1", "web2"):
        expect(explorer.state(name)).to_have_text("paused")
    page.keyboard.press("d")  # twice it would delete the cell
    page.keyboard.press("d")
    explorer.view.get_by_text("Code", exact=True).click()
    code = explorer.view.get_by_label("Code of what was done")
    expect(code).to_contain_text("host.domains[name].suspend()")
    notebook.kernel("explorer.resume()\nexec(explorer.code.rpartition('for name')[0], {})")
    expect(explorer.state("web2")).to_have_text("paused")
    expect(explorer.state("db1")).to_have_count(0)

    what_if = what_ifs.Seen(page)
    what_if.field("Add").fill("12")
    what_if.field("Add").press("Enter")
    expect(what_if.figure("guests")).to_have_text("28")
    what_if.field("Fail").select_option("kvm2")
    what_if.button("Next 6 months").click()
    expect(what_if.figure("hosts")).to_have_text("4")
    expect(what_if.code).to_contain_text("2 % a month for 6 months")
    assert notebook.kernel(what_ifs.SAME).startswith("True <Fleet 4 hosts, ")

    for view, part in ((explorer, ".virtsdk-explorer"), (what_if, ".virtsdk-what-if")):
        assert barriers(page, part) == []
        screenshot(f"notebook7{part.replace('.virtsdk', '')}", view.view)
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    for view in (explorer, what_if):
        expect(view.view).to_contain_text("The kernel is gone")
    expect(explorer.row("db1")).to_have_count(0)
    explorer.filter.fill("")
    expect(explorer.row("db1")).to_be_visible()  # what needs no kernel goes on
