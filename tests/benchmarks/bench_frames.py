"""What is asked often costs little: a sample of a small host, a repr of any size, headroom of one host.

CPU time of this process, beside a floor of the same run: libvirt's own call, or pandas on as much.
"""

import gc
import time

import numpy as np
import pandas as pd

import virtsdk
from tests.benchmarks.bench_rates import samples
from tests.benchmarks.figures import report
from tests.unit.stats.records import fleet
from virtsdk import capacity
from virtsdk.stats import from_records, rates
from virtsdk.stats.samples.domains import Stats


def main():
    a_sample()
    reprs()
    one_host()


def least(function, *, repeat=30):
    """Return the least CPU time of a function, in milliseconds: what a busy machine disturbs least."""
    best = float("inf")
    for _ in range(repeat):
        gc.collect()
        start = time.process_time()
        function()
        best = min(best, time.process_time() - start)
    return best * 1e3


def a_sample():
    """`host.stats()` of two guests above the call that it makes; QEMU's answers are not its own."""
    with virtsdk.lab.embedded(guests=2, progress=None) as host:
        host.stats()
        call = least(lambda: host.session.call("read", "all", lambda conn: conn.getAllDomainStats(0, 0)))
        ours = least(host.stats)
        whole = least(lambda: host.stats().frames)
    report("libvirt's call, 2 guests", call, "ms")
    report("host.stats() above it", ours - call, "ms", bar=3)
    report("  and all of its frames read", whole - call, "ms")


def reprs():
    """A repr at sizes that are far apart: against that of the smallest, and against pandas on 20 rows."""
    found = {}
    for count in (20, 10_000):
        records = fleet(count)
        stats = from_records(records, host="kvm7")
        found[count] = least(lambda stats=stats: repr(stats), repeat=10)
        report(f"repr(stats), {count:,} domains", found[count], "ms", bar=10)
        fresh = iter([from_records(records, host="kvm7") for _ in range(5)])
        first = least(lambda fresh=fresh: repr(next(fresh)), repeat=5)
        report("  for the first time", first, "ms", bar=10)
        kept = Stats(stats.given, host="kvm7", time=stats.time)
        report("  of a recording", least(lambda kept=kept: repr(kept), repeat=10), "ms", bar=10)
    report("  largest against smallest", found[10_000] / found[20], "x", bar=2)
    for rows in (20_000, 1_000_000):
        frame = samples(rows, 2_000)
        disks = frame[["host", "domain", "name", "time"]].assign(disk="vda")
        disks["read_bytes_total"] = np.arange(rows)
        rated = rates({"domains": frame, "disks": disks})
        found[rows] = least(lambda rated=rated: repr(rated), repeat=10)
        report(f"repr(rates), {rows:,} rows", found[rows], "ms", bar=10)
    report("  largest against smallest", found[1_000_000] / found[20_000], "x", bar=3)
    head = rated.domains.head(20)
    report("pandas: repr of 20 of these rows", least(lambda: repr(head), repeat=10), "ms")


def one_host():
    """`headroom` of one host with 20 guests, beside one sum by host in pandas."""
    domains = from_records(fleet(20), host="kvm7").domains
    hosts = pd.DataFrame({"host": ["kvm7"], "cpus": [16], "memory_bytes": [2**36]})
    floor = least(lambda: domains.groupby("host")[["vcpus", "memory_bytes"]].sum())
    ours = least(lambda: capacity.headroom(hosts, domains))
    report("headroom, 1 host, 20 guests", ours, "ms", bar=3)
    report("  against one groupby().sum() of pandas", ours / floor, "x", bar=4)


if __name__ == "__main__":
    main()
