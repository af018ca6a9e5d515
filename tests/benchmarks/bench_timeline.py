"""The timeline: the first picture of a day of 200 guests, what a beat costs, what the page needs to draw.

The floor of the first is pyarrow itself, which reads the same columns of the same guests and works out
nothing; that of a beat are the rates of its two samples. A day is 1.7 million rows of guests.
"""

import shutil
import statistics
import tempfile
import time
from pathlib import Path

import pandas as pd
import pyarrow.compute as pc
import pyarrow.dataset as ds
from playwright.sync_api import sync_playwright

import virtsdk
from tests.benchmarks.figures import best_of, report
from tests.benchmarks.history.bench_recording import DOMAINS, INTERVAL, samples
from tests.browser.timeline.bare_timeline import BarePage
from tests.chromium import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.unit.history.recordings import about, at
from virtsdk.history.columns import SAMPLES, own_frame
from virtsdk.history.writer import RecordingWriter
from virtsdk.stats import rates
from virtsdk.widgets import Timeline

HOURS = 24
FIRST_SECONDS = 2.0
BEATS = 40
COLUMNS = {
    "domains": ["host", "domain", "name", "time", "state", "vcpus", "cpu_time_seconds_total", "run_id",
                "memory_bytes", "memory_unused_bytes", "memory_available_bytes",
                "memory_swap_in_bytes_total"],
    "vcpus": ["host", "domain", "vcpu", "time", "time_seconds_total", "delay_seconds_total"],
    "disks": ["host", "domain", "disk", "time", "read_bytes_total", "write_bytes_total"],
    "nics": ["host", "domain", "nic", "time", "rx_bytes_total", "tx_bytes_total"],
}  # fmt: skip


def write_day(directory, stretch, hours=HOURS):
    """Write some hours, the same stretch again and again: later, and with counters grown as in it."""
    frames = {name: [one.given[name] for one in stretch] for name in stretch[0].given}
    count = len(stretch)
    with RecordingWriter(directory) as writer:
        writer.add(about())
        for number in range(hours * 3600 // INTERVAL // count):
            times = [at(INTERVAL * (number * count + place)) for place in range(count)]
            kept = {}
            for name, parts in frames.items():
                if not len(parts[0]):
                    continue
                grown = {}
                for column in (one for one in parts[0].columns if one.endswith("_total")):
                    step = (parts[-1][column] - parts[0][column]) / (count - 1) * count * number
                    grown[column] = step.astype(parts[0][column].dtype) if step.notna().all() else None
                kept[name] = pd.concat(
                    [
                        part.assign(
                            time=moment,
                            **{c: part[c] + step for c, step in grown.items() if step is not None},
                        )
                        for part, moment in zip(parts, times, strict=True)
                    ],
                    ignore_index=True,
                )
            rows = [
                {"host": "kvm7", "time": t, "taken": True, "missed": 0, "domains": DOMAINS} for t in times
            ]
            writer.add({**kept, SAMPLES: own_frame(SAMPLES, rows)})
            writer.flush()
            writer.merge()


def main():
    folder = Path(tempfile.mkdtemp(prefix="virtsdk-bench-"))
    try:
        stretch = samples(60)
        write_day(folder / "day", stretch)
        first_picture(folder / "day")
        beats(stretch)
        page(folder / "day")
    finally:
        shutil.rmtree(folder)


def first_picture(directory):
    """From ``recording.view()`` to the first points that are sent, and to those of all eight lines."""
    sent = []
    send = Timeline.send
    Timeline.send = lambda self, content, buffers=None: sent.append((time.perf_counter(), content, buffers))
    try:
        firsts, wholes = [], []
        for _ in range(3):
            recording = virtsdk.open_recording(directory)
            sent.clear()
            begin = time.perf_counter()
            with recording.view() as view:
                view._pictures.wait()
                points = [(at, one, some) for at, one, some in sent if one.get("kind") == "points"]
            firsts.append(points[0][0] - begin)
            assert len(points[0][1]["lines"]) == 8
            wholes.append(points[1][0] - begin)
        size = sum(map(len, points[-1][2]))
        guests = [line["key"].partition(" ")[0] for line in view.lines]
    finally:
        Timeline.send = send

    def plainly():
        for name, columns in COLUMNS.items():
            data = ds.dataset(directory / name, format="parquet")
            there = [one for one in columns if one in data.schema.names]
            data.to_table(columns=there, filter=pc.field("domain").isin(guests))

    floor = best_of(plainly, repeat=3)
    report("a day of 200 guests: until the first picture is sent", min(firsts), "s", FIRST_SECONDS)
    report("until it is sent with all figures", min(wholes), "s")
    report("pyarrow reads their columns and nothing else", floor, "s")
    report("first picture, times that", min(firsts) / floor, "x")
    report("all figures, times that", min(wholes) / floor, "x")
    report("bytes of the picture of 8 lines, 5 figures", size / 1000, "kB")


def beats(stretch):
    """What a beat of eight lines costs the kernel, and how much is sent."""
    sent = []
    answers = iter(stretch)
    with virtsdk.connect("test:///default") as host:
        host.stats = lambda _groups: next(answers)
        with host.live(every=INTERVAL) as view:
            view.refresh()
            view._pictures.wait()
            view.send = lambda content, buffers=None: sent.append((content, buffers))
            took = []
            for _ in range(BEATS):
                begin = time.thread_time()
                view.refresh()
                took.append(time.thread_time() - begin)
    added = [buffers for content, buffers in sent if content.get("mode") == "add"]
    floors = []
    for _ in range(5):
        begin = time.thread_time()
        rates(*stretch[:2], interval=INTERVAL).usage()
        floors.append(time.thread_time() - begin)
    floor, beat = statistics.median(floors), statistics.median(took)
    report("a beat of 200 guests, 8 of them shown: kernel", 1000 * beat, "ms")
    report("rates of its two samples", 1000 * floor, "ms")
    report("a beat, times that", beat / floor, "x", 3)
    report("bytes of a beat", statistics.median(sum(map(len, buffers)) for buffers in added), "B", 1000)


# what comes is drawn at once, so that it can be timed; how fast the canvas is then painted is the machine's
AT_ONCE = "void (window.requestAnimationFrame = work => { work(performance.now()); return 1; })"
HELD = """([message, buffers]) => {
  window.held = [message, buffers.map(one => new DataView(new Uint8Array(one).buffer))];
}"""
DRAWN = """() => {
  const begin = performance.now();
  model.raw(...held);
  document.body.offsetHeight;
  return performance.now() - begin;
}"""


def page(directory):
    """What the page's script needs from the message of all lines to a picture that is drawn."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        window = browser.new_page(viewport={"width": 1280, "height": 1000})
        with virtsdk.open_recording(directory).view() as view:
            view._pictures.wait()
            bare = BarePage(window, view)
            view._redraw()
            view._pictures.wait()
            message, buffers = next(one for one in bare.told if one[0].get("kind") == "points")
            window.evaluate(HELD, [message, [list(one) for one in buffers]])
            window.evaluate(AT_ONCE)
            took = [window.evaluate(DRAWN) for _ in range(15)]
        browser.close()
    report("the page's script draws 8 lines, 5 figures", statistics.median(took), "ms", 500)


if __name__ == "__main__":
    main()
