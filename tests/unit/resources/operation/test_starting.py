"""The ways that a long verb is started in."""

from __future__ import annotations

import logging
import math
import threading
from typing import Any

import pytest

from tests.waiting import SLOW, until
from virtsdk import errors
from virtsdk.resources.operation import Amount, Operation, started


def test_one_that_is_waited_for_is_a_plain_call_in_this_thread() -> None:
    threads: list[threading.Thread] = []
    seconds: list[float | None] = []

    def run(limit: float | None) -> str:
        threads.append(threading.current_thread())
        seconds.append(limit)
        return "saved"

    assert started(run, what="save it", timeout=3) == "saved"
    assert started(run, what="save it") == "saved"
    assert threads == [threading.current_thread()] * 2
    assert seconds == [3, None]


def test_one_that_is_not_waited_for_has_no_end_of_time() -> None:
    one = started(lambda limit: limit, what="save it", wait=False, timeout=5)
    assert isinstance(one, Operation)
    assert one.wait() == math.inf
    assert one._timeout == 5


def test_with_progress_it_goes_to_a_thread_and_this_one_is_told() -> None:
    over = threading.Event()
    left = iter([Amount(1, 4), Amount(2, 4)])
    told: list[Any] = []

    def figures() -> Amount | None:
        found = next(left, None)
        if found is None:
            over.set()
        return found

    def run(limit: float | None) -> Any:
        assert over.wait(SLOW * 6)
        return limit, threading.current_thread()

    def progress(*amount: int | None) -> None:
        told.append((amount, threading.current_thread()))

    limit, thread = started(run, what="save it", figures=figures, progress=progress, timeout=7)
    assert (limit, thread is not threading.current_thread()) == (7, True)
    assert told == [(amount, threading.current_thread()) for amount in ((1, 4), (2, 4), (4, 4))]


def test_what_the_verb_raises_is_raised_whoever_calls() -> None:
    def run(limit: float | None) -> None:
        raise errors.OperationFailed("no room")

    with pytest.raises(errors.OperationFailed):
        started(run, what="save it")
    with pytest.raises(errors.OperationFailed):
        started(run, what="save it", progress=print)
    one = started(run, what="save it", wait=False)
    with pytest.raises(errors.OperationFailed):
        one.wait()


def test_a_function_that_fails_ends_what_it_was_told_about() -> None:
    ended = threading.Event()

    def run(limit: float | None) -> None:
        assert ended.wait(SLOW * 6)
        raise errors.OperationAborted("canceled by client")

    with pytest.raises(ZeroDivisionError):
        started(
            run,
            what="save it",
            figures=lambda: Amount(1, 2),
            cancel=ended.set,
            progress=lambda done, total: 1 / 0,
        )
    assert ended.is_set()


def test_behind_a_function_that_fails_is_told_no_more_and_it_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    over = threading.Event()

    def run(limit: float | None) -> str:
        assert over.wait(SLOW * 6)
        return "saved"

    caplog.set_level(logging.ERROR, logger="virtsdk")
    one = started(
        run, what="save it", figures=lambda: Amount(1, 2), wait=False, progress=lambda done, total: 1 / 0
    )
    until(lambda: "the progress of save it is not shown any more" in caplog.text)
    over.set()
    assert one.wait() == "saved"


def test_a_lost_connection_is_told_at_once_where_it_is_waited_for_and_taken_over_behind() -> None:
    def run(limit: float | None) -> str:
        raise errors.ConnectionLost("away")

    for more in ({}, {"progress": print}):
        with pytest.raises(errors.ConnectionLost):
            started(run, what="save it", again=lambda _: "found", **more)
    assert started(run, what="save it", again=lambda _: "found", wait=False).wait() == "found"


@pytest.mark.parametrize(
    ("wrong", "kind", "said"),
    [
        ({"progress": "bar"}, ValueError, "progress must be"),
        ({"progress": 3}, TypeError, "progress must be"),
        ({"wait": 3}, TypeError, "wait must be True or False, not 3"),
        ({"timeout": "3"}, TypeError, "timeout must be a number of seconds"),
    ],
)
def test_what_is_wrong_is_said_before_it_begins(wrong: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        started(lambda limit: pytest.fail("it began"), what="save it", **wrong)
