"""Rates of a recording, some domains at a time: what is held at once does not grow with the fleet."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import tzinfo
from typing import Any

import numpy as np
import pandas as pd

from virtsdk.history.arguments import microseconds_of, stamp_of
from virtsdk.history.columns import HOSTS, SAMPLES, in_order, sort_keys, to_frame
from virtsdk.history.parquet.arrow import Table, pa
from virtsdk.history.parquet.older import POOL_KEYS, POOLS, VOLUMES, with_pools
from virtsdk.history.reader import Reader, Selection
from virtsdk.history.reading.parts import DAY, Carry, Division, Part, ordered
from virtsdk.history.reading.pieces import Pieces
from virtsdk.history.retention.keep import ROLLED, USAGE, rolled_name
from virtsdk.history.retention.rolled import COUNTED, check_every, fresh_part, rolled_until, sums_of, together
from virtsdk.stats.change.differences import BESIDE, CARRIED, NODE_RATED, RATED, Found, rate_frame
from virtsdk.stats.change.node_rates import NodeRates
from virtsdk.stats.change.possible import VCPU_TIME
from virtsdk.stats.change.rates import Rates
from virtsdk.stats.change.resample import finished
from virtsdk.stats.change.series import by_name, microseconds
from virtsdk.stats.change.spacing import Interval, Spacing, distances, seconds_of
from virtsdk.stats.change.taking import Taking, taking_of
from virtsdk.stats.change.usage import PARTS, Summed, counting, with_sums
from virtsdk.stats.columns.catalogue import counters
from virtsdk.stats.columns.metric import GRAINS, KEYS
from virtsdk.stats.samples.derive import DERIVED
from virtsdk.stats.samples.lazy import LazyFrames

CHUNK = 100_000
"""Rows that are worked on at once, unless one domain alone has more."""


def read_frame(
    reader: Reader, frame: str, columns: Iterable[str], selection: Selection, *, named: bool = False
) -> pd.DataFrame:
    """Read columns of a frame, also those that are worked out of others, by series and time.

    With `named`, series are in the order of the names of hosts and domains, else in that of UUIDs.
    """
    wanted = list(dict.fromkeys(columns))
    needed = _needed(reader, frame, wanted, selection)
    named = named and {"domain", "name"} <= set(reader.schema(frame, selection).names)
    needed += ["name"] if named and "name" not in needed else []
    table: Table = reader.read(frame, needed, selection)
    if frame == VOLUMES and table["storage_pool"].null_count:
        pools: Table = reader.read(POOLS, ["host", "time", "name", "storage_pool"], selection)
        table = with_pools(table, pools)
    found = to_frame(table, in_order(table, sort_keys(frame, needed)))
    if named:
        found = by_name(found)
    return _with_derived(frame, found, wanted)


def _needed(reader: Reader, frame: str, wanted: Iterable[str], selection: Selection) -> list[str]:
    """Return the columns of files that some columns, and the order of rows, are made of."""
    derived = DERIVED.get(frame, {})
    needed = [one for column in wanted for one in (derived[column][0] if column in derived else (column,))]
    keys = sort_keys(frame, reader.schema(frame, selection).names)
    return list(dict.fromkeys([*needed, *keys, "time", *(POOL_KEYS if frame == VOLUMES else ())]))


def _with_derived(frame: str, found: pd.DataFrame, wanted: list[str]) -> pd.DataFrame:
    derived = DERIVED.get(frame, {})
    for column in wanted:
        if column in derived:
            found[column] = derived[column][1](found)
    return found[wanted]


def rates_of(
    reader: Reader,
    selection: Selection,
    *,
    interval: Interval | None = None,
    every: pd.Timedelta | None = None,
    zone: tzinfo | None = None,
    chunk: int | None = None,
    window: int = DAY,
) -> Rates:
    """Make the rates of a recording; each frame is worked out when it is read.

    Parameters
    ----------
    reader
        Of the recording.
    selection
        Which samples; its end is to be given, so that all frames are of the same samples.
    interval
        How far apart samples are meant to be; the median of each stretch that was recorded at one interval
        where it is left out.
    every
        The length of coarser intervals; None for those of the samples.
    zone
        By whose clocks these begin; None for UTC.
    chunk, window
        As `CHUNK`, and as of `Division`.
    """
    replay: _Replay | _Rolled
    if (until := rolled_until(reader, selection)) is None:
        replay = _Replay(reader, selection, interval, every, zone, chunk or CHUNK, window)
    else:
        check_every(every, reader)
        assert every is not None
        replay = _Rolled(reader, selection, until, interval, every, zone)
    return Rates(LazyFrames(RATED, replay.frame, reader.directory.name), Summed(replay.usage))


def sums_of_samples(
    reader: Reader, selection: Selection, *, interval: Interval | None = None
) -> dict[str, pd.DataFrame]:
    """Make the sums of 5 minutes that are kept in place of samples, by the frames of `ROLLED_FRAMES`.

    Parameters
    ----------
    reader, selection, interval
        As of `rates_of`.
    """
    replay = _Replay(reader, selection, interval, ROLLED, None, CHUNK, DAY, sums=True)
    usage, counted = replay.usage()
    frames = {rolled_name(name): replay.frame(name) for name in RATED}
    return {USAGE: usage.assign(**{COUNTED: usage["host"].isin(counted).astype(np.int64)}), **frames}


class _Rolled:
    """Rates of a recording some of whose samples are kept as sums alone."""

    def __init__(
        self,
        reader: Reader,
        selection: Selection,
        until: int,
        interval: Interval | None,
        every: pd.Timedelta,
        zone: tzinfo | None,
    ) -> None:
        self._reader = reader
        self._selection = selection
        self._until = until
        self._every = every
        self._zone = zone
        self._fresh: _Replay | None = None
        fresh = fresh_part(reader, selection, until)
        if fresh is not None:
            with contextlib.suppress(ValueError):  # there are no two samples yet
                self._fresh = _Replay(reader, fresh, interval, ROLLED, None, CHUNK, DAY, sums=True)

    def frame(self, name: str) -> pd.DataFrame:
        """Give the rates of one frame."""
        fresh = None if self._fresh is None else self._fresh.frame(name)
        return _drop_sums(finished(self._together(rolled_name(name), fresh)))

    def usage(self) -> tuple[pd.DataFrame, set[str]]:
        """Give the rates of domains with sums over their parts, and which hosts count delays."""
        fresh, counted = None, set[str]()
        if self._fresh is not None:
            fresh, counted = self._fresh.usage()
            fresh = fresh.assign(**{COUNTED: np.zeros(len(fresh), dtype=np.int64)})
        sums = self._together(USAGE, fresh)
        if COUNTED in sums:
            counted |= set(sums["host"][sums[COUNTED].to_numpy() > 0])
        return _drop_sums(finished(sums)), counted

    def _together(self, name: str, fresh: pd.DataFrame | None) -> pd.DataFrame:
        if fresh is not None:
            fresh = fresh[(fresh["time"] >= stamp_of(self._until)).to_numpy(dtype=bool)]
        rolled = sums_of(self._reader, name, self._selection, self._until)
        return together(name, rolled, fresh, self._every, self._zone)


def _drop_sums(found: pd.DataFrame) -> pd.DataFrame:
    return by_name(found.reset_index(drop=True))


def node_rates_of(reader: Reader, selection: Selection, *, interval: Interval | None = None) -> NodeRates:
    """Make the rates of the recorded hosts' own counters."""
    spacing, taking = spacing_of(reader, selection, interval, "node_time")
    frames: dict[str, pd.DataFrame] = {}
    for name in NODE_RATED:
        rows = read_frame(reader, name, [*KEYS[name], "time", *counters(name)], selection)
        frames[name], _ = rate_frame(name, taking.placed(rows), spacing, taking, Found())
    return NodeRates(frames)


