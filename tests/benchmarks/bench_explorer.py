"""The explorer at 5,000 rows: filter and order against 200 rows, a beat against a bare send, no lag."""

from __future__ import annotations

import tempfile
import textwrap
from queue import Empty

from jupyter_client.manager import start_new_kernel
from playwright.sync_api import sync_playwright

from tests.benchmarks.figures import report
from tests.browser.explorer.bare_page import open_page, row

FEW, MANY, CHANGED = 200, 5000, 500
TIMES = 3  # the bar: that many times the cost at 200 rows, or of a bare send
BYTES = 20_000

IN_KERNEL = """
import pathlib, time, statistics
import anywidget, numpy as np, pandas as pd
import virtsdk
from virtsdk.tables.columns import FIGURES

def explorer_of(count):
    guest = "<domain type='test'><name>web{}</name><memory>4096</memory><os><type>hvm</type></os></domain>"
    path = pathlib.Path(FOLDER) / f"node{count}.xml"
    path.write_text("<node>" + "".join(map(guest.format, range(count))) + "</node>")
    return virtsdk.connect(f"test://{path}").explore()

def seconds(work, repeat=30):
    took = []
    for number in range(repeat):
        begin = time.process_time()  # of all threads: a message is sent by another one
        work(number)
        time.sleep(0.01)
        took.append(time.process_time() - begin)
    return statistics.median(took)

few, many = explorer_of(FEW), explorer_of(MANY)
texts = ["web1", "state:running name~7", "cpu>50%", "mem>1MiB web2"]
def filtering(explorer):
    return seconds(lambda number: setattr(explorer, "filter", f"{texts[number % 4]} web"))

keys = list(many.rows)
values = np.random.default_rng(1).random((MANY, len(FIGURES)))
frames = []
for number in range(31):
    values = values.copy()
    values[:CHANGED] += 1
    frames.append(pd.DataFrame(values, index=keys, columns=list(FIGURES)))
for explorer in (few, many):
    explorer._show(explorer._sources[0], frames[30].loc[frames[30].index.isin(list(explorer.rows))])
costs = [filtering(few), filtering(many)]
many.filter = ""
sent = []
send = many.send
many.send = lambda message, buffers=None: sent.extend([buffers] if buffers else []) or send(message, buffers)
beat = seconds(lambda number: many._show(many._sources[0], frames[number]))
class Bare(anywidget.AnyWidget):
    _esm = "export default {}"
bare = Bare()
floor = seconds(lambda number: bare.send({"kind": "figures"}, sent[-1]))
print(*costs, beat, floor, sum(map(len, sent[-1])))
"""

# each burst is laid out at once, so that it can be timed
AT_ONCE = "void (window.requestAnimationFrame = work => { work(performance.now()); return 1; })"
IN_PAGE = """([name, values]) => {
  const took = values.map(value => {
    const begin = performance.now();
    model.put({[name]: value});
    document.body.offsetHeight;
    return performance.now() - begin;
  });
  return took.sort((a, b) => a - b)[Math.floor(took.length / 2)];
}"""
BEATS = """([slots, width, beats]) => {
  const took = [];
  for (let beat = 0; beat < beats; beat++) {
    const places = Uint32Array.from({length: slots}, (_, i) => i);
    const figures = Float32Array.from({length: slots * width}, () => Math.random() * 100);
    const begin = performance.now();
    model.tell({kind: "figures"}, [new DataView(places.buffer), new DataView(figures.buffer)]);
    document.body.offsetHeight;
    took.push(performance.now() - begin);
  }
  const median = some => some.sort((a, b) => a - b)[Math.floor(some.length / 2)];
  return [median(took.slice(0, 30)), median(took.slice(-30))];
}"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        given = f"FOLDER, FEW, MANY, CHANGED = {folder!r}, {FEW}, {MANY}, {CHANGED}"
        few, many, beat, floor, size = map(float, in_kernel(given + textwrap.dedent(IN_KERNEL)).split())
    report("filter, 5,000 rows against 200, kernel", many / few, "times", TIMES)
    report("beat of 500 changed rows", size, "bytes", BYTES)
    report("beat of 500 changed rows against a bare send", beat / floor, "times", TIMES)
    with sync_playwright() as playwright:
        arguments = ["--headless", "--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        page = browser.new_page()
        sorting, filtering = [], []
        for count in (FEW, MANY):
            rows = [row(slot, f"web{slot}") for slot in range(count)]
            open_page(page, rows, [[(slot * 37) % 101, 1e9, 1e6, 1e5, 0.5] for slot in range(count)])
            page.evaluate(AT_ONCE)
            sorting.append(page.evaluate(IN_PAGE, ["sort", ["-cpu", "name", "-net", "cpu", "-name"] * 6]))
            halves = ["a" * (count // 4), "5" * (count // 4), "f0" * (count // 8)]
            filtering.append(page.evaluate(IN_PAGE, ["shown", halves * 10]))
        report("order, 5,000 rows against 200, page", sorting[1] / sorting[0], "times", TIMES)
        report("filter, 5,000 rows against 200, page", filtering[1] / filtering[0], "times", TIMES)
        first, last = page.evaluate(BEATS, [CHANGED, 5, 120])
        report("a page's beat after 120 beats against the first", last / first, "times", 1.5)
        report("a page's beat of 500 changed of 5,000 rows", last, "ms", 500)
        browser.close()


def in_kernel(code: str) -> str:
    """Run code in a kernel of its own, where sending costs what it costs; return what it prints."""
    manager, client = start_new_kernel()
    said = []
    try:
        client.execute(code)
        while True:
            message = client.get_iopub_msg(timeout=300)
            content = message["content"]
            if message["msg_type"] == "stream" and content["name"] == "stdout":
                said.append(content["text"])
            if message["msg_type"] == "error":
                raise RuntimeError("\n".join(content["traceback"]))
            if message["msg_type"] == "status" and content["execution_state"] == "idle" and said:
                return "".join(said)
    except Empty as error:
        raise RuntimeError("the kernel said nothing for 300 s") from error
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    main()
