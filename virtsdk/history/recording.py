"""A recording: figures of hosts over days and weeks, read from Parquet files, without libvirt."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import overload

import pandas as pd

from virtsdk.display import html
from virtsdk.display.text import columns as text_columns
from virtsdk.display.text import count, printable
from virtsdk.history.arguments import (
    Names,
    Time,
    chosen_columns,
    length_of,
    stamp_of,
)
from virtsdk.history.check import check
from virtsdk.history.columns import HOSTS, SAMPLES, recorded
from virtsdk.history.query import check_domains, columns_of, frame_names, frames_at, moments, select
from virtsdk.history.reader import Reader, Selection
from virtsdk.history.replay import node_rates_of, rates_of, read_frame
from virtsdk.history.view import HEADER, summary
from virtsdk.stats.change.node_rates import NodeRates
from virtsdk.stats.change.rates import Rates
from virtsdk.stats.change.spacing import Interval
from virtsdk.stats.columns.metric import GRAINS
from virtsdk.stats.samples.domains import Stats
from virtsdk.stats.samples.node import NODE_OTHER, NodeStats
from virtsdk.stats.samples.storage import StorageStats


def open_recording(directory: str | os.PathLike[str]) -> Recording:
    """Open what `virtsdk.record` wrote; it may be writing still.

    Nothing is loaded before it is asked for, libvirt is not needed, and nothing is changed.

    Parameters
    ----------
    directory
        The directory that was given to `virtsdk.record`.

    Returns
    -------
    Recording

    Raises
    ------
    RecordingError
        It is no recording, or of a version that this virtsdk does not read.

    Examples
    --------
    >>> import tempfile, virtsdk
    >>> directory = tempfile.mkdtemp()
    >>> with virtsdk.connect("test:///default") as host:
    ...     ended = virtsdk.record(host, directory, interval=0.1, duration=0.5).wait()
    >>> recording = virtsdk.open_recording(directory)
    >>> recording.stats().domains[["name", "state"]]
       name    state
    0  test  running
    """
    return Recording(directory)


class Recording:
    """Figures of hosts over time; made by `open_recording`.

    Each answer is as of the time when it was asked for: a recording that is still written grows.

    Attributes
    ----------
    directory
        Where it is.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = Path(directory).absolute()
        self._reader = Reader(self.directory)

    def __reduce__(self) -> tuple[type[Recording], tuple[str]]:
        return Recording, (str(self.directory),)

    # --- what it holds ------------------------------------------------------------

    @property
    def hosts(self) -> pd.DataFrame:
        """One row per host, as it was when its recorder was last started; what the capacity functions take.

        host, cpus, cores, sockets, threads, numa_cells, memory_bytes, model, mhz; uri, driver,
        libvirt_version, interval_seconds; ``time`` of that start (UTC).
        """
        self._reader.refresh()
        rows = read_frame(self._reader, HOSTS, recorded()[HOSTS], Selection())
        last = rows.groupby("host", sort=True).tail(1).reset_index(drop=True)
        first = ["host", "cpus", "cores", "sockets", "threads", "numa_cells", "memory_bytes", "model", "mhz"]
        return last[[*first, *(name for name in last.columns if name not in first)]]

    @property
    def samples(self) -> pd.DataFrame:
        """One row per host and sample that was due, or a row for several that were left out together.

        host, time (UTC; when it was taken, or tried), taken (whether it was), missed (how many were not),
        domains (how many there were),
        node_time, storage_time (of the host's own figures, where those were read), seconds (how long it
        took), late_seconds (how long after it was due), error (what was not to be had, and why).
        """
        self._reader.refresh()
        return read_frame(self._reader, SAMPLES, recorded()[SAMPLES], Selection())

    @property
    def start(self) -> pd.Timestamp | None:
        """When the first sample was due (UTC); None before there is one."""
        self._reader.refresh()
        bounds = self._reader.bounds(SAMPLES)
        return None if bounds is None else stamp_of(bounds[0])

    @property
    def end(self) -> pd.Timestamp | None:
        """When the last sample was due (UTC); None before there is one."""
        self._reader.refresh()
        bounds = self._reader.bounds(SAMPLES)
        return None if bounds is None else stamp_of(bounds[1])

    @property
    def interval(self) -> pd.Timedelta | None:
        """How far apart the samples of a host are due, as the recorder was last told."""
        hosts = self.hosts.sort_values("time", kind="stable")
        return None if hosts.empty else pd.Timedelta(hosts["interval_seconds"].iloc[-1], unit="s")

    @property
    def size_bytes(self) -> int:
        """Bytes that it takes on the disk."""
        self._reader.refresh()
        listing = self._reader.listing
        return sum(
            path.stat().st_size for name in listing.frames for path in listing.paths(name) if path.exists()
        )

    def check(self) -> pd.DataFrame:
        """Read all of it and tell what is wrong; nothing is changed.

        Returns
        -------
        pandas.DataFrame
            One row per problem, none where all is well: ``file`` (in the directory), ``problem``
            (``"damaged"``, ``"missing"``, or ``"unfinished"`` for what a recorder that was killed left) and
            ``what`` (in words).

        Examples
        --------
        >>> import tempfile, virtsdk
        >>> directory = tempfile.mkdtemp()
        >>> with virtsdk.connect("test:///default") as host:
        ...     ended = virtsdk.record(host, directory, interval=0.1, duration=0.3).wait()
        >>> len(virtsdk.open_recording(directory).check())
        0
        """
        return check(self._reader)

    # --- figures ------------------------------------------------------------

    def stats(self, time: Time | None = None, *, host: str | None = None) -> Stats:
        """Give a sample as `Host.stats` gave it.

        Parameters
        ----------
        time
            With a time zone, or a text (UTC where it names no zone); the last sample at or before it is
            meant. None for the last of all.
        host
            Which host's. None for all: of each of them its last sample at or before that time, together.

        Returns
        -------
        Stats
            The same frames; their rows are in the order of the domains' names.

        Raises
        ------
        ValueError
            There is no such host, or no sample at or before that time.
        RecordingError
            There is no sample yet, or the rows of its domains are gone.
        """
        times = moments(self._reader, time, host, "time")
        frames = frames_at(self._reader, [*GRAINS, "other"], times)
        check_domains(self._reader, frames["domains"], times)
        return Stats(frames, host=_together(times), time=max(times.values()))

    def node_stats(self, time: Time | None = None, *, host: str | None = None) -> NodeStats:
        """Give a sample of the machines as `Host.node_stats` gave it; parameters as for `stats`."""
        times = moments(self._reader, time, host, "node_time")
        frames = frames_at(self._reader, [name for name in recorded() if name.startswith("node.")], times)
        other = frames.pop(NODE_OTHER)
        return NodeStats(frames, host=_together(times), time=max(times.values()), other=other)

    def storage_stats(self, time: Time | None = None, *, host: str | None = None) -> StorageStats:
        """Give the sizes of pools and volumes as `Host.storage_stats` gave them; parameters as for `stats`.

        They are there where the recorder was told ``storage=``.
        """
        times = moments(self._reader, time, host, "storage_time")
        frames = frames_at(self._reader, [name for name in recorded() if name.startswith("storage.")], times)
        return StorageStats(frames, host=_together(times), time=max(times.values()))

    @overload
    def frames(  # pyright: ignore[reportOverlappingOverload]
        self,
        name: str,
        /,
        *,
        start: Time | None = None,
        end: Time | None = None,
        hosts: Names | None = None,
        domains: Names | None = None,
        columns: Iterable[str] | None = None,
    ) -> pd.DataFrame: ...
    @overload
    def frames(
        self,
        /,
        *names: str,
        start: Time | None = None,
        end: Time | None = None,
        hosts: Names | None = None,
        domains: Names | None = None,
        columns: Iterable[str] | None = None,
    ) -> dict[str, pd.DataFrame]: ...
    def frames(
        self,
        *names: str,
        start: Time | None = None,
        end: Time | None = None,
        hosts: Names | None = None,
        domains: Names | None = None,
        columns: Iterable[str] | None = None,
    ) -> pd.DataFrame | dict[str, pd.DataFrame]:
        """Read frames of many samples; only what is asked for is read from the disk.

        Parameters
        ----------
        *names
            ``"domains"``, ``"vcpus"``, ``"disks"``, ``"node.total"`` ...: the frames of `Host.stats`,
            `Host.node_stats` and `Host.storage_stats` by the names that `catalogue` has for them. None for
            all that have rows.
        start, end
            Times with a zone, or texts (UTC where they name no zone): samples from `start` on, before `end`.
        hosts
            One or more names.
        domains
            Names or UUIDs; for frames that have domains.
        columns
            Only these, in this order; those that are worked out of others (``memory_used_bytes``,
            ``thin_ratio``) may be among them.

        Returns
        -------
        pandas.DataFrame or dict
            The frame where one is named, else frames by name. Columns and dtypes are those of the samples;
            rows are in the order of host, domain, part and time.

        Raises
        ------
        ValueError
            There is no such frame, column, host or domain.

        Examples
        --------
        >>> import tempfile, virtsdk
        >>> directory = tempfile.mkdtemp()
        >>> with virtsdk.connect("test:///default") as host:
        ...     ended = virtsdk.record(host, directory, interval=0.1, duration=0.5).wait()
        >>> recording = virtsdk.open_recording(directory)
        >>> recording.frames("domains", columns=["name", "state"]).drop_duplicates()
           name    state
        0  test  running
        """
        selection = select(self._reader, start, end, hosts, domains)
        wanted = names or tuple(one for one in frame_names(self._reader) if self._reader.rows(one, selection))
        found = {
            name: read_frame(self._reader, name, chosen_columns(name, there, columns), selection)
            for name, there in columns_of(self._reader, wanted, selection).items()
        }
        return found[names[0]] if len(names) == 1 else found

    # --- what happened ------------------------------------------------------------

    def rates(
        self,
        *,
        start: Time | None = None,
        end: Time | None = None,
        hosts: Names | None = None,
        domains: Names | None = None,
        interval: Interval | None = None,
        every: pd.Timedelta | str | None = None,
    ) -> Rates:
        """Turn counters into rates per second; the same as `virtsdk.stats.rates` of the samples.

        Each frame is worked out when it is first read, some domains at a time: only the result is held.

        Parameters
        ----------
        start, end, hosts, domains
            As for `frames`.
        interval
            How far apart samples are meant to be; the median distance of each host's samples, for each
            stretch that was recorded at one interval, where it is left out.
        every
            Average over longer intervals at once (see `Rates.resample`), so that a long recording gives a
            frame that fits into memory.

        Raises
        ------
        ValueError
            There are less than two samples of a host, or there is no such host or domain.
        """
        selection = select(self._reader, start, end, hosts, domains, pinned=True)
        return rates_of(self._reader, selection, interval=interval, every=length_of(every))

    def node_rates(
        self,
        *,
        start: Time | None = None,
        end: Time | None = None,
        hosts: Names | None = None,
        interval: Interval | None = None,
    ) -> NodeRates:
        """Turn the machines' own counters into rates per second; parameters as for `rates`."""
        selection = select(self._reader, start, end, hosts, None)
        return node_rates_of(self._reader, selection, interval=interval)

    def usage(
        self,
        every: pd.Timedelta | str | None = "5min",
        *,
        start: Time | None = None,
        end: Time | None = None,
        hosts: Names | None = None,
        domains: Names | None = None,
    ) -> pd.DataFrame:
        """Give what the capacity functions take.

        Parameters
        ----------
        every
            The length of the intervals; None for those of the samples.
        start, end, hosts, domains
            As for `frames`.

        Returns
        -------
        pandas.DataFrame
            One row per domain and interval: host, domain, name, time (UTC; its start, as pandas labels bins,
            its end with ``every=None``), vcpus, cpu_used_vcpus (the average), memory_bytes (what it may
            have), memory_used_bytes (inside the guest, at the end of the interval; missing where it does not
            report), seconds (that are covered), state, interrupted (``"off"`` where it was off in all of it).
        """
        return self.rates(start=start, end=end, hosts=hosts, domains=domains, every=every).usage()

    # --- how it shows itself ------------------------------------------------------------

    def _summary(self) -> tuple[str, list[list[object]]]:
        interval, taken = self.interval, ["host", "time", "taken", "missed", "domains"]
        return summary(read_frame(self._reader, SAMPLES, taken, Selection()), interval, self.size_bytes)

    def __repr__(self) -> str:
        said, rows = self._summary()
        lines = [f"<Recording {printable(str(self.directory))}: {said}>"]
        if rows:
            lines.append(text_columns(HEADER, rows))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        said, rows = self._summary()
        table = [html.table(HEADER, rows)] if rows else []
        return html.view(html.heading(self.directory.name, said), *table, title=f"recording {self.directory}")


def _together(times: dict[str, pd.Timestamp]) -> str:
    return next(iter(times)) if len(times) == 1 else count(len(times), "host")