class _Replay:
    def __init__(
        self,
        reader: Reader,
        selection: Selection,
        interval: Interval | None,
        every: pd.Timedelta | None,
        zone: tzinfo | None,
        chunk: int,
        window: int,
        *,
        sums: bool = False,
    ) -> None:
        self._reader = reader
        self._sums = sums
        self._selection = selection
        self._every = every
        self._zone = zone
        self._chunk = chunk
        self._window = window
        self._spacing, self._taking = spacing_of(reader, selection, interval, "time")
        self._found: Found | None = None
        self._carry = Carry()
        self._with_parts = False
        self._read: dict[str, pd.DataFrame] = {}  #: of the part that is worked on, what is asked for twice

    def frame(self, name: str) -> pd.DataFrame:
        """Work out the rates of one frame, in the order of its series and time."""
        if name == "domains":
            self._found = Found()
            return self._all(name, lambda part: self._domains(part))
        if self._found is None:
            self._found = Found()
            for part in self._parts("domains"):
                self._domains(part)
        found = self._found
        return self._all(name, lambda part: self._part_rates(name, part, found))

    def usage(self) -> tuple[pd.DataFrame, set[str]]:
        """Work out the rates of domains with sums over their parts, and which hosts count delays."""
        counted: set[str] = set()
        found = Found()

        def work(part: Part) -> pd.DataFrame:
            domains, more = self._domains_of(part)
            found.add(more)

            def parts(name: str) -> pd.DataFrame:
                rates = self._part_rates(name, part, found)
                if name == "vcpus":
                    counted.update(counting(rates))
                return rates

            return with_sums(domains, parts)

        return self._all("domains", work, PARTS), counted

    def _part_rates(self, name: str, part: Part, found: Found) -> pd.DataFrame:
        return rate_frame(name, self._rows(name, part), self._spacing, self._taking, found)[0]

    def _domains(self, part: Part) -> pd.DataFrame:
        assert self._found is not None
        rates, found = self._domains_of(part)
        self._found.add(found)
        return rates

    def _domains_of(self, part: Part) -> tuple[pd.DataFrame, Found]:
        rows = self._rows("domains", part)

        def vcpus(domains: Iterable[str]) -> pd.DataFrame:
            """Read the vCPUs of domains that had more CPU time than their number allows."""
            if self._with_parts:  # they are read in any case
                own = self._rows("vcpus", part)
                return own[own["domain"].isin(list(domains))]
            start = int(microseconds(rows).min()) if part.window else part.selection.start
            chosen = replace(part.selection, start=start, domains=frozenset(domains))
            columns = [*KEYS["vcpus"], "name", "time", VCPU_TIME]
            return self._taking.placed(read_frame(self._reader, "vcpus", columns, chosen))

        return rate_frame("domains", rows, self._spacing, self._taking, Found(), vcpus)

    def _parts(self, *names: str) -> Iterator[Part]:
        """Yield the parts, and carry the last rows of one stretch over to the next."""
        hosts = self._selection.hosts
        if hosts is None:
            described = set(read_frame(self._reader, HOSTS, ["host"], Selection())["host"])
            hosts = described | self._taking.moments.keys()
        division = Division(
            self._reader, self._selection, names, hosts=hosts, chunk=self._chunk, window=self._window,
            whole=self._taking.numbers,
        )  # fmt: skip
        self._carry = Carry()
        self._with_parts = "vcpus" in names[1:]
        for part in division:
            self._carry.come_to(part)
            self._read.clear()
            yield part

    def _all(
        self, name: str, work: Callable[[Part], pd.DataFrame], beside: Iterable[str] = ()
    ) -> pd.DataFrame:
        pieces = Pieces(name, self._every, self._zone, sums=self._sums)
        for part in self._parts(name, *beside):
            pieces.add(work(part), alone=part.alone)
        if not pieces:
            pieces.add(work(Part(replace(self._selection, hosts=frozenset()))), alone=True)
        return pieces.whole()

    def _rows(self, name: str, part: Part) -> pd.DataFrame:
        if name not in self._read:
            self._read[name] = self._rows_of(name, part)
        return self._read[name]

    def _rows_of(self, name: str, part: Part) -> pd.DataFrame:
        known = {*self._reader.schema(name, self._selection).names, *DERIVED.get(name, ())}
        columns = [
            "host",
            "domain",
            "name",
            *GRAINS[name],
            "time",
            *BESIDE.get(name, ()),
            *CARRIED.get(name, ()),
        ]
        wanted = [one for one in dict.fromkeys([*columns, *counters(name)]) if one in known]
        needed = _needed(self._reader, name, wanted, part.selection)
        table: Table = self._reader.read(name, needed, part.selection)
        before = self._carry.of(name, part)
        if before is not None:
            table = pa.concat_tables([before, table], promote_options="permissive")
        table, rows = ordered(name, table)
        self._carry.keep(name, table, rows)
        return self._taking.placed(_with_derived(name, rows, wanted))


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
    read = "clock_seconds" if column == "time" else "node_clock_seconds"
    taken = samples_of(reader, selection, ["host", column, "clock", read])
    if column != "time":
        taken = taken.drop(columns="time", errors="ignore").rename(columns={column: "time"})
    taken = taken.dropna(subset=["time"])
    clocks = (
        taken["clock"].fillna("").tolist()
    )  # a machine's own figures are read where the clock is the same
    seconds = taken[read].to_numpy(dtype=np.float64, na_value=np.nan)
    taking, _ = taking_of(taken["host"].tolist(), microseconds(taken), clocks, seconds)
    whole = distances(taken)
    if not whole:
        raise ValueError(
            f"rates need at least two points in time of a host, and this part of {reader.directory} has "
            f"{taken['time'].nunique()}"
        )
    if interval is not None:
        return Spacing.constant(seconds_of(interval)), taking
    stretches = _stretches(reader)
    starts = np.array([microseconds_of(start) or 0 for start, _, _ in stretches], dtype=np.int64)
    nominal = np.array([seconds for _, _, seconds in stretches])
    by_host = {host: nominal.copy() for host in whole}
    for number, (start, end, _) in enumerate(stretches):
        within = taken[(taken["time"] >= start) & (taken["time"] < end)]
        for host, apart in distances(within).items():
            by_host[host][number] = float(np.median(apart))
    spacing = Spacing({host: (starts, seconds) for host, seconds in by_host.items()}, (starts, nominal))
    return spacing, taking


def samples_of(reader: Reader, selection: Selection, columns: Iterable[str]) -> pd.DataFrame:
    """Read the samples that were taken."""
    rows = read_frame(reader, SAMPLES, [*dict.fromkeys([*columns, "taken"])], selection)
    return rows[rows["taken"].fillna(False).astype(bool)]


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
