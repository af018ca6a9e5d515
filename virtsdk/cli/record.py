"""``virtsdk record``: record hosts without a notebook, for example as a service."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

import virtsdk
from virtsdk.binding.uri import without_password
from virtsdk.binding.way_in.door import Door
from virtsdk.display import listing
from virtsdk.display.text import printable
from virtsdk.history.hosts import LateHost
from virtsdk.history.recorder import FLUSH
from virtsdk.history.roster import Roster
from virtsdk.history.sampling.told import FILE_SYSTEMS
from virtsdk.resources.hosts_file import HostEntry
from virtsdk.stats.change.spacing import Interval

_NAMED = re.compile(r"([^:/?#=]+)=(.+)")
_BEAT = 0.5  # seconds; a signal that another thread of the process took is noticed by then


def record(
    hosts: Mapping[str, str],
    directory: Path,
    *,
    interval: Interval,
    duration: Interval | None,
    storage: Interval | None,
    mode: int,
    flush: Interval = FLUSH,
    include: Iterable[str] | None = None,
    keep: Mapping[str, Interval] | None = None,
    again: Callable[[], Mapping[str, str]] | None = None,
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
        As of `virtsdk.record`.

    Returns
    -------
    bool
        False where its time is over and no sample was taken.
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
            sys.stdout.write(f"recording {printable(listing.names(hosts))} to {directory}, Ctrl-C ends it\n")
            sys.stdout.flush()
            while not told.is_set() and not recorder.wait(_BEAT):
                pass
    sys.stdout.write(f"{recorder!r}\n")
    return told.is_set() or recorder.samples > 0


def names_of(given: Sequence[str]) -> dict[str, str]:
    """Return the hosts by the names that the recording has for them.

    These do not depend on whether a host answers: the name that was told (``NAME=URI``), else the host in the
    URI, or this machine's name; the URI itself where two hosts would be called alike.

    Raises
    ------
    ValueError
        It is no URI, or two hosts are one.

    Examples
    --------
    >>> list(names_of(["qemu+ssh://ana@kvm7/system", "b=qemu+tls://10.0.0.8/system", "lxc+ssh://kvm7/system"]))
    ['qemu+ssh://ana@kvm7/system', 'b', 'lxc+ssh://kvm7/system']
    """
    told: list[tuple[str | None, str, str]] = []
    for one in given:
        match = _NAMED.fullmatch(one)
        name, uri = (match[1], match[2]) if match else (None, one)
        shown = Door(uri).uri or uri  # refuses what is none; without a password
        told.append((name, uri, shown))
    usual = [name or urlsplit(shown).hostname or socket.gethostname() for name, _, shown in told]
    found: dict[str, str] = {}
    for name, (own, uri, shown) in zip(usual, told, strict=True):
        chosen = name if own or usual.count(name) == 1 else shown
        if chosen in found:
            raise ValueError(f"hosts must differ: {chosen!r} is there twice; name them, NAME=URI")
        found[chosen] = uri
    return found


def _late(name: str, entry: HostEntry, *, readonly: bool) -> LateHost:
    opens = partial(virtsdk.connect, entry.uri, readonly=readonly, name=name)
    return LateHost(without_password(entry.uri), opens)


@contextlib.contextmanager
def told_to_stop() -> Generator[threading.Event]:
    """Give what SIGINT and SIGTERM set in the block.

    An exception from the handler could be lost: whatever runs in the main thread when the signal comes may
    swallow it.
    """
    told = threading.Event()

    def tell(number: int, frame: FrameType | None) -> None:
        told.set()

    before = {number: signal.signal(number, tell) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
