"""Many calls at once: so many at a time, each no longer than its deadline."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from tests.waiting import until
from virtsdk.binding import workers
from virtsdk.binding.rounds import Job, gather


@pytest.fixture(autouse=True)
def alone() -> None:
    """What another test has left hanging comes to its end first: `parked` lists all of the process."""
    until(lambda: not workers.parked())


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What hangs does so until it is set."""
    event = threading.Event()
    yield event
    event.set()
    until(lambda: not workers.parked())


def test_results_come_in_the_order_of_the_calls() -> None:
    ended: list[int] = []
    found = gather(
        [Job(lambda number=number: number * 2, "double") for number in range(50)],
        timeout=30,
        at_once=4,
        ended=lambda place, outcome: ended.append(place),
    )
    assert [one.result for one in found] == [number * 2 for number in range(50)]
    assert sorted(ended) == list(range(50))
    assert all(one.error is None and one.seconds >= 0 for one in found)
    assert gather([], timeout=1, at_once=4) == []


def test_no_more_run_at_a_time_than_that() -> None:
    lock, now, most = threading.Lock(), [0], [0]
    together = threading.Barrier(3)

    def work() -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        together.wait(30)
        with lock:
            now[0] -= 1

    gather([Job(work, "work") for _ in range(12)], timeout=60, at_once=3)
    assert most[0] == 3


def test_one_that_fails_is_an_outcome_like_any_other() -> None:
    found = gather([Job(lambda: 1 // 0, "divide"), Job(lambda: 1, "count")], timeout=30, at_once=1)
    assert isinstance(found[0].error, ZeroDivisionError)
    assert (found[1].result, found[1].error) == (1, None)


def test_one_that_hangs_holds_no_place(gate: threading.Event) -> None:
    given_up: list[workers.Call] = []
    jobs = [Job(gate.wait, f"hang {n}", given_up.append) for n in range(2)]
    jobs += [Job(lambda: True, "answer") for _ in range(20)]
    found = gather(jobs, timeout=2, at_once=2)
    assert [type(one.error) for one in found[:2]] == [workers.Waited] * 2
    assert all(one.result is True for one in found[2:])
    assert [what for what, _ in workers.parked()] == ["hang 0", "hang 1"]
    assert [call.what for call in given_up] == ["hang 0", "hang 1"]


def test_an_interruption_leaves_them_all(gate: threading.Event) -> None:
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        gather([Job(gate.wait, "hang") for _ in range(5)], timeout=60, at_once=3)
    assert len(workers.parked()) == 3


def test_what_is_told_of_an_end_may_raise(gate: threading.Event) -> None:
    def tell(place: int, outcome: object) -> None:
        raise LookupError(place)

    with pytest.raises(LookupError):
        gather([Job(gate.wait, "hang"), Job(lambda: 1, "count")], timeout=60, at_once=2, ended=tell)
    assert len(workers.parked()) == 1
