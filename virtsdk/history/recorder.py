"""`record`: the figures of hosts, taken at a steady beat and kept on disk."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any

import pandas as pd

from virtsdk import errors
from virtsdk.errors.frames import shows_no_variables
from virtsdk.history.columns import HOSTS
from virtsdk.history.files import directory_of
from virtsdk.history.hosts import LateHost, about_places, places_of
from virtsdk.history.retention.keep import keep_of
from virtsdk.history.retention.rolling import Rolling
from virtsdk.history.roster import hosts_of_file
from virtsdk.history.sampling.crew import Crew
from virtsdk.history.sampling.shown import Shown, status
from virtsdk.history.sampling.told import FILE_SYSTEMS, included
from virtsdk.history.writer import RecordingWriter
from virtsdk.history.writing.beat import Beat
from virtsdk.resources.host import Host
from virtsdk.stats.change.spacing import Interval, seconds_of

Hosts = Host | Iterable[Host] | Mapping[str, Host | LateHost]
Given = Hosts | str | os.PathLike[str] | Callable[[], Hosts]
FLUSH = "30s"
_FAREWELL = 15.0  # seconds that the end waits for samples that are being taken
_log = logging.getLogger(__name__)


@shows_no_variables
def record(
    hosts: Given,
    directory: str | os.PathLike[str],
    *,
    interval: Interval = "10s",
    duration: Interval | None = None,
    flush: Interval = FLUSH,
    storage: Interval | None = None,
    keep: Mapping[str, Interval] | None = None,
    include: Iterable[str] | None = None,
    mode: int = 0o600,
) -> Recorder:
    """Record the figures of hosts and their guests, for hours or for months.

    Samples are taken in threads of their own, so this returns at once: the recording goes on until
    `Recorder.stop`, the end of `duration`, or the end of the process. `Recorder.wait` waits for that, and
    ``with virtsdk.record(...):`` records for as long as its block takes.

    Parameters
    ----------
    hosts
        One host or several, of different names; or several by the names that the recording is to have for
        them, ``{"kvm7": host}``, which stay what they are when a machine is renamed or two call themselves
        alike. They stay the caller's: they are to be open for as long as the recording goes on, and are not
        closed by it.

        Or a hosts file (`virtsdk.fleet.read_hosts` says its form), whose hosts are opened when they answer,
        read-only unless ``"filesystems"`` are included; or a callable that gives hosts. Both are asked again
        every `flush`: hosts that are new join, and those that are gone leave. A file that cannot be read, or
        has no hosts, changes nothing (`Recorder.hosts_error`).
    directory
        Where to: a directory of its own. A recording that is there already is continued.
    interval
        How far apart samples are (seconds, or as pandas writes it: ``"10s"``).
    duration
        How long to record; None: until it is stopped.
    flush
        How often samples go to the disk (at the least, with every sample). A process that is
        killed, or a machine that loses power, loses at most what was sampled since: `flush` and one
        `interval`.
    storage
        How often to read the sizes of storage pools and volumes too, which takes a call each; None: never.
    keep
        How long to keep samples, and what they are rolled up to: ``{"raw": "14d", "5min": "2y"}``: usage and
        rates of every 5 minutes are written hour by hour; samples older than ``raw`` are removed, and
        `Recording.usage` and `Recording.rates` go on with the sums; `Recording.samples` has those that could
        not be taken, and few others. None: samples are kept for ever, and nothing is rolled up.
    include
        What to record beside figures: ``"definitions"`` (when they change; never a password), ``"events"``,
        ``"jobs"`` (every minute) and ``"filesystems"`` (every 10 minutes, of guests with an agent, which
        answers no connection that is read-only).
    mode
        The rights of new files, their owner's alone unless told (0o640: readable for the group, too); new
        directories have x where these have r. The process's umask can take rights away.

    Returns
    -------
    Recorder
        Its repr says how it goes.

    Raises
    ------
    RecordingError
        `directory` holds something else, is being recorded to already, or cannot be written. A recorder that
        runs ends with it when its directory or its lock there is gone (`Recorder.wait`).
    HostClosed
        One of `hosts` was closed.
    OSError
        The hosts file cannot be read.
    TypeError, ValueError
        `hosts` are no hosts, or two of one name, or the hosts file is none; a time is no time or not above 0.

    Notes
    -----
    A host that hangs or is lost does not hold up the others, and is sampled again when it is back. A sample
    that could not be taken is a row of `Recording.samples` with the reason; rates say ``"gap"``. Samples are
    due at fixed times from the start on: that one was late does not make the next one late. Many hosts are
    spread over the interval, each at a place that comes of its name. At most 64 samples are taken at once,
    each in a thread; one that hangs holds its thread for 5 s at most, and the host is then not asked again
    before it has answered.

    The recording holds what `Host.stats` and `Host.node_stats` give, names and UUIDs of guests, paths of
    their disks, and the URIs of hosts without passwords; definitions where `include` says so.

    Examples
    --------
    >>> import tempfile, virtsdk
    >>> directory = tempfile.mkdtemp()
    >>> with virtsdk.connect("test:///default") as host:
    ...     with virtsdk.record(host, directory, interval=0.1, duration=1) as recorder:
    ...         ended = recorder.wait()
    >>> ended, recorder.samples > 0
    (True, True)
    >>> virtsdk.open_recording(directory).frames("domains")["name"].unique().tolist()
    ['test']
    """
    return Recorder(
        hosts,
        directory,
        interval=interval,
        duration=duration,
        flush=flush,
        storage=storage,
        keep=keep,
        include=include,
        mode=mode,
    )


class Recorder:
    """A recording that is being made; made by `record`. A context manager that stops it.

    Attributes
    ----------
    directory
        Where to.
    interval
        How far apart samples are.
    """

    @shows_no_variables
    def __init__(
        self,
        hosts: Given,
        directory: str | os.PathLike[str],
        *,
        interval: Interval = "10s",
        duration: Interval | None = None,
        flush: Interval = FLUSH,
        storage: Interval | None = None,
        keep: Mapping[str, Interval] | None = None,
        include: Iterable[str] | None = None,
        mode: int = 0o600,
    ) -> None:
        given: Any = hosts
        beside = included(include)
        if isinstance(hosts, str | os.PathLike):
            given = hosts_of_file(given, readonly=FILE_SYSTEMS not in beside)
        chosen = places_of(given() if callable(given) else given)
        seconds = seconds_of(interval)
        lasts = None if duration is None else seconds_of(duration, "duration")
        every = seconds_of(flush, "flush")
        sizes = None if storage is None else seconds_of(storage, "storage")
        kept = keep_of(keep)
        self.directory = directory_of(directory)
        self.interval = pd.Timedelta(seconds, unit="s")
        self._writer = RecordingWriter(directory, mode=mode)
        self._process = os.getpid()
        self._ending = threading.Event()
        self._ended = threading.Event()
        self._since = pd.Timestamp.now(tz="UTC").as_unit("us")
        try:
            self._writer.add({HOSTS: about_places(chosen, self._since, seconds)})
            rolling = None if kept is None else Rolling(self._writer, kept, seconds)
            self._beat = Beat(self._writer, rolling, max(every, seconds))
        except BaseException:
            self._writer.close()
            raise
        begin = time.monotonic()
        end = None if lasts is None else begin + lasts
        self._crew = Crew(
            self._writer, chosen, give=given if callable(given) else None, often=max(every, seconds),
            mode=mode, begin=begin, interval=seconds, until=end, storage=sizes, include=beside,
        )  # fmt: skip
        self._schedule = self._crew.schedule
        self._schedule.start()
        self._thread = threading.Thread(target=self._run, name="virtsdk-recorder", daemon=True)
        self._thread.start()
        atexit.register(self._at_exit)

    # --- how it goes ------------------------------------------------------------

    @property
    def is_recording(self) -> bool:
        """True until it was stopped, its time is over, or it cannot write any more."""
        return not self._ended.is_set()

    @property
    def samples(self) -> int:
        """Number of samples taken so far, of all hosts together."""
        return self._crew.taken

    @property
    def error(self) -> errors.RecordingError | None:
        """Why nothing can be written at present; None while all is well."""
        return self._beat.trouble

    @property
    def hosts_error(self) -> str | None:
        """Why the hosts are those of before, where a file or callable gives them; None while all is well."""
        return self._crew.trouble

    @property
    def status(self) -> pd.DataFrame:
        """One row per host: how its sampling goes.

        host, samples (taken), missed (due and not taken), last (time of the last one, UTC), seconds (how long
        it took), late_seconds (how long after it was due), error (of the last one, where it was not taken or
        not taken whole).
        """
        return status(self._crew.samplers)

    # --- ending it ------------------------------------------------------------

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the recording ends.

        Ctrl-C ends the waiting alone: the recording goes on, unless a ``with`` block is left by it.

        Parameters
        ----------
        timeout
            Seconds to wait at most; None for as long as it takes.

        Returns
        -------
        bool
            Whether it has ended.

        Raises
        ------
        RecordingError
            It ended because it could not be written.
        """
        ended = self._ended.wait(timeout)
        if ended and self._beat.failed and self._beat.trouble is not None:
            raise self._beat.trouble
        return ended

    def stop(self) -> None:
        """End the recording and write what is not written yet; a second call does nothing.

        Raises
        ------
        RecordingError
            The last samples could not be written.
        """
        self._ending.set()
        self._schedule.end()
        self._ended.wait()
        self.wait(0)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self.stop()
        except errors.RecordingError as trouble:
            if error is None:
                raise
            _log.error("%s", trouble)

    def _at_exit(self) -> None:
        if os.getpid() != self._process:  # a fork has no threads to wait for
            return
        with contextlib.suppress(errors.RecordingError):  # it is in the log
            self.stop()

    # --- the thread that writes ------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._beat.go_on(self._ending, self._schedule.is_alive)
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            self._beat.fail(error)
        finally:
            self._schedule.end()
            self._schedule.join(time.monotonic() + _FAREWELL)
            self._crew.close()
            try:
                self._writer.close()
            except Exception as error:  # noqa: BLE001
                if not self._beat.failed:  # else it is the same once more
                    self._beat.fail(error)
            finally:
                atexit.unregister(self._at_exit)
                self._ended.set()

    # --- how it shows itself ------------------------------------------------------------

    def _shown(self) -> Shown:
        doing = "failed" if self._beat.failed else "recording" if self.is_recording else "ended"
        told = [] if self.error is None else [str(self.error)]
        if self.hosts_error is not None:
            told.append(f"the hosts are those of before: {self.hosts_error}")
        return Shown(self.directory, doing, self.interval, self.samples, told, self._crew.samplers)

    def __repr__(self) -> str:
        return self._shown().text()

    def _repr_html_(self) -> str:
        return self._shown().html()
