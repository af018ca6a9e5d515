"""The tabs of the explorer's script without a kernel: keys, roles, bars, reasons, a narrow page."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.explorer.bare_page import FRAME, open_page, resize, row, turn_to
from tests.browser.explorer.test_page import cell, put, rows_in_page, sent
from virtsdk.tables.kinds import EVENTS, NETWORKS, POOLS, VOLUMES

GIB = 2**30
NETWORK = {"host": "kvm1", "number": 0, "state": "active", "label": "active", "kind": "good", "order": 0}
NETWORK |= {"bridge": "virbr0", "forward": "nat", "guests": 2, "leases": None, "autostart": True}
POOL = {"host": "kvm1", "number": 0, "state": "running", "label": "running", "kind": "good", "order": 0}
POOL |= {"type": "dir", "capacity": 100 * GIB, "allocation": 25 * GIB, "available": 75 * GIB}
POOL |= {"autostart": False, "persistent": True}
NARROW = {"width": 480, "height": 900}


def network(name: str, **more: object) -> dict[str, object]:
    return NETWORK | {"name": name, "persistent": True} | more


def event(order: int, name: str, words: str) -> dict[str, object]:
    plain = {"host": "kvm1", "number": 0, "state": "", "label": "", "kind": "off", "persistent": None}
    return plain | {
        "key": str(order),
        "order": order,
        "time": f"03-01 12:00:{order:02d}",
        "name": name,
        "words": words,
        "event": "domain_lifecycle",
    }


def test_tabs_turn_by_key_and_the_panel_is_theirs(page: Page, barriers: Callable[..., list[str]]) -> None:
    open_page(page, [row(0, "web1")])
    tabs = page.get_by_role("tab")
    assert tabs.all_inner_texts() == ["Guests", "Networks", "Pools", "Events"]
    assert tabs.evaluate_all("all => all.map(one => one.tabIndex)") == [0, -1, -1, -1]
    tabs.first.focus()
    for key, name in [
        ("ArrowLeft", "Events"),
        ("Home", "Guests"),
        ("ArrowRight", "Networks"),
        ("End", "Events"),
    ]:
        page.keyboard.press(key)
        expect(page.get_by_role("tab", name=name)).to_be_focused()
        expect(page.get_by_role("tab", selected=True)).to_have_text(name)
    assert [one["value"] for one in sent(page, "tab")] == ["events", "guests", "networks", "events"]
    page.keyboard.press("End")  # is there
    assert len(sent(page, "tab")) == 4
    turn_to(page, EVENTS, [event(1, "web1", "started: booted")])
    expect(page.get_by_role("tab", name="Events")).to_be_focused()  # also after all was drawn anew
    expect(page.get_by_role("tabpanel", name="Events")).to_be_visible()
    expect(page.get_by_role("grid", name="Events of kvm1")).to_be_visible()
    expect(page.get_by_role("searchbox", name="Filter events")).to_have_value("")
    assert barriers(page, ".virtsdk-explorer") == []
    turn_to(page, NETWORKS, [network("a")], selected=["a"])  # from Python, and what had the focus is gone
    stop = page.get_by_role("button", name="Stop …")
    stop.focus()
    turn_to(page, EVENTS, [event(1, "web1", "started: booted")])
    expect(page.get_by_role("tab", name="Events")).to_be_focused()
    page.get_by_role("tab", name="Events").click()  # is there
    page.get_by_role("tab", name="Pools").click()
    assert [one["value"] for one in sent(page, "tab")][4:] == ["pools"]


def test_networks_are_rows_with_buttons_and_their_reasons(
    page: Page, barriers: Callable[..., list[str]], screenshot: Callable[..., object]
) -> None:
    open_page(page, [row(0, "web1")])
    off = {"state": "inactive", "label": "inactive", "kind": "off", "autostart": False, "guests": None}
    rows = [network("net10"), network("net9", persistent=False, autostart=False), network("back", **off)]
    turn_to(page, NETWORKS, rows, selected=["net10"])
    assert rows_in_page(page) == ["back", "net9", "net10"]
    expect(page.locator(".vx-counts")).to_have_text("3 networks · 2 active · 1 inactive")
    expect(cell(page, "net10", "Guests")).to_have_text("2")
    expect(cell(page, "net10", "Leases")).to_have_text("—")
    expect(cell(page, "net9", "Autostart")).to_have_text("no")
    buttons = page.get_by_role("group", name="Act on the selected networks")
    auto = buttons.get_by_role("button", name="Autostart", exact=True)
    expect(auto).to_have_attribute("title", "net10 starts with its host already")
    put(page, selected=["net9"])
    expect(auto).to_have_attribute("title", "net9 is transient: it starts with no host")
    buttons.get_by_role("button", name="Stop …").click()
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("Stop net9? Guests on it lose their connection")
    expect(question).to_contain_text("It is transient: its definition goes, too.")
    assert sent(page, "act") == []
    question.get_by_role("button", name="Stop").click()
    assert sent(page, "act") == [{"kind": "act", "verb": "stop", "keys": ["net9"]}]
    put(page, sort="autostart")
    assert rows_in_page(page) == ["back", "net9", "net10"]
    put(page, sort="-guests")  # what is not known comes last
    assert rows_in_page(page) == ["net9", "net10", "back"]
    page.get_by_text("Columns").click()
    page.get_by_role("checkbox", name="Bridge").uncheck()
    assert "bridge" not in sent(page, "columns")[-1]["value"]
    assert sent(page, "columns")[-1]["value"][0] == "name"
    assert barriers(page, ".virtsdk-explorer") == []
    resize(page, **NARROW)
    assert barriers(page, ".virtsdk-explorer") == []
    assert page.evaluate("document.documentElement.scrollWidth <= 480")
    screenshot("tabs-480-networks", page.locator(".virtsdk-explorer"))


def test_pools_have_bars_and_volumes_of_one(page: Page, screenshot: Callable[..., object]) -> None:
    open_page(page, [row(0, "web1")])
    nothing = {
        "capacity": None,
        "allocation": None,
        "available": None,
        "state": "inactive",
        "label": "inactive",
    }
    turn_to(page, POOLS, [POOL | {"name": "images"}, POOL | {"name": "spare", **nothing}], selected=["spare"])
    share = "cell => cell.style.getPropertyValue('--vx-share')"
    expect(cell(page, "images", "Allocated")).to_have_text("25 GiB")
    assert cell(page, "images", "Allocated").evaluate(share) == "25%"
    assert cell(page, "images", "Available").evaluate(share) == "75%"
    assert cell(page, "images", "Capacity").evaluate(share) == ""
    expect(cell(page, "spare", "Available")).to_have_text("—")
    volumes = page.get_by_role("button", name="Volumes", exact=True)
    expect(volumes).to_have_attribute("title", "spare is inactive: its volumes are known while it is started")
    volumes.click(force=True)
    assert sent(page, "volumes") == []
    put(page, selected=["images"])
    volumes.click()
    assert sent(page, "volumes") == [{"kind": "volumes", "keys": ["images"]}]
    plain = {
        "host": "kvm1",
        "number": 0,
        "state": "",
        "label": "",
        "kind": "off",
        "order": 0,
        "persistent": None,
    }
    plain |= {"type": "file", "format": "qcow2", "capacity": 8 * GIB, "allocation": GIB}
    some = [plain | {"name": f"disk{i}", "path": f"/a/disk{i}"} for i in range(3000)]
    turn_to(page, VOLUMES, some, pool="images")
    assert len(rows_in_page(page)) < 60  # only those in sight
    expect(page.get_by_role("grid", name="Volumes of images")).to_be_visible()
    expect(volumes).to_be_hidden()
    expect(page.get_by_role("button", name="Close volumes")).to_be_focused()
    assert page.get_by_role("group", name="Act on the selected").count() == 0  # there is nothing to do
    screenshot("tabs-pools-volumes", page.locator(".virtsdk-explorer"))
    page.keyboard.press("Enter")
    assert len(sent(page, "close_volumes")) == 1
    turn_to(page, POOLS, [POOL | {"name": "images"}], pool="", selected=["images"])
    expect(page.get_by_role("button", name="Close volumes")).to_be_hidden()


def test_events_are_newest_first_and_what_is_missing_is_said(
    page: Page, screenshot: Callable[..., object]
) -> None:
    open_page(page, [row(0, "web1")])
    turn_to(page, EVENTS, [])
    expect(page.get_by_text("Nothing was said since this view was opened.")).to_be_visible()
    words = "x" * 300
    some = [event(i, f"web{i}", words if i == 7 else "<b>started</b>: booted") for i in range(1, 30)]
    turn_to(page, EVENTS, some)
    first = page.locator("tbody tr").first
    expect(first).to_have_attribute("data-key", "29")
    expect(first).to_contain_text("<b>started</b>: booted")
    put(page, sort="time")
    expect(first).to_have_attribute("data-key", "1")
    resize(page, **NARROW)
    heads = page.locator("thead th").all_text_contents()
    assert heads == ["Time (UTC) ▴", "About", "What"]
    screenshot("tabs-480-events", page.locator(".virtsdk-explorer"))
    hosts = [
        {
            "name": "kvm1",
            "uri": "",
            "readonly": False,
            "refused": {},
            "lacks": "The x driver has no networks.",
        }
    ]
    turn_to(page, NETWORKS, [], hosts=hosts)
    expect(page.get_by_text("The x driver has no networks.")).to_be_visible()
    put(page, unread=True)
    expect(page.get_by_text("Not read yet.")).to_be_visible()


def test_state_and_rows_of_a_tab_may_come_in_any_order(page: Page) -> None:
    open_page(page, [row(0, "web1")], [[50.0, GIB, 0, 0, 0]], sort="-cpu", selected=["web1"])
    columns = [column.to_dict() for column in NETWORKS.columns.values()]
    whole = {"kind": "whole", "columns": columns, "rows": {"a": network("a", slot=0)}, "figures": [[]]}
    page.evaluate("message => model.tell(message, [])", whole)
    page.evaluate(FRAME)  # in an order that no column has
    assert rows_in_page(page) == ["a"]
    verbs = {name: verb.to_dict() for name, verb in NETWORKS.verbs.items()}
    put(page, tab="networks", noun="network", known_columns=columns, verbs=verbs, sort="name", selected=[])
    page.evaluate(FRAME)
    assert rows_in_page(page) == ["a"]
    expect(page.get_by_role("group", name="Act on the selected networks")).to_be_visible()


def test_a_pane_shows_screen_and_console_on_request(
    page: Page, barriers: Callable[..., list[str]], screenshot: Callable[..., object]
) -> None:
    open_page(page, [row(0, "web1")], selected=["web1"])
    tables = [["Facts", ["what", "value"], [["UUID", "u1"]]]]
    pane = {"key": "web1", "name": "web1", "time": "12:00:00", "tables": tables, "states": ["running"]}
    put(page, pane={**pane, "refused": {"screenshot": "It has no graphics", "console": ""}})
    shoot = page.get_by_role("button", name="Screenshot")
    expect(shoot).to_have_attribute("title", "It has no graphics")
    shoot.click(force=True)
    assert sent(page, "screenshot") == []
    listen = page.get_by_role("button", name="Console", exact=True)
    listen.click()
    assert sent(page, "console") == [{"kind": "console", "keys": ["web1"]}]
    listen.focus()
    put(page, console_state={"key": "web1", "open": True, "note": ""})
    expect(page.get_by_role("log")).to_have_text("It has printed nothing since it was opened.")
    page.evaluate("model.tell({kind: 'console', key: 'web1', add: '<b>login</b>: '}, [])")
    expect(page.get_by_role("log")).to_have_text("<b>login</b>: ")
    expect(listen).to_be_focused()  # and nothing took the focus away
    expect(listen).to_have_attribute("title", "It is open below")
    put(page, console_state={"key": "web1", "open": False, "note": "The console ended: the guest is off."})
    expect(page.get_by_text("The console ended: the guest is off.")).to_be_visible()
    page.evaluate(
        """() => { const canvas = document.createElement("canvas"); canvas.width = 720; canvas.height = 400;
        const bytes = Uint8Array.from(atob(canvas.toDataURL().split(",")[1]), one => one.charCodeAt(0));
        model.put({picture: {key: "web1", name: "web1", time: "12:01:00", width: 720, height: 400,
                             png: new DataView(bytes.buffer)}}); }"""
    )
    image = page.get_by_role("img", name=re.compile("^Screen of web1 at 12:01:00 UTC, 720 .* 400 pixels$"))
    expect(image).to_be_visible()
    assert image.evaluate("async node => { await node.decode(); return node.naturalWidth; }") == 720
    points = [[float(at), None if 40 < at < 60 else 10.0 + at % 7, 2.0**30] for at in range(0, 100, 2)]
    tell = "([key, points]) => model.tell({kind: 'course', key, points}, [])"
    page.evaluate(tell, ["another", points])  # of the pane before
    page.evaluate(tell, ["web1", points])
    page.evaluate("model.tell({kind: 'course', key: 'web1', add: [100, 85, null]}, [])")
    page.evaluate(tell.replace("points}", "add: points[0]}"), ["another", points])
    course = page.get_by_role("img", name="CPU of the last 1 min 40 s: 85 % now, most 85 %")
    expect(course.locator(".vx-holes rect")).to_have_count(1)
    assert re.findall("M", course.locator(".vx-line").first.get_attribute("d") or "") == ["M", "M"]
    expect(page.get_by_text("dashed: 20 s not known")).to_be_visible()
    expect(page.get_by_role("img", name="Memory used of the last 1 min 40 s: not known now")).to_be_visible()
    assert barriers(page, ".virtsdk-explorer") == []
    resize(page, **NARROW)
    screenshot("tabs-480-pane", page.locator(".virtsdk-explorer"))
    assert page.evaluate("document.documentElement.scrollWidth <= 480")
    closed = {"name": "kvm1", "uri": "", "readonly": False, "closed": "The host is closed", "refused": {}}
    put(page, hosts=[closed])
    for name in ("Details", "Screenshot", "Console"):
        button = page.get_by_role("button", name=name, exact=True)
        expect(button).to_have_attribute("title", "The host is closed")
        expect(button).to_have_attribute("aria-disabled", "true")
    put(page, pane={}, picture={}, console_state={})
    expect(image).to_have_count(0)
