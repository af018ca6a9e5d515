"""``virtsdk record``: record hosts without a notebook, for example as a service."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import virtsdk
from virtsdk.binding.uri import without_password
from virtsdk.cli.output import write_json
from virtsdk.cli.stopping import told_to_stop
from virtsdk.display import listing
from virtsdk.display.text import printable
from virtsdk.history.hosts import LateHost
from virtsdk.history.recorder import Recorder
from virtsdk.history.roster import Roster
from virtsdk.history.sampling.told import FILE_SYSTEMS
from virtsdk.resources.hosts_file import HostEntry
from virtsdk.stats.change.spacing import Interval

_BEAT = 0.5  # seconds; a signal that another thread of the process took is noticed by then


def record(
    hosts: Mapping[str, str],
    directory: Path,
    *,
    interval: Interval,
    duration: Interval | None,
    storage: Interval | None,
    mode: int,
    flush: float = 30.0,
    include: Iterable[str] | None = None,
    keep: Mapping[str, Interval] | None = None,
    again: Callable[[], Mapping[str, str]] | None = None,
    as_json: bool = False,
) -> bool:
    """Record until the time is over, or until SIGINT or SIGTERM; both are an end like any other.

    Hosts that are down or hang do not hold up the others, and are recorded from when they answer.

    Parameters
    ----------
    hosts
        Their URIs by their names in the recording; the connections are read-only, unless ``filesystems`` are
        included: a guest's agent answers no reader alone.
    again
        Gives them anew, where they may change.
    directory, interval, duration, storage, mode, flush, include, keep
        As of `virtsdk.record`; `flush` in seconds.
    as_json
        An object a line as it begins, at each flush and at its end, rather than text.

    Returns
    -------
    bool
        False where its time is over and no sample was taken.

    Raises
    ------
    MissingDependency
        libvirt-python is not installed.
    """
    late = partial(_late, readonly=FILE_SYSTEMS not in (include or ()))
    given: Any = {name: late(name, HostEntry(uri)) for name, uri in hosts.items()}
    if again is not None:
        first = {name: (uri, given[name]) for name, uri in hosts.items()}
        given = Roster(lambda: {name: HostEntry(uri) for name, uri in again().items()}, late, first=first)
    with told_to_stop() as told:
        recorder = virtsdk.record(
            given,
            directory,
            interval=interval,
            duration=duration,
            flush=flush,
            storage=storage,
            include=include,
            keep=keep,
            mode=mode,
        )
        with recorder:
            if as_json:
                _write(recorder)
            else:
                names = printable(listing.names(hosts))
                sys.stdout.write(f"recording {names} to {printable(str(directory))}, Ctrl-C ends it\n")
                sys.stdout.flush()
            due = time.monotonic() + flush
            while not told.is_set() and not recorder.wait(_BEAT):
                if as_json and time.monotonic() >= due:
                    due += flush
                    _write(recorder)
    if as_json:
        _write(recorder)
    else:
        sys.stdout.write(f"{recorder!r}\n")
    return told.is_set() or recorder.samples > 0


def _write(recorder: Recorder) -> None:
    """Write how it goes, in a line."""
    hosts = listing.records(recorder.status)
    for row in hosts:
        row["last"] = row["last"] and row["last"].isoformat(timespec="milliseconds")
    said = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "state": "recording" if recorder.is_recording else "ended",
        "directory": str(recorder.directory),
        "samples": recorder.samples,
        "error": recorder.hosts_error,
        "hosts": hosts,
    }
    write_json(said, indent=None)
    sys.stdout.flush()


def _late(name: str, entry: HostEntry, *, readonly: bool) -> LateHost:
    opens = partial(virtsdk.connect, entry.uri, readonly=readonly, name=name)
    return LateHost(without_password(entry.uri), opens)
