"""A host under use for long: what reconnects leave behind, and threads that share one connection."""

from __future__ import annotations

import ctypes
import gc
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import virtsdk
from tests.waiting import until
from virtsdk.binding import workers
from virtsdk.events import Disconnected, DomainLifecycle, Reconnected

GUESTS = ("red", "green", "blue", "grey")
GUEST = """<domain type='qemu'><name>{name}</name><uuid>00000000-0000-4000-8000-0000000004{number:02}</uuid>
  <memory unit='MiB'>{memory}</memory><vcpu>{number}</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices><emulator>/usr/bin/qemu-system-x86_64</emulator><controller type='usb' model='none'/>
  <memballoon model='none'/></devices></domain>"""
MEMORY = {name: 16 + 4 * number for number, name in enumerate(GUESTS, 1)}


@pytest.fixture(scope="module")
def busy() -> Iterator[virtsdk.lab.LabHost]:
    """A private daemon with four bare guests, each with its own number of vCPUs and size of memory."""
    with virtsdk.lab.hosts(1, progress=None) as hosts:
        for number, name in enumerate(GUESTS, 1):
            hosts[0].domains.define(GUEST.format(name=name, number=number, memory=MEMORY[name])).start()
        yield hosts[0]


# --- reconnects -----------------------------------------------------------------------------------------


def footprint() -> dict[str, int]:
    """Threads, open descriptors and resident memory (KiB) of this process, after what can be freed was."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {
        "threads": int(status["Threads"]),
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "memory": int(status["VmRSS"].split()[0]),
    }


@pytest.mark.soak
def test_200_reconnects_leave_nothing_behind(busy: virtsdk.lab.LabHost, record_property) -> None:
    guest = busy.domains["red"]
    seen: Counter[type] = Counter()

    def once() -> None:
        busy.kill_daemon()
        until(lambda: not busy.is_alive)
        until(lambda: busy.is_alive)
        assert guest.state == "running"
        assert len(busy.stats().domains) == len(GUESTS)
        seen.update(type(event) for event in events.drain())

    gaps: list[float] = []
    with busy.events(callback=lambda event: gaps.append(event.gap_seconds) if is_back(event) else None):
        with busy.events("domain") as events:
            for _ in range(20):  # what is loaded and cached at first use
                once()
            before = footprint()
            for _ in range(200):
                once()
            until(lambda: len(gaps) == 220)
        after = footprint()
    for name, value in before.items():
        record_property(name, f"{value} -> {after[name]}")
        print(f"{name}: {value} -> {after[name]}")
    print(f"longest gap {max(gaps):.2f} s")
    assert seen[Disconnected] == seen[Reconnected] == 220
    assert workers.parked() == []
    assert after["threads"] <= before["threads"] + 1  # a worker more may be waiting for its next call
    assert after["descriptors"] <= before["descriptors"]
    assert after["memory"] <= before["memory"] + 2048  # 10 KiB a reconnect would be a leak


def is_back(event: object) -> bool:
    return isinstance(event, Reconnected)


# --- threads --------------------------------------------------------------------------------------------


class Use:
    """Eight threads on one host: four each drive a guest of their own, four read all there is."""

    def __init__(self, host: virtsdk.Host, seconds: float) -> None:
        self.host = host
        self.end = time.monotonic() + seconds
        self.failures: list[BaseException] = []
        self.done: Counter[str] = Counter()
        self._lock = threading.Lock()

    def run(self) -> None:
        jobs: list[Callable[[], None]] = [lambda name=name: self.drive(name) for name in GUESTS]
        jobs += [self.list_all, self.figures, self.documents, self.look_up]
        threads = [threading.Thread(target=self._repeat, args=(job,)) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _repeat(self, job: Callable[[], None]) -> None:
        while time.monotonic() < self.end and not self.failures:
            try:
                job()
            except BaseException as error:
                self.failures.append(error)

    def _count(self, what: str) -> None:
        with self._lock:
            self.done[what] += 1

    def drive(self, name: str) -> None:
        guest = self.host.domains[name]
        guest.suspend()
        assert guest.state == "paused"
        guest.resume()
        assert guest.state == "running"
        assert guest.uuid == uuid(name)
        self._count(f"drive {name}")

    def list_all(self) -> None:
        frame = self.host.domains.frame().set_index("name")
        assert sorted(frame.index) == sorted(GUESTS)
        for number, name in enumerate(GUESTS, 1):
            row = frame.loc[name]
            assert (row["domain"], row["vcpus"]) == (uuid(name), number)
            assert row["memory_bytes"] == MEMORY[name] << 20
            assert row["state"] in {"running", "paused"}
        self._count("list")

    def figures(self) -> None:
        frame = self.host.stats().domains.set_index("name")
        assert sorted(frame.index) == sorted(GUESTS)
        assert all(frame.loc[name, "domain"] == uuid(name) for name in GUESTS)
        assert all(frame.loc[name, "memory_bytes"] == MEMORY[name] << 20 for name in GUESTS)
        chosen = random.sample(GUESTS, 2)
        assert sorted(self.host.stats(["state"], chosen).domains["name"]) == sorted(chosen)
        self._count("figures")

    def documents(self) -> None:
        for number, name in enumerate(GUESTS, 1):
            definition = self.host.domains[name].definition()
            assert definition.memory is not None
            assert definition.vcpu is not None
            assert (definition.name, definition.memory.bytes) == (name, MEMORY[name] << 20)
            assert definition.vcpu.value == number
        self._count("documents")

    def look_up(self) -> None:
        name = random.choice(GUESTS)
        assert self.host.domains[uuid(name)].name == name
        assert self.host.domains.find("nobody") is None
        with pytest.raises(virtsdk.DomainNotFound, match="nobody"):
            self.host.domains["nobody"]
        with virtsdk.connect(self.host.uri) as another:
            assert another.domains[name].uuid == uuid(name)
        self._count("look up")


def uuid(name: str) -> str:
    return f"00000000-0000-4000-8000-0000000004{GUESTS.index(name) + 1:02}"


@pytest.mark.parametrize("seconds", [3, pytest.param(300, marks=pytest.mark.soak)])
def test_8_threads_on_one_host(busy: virtsdk.lab.LabHost, seconds: int) -> None:
    told: Counter[tuple[str, str]] = Counter()

    def slow_in_the_beginning(event: object) -> None:
        if not told:
            time.sleep(0.5)
        if isinstance(event, DomainLifecycle):
            told[event.name, event.event] += 1

    with busy.events("domain_lifecycle", callback=slow_in_the_beginning, limit=1_000_000) as events:
        use = Use(busy, seconds)
        use.run()
        print(dict(use.done))
        assert use.failures == []
        driven = {name: use.done[f"drive {name}"] for name in GUESTS}
        expected = {(name, word): driven[name] for name in GUESTS for word in ("suspended", "resumed")}
        until(lambda: sum(told.values()) >= sum(expected.values()))
        assert dict(told) == expected
        assert (events.dropped, events.failures) == (0, 0)
    assert min(use.done.values()) > 0
    assert workers.parked() == []
