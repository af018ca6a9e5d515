"""What a question to a recording of many hosts reads and costs: bytes against the files', CPU by rows.

Bytes are those that the process reads (``rchar`` of /proc/self/io) over the sizes of all files; ratios are of
one run. A sample a minute, merged every ten minutes.
"""

import shutil
import tempfile
import time
from pathlib import Path

import pandas as pd

import virtsdk
from tests.benchmarks.figures import report
from tests.unit.history.recordings import about, at
from tests.unit.stats.records import fleet
from virtsdk.history.sampling.samples import Sample
from virtsdk.history.writer import RecordingWriter
from virtsdk.stats.samples.raw import raw_sample

GUESTS, INTERVAL, FLUSH = 30, 60, 10


def names(hosts):
    return [f"kvm{number:03}" for number in range(hosts)]


def write(directory, hosts, minutes, guests=GUESTS):
    """Write guests whose counters grow, as a recorder does."""
    known = {}
    for number, host in enumerate(names(hosts)):
        records = fleet(guests, vcpus=2, disks=1, nics=1)
        known[host] = [
            (f"{number:08x}-0000-4000-8000-{place:012x}", f"g{number}-{place}", record)
            for place, (_, _, record) in enumerate(records)
        ]
    counters = [key for key in known["kvm000"][0][2] if key.endswith((".time", ".bytes", ".delay"))]
    with RecordingWriter(directory) as writer:
        writer.add(about(names(hosts), float(INTERVAL)))
        for minute in range(minutes):
            for host, records in known.items():
                stamp = at(minute * INTERVAL + len(records) % 7)
                for place, (_, _, values) in enumerate(records):
                    for key in counters:
                        values[key] += 10**9 + 1000 * place + minute
                row = {"host": host, "time": stamp, "taken": True, "missed": 0, "domains": len(records)}
                writer.add_sample(Sample(row, raw_sample(records, host=host, time=stamp)))
            if minute % FLUSH == FLUSH - 1:
                writer.flush()
                writer.merge()


def read(function):
    """Return how many bytes a function reads, the CPU time that it takes, and its answer."""
    before, start = rchar(), time.process_time()
    answer = function()
    return rchar() - before, time.process_time() - start, answer


def rchar():
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("rchar"))


def main(minutes=240):
    folder = Path(tempfile.mkdtemp(prefix="virtsdk-bench-"))
    try:
        measure(folder, minutes)
    finally:
        shutil.rmtree(folder)


def measure(folder, minutes):
    every, of_row, one = {}, {}, {}
    for hosts in (10, 15, 60, 300):
        directory = folder / str(hosts)
        write(directory, hosts, minutes)
        size = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
        virtsdk.open_recording(directory).usage("5min", hosts="kvm000")  # what is loaded at first use
        found, cpu, usage = read(lambda directory=directory: virtsdk.open_recording(directory).usage("5min"))
        assert len(usage) == hosts * GUESTS * minutes // 5
        every[hosts], of_row[hosts] = found / size, cpu / (hosts * GUESTS * minutes)
        found, _, usage = read(
            lambda directory=directory: virtsdk.open_recording(directory).usage("5min", hosts="kvm007")
        )
        one[hosts] = found / size
        report(
            f"{hosts} hosts, {size / 2**20:.0f} MiB: usage('5min') of all reads", every[hosts], "x", bar=2.5
        )
        report("  CPU a row of its domains", of_row[hosts] * 1e6, "µs")
        report("  of one host reads", one[hosts], "x", bar=0.1 if hosts >= 60 else None)
    report("what all read, 300 hosts against 15", every[300] / every[15], "x", bar=1.3)
    report("CPU a row, 300 hosts against 10", of_row[300] / of_row[10], "x", bar=1.5)
    assert isinstance(usage, pd.DataFrame)


if __name__ == "__main__":
    main()
