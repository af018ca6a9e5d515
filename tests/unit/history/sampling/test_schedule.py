"""Many samplers, few threads: everyone in time, whoever hangs; ended when told, or when nothing is due."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.waiting import until
from virtsdk.history.sampling import schedule
from virtsdk.history.sampling.schedule import Schedule, offset_of


class Due:
    """A sampler that is due every so often; one that hangs does not return before it is told."""

    def __init__(self, every: float = 0.01, *, beats: float = np.inf, offset: float = 0.0) -> None:
        self.begin, self.every, self.beats = time.monotonic() + offset, every, beats
        self.ran: list[float] = []
        self.at_once = 0
        self.go_on = threading.Event()
        self.go_on.set()

    @property
    def due(self) -> float | None:
        return None if len(self.ran) >= self.beats else self.begin + len(self.ran) * self.every

    def run(self) -> None:
        self.at_once += 1
        assert self.at_once == 1
        self.go_on.wait(30)
        self.at_once -= 1
        self.ran.append(time.monotonic())


def of(*samplers: Due, **options: Any) -> Schedule:
    return Schedule(list[Any](samplers), **options)


@pytest.fixture
def started() -> Iterator[list[Schedule]]:
    found: list[Schedule] = []
    yield found
    for one in found:
        one.end()
        one.join(time.monotonic() + 20)


def test_hosts_are_spread_over_the_interval_by_their_names() -> None:
    names = [f"kvm{number}.example.org" for number in range(300)]
    offsets = np.array([offset_of(name, 10, 300) for name in names])
    assert np.array_equal(offsets, [offset_of(name, 10, 299) for name in names])  # others do not matter
    assert 0 <= offsets.min() < offsets.max() < 10
    assert (np.histogram(offsets, 10, (0, 10))[0] > 15).all()
    few = [offset_of(name, 3600, 4) for name in names[:4]]
    assert max(few) < 1  # none of them waits for an hour
    assert offset_of(names[0], 10, 1) == 0


def test_those_that_hang_hold_up_no_others(started: list[Schedule]) -> None:
    stuck, well = [Due() for _ in range(5)], [Due() for _ in range(20)]
    for one in stuck:
        one.go_on.clear()
    started.append(of(*stuck, *well))
    started[0].start()
    until(lambda: all(len(one.ran) > 5 for one in well))
    assert all(not one.ran for one in stuck)
    for one in stuck:
        one.go_on.set()
    until(lambda: all(len(one.ran) > 2 for one in stuck))


def test_there_are_few_threads_and_whoever_has_none_waits_for_one(
    started: list[Schedule], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "MOST_THREADS", 3)
    every = [Due(beats=2) for _ in range(30)]
    for one in every:
        one.go_on.clear()
    started.append(of(*every))
    started[0].start()
    until(lambda: sum(one.at_once for one in every) == 3)
    assert len(started[0]._threads) == 3
    for one in every:
        one.go_on.set()
    until(lambda: not started[0].is_alive())
    assert all(len(one.ran) == 2 for one in every)
    assert len(started[0]._threads) == 3


def test_one_that_is_due_seldom_costs_no_thread_of_its_own(started: list[Schedule]) -> None:
    every = [Due(beats=3, every=0.02, offset=0.02 * number) for number in range(5)]
    started.append(of(*every))
    started[0].start()
    until(lambda: not started[0].is_alive())
    assert all(len(one.ran) == 3 for one in every)
    for one in every:
        assert all(ran >= one.begin + place * one.every for place, ran in enumerate(one.ran))


def test_it_lasts_to_its_end_and_no_longer_than_it_is_told(started: list[Schedule]) -> None:
    end = time.monotonic() + 0.3
    started += [of(Due(beats=1), until=end), of(Due(every=60))]
    for one in started:
        one.start()
    until(lambda: not started[0].is_alive())
    assert time.monotonic() >= end
    assert started[1].is_alive()
    started[1].end()
    until(lambda: not started[1].is_alive())


def test_hosts_come_and_go(started: list[Schedule]) -> None:
    first, second = Due(), Due()
    started.append(of(first))
    started[0].start()
    until(lambda: len(first.ran) > 1)
    started[0].add(second)  # type: ignore[arg-type]
    until(lambda: len(second.ran) > 1)
    started[0].leave(first)  # type: ignore[arg-type]
    until(lambda: not first.at_once)
    before, other = len(first.ran), len(second.ran)
    until(lambda: len(second.ran) > other + 3)
    assert len(first.ran) <= before + 1
