"""What `compact` costs for files that nobody joined yet: bytes read, CPU time and memory.

Bytes are those that the process reads (``rchar`` of /proc/self/io) over the sizes of the files. The floor of
CPU time is pyarrow: each frame read whole, sorted, written as one file. All ratios are of one run.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.figures import report
from tests.benchmarks.history.bench_layout import FLUSH, GUESTS, INTERVAL, names
from tests.unit.history.recordings import about, at
from tests.unit.stats.records import fleet
from virtsdk.history.sampling.samples import Sample
from virtsdk.history.writer import RecordingWriter
from virtsdk.stats.samples.raw import raw_sample

HOSTS = 24

OURS = """
import sys
from virtsdk.history.writing.compact import compact
compact(sys.argv[1])
"""

PLAINLY = """
import sys
from pathlib import Path
import pyarrow as pa, pyarrow.parquet as pq
from virtsdk.history.columns import sort_keys
import virtsdk.history.writing.compact
for folder in sorted(one for one in Path(sys.argv[1]).iterdir() if one.is_dir()):
    files = sorted(folder.glob("*.parquet"))
    tables = [pq.read_table(one, partitioning=None) for one in files]
    table = pa.concat_tables(tables, promote_options="permissive")
    keys = [one for one in ("host", "domain", "disk", "nic", "vcpu", "time") if one in table.column_names]
    pq.write_table(table.sort_by([(one, "ascending") for one in keys]), folder / "all", compression="zstd")
"""

TOLD = """
import json, os, resource
from pathlib import Path
def rchar():
    return int(Path("/proc/self/io").read_text(encoding="ascii").split()[1])
import virtsdk.history.writing.compact, pyarrow.parquet
Path("/proc/self/clear_refs").write_text("5")
def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
read, before = rchar(), peak()
used = resource.getrusage(resource.RUSAGE_SELF)
exec(os.environ["SCRIPT"])
after = resource.getrusage(resource.RUSAGE_SELF)
cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
print(json.dumps({"read": rchar() - read, "cpu": cpu, "grown": (peak() - before) * 1024}))
"""


def write(directory, minutes):
    """Write flushes of hosts that nobody joins."""
    known = {
        host: [
            (f"{number:08x}-0000-4000-8000-{place:012x}", f"g{number}-{place}", record)
            for place, (_, _, record) in enumerate(fleet(GUESTS, vcpus=2, disks=1, nics=1))
        ]
        for number, host in enumerate(names(HOSTS))
    }
    writer = RecordingWriter(directory)
    writer.add(about(names(HOSTS), float(INTERVAL)))
    for minute in range(minutes):
        stamp = at(minute * INTERVAL)
        for host, records in known.items():
            for place, (_, _, values) in enumerate(records):
                for key in values:
                    if key.endswith((".time", ".bytes", ".delay")):
                        values[key] += 10**9 + 1000 * place + 7919 * minute
            row = {"host": host, "time": stamp, "taken": True, "missed": 0, "domains": len(records)}
            writer.add_sample(Sample(row, raw_sample(records, host=host, time=stamp)))
        if minute % FLUSH == FLUSH - 1:
            writer.flush()
    writer._holder.release()


def run(script, directory):
    """Run a script on a copy of its own, in a process of its own, and return what that took."""
    with tempfile.TemporaryDirectory(prefix="virtsdk-bench-") as folder:
        copy = shutil.copytree(directory, Path(folder) / "r")
        words = [sys.executable, "-c", TOLD, str(copy)]
        done = subprocess.run(
            words, env={**os.environ, "SCRIPT": script}, check=True, capture_output=True, text=True
        )
    return json.loads(done.stdout)


def main(minutes=120):
    folder = Path(tempfile.mkdtemp(prefix="virtsdk-bench-"))
    try:
        write(folder / "r", minutes)
        size = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
        ours, floor = (min((run(script, folder / "r") for _ in range(3)), key=lambda one: one["cpu"])
                       for script in (OURS, PLAINLY))  # fmt: skip
        report(
            f"compact {minutes // FLUSH} flushes of {HOSTS} hosts, {size / 2**20:.0f} MiB", ours["cpu"], "s"
        )
        report("  bytes it reads, of all", ours["read"] / size, "x", bar=1.5)
        report("  CPU time against pyarrow, read, sorted, written", ours["cpu"] / floor["cpu"], "x", bar=3)
        report("  memory against the same", ours["grown"] / floor["grown"], "x", bar=1.2)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(*(int(one) for one in sys.argv[1:]))
