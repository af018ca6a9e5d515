"""Rows of a recording as frames, and the order and the distances of its samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from virtsdk.history.columns import HOSTS, SAMPLES, in_order, sort_keys, to_frame
from virtsdk.history.parquet.arrow import Table
from virtsdk.history.parquet.older import POOL_KEYS, POOLS, VOLUMES, with_pools
from virtsdk.history.reading.arguments import microseconds_of
from virtsdk.history.reading.reader import Reader, Selection
from virtsdk.stats.change.series import by_name, distinct, microseconds
from virtsdk.stats.change.spacing import Interval, Spacing, distances, seconds_of
from virtsdk.stats.change.taking import Taking, joined, taking_of
from virtsdk.stats.samples.derive import DERIVED

AT_ONCE: Final = 500_000
"""Samples whose times are looked at at once, unless one host alone has more: some 100 MB."""


def read_frame(
    reader: Reader, frame: str, columns: Iterable[str], selection: Selection, *, named: bool = False
) -> pd.DataFrame:
    """Read columns of a frame, also those that are worked out of others, by series and time.

    With `named`, series are in the order of the names of hosts and domains, else in that of UUIDs.
    """
    wanted = list(dict.fromkeys(columns))
    needed = needed_columns(reader, frame, wanted, selection)
    named = named and {"domain", "name"} <= set(reader.schema(frame, selection).names)
    needed += ["name"] if named and "name" not in needed else []
    table: Table = reader.read(frame, needed, selection)
    if frame == VOLUMES and table["storage_pool"].null_count:
        pools: Table = reader.read(POOLS, ["host", "time", "name", "storage_pool"], selection)
        table = with_pools(table, pools)
    found = to_frame(table, in_order(table, sort_keys(frame, needed)))
    if named:
        found = by_name(found)
    return with_derived(frame, found, wanted)


def needed_columns(reader: Reader, frame: str, wanted: Iterable[str], selection: Selection) -> list[str]:
    """Return the columns of files that some columns, and the order of rows, are made of."""
    derived = DERIVED.get(frame, {})
    needed = [one for column in wanted for one in (derived[column][0] if column in derived else (column,))]
    keys = sort_keys(frame, reader.schema(frame, selection).names)
    return list(dict.fromkeys([*needed, *keys, "time", *(POOL_KEYS if frame == VOLUMES else ())]))


def with_derived(frame: str, found: pd.DataFrame, wanted: list[str]) -> pd.DataFrame:
    """Work out columns of others, and return those that are wanted."""
    derived = DERIVED.get(frame, {})
    for column in wanted:
        if column in derived:
            found[column] = derived[column][1](found)
    return found[wanted]


def spacing_of(
    reader: Reader, selection: Selection, interval: Interval | None, column: str
) -> tuple[Spacing, Taking]:
    """Return how far apart the samples are meant to be, and the samples in their order.

    A recorder that was started again at another interval begins a stretch with a spacing of its own.

    Raises
    ------
    ValueError
        There are less than two samples of a host.
    """
    stretches = _stretches(reader) if interval is None else []
    starts = np.array([microseconds_of(start) or 0 for start, _, _ in stretches], dtype=np.int64)
    nominal = np.array([seconds for _, _, seconds in stretches])
    takings: list[Taking] = []
    by_host: dict[str, Any] = {}
    moments: set[int] = set()  # where each host has one at the most
    for hosts in _some_hosts(reader, selection):
        chosen = selection if hosts is None else replace(selection, hosts=hosts)
        taken, taking = _taken(reader, chosen, column)
        takings.append(taking)
        by_host.update((host, nominal.copy()) for host in distances(taken))
        if not by_host:
            moments.update(distinct(microseconds(taken)).tolist())
        for number, (start, end, _) in enumerate(stretches):
            within = taken[(taken["time"] >= start) & (taken["time"] < end)]
            for host, apart in distances(within).items():
                by_host[host][number] = float(np.median(apart))
    if not by_host:
        raise ValueError(
            f"rates need at least two points in time of a host, and this part of {reader.directory} has "
            f"{len(moments)}"
        )
    taking = joined(takings)
    if interval is not None:
        return Spacing.constant(seconds_of(interval)), taking
    spacing = Spacing({host: (starts, seconds) for host, seconds in by_host.items()}, (starts, nominal))
    return spacing, taking


def _some_hosts(reader: Reader, selection: Selection) -> Iterator[frozenset[str] | None]:
    """Divide the hosts, some at a time; None for all of them at once, where their samples are few."""
    rows = reader.rows(SAMPLES, selection)
    if rows <= AT_ONCE:
        yield None
        return
    hosts = sorted(reader.hosts_in(SAMPLES, selection))
    number = max(1, AT_ONCE * len(hosts) // rows)
    for first in range(0, len(hosts), number):  # in the order of files, whose row groups tell which they have
        yield frozenset(hosts[first : first + number])


def _taken(reader: Reader, selection: Selection, column: str) -> tuple[pd.DataFrame, Taking]:
    """Read the samples that were taken, with the times of a column, and their order."""
    read = "clock_seconds" if column == "time" else "node_clock_seconds"
    columns = dict.fromkeys(["host", column, "clock", read, "taken"])
    taken = read_frame(reader, SAMPLES, columns, selection)
    taken = taken[taken["taken"].fillna(False).astype(bool)]
    if column != "time":
        taken = taken.drop(columns="time", errors="ignore").rename(columns={column: "time"})
    taken = taken.dropna(subset=["time"])
    clocks = taken["clock"].fillna("")  # a machine's own figures are read where the clock is the same
    seconds = taken[read].to_numpy(dtype=np.float64, na_value=np.nan)
    return taken[["host", "time"]], taking_of(taken["host"], microseconds(taken), clocks, seconds)[0]


def _stretches(reader: Reader) -> list[tuple[pd.Timestamp, pd.Timestamp, float]]:
    """Return from when to when samples were taken at which interval (seconds)."""
    runs = read_frame(reader, HOSTS, ["time", "interval_seconds"], Selection())
    runs = runs.dropna().drop_duplicates().sort_values("time", kind="stable")
    changed = runs["interval_seconds"].ne(runs["interval_seconds"].shift()).fillna(True)
    runs = runs[changed.astype(bool)]
    first, last = pd.Timestamp(0, tz="UTC"), pd.Timestamp("2200-01-01", tz="UTC")
    starts: list[Any] = [first, *runs["time"].iloc[1:], last]
    nominal: list[float] = runs["interval_seconds"].astype(float).tolist() or [1.0]
    return list(zip(starts[:-1], starts[1:], nominal, strict=True))
