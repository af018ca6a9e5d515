"""Rates of a recording, some domains at a time: what is held at once does not grow with the fleet."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import tzinfo

import numpy as np
import pandas as pd

from virtsdk.history.columns import HOSTS
from virtsdk.history.parquet.arrow import Table, pa
from virtsdk.history.reading.arguments import stamp_of
from virtsdk.history.reading.frames import needed_columns, read_frame, spacing_of, with_derived
from virtsdk.history.reading.parts import DAY, Carry, Division, Part, ordered
from virtsdk.history.reading.pieces import Pieces
from virtsdk.history.reading.reader import Reader, Selection
from virtsdk.history.retention.keep import ROLLED, USAGE, rolled_name
from virtsdk.history.retention.rolled import COUNTED, check_every, fresh_part, rolled_until, sums_of, together
from virtsdk.stats.change.differences import BESIDE, CARRIED, NODE_RATED, RATED, Found, rate_frame
from virtsdk.stats.change.node_rates import NodeRates
from virtsdk.stats.change.possible import VCPU_TIME
from virtsdk.stats.change.rates import Rates
from virtsdk.stats.change.resample import finished
from virtsdk.stats.change.series import by_name, microseconds
from virtsdk.stats.change.spacing import Interval, Spacing
from virtsdk.stats.change.taking import Taking
from virtsdk.stats.change.usage import PARTS, Summed, counting, with_sums
from virtsdk.stats.columns.catalogue import counters
from virtsdk.stats.columns.metric import GRAINS, KEYS
from virtsdk.stats.samples.derive import DERIVED
from virtsdk.stats.samples.lazy import LazyFrames

Groups = Sequence[Sequence[Selection]]
Apart = Callable[["Replay", str | None], tuple[Pieces, set[str]]]
"""Does what `Replay.work` does."""
CHUNK = 100_000
"""Rows that are worked on at once, unless one domain alone has more."""


def rates_of(
    reader: Reader,
    selection: Selection,
    *,
    interval: Interval | None = None,
    every: pd.Timedelta | None = None,
    zone: tzinfo | None = None,
    chunk: int | None = None,
    window: int = DAY,
    apart: Apart | None = None,
    order: tuple[Spacing, Taking] | None = None,
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
    apart
        Has it worked out elsewhere (`virtsdk.history.reading.apart`); None for here.
    order
        What `spacing_of` says of the samples, where that is known.
    """
    replay: Replay | _Rolled
    if (until := rolled_until(reader, selection)) is None:
        replay = Replay(
            reader, selection, interval, every, zone, chunk or CHUNK, window, apart=apart, order=order
        )
    else:
        check_every(every, reader)
        assert every is not None
        replay = _Rolled(reader, selection, until, interval, every, zone, apart)
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
    replay = Replay(reader, selection, interval, ROLLED, None, CHUNK, DAY, sums=True)
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
        apart: Apart | None,
    ) -> None:
        self._reader = reader
        self._selection = selection
        self._until = until
        self._every = every
        self._zone = zone
        self._fresh: Replay | None = None
        fresh = fresh_part(reader, selection, until)
        if fresh is not None:
            with contextlib.suppress(ValueError):  # there are no two samples yet
                self._fresh = Replay(
                    reader, fresh, interval, ROLLED, None, CHUNK, DAY, sums=True, apart=apart
                )

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


