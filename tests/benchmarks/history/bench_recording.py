"""What a recording costs: writing, reading, bytes, and the memory that a day's usage takes.

The peer is pyarrow itself: the same frames by `write_table` and `read_table`, without order, commit and
nullable dtypes. Ratios are of CPU time, which a busy machine and a slow disk disturb least.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import virtsdk
from tests.benchmarks.bench_stats import in_turn
from tests.benchmarks.figures import best_of, report
from tests.unit.history.recordings import about, at, taken
from tests.unit.stats.records import fleet
from virtsdk.history.columns import SAMPLES, own_frame
from virtsdk.history.writer import RecordingWriter
from virtsdk.stats import from_records

DOMAINS, INTERVAL = 200, 10
PARTS = {"vcpus": 2, "disks": 1, "nics": 1}
GROWTH = 3_000_000_000  # a counter's largest step between two samples, in its own unit


def samples(count, domains=DOMAINS):
    """Samples of busy guests, whose counters grow by different amounts."""
    records = fleet(domains, **PARTS)
    draw = np.random.default_rng(1)
    counters = [
        key for key in records[0][2] if key.endswith((".time", ".bytes", ".reqs", ".pkts", ".wait", ".delay"))
    ]
    found = []
    for number in range(count):
        for _, _, record in records:
            steps = draw.integers(0, GROWTH, len(counters))
            record.update((key, record[key] + int(step)) for key, step in zip(counters, steps, strict=True))
            record["balloon.last-update"] = int(at(0).timestamp()) + INTERVAL * number
        found.append(from_records(records, host="kvm7", time=at(INTERVAL * number)))
    return found


def write(directory, stats, flush):
    with RecordingWriter(directory) as writer:
        writer.add(about())
        for number, one in enumerate(stats, 1):
            writer.add(taken(one))
            if number % flush == 0:
                writer.flush()
                writer.merge()


def write_plainly(directory, stats, flush):
    for start in range(0, len(stats), flush):
        for name in stats[0].given:
            frame = pd.concat([one.given[name] for one in stats[start : start + flush]], ignore_index=True)
            if len(frame):
                (directory / name).mkdir(exist_ok=True, parents=True)
                table = pa.Table.from_pandas(frame, preserve_index=False)
                pq.write_table(table, directory / name / f"{start}.parquet")


def day(directory, stretch, domains, hours):
    """Write some hours, the same stretch of samples again and again: later, and with counters grown."""
    frames = {
        name: pd.concat([one.given[name] for one in stretch], ignore_index=True) for name in stretch[0].given
    }
    step = pd.Timedelta(seconds=INTERVAL * len(stretch))
    with RecordingWriter(directory) as writer:
        writer.add(about())
        for number in range(hours * 3600 // INTERVAL // len(stretch)):
            times = [at(INTERVAL * (number * len(stretch) + place)) for place in range(len(stretch))]
            rows = [
                {"host": "kvm7", "time": t, "taken": True, "missed": 0, "domains": domains} for t in times
            ]
            later, more = {}, number * GROWTH * len(stretch)
            for name, frame in frames.items():
                grown = {
                    column: frame[column] + (more / 1e9 if frame[column].dtype == "Float64" else more)
                    for column in frame.columns
                    if column.endswith("_total")
                }
                later[name] = frame.assign(time=frame["time"] + number * step, **grown)
            writer.add({**later, SAMPLES: own_frame(SAMPLES, rows)})
            writer.flush()
            writer.merge()


def main(hours=24):
    folder = Path(tempfile.mkdtemp(prefix="virtsdk-bench-"))
    try:
        hour = samples(360)
        small(folder, hour)
        large(folder, hours)
    finally:
        shutil.rmtree(folder)


def small(folder, hour):
    """An hour of 200 guests, flushed every half minute and merged as it goes."""

    def fresh(write, flush):
        shutil.rmtree(folder / "r", ignore_errors=True)
        write(folder / "r", hour, flush)

    ours, theirs = in_turn(lambda: fresh(write, 3), lambda: fresh(write_plainly, 3), 2)
    plain_size = sum(path.stat().st_size for path in (folder / "r").rglob("*.parquet"))
    fresh(write_plainly, len(hour))
    once_size = sum(path.stat().st_size for path in (folder / "r").rglob("*.parquet"))
    wall = best_of(lambda: fresh(write, 3), repeat=1)
    recording = virtsdk.open_recording(folder / "r")
    size = recording.size_bytes
    report("an hour of 200 guests in 120 flushes, merged, synced", wall, "s")
    report("  its CPU time", ours, "s")
    report("  pyarrow.write_table, 120 files a frame, CPU time", theirs, "s")
    report("  ratio", ours / theirs, "x", bar=3)
    report("  of the hour", 100 * ours / 3600, "%", bar=1)
    report("bytes a guest and sample, all frames", size / DOMAINS / len(hour), "bytes")
    report("  against 120 plain files a frame", size / plain_size, "x", bar=0.7)
    report("  against one plain file a frame", size / once_size, "x", bar=1)

    paths = [folder / "r" / name for name in ("domains", "vcpus", "disks", "nics")]
    ours, theirs = in_turn(
        lambda: recording.frames("domains", "vcpus", "disks", "nics"),
        lambda: [pq.read_table(path).to_pandas() for path in paths],
        8,
    )
    report("read it whole, sorted, in our dtypes, CPU time", ours, "s")
    report("  pyarrow.read_table().to_pandas(), CPU time", theirs, "s")
    report("  ratio", ours / theirs, "x", bar=2)
    narrow = ["host", "name", "time", "cpu_time_seconds_total"]
    ours, theirs = in_turn(
        lambda: recording.frames("domains", domains="guest7", columns=narrow),
        lambda: pq.read_table(paths[0], columns=narrow, filters=[("name", "==", "guest7")]).to_pandas(),
        8,
    )
    report("one guest's column of it, CPU time", ours * 1e3, "ms")
    report("  pyarrow.read_table with the same filter, CPU time", theirs * 1e3, "ms")
    report("  ratio", ours / theirs, "x", bar=3)


MEASURE = """
import json, sys, time
from pathlib import Path
import virtsdk

