"""What a second Dask worker brings: ``usage("5min")`` by one worker and by two, three times.

10 million rows of domains, or as many as ``python -m tests.benchmarks.history.bench_dask 1000000`` says. The
bar is on the time of two workers as a share of that of one: 1 / 1.6. It needs two cores that nothing else
uses; what CPU the workers and this process take is told beside, and holds on a busy machine, too: what can be
divided, and what cannot. Memory is a worker's peak, all of it, and how much larger it is than that of a third
of the rows.
"""

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import distributed
import pandas as pd

import virtsdk
from tests.benchmarks.figures import report
from tests.benchmarks.history.bench_layout import GUESTS, write

ROWS, HOSTS = 10_000_000, 60


def begin_anew():
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak():
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def timed(function):
    start = time.perf_counter()
    found = function()
    return time.perf_counter() - start, found


def workers(count):
    cluster = {"n_workers": count, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    return distributed.Client(**cluster, processes=True)


def main(rows=ROWS):
    folder = Path(tempfile.mkdtemp(prefix="virtsdk-bench-"))
    try:
        minutes = max(60, rows // (HOSTS * GUESTS) // 10 * 10)
        for name, length in (("whole", minutes), ("third", minutes // 3 // 10 * 10)):
            write(folder / name, HOSTS, length)
        measure(virtsdk.open_recording(folder / "whole"), virtsdk.open_recording(folder / "third"), minutes)
    finally:
        shutil.rmtree(folder)


def measure(whole, third, minutes):
    alone, expected = timed(lambda: whole.usage("5min"))
    with workers(1) as one, workers(2) as two:
        peaks = []
        for recording in (third, whole):
            one.run(begin_anew)
            recording.usage("5min", client=one)
            peaks.append(max(one.run(peak).values()))
        two.submit(len, "both are up").result()
        third.usage("5min", client=two)  # what is loaded at first use
        ratios, shares = [], []
        for _ in range(3):
            own, theirs = time.process_time(), sum(one.run(time.process_time).values())
            by_one, found = timed(lambda: whole.usage("5min", client=one))
            theirs = sum(one.run(time.process_time).values()) - theirs
            shares.append((time.process_time() - own) / theirs)
            pd.testing.assert_frame_equal(found, expected, check_exact=True)
            by_two, found = timed(lambda: whole.usage("5min", client=two))
            pd.testing.assert_frame_equal(found, expected, check_exact=True)
            ratios.append(by_two / by_one)
    print(f"  {HOSTS * GUESTS * minutes} rows, equal frames; one process {alone:.1f} s", flush=True)
    report("two workers against one, median of three", statistics.median(ratios), "x", bar=1 / 1.6)
    report("  which is faster by", 1 / statistics.median(ratios), "x")
    report("  CPU of this process, by that of the workers", statistics.median(shares), "x")
    report("one worker against none", by_one / alone, "x")
    report("peak memory of a worker", peaks[1] / 2**20, "MiB")
    report("  against a third of the rows", peaks[1] / peaks[0], "x", bar=1.3)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
