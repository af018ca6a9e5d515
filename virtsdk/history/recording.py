"""A recording: figures of hosts over days and weeks, read from Parquet files, without libvirt."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import tzinfo
from pathlib import Path
from typing import Any, overload

import pandas as pd

from virtsdk.display.text import count
from virtsdk.errors.frames import shows_no_variables
from virtsdk.history.answers.changes import Changes
from virtsdk.history.columns import recorded
from virtsdk.history.files import place_of
from virtsdk.history.reading.arguments import (
    Names,
    Time,
    chosen_columns,
)
from virtsdk.history.reading.frames import read_frame
from virtsdk.history.reading.query import (
    check_domains,
    columns_of,
    frame_names,
    frames_at,
    moments,
    select,
    warn_of_sums,
    without_moved,
)
from virtsdk.stats.change.bins import zone_of
from virtsdk.stats.change.spacing import Interval
from virtsdk.stats.columns.metric import GRAINS
from virtsdk.stats.samples.domains import Stats
from virtsdk.stats.samples.node import NODE_OTHER, NodeStats
from virtsdk.stats.samples.storage import StorageStats
from virtsdk.words import Frame


@shows_no_variables
def open_recording(
    directory: str | os.PathLike[str], *, storage_options: Mapping[str, Any] | None = None
) -> Recording:
    """Open what `virtsdk.record` wrote; it may be writing still.

    Nothing is loaded before it is asked for, libvirt is not needed, and nothing is changed.

    Parameters
    ----------
    directory
        The directory that was given to `virtsdk.record`; or where a copy of it is, as a URL that fsspec knows
        (extra ``[fleet]``): ``"s3://bucket/history"``, ``"sftp://ana@store/history"``. ``virtsdk compact
        DIRECTORY --to URL`` copies it there.
    storage_options
        What fsspec's file system takes, as for `pandas.read_parquet`. Credentials are better left to the
        environment: what is given here goes along to the workers of a ``client=``.

    Returns
    -------
    Recording

    Raises
    ------
    RecordingError
        It is no recording, or of a version that this virtsdk does not read.
    MissingDependency
        It is a URL, and fsspec, or what fsspec needs for it, is not installed.

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
    return Recording(directory, storage_options)


