"""The newest wish wins, whoever wishes and however often."""

from __future__ import annotations

import threading

import pytest

from tests.waiting import until
from virtsdk.widgets.what_if.newest import Newest


@pytest.fixture
def slow():
    done, go, begun = [], threading.Event(), threading.Event()

    def work(wish) -> None:
        begun.set()
        go.wait(60)
        done.append(wish)

    worker = Newest(work, "test-newest")
    worker.done, worker.go, worker.begun = done, go, begun
    yield worker
    go.set()
    worker.close()


def test_of_fifty_wishes_the_first_and_the_last_are_worked_out(slow) -> None:
    slow.put(0)
    assert slow.begun.wait(30)
    for wish in range(1, 51):
        slow.put(wish)
    slow.go.set()
    slow.wait()
    assert slow.done == [0, 50]


def test_waiting_ends_with_what_was_asked_for(slow) -> None:
    slow.wait()  # nothing was
    slow.put("a")
    slow.wait(0.01)  # or with the patience
    assert slow.done == []
    slow.go.set()
    slow.wait()
    assert slow.done == ["a"]


def test_what_fails_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    done = []

    def work(wish: int) -> None:
        done.append(1 / wish)

    worker = Newest(work, "test-newest")
    worker.put(0)
    worker.wait()
    worker.put(2)
    worker.wait()
    worker.close()
    assert done == [0.5]
    assert "test-newest failed" in caplog.text


def test_closing_ends_the_thread_and_all_waiting(slow) -> None:
    slow.put(1)
    assert slow.begun.wait(30)
    waiting = threading.Thread(target=slow.wait)
    waiting.start()
    slow.put(2)
    slow.close()
    waiting.join(30)
    assert not waiting.is_alive()
    slow.go.set()
    until(lambda: not slow._thread.is_alive())
    slow.put(3)
    slow.wait()
    assert slow.done == [1]


def test_the_worker_does_not_wait_for_itself() -> None:
    done = []

    def work(wish: int) -> None:
        worker.wait()
        done.append(wish)

    worker = Newest(work, "test-newest")
    worker.put(1)
    worker.wait(10)
    worker.close()
    assert done == [1]
