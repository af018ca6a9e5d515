"""A recording's rates as frames of Dask: parts that are worked out where, and when, Dask computes them.

A part is all guests of some hosts, in the order of the hosts' names, made by the function that works without
Dask: one after the other they are its frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any, Final

import pandas as pd

from virtsdk.history import files
from virtsdk.history.columns import HOSTS
from virtsdk.history.reading.apart import Seen, of_hosts, seen
from virtsdk.history.reading.frames import read_frame, spacing_of
from virtsdk.history.reading.reader import Reader, Selection
from virtsdk.history.reading.replay import rates_of
from virtsdk.history.retention.rolled import rolled_until
from virtsdk.stats.change.differences import RATED
from virtsdk.stats.change.spacing import Interval, Spacing
from virtsdk.stats.change.taking import Taking

ROWS: Final = 500_000
"""Samples of guests in a part, about, unless one host has more."""

Lazily = Callable[[Callable[["Share"], pd.DataFrame], Sequence["Share"], pd.DataFrame, str], Any]
"""Makes a frame of Dask of a function, what it is called with part by part, an empty frame, and a name."""


@dataclass(frozen=True, slots=True)
class Share:
    """What a part is made of.

    Attributes
    ----------
    recording
        Which one, as of when.
    selection
        Its hosts; its end is given.
    name
        The frame of `Rates`; None for usage.
    order
        Spacing and order of the samples of these hosts; None where there are sums in place of samples.
    interval, every, zone
        As of `rates_of`.
    """

    recording: Seen
    selection: Selection
    name: str | None
    order: tuple[Spacing, Taking] | None
    interval: Interval | None
    every: pd.Timedelta | None
    zone: tzinfo | None


def made(share: Share) -> pd.DataFrame:
    """Work a part out, on whatever machine.

    Raises
    ------
    RecordingError
        The machine does not see the recording, or sees another one, or an older state of it.
    """
    reader = share.recording.reader()
    rates = rates_of(
        reader,
        share.selection,
        interval=share.interval,
        every=share.every,
        zone=share.zone,
        order=share.order,
    )
    return rates.usage() if share.name is None else getattr(rates, share.name)


class LazyRates:
    """Rates of a recording as frames of Dask: nothing is read before they are computed.

    The same frames as of `Rates`, each a ``dask.dataframe.DataFrame`` whose parts are the guests of some
    hosts; computed they are equal to it, but for the index, which counts in each part. They are of the time
    when they were asked for.
    """

    def __init__(
        self,
        reader: Reader,
        selection: Selection,
        lazily: Lazily,
        *,
        interval: Interval | None = None,
        every: pd.Timedelta | None = None,
        zone: tzinfo | None = None,
    ) -> None:
        self._lazily = lazily
        rolled = rolled_until(reader, selection) is not None
        order = None if rolled else spacing_of(reader, selection, interval, "time")
        whole = Share(seen(reader), selection, None, order, interval, every, zone)
        # of no host: what the columns are
        self._none = replace(whole, selection=replace(selection, hosts=frozenset()))
        self._reader = reader
        self._shares = list(_shares(reader, whole)) or [self._none]

    def _frame(self, name: str | None) -> Any:
        shares = [replace(one, name=name) for one in self._shares]
        return self._lazily(made, shares, self._empty(name), f"virtsdk-{name or 'usage'}")

    def _empty(self, name: str | None) -> pd.DataFrame:
        return made(replace(self._none, name=name)).iloc[:0]

    @property
    def domains(self) -> Any:
        """As of `Rates`: one row per domain and interval."""
        return self._frame("domains")

    @property
    def vcpus(self) -> Any:
        """As of `Rates`: one row per vCPU and interval."""
        return self._frame("vcpus")

    @property
    def disks(self) -> Any:
        """As of `Rates`: one row per disk and interval."""
        return self._frame("disks")

    @property
    def nics(self) -> Any:
        """As of `Rates`: one row per network interface and interval."""
        return self._frame("nics")

    @property
    def perf(self) -> Any:
        """As of `Rates`: one row per domain with perf events and interval."""
        return self._frame("perf")

    @property
    def memory_bandwidth(self) -> Any:
        """As of `Rates`: one row per resctrl monitor, memory controller and interval."""
        return self._frame("memory_bandwidth")

    @property
    def frames(self) -> dict[str, Any]:
        """All frames by name."""
        return {name: getattr(self, name) for name in RATED}

    def usage(self) -> Any:
        """Give what the capacity functions take once it is computed, as `Rates.usage` does."""
        return self._frame(None)

    def __repr__(self) -> str:
        return f"<LazyRates {len(self._shares)} parts of {self._reader.directory}>"


def _shares(reader: Reader, whole: Share) -> Iterator[Share]:
    """Divide the hosts, in the order of their names, into parts of about as many samples."""
    hosts = whole.selection.hosts
    if hosts is None:
        hosts = set(read_frame(reader, HOSTS, ["host"], Selection())["host"])
        hosts |= set() if whole.order is None else whole.order[1].moments.keys()
    held, rows = list[str](), 0
    for host in sorted(hosts):
        own = replace(whole.selection, hosts=frozenset([host]))
        more = sum(reader.rows(name, own) for name in ("domains", files.ROLLUP))
        if held and rows + more > ROWS:
            yield _of(whole, held)
            held, rows = [], 0
        held.append(host)
        rows += more
    if held:
        yield _of(whole, held)


def _of(whole: Share, hosts: Sequence[str]) -> Share:
    chosen = frozenset(hosts)
    order = None if whole.order is None else of_hosts(*whole.order, chosen)
    return replace(whole, selection=replace(whole.selection, hosts=chosen), order=order)
