"""Operations, with plain functions in place of libvirt's calls."""

from __future__ import annotations

import gc
import pickle
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.waiting import SLOW, until
from virtsdk import errors
from virtsdk.resources.operation import Amount, Operation


class Work:
    """A call that goes on until it is let go, and its figures."""

    def __init__(self, result: object = "moved", error: Exception | None = None) -> None:
        self.go = threading.Event()
        self.done = 0
        self.asked = 0
        self.result, self.error = result, error

    def run(self) -> object:
        assert self.go.wait(SLOW * 6)
        if self.asked:
            raise errors.OperationAborted("canceled by client")
        if self.error is not None:
            raise self.error
        return self.result

    def figures(self) -> Amount | None:
        return Amount(self.done, 100) if self.done else None

    def cancel(self) -> None:
        self.asked += 1
        self.go.set()

    def operation(self, **more: Any) -> Operation[object]:
        given: dict[str, Any] = {"what": "migrate domain 'web1'", "figures": self.figures} | more
        return Operation(self.run, **{"cancel": self.cancel} | given)


def test_it_goes_on_and_is_done() -> None:
    work = Work()
    one = work.operation()
    assert (one.state, one.progress, one.figures) == ("running", None, None)
    work.done = 40
    assert (one.progress, one.figures) == (0.4, Amount(40, 100))
    with pytest.raises(errors.InvalidState, match=r"migrate domain 'web1' goes on"):
        _ = one.result
    work.go.set()
    assert one.wait() == "moved"
    assert (one.state, one.progress, one.result) == ("done", 1.0, "moved")
    one.cancel()  # nothing happens any more
    assert (one.state, work.asked) == ("done", 0)


def test_waiting_ends_in_time_and_it_goes_on() -> None:
    work = Work()
    one = work.operation(timeout=0.01)
    for wait in (one.wait, lambda: one.wait(0.01)):
        with pytest.raises(
            errors.TimedOut, match=r"cannot migrate domain 'web1': not done in 0\.01 s; it goe"
        ):
            wait()
    assert one.state == "running"
    work.go.set()
    assert one.wait(SLOW * 6) == "moved"


def test_what_the_verb_raises_is_raised_by_whoever_waits() -> None:
    work = Work(error=errors.OperationFailed("no room"))
    one = work.operation()
    work.go.set()
    for _ in range(2):
        with pytest.raises(errors.OperationFailed, match=r"^no room$"):
            one.wait()
    with pytest.raises(errors.OperationFailed):
        _ = one.result
    assert one.state == "failed"
    assert "failed after" in repr(one)
    assert "no room" in repr(one)


def test_cancelling_returns_when_it_has_ended() -> None:
    work = Work()
    one = work.operation()
    one.cancel()
    assert (one.state, work.asked) == ("cancelled", 1)
    with pytest.raises(errors.OperationAborted):
        one.wait()


def test_cancelled_is_cancelled_in_whatever_words_libvirt_says_it() -> None:
    go = threading.Event()

    def run() -> None:
        go.wait(SLOW * 6)
        raise errors.OperationFailed("domain save job: unexpectedly failed")

    one = Operation(run, what="save it", cancel=go.set)
    one.cancel()
    assert one.state == "cancelled"
    with pytest.raises(errors.OperationAborted, match="cannot save it: it was cancelled"):
        one.wait()


def test_one_that_has_no_job_yet_is_cancelled_once_it_has() -> None:
    work = Work()
    tries: list[int] = []

    def cancel() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise errors.InvalidState("no job is active on the domain")
        work.cancel()

    one = work.operation(cancel=cancel)
    one.cancel()
    assert (one.state, len(tries)) == ("cancelled", 3)


def test_what_never_gets_a_job_says_so_in_time() -> None:
    work = Work()

    def cancel() -> None:
        raise errors.InvalidState("no job is active on the domain")

    one = work.operation(cancel=cancel)
    with pytest.raises(errors.InvalidState):
        one.cancel(0.05)
    work.go.set()
    assert one.wait() == "moved"


def test_one_that_does_not_end_when_told_says_so() -> None:
    work = Work()
    one = work.operation(cancel=lambda: None)
    with pytest.raises(errors.TimedOut, match=r"was told to end, and has not in 0\.01 s"):
        one.cancel(0.01)
    work.go.set()
    assert one.wait() == "moved"
    assert one.state == "done"  # it was done all the same


def test_what_nothing_ends_early_says_so() -> None:
    work = Work()
    one = work.operation(cancel=None)
    with pytest.raises(errors.NotSupported, match="ends by itself"):
        one.cancel()
    work.go.set()
    one.wait()


def test_iterating_gives_figures_as_they_change_and_the_last_ones() -> None:
    work = Work()
    steps = iter([10, 10, 20, 30])

    def figures() -> Amount:
        step = next(steps, None)
        if step is None:
            work.go.set()
            step = 100
        return Amount(step, 100)

    assert [one.done for one in work.operation(figures=figures)] == [10, 20, 30, 100]


def test_figures_that_cannot_be_read_now_are_those_before() -> None:
    work = Work()
    work.done = 7
    one = work.operation()
    assert one.figures == Amount(7, 100)

    def figures() -> Amount:
        raise errors.ConnectionLost("away")

    one._figures = figures
    assert (one.figures, one.progress) == (Amount(7, 100), 0.07)
    work.go.set()
    one.wait()


