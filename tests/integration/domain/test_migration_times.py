"""`capacity.migration` against guests that move: how long it takes, and which one does not end."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import virtsdk
from tests.integration import writing
from tests.waiting import until
from virtsdk import errors
from virtsdk.capacity import migration
from virtsdk.capacity.room._migration import START_SECONDS
from virtsdk.resources.domain.job import Job
from virtsdk.units import MiB

IDLE, WRITES, ENDLESS = int(MiB(17)), int(MiB(20)), int(MiB(12))
"""Bandwidths with which a guest takes more than 10 s, if it ever ends."""


class Mover(NamedTuple):
    """A guest that has not moved so far, the host where it can go, and how."""

    guest: virtsdk.Domain
    there: virtsdk.lab.LabHost
    how: dict[str, Any]

    @classmethod
    def of(cls, name: str, hosts: list[virtsdk.lab.LabHost], folder: Path) -> Mover:
        """Take a guest of the first host."""
        return cls(
            hosts[0].domains[name], hosts[1], {"uri": f"unix://{folder}/m-{name[-8:]}", "unsafe": True}
        )

    def moves(self, bandwidth: int) -> Job:
        """Migrate the guest; give libvirt's account of it."""
        moved = self.guest.migrate(self.there, bandwidth=bandwidth, timeout=120, **self.how)
        assert moved is not None
        job = moved.job(completed=True)
        assert job is not None
        return job


def kept(job: Job, limit: int) -> float:
    """Return the limit, or what was reached of it where the machine had too much else to do to keep it up."""
    reached = job.memory_processed_bytes_total / (job.elapsed_seconds - START_SECONDS)
    return limit if reached > 0.9 * limit else reached


@pytest.fixture(scope="module")
def hosts() -> Iterator[list[virtsdk.lab.LabHost]]:
    with virtsdk.lab.hosts(2, progress=None) as started:
        yield started


# --- three guests at a time, as all of them mostly wait --------------------------------------------------


class Timed(NamedTuple):
    """A guest's rate and memory before it moved, how it did, and what it really wrote a second before."""

    rate: virtsdk.DirtyRate
    memory: int
    job: Job
    wrote: float = 0.0


class Endless(NamedTuple):
    """The rates of one guest that writes as much to few pages and to many, and how it moved after that."""

    few: virtsdk.DirtyRate
    many: virtsdk.DirtyRate
    memory: int
    job: Job | None
    arrived: bool


def idle(mover: Mover) -> Timed:
    rate, memory = mover.guest.measure_dirty_rate(), writing.resident_bytes(mover.guest)
    return Timed(rate, memory, mover.moves(IDLE))


def writes(mover: Mover) -> Timed:
    writing.write(mover.guest, int(MiB(6)))
    time.sleep(0.5)
    before, began = writing.written(mover.guest)
    rate = mover.guest.measure_dirty_rate(5)
    after, ended = writing.written(mover.guest)
    memory = writing.resident_bytes(mover.guest)
    return Timed(rate, memory, mover.moves(WRITES), (after - before) / (ended - began))


def endless(mover: Mover) -> Endless:
    guest, there, how = mover
    memory, found = writing.resident_bytes(guest), []
    for area, seconds in ((int(MiB(4)), 4), (writing.AREA, 2)):
        writing.write(guest, int(MiB(32)), area)
        time.sleep(0.5)
        found.append(guest.measure_dirty_rate(seconds))
    with pytest.raises(errors.TimedOut):
        guest.migrate(there, bandwidth=ENDLESS, postcopy=True, timeout=5, **how)
    job = sent(guest, int(1.3 * memory))
    guest.migrate_set_max_speed(int(MiB(500)))
    guest.migrate_start_postcopy()
    until(lambda: not guest.host.parked_calls)
    return Endless(*found, memory, job, guest.uuid in there.domains)


def sent(guest: virtsdk.Domain, enough: int) -> Job | None:
    """Wait until a migration has sent so much, or is over; give its job then."""
    jobs: list[Job | None] = []

    def so_far() -> bool:
        jobs.append(guest.job())
        return jobs[-1] is None or (jobs[-1].memory_processed_bytes_total or 0) > enough

    until(so_far, 300)
    return jobs[-1]


@pytest.fixture(scope="module")
def moved(
    hosts: list[virtsdk.lab.LabHost], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Any]]]:
    """What came of each, by its name."""
    folder = tmp_path_factory.mktemp("moved")
    stories: tuple[Callable[[Mover], Any], ...] = (idle, writes, endless)
    writing.start(hosts[0], *(one.__name__ for one in stories))
    with ThreadPoolExecutor(len(stories)) as pool:
        yield {one.__name__: pool.submit(one, Mover.of(one.__name__, hosts, folder)) for one in stories}


