"""The explorer's tabs on a real host: networks, pools, volumes, events; a guest's screen and console."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.explorer.explorers import Seen

LAB = """
import libvirt, virtsdk
lab = virtsdk.lab.hosts(1, guests=1, progress=None)
(host,) = lab.start()
raw = libvirt.open(host.uri)
network = "<network><name>{}</name>{}<ip address='10.77.{}.1' netmask='255.255.255.0'/></network>"
host.networks.define(network.format("quiet", "", 1)).start()
host.networks.define(network.format("off", "<forward mode='route'/>", 2))
"""


def test_tabs_show_what_a_real_host_has(open_notebook, page: Page, screenshot, barriers, tmp_path) -> None:
    pool = f"<pool type='dir'><name>images</name><target><path>{tmp_path}</path></target></pool>"
    volume = (
        "<volume><name>{}.qcow2</name><capacity>{}</capacity><target><format type='qcow2'/></target></volume>"
    )
    notebook = open_notebook(
        LAB,
        f"images = host.storage_pools.define({pool!r})\nimages.start()\n"
        f"volume = {volume!r}\n"
        "for name, size in (('a', 1), ('b', 8)): images.volumes.create(volume.format(name, size << 30))",
        "explorer = host.explore(every=1.0)\nexplorer",
    )
    seen = Seen(page)
    tabs = seen.view.get_by_role("tab")
    expect(seen.row("web1")).to_be_visible()
    assert tabs.all_inner_texts() == ["Guests", "Networks", "Pools", "Events"]
    screenshot("tabs-guests", seen.view)

    tabs.nth(1).click()
    expect(seen.state("quiet")).to_have_text("active")
    expect(seen.row("off")).to_contain_text("route")
    seen.row("off").click()
    actions = seen.view.get_by_role("group", name="Act on the selected networks")
    actions.get_by_role("button", name="Start", exact=True).click()
    expect(seen.state("off")).to_have_text("active")
    assert notebook.kernel("print(raw.networkLookupByName('off').isActive())") == "1"
    notebook.kernel("raw.networkLookupByName('quiet').destroy()")  # elsewhere: an event says so
    expect(seen.state("quiet")).to_have_text("inactive")
    screenshot("tabs-networks", seen.view)
    assert barriers(page, ".virtsdk-explorer") == []

    tabs.nth(2).click()
    expect(seen.row("images")).to_contain_text("GiB")
    seen.row("images").click()
    screenshot("tabs-pools", seen.view)
    seen.view.get_by_role("button", name="Volumes").click()
    expect(seen.row("b.qcow2")).to_contain_text("8 GiB")
    screenshot("tabs-volumes", seen.view)
    seen.view.get_by_role("button", name="Close volumes").click()
    expect(seen.row("images")).to_be_visible()

    tabs.nth(3).click()
    expect(seen.grid).to_contain_text("network stopped")
    notebook.kernel("raw.lookupByName('web1').suspend(); raw.lookupByName('web1').resume()")
    expect(seen.grid.locator("tbody tr").first).to_contain_text("resumed: unpaused")
    expect(seen.grid.locator("tbody tr").first).to_contain_text("web1")
    screenshot("tabs-events", seen.view)
    assert barriers(page, ".virtsdk-explorer") == []

    tabs.nth(0).click()
    expect(seen.state("web1")).to_have_text("running")
    seen.row("web1").click()
    seen.view.get_by_role("button", name="Details").click()
    pane = seen.view.get_by_role("region", name="Details of web1")
    pane.get_by_role("button", name="Screenshot").click()
    expect(pane.get_by_role("img", name=re.compile(r"^Screen of web1 at .* pixels$"))).to_be_visible()
    pane.get_by_role("button", name="Console", exact=True).click()
    printed = pane.get_by_role("log")
    expect(pane.get_by_text("open, to read")).to_be_visible()
    notebook.kernel("raw.lookupByName('web1').injectNMI(0)")  # its kernel says so on the console
    expect(printed).to_contain_text("NMI received")
    page.set_viewport_size({"width": 1280, "height": 1900})  # all of it is in the picture
    screenshot("tabs-pane", seen.view)
    assert barriers(page, ".virtsdk-explorer") == []
    notebook.theme("JupyterLab Dark")
    screenshot("tabs-pane-dark", seen.view)
    notebook.theme("JupyterLab Light")
    notebook.kernel("explorer.close(); raw.close(); lab.stop()")
