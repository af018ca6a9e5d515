"""Views at 100 to 200 % zoom and in narrow places: nothing overlaps or is cut, no page scrolls sideways."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import SCREENSHOTS
from tests.browser.explorer.bare_page import FRAME, open_page, row

GIB = 2**30

# What is wrong: parts that lie over each other, text that is cut off, a page that scrolls sideways.
FAULTS = """selector => {
  const view = document.querySelector(selector), faults = [];
  const seen = one => one.checkVisibility({visibilityProperty: true}) && one.getClientRects().length > 0;
  const within = view.querySelector(".vx-scroll");
  const used = [...view.querySelectorAll("button, input, summary, pre, p, .vx-title, .vx-counts")]
    .filter(one => seen(one) && !within?.contains(one));
  const name = one =>
    `${one.tagName} ${one.getAttribute("aria-label") ?? one.textContent.trim().slice(0, 40)}`;
  const boxes = used.map(one => [one, one.getBoundingClientRect()]);
  boxes.forEach(([one, a], i) => boxes.slice(i + 1).forEach(([other, b]) => {
    if (one.contains(other) || other.contains(one)) return;
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > 1 && high > 1) faults.push(`${name(one)} lies over ${name(other)}`);
  }));
  const edge = document.documentElement.clientWidth;
  for (const [one, box] of boxes) {
    if (box.right > edge + 1 || box.left < -1) faults.push(`${name(one)} is beyond the edge`);
    const cut = one.tagName === "BUTTON" && one.scrollWidth > one.clientWidth + 1;
    if (cut) faults.push(`${name(one)} is cut off`);
  }
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth)
    faults.push(`the page scrolls: ${page.scrollWidth} in ${page.clientWidth}`);
  return faults;
}"""

# The width of a window of 1,280 px as the page finds it at a zoom, and narrow places.
PLACES = {
    "100 %": (1280, 1),
    "150 %": (853, 1.5),
    "200 %": (640, 2),
    "480 px": (480, 1),
    "480 px, 200 %": (240, 2),
}


@pytest.fixture(params=PLACES, ids=[place.replace(" ", "") for place in PLACES])
def zoomed(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, scale = PLACES[request.param]
    context = browser.new_context(viewport={"width": width, "height": 900}, device_scale_factor=scale)
    yield context.new_page()
    context.close()


def test_the_explorer(zoomed: Page) -> None:
    long = "a-name-that-is-longer-than-its-column-by-far-whatever-it-is-of-" * 2
    rows = [
        row(0, long),
        *(row(slot, f"web{slot}", ["running", "shutoff"][slot % 2]) for slot in range(1, 12)),
    ]
    results = [{"name": long, "host": "kvm1", "verb": "start", "outcome": "failed", "why": "no " * 40}]
    open_page(
        zoomed,
        rows,
        [[55.0, GIB, 123e6, 45e6, 12.5]] * 12,
        selected=[long, "web2", "web4"],
        uri="qemu+unix:///system?socket=/a/path/that/is/long/enough/to/need/a/line/of/its/own/libvirt-sock",
        status="Shut down: 1 of 3 failed; " + "it has a reason that is long " * 5,
        status_level="error",
        code="import virtsdk\n\n" + "host.domains['web1'].start()  # and so on and on and on and on\n" * 9,
        results=results,
        filter_error="cpu must be compared with a percentage, as in cpu>50%, not 'x'. The table shows all.",
    )
    zoomed.get_by_text("Columns", exact=True).click()
    zoomed.get_by_text("Code", exact=True).click()
    zoomed.get_by_role("button", name="Shut down").click()
    zoomed.evaluate(FRAME)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    zoomed.screenshot(path=SCREENSHOTS / f"zoom-{zoomed.viewport_size['width']}.png", full_page=True)
    assert zoomed.evaluate(FAULTS, ".virtsdk-explorer") == []
