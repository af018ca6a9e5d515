"""The explorer as it stands in a page, and the notebook that opens one."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

SET_UP = """
import libvirt, virtsdk
from xml.sax.saxutils import escape

raw = libvirt.open("test:///default")
raw.lookupByName("test").destroy()
raw.lookupByName("test").undefine()

def define(name, mib=512, vcpus=1):
    size = f"<memory unit='MiB'>{{mib}}</memory><vcpu>{{vcpus}}</vcpu>"
    name = f"<name>{{escape(name)}}</name>"
    return raw.defineXML(f"<domain type='test'>{{name}}{{size}}<os><type>hvm</type></os></domain>")

for i, name in enumerate({names!r}):
    define(name, 512 * (1 + i % 4), 1 + i % 4).create()
host = virtsdk.connect("test:///default"{options})
"""


class Seen:
    """The explorer as it stands in the page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.view = page.locator(".virtsdk-explorer")
        self.grid = self.view.get_by_role("grid")
        self.status = self.view.get_by_role("status")
        self.filter = self.view.get_by_role("searchbox", name="Filter domains")

    def row(self, name: str) -> Locator:
        return self.grid.locator("tbody tr", has=self.view.page.get_by_text(name, exact=True))

    def state(self, name: str) -> Locator:
        return self.row(name).locator(".vx-state")

    def button(self, name: str) -> Locator:
        actions = self.view.get_by_role("group", name="Act on the selected domains")
        return actions.get_by_role("button", name=name)
