"""Calls to many hosts at once: so many at a time, each with a deadline of its own.

Nobody waits for a call past its deadline: it goes on in its thread, listed by `workers.parked`, and its place
is the next one's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar, cast

from virtsdk.binding import workers
from virtsdk.binding.workers import Call, Waited

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Job(Generic[T]):
    """A call that is to be made.

    Attributes
    ----------
    function
        Makes it; called in a worker.
    what
        The call in words, for `workers.parked`.
    given_up
        Is told the call that nobody waits for any more, in the thread that waited.
    """

    function: Callable[[], T]
    what: str
    given_up: Callable[[Call], object] | None = None


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """The end of one call: its result, or what it raised (`Waited` where the deadline passed first)."""

    result: T | None
    error: Exception | None
    seconds: float


def gather(
    jobs: Sequence[Job[T]],
    *,
    timeout: float,
    at_once: int,
    ended: Callable[[int, Outcome[T]], object] | None = None,
) -> list[Outcome[T]]:
    """Make many calls, and wait for each of them no longer than its deadline.

    Parameters
    ----------
    jobs
        The calls.
    timeout
        Seconds that each of them has, from when it begins.
    at_once
        How many of them are waited for at a time.
    ended
        Is told the place and the outcome of each call, in the order of their ends, in the calling thread.

    Returns
    -------
    list of Outcome
        In the order of the jobs.

    Raises
    ------
    BaseException
        What ends the calling thread (Ctrl-C), or a call, and is no `Exception`: nothing is waited for then.
    """
    back: SimpleQueue[Call] = SimpleQueue()
    running: dict[Call, int] = {}  # in the order in which they began, and so of their deadlines
    found: dict[int, Outcome[T]] = {}
    begun = 0

    def finish(call: Call, error: BaseException | None) -> None:
        place = running.pop(call)
        raised, call.error = error, None  # no cycle through the traceback
        if raised is not None and not isinstance(raised, Exception):
            raise raised
        result = cast("T", call.result) if raised is None else None
        found[place] = Outcome(result, raised, time.monotonic() - call.started)
        if ended is not None:
            ended(place, found[place])

    try:
        while begun < len(jobs) or running:
            while begun < len(jobs) and len(running) < at_once:
                call = Call(jobs[begun].function, jobs[begun].what, ended=back.put)
                running[call] = begun
                begun += 1
                workers.submit(call)
            oldest = next(iter(running))
            try:
                call = back.get(timeout=max(0.0, oldest.started + timeout - time.monotonic()))
            except Empty:
                _leave(oldest, jobs[running[oldest]], finish)
            else:
                if call in running:  # else it was found to have ended as its time was over
                    finish(call, call.error)
    except BaseException:
        for call, place in list(running.items()):
            running.pop(call)
            _leave(call, jobs[place], _nothing)
        raise
    return [found[place] for place in range(len(jobs))]


def _leave(call: Call, job: Job[Any], finish: Callable[[Call, BaseException | None], None]) -> None:
    """Wait no more for a call, unless it ends in this very moment."""
    if workers.give_up(call):
        finish(call, call.error)
        return
    if job.given_up is not None:
        job.given_up(call)
    finish(call, Waited(call.what))


def _nothing(call: Call, error: BaseException | None) -> None:
    """Let a call be."""
