"""What it takes to import a million samples, beside reading the same files with json.loads and pandas."""

import io
import json
import sys

import numpy as np
import pandas as pd

from tests.benchmarks.figures import best_of, report
from virtsdk.history.importers.prometheus.importer import import_prometheus
from virtsdk.history.importers.tables.importer import import_csv

SAMPLES, GUESTS = 1_000_000, 50
START = 1_772_366_400
COUNTERS = (
    "domain_info_cpu_time_seconds_total", "domain_block_stats_read_bytes_total",
    "domain_block_stats_write_bytes_total", "domain_interface_stats_receive_bytes_total",
    "domain_interface_stats_transmit_bytes_total", "domain_memory_stats_minor_fault_total",
)  # fmt: skip
GAUGES = (
    "domain_info_virtual_cpus", "domain_info_maximum_memory_bytes", "domain_memory_stats_available_bytes",
    "domain_memory_stats_usable_bytes",
)  # fmt: skip


def series(samples, guests):
    """Labels, times and values of what an exporter gives of some guests."""
    draw = np.random.default_rng(1)
    each = samples // (guests * (len(COUNTERS) + len(GAUGES)))
    times = START + 15 * np.arange(each)
    for number in range(guests):
        own = {"domain": f"guest{number}", "instance": f"kvm{number % 5}:9177", "job": "libvirt"}
        for name in (*COUNTERS, *GAUGES):
            labels = {"__name__": f"libvirt_{name}", **own}
            if "block" in name or "interface" in name:
                labels["target_device"] = "vda" if "block" in name else "vnet0"
            values = draw.random(each).cumsum()
            if name in GAUGES:
                values = np.full(each, 4.0 if "cpus" in name else 2.0**32 / (2 if "usable" in name else 1))
            yield labels, times, values


def query_range(samples, guests):
    result = [
        {"metric": labels, "values": [[at, repr(value)] for at, value in zip(*both, strict=True)]}
        for labels, *arrays in series(samples, guests)
        for both in [[one.tolist() for one in arrays]]
    ]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}).encode()


def export_lines(samples, guests):
    return b"\n".join(
        json.dumps(
            {"metric": labels, "values": values.tolist(), "timestamps": (times * 1000).tolist()}
        ).encode()
        for labels, times, values in series(samples, guests)
    )


def openmetrics(samples, guests):
    lines = []
    for labels, times, values in series(samples, guests):
        said = ",".join(f'{key}="{value}"' for key, value in labels.items() if key != "__name__")
        head = f"{labels['__name__']}{{{said}}}"
        lines += [f"{head} {value!r} {at}" for at, value in zip(times.tolist(), values.tolist(), strict=True)]
    return "\n".join([*lines, "# EOF"]).encode()


def table(samples):
    """A CSV file of usage, five figures a row."""
    rows = samples // 5
    draw = np.random.default_rng(1)
    frame = pd.DataFrame({
        "time": pd.to_datetime(START + 60 * (np.arange(rows) // GUESTS), unit="s", utc=True),
        "host": "kvm7", "name": [f"guest{number % GUESTS}" for number in range(rows)], "vcpus": 4,
        "cpu_used_vcpus": draw.random(rows), "memory_bytes": 2**33, "memory_used_bytes": 2**32,
        "net_rx_bytes_per_second": draw.random(rows),
    })  # fmt: skip
    return frame.to_csv(index=False).encode()


def main(samples=SAMPLES):
    forms = {"query_range": query_range, "export lines": export_lines}
    for name, form in forms.items():
        text = form(samples, GUESTS)
        plain = best_of(lambda t=text: [json.loads(one) for one in t.split(b"\n")], repeat=2)
        ours = best_of(lambda t=text: import_prometheus(io.BytesIO(t)), repeat=2)
        report(f"import of {samples:,} samples, {name}", ours, "s")
        report("json.loads of the same", plain, "s")
        report(f"ratio, {name}", ours / plain, "x", 3)
    text = openmetrics(samples, GUESTS)
    plain = best_of(lambda: pd.read_csv(io.BytesIO(text), sep=" ", header=None, comment="#"), repeat=2)
    ours = best_of(lambda: import_prometheus(io.BytesIO(text)), repeat=2)
    report(f"import of {samples:,} samples, OpenMetrics", ours, "s")
    report("pandas.read_csv of the same", plain, "s")
    report("ratio, OpenMetrics", ours / plain, "x", 6)
    text = table(samples)
    plain = best_of(lambda: pd.read_csv(io.BytesIO(text), parse_dates=["time"]), repeat=2)
    ours = best_of(lambda: import_csv(io.BytesIO(text)), repeat=2)
    report(f"import of {samples:,} figures, CSV", ours, "s")
    report("pandas.read_csv of the same", plain, "s")
    report("ratio, CSV", ours / plain, "x", 6)
    found = import_csv(io.BytesIO(text))
    report("usage of it", best_of(lambda: found.usage("5min"), repeat=2), "s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
