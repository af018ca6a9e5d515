"""`capacity.migration` against guests that move: how long it takes, and which one does not end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import virtsdk
from tests.integration import writing
from tests.waiting import until
from virtsdk import errors
from virtsdk.capacity import migration
from virtsdk.units import MiB

SLOW, FAST = int(MiB(17)), int(MiB(24))
"""Bandwidths for a guest that is idle, and for one that writes, whose memory goes more than once."""


class Pair(NamedTuple):
    """The guest, and the host where it can go."""

    guest: virtsdk.Domain
    there: virtsdk.lab.LabHost
    how: dict[str, Any]

    def moved(self, bandwidth: int) -> float:
        """Migrate the guest; say how many seconds that took."""
        began = time.monotonic()
        self.guest.migrate(self.there, bandwidth=bandwidth, timeout=120, **self.how)
        return time.monotonic() - began


@pytest.fixture(scope="module")
def hosts() -> Iterator[list[virtsdk.lab.LabHost]]:
    with virtsdk.lab.hosts(2, progress=None) as started:
        writing.start(started[0])
        yield started


@pytest.fixture
def pair(hosts: list[virtsdk.lab.LabHost], tmp_path: Path) -> Pair:
    """The guest, idle, wherever the test before has left it."""
    here, there = hosts if "writer" in hosts[0].domains else hosts[::-1]
    guest = here.domains["writer"]
    writing.write(guest, 0)
    return Pair(guest, there, {"uri": f"unix://{tmp_path}/m", "unsafe": True})


def test_an_idle_guest_takes_as_long_as_was_said(pair: Pair) -> None:
    rate = pair.guest.measure_dirty_rate()
    assert rate.bytes_per_second <= 2 * rate.error_bytes_per_second
    report = migration(writing.resident_bytes(pair.guest), rate.bytes_per_second, SLOW)
    assert report.converges
    took = pair.moved(SLOW)
    assert took >= 10
    assert report.seconds == pytest.approx(took, rel=0.3)


def test_a_guest_that_writes_takes_as_long_as_was_said(pair: Pair) -> None:
    writing.write(pair.guest, int(MiB(8)))
    time.sleep(0.5)
    rate = pair.guest.measure_dirty_rate(5)
    assert rate.bytes_per_second == pytest.approx(MiB(8), abs=4 * rate.error_bytes_per_second)
    memory = writing.resident_bytes(pair.guest)
    report = migration(memory, rate.bytes_per_second, FAST)
    assert report.converges
    assert report.rounds > 1
    took = pair.moved(FAST)
    assert took >= 10
    assert report.seconds == pytest.approx(took, rel=0.3)
    assert took > 1.15 * migration(memory, 0, FAST).seconds  # writing costs time


def test_a_guest_that_does_not_end_is_named_beforehand(pair: Pair) -> None:
    """It writes as much as one that writes to few pages, which would move; to many it does not."""
    guest, there, how = pair
    memory = writing.resident_bytes(guest)
    found: dict[str, virtsdk.DirtyRate] = {}
    for where, area in (("few pages", int(MiB(4))), ("many pages", writing.AREA)):
        writing.write(guest, int(MiB(48)), area)
        time.sleep(0.5)
        found[where] = guest.measure_dirty_rate(2)
    few, many = (one.bytes_per_second for one in found.values())
    assert many > 4 * few
    assert migration(memory, few, FAST).converges
    report = migration(memory, many, FAST)
    assert not report.converges

    bounded = 1.5 * report.post_copy_seconds  # in one it would have been sent once
    with pytest.raises(errors.TimedOut):
        guest.migrate(there, bandwidth=FAST, postcopy=True, timeout=bounded, **how)
    job = guest.job()
    assert job is not None
    assert job.is_running
    assert job.memory_processed_bytes_total > memory
    assert job.memory_iteration > 1
    guest.migrate_set_max_speed(int(MiB(500)))
    guest.migrate_start_postcopy()  # the first of what the report says would help
    assert report.remedies[0].startswith("post-copy")
    until(lambda: not guest.host.parked_calls)
    moved = there.domains["writer"]
    assert moved.state == "running"
    writing.write(moved, 0)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("written", "area", "bandwidth"),
    [(0, 80, 8), (0, 80, 4), (2, 80, 12), (4, 80, 16), (12, 80, 24), (12, 40, 16), (48, 4, 16), (24, 80, 64)],
)
def test_times_as_they_were_said(
    written: int, area: int, bandwidth: int, pair: Pair, record_property: Any
) -> None:
    writing.write(pair.guest, int(MiB(written)), int(MiB(area)))
    time.sleep(0.5)
    rate = pair.guest.measure_dirty_rate(min(10, max(1, area // max(written, 1))))
    memory, limit = writing.resident_bytes(pair.guest), int(MiB(bandwidth))
    report = migration(memory, rate.bytes_per_second, limit, working_set_bytes=int(MiB(area)))
    took = pair.moved(limit)
    record_property("said", report.seconds)
    record_property("took", took)
    record_property("rate", repr(rate))
    assert report.seconds == pytest.approx(took, rel=0.3)


@pytest.mark.soak
def test_what_does_not_end_goes_on_and_on_until_there_is_bandwidth_enough(pair: Pair) -> None:
    guest, there, how = pair
    writing.write(guest, int(MiB(32)))
    time.sleep(0.5)
    rate = guest.measure_dirty_rate(2).bytes_per_second
    memory = writing.resident_bytes(guest)
    report = migration(memory, rate, SLOW, working_set_bytes=writing.AREA)
    assert not report.converges
    with pytest.raises(errors.TimedOut):
        guest.migrate(there, bandwidth=SLOW, timeout=90, **how)
    job = guest.job()
    assert job is not None
    assert job.memory_processed_bytes_total > 6 * memory
    guest.migrate_set_max_speed(int(1.5 * report.needed_bandwidth) + int(MiB(1)))
    until(lambda: not guest.host.parked_calls)
    assert there.domains["writer"].state == "running"
