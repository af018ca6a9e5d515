"""Calls that may hang, run in threads of their own.

A C call cannot be interrupted. Run in a worker it can be waited for with a deadline, and a Ctrl-C in a
notebook cell ends the waiting; the call itself goes on in its thread, which is kept account of until it
returns (`parked`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TypeVar, cast

T = TypeVar("T")

_IDLE_LIMIT = 8


@dataclass(eq=False)
class Call:
    """One call in a worker."""

    function: Callable[[], object]
    what: str
    started: float = field(default_factory=time.monotonic)
    done: threading.Event = field(default_factory=threading.Event)
    result: object = None
    error: BaseException | None = None


class Waited(Exception):
    """The deadline passed; the call goes on."""


_lock = threading.Lock()
_idle: list[SimpleQueue[Call]] = []
_parked: list[Call] = []


def run(function: Callable[[], T], what: str, timeout: float | None) -> T:
    """Run a function in a worker and wait for it.

    Parameters
    ----------
    function
        Called in a worker thread; what it raises is raised here.
    what
        The call in words, for `parked`.
    timeout
        Seconds to wait; None for as long as it takes.

    Raises
    ------
    Waited
        The deadline passed. The call is listed by `parked` until it returns.
    """
    call = Call(function, what)
    _submit(call)
    finished = False
    try:
        finished = call.done.wait(timeout)
    finally:
        if not finished and not call.done.is_set():
            with _lock:
                _parked.append(call)
    if not call.done.is_set():
        raise Waited(what)
    if call.error is not None:
        try:
            raise call.error
        finally:
            call.error = None  # no cycle through the traceback
    return cast("T", call.result)


def run_interruptibly(function: Callable[[], T], what: str, timeout: float | None) -> T:
    """Run in a worker what has a deadline or would keep a notebook cell from being interrupted; see `run`."""
    if timeout is None and threading.current_thread() is not threading.main_thread():
        return function()
    return run(function, what, timeout)


def parked() -> list[tuple[str, float]]:
    """List the calls that were given up waiting for and still run: what, and for how many seconds."""
    now = time.monotonic()
    with _lock:
        _parked[:] = [call for call in _parked if not call.done.is_set()]
        return [(call.what, now - call.started) for call in _parked]


def _submit(call: Call) -> None:
    with _lock:
        waiting = _idle.pop() if _idle else None
    queue: SimpleQueue[Call] = SimpleQueue() if waiting is None else waiting
    if waiting is None:
        threading.Thread(target=_work, args=(queue,), name="virtsdk-call", daemon=True).start()
    queue.put(call)


def _work(queue: SimpleQueue[Call]) -> None:
    while True:
        call = queue.get()
        try:
            call.result = call.function()
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            call.error = error
        finally:
            call.done.set()
        with _lock:
            if call in _parked:  # nobody waits for it any more: what it opened is closed now
                _parked.remove(call)
        del call
        with _lock:
            if len(_idle) >= _IDLE_LIMIT:
                return
            _idle.append(queue)
