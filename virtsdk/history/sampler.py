"""Samples one host at a steady beat, in a thread of its own."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping

import pandas as pd

from virtsdk import errors
from virtsdk.history.columns import HOSTS, SAMPLES, own_frame
from virtsdk.history.hosts import LateHost, named
from virtsdk.resources.figures.domains import collect
from virtsdk.resources.figures.node import collect_node
from virtsdk.resources.figures.storage import collect_storage
from virtsdk.resources.host import Host

DEADLINE = 5.0  # seconds for guests that hang, at the most
STORAGE_DEADLINE = 30.0  # seconds; a pool on a network may hang
MOST_PARKED = 5  # calls of a host that hang, each in a thread, before it is asked no more
_log = logging.getLogger(__name__)


class Sampler:
    """The thread that samples a host and hands on what it got.

    Parameters
    ----------
    host
        An open host, or one that is opened when it answers.
    take
        Is given the frames of each sample.
    name
        What the recording calls it; its own name when left out.
    describe
        Makes a row of the host, for when it first answers, and after each time that it did not.
    begin, interval
        Samples are due at `begin` (monotonic seconds) and every `interval` seconds after; those that come due
        while one is being taken are left out.
    duration
        Seconds after which to end; None for never.
    storage
        Seconds between readings of the storage; None for none.
    """

    def __init__(
        self,
        host: Host | LateHost,
        take: Callable[[Mapping[str, pd.DataFrame]], None],
        *,
        name: str | None = None,
        describe: Callable[[str, Host], pd.DataFrame] | None = None,
        begin: float,
        interval: float,
        duration: float | None = None,
        storage: float | None = None,
    ) -> None:
        self._late = host if isinstance(host, LateHost) else None
        self._host = None if isinstance(host, LateHost) else host
        self.name = name or (host.uri if isinstance(host, LateHost) else host.name)
        self._describe = describe
        self._described = ""
        self._to_describe = describe is not None
        self.taken = 0
        self.missed = 0
        self.last: pd.Timestamp | None = None
        self.seconds: float | None = None
        self.late: float | None = None
        self.error: str | None = None
        self._take = take
        self._begin = begin
        self._interval = interval
        self._until = None if duration is None else begin + duration
        self._beats = math.inf if duration is None else math.ceil(round(duration / interval, 9))
        self._storage = storage
        self._storage_due = begin
        self._deadline = min(DEADLINE, max(interval, 1.0))
        self._hangs = bool(self._host and self._host.parked_calls)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"virtsdk-sampler-{self.name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> None:
        """Take no further sample."""
        self._ending.set()

    def close(self) -> None:
        """Close a host that was opened here."""
        if self._late is not None:
            self._late.close()

    def join(self, timeout: float) -> None:
        """Wait for a sample that is being taken; one that comes later is not handed on."""
        self._thread.join(timeout)

    def is_alive(self) -> bool:
        """Tell whether it goes on."""
        return self._thread.is_alive()

    def _run(self) -> None:
        beat = 0
        while beat < self._beats:
            due = self._begin + beat * self._interval
            if self._ending.wait(max(0.0, due - time.monotonic())):
                return
            started = time.monotonic()
            self.late = started - due
            try:
                self._sample(started)
            except errors.HostClosed as error:
                _log.warning("%s is not recorded any more: %s", self.name, error)
                return
            passed = min(math.floor((time.monotonic() - self._begin) / self._interval), self._beats - 1)
            if passed > beat:
                self._left_out(int(passed) - beat)
            beat = max(beat, int(passed)) + 1
        if self._until is not None:  # it lasts to its end, also where that is between two samples
            self._ending.wait(max(0.0, self._until - time.monotonic()))

    def _sample(self, started: float) -> None:
        """Take one sample, and hand on what there is of it."""
        frames: dict[str, pd.DataFrame] = {}
        row: dict[str, object] = {"taken": False, "time": pd.Timestamp.now(tz="UTC").as_unit("us")}
        trouble: Exception | None = None
        try:
            self._read(frames, row, started)
        except errors.VirtError as error:
            trouble = error
        except Exception as error:  # noqa: BLE001
            # a recording of weeks outlives what nobody thought of; the row and the log say what it was
            _log.exception("sample of %s", self.name)
            trouble = error
        self.seconds = time.monotonic() - started
        self._hand_on(frames, row, None if trouble is None else str(trouble) or type(trouble).__name__)
        if isinstance(trouble, errors.HostClosed):
            raise trouble

    def _read(self, frames: dict[str, pd.DataFrame], row: dict[str, object], started: float) -> None:
        """Read the machine's own figures first: a host that hangs shows in that one call.

        It is then not asked again before it answers, so that no calls pile up on it.
        """
        host = self._host
        if host is None and self._late is not None:
            host = self._host = self._late.get(self._deadline)
        assert host is not None
        parked = len(host.parked_calls)
        if parked >= (1 if self._hangs else MOST_PARKED):
            raise errors.TimedOut(
                f"{self.name} does not answer: not asked again before a call that waits has returned"
            )
        self._hangs = False
        trouble: errors.VirtError | None = None
        try:
            node = collect_node(host, timeout=self._deadline)
        except errors.TimedOut:
            self._hangs = True
            raise
        except errors.NotSupported as error:
            trouble = error
        else:
            frames |= node.given
            row["node_time"] = node.time
            row["node_clock_seconds"] = None if node.clock is None else node.clock.seconds
        stats = collect(host, deadline=self._deadline)
        frames |= stats.given
        row |= {"taken": True, "time": stats.time, "domains": len(frames["domains"])}
        if stats.clock is not None:
            row |= {"clock": stats.clock.name, "clock_seconds": stats.clock.seconds}
        if self._to_describe:
            self._say_what_it_has(host, frames)
        if self._storage is not None and started >= self._storage_due:
            self._storage_due = started + self._storage
            storage = collect_storage(host, timeout=STORAGE_DEADLINE)
            frames |= storage.frames
            row["storage_time"] = storage.time
        if trouble is not None:
            raise trouble

    def _say_what_it_has(self, host: Host, frames: dict[str, pd.DataFrame]) -> None:
        """Add a row of the host, unless it says what it said before."""
        assert self._describe is not None
        try:
            found = self._describe(self.name, host)
        except errors.VirtError as error:
            _log.info("what %s has is not recorded yet: %s", self.name, error)
            return
        self._to_describe = False
        said = str(found.drop(columns="time").to_dict("records"))
        if said != self._described:
            self._described = said
            frames[HOSTS] = found

    def _left_out(self, beats: int) -> None:
        """Say that samples came due while one was being taken."""
        what = f"{beats} left out: the one before took {self.seconds:.3g} s"
        _log.info("%s: %s", self.name, what)
        self.missed += beats
        now = pd.Timestamp.now(tz="UTC").as_unit("us")
        self._take({SAMPLES: self._row({"taken": False, "missed": beats, "time": now, "error": what})})

    def _hand_on(self, frames: dict[str, pd.DataFrame], row: dict[str, object], error: str | None) -> None:
        if error is not None:
            _log.log(logging.INFO if self.error else logging.WARNING, "%s: %s", self.name, error)
        elif self.error is not None:
            _log.warning("%s is sampled again", self.name)
        self.error = error
        if not row["taken"]:
            self._to_describe = self._describe is not None  # it may come back with other memory
        if row["taken"]:
            self.taken += 1
            self.last = pd.Timestamp(str(row["time"]))
        else:
            self.missed += 1
        missed = 0 if row["taken"] else 1
        if self._host is not None and self._host.name != self.name:
            frames = named(frames, self.name)
        self._take({**frames, SAMPLES: self._row({**row, "missed": missed, "error": error})})

    def _row(self, row: dict[str, object]) -> pd.DataFrame:
        about = {"host": self.name, "seconds": self.seconds, "late_seconds": self.late}
        return own_frame(SAMPLES, [{**about, **row}])
