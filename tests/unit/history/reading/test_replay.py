"""Rates of a recording are those of its samples: order, absences, clocks, parts of one name."""

from __future__ import annotations

import pandas as pd
import pytest

import virtsdk
from tests.unit.history.recordings import about, at
from tests.unit.stats.records import DB, WEB
from virtsdk.history.columns import SAMPLES, own_frame
from virtsdk.history.reading.reader import Reader, Selection
from virtsdk.history.reading.replay import rates_of
from virtsdk.history.writer import RecordingWriter
from virtsdk.stats import from_records, node_rates, rates
from virtsdk.stats.samples.node import node_frames
from virtsdk.stats.samples.times import Clock

NS = 10**9


def write(directory, samples, *, clock=True):
    """Write samples of guests and of the machine, a segment for each two of them."""
    writer = RecordingWriter(directory)
    writer.add(about())
    for number, (stats, node) in enumerate(samples, 1):
        row = {"host": stats.host, "time": stats.time, "taken": True, "missed": 0}
        row |= {"domains": len(stats.domains), "node_time": node.time}
        if clock and stats.clock is not None:
            row |= {"clock": stats.clock.name, "clock_seconds": stats.clock.seconds}
            row["node_clock_seconds"] = node.clock.seconds
        writer.add({**stats.given, **node.given, SAMPLES: own_frame(SAMPLES, [row])})
        if number % 2 == 0:
            writer.flush()
    writer.close()
    return virtsdk.open_recording(directory)


def sample(seconds, number, guests=((DB, "web"), (WEB, "app")), **values):
    """The sample of a number, whatever its time says."""
    clock = Clock("a", 10.0 * number)
    records = [
        (uuid, name, {"state.state": 1, "vcpu.current": 2, "cpu.time": number * NS, "net.0.name": "x",
                      "net.0.rx.bytes": number, "net.1.name": "x", "net.1.rx.bytes": 100 * number,
                      "vcpu.0.time": number * NS, **values})
        for uuid, name in guests
    ]  # fmt: skip
    spent = {"kernel": number * NS, "user": number * NS, "idle": 8 * number * NS, "iowait": 0}
    node = node_frames({"node.total": [spent]}, host="kvm7", time=at(seconds), clock=clock)
    return from_records(records, host="kvm7", time=at(seconds), clock=clock), node


WALKS = {
    "even": [0, 10, 20, 30],
    "set back": [0, 10, 20, 13, 23, 33, 43],
    "set back far": [1000, 1010, 5, 15, 25],
    "set forward": [0, 10, 23, 33],
}


@pytest.mark.parametrize("walk", WALKS)
@pytest.mark.parametrize("chunk", [1, 1000])
def test_rates_of_a_recording_are_those_of_its_samples(tmp_path, walk, chunk):
    samples = [sample(t, n) for n, t in enumerate(WALKS[walk])]
    recording = write(tmp_path / "r", samples)
    expected = rates([stats for stats, _ in samples])
    found = rates_of(Reader(tmp_path / "r"), Selection(), chunk=chunk)
    for name in ("domains", "nics", "vcpus"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(expected, name))
    assert found.domains["name"].is_monotonic_increasing
    gaps = 0 if walk == "even" else 1
    assert (expected.domains["interrupted"] == "gap").sum() == 2 * gaps
    nodes = node_rates([node for _, node in samples])
    pd.testing.assert_frame_equal(recording.node_rates().total, nodes.total)


def test_without_a_clock_the_times_decide(tmp_path):
    samples = [sample(t, n) for n, t in enumerate(WALKS["even"])]
    found = write(tmp_path / "r", samples, clock=False).rates().domains
    assert found["cpu_used_vcpus"].tolist() == [0.1] * 6


@pytest.mark.parametrize("left", [(), ((DB, "web"),)])
def test_a_guest_that_a_sample_lacks_ends_there(tmp_path, left):
    samples = [sample(t, n, **({"guests": left} if n == 1 else {})) for n, t in enumerate(WALKS["even"])]
    found = write(tmp_path / "r", samples).rates()
    app = found.domains[found.domains["name"] == "app"]
    assert app["interrupted"].fillna("").tolist() == ["gap", ""]
    assert app["cpu_used_vcpus"].tolist() == [pd.NA, 0.1]
    pd.testing.assert_frame_equal(found.domains, rates([stats for stats, _ in samples]).domains)


def test_more_cpu_time_than_vcpus_allow_is_looked_up_among_the_vcpus(tmp_path):
    samples = [sample(t, n, **{"cpu.time": n * 30 * NS}) for n, t in enumerate(WALKS["even"])]
    found = write(tmp_path / "r", samples, clock=False).rates().domains  # the emulator's, by the vCPUs' times
    assert found["cpu_used_vcpus"].tolist() == [3] * 6
    values = {"vcpu.0.time": None}
    samples = [sample(t, n, **{"cpu.time": n * 30 * NS}, **values) for n, t in enumerate(WALKS["even"])]
    found = write(tmp_path / "s", samples, clock=False).rates().domains
    assert found["cpu_used_vcpus"].isna().all()


def test_two_parts_of_one_name_are_both_kept(tmp_path):
    samples = [sample(t, n) for n, t in enumerate(WALKS["even"])]
    recording = write(tmp_path / "r", samples)
    assert len(recording.frames("nics")) == 16
    assert len(recording.check()) == 0
    assert recording.rates(every="1min").nics["rx_bytes_per_second"].tolist() == [0.1, 10] * 2


def test_another_file_under_a_disks_name_is_another_disk(tmp_path):
    samples = [
        sample(t, n, **{"block.count": 1, "block.0.name": "vda", "block.0.rd.bytes": n,
                        "block.0.path": f"/img/{'a' if n < 2 else 'b'}.qcow2"})
        for n, t in enumerate(WALKS["even"])
    ]  # fmt: skip
    found = write(tmp_path / "r", samples).rates().disks
    assert found["interrupted"].fillna("").tolist() == ["", "reset", ""] * 2


def test_frames_are_in_the_order_of_names_too(tmp_path):
    recording = write(tmp_path / "r", [sample(t, n) for n, t in enumerate(WALKS["even"])])
    found = recording.frames("nics")
    assert found["name"].is_monotonic_increasing
    assert found["rx_bytes_total"].tolist() == [0, 0, 1, 100, 2, 200, 3, 300] * 2
    cpu = recording.frames("domains", columns=["cpu_time_seconds_total", "domain"])
    assert cpu["cpu_time_seconds_total"].tolist() == [0, 1, 2, 3] * 2
    assert cpu["domain"].tolist() == [WEB] * 4 + [DB] * 4  # whose names are app and web


def test_guests_that_are_asked_for_are_worked_on_together(tmp_path, monkeypatch):
    """Whole groups of rows are counted, others' rows among them: that does not make the parts smaller."""
    from tests.unit.history.recordings import write
    from tests.unit.stats.records import fleet
    from virtsdk.history.reading import replay

    guests = fleet(20, vcpus=2, disks=1, nics=1)
    write(tmp_path / "r", [from_records(guests, host="kvm7", time=at(10 * n)) for n in range(6)], flush=6)
    parts = []
    work = replay.Replay._domains_of
    monkeypatch.setattr(replay.Replay, "_domains_of", lambda self, rows: parts.append(1) or work(self, rows))
    monkeypatch.setattr(replay, "CHUNK", 100)
    virtsdk.open_recording(tmp_path / "r").usage(every=None, domains=[guests[2][1], guests[7][1]])
    assert len(parts) == 1
