"""Takes the samples of one host, and keeps account of what could not be taken."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable

import pandas as pd

from virtsdk import errors
from virtsdk.history.columns import HOSTS
from virtsdk.history.hosts import LateHost, named
from virtsdk.history.sampling.samples import Sample
from virtsdk.history.sampling.told import Told
from virtsdk.resources.figures.domains import read_domains
from virtsdk.resources.figures.node import read_node
from virtsdk.resources.figures.storage import collect_storage
from virtsdk.resources.host import Host
from virtsdk.stats.samples.node import RawNode
from virtsdk.stats.samples.raw import RawSample, raw_sample

DEADLINE = 5.0  # seconds for guests that hang, at the most
STORAGE_DEADLINE = 30.0  # seconds; a pool on a network may hang
MOST_PARKED = 5  # calls of a host that hang, each in a thread, before it is asked no more
_log = logging.getLogger(__name__)


class Sampler:
    """Samples a host when it is due, and hands on what it got.

    Parameters
    ----------
    host
        An open host, or one that is opened when it answers.
    take
        Is given each sample.
    name
        What the recording calls it; its own name when left out.
    describe
        Makes a row of the host, for when it first answers, and after each time that it did not.
    begin, interval
        Samples are due at `begin` (monotonic seconds) and every `interval` seconds after; those that come due
        while one is being taken are left out.
    until
        When to end (monotonic seconds): what is due then is not taken any more; None for never.
    storage
        Seconds between readings of the storage; None for none.
    told
        Is asked with each sample for what is new beside figures.
    """

    def __init__(
        self,
        host: Host | LateHost,
        take: Callable[[Sample], None],
        *,
        name: str | None = None,
        describe: Callable[[str, Host], pd.DataFrame] | None = None,
        begin: float,
        interval: float,
        until: float | None = None,
        storage: float | None = None,
        told: Told | None = None,
    ) -> None:
        self._told = told
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
        self._beat = 0
        length = math.inf if until is None else round((until - begin) / interval, 9)
        self._beats = math.inf if until is None else max(1, math.ceil(length))
        self._storage = storage
        self._storage_due = begin
        self._deadline = min(DEADLINE, max(interval, 1.0))
        self._hangs = bool(self._host and self._host.parked_calls)
        self._opens_late = False
        self._closed = False
        self._has_left = False

    @property
    def due(self) -> float | None:
        """When the next sample is due (monotonic seconds); None where there is none any more."""
        if self._closed or self._beat >= self._beats:
            return None
        return self._begin + self._beat * self._interval

    @property
    def answering(self) -> Host | None:
        """The host, where it is open and its last sample was taken."""
        return self._host if self.last is not None and self.error is None else None

    def close(self) -> None:
        """Close a host that was opened here."""
        if self._late is not None:
            self._late.close()

    def leave(self) -> None:
        """Take no further sample, and say nothing of one that is being taken and fails by that."""
        self._closed = self._has_left = True
        self.close()

    def run(self) -> None:
        """Take the sample that is due, and say which were left out meanwhile."""
        due = self.due
        if due is None:
            return
        started = time.monotonic()
        self.late = started - due
        try:
            self._sample(started)
        except errors.HostClosed as error:
            _log.warning("%s is not recorded any more: %s", self.name, error)
            self._closed = True
        finally:
            self._count_beats()

    def _count_beats(self) -> None:
        """Go on to the next sample that can be in time, and say which were left out."""
        passed = min(math.floor((time.monotonic() - self._begin) / self._interval), self._beats - 1)
        if passed > self._beat and not self._closed:
            self._left_out(int(passed) - self._beat)
        self._beat = max(self._beat, int(passed)) + 1

    def _sample(self, started: float) -> None:
        """Take one sample, and hand on what there is of it."""
        read = _Read({"taken": False, "time": pd.Timestamp.now(tz="UTC").as_unit("us")})
        trouble: Exception | None = None
        try:
            self._read(read, started)
        except errors.VirtError as error:
            trouble = error
        except Exception as error:  # noqa: BLE001
            # a recording of weeks outlives what nobody thought of; the row and the log say what it was
            _log.exception("sample of %s", self.name)
            trouble = error
        self.seconds = time.monotonic() - started
        self._hand_on(read, None if trouble is None else str(trouble) or type(trouble).__name__)
        if isinstance(trouble, errors.HostClosed):
            raise trouble

    def _open(self) -> Host:
        """Return the host; one that took too long to open is not waited for again: it is opened beside."""
        host = self._host
        if host is None and self._late is not None:
            try:
                host = self._host = self._late.get(0.0 if self._opens_late else self._deadline)
            except errors.TimedOut:
                self._opens_late = True
                raise
        assert host is not None
        return host

    def _read(self, read: _Read, started: float) -> None:
        """Read the machine's own figures first: a host that hangs shows in that one call.

        It is then not asked again before it answers, so that no calls pile up on it.
        """
        host = self._open()
        parked = len(host.parked_calls)
        if parked >= (1 if self._hangs else MOST_PARKED):
            raise errors.TimedOut(
                f"{self.name} does not answer: not asked again before a call that waits has returned"
            )
        self._hangs = False
        trouble: errors.VirtError | None = None
        try:
            node = read_node(host, timeout=self._deadline)
        except errors.TimedOut:
            self._hangs = True
            raise
        except errors.NotSupported as error:
            trouble = error
        else:
            read.node = RawNode(node.figures, self.name, node.time, node.clock)
            read.row["node_time"] = node.time
            read.row["node_clock_seconds"] = None if node.clock is None else node.clock.seconds
        found = read_domains(host, deadline=self._deadline)
        read.domains = raw_sample(
            found.records, host=self.name, time=found.moment.time, stale=found.stale, facts=found.facts
        )
        read.row |= {
            "taken": True,
            "time": found.moment.time.as_unit("us"),
            "domains": len(found.records),
            "clock": found.moment.clock.name,
            "clock_seconds": found.moment.clock.seconds,
        }
        if self._told is not None:
            read.frames |= self._told.news(host, found.records, found.facts)
        if self._to_describe:
            self._say_what_it_has(host, read)
        if self._storage is not None and started >= self._storage_due:
            self._storage_due = started + self._storage
            storage = collect_storage(host, timeout=STORAGE_DEADLINE)
            read.frames |= named(storage.frames, self.name)
            read.row["storage_time"] = storage.time
        if trouble is not None:
            raise trouble

    def _say_what_it_has(self, host: Host, read: _Read) -> None:
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
            read.frames[HOSTS] = found

    def _left_out(self, beats: int) -> None:
        """Say that samples came due while one was being taken."""
        what = f"{beats} left out: the one before took {self.seconds:.3g} s"
        if self.late is not None and self.late > self._interval:
            what += f", and began {self.late:.3g} s late"
        _log.info("%s: %s", self.name, what)
        self.missed += beats
        now = pd.Timestamp.now(tz="UTC").as_unit("us")
        self._take(Sample(self._row({"taken": False, "missed": beats, "time": now, "error": what})))

    def _hand_on(self, read: _Read, error: str | None) -> None:
        if self._has_left and not read.row["taken"]:
            return
        if error is not None:
            _log.log(logging.INFO if self.error else logging.WARNING, "%s: %s", self.name, error)
        elif self.error is not None:
            _log.warning("%s is sampled again", self.name)
        self.error = error
        row = read.row
        if not row["taken"]:
            self._to_describe = self._describe is not None  # it may come back with other memory
        if row["taken"]:
            self.taken += 1
            self.last = pd.Timestamp(str(row["time"]))
        else:
            self.missed += 1
        row |= {"missed": 0 if row["taken"] else 1, "error": error}
        self._take(Sample(self._row(row), read.domains, read.node, read.frames))

    def _row(self, row: dict[str, object]) -> dict[str, object]:
        return {"host": self.name, "seconds": self.seconds, "late_seconds": self.late, **row}


class _Read:
    """What was read so far, where the rest may fail."""

    def __init__(self, row: dict[str, object]) -> None:
        self.row = row
        self.domains: RawSample | None = None
        self.node: RawNode | None = None
        self.frames: dict[str, pd.DataFrame] = {}
