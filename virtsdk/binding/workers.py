"""Calls that may hang, run in threads of their own.

A C call cannot be interrupted. Run in a worker it can be waited for with a deadline, and a Ctrl-C in a
notebook cell ends the waiting; the call itself goes on in its thread, which is kept account of until it
returns (`parked`).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from sys import is_finalizing
from typing import Any, TypeVar, cast

S = TypeVar("S")
T = TypeVar("T")

_IDLE_LIMIT = 8


@dataclass(eq=False)
class Call:
    """One call in a worker."""

    function: Callable[[], object]
    what: str
    owner: int | None = None
    started: float = field(default_factory=time.monotonic)
    done: threading.Event = field(default_factory=threading.Event)
    result: object = None
    error: BaseException | None = None
    errands: SimpleQueue[Errand | None] = field(default_factory=SimpleQueue["Errand | None"])
    given_up: bool = False
    unwanted: Callable[[Any], object] | None = None
    ended: Callable[[Call], object] | None = None

    def drop(self) -> None:
        """Do away with the result that came when nobody waited any more."""
        if self.error is None and self.unwanted is not None:
            self.unwanted(self.result)


class Errand:
    """Work that a worker hands back to the calling thread; its repr hides it, since it may be a password."""

    def __init__(self, function: Callable[[], object]) -> None:
        self.function = function
        self.done = threading.Event()
        self.result: object = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """Do it; what ends the caller (Ctrl-C) ends it here too."""
        try:
            self.result = self.function()
        except BaseException as error:
            self.error = error
            if not isinstance(error, Exception):
                raise
        finally:
            self.done.set()

    def refuse(self, error: BaseException) -> None:
        """Leave it undone."""
        self.error = error
        self.done.set()


class Waited(Exception):
    """The deadline passed; the call goes on."""


class Abandoned(Exception):
    """There is nothing to wait for any more; a call that has begun goes on."""


class Waits:
    """The calls that are waited for because of one thing, so that all that waiting can end at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: set[Call] = set()
        self._over = False

    @contextmanager
    def waiting_for(self, call: Call) -> Generator[None]:
        """Count a call in, for as long as the block takes.

        Raises
        ------
        Abandoned
            `end` was called before.
        """
        with self._lock:
            if self._over:
                raise Abandoned(call.what)
            self._calls.add(call)
        try:
            yield
        finally:
            with self._lock:
                self._calls.discard(call)

    def end(self) -> None:
        """Have nobody wait any more: each `run` raises `Abandoned`, now and later."""
        with self._lock:
            self._over = True
            for call in self._calls:
                call.errands.put(_ABANDON)


_ABANDON = Errand(lambda: None)
_lock = threading.Lock()
_idle: list[SimpleQueue[Call]] = []
_parked: list[Call] = []
_here = threading.local()
_MOST_EACH = 16
_spare = threading.Semaphore(_MOST_EACH)


def run(
    function: Callable[[], T],
    what: str,
    timeout: float | None,
    owner: int | None = None,
    unwanted: Callable[[T], object] | None = None,
    waits: Iterable[Waits] = (),
) -> T:
    """Run a function in a worker and wait for it.

    Parameters
    ----------
    function
        Called in a worker thread; what it raises is raised here.
    what
        The call in words, for `parked`.
    timeout
        Seconds to wait; None for as long as it takes.
    owner
        Whose call it is, for `parked`.
    unwanted
        Does away with a result that comes when nobody waits for it any more; must not raise.
    waits
        What may each end the waiting before that.

    Raises
    ------
    Waited
        The deadline passed. The call is listed by `parked` until it returns.
    Abandoned
        One of `waits` ended; a call that had begun is listed, too. Or the interpreter ends.
    """
    if ending():
        raise Abandoned(what)
    call = Call(function, what, owner, unwanted=unwanted)
    with ExitStack() as stack:
        for one in waits:
            stack.enter_context(one.waiting_for(call))
        submit(call)
        try:
            finished = _attend(call, timeout)
        except BaseException:
            if give_up(call):
                call.drop()
            raise
    if not finished and not give_up(call):
        raise Waited(what)
    if call.error is not None:
        try:
            raise call.error
        finally:
            call.error = None  # no cycle through the traceback
    return cast("T", call.result)


def run_interruptibly(
    function: Callable[[], T],
    what: str,
    timeout: float | None,
    owner: int | None = None,
    unwanted: Callable[[T], object] | None = None,
    waits: Iterable[Waits] = (),
) -> T:
    """Run in a worker what may be waited for in vain, or would keep a notebook cell from being interrupted.

    Elsewhere it is run here; see `run`.
    """
    if timeout is None and not waits and threading.current_thread() is not threading.main_thread():
        return function()
    return run(function, what, timeout, owner, unwanted, waits)


