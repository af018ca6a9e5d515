"""`host.explore()` in a real JupyterLab: clicks change libvirt, and the table follows libvirt.

What libvirt says is asked through a connection of its own in the notebook's kernel, not through virtsdk.
There is one ``test:///default`` in a process: both see the same domains, and each test has its own kernel.
"""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect

HOSTILE = [
    "<script>document.title='owned'",
    "<img src=x onerror=\"document.title='owned'\">",
    "quote\"'&amp;\\",
    "日本語-" + "長" * 80,
    "rtl-\u202egnp.exe",
]

RAW_STATE = """
words = {{libvirt.VIR_DOMAIN_RUNNING: "running", libvirt.VIR_DOMAIN_PAUSED: "paused",
         libvirt.VIR_DOMAIN_SHUTOFF: "shutoff"}}
print(words[raw.lookupByName({name!r}).state()[0]])
"""


def libvirt_says(notebook, name: str) -> str:
    return notebook.kernel(RAW_STATE.format(name=name))


def test_buttons_change_the_state_in_libvirt_and_ask_where_something_is_lost(explore, screenshot) -> None:
    notebook, seen = explore()
    seen.row("web1").click()
    expect(seen.row("web1")).to_have_attribute("aria-selected", "true")

    seen.button("Suspend").click()
    expect(seen.state("web1")).to_have_text("paused")
    assert libvirt_says(notebook, "web1") == "paused"
    expect(seen.status).to_have_text("web1 was suspended.")

    seen.button("Resume").click()
    expect(seen.state("web1")).to_have_text("running")
    assert libvirt_says(notebook, "web1") == "running"

    seen.button("Shut down").click()
    expect(seen.state("web1")).to_have_text("shut off")
    assert libvirt_says(notebook, "web1") == "shutoff"
    expect(seen.button("Shut down")).to_be_disabled()

    seen.button("Start").click()
    expect(seen.state("web1")).to_have_text("running")
    assert libvirt_says(notebook, "web1") == "running"
    assert libvirt_says(notebook, "web2") == "running"  # nobody asked for that one
    screenshot("explorer-light", seen.view)

    # what can lose something asks first
    seen.row("db1").click()
    question = seen.view.get_by_role("alertdialog")
    seen.button("Destroy").click()
    expect(question).to_contain_text("Destroy db1?")
    expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    screenshot("explorer-confirm", seen.view)
    seen.view.page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    assert libvirt_says(notebook, "db1") == "running"

    seen.button("Destroy").click()
    question.get_by_role("button", name="Destroy").click()
    expect(seen.state("db1")).to_have_text("shut off")
    assert libvirt_says(notebook, "db1") == "shutoff"


def test_nothing_keeps_people_out(explore, page: Page, barriers, screenshot) -> None:
    notebook, seen = explore()
    seen.row("web1").click()
    seen.button("Suspend").click()
    expect(seen.state("web1")).to_have_text("paused")
    for theme in ("JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"):
        notebook.theme(theme)
        assert barriers(page, ".virtsdk-explorer") == []
        seen.button("Destroy").click()
        expect(seen.view.get_by_role("button", name="Cancel")).to_be_focused()
        assert barriers(page, ".virtsdk-explorer") == []
        screenshot(f"explorer-{theme.split()[-1].lower()}-contrast", seen.view)
        page.keyboard.press("Escape")
        notebook.kernel("try:\n    explorer.resume('web2')\nexcept virtsdk.VirtError: pass")
        expect(seen.status).to_have_attribute("data-level", "error")
        assert barriers(page, ".virtsdk-explorer") == []
        notebook.kernel("explorer.resume('web1'); explorer.suspend('web1')")
        expect(seen.status).to_have_attribute("data-level", "info")
    notebook.theme("JupyterLab Light")


def test_host_python_and_page_are_one_view(explore) -> None:
    notebook, seen = explore()
    notebook.kernel("raw.lookupByName('web2').suspend()")
    expect(seen.state("web2")).to_have_text("paused")
    expect(seen.status).to_have_text("web2: running → paused")
    notebook.kernel("define('new1')")
    expect(seen.state("new1")).to_have_text("shut off")
    notebook.kernel("raw.lookupByName('new1').undefine()")
    expect(seen.row("new1")).to_have_count(0)

    assert notebook.kernel("print(len(explorer.selection))") == "0"
    notebook.kernel("explorer.select('web2'); explorer.resume(); explorer.suspend()")
    expect(seen.row("web2")).to_have_attribute("aria-selected", "true")
    expect(seen.state("web2")).to_have_text("paused")
    seen.row("db1").click()
    expect(seen.row("db1")).to_be_focused()
    expect(seen.row("db1")).to_have_attribute("aria-selected", "true")
    wait = "import time\nwhile explorer.selection['name'].tolist() != ['db1']: time.sleep(.05)\n"
    shown = "print(explorer.selection[['name', 'state', 'vcpus']].to_json(orient='records'))"
    answer = notebook.kernel(wait + shown)
    assert json.loads(answer) == [{"name": "db1", "state": "running", "vcpus": 3}]


