"""What a sample of a host costs, from libvirt's answer to the file: many hosts recorded by one process.

The floor is what nobody can leave out: libvirt's answers as dicts, and the same rows, made frames of already,
written by `pyarrow.parquet.write_table`, one file a frame. Hosts answer at once, with 33 guests, 64 CPUs and
2 NUMA cells each; times are CPU times of the process.
"""

import shutil
import socket
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.benchmarks.figures import report
from tests.unit.stats.records import fleet
from virtsdk import connect, record
from virtsdk.history.hosts import LateHost
from virtsdk.history.sampling.sampler import Sampler
from virtsdk.history.sampling.samples import frames_of_samples
from virtsdk.history.writer import RecordingWriter
from virtsdk.resources.figures.facts import DiskFacts, DomainFacts, NicFacts
from virtsdk.resources.figures.known_facts import keep_facts
from virtsdk.resources.figures.node import NodeFigures

HOSTS, GUESTS, CPUS, INTERVAL = 300, 33, 64, 10
FLUSH = 3  # samples of each host in a flush


class Known:
    """What is known of definitions, as of hosts that were asked before."""

    def __init__(self, records):
        disk, nic = DiskFacts("disk", "virtio", "/images/x.qcow2"), NicFacts("52:54:00:00:00:01", "default")
        names = [(f"vd{letter}" for letter in "ab") for _ in records]
        self.facts = {
            uuid: DomainFacts(True, dict.fromkeys(disks, disk), {"vnet0": nic}, agent_seen=True)
            for (uuid, _, _), disks in zip(records, names, strict=True)
        }

    def look(self, signs, kind, **options):
        return self.facts


class Answering:
    """A host that answers at once: as libvirt does, with new objects each time."""

    def __init__(self, number):
        self.name, self.uri, self.driver = f"kvm{number:03}", f"qemu+tls://kvm{number:03}/system", "qemu"
        self.parked_calls = []
        self.session = self
        self.records = fleet(GUESTS, vcpus=4, disks=2, nics=1)
        keep_facts(self, Known(self.records))
        self.asked = 0

    def stats_records(self, *args, **options):
        self.asked += 1
        grown = {
            "cpu.time": self.asked * 10**9,
            "balloon.last-update": 1_772_000_000 + self.asked,
            "domain.id": 7,
        }
        return [(uuid, name, {**values, **grown}) for uuid, name, values in self.records]

    def call(self, operation, subject, function, timeout=None):
        spent = {"kernel": self.asked * 10**9, "user": self.asked * 10**9, "idle": 5, "iowait": 0}
        memory = {"total": 2**28, "free": 2**20, "buffers": 0, "cached": 5}
        cells = {cell: {"total": 2**27, "free": 2**19} for cell in range(2)}
        return NodeFigures({cpu: dict(spent) for cpu in range(CPUS)}, spent, memory, cells)


def cpu(function):
    start = time.process_time()
    function()
    return time.process_time() - start


def main(hosts=HOSTS):
    folder = Path(tempfile.mkdtemp(prefix="virtsdk-bench-"))
    try:
        measure(folder, hosts)
        many(folder, hosts)
    finally:
        shutil.rmtree(folder)


def measure(folder, hosts):
    taken = []
    with RecordingWriter(folder / "r") as writer:

        def take(sample):
            taken.append(sample)
            writer.add_sample(sample)

        begin = time.monotonic()
        samplers = [Sampler(Answering(n), take, begin=begin, interval=INTERVAL) for n in range(hosts)]
        for one in samplers:  # what is loaded and worked out at first use
            one._sample(begin)
        writer.flush()
        taken.clear()
        sampled = cpu(lambda: [one._sample(begin) for _ in range(FLUSH) for one in samplers])
        flushed = cpu(writer.flush)
    frames = {name: found[0] for name, found in frames_of_samples(taken).items()}
    plain = cpu(lambda: write_plainly(folder / "plain", frames))
    made = cpu(lambda: frames_of_samples(taken))
    alone = [one._host for one in samplers for _ in range(FLUSH)]
    answered = cpu(lambda: [(one.stats_records(), one.call("", "", None)) for one in alone])
    count, whole = hosts * FLUSH, sampled + flushed
    assert all(one.error is None for one in samplers)
    assert len(frames["domains"]) == count * GUESTS
    report(f"a sample of {GUESTS} guests, as taken", sampled / count * 1e3, "ms")
    report("  its part of a flush", flushed / count * 1e3, "ms")
    report("  of which making frames", made / count * 1e3, "ms")
    report("  together", whole / count * 1e3, "ms", bar=5)
    report("  the floor: the answers, and pyarrow.write_table", (answered + plain) / count * 1e3, "ms")
    report("  ratio", whole / (answered + plain), "x", bar=8)
    report(
        f"  {HOSTS} hosts every {INTERVAL} s, of a core", whole / count * HOSTS / INTERVAL, "cores", bar=0.5
    )
    size = np.mean(
        [sum(array.nbytes for array in (one.domains.flat.figures, one.domains.flat.words)) for one in taken]
    )
    report("bytes of a sample that waits for its flush", float(size), "bytes", bar=200_000)


def many(folder, hosts, frozen=20):
    """Record hosts of the test driver, of which some accept and never answer, for two intervals."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(frozen * 4)
        port = silent.getsockname()[1]
        late = {
            f"kvm{n:03}": LateHost("test:///default", lambda: connect("test:///default"))
            for n in range(hosts)
        }
        for n in range(frozen):
            uri = f"qemu+tcp://127.0.0.1:{port}/system"
            late[f"kvm{n * hosts // frozen:03}"] = LateHost(uri, lambda uri=uri: connect(uri, timeout=60))
        begin = time.perf_counter()
        with record(
            late, folder / "many", interval=INTERVAL, duration=2 * INTERVAL, flush=INTERVAL
        ) as recorder:
            returned = time.perf_counter() - begin
            before = time.process_time()
            time.sleep(1.5 * INTERVAL)
            threads = threading.active_count()
            recorder.wait()
            took = time.process_time() - before
        status = recorder.status
    well = status[status["samples"] > 0]
    report(f"record() of {hosts} hosts, {frozen} of them frozen, returns", returned, "s", bar=1)
    report("  samples not taken of the others, of two each", float(well["missed"].sum()), "samples", bar=0)
    report("  hosts without a sample, beside the frozen", float(hosts - frozen - len(well)), "hosts", bar=0)
    report("  threads", threads, "threads", bar=64 + 3 * frozen + 24)
    report("  CPU of a sample, libvirt's test driver and opening it", took / (2 * hosts) * 1e3, "ms")


def write_plainly(folder, frames):
    folder.mkdir()
    for name, frame in frames.items():
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), folder / f"{name}.parquet")


if __name__ == "__main__":
    main()
