"""One way through a recording: groups of hosts, stretches of days, and of these some domains at a time.

Each row is read once. The last rows of each series are carried over to the next stretch, so that it goes on
where it ended; so what is held at once grows neither with the fleet nor with the length of the recording.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from virtsdk.history.columns import in_order, sort_keys, to_frame
from virtsdk.history.files import part_of
from virtsdk.history.parquet.arrow import Table, pa
from virtsdk.history.reading.reader import Reader
from virtsdk.history.reading.selection import Place, Selection
from virtsdk.stats.change.series import differs, microseconds
from virtsdk.stats.columns.catalogue import counters
from virtsdk.stats.columns.metric import KEYS

DAY = 86_400_000_000  # µs


@dataclass(frozen=True, slots=True)
class Part:
    """Some domains of some hosts in a stretch of time.

    Attributes
    ----------
    selection
        Their rows.
    group, window
        The number of the group of hosts, and of the stretch.
    alone
        There is one stretch of this group.
    """

    selection: Selection
    group: int = 0
    window: int = 0
    alone: bool = True


class Division:
    """The parts of a selection.

    Parameters
    ----------
    reader, selection
        Of the recording; its end is given where more than one stretch is wanted.
    frames
        Those whose rows are worked on at once: by the largest of them parts are measured.
    chunk
        Rows that a part has at the most, unless one domain has more in a day.
    window
        The length of stretches (µs), at the least; they begin at its multiples.
    whole
        Hosts whose samples are not in the order of their times: for them there is one stretch.
    """

    def __init__(
        self,
        reader: Reader,
        selection: Selection,
        frames: Iterable[str],
        *,
        chunk: int,
        window: int = DAY,
        whole: Collection[str] = (),
        hosts: Collection[str],
    ) -> None:
        self._reader = reader
        self._selection = selection
        self._frames = tuple(frames)
        self._chunk = chunk
        self._window = window
        self._whole = frozenset(whole)
        self._hosts = sorted(hosts)

    def __iter__(self) -> Iterator[Part]:
        return self.parts(self.groups())

    def groups(self) -> Iterator[list[Selection]]:
        """Yield the stretches of each group of hosts."""
        for hosts in self._groups():
            alone = len(hosts) == len(self._hosts)  # then also what no host tells of
            yield self._windows(self._selection if alone else replace(self._selection, hosts=hosts))

    def parts(self, groups: Iterable[Sequence[Selection]]) -> Iterator[Part]:
        """Yield the parts of some groups, each given as its stretches."""
        for number, windows in enumerate(groups):
            for place, stretch in enumerate(windows):
                with self._reader.keeping():
                    for one in self._spans(stretch):
                        yield Part(one, number, place, len(windows) == 1)

    def _groups(self) -> Iterator[frozenset[str]]:
        """Divide the hosts as files are divided by them, few parts of files together where they are small."""
        parts = self._reader.parts("domains", self._selection)
        classes: dict[int, set[str]] = {}
        for host in self._hosts:
            classes.setdefault(-1 if host in self._whole else part_of(host, parts), set()).add(host)
        out_of_order = classes.pop(-1, set[str]())
        yield from (frozenset([host]) for host in sorted(out_of_order))
        rows = self._rows(self._selection) / max(len(self._hosts), 1)
        held: set[str] = set()
        for _, hosts in sorted(classes.items()):
            if held and (len(held) + len(hosts)) * rows > self._chunk:
                yield frozenset(held)
                held = set()
            held |= hosts
        if held:
            yield frozenset(held)

    def _rows(self, selection: Selection) -> int:
        return max(self._reader.rows(name, selection) for name in self._frames)

    def _windows(self, group: Selection) -> list[Selection]:
        """Divide the time, where there is more of it than fits."""
        bounds = self._reader.bounds("domains", group)
        rows = self._rows(group)
        if bounds is None or rows <= self._chunk or self._whole & (group.hosts or set(self._hosts)):
            return [group]
        first = max(bounds[0], group.start or 0)
        last = bounds[1] if group.end is None else min(bounds[1], group.end - 1)
        length = self._window * max(1, int(self._chunk / rows * max(1, last - first) / self._window))
        edges = range(first // length * length + length, last + 1, length)
        ends = [group.start, *edges, group.end]
        return [replace(group, start=start, end=end) for start, end in pairwise(ends)]

    def _spans(self, stretch: Selection) -> Iterator[Selection]:
        """Divide the domains, in the order of their hosts and UUIDs."""
        most = self._rows(stretch)
        if most <= self._chunk:
            yield stretch
            return
        sizes = domain_sizes(self._reader, stretch)
        share = most / max(
            self._reader.rows("domains", stretch), 1
        )  # both count whole groups, whoever's they are
        after: Place | None = stretch.after
        held, before = 0.0, None
        for place, rows in sizes:
            if held and held + rows * share > self._chunk:
                yield replace(stretch, after=after, until=before)
                after, held = before, 0.0
            held, before = held + rows * share, place
        yield replace(stretch, after=after)


def domain_sizes(reader: Reader, selection: Selection) -> list[tuple[Place, int]]:
    """Return host, UUID and the number of samples of each domain, sorted."""
    counts: dict[Place, int] = {}
    for table in reader.last("domains", ["host", "domain"], selection):
        plain = table.cast(pa.schema([pa.field(name, pa.string()) for name in table.column_names]))
        grouped = plain.group_by(["host", "domain"]).aggregate([([], "count_all")])
        for one in grouped.to_pylist():
            key = (one["host"], one["domain"])
            counts[key] = counts.get(key, 0) + one["count_all"]
    return sorted(counts.items())


class Carry:
    """The last rows of each series, frame by frame, of one group of hosts."""

    def __init__(self) -> None:
        self._group = -1
        self._window = -1
        self._before: dict[str, list[Table]] = {}
        self._now: dict[str, list[Table]] = {}

    def come_to(self, part: Part) -> None:
        """Begin with a part: a new group has nothing before it."""
        if part.group != self._group:
            self._before, self._now = {}, {}
        elif part.window != self._window:
            self._before, self._now = self._now, {}
        self._group, self._window = part.group, part.window

    def of(self, frame: str, part: Part) -> Table | None:
        """Return the rows that come before those of a part."""
        tables = self._before.get(frame)
        if not tables:
            return None
        whole = pa.concat_tables(tables, promote_options="permissive")
        self._before[frame] = [whole]
        inside = replace(part.selection, start=None, end=None).filter(whole)
        return inside if inside.num_rows else None

    def keep(self, frame: str, table: Table, rows: pd.DataFrame) -> None:
        """Keep the last ones of these rows.

        Parameters
        ----------
        frame
            Its name.
        table, rows
            The rows in order, twice.
        """
        places = last_rows(frame, rows)
        if len(places):
            self._now.setdefault(frame, []).append(table.take(pa.array(places)))


def last_rows(frame: str, rows: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the places of the last row of each series; of parts all rows of its last moment.

    A disk's row without counters (QEMU did not answer) is no row of its series, as in rates.

    Parameters
    ----------
    frame
        Its name.
    rows
        In the order of series and time.
    """
    if not len(rows):
        return np.zeros(0, dtype=np.int64)
    last = np.ones(len(rows), dtype=bool)
    last[:-1] = np.logical_or.reduce([differs(rows[key]) for key in KEYS[frame]])
    if frame == "domains":
        return np.flatnonzero(last)
    ends = np.flatnonzero(last)
    series = np.repeat(np.arange(len(ends)), np.diff(np.append(-1, ends)))
    times = microseconds(rows)
    if frame == "disks":
        known = rows[[one for one in counters(frame) if one in rows.columns]].notna().any(axis=1)
        latest = np.full(len(ends), -1, dtype=np.int64)
        np.maximum.at(latest, series, np.where(known.to_numpy(dtype=bool), times, -1))
    else:
        latest = times[ends]
    return np.flatnonzero(times == latest[series])


def ordered(frame: str, table: Table, keys: Iterable[str] = ()) -> tuple[Table, pd.DataFrame]:
    """Bring rows into the order of series and time."""
    order = in_order(table, sort_keys(frame, keys or table.column_names))
    if order is not None:
        table = table.take(pa.array(order))
    return table, to_frame(table)
