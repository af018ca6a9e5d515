"""The what-if as it stands in a page, and the cells that open one."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page

HOSTILE = "<img src=x onerror=\"document.title='owned'\">'"
FLEET = f"""
import pandas as pd
from virtsdk import capacity

GIB = 2**30
names = ["kvm1", "kvm2", "kvm3", "kvm4", {HOSTILE!r}]
hosts = pd.DataFrame({{"host": names, "cpus": [16, 16, 16, 32, 16], "memory_bytes": 64 * GIB}})
guests = [(host, f"{{kind}}{{number}}", *size)
          for number, host in enumerate(names)
          for kind, size in {{"web": (4, 8), "app": (8, 16), "db": (8, 12)}}.items()]
guests.append(("kvm1", {HOSTILE!r}, 4, 8))
domains = pd.DataFrame(guests, columns=["host", "name", "vcpus", "memory_bytes"])
domains["memory_bytes"] *= GIB
site = capacity.Fleet.from_frames(hosts, domains)
"""
SHOW = "what_if = site.explore()\nwhat_if"
SAME = """
space = {"site": site}
exec(what_if.code, space)
made, shown = space["changed"], what_if.fleet
pd.testing.assert_frame_equal(made.domains, shown.domains)
pd.testing.assert_frame_equal(made.hosts, shown.hosts)
print(made.policy == shown.policy, made)
"""


class Seen:
    """The what-if as it stands in the page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.view = page.locator(".virtsdk-what-if")
        self.status = self.view.get_by_role("status")
        self.head = self.view.locator(".vw-head")
        self.code = self.view.locator(".vw-code")

    def field(self, label: str) -> Locator:
        return self.view.get_by_label(label, exact=True)

    def button(self, label: str) -> Locator:
        return self.view.get_by_role("button", name=label)

    def figure(self, name: str) -> Locator:
        """The figure afterwards: the last cell of its row."""
        row = self.view.get_by_role("row", name=re.compile(f"^{name}"))
        return row.get_by_role("cell").last