def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))

virtsdk.open_recording(sys.argv[2]).usage("5min")  # what is loaded at first use
Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here on
before = peak()
start = time.perf_counter()
recording = virtsdk.open_recording(sys.argv[1])
repr(recording)
opened = time.perf_counter() - start
usage = recording.usage("5min")
took = time.perf_counter() - start - opened
print(json.dumps({"opened": opened, "took": took, "growth": (peak() - before) * 1024, "rows": len(usage),
                  "answer": int(usage.memory_usage(deep=True).sum())}))
"""


def large(folder, hours):
    """A day of 200 guests, and of twice as many."""
    found = {}
    small = folder / "r"
    for domains in (DOMAINS, 2 * DOMAINS):
        day(folder / str(domains), samples(120, domains), domains, hours)
        words = [sys.executable, "-c", MEASURE, str(folder / str(domains)), str(small)]
        found[domains] = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    one, two = found.values()
    recording = virtsdk.open_recording(folder / str(DOMAINS))
    rows = DOMAINS * 360 * hours
    report(f"{hours} hours of 200 guests on disk", recording.size_bytes / 2**20, "MiB")
    report("open it and show what it is", one["opened"], "s")
    report(f"usage('5min') of it, {rows:,} rows to {one['rows']:,}", one["took"], "s")
    whole = rows / 10_000 * recording.frames("domains", end=at(500)).memory_usage(deep=True).sum()
    report("its domains frame in memory, were it read whole", whole / 2**20, "MiB")
    report("memory that usage takes at its peak", one["growth"] / 2**20, "MiB")
    report("  against the whole frame", one["growth"] / whole, "x", bar=0.5)
    beyond = [each["growth"] - each["answer"] for each in (one, two)]
    report("  of twice as many guests, beyond the answer, against that", beyond[1] / beyond[0], "x", bar=1.3)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 24)
