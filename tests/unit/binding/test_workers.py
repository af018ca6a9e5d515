"""Calls with a deadline, and calls that are given up waiting for."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import pytest

from tests.waiting import SLOW, until
from virtsdk.binding import workers


@pytest.fixture(autouse=True)
def alone() -> None:
    """What another test has left hanging comes to its end first: `parked` lists all of the process."""
    until(lambda: not workers.parked())


def test_what_a_call_returns_or_raises_comes_back() -> None:
    assert workers.run(lambda: 42, "answer", None) == 42
    with pytest.raises(ZeroDivisionError):
        workers.run(lambda: 1 // 0, "divide", 5)


def test_a_call_that_hangs_is_left_at_its_deadline_and_listed_until_it_returns() -> None:
    release = threading.Event()
    started = time.monotonic()
    with pytest.raises(workers.Waited):
        workers.run(lambda: release.wait(30), "hang for a while", 0.2)
    assert 0.2 <= time.monotonic() - started < SLOW
    assert [what for what, _ in workers.parked()] == ["hang for a while"]
    release.set()
    until(lambda: workers.parked() == [])


def test_threads_are_used_again_and_do_not_pile_up() -> None:
    workers.run(lambda: None, "warm up", None)
    before = threading.active_count()
    for _ in range(200):
        workers.run(lambda: None, "quick", 5)
    assert threading.active_count() <= before + workers._IDLE_LIMIT  # one may not be back in time


def test_concurrent_callers_get_their_own_answers() -> None:
    answers: dict[int, int] = {}

    def ask(number: int) -> None:
        for _ in range(50):
            answers[number] = workers.run(lambda: number, "echo", 60)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: number for number in range(16)}


def test_what_only_the_caller_may_do_is_done_by_the_caller_and_off_its_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = threading.current_thread()

    def ask() -> threading.Thread:
        clock[0] += 100
        return threading.current_thread()

    clock = [0.0]
    monkeypatch.setattr(workers, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + clock[0]))
    assert workers.run(lambda: workers.in_caller(ask), "ask", 30) is here
    assert workers.in_caller(threading.current_thread) is here  # in no worker


def test_what_the_caller_raises_reaches_the_call() -> None:
    def fail() -> None:
        raise EOFError

    with pytest.raises(EOFError):
        workers.run(lambda: workers.in_caller(fail), "ask", 5)


def test_a_call_that_nobody_waits_for_any_more_gets_no_answer() -> None:
    refused: list[BaseException] = []
    given_up, late = threading.Event(), threading.Event()

    def ask_late() -> None:
        given_up.wait(30)
        try:
            workers.in_caller(lambda: None)
        except workers.Waited as waited:
            refused.append(waited)
        late.set()

    with pytest.raises(workers.Waited):
        workers.run(ask_late, "ask late", 0.1)
    given_up.set()
    assert late.wait(30)
    assert len(refused) == 1


def test_a_result_that_comes_too_late_is_done_away_with() -> None:
    dropped: list[str] = []
    given_up = threading.Event()
    with pytest.raises(workers.Waited):
        workers.run(lambda: given_up.wait(30) and "late", "open", 0.1, unwanted=dropped.append)
    given_up.set()
    assert workers.run(lambda: "in time", "open", 60, unwanted=dropped.append) == "in time"
    until(lambda: dropped == ["late"])


def test_each_item_has_its_result_in_order_and_several_are_under_way_at_once() -> None:
    together = threading.Barrier(3, timeout=60)  # passed by three at a time

    def double(number: int) -> int:
        together.wait()
        return 2 * number

    assert workers.each(double, range(9), 3) == [2 * number for number in range(9)]
    assert workers.each(double, [], 3) == []


def test_threads_for_items_are_few_for_all_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    names: set[str] = set()

    def note(number: int) -> int:
        names.add(str(threading.get_ident()))
        return number

    spare = threading.Semaphore(2)
    monkeypatch.setattr(workers, "_spare", spare)
    assert workers.each(note, range(50), 16) == list(range(50))
    assert len(names) <= 2
    names.clear()
    assert spare.acquire(blocking=False)  # they were given back
    assert spare.acquire(blocking=False)
    assert workers.each(note, range(5), 16) == list(range(5))
    assert names == {str(threading.get_ident())}


def test_what_one_of_them_raises_is_raised_and_ends_the_others() -> None:
    begun: list[int] = []

    def fail(number: int) -> None:
        begun.append(number)
        if number == 1:
            raise ValueError("one of them")

    with pytest.raises(ValueError, match="one of them"):
        workers.each(fail, range(100), 1)
    assert begun == [0, 1]
