"""Recordings made without a host: samples by number, written as the recorder writes them."""

from __future__ import annotations

import pandas as pd

import virtsdk
from tests.unit.stats.records import DB, WEB, running
from virtsdk.history.columns import HOSTS, SAMPLES, own_frame
from virtsdk.history.writer import RecordingWriter
from virtsdk.stats import from_records
from virtsdk.stats.samples.node import node_frames

START = pd.Timestamp("2026-03-01 12:00", tz="UTC")
NS = 10**9
FEW = ("domains", "disks")  # frames, where all would be more of the same


def at(seconds):
    return START + pd.Timedelta(seconds=seconds)


def sample(seconds, host="kvm7", guests=((DB, "db1"), (WEB, "web1")), **values):
    """One sample: counters grow by the second, the second guest twice as fast."""
    records = []
    for number, (uuid, name) in enumerate(guests):
        pace = int(seconds * (number + 1))
        grown = {
            "cpu.time": pace * NS // 2, "cpu.user": pace * NS // 4, "cpu.system": pace * NS // 4,
            "vcpu.0.time": pace * NS // 3, "block.0.rd.bytes": pace * 4096, "block.0.rd.reqs": pace,
            "net.0.rx.bytes": pace * 100, "vm.strange.sum": pace,
            "balloon.last-update": int(at(seconds).timestamp()),
        }  # fmt: skip
        records.append((uuid, name, running(**grown | values)))
    return from_records(records, host=host, time=at(seconds))


def node(seconds, host="kvm7"):
    spent = {
        "kernel": int(seconds * NS),
        "user": int(seconds * 2 * NS),
        "idle": int(seconds * NS),
        "iowait": 0,
        "of_a_newer_libvirt": 5,
    }
    rows = {
        "node.total": [spent],
        "node.cpus": [{"cpu": cpu, **spent} for cpu in range(2)],
        "node.memory": [{"total": 8 * 2**20, "free": 2**20, "buffers": 0, "cached": 5}],
    }
    return node_frames(rows, host=host, time=at(seconds))


def about(hosts=("kvm7",), interval=10.0, seconds=0):
    """What the recorder says of the hosts when it starts."""
    rows = [
        {"host": host, "time": at(seconds), "uri": f"qemu+ssh://{host}/system", "driver": "qemu",
         "interval_seconds": interval, "cpus": 8, "cores": 4, "memory_bytes": 2**34}
        for host in hosts
    ]  # fmt: skip
    return {HOSTS: own_frame(HOSTS, rows)}


def taken(stats, machine=None, only=None):
    """Everything that the recorder keeps of one sample, or `only` some of its frames: a file each."""
    frames = stats.given
    guests = len(frames["domains"])
    frames = {name: frame for name, frame in frames.items() if only is None or name in only}
    row = {"host": stats.host, "time": stats.time, "taken": True, "missed": 0, "domains": guests}
    if machine is not None:
        frames |= machine.given
        row["node_time"] = machine.time
    return {**frames, SAMPLES: own_frame(SAMPLES, [row])}


def write(directory, samples, *, nodes=(), interval=10.0, flush=3, close=True, only=FEW):
    """Write samples as a recording, a segment for each `flush` of them; all their frames with None."""
    machines = {(one.host, one.time.floor("10s")): one for one in nodes}
    writer = RecordingWriter(directory)
    writer.add(about(sorted({one.host for one in samples}), interval))
    for number, one in enumerate(samples, 1):
        writer.add(taken(one, machines.get((one.host, one.time)), only))
        if number % flush == 0:
            writer.flush()
            writer.merge()
    writer.flush()
    if close:
        writer.close()
    return writer


def times(directory):
    return virtsdk.open_recording(directory).frames("domains")["time"].drop_duplicates().tolist()


def equal_rates(found, expected):
    one, two = found.frames, expected.frames
    assert list(one) == list(two)
    for name, frame in two.items():
        pd.testing.assert_frame_equal(one[name], frame)