def in_caller(function: Callable[[], T]) -> T:
    """Have the thread that waits for this call run something; in no worker, run it.

    For what only that thread may do: ask a person. The deadline that it waits with stands still meanwhile.

    Raises
    ------
    Waited
        It does not wait any more.
    """
    call: Call | None = getattr(_here, "call", None)
    if call is None:
        return function()
    errand = Errand(function)
    with _lock:
        if call.given_up:
            raise Waited(call.what)
        call.errands.put(errand)
    errand.done.wait()
    if errand.error is not None:
        raise errand.error
    return cast("T", errand.result)


def each(function: Callable[[S], T], items: Sequence[S], threads: int) -> list[T]:
    """Call a function with each item, several at a time; called in a worker, for calls that wait on a wire.

    The interpreter's end waits for none of these threads, unlike those of a pool. However many hosts are
    asked at once, there are no more than 16 of them: where others have these, the calling thread does it all.

    Returns
    -------
    list
        The results, in the order of the items; what one of the calls raised first is raised here.
    """
    found: dict[int, T] = {}
    raised: list[BaseException] = []
    left = SimpleQueue[int]()
    for place in range(len(items)):
        left.put(place)

    def work() -> None:
        while not raised:
            try:
                place = left.get_nowait()
            except Empty:
                return
            try:
                found[place] = function(items[place])
            except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
                raised.append(error)

    spare = _spare

    def help_out() -> None:
        try:
            work()
        finally:
            spare.release()

    group: list[threading.Thread] = []
    while len(group) < min(threads, len(items)) and spare.acquire(blocking=False):
        group.append(threading.Thread(target=help_out, name="virtsdk-each", daemon=True))
        group[-1].start()
    if not group:
        work()
    for one in group:
        one.join()
    if raised:
        raise raised[0]
    return [found[place] for place in range(len(items))]


def _attend(call: Call, timeout: float | None) -> bool:
    """Wait for a call and run its errands; False where the deadline passed first."""
    deadline = None if timeout is None else time.monotonic() + timeout
    while True:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        try:
            errand = call.errands.get(timeout=left)
        except Empty:
            return False
        if errand is None:
            return True
        if errand is _ABANDON:
            raise Abandoned(call.what)
        began = time.monotonic()
        errand.run()
        if deadline is not None:
            deadline += time.monotonic() - began


def give_up(call: Call) -> bool:
    """Wait no more for a call, which is listed by `parked` from then on; True where it has just ended."""
    with _lock:
        if call.done.is_set():
            return True
        call.given_up = True
        _parked.append(call)
    while not call.errands.empty():
        errand = call.errands.get()
        if errand is not None:
            errand.refuse(Waited(call.what))
    return False


def ending() -> bool:
    """Tell whether the interpreter is at its end: other threads stand still, some of them with a lock.

    What Python runs then (``__del__``, the ``finally`` of a generator that was left) has nobody to wait for.
    """
    return is_finalizing()


ENDING = "this process is at its end"


def parked(owner: int | None = None) -> list[tuple[str, float]]:
    """List the calls that were given up waiting for and still run: what, and for how many seconds.

    Parameters
    ----------
    owner
        Only this owner's; None for all.
    """
    now = time.monotonic()
    with _lock:
        _parked[:] = [call for call in _parked if not call.done.is_set()]
        return [(call.what, now - call.started) for call in _parked if owner in {None, call.owner}]


def submit(call: Call) -> None:
    """Have a call made in a worker; `Call.done` is set, and `Call.ended` called there, at its end."""
    with _lock:
        waiting = _idle.pop() if _idle else None
    queue: SimpleQueue[Call] = SimpleQueue() if waiting is None else waiting
    if waiting is None:
        threading.Thread(target=_work, args=(queue,), name="virtsdk-call", daemon=True).start()
    queue.put(call)


def _work(queue: SimpleQueue[Call]) -> None:
    while True:
        call = queue.get()
        _here.call = call
        try:
            call.result = call.function()
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            call.error = error
        finally:
            _here.call = None
            with _lock:
                call.done.set()
                dropped = call.given_up
            call.errands.put(None)
            if call.ended is not None:
                call.ended(call)
        if dropped:
            call.drop()
        with _lock:
            if call in _parked:
                _parked.remove(call)
        del call
        with _lock:
            if len(_idle) >= _IDLE_LIMIT:
                return
            _idle.append(queue)


def _forget_threads() -> None:
    """Begin anew in a forked process, which has none of its parent's threads."""
    global _lock, _spare
    _lock, _spare = threading.Lock(), threading.Semaphore(_MOST_EACH)
    _idle.clear()
    _parked.clear()


os.register_at_fork(after_in_child=_forget_threads)