class Replay:
    """Work on the samples of a selection, part by part; parameters as of `rates_of`.

    Attributes
    ----------
    reader, selection, every, zone, chunk, window, sums
        As they were given.
    spacing, taking
        How far apart samples are meant to be, and their order; from the samples where they are not given.
    """

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
        apart: Apart | None = None,
        order: tuple[Spacing, Taking] | None = None,
    ) -> None:
        self.reader = reader
        self.sums = sums
        self.selection = selection
        self.every = every
        self.zone = zone
        self.chunk = chunk
        self.window = window
        self.spacing, self.taking = order or spacing_of(reader, selection, interval, "time")
        self._apart: Apart = apart or Replay.work
        self._found: Found | None = None
        self._carry = Carry()
        self._with_parts = False
        self._read: dict[str, pd.DataFrame] = {}  #: of the part that is worked on, what is asked for twice

    def frame(self, name: str) -> pd.DataFrame:
        """Work out the rates of one frame, in the order of its series and time."""
        return self._apart(self, name)[0].whole()

    def usage(self) -> tuple[pd.DataFrame, set[str]]:
        """Work out the rates of domains with sums over their parts, and which hosts count delays."""
        pieces, counted = self._apart(self, None)
        return pieces.whole(), counted

    def work(self, name: str | None, groups: Groups | None = None) -> tuple[Pieces, set[str]]:
        """Do that, here: of one frame, or where none is named for usage.

        Parameters
        ----------
        name
            The frame; None for usage.
        groups
            The stretches of each group, as of `division`; None for all.
        """
        if name is None:
            return self._usage(groups)
        if name == "domains":
            self._found = Found()
            return self._all(name, groups, lambda part: self._domains(part)), set()
        if self._found is None:
            self._found = Found()
            for part in self._parts(None, "domains"):
                self._domains(part)
        found = self._found
        return self._all(name, groups, lambda part: self._part_rates(name, part, found)), set()

    def _usage(self, groups: Groups | None) -> tuple[Pieces, set[str]]:
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

        return self._all("domains", groups, work, PARTS), counted

    def _part_rates(self, name: str, part: Part, found: Found) -> pd.DataFrame:
        return rate_frame(name, self._rows(name, part), self.spacing, self.taking, found)[0]

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
            return self.taking.placed(read_frame(self.reader, "vcpus", columns, chosen))

        return rate_frame("domains", rows, self.spacing, self.taking, Found(), vcpus)

    def division(self, name: str | None) -> Division:
        """Divide the work on a frame, or where none is named on usage."""
        return self._division("domains", *PARTS) if name is None else self._division(name)

    def _division(self, *names: str) -> Division:
        hosts = self.selection.hosts
        if hosts is None:
            described = set(read_frame(self.reader, HOSTS, ["host"], Selection())["host"])
            hosts = described | self.taking.moments.keys()
        return Division(
            self.reader, self.selection, names, hosts=hosts, chunk=self.chunk, window=self.window,
            whole=self.taking.numbers,
        )  # fmt: skip

    def _parts(self, groups: Groups | None, *names: str) -> Iterator[Part]:
        """Yield the parts, and carry the last rows of one stretch over to the next."""
        division = self._division(*names)
        self._carry = Carry()
        self._with_parts = "vcpus" in names[1:]
        for part in division if groups is None else division.parts(groups):
            self._carry.come_to(part)
            self._read.clear()
            yield part

    def _all(
        self,
        name: str,
        groups: Groups | None,
        work: Callable[[Part], pd.DataFrame],
        beside: Iterable[str] = (),
    ) -> Pieces:
        pieces = Pieces(name, self.every, self.zone, sums=self.sums)
        for part in self._parts(groups, name, *beside):
            pieces.add(work(part), alone=part.alone)
        if not pieces:
            pieces.add(work(Part(replace(self.selection, hosts=frozenset()))), alone=True)
        return pieces

    def _rows(self, name: str, part: Part) -> pd.DataFrame:
        if name not in self._read:
            self._read[name] = self._rows_of(name, part)
        return self._read[name]

    def _rows_of(self, name: str, part: Part) -> pd.DataFrame:
        known = {*self.reader.schema(name, self.selection).names, *DERIVED.get(name, ())}
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
        needed = needed_columns(self.reader, name, wanted, part.selection)
        table: Table = self.reader.read(name, needed, part.selection)
        before = self._carry.of(name, part)
        if before is not None:
            table = pa.concat_tables([before, table], promote_options="permissive")
        table, rows = ordered(name, table)
        self._carry.keep(name, table, rows)
        return self.taking.placed(with_derived(name, rows, wanted))
