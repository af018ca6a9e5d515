"""A minute of an explorer of 5,000 guests at 2 Hz, kernel and page: it keeps up and does not grow."""

from __future__ import annotations

import json
import statistics

import pytest
from playwright.sync_api import Page, expect

from tests.browser.explorer.explorers import Seen

ROWS, CHANGED, SECONDS, EVERY = 5000, 500, 60, 0.5

# The first guest's CPU counts the beats, so that the page says which of them it shows.
CELLS = (
    """
import json, pathlib, tempfile, threading, time
import numpy as np, pandas as pd
import virtsdk
from virtsdk.tables.columns import FIGURES

guest = "<domain type='test'><name>web{}</name><memory>4194304</memory><os><type>hvm</type></os></domain>"
with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder, "node.xml")
    path.write_text("<node>" + "".join(map(guest.format, range(ROWS))) + "</node>")
    host = virtsdk.connect(f"test://{path}")
""",
    """
explorer = host.explore(every=EVERY)
keys = [key for key, _ in sorted(explorer.rows.items(), key=lambda one: int(one[1]["name"][3:]))]
random, sent = np.random.default_rng(1), []
values = random.random((ROWS, len(FIGURES))) * 100
def sample(longest):
    some = random.choice(np.arange(1, ROWS), CHANGED - 1, replace=False)
    values[some] = random.random((CHANGED - 1, len(FIGURES))) * 100
    values[0, 0] = 10 + len(sent) % 90
    sent.append((int(values[0, 0]), time.time()))
    return pd.DataFrame(values.copy(), index=keys, columns=list(FIGURES))
explorer._sources[0].sample = sample
explorer
""",
)
WATCH = """() => {
  window.drawn = [];
  let before = null;
  const look = () => {
    const text = document.querySelector(".virtsdk-explorer tbody tr .vx-figure")?.textContent ?? null;
    const now = (performance.timeOrigin + performance.now()) / 1000;
    if (text !== before) window.drawn.push([parseInt(text), now]);
    before = text;
    requestAnimationFrame(look);
  };
  look();
}"""
MEMORY = """
with open("/proc/self/statm") as statm:
    print(int(statm.read().split()[1]) * 4096 / 1e6)
"""


def memory_of(page: Page, notebook) -> dict[str, float]:
    """Megabytes of the page, after its garbage, and of the kernel; elements in the view."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    page_mb = session.send("Runtime.getHeapUsage")["usedSize"] / 1e6
    elements = page.locator(".virtsdk-explorer *").count()
    return {"page": page_mb, "kernel": float(notebook.kernel(MEMORY)), "elements": elements}


@pytest.mark.soak
def test_a_minute_of_beats_leaves_no_lag_and_no_memory_behind(open_notebook, page: Page) -> None:
    head = f"ROWS, CHANGED, EVERY = {ROWS}, {CHANGED}, {EVERY}\n"
    notebook = open_notebook(head + CELLS[0], CELLS[1])
    expect(Seen(page).grid.locator("tbody tr .vx-figure").first).to_be_visible()
    page.evaluate(WATCH)
    page.wait_for_timeout(5_000)  # the first messages of a page make what later ones find
    before = memory_of(page, notebook)
    notebook.kernel("sent.clear()")
    page.evaluate("window.drawn.length = 0")
    page.wait_for_timeout(1000 * SECONDS)
    sent = json.loads(notebook.kernel("print(json.dumps(sent))"))
    drawn = page.evaluate("window.drawn")
    after = memory_of(page, notebook)

    lags = []  # (when it was sent, how long until it was drawn), of the beats that were drawn
    left = list(drawn)
    for number, when in sent:
        while left and left[0][1] < when:
            left.pop(0)
        if left and left[0][0] == number:
            lags.append((when, left.pop(0)[1] - when))
    start = sent[0][1]
    first = statistics.median(lag for when, lag in lags if when < start + 10)
    last = statistics.median(lag for when, lag in lags if when > sent[-1][1] - 10)
    worst = max(lag for _, lag in lags)
    print(
        f"{len(lags)} of {len(sent)} beats drawn; lag {first:.3f} s at first, {last:.3f} s at last,", end=" "
    )
    print(f"{worst:.3f} s at worst; MB and elements before {before}, after {after}")
    assert len(sent) >= 0.8 * SECONDS / EVERY
    assert len(lags) >= 0.9 * len(sent)
    assert last < 1.5 * first + EVERY / 10  # no beat waits for those before it
    assert after["page"] < before["page"] + 5
    assert after["kernel"] < before["kernel"] + 20
    assert after["elements"] == before["elements"]