def test_as_a_context_manager_it_waits_and_raises_what_went_wrong() -> None:
    work = Work()
    with work.operation() as one:
        work.go.set()
    assert one.state == "done"
    failing = Work(error=errors.OperationFailed("no room"))
    with pytest.raises(errors.OperationFailed, match="no room"), failing.operation():
        failing.go.set()


def test_as_a_context_manager_it_is_cancelled_where_the_block_raises() -> None:
    work = Work()
    with pytest.raises(ZeroDivisionError), work.operation() as one:
        _ = 1 / 0
    assert (one.state, work.asked) == ("cancelled", 1)
    stuck = Work()
    with pytest.raises(ZeroDivisionError), stuck.operation(cancel=None) as one:
        _ = 1 / 0  # what cannot be cancelled does not hide why
    stuck.go.set()
    one.wait()


def test_cancelled_in_the_block_is_no_error_of_the_block_but_elsewhere_it_is() -> None:
    with Work().operation() as one:
        one.cancel()
    assert one.state == "cancelled"
    other = Work(error=errors.OperationAborted("canceled by client"))
    with pytest.raises(errors.OperationAborted), other.operation() as one:
        other.go.set()
    assert one.state == "cancelled"


def test_what_waits_to_be_told_how_it_ends_is_ready() -> None:
    ready = threading.Event()
    cancelled: list[int] = []
    one = Operation(lambda: None, what="copy it", ready=ready.is_set, cancel=lambda: cancelled.append(1))
    one.wait()
    assert one.state == "done"
    ready.set()
    assert one.state == "ready"
    assert "ready" in repr(one)
    one.cancel()
    assert (one.state, cancelled) == ("cancelled", [1])


def test_a_running_one_may_be_ready() -> None:
    work = Work()
    ready = threading.Event()
    one = work.operation(ready=ready.is_set)
    assert one.state == "running"
    ready.set()
    assert one.state == "ready"
    ready.clear()
    work.go.set()
    one.wait()
    assert one.state == "done"


def lost(then: Callable[[errors.ConnectionLost], str]) -> Operation[str]:
    def run() -> str:
        raise errors.ConnectionLost("away")

    return Operation(run, what="save it", again=then)


def test_a_lost_connection_is_taken_over() -> None:
    assert lost(lambda _: "found").wait() == "found"


def test_what_is_not_found_again_ends_as_a_lost_connection() -> None:
    def nothing(error: errors.ConnectionLost) -> str:
        raise error

    one = lost(nothing)
    with pytest.raises(errors.ConnectionLost, match="away"):
        one.wait()
    assert one.state == "failed"


def test_a_lost_connection_is_not_taken_for_cancelled() -> None:
    go = threading.Event()

    def run() -> None:
        go.wait(SLOW * 6)
        raise errors.ConnectionLost("away")

    one = Operation(run, what="save it", cancel=go.set)
    one.cancel()
    assert one.state == "failed"
    with pytest.raises(errors.ConnectionLost):
        one.wait()


def test_it_shows_what_was_last_read_and_asks_nobody() -> None:
    work = Work()
    asked: list[int] = []

    def figures() -> Amount:
        asked.append(1)
        return Amount(42, 100)

    one = work.operation(figures=figures, what="migrate domain '<web>\n'")
    assert "%" not in repr(one)
    assert "<meter" not in one._repr_html_()
    assert asked == []
    _ = one.progress
    assert repr(one).startswith(r"<Operation migrate domain '<web>\n': running 42 %, after ")
    assert "\n" not in repr(one)
    html = one._repr_html_()
    assert "&lt;web&gt;" in html
    assert '<meter min="0" max="1" value="0.42"' in html
    assert len(asked) == 1
    work.go.set()
    one.wait()
    assert "done after" in repr(one)


def test_it_does_not_leave_this_process() -> None:
    work = Work()
    one = work.operation()
    with pytest.raises(TypeError, match="lives by a connection"):
        pickle.dumps(one)
    work.go.set()
    one.wait()


def test_no_variable_of_what_failed_behind_is_kept() -> None:
    def run() -> None:
        secret = "hunter2"
        raise errors.OperationFailed("no") if secret else AssertionError

    one = Operation(run, what="save it")
    with pytest.raises(errors.OperationFailed) as caught:
        one.wait()
    trace = caught.value.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code is run.__code__:
            assert trace.tb_frame.f_locals == {}
        trace = trace.tb_next


def test_a_failure_that_nobody_was_told_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> None:
        raise errors.OperationFailed("no room")

    def ended(operation: Operation[None]) -> None:
        until(lambda: operation.state == "failed")

    ended(Operation(fails, what="save domain 'web1'"))
    until(lambda: "nobody waited for it, and it failed: save domain 'web1': no room" in caplog.text)
    caplog.clear()
    told = Operation(fails, what="save it")
    with pytest.raises(errors.OperationFailed):
        told.wait()
    del told
    Operation(lambda: None, what="save it").wait()
    work = Work()
    work.operation().cancel()
    gc.collect()
    assert "nobody waited" not in caplog.text


def test_its_thread_ends_with_it() -> None:
    work = Work()
    one = work.operation()
    work.go.set()
    one.wait()
    until(lambda: not any(thread.name == "virtsdk-operation" for thread in threading.enumerate()))