def test_a_refusal_is_on_the_status_line_and_the_view_goes_on(explore) -> None:
    notebook, seen = explore()
    error = notebook.kernel(
        "try:\n    explorer.start('db1')\nexcept virtsdk.VirtError as error: print(error)"
    )
    assert "db1" in error
    expect(seen.status).to_have_attribute("data-level", "error")
    expect(seen.status).to_contain_text("db1")

    # a page that has not heard yet asks for what is no longer possible
    stale = "explorer._on_message(explorer, {'kind': 'act', 'verb': 'resume', 'keys': [%s]}, [])"
    notebook.kernel(stale % "host.domains['web2'].uuid")
    expect(seen.status).to_contain_text("web2")
    notebook.kernel(stale % "'no-such-uuid'")
    expect(seen.status).to_have_text("That domain is gone.")

    seen.row("web1").click()
    seen.button("Suspend").click()
    expect(seen.state("web1")).to_have_text("paused")
    expect(seen.status).to_have_attribute("data-level", "info")


def test_hostile_names_are_words(explore, page: Page, screenshot) -> None:
    _notebook, seen = explore(HOSTILE)
    expect(seen.row(HOSTILE[0])).to_be_visible()
    expect(seen.row(HOSTILE[2])).to_be_visible()
    expect(seen.row("rtl-\\u202egnp.exe")).to_be_visible()
    for name in HOSTILE[:2]:
        seen.row(name).click()
        seen.button("Suspend").click()
        expect(seen.state(name)).to_have_text("paused")
        expect(seen.status).to_have_text(f"{name} was suspended.")
        seen.button("Destroy").click()
        expect(seen.view.get_by_role("alertdialog")).to_contain_text(name)
        page.keyboard.press("Escape")
    assert "owned" not in page.title()
    assert seen.view.locator("script, img").count() == 0
    screenshot("explorer-hostile", seen.view)


