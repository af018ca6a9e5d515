"""The explorer's script without JupyterLab and a kernel: what it draws, sorts, selects and asks for."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.explorer.bare_page import FRAME, open_page, resize, row

GIB = 2**30


def rows_in_page(page: Page) -> list[str]:
    return page.locator("tbody .vx-name").all_text_contents()


def sent(page: Page, kind: str) -> list[dict[str, Any]]:
    return [one for one in page.evaluate("model.sent") if one["kind"] == kind]


def put(page: Page, **state: object) -> None:
    page.evaluate("state => model.put(state)", state)
    page.evaluate(FRAME)


def tell_figures(page: Page, slot: int, *figures: float) -> None:
    """Send what the kernel sends: places as uint32, figures as float32."""
    buffers = [[*struct.pack("<I", slot)], [*struct.pack(f"<{len(figures)}f", *figures)]]
    views = "buffers.map(one => new DataView(new Uint8Array(one).buffer))"
    page.evaluate(f"buffers => model.tell({{kind: 'figures'}}, {views})", buffers)
    page.evaluate(FRAME)


def cell(page: Page, name: str, column: str) -> Locator:
    headers = [text.split(" ")[0] for text in page.locator("thead th").all_text_contents()]
    return (
        page.locator("tbody tr", has=page.get_by_text(name, exact=True))
        .locator("td")
        .nth(headers.index(column))
    )


def test_figures_are_bars_with_numbers_and_a_gap_is_none(page: Page) -> None:
    rows = [row(0, "web1"), row(1, "web2"), row(2, "off", "shutoff")]
    open_page(page, rows)
    assert page.locator("thead th").all_text_contents() == ["Name ▴", "State", "Memory", "vCPUs"]
    tell_figures(page, 1, 42.0, 3 * GIB, 5 * 2**20, 0, float("nan"))
    heads = ["Name ▴", "State", "CPU", "Memory", "Disk", "Network", "vCPUs"]  # no steal: nobody knows it
    assert page.locator("thead th").all_text_contents() == heads
    expect(cell(page, "web2", "CPU")).to_have_text("42 %")
    assert cell(page, "web2", "CPU").evaluate("cell => cell.style.getPropertyValue('--vx-share')") == "42%"
    expect(cell(page, "web2", "Memory")).to_have_text("3 of 4 GiB")
    expect(cell(page, "web2", "Disk")).to_have_text("5 MiB/s")
    expect(cell(page, "web2", "Network")).to_have_text("0 B/s")
    expect(cell(page, "web1", "CPU")).to_have_text("—")
    tell_figures(page, 1, 42.0, 1000 * 2**20, 0, 0, 0)
    memory = cell(page, "web2", "Memory")
    expect(memory).to_have_text("1000 MiB of 4 GiB")
    assert memory.evaluate("cell => cell.scrollWidth <= cell.clientWidth")  # a number is never cut
    tell_figures(page, 1, *[float("nan")] * 5)
    expect(cell(page, "web2", "CPU")).to_have_text("—")
    expect(cell(page, "web2", "CPU")).not_to_have_class("vx-figure")
    expect(cell(page, "web2", "Memory")).to_have_text("4 GiB")


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("name", ["a2", "a10", "b", "c"]),
        ("-name", ["c", "b", "a10", "a2"]),
        ("cpu", ["b", "a2", "a10", "c"]),  # equal ones by name, unknown ones last
        ("-cpu", ["a2", "a10", "b", "c"]),
        ("state", ["a2", "a10", "c", "b"]),
        ("-mem", ["c", "a2", "a10", "b"]),
        ("net", ["a10", "a2", "b", "c"]),
    ],
)
def test_rows_stand_in_the_order_of_the_frame(page: Page, sort: str, names: list[str]) -> None:
    rows = [row(0, "c", memory_bytes=8 * GIB), row(1, "a10"), row(2, "b", "shutoff", memory_bytes=None)]
    rows.append(row(3, "a2"))
    nothing = [None] * 5
    figures = [
        nothing,
        [90.0, *nothing[1:3], 0.0, None],
        [0.5, *nothing[1:]],
        [90.0, *nothing[1:3], 1e6, None],
    ]
    open_page(page, rows, figures, sort=sort)
    assert rows_in_page(page) == names


def test_a_header_asks_for_another_order(page: Page) -> None:
    open_page(page, [row(0, "a"), row(1, "b")])
    page.get_by_role("button", name="vCPUs").click()
    page.get_by_role("button", name="Name").click()
    assert [one["value"] for one in sent(page, "sort")] == ["-vcpus", "-name"]


def test_the_kernel_says_which_rows_match(page: Page) -> None:
    open_page(page, [row(slot, f"web{slot}") for slot in range(10)])
    put(page, shown="8040")  # the first and the last of ten
    assert rows_in_page(page) == ["web0", "web9"]
    expect(page.locator(".vx-counts")).to_have_text("2 of 10 domains")
    page.get_by_role("searchbox").fill("cpu>")
    assert sent(page, "filter")[-1]["value"] == "cpu>"
    page.get_by_role("searchbox").fill("web1")
    put(page, filter="cpu>")  # said back late
    expect(page.get_by_role("searchbox")).to_have_value("web1")
    put(page, filter="web1")
    put(page, filter="name~web")  # from Python, whatever has the focus
    expect(page.get_by_role("searchbox")).to_have_value("name~web")
    put(page, filter_error="cpu> lacks what to compare with")
    expect(page.get_by_text("cpu> lacks")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_attribute("aria-invalid", "true")
    put(page, filter="nobody", shown="0000")
    page.get_by_role("searchbox").fill("cpu>")  # of which the kernel has said nothing yet
    put(page, shown="0000")
    expect(page.locator(".vx-empty")).to_have_text("No domain matches “nobody”.")
    put(page, shown="", filter_error="")
    assert len(rows_in_page(page)) == 10


def test_only_rows_in_sight_are_in_the_page(page: Page, screenshot: Callable[..., object]) -> None:
    open_page(page, [row(slot, f"web{slot}", ["running", "paused"][slot % 2]) for slot in range(5000)])
    assert len(rows_in_page(page)) < 60
    first = page.locator("tbody tr").first
    first.click()
    page.keyboard.press("End")
    expect(page.get_by_text("web4999", exact=True)).to_be_in_viewport()
    expect(page.locator("tr:focus")).to_have_attribute("data-key", "web4999")
    assert sent(page, "select")[-1]["keys"] == ["web4999"]
    assert len(rows_in_page(page)) < 60
    page.locator(".vx-scroll").evaluate("node => { node.scrollTop = 0; }")
    page.evaluate(FRAME)
    expect(page.get_by_text("web0", exact=True)).to_be_in_viewport()
    page.keyboard.press("ArrowUp")  # from where the keyboard is, also where that row is out of sight
    expect(page.get_by_text("web4998", exact=True)).to_be_in_viewport()
    box = page.locator("thead th").first.bounding_box()
    scroll = page.locator(".vx-scroll").bounding_box()
    assert box and scroll and abs(box["y"] - scroll["y"]) < 3  # the header stays
    screenshot("explorer-5000", page.locator(".virtsdk-explorer"))


def test_many_are_selected_by_mouse_and_by_keyboard(page: Page) -> None:
    open_page(page, [row(slot, f"web{slot}") for slot in range(9)])

    def selected() -> list[str]:
        page.evaluate(FRAME)
        return page.locator("tr[aria-selected=true]").evaluate_all("rows => rows.map(one => one.dataset.key)")

    def click(name: str, *keys: str) -> None:
        page.get_by_text(name, exact=True).click(modifiers=list(keys))

    click("web1")
    click("web3", "Control")
    assert selected() == ["web1", "web3"]
    click("web5", "Shift")
    assert selected() == ["web3", "web4", "web5"]
    page.keyboard.press("Shift+ArrowUp")
    assert selected() == ["web3", "web4"]
    page.keyboard.press("Control+ArrowDown")
    page.keyboard.press("Control+ArrowDown")
    page.keyboard.press("Control+ ")
    assert selected() == ["web3", "web4", "web6"]
    page.locator("tr[data-key=web6] .vx-tick").click()
    assert selected() == ["web3", "web4"]
    page.keyboard.press("Control+a")
    assert len(selected()) == 9
    page.keyboard.press("Escape")
    assert selected() == []
    assert sent(page, "select")[-1]["keys"] == []


def test_the_name_stays_wide_and_columns_drop_from_the_right(
    page: Page, screenshot: Callable[..., object]
) -> None:
    names = ["   leading", "a-name-that-is-longer-than-its-column-by-far-whatever-it-is-of"]
    open_page(page, [row(0, names[0]), row(1, names[1])], [[5.0, GIB, 1e6, 1e6, 1.0]] * 2)
    wide = ["Name ▴", "State", "CPU", "Memory", "Disk", "Network", "Steal", "vCPUs"]
    heads = page.locator("thead th")
    assert heads.all_text_contents() == wide
    for width in (900, 640, 480, 320):
        resize(page, width, 700)
        if width == 480:
            screenshot("explorer-480", page.locator(".virtsdk-explorer"))
        shown = heads.all_text_contents()
        assert shown == wide[: len(shown)]
        name = heads.first.evaluate("node => node.clientWidth / parseFloat(getComputedStyle(node).fontSize)")
        assert name >= 8
        assert page.locator(".vx-scroll").evaluate("node => node.scrollWidth <= node.clientWidth")
    assert len(shown) < 4
    expect(page.locator(".vx-fits")).to_contain_text("There is no room for")
    assert page.locator("tbody .vx-name").first.evaluate("node => node.lastChild.innerText") == names[0]


def test_columns_are_chosen(page: Page) -> None:
    open_page(page, [row(0, "web1")])
    page.get_by_text("Columns").click()
    page.get_by_role("checkbox", name="vCPUs").uncheck()
    assert sent(page, "columns")[-1]["value"] == ["name", "state", "mem"]
    put(page, columns=["name", "vcpus"])
    assert page.locator("thead th").all_text_contents() == ["Name ▴", "vCPUs"]


def test_rows_stand_by_host(page: Page, barriers: Callable[..., list[str]]) -> None:
    hosts = [{"name": f"kvm{n}", "uri": "", "readonly": False, "refused": {}} for n in (1, 2)]
    hosts[1]["refused"] = {"start": "The connection is read-only"}
    rows = [row(i, f"web{i}", "shutoff", number=1 - i % 2, host=f"kvm{2 - i % 2}") for i in range(4)]
    open_page(page, rows, hosts=hosts, host_name="2 hosts")
    assert page.locator("thead th").all_text_contents()[1] == "Host"
    page.get_by_role("checkbox", name="Group by host").click()
    assert sent(page, "grouped")[-1]["value"] is True
    put(page, grouped=True, selected=["web0", "web1"])
    lines = page.locator("tbody tr").all_inner_texts()
    assert [line.split("\t")[0].strip() for line in lines] == [
        "kvm1 · 2",
        "web1",
        "web3",
        "kvm2 · 2",
        "web0",
        "web2",
    ]
    assert barriers(page, ".virtsdk-explorer") == []
    start = page.get_by_role("button", name="Start")
    expect(start).to_have_attribute(
        "title", "Boot the domain (1 of 2; left out: web0: The connection is read-only)"
    )
    start.click()
    assert sent(page, "act") == [{"kind": "act", "verb": "start", "keys": ["web1"]}]


def test_many_are_stopped_after_their_number_was_typed(
    page: Page, barriers: Callable[..., list[str]]
) -> None:
    rows = [row(i, f"web{i}", ["running", "shutoff"][i == 3], persistent=i != 2) for i in range(4)]
    open_page(page, rows, selected=[f"web{i}" for i in range(4)])
    page.get_by_role("button", name="Destroy …").click()
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("Destroy 3 domains?")
    expect(question).to_contain_text("They are: web0, web1, web2.")
    expect(question).to_contain_text("their definition goes, too: web2.")
    assert barriers(page, ".virtsdk-explorer") == []
    go = question.get_by_role("button", name="Destroy 3")
    expect(go).to_be_disabled()
    page.keyboard.type("4")
    go.click(force=True)
    assert sent(page, "act") == []
    question.get_by_role("textbox").fill("3")
    expect(go).to_be_enabled()
    page.keyboard.press("Enter")
    expect(question).to_be_hidden()
    assert sent(page, "act") == [{"kind": "act", "verb": "destroy", "keys": ["web0", "web1", "web2"]}]
    page.get_by_role("button", name="Shut down").click()
    expect(question).to_contain_text("Shut down 3 domains?")
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    result = {
        "name": "web0",
        "host": "kvm1",
        "verb": "destroy",
        "outcome": "failed",
        "why": "no <b>thing</b>",
    }
    put(page, results=[result, result | {"name": "web1", "outcome": "done", "why": "was destroyed"}])
    expect(page.get_by_role("table", name="Results")).to_contain_text("no <b>thing</b>")


def test_it_says_that_it_is_looked_at(page: Page) -> None:
    open_page(page, [row(0, "web1")])
    page.wait_for_function("model.sent.some(one => one.kind === 'look' && one.visible)")
    page.evaluate("document.querySelector('#view').style.display = 'none'")
    page.wait_for_function("model.sent.at(-1).kind === 'look' && !model.sent.at(-1).visible")


def test_a_view_that_is_taken_off_the_page_listens_no_more(page: Page) -> None:
    open_page(page, [row(0, "web1")])
    page.wait_for_function("model.sent.some(one => one.kind === 'look' && one.visible)")
    shared = 2  # the rows are of all views of the widget: new ones, and another tab's columns
    assert page.evaluate("listening()") > shared
    page.evaluate("end()")
    assert page.evaluate("listening()") == shared
    assert not page.evaluate("model.sent.at(-1).visible")


def test_the_code_is_in_the_page_and_can_be_all_that_is_done(page: Page) -> None:
    open_page(page, [row(0, "web1")], selected=["web1"], code="import virtsdk\nhost.domains['<b>'].start()")
    page.get_by_text("Code", exact=True).click()
    expect(page.get_by_label("Code of what was done")).to_contain_text("host.domains['<b>'].start()")
    page.get_by_role("checkbox", name="Only write the code").click()
    assert sent(page, "only_code")[-1]["value"] is True
    put(page, only_code=True)
    page.get_by_role("button", name="Destroy …").click()  # nothing is lost, so nothing is asked
    assert sent(page, "act") == [{"kind": "act", "verb": "destroy", "keys": ["web1"]}]


def test_the_pane_of_one_is_asked_for_and_shown(
    page: Page, barriers: Callable[..., list[str]], screenshot: Callable[..., object]
) -> None:
    open_page(page, [row(0, "web1"), row(1, "web2")], selected=["web1", "web2"])
    button = page.get_by_role("button", name="Details", exact=True)
    expect(button).to_have_attribute("title", "Details are of one domain: select one")
    button.click(force=True)
    assert sent(page, "details") == []
    put(page, selected=["web1"])
    button.click()
    assert sent(page, "details") == [{"kind": "details", "keys": ["web1"]}]
    facts = ["Facts", ["what", "value"], [["UUID", "u1"], ["title", "<b>bold</b>"]]]
    disks = ["Disks", ["target", "bus", "device", "source"], [["vda", "virtio", "disk", "/a/b.qcow2"]]]
    nothing = ["Nics", ["target", "MAC", "model", "source"], []]
    tables = [facts, disks, nothing]
    pane = {"key": "web1", "name": "web1", "time": "12:00:00", "tables": tables, "states": ["running"]}
    put(page, pane={**pane, "refused": {"screenshot": "", "console": ""}})
    pane = page.get_by_role("region", name="Details of web1")
    expect(pane).to_contain_text("<b>bold</b>")
    expect(pane).to_contain_text("/a/b.qcow2")
    expect(pane).not_to_contain_text("Nics")
    assert barriers(page, ".virtsdk-explorer") == []
    screenshot("explorer-pane", page.locator(".virtsdk-explorer"))
    page.get_by_role("button", name="Close details").click()
    assert len(sent(page, "close_details")) == 1
    put(page, pane={})
    expect(pane).to_be_hidden()


def test_only_a_filter_that_is_changed_scrolls_to_the_selected_row(page: Page) -> None:
    open_page(page, [row(slot, f"web{slot}") for slot in range(100)], selected=["web90"], sort="-used")
    expect(page.locator(".vx-counts")).to_have_text("100 domains · 100 running · by Used")
    selected = page.get_by_text("web90", exact=True)
    half = "f" * 12 + "0" * 8 + "f" * 5  # web0 to web47, web80 to web99
    put(page, shown=half)  # figures changed, and with them who matches
    assert page.locator(".vx-scroll").evaluate("node => node.scrollTop") == 0
    put(page, shown="", filter="web")
    expect(selected).to_be_in_viewport()
    page.locator(".vx-scroll").evaluate("node => { node.scrollTop = 0; }")
    put(page, filter="web9")
    put(page, shown=half)  # one after the other
    expect(selected).to_be_in_viewport()
