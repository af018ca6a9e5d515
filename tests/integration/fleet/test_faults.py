"""A fleet of which one host is frozen and one is killed: all others answer, in time, and both come back."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import virtsdk
from tests.waiting import SLOW, until
from virtsdk import capacity, xml
from virtsdk.fleet.exporter import FleetExporter
from virtsdk.stats import rates

DEADLINE = 4.0
TESTS = {f"t{n:02}": "test:///default" for n in range(20)}


@pytest.fixture(scope="module")
def hosts() -> Iterator[list[virtsdk.lab.LabHost]]:
    with virtsdk.lab.hosts(3, guests=1, wait=False, progress=None) as hosts:
        yield hosts


@pytest.fixture(scope="module")
def fleet(hosts: list[virtsdk.lab.LabHost]) -> Iterator[virtsdk.HostFleet]:
    with virtsdk.connect_fleet({host.name: host.uri for host in hosts} | TESTS, timeout=30) as fleet:
        assert fleet.errors.empty
        yield fleet


def threads() -> int:
    return sum(one.name.startswith("virtsdk") for one in threading.enumerate())


def test_a_frozen_and_a_killed_host(hosts: list[virtsdk.lab.LabHost], fleet: virtsdk.HostFleet) -> None:
    frozen, killed, sound = (host.name for host in hosts)
    healthy = {sound, *TESTS}
    until(lambda: len(fleet.stats().domains) == 23, 60)
    hosts[0].freeze()
    hosts[1].kill_daemon(restart=False)
    try:
        began = time.monotonic()
        stats = fleet.stats(timeout=DEADLINE)
        assert time.monotonic() - began < DEADLINE + SLOW
        assert set(stats.domains["host"]) <= set(stats.samples) <= healthy
        assert set(fleet.errors["host"]) == {*fleet.host_names} - set(stats.samples) >= {frozen, killed}

        def all_others_answer() -> bool:
            answered = set(fleet.stats(timeout=DEADLINE).samples)
            errors = fleet.errors.set_index("host")["error"].to_dict()
            return answered == healthy and errors == {frozen: "TimedOut", killed: "ConnectionLost"}

        until(all_others_answer)  # a busy machine may keep one of them waiting
        before = threads()
        for _ in range(30):  # nobody waits for the frozen one any more, and it costs no thread a round
            stats = fleet.stats(["state"], timeout=60)
            assert set(stats.samples) == healthy
            assert fleet.errors["host"].tolist() == [frozen, killed]
            assert fleet.errors["seconds"].max() < 60
        assert fleet.map(lambda host: host.name, timeout=60).keys() == healthy
        until(lambda: threads() < before + 10)  # it may be found silent meanwhile, and be tried again
        assert set(fleet.frame().query("not up")["host"]) >= {killed}
        assert "down" in repr(fleet)
    finally:
        hosts[0].thaw()
        hosts[1].start_daemon(60)

    def all_answer() -> bool:
        stats = fleet.stats(timeout=30)
        return len(stats.samples) == 23 and fleet.errors.empty

    until(all_answer, 90)
    first, second = fleet.stats(), fleet.stats()
    assert set(rates(first, second).domains["host"]) <= {*healthy, frozen, killed}
    assert "23 up" in repr(fleet)


def test_one_that_is_frozen_while_it_is_opened(hosts: list[virtsdk.lab.LabHost]) -> None:
    uris = {host.name: host.uri for host in hosts}
    hosts[0].freeze()
    try:
        with virtsdk.connect_fleet(uris | {"down": "qemu+tcp://127.0.0.1:1/system"}, timeout=3) as fleet:
            errors = fleet.errors.set_index("host")["error"].to_dict()
            assert errors.keys() >= {hosts[0].name, "down"}
            assert errors[hosts[0].name] == "TimedOut"
            sound = {hosts[1].name, hosts[2].name}  # which a busy machine may open late, too
            until(lambda: fleet.map(lambda host: host.name, timeout=30).keys() == sound)
            assert fleet.errors.set_index("host")["error"]["down"] == "ConnectError"
            for _ in range(5):
                assert fleet.map(lambda host: host.name, timeout=30).keys() == {hosts[1].name, hosts[2].name}
            assert fleet.errors["seconds"].max() < 30
            hosts[0].thaw()
            until(lambda: len(fleet.map(lambda host: host.name, timeout=30)) == 3, 60)
            assert fleet.errors["host"].tolist() == ["down"]
    finally:
        hosts[0].thaw()


def test_what_is_asked_of_all(hosts: list[virtsdk.lab.LabHost], fleet: virtsdk.HostFleet) -> None:
    labs = fleet.select("lab*")
    inventory = labs.inventory()
    assert inventory.domains["host"].tolist() == [host.name for host in hosts]
    assert capacity.headroom(*inventory, capacity.Policy()).frame()["domains"].tolist() == [1, 1, 1]
    assert len(capacity.Fleet.from_frames(*inventory).domains) == 3
    every = fleet.inventory()  # guests of the test driver have one UUID
    with pytest.warns(capacity.CapacityWarning, match="on several hosts by UUID"):
        assert len(capacity.headroom(*every, capacity.Policy()).frame()) == 23
    frame = xml.to_frame(labs.domains.definitions(), ["name", "type", "memory.bytes"])
    assert frame["host"].tolist() == [host.name for host in hosts]
    assert frame["memory.bytes"].notna().all()

    assert not labs.drift("capabilities")
    assert not labs.drift("versions")
    assert not labs.drift("networks")
    network = "<network><name>lan</name><bridge name='{}'/><ip address='10.9.0.1' prefix='24'/></network>"
    hosts[0].networks.define(network.format("virbr7"))
    hosts[1].networks.define(network.format("virbr8"))
    try:
        drift = labs.drift("networks")
        rows = drift.frame().set_index(["path", "value"])["hosts"]
        assert rows["networks['lan']", "there"] == [hosts[0].name, hosts[1].name]
        assert rows["networks['lan'].bridge.name", "virbr8"] == [hosts[1].name]
        assert drift.hosts()["differs"].sum() == 2
    finally:
        for host in hosts[:2]:
            host.networks["lan"].undefine()


def up_and_told(exporter: FleetExporter) -> tuple[dict[str, float], set[str]]:
    """Which hosts are up for a Prometheus, and of which it has figures."""
    found = {one.name: one for one in exporter.families()}
    up, states = found["virtsdk_host_up"], found.get("virtsdk_domain_state")
    hosts = set() if states is None else {row[0] for row in states.labels.rows}
    return {row[0]: value for row, value in zip(up.labels.rows, up.values, strict=True)}, hosts


def test_a_host_that_is_frozen_while_many_are_recorded(
    hosts: list[virtsdk.lab.LabHost], tmp_path: Path
) -> None:
    frozen, directory = hosts[0].name, tmp_path / "r"
    uris = {host.name: host.uri for host in hosts} | TESTS
    few = {host.name: host.uri for host in hosts[:2]}
    with (
        virtsdk.connect_fleet(few, timeout=DEADLINE) as exported,
        virtsdk.connect_fleet(uris, timeout=30) as fleet,
        fleet.record(directory, interval=1) as recorder,
    ):
        exporter = FleetExporter(exported, patience=1.0)

        def status() -> pd.DataFrame:
            return recorder.status.set_index("host")

        until(lambda: (recorder.status["samples"] > 1).all(), 60)
        until(lambda: up_and_told(exporter) == (dict.fromkeys(few, 1.0), set(few)), 60)
        hosts[0].freeze()
        try:
            until(lambda: "does not answer" in str(status().loc[frozen, "error"]), 60)
            before = status()["samples"]
            until(lambda: (status()["samples"] > before + 3).drop(frozen).all(), 60)
            until(lambda: status()["error"].drop(frozen).isna().all())
            assert status().loc[frozen, "samples"] == before[frozen]
            sound = hosts[1].name
            until(lambda: up_and_told(exporter) == ({frozen: 0.0, sound: 1.0}, {sound}), 60)
        finally:
            hosts[0].thaw()
        until(lambda: status().loc[frozen, "samples"] > before[frozen] + 2, 60)
        until(lambda: up_and_told(exporter) == (dict.fromkeys(few, 1.0), set(few)), 60)
        until(lambda: pd.isna(status().loc[frozen, "error"]))
    recording = virtsdk.open_recording(directory)
    assert recording.check().empty
    samples = recording.samples.sort_values("time", kind="stable")
    taken = samples[samples["host"] == frozen]["taken"].tolist()
    first, last = taken.index(True), len(taken) - 1 - taken[::-1].index(True)
    assert not all(taken[first:last])
    usage = recording.usage("1s", hosts=frozen)
    assert usage["host"].nunique() == 1
