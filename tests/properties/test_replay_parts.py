"""Rates of a recording are worked out in parts, each frame by itself, by the distances of each stretch."""

from __future__ import annotations

import pandas as pd
import pytest

import virtsdk
from tests.unit.history.recordings import NS, about, at, node, sample, taken, write
from virtsdk.history.columns import own_frame
from virtsdk.history.reading import replay
from virtsdk.history.reading.reader import Selection
from virtsdk.history.reading.replay import rates_of
from virtsdk.history.writer import RecordingWriter
from virtsdk.stats import rates

HOSTS = ("kvm7", "kvm8")
GUESTS = [(f"{number:08}-0000-4000-8000-000000000000", f"g{number}") for number in range(7)]
TIMES = range(0, 60, 10)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    """Two hosts of 7 guests, 6 samples in 6 segments: 84 rows of domains, of other frames more."""
    directory = tmp_path_factory.mktemp("replay") / "r"
    samples = [sample(t, host, GUESTS) for t in TIMES for host in HOSTS]
    write(directory, samples, flush=2, close=False, only=("domains", "vcpus"))
    return virtsdk.open_recording(directory), samples


@pytest.fixture
def read(monkeypatch):
    """By frame, how many rows and domains were read at a time."""
    found = {}
    real = replay.ordered

    def spied(frame, table):
        table, rows = real(frame, table)
        found.setdefault(frame, []).append((len(rows), rows.groupby(["host", "domain"]).ngroups))
        return table, rows

    monkeypatch.setattr(replay, "ordered", spied)
    return found


@pytest.mark.parametrize("name", ["domains", "vcpus"])
def test_no_more_is_held_than_a_part_of_the_domains_and_no_less_than_fits(fleet, read, name):
    recording, samples = fleet
    rows = sum(len(one.frames[name]) for one in samples)
    of_one = rows // (len(HOSTS) * len(GUESTS))
    found = rates_of(recording._reader, Selection(end=2**60), chunk=3 * of_one).frames[name]
    assert len(found) == rows - rows // len(TIMES)
    parts = read[name]
    assert [domains for _, domains in parts] == [3, 3, 3, 3, 2]  # 7 guests a host
    assert max(count for count, _ in parts) == 3 * of_one


def test_a_domain_that_is_more_than_a_part_is_a_part(fleet, read):
    recording, _ = fleet
    assert len(rates_of(recording._reader, Selection(end=2**60), chunk=1).domains) == 70
    assert read["domains"] == [(len(TIMES), 1)] * 14


@pytest.mark.parametrize("name", ["domains", "vcpus"])
def test_of_a_long_time_no_more_is_held_than_a_stretch_and_the_last_row_of_each_series(fleet, read, name):
    recording, samples = fleet
    rows = sum(len(one.frames[name]) for one in samples)
    of_one = rows // len(TIMES) // (len(HOSTS) * len(GUESTS))  # of a sample
    whole = Selection(end=2**60)
    how = {"chunk": 14 * 2 * of_one, "window": 20_000_000}  # two samples of all
    found = rates_of(recording._reader, whole, **how).frames[name]
    assert [count for count, _ in read[name]] == [28 * of_one, *[42 * of_one] * (len(TIMES) // 2 - 1)]
    pd.testing.assert_frame_equal(found, rates(samples).frames[name])


def test_domains_that_were_there_for_a_while_only_are_all_in_some_part(tmp_path, read):
    long, early, late = GUESTS[1], GUESTS[0], GUESTS[2]
    samples = [sample(t, guests=[long, early] if t < 30 else [long, late]) for t in TIMES]
    write(tmp_path / "r", samples, flush=1, close=False, only=("domains",))
    found = rates_of(virtsdk.open_recording(tmp_path / "r")._reader, Selection(end=2**60), chunk=8).domains
    pd.testing.assert_frame_equal(found, rates(samples).domains)
    assert read["domains"] == [(3, 1), (6, 1), (3, 1)]


def test_a_frame_that_is_read_alone_knows_of_the_restarts(tmp_path):
    guests = GUESTS[:2]
    before = [sample(t, guests=guests, **{"domain.id": 3}) for t in (0, 10, 20)]
    # all counters went on past those of before: only the number of the run tells
    after = [sample(t, guests=guests, **{"cpu.time": t * NS, "domain.id": 9}) for t in (30, 40, 50)]
    write(tmp_path / "r", [*before, *after], close=False, only=None)
    expected = rates([*before, *after]).disks
    assert expected[expected["interrupted"] == "reset"]["domain"].nunique() == 2
    for chunk in (1, None):
        reader = virtsdk.open_recording(tmp_path / "r")._reader
        found = rates_of(reader, Selection(end=2**60), chunk=chunk).disks
        pd.testing.assert_frame_equal(found, expected)


def said(frame):
    return frame.sort_values("time")["interrupted"].fillna("").tolist()


def test_machines_that_are_read_less_often_than_guests_have_no_gaps(tmp_path):
    nodes = [node(t) for t in (0, 40, 80, 120)]
    write(tmp_path / "r", [sample(t) for t in range(0, 130, 10)], nodes=nodes, close=False, only=("domains",))
    recording = virtsdk.open_recording(tmp_path / "r")
    assert said(recording.node_rates().total) == [""] * 3
    assert said(recording.node_rates(interval="10s").total) == ["gap"] * 3


def test_each_stretch_has_the_distance_of_its_own_samples(tmp_path):
    with RecordingWriter(tmp_path / "r") as writer:
        for interval, times in (
            (10.0, (0, 3, 13, 23, 63)),
            (60.0, (600, 800)),
            (10.0, (1500, 1510, 1520, 1560)),
        ):
            writer.add(about(HOSTS, interval=interval, seconds=times[0]))
            for t in times:
                writer.add(taken(sample(t, guests=GUESTS[:1]), only=("domains",)))
        for t in (0, 30, 60):  # another host, slower
            writer.add(taken(sample(t, "kvm8", GUESTS[:1]), only=("domains",)))
        failed = [{"host": "kvm8", "time": at(t), "taken": False, "missed": 1} for t in range(1, 9)]
        writer.add({"samples": own_frame("samples", failed)})
    found = virtsdk.open_recording(tmp_path / "r").rates().domains
    first = found[found["host"] == "kvm7"]
    assert first["time"].tolist() == [at(t) for t in (3, 13, 23, 63, 600, 800, 1500, 1510, 1520, 1560)]
    # 63, 1560: samples were left out; 600, 1500: pauses; 800: a host that takes 200 s for each sample
    assert said(first) == ["", "", "", "gap", "gap", "", "gap", "", "", "gap"]
    assert said(found[found["host"] == "kvm8"]) == ["", ""]