class Recording(Changes):
    """Figures of hosts over time; made by `open_recording`.

    Each answer is as of the time when it was asked for: a recording that is still written grows.

    Attributes
    ----------
    directory
        Where it is.
    """

    def __init__(
        self, directory: str | os.PathLike[str], storage_options: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(place_of(directory, storage_options))

    def __reduce__(self) -> tuple[type[Recording], tuple[Path]]:
        return Recording, (self.directory,)

    # --- figures ------------------------------------------------------------

    def stats(
        self, time: Time | None = None, *, host: str | None = None, max_age: Interval | None = None
    ) -> Stats:
        """Give a sample as `Host.stats` gave it.

        Parameters
        ----------
        time
            With a time zone, or a text (UTC where it names no zone), or a length before the end (``"-1h"``);
            the last sample at or before it is meant. None for the last of all.
        host
            Which host's, however old. None for all: of each of them its last sample at or before that time,
            together.
        max_age
            A host whose last sample is older than this, beside the latest of any host, is left out, with a
            `RecordingWarning`: it died or was renamed, and its guests may run elsewhere. None for 10 of the
            host's own intervals; ``"1000D"`` leaves out none. A guest of a host that fails since, and that
            runs on another host now, is left out and named before that.

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
        times = moments(self._reader, time, host, "time", max_age)
        frames = frames_at(self._reader, [*GRAINS, "other"], times)
        check_domains(self._reader, frames["domains"], times)
        if len(times) > 1 and time is None:
            frames = without_moved(self._reader, frames, times)
        return Stats(frames, host=_together(times), time=max(times.values()))

    def node_stats(
        self, time: Time | None = None, *, host: str | None = None, max_age: Interval | None = None
    ) -> NodeStats:
        """Give a sample of the machines as `Host.node_stats` gave it; parameters as for `stats`.

        Parameters
        ----------
        time, host, max_age
            As of `stats`.

        Returns
        -------
        NodeStats
            The frames of `Host.node_stats`: one row per CPU, per NUMA cell, per host; seconds and bytes.

        Raises
        ------
        ValueError
            There is no such host, or no sample at or before that time.
        RecordingError
            There is no sample yet.
        """
        times = moments(self._reader, time, host, "node_time", max_age)
        frames = frames_at(self._reader, [name for name in recorded() if name.startswith("node.")], times)
        other = frames.pop(NODE_OTHER)
        return NodeStats(frames, host=_together(times), time=max(times.values()), other=other)

    def storage_stats(
        self, time: Time | None = None, *, host: str | None = None, max_age: Interval | None = None
    ) -> StorageStats:
        """Give the sizes of pools and volumes as `Host.storage_stats` gave them; parameters as for `stats`.

        They are there where the recorder was told ``storage=``. Whether a host is left out is told by the
        samples of its guests, which are taken more often.

        Parameters
        ----------
        time, host, max_age
            As of `stats`.

        Returns
        -------
        StorageStats
            The frames of `Host.storage_stats`: one row per pool, one row per volume; sizes in bytes.

        Raises
        ------
        ValueError
            There is no such host, or no sample at or before that time.
        RecordingError
            There is no sample yet.
        """
        times = moments(self._reader, time, host, "storage_time", max_age)
        frames = frames_at(self._reader, [name for name in recorded() if name.startswith("storage.")], times)
        return StorageStats(frames, host=_together(times), time=max(times.values()))

    @overload
    def frames(  # pyright: ignore[reportOverlappingOverload]
        self,
        name: Frame,
        /,
        *,
        start: Time | None = None,
        end: Time | None = None,
        hosts: Names | None = None,
        domains: Names | None = None,
        columns: Iterable[str] | None = None,
        tz: str | tzinfo | None = None,
    ) -> pd.DataFrame: ...
    @overload
    def frames(
        self,
        /,
        *names: Frame,
        start: Time | None = None,
        end: Time | None = None,
        hosts: Names | None = None,
        domains: Names | None = None,
        columns: Iterable[str] | None = None,
        tz: str | tzinfo | None = None,
    ) -> dict[str, pd.DataFrame]: ...
    def frames(
        self,
        *names: Frame,
        start: Time | None = None,
        end: Time | None = None,
        hosts: Names | None = None,
        domains: Names | None = None,
        columns: Iterable[str] | None = None,
        tz: str | tzinfo | None = None,
    ) -> pd.DataFrame | dict[str, pd.DataFrame]:
        """Read frames of many samples; only what is asked for is read from the disk.

        Parameters
        ----------
        *names
            ``"domains"``, ``"vcpus"``, ``"disks"``, ``"node.total"`` ...: the frames of `Host.stats`,
            `Host.node_stats` and `Host.storage_stats` by the names that `catalogue` has for them. None for
            all that have rows.
        start, end
            Samples from `start` on, before `end`: times with a zone, texts (``"2026-03-01 12:00"``), or
            lengths before the end of the recording (``"-1h"``, a Timedelta below 0).
        hosts
            One or more names.
        domains
            Names or UUIDs; for frames that have domains.
        columns
            Only these, in this order; those that are worked out of others (``memory_used_bytes``,
            ``thin_ratio``) may be among them.
        tz
            The zone of texts and times that name none (``"Europe/Berlin"``); None for UTC, and then times
            that are no texts have to name theirs. Frames have UTC in any case.

        Returns
        -------
        pandas.DataFrame or dict
            The frame where one is named, else frames by name. Columns and dtypes are those of the samples;
            rows are in the order of the names of hosts and domains, then of part and time.

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
        selection = select(self._reader, start, end, hosts, domains, zone=zone_of(tz))
        warn_of_sums(self._reader, selection)
        wanted = names or tuple(one for one in frame_names(self._reader) if self._reader.rows(one, selection))
        found = {
            name: read_frame(self._reader, name, chosen_columns(name, there, columns), selection, named=True)
            for name, there in columns_of(self._reader, wanted, selection).items()
        }
        return found[names[0]] if len(names) == 1 else found

    def inventory(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Give hosts and guests as they were last seen, for `virtsdk.capacity`.

        Returns
        -------
        tuple of pandas.DataFrame
            Hosts, one row each, as of `hosts`, without those that died or were renamed (`stats` has the
            rule); and their guests, one row each, as of ``stats().domains``.

        Raises
        ------
        RecordingError
            There is no sample yet.

        Examples
        --------
        >>> import virtsdk
        >>> hosts, domains = virtsdk.example_recording().inventory()
        >>> virtsdk.capacity.Fleet.from_frames(hosts, domains)
        <Fleet 3 hosts, 9 guests, all placed>
        """
        hosts, domains = self.hosts, self.stats().domains
        return hosts[hosts["current"]].reset_index(drop=True), domains


def _together(times: dict[str, pd.Timestamp]) -> str:
    return next(iter(times)) if len(times) == 1 else count(len(times), "host")