def test_the_keyboard_is_enough(explore, page: Page) -> None:
    notebook, seen = explore(["a1", "a2", "a10"])
    seen.filter.focus()
    page.keyboard.press("Tab")  # the first column's header
    for _ in range(4):
        page.keyboard.press("Tab")
    expect(seen.row("a1")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(seen.row("a2")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("End")  # names sort as people count
    expect(seen.row("a10")).to_have_attribute("aria-selected", "true")
    expect(seen.row("a10")).to_be_focused()
    for _ in ("4 headers", "", "", "", "filter", "Destroy", "Resume", "Suspend"):
        page.keyboard.press("Shift+Tab")
    expect(seen.button("Suspend")).to_be_focused()
    page.keyboard.press("Enter")
    expect(seen.state("a10")).to_have_text("paused")
    assert libvirt_says(notebook, "a10") == "paused"
    # JupyterLab's own single-key shortcuts stay out of it: "d d" deletes a cell there
    cells = page.locator(".jp-Cell").count()
    for focused in (seen.row("a10"), seen.button("Resume"), seen.button("Start")):
        focused.focus()
        page.keyboard.press("d")
        page.keyboard.press("d")
    assert page.locator(".jp-Cell").count() == cells


def test_a_read_only_host_shows_and_does_nothing(explore) -> None:
    _notebook, seen = explore(options=", readonly=True")
    expect(seen.view).to_contain_text("(read-only)")
    seen.row("web1").click()
    for name in ("Start", "Shut down", "Suspend", "Resume", "Destroy"):
        expect(seen.button(name)).to_be_disabled()
        expect(seen.button(name)).to_have_attribute("title", "The connection is read-only")


def test_closing_takes_it_off_the_page_and_ends_its_threads(explore) -> None:
    notebook, seen = explore()
    notebook.kernel("explorer.close(); explorer.close()")
    expect(seen.view).to_have_count(0)
    expect(seen.page.locator(".virtsdk-still")).to_contain_text("web1")  # what was there stays
    wait = (
        "import threading, time\nend = time.monotonic() + 60\n"
        "alive = lambda: [t.name for t in threading.enumerate() if t.name.startswith('virtsdk-explorer')]\n"
        "while alive() and time.monotonic() < end: time.sleep(.05)\nprint(alive(), host.is_alive)"
    )
    assert notebook.kernel(wait) == "[] True"


def test_a_page_that_is_opened_again_shows_the_state_of_now(explore, page: Page) -> None:
    notebook, seen = explore()
    notebook.kernel("explorer.suspend('web1')")
    expect(seen.state("web1")).to_have_text("paused")
    page.evaluate("async () => window.jupyterapp.commands.execute('docmanager:save')")
    page.reload()
    expect(seen.state("web1")).to_have_text("paused")
    seen.row("web1").click()
    seen.button("Resume").click()
    expect(seen.state("web1")).to_have_text("running")


def test_a_click_reaches_the_kernel_after_a_subshell_is_gone(explore) -> None:
    """ipykernel 7.4 sends a click to the subshell of what was last published, if that is gone nowhere."""
    notebook, seen = explore()
    seen.row("web1").click()
    notebook.kernel("explorer.comm._reply_subshell_id = 'deleted'")
    seen.button("Suspend").click()
    expect(seen.state("web1")).to_have_text("paused")


def test_a_thousand_domains_stay_usable(explore, page: Page, screenshot) -> None:
    names = [f"guest{i}" for i in range(1000)]
    _notebook, seen = explore(names)
    expect(seen.view).to_contain_text("1000 domains")
    seen.filter.fill("guest77")
    expect(seen.grid).to_have_attribute("aria-rowcount", "12")
    expect(seen.grid.locator("tbody tr")).to_have_count(11)
    seen.row("guest770").click()
    seen.button("Suspend").click()
    expect(seen.state("guest770")).to_have_text("paused")
    seen.filter.fill("guest5")  # nothing happens to what is out of sight
    expect(seen.button("Resume")).to_be_disabled()
    expect(seen.button("Resume")).to_have_attribute("title", "The filter hides guest770")
    seen.filter.fill("")
    seen.status.scroll_into_view_if_needed()
    expect(seen.row("guest770")).to_be_in_viewport()
    screenshot("explorer-thousand", seen.view)


def test_three_are_shut_down_by_one_click_and_their_number_and_again_by_its_code(
    explore, page: Page, screenshot
) -> None:
    notebook, seen = explore(("web1", "web2", "web3", "db1"))
    seen.filter.fill("state:running name~web")
    expect(seen.grid.locator("tbody tr")).to_have_count(3)
    assert notebook.kernel("print(explorer.frame['name'].tolist())") == "['web1', 'web2', 'web3']"
    notebook.kernel("explorer.filter = 'name~web'")  # and the other way round
    seen.row("web1").click()
    expect(seen.filter).to_have_value("name~web")
    seen.row("web3").click(modifiers=["Shift"])
    wait = "import time\nwhile len(explorer.selected) < 3: time.sleep(.05)\n"
    shown = "print([one.name for one in explorer.handles], len(explorer.selection))"
    assert notebook.kernel(wait + shown) == "['web1', 'web2', 'web3'] 3"
    seen.button("Shut down").click()
    question = seen.view.get_by_role("alertdialog")
    expect(question).to_contain_text("web1, web2, web3")
    screenshot("explorer-many-confirm", seen.view)
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    expect(question).to_be_hidden()
    for name in ("web1", "web2", "web3"):
        expect(seen.state(name)).to_have_text("shut off")
        assert libvirt_says(notebook, name) == "shutoff"
    assert libvirt_says(notebook, "db1") == "running"
    expect(seen.status).to_have_text("3 domains: each was asked to shut down.")
    expect(seen.view.get_by_text("Last: shutdown, 3 done, 0 failed")).to_be_visible()
    seen.view.get_by_text("Code", exact=True).click()
    expect(seen.view.get_by_label("Code of what was done")).to_contain_text("host.domains[name].shutdown()")
    screenshot("explorer-many-done", seen.view)
    notebook.kernel("explorer.start()")
    expect(seen.state("web2")).to_have_text("running")
    notebook.kernel("exec(explorer.code.rpartition('for name')[0], {}); explorer.refresh()")
    assert libvirt_says(notebook, "web1") == "shutoff"
    expect(seen.state("web3")).to_have_text("shut off")
