"""Who is due when: the samplers of many hosts, run by a few threads."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
import zlib
from collections import deque
from collections.abc import Iterable
from typing import Protocol

MOST_THREADS = 64
"""Samples that are taken at once, at the most; one that hangs holds a thread until its deadline."""
APART = 0.25
"""Seconds that are enough between two hosts: few of them do not wait a long interval for a first sample."""


def offset_of(name: str, interval: float, hosts: int) -> float:
    """Return how long after the beginning of each interval a host is due.

    Hosts are spread over the interval, or over as much of it as they need; where each of them is due comes of
    its name alone. One host is due at the beginning.

    Examples
    --------
    >>> [round(offset_of(f"kvm{n}", 10, 300), 1) for n in (1, 2, 3)], offset_of("kvm1", 10, 1)
    ([1.1, 5.2, 9.5], 0.0)
    """
    if hosts <= 1:
        return 0.0
    return zlib.crc32(name.encode()) / 2**32 * min(interval, APART * hosts)


class Work(Protocol):
    """What is due at times."""

    @property
    def due(self) -> float | None:
        """When it is due next (monotonic seconds); None: not any more."""
        ...

    def run(self) -> None:
        """Do what is due."""
        ...


class Schedule:
    """Runs samplers when they are due, in threads of its own.

    Parameters
    ----------
    samplers
        Each is run by one thread at a time.
    until
        When it ends (monotonic seconds), also where no sample is due till then; None: when no sampler has
        anything due any more.
    lasts
        It goes on also where nothing is due: more may be added.
    """

    def __init__(self, samplers: Iterable[Work], *, until: float | None = None, lasts: bool = False) -> None:
        self._lasts = lasts
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)  # for the clock
        self._wanted = threading.Condition(self._lock)  # for the threads
        self._until = until
        self._number = itertools.count()
        self._due: list[tuple[float, int, Work]] = []
        self._ready: deque[Work] = deque()
        self._running: set[Work] = set()
        self._left: set[Work] = set()
        self._idle = 0
        self._threads: list[threading.Thread] = []
        self._ending = False
        self._clock = threading.Thread(target=self._run, name="virtsdk-sampler-clock", daemon=True)
        for one in samplers:
            self.add(one)

    def start(self) -> None:
        """Begin."""
        self._clock.start()

    def add(self, sampler: Work) -> None:
        """Run one more."""
        with self._lock:
            self._plan(sampler)
            self._changed.notify()

    def leave(self, sampler: Work) -> None:
        """Run one no more, but for a sample of it that is being taken."""
        with self._lock:
            if sampler in self._running:
                self._left.add(sampler)
            if sampler in self._ready:
                self._ready.remove(sampler)
            self._due = [one for one in self._due if one[2] is not sampler]
            heapq.heapify(self._due)
            self._changed.notify()

    def end(self) -> None:
        """Take no further sample."""
        with self._lock:
            self._ending = True
            self._ready.clear()
            self._changed.notify()
            self._wanted.notify_all()

    def join(self, limit: float) -> None:
        """Wait for the samples that are being taken, until a time (monotonic seconds) at the latest."""
        for one in [self._clock, *self._threads]:
            if one.is_alive():
                one.join(max(0.0, limit - time.monotonic()))

    def is_alive(self) -> bool:
        """Tell whether it goes on."""
        return self._clock.is_alive()

    def _plan(self, sampler: Work) -> None:
        due = sampler.due
        if due is not None:
            heapq.heappush(self._due, (due, next(self._number), sampler))

    def _run(self) -> None:
        with self._lock:
            while not self._ending:
                now = time.monotonic()
                while self._due and self._due[0][0] <= now:
                    self._ready.append(heapq.heappop(self._due)[2])
                    self._engage()
                times = [self._due[0][0]] if self._due else []
                if not self._due and not self._ready and not self._running:
                    if self._until is None and not self._lasts:
                        break
                    if self._until is not None and self._until <= now:
                        break
                    times = [] if self._until is None else [self._until]
                self._changed.wait(max(0.0, min(times) - now) if times else None)
            self._ending = True
            self._wanted.notify_all()

    def _engage(self) -> None:
        """Have a thread for what is ready."""
        self._wanted.notify()
        if self._idle < len(self._ready) and len(self._threads) < MOST_THREADS:
            name = f"virtsdk-sampler-{len(self._threads)}"
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
                self._wanted.wait_for(lambda: self._ready or self._ending)
                self._idle -= 1
                if self._ending:
                    return
                sampler = self._ready.popleft()
                self._running.add(sampler)
            try:
                sampler.run()
            finally:
                with self._lock:
                    self._running.discard(sampler)
                    if sampler in self._left:
                        self._left.discard(sampler)
                    else:
                        self._plan(sampler)
                    self._changed.notify()
