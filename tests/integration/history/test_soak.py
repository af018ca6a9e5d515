"""Recordings of the size that people have after a year: bounded memory, linear time, a week at once.

``make soak`` runs them at their honest size; VIRTSDK_SOAK_ROWS and VIRTSDK_SOAK_DAYS make them smaller. Every
run has them tiny, for what must hold at any size.
"""

from __future__ import annotations

import ctypes
import gc
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import virtsdk
from tests.benchmarks.history.bench_layout import GUESTS, names, write
from tests.unit.history.recordings import START, about
from virtsdk.history.columns import SAMPLES, own_frame
from virtsdk.history.files import ROLLUP, Segment
from virtsdk.history.reading.selection import Selection
from virtsdk.history.retention.keep import Keep
from virtsdk.history.retention.rolling import Rolling
from virtsdk.history.writer import RecordingWriter
from virtsdk.stats.change.resample import SUM

ROWS = int(os.environ.get("VIRTSDK_SOAK_ROWS", "100_000_000"))
DAYS = int(os.environ.get("VIRTSDK_SOAK_DAYS", "365"))
SMALL = 400_000  # rows, from which on times and memory tell something
OF_A_GUEST = 5  # rows of a sample: domain, two vCPUs, disk, nic


def peak_of(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """CPU seconds of some work, by how many bytes memory grew at its peak, and what it gave."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)  # else what is free already does not count as growth
    Path("/proc/self/clear_refs").write_text("5")
    before, began = held("VmRSS"), time.process_time()
    found = work()
    return time.process_time() - began, held("VmHWM") - before, found


def held(which: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(which))


@pytest.mark.parametrize("rows", [30_000, pytest.param(ROWS, marks=pytest.mark.soak)])
def test_many_rows_are_written_and_read_in_bounded_memory_and_linear_time(
    rows: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    hosts = max(2, min(60, rows // 50_000))
    minutes = rows // (hosts * GUESTS * OF_A_GUEST) // 40 * 40
    whole, quarter = tmp_path / "whole", tmp_path / "quarter"
    some_cpu, some_peak, _ = peak_of(lambda: write(quarter, hosts, minutes // 4))
    all_cpu, all_peak, _ = peak_of(lambda: write(whole, hosts, minutes))
    written = {"rows": hosts * GUESTS * OF_A_GUEST * minutes, "CPU seconds": all_cpu, "peak bytes": all_peak}
    recording = virtsdk.open_recording(whole)
    counted = {name: recording._reader.rows(name, Selection()) for name in recording.frames()}
    assert sum(counted.values()) == written["rows"]

    few = virtsdk.open_recording(quarter)
    few.usage("6h")  # what is loaded at first use
    some_read, some_more, _ = peak_of(lambda: few.usage("6h"))
    all_read, all_more, usage = peak_of(lambda: recording.usage("6h"))
    assert usage.groupby(["host", "domain"], observed=True).ngroups == hosts * GUESTS
    seconds = usage.groupby(["host", "domain"], observed=True)["seconds"].sum()
    assert seconds.min() == seconds.max() == 60 * (minutes - 1)
    record_property("written", written)
    record_property("read", {"CPU seconds": all_read, "peak bytes": all_more})
    record_property("against a quarter", [all_cpu / some_cpu, all_peak / some_peak, all_read / some_read])
    read = f"read {all_read:.1f} s, {all_more / 2**20:.0f} MiB"
    some = f"written {some_cpu:.1f} s, {some_peak / 2**20:.0f} MiB, read {some_read:.1f} s"
    print(f"\n{written}, {read}; a quarter: {some}, {some_more / 2**20:.0f} MiB")
    if rows >= SMALL:
        slack = 200 * 2**20  # of rows that are worked on at once; all of them would take gigabytes
        assert all_cpu < 4 * 1.5 * some_cpu and all_read < 4 * 1.5 * some_read
        assert all_peak < 1.3 * some_peak + slack
        assert all_more < 1.3 * some_more + slack + usage.memory_usage(deep=True).sum() * 4


def rolled_up(directory: Path, hosts: int, days: int, every: int = 4) -> None:
    """Write a guest a host whose samples were rolled up and removed, as a recorder leaves it."""
    known, generator = names(hosts), np.random.default_rng(15)
    bins = every * 12
    host = np.repeat(known, bins)
    figures = ("cpu_time_seconds_per_second", "net_rx_bytes_per_second", "disk_bytes_per_second")
    with RecordingWriter(directory) as writer:
        writer.add(about(known, 10.0))
        rolling = Rolling(writer, Keep(raw=7200.0), 10.0)
        for day in range(days):
            first = writer.last + 1
            for hour in range(0, 24, every):
                begin = START.floor("D") + pd.Timedelta(days=day, hours=hour)
                moments = [begin + pd.Timedelta(minutes=minute) for minute in (5, 60, 60 * every - 1)]
                taken = {"taken": True, "missed": 0, "domains": 1}
                rows = [{"host": one, "time": at, **taken} for one in known for at in moments]
                writer.add({SAMPLES: own_frame(SAMPLES, rows)})
                writer.flush()
                times = pd.date_range(begin, periods=bins, freq="5min").as_unit("us")
                used = generator.integers(2**31, size=len(host))
                drawn = {name: generator.random(len(host)) for name in figures}
                frame = pd.DataFrame(
                    {
                        "host": pd.array(host, dtype="str"),
                        "domain": pd.array([f"{one}-uuid" for one in host], dtype="str"),
                        "name": pd.array([f"{one}-guest" for one in host], dtype="str"),
                        "time": times.take(np.tile(np.arange(bins), hosts)),
                        "vcpus": pd.array(np.full(len(host), 2), dtype="Int64"),
                        **{name: pd.array(one, dtype="Float64") for name, one in drawn.items()},
                        "memory_bytes": pd.array(np.full(len(host), 2**32), dtype="Int64"),
                        "memory_used_bytes": pd.array(used, dtype="Int64"),
                        "seconds": pd.array(np.full(len(host), 300.0), dtype="Float64"),
                        "state": pd.array(["running"] * len(host), dtype="str"),
                        **{SUM + name: pd.array(one * 300, dtype="Float64") for name, one in drawn.items()},
                        **{SUM + name: pd.array(np.full(len(host), one), dtype="Int64")
                           for name, one in (("on", 30), ("part", 0), ("counted", 1))},
                    }
                )  # fmt: skip
                writer.store.write_beside(ROLLUP, Segment(writer.last, writer.last, 0), frame)
                writer.merge()
            if day:
                rolling._tell(set(range(1, first)), [])


@pytest.mark.parametrize("hosts, days", [(10, 8), pytest.param(300, DAYS, marks=pytest.mark.soak)])
def test_a_week_of_one_host_of_a_year_of_many(
    hosts: int, days: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    directory = tmp_path / "r"
    rolled_up(directory, hosts, days)
    virtsdk.open_recording(directory).usage("5min", hosts="kvm007", end="2026-03-02")  # loaded at first use
    opening, _, recording = peak_of(lambda: virtsdk.open_recording(directory))
    start = START.floor("D") + pd.Timedelta(days=days // 2 - 3)
    end = start + pd.Timedelta(days=7)
    asking, grown, usage = peak_of(lambda: recording.usage("5min", hosts="kvm007", start=start, end=end))
    shown, _, headline = peak_of(lambda: repr(recording))
    assert len(usage) == 7 * 288 and set(usage["host"]) == {"kvm007"}
    assert usage["time"].min() == start and usage["time"].is_monotonic_increasing
    assert recording.start == START.floor("D") + pd.Timedelta(minutes=5)
    assert f"{hosts} hosts" in headline
    figures = {"open": opening, "a week of a host": asking, "repr": shown, "bytes": recording.size_bytes}
    record_property("figures", figures | {"rows": hosts * days * 288})
    print(f"\n{hosts * days * 288} rows, CPU seconds and bytes: {figures}")
    segments = len(recording._reader.listing.frames[SAMPLES])
    assert segments <= days + 6  # a file a day, and what is not rolled up yet
    if days >= 365:
        assert opening < 1 and asking < 1
        assert grown < 200 * 2**20
