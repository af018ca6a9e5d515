"""Charts and bars in a real JupyterLab: tooltips that need no script, and what is too much is seen."""

from __future__ import annotations

from playwright.sync_api import Page, expect

FRAMES = """
import pandas as pd
from virtsdk import capacity
from virtsdk.display import charts

hosts = pd.DataFrame({"host": ["kvm1", "kvm2-of-the-second-row"], "cpus": 8, "memory_bytes": 2**34})
guests = pd.DataFrame({"host": hosts["host"], "vcpus": [4, 40], "memory_bytes": [2**32, 2**35]})
room = capacity.headroom(hosts, guests, capacity.Policy(vcpu_ratio=2))
time = pd.date_range("2026-03-01 12:00", periods=6, freq="10s", tz="UTC")
busy = pd.DataFrame({"host": "kvm1", "time": time, "seconds": 10.0, "busy_percent": [0, 20, 40, 60, 80, 100]})
"""


def test_a_chart_says_its_figures_where_the_pointer_rests(
    open_notebook, page: Page, barriers, screenshot
) -> None:
    cells = (
        "room",
        "room.chart(interactive=True)",
        "charts.heatmap(busy, interactive=True)",
        "charts.heatmap(busy[:0])",
    )
    notebook = open_notebook(FRAMES, *cells)
    said = "kvm2-of-the-second-row, vCPUs: 40 of 16, 24 too many for the policy (250 %)"
    expect(page.locator("svg title", has_text=said)).to_be_attached()
    expect(page.locator("svg title", has_text="80.0 %")).to_be_attached()
    expect(page.locator(".virtsdk b", has_text="over")).to_have_count(2)
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        notebook.theme(theme)
        assert barriers(page, ".virtsdk") == []
        screenshot(f"charts-{theme.split()[-1].lower()}", full_page=True)