def test_an_idle_guest_takes_as_long_as_was_said(moved: dict[str, Future[Timed]]) -> None:
    rate, memory, job, _ = moved["idle"].result()
    assert rate.bytes_per_second <= 2 * rate.error_bytes_per_second
    report = migration(memory, rate.bytes_per_second, kept(job, IDLE))
    assert report.converges
    assert job.elapsed_seconds >= 10
    assert report.seconds == pytest.approx(job.elapsed_seconds, rel=0.3), job


def test_a_guest_that_writes_takes_as_long_as_was_said(moved: dict[str, Future[Timed]]) -> None:
    rate, memory, job, wrote = moved["writes"].result()
    assert rate.bytes_per_second == pytest.approx(wrote, abs=4 * rate.error_bytes_per_second)
    bandwidth = kept(job, WRITES)
    report = migration(memory, rate.bytes_per_second, bandwidth)
    assert report.converges
    assert report.rounds > 1
    assert job.elapsed_seconds >= 10
    assert report.seconds == pytest.approx(job.elapsed_seconds, rel=0.3), (rate, job)
    assert job.elapsed_seconds > 1.15 * migration(memory, 0, bandwidth).seconds  # writing costs time


def test_a_guest_that_does_not_end_is_named_beforehand(moved: dict[str, Future[Endless]]) -> None:
    few, many, memory, job, arrived = moved["endless"].result()
    assert many.bytes_per_second > 3 * few.bytes_per_second, (many, few)  # though it writes as much
    assert migration(memory, few.bytes_per_second, ENDLESS).converges
    report = migration(memory, many.bytes_per_second, ENDLESS)
    assert not report.converges
    assert job is not None, "it ended"
    assert job.is_running
    assert job.elapsed_seconds >= 10
    assert job.memory_remaining_bytes > ENDLESS * report.max_downtime
    assert report.remedies[0].startswith("post-copy")
    assert arrived


# --- one at a time, longer -------------------------------------------------------------------------------


@pytest.fixture
def fresh(
    request: pytest.FixtureRequest, hosts: list[virtsdk.lab.LabHost], tmp_path: Path
) -> Iterator[Mover]:
    """A guest that goes when the test is over."""
    name = re.sub(r"\W+", "-", request.node.name)
    try:
        writing.start(hosts[0], name)
        yield Mover.of(name, hosts, tmp_path)
    finally:
        for host in hosts:
            left = host.domains.find(name)
            if left is not None:
                left.destroy()
                left.undefine()


@pytest.mark.soak
@pytest.mark.parametrize(
    ("written", "area", "bandwidth"),
    [(0, 80, 8), (2, 80, 12), (4, 80, 16), (48, 4, 16)],
)
def test_times_as_they_were_said(
    written: int, area: int, bandwidth: int, fresh: Mover, record_property: Any
) -> None:
    writing.write(fresh.guest, int(MiB(written)), int(MiB(area)))
    time.sleep(0.5)
    rate = fresh.guest.measure_dirty_rate(min(10, max(1, area // max(written, 1))))
    memory, limit = writing.resident_bytes(fresh.guest), int(MiB(bandwidth))
    job = fresh.moves(limit)
    bandwidth = kept(job, limit)
    report = migration(memory, rate.bytes_per_second, bandwidth, working_set_bytes=int(MiB(area)))
    record_property("rate", repr(rate))
    record_property("said", report.seconds)
    record_property("took", job.elapsed_seconds)
    record_property("bandwidth", bandwidth)
    record_property("start", job.elapsed_seconds - job.memory_processed_bytes_total / bandwidth)
    assert report.seconds == pytest.approx(job.elapsed_seconds, rel=0.3), (rate, job)


@pytest.mark.soak
def test_what_does_not_end_goes_on_until_there_is_bandwidth_enough(fresh: Mover) -> None:
    guest, there, how = fresh
    writing.write(guest, int(MiB(32)))
    time.sleep(0.5)
    rate, memory = guest.measure_dirty_rate(2).bytes_per_second, writing.resident_bytes(guest)
    report = migration(memory, rate, ENDLESS, working_set_bytes=writing.AREA)
    assert not report.converges
    with pytest.raises(errors.TimedOut):
        guest.migrate(there, bandwidth=ENDLESS, timeout=5, **how)
    job = sent(guest, 6 * memory)
    assert job is not None, "it ended"
    assert job.memory_remaining_bytes > ENDLESS * report.max_downtime
    guest.migrate_set_max_speed(int(1.5 * report.needed_bandwidth) + int(MiB(1)))
    until(lambda: not guest.host.parked_calls)
    assert guest.uuid in there.domains
