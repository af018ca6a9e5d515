"""Reads the files of a recording: only the files, row groups and columns that a question is about."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from virtsdk.errors import RecordingError
from virtsdk.history import files, integrity
from virtsdk.history.columns import arrow_schema
from virtsdk.history.parquet.arrow import Schema, Table, pa, pq
from virtsdk.history.parquet.elsewhere import asked, opened
from virtsdk.history.parquet.older import renamed
from virtsdk.history.reading.footers import Footer, contents_in, damaged, read_footer
from virtsdk.history.reading.kept import Kept
from virtsdk.history.reading.selection import Place, Selection
from virtsdk.history.reading.spans import Times, span_of, spanned

T = TypeVar("T")

_LAST = "\U0010ffff"  # after the UUID of any domain
_TRIES = 10  # the recorder may merge, and so remove, a file between its listing and its reading


class Reader:
    """The files of one recording, as they are when `refresh` is called."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        files.check(directory)
        self._footers: dict[Path, Footer] = {}
        self._schemas: dict[tuple[str, tuple[files.Segment, ...]], Schema] = {}
        self._said: set[integrity.Problem] = set()
        self._told: tuple[files.Listing, integrity.Contents] | None = None
        self._kept: Kept | None = None
        self.dropped_until: int | None = None  #: until when samples are not kept (µs since 1970)
        self.listing = self._counting(files.listing(directory))

    def refresh(self) -> None:
        """Take note of what was written and merged meanwhile."""
        self.listing = self._counting(files.listing(self.directory))
        self._schemas.clear()
        there = {path for name in self.listing.frames for path in self.listing.paths(name)}
        for path in self._footers.keys() - there:
            del self._footers[path]

    def _counting(self, listing: files.Listing) -> files.Listing:
        """Leave out files of samples that are not kept: their contents do not tell of them any more."""
        self.dropped_until = None
        if files.ROLLUP not in listing.frames:
            return listing
        self.listing = listing
        told = [one for one in self._contents() if one.frames]
        dropped = [one for one in told if files.DROPPED in one.frames]
        if not dropped:
            return listing
        self.dropped_until = max(one.end for one in dropped) + 1
        counting = listing.without((one.first, one.last) for one in dropped)
        if self._told is not None:
            self._told = counting, self._told[1]
        return counting

    def warn_of_gaps(self) -> None:
        """Warn of files that are gone; once of each."""
        for one in integrity.missing(self.listing, self._contents()):
            if one not in self._said:
                self._said.add(one)
                what = f"{self.directory}: {one.what} (recording.check() lists all that is wrong)"
                warnings.warn(what, integrity.RecordingWarning, stacklevel=4)

    def _contents(self) -> integrity.Contents:
        """Return what the samples say of all segments."""

        def read() -> integrity.Contents:
            paths = self.listing.paths(files.SAMPLES)
            return [one for path in paths for one in contents_in(path, self._footer(path))]

        if self._told is None or self._told[0] is not self.listing:
            contents = self._consistently(read)
            self._told = self.listing, contents
        return self._told[1]

    def _segments(self, frame: str, selection: Selection | None) -> list[files.Segment]:
        """Return the segments that can have rows of a selection, by the times that the samples tell."""
        found = self.listing.frames.get(frame, ())
        if selection is None or (selection.start is None and selection.end is None):
            return list(found)
        if frame.startswith("rollup."):  # earlier than the segments that they are called by, in their order
            return spanned(found, selection, lambda one: self.times_of(frame, one, selection.hosts))
        outside = [
            one
            for one in self._contents()
            if (selection.start is not None and one.end < selection.start)
            or (selection.end is not None and one.start >= selection.end)
        ]
        gone = {number for one in outside for number in range(one.first, one.last + 1)}
        return [one for one in found if not gone.issuperset(range(one.first, one.last + 1))]

    def _paths(self, frame: str, selection: Selection | None) -> list[Path]:
        hosts = None if selection is None else selection.hosts
        segments = self._segments(frame, selection)
        return [self.directory / frame / name for one in segments for name in one.names(hosts)]

    def schema(self, frame: str, selection: Selection | None = None) -> Schema:
        """Return the schema of a frame: what this version knows, and what the files have besides.

        Only files that can have rows of the selection are looked at, and one part of each segment.
        """

        def read() -> Schema:
            segments = self._segments(frame, selection)
            key = frame, tuple(segments)
            if key not in self._schemas:
                names = [(one.names(hosts) or one.names())[:1] for one in segments]
                paths = [self.directory / frame / name for found in names for name in found]
                self._schemas[key] = arrow_schema(frame, [self._footer(path).schema for path in paths])
            return self._schemas[key]

        hosts = None if selection is None else selection.hosts
        return self._consistently(read)

    def rows(self, frame: str, selection: Selection) -> int:
        """Return how many rows a frame has in the row groups that the selection touches."""
        return sum(
            group.rows
            for footer in self._footers_of(frame, selection)
            for group in footer.groups
            if selection.may_be_in(group)
        )

    def parts(self, frame: str, selection: Selection) -> int:
        """Return in how many parts the files of a frame are, at the most."""
        return max((one.parts for one in self._segments(frame, selection)), default=1)

    def bounds(self, frame: str, selection: Selection | None = None) -> Times | None:
        """Return the first and the last time in a frame (µs since 1970), or in what a selection touches."""
        if frame.startswith("rollup.") and selection is None:  # whose times grow from file to file
            first, last = self._consistently(lambda: self._ends(frame))
            if first and last:
                return first[0], last[1]
        groups = (one for footer in self._footers_of(frame, selection) for one in footer.groups)
        return span_of(one.bounds for one in groups if selection is None or selection.may_be_in(one))

    def _ends(self, frame: str) -> tuple[Times | None, Times | None]:
        found = self.listing.frames.get(frame)
        return (self.times_of(frame, found[0]), self.times_of(frame, found[-1])) if found else (None, None)

    def times_of(self, frame: str, one: files.Segment, hosts: Iterable[str] | None = None) -> Times | None:
        """Return the first and the last time in the files of a segment, or in those that hosts can be in."""
        paths = [self.directory / frame / name for name in one.names(hosts)]
        return span_of(group.bounds for path in paths for group in self._footer(path).groups)

    def read(self, frame: str, columns: Sequence[str], selection: Selection) -> Table:
        """Read some columns of the rows of a selection; texts come as dictionaries, files oldest first."""

        def read() -> Table:
            schema = self.schema(frame, selection)
            fields = [_coded(schema.field(name)) for name in columns]
            paths = self._paths(frame, selection)
            tables = [one for path in paths if (one := self._table(path, fields, selection)) is not None]
            return pa.concat_tables([pa.schema(fields).empty_table(), *tables], promote_options="permissive")

        return self._consistently(read)

    def footer(self, path: Path) -> Footer:
        """Return the end of a file; it is read once."""
        return self._footer(path)

    def in_turn(self, frame: str, segments: Sequence[files.Segment], most: int) -> Iterator[Table]:
        """Read all rows of some segments, under today's names, some hosts at a time, in their order.

        A row group is read once: what of it is of later hosts is kept (`keeping`).

        Parameters
        ----------
        frame, segments
            Whose.
        most
            Values that a table has at the most, unless one host has more.
        """
        paths = [self.directory / frame / name for one in segments for name in one.names()]
        fields = [_coded(one) for one in arrow_schema(frame, [self._footer(path).schema for path in paths])]
        with self.keeping():
            for hosts in _groups_of(self.rows_by_host(frame, segments), most // max(len(fields), 1)):
                chosen, until = Selection(hosts=hosts), (max(hosts), _LAST)
                found = (self._table(path, fields, chosen, until) for path in paths)
                tables = [pa.schema(fields).empty_table(), *(one for one in found if one is not None)]
                yield pa.concat_tables(tables, promote_options="permissive")

    def hosts_in(self, frame: str, selection: Selection) -> set[str]:
        """Return the hosts that the files of a selection have rows of, of those that it names."""
        found = self._consistently(lambda: self.hosts_of(frame, self._segments(frame, selection)))
        return found if selection.hosts is None else found & selection.hosts

    def hosts_of(self, frame: str, segments: Iterable[files.Segment]) -> set[str]:
        """Return the hosts that some segments have rows of."""
        return set(self.rows_by_host(frame, segments))

    def rows_by_host(self, frame: str, segments: Iterable[files.Segment]) -> dict[str, int]:
        """Count the rows that some segments have of each host."""
        field = pa.field("host", pa.string())
        counts: dict[str, int] = {}
        for path in (self.directory / frame / name for one in segments for name in one.names()):
            table = self._table(path, [field], Selection())
            found: list[dict[str, Any]] = [] if table is None else table["host"].value_counts().to_pylist()
            for one in found:
                counts[one["values"]] = counts.get(one["values"], 0) + one["counts"]
        return counts

    def last(self, frame: str, columns: Sequence[str], selection: Selection) -> Iterator[Table]:
        """Read the same segment by segment, newest first; one that is merged meanwhile may come twice."""
        segments = [one.last for one in self._segments(frame, selection)]
        schema = self.schema(frame, selection)
        fields = [_coded(schema.field(name)) for name in columns]
        for number in reversed(segments):

            def read(number: int = number) -> list[Table]:
                held = [one for one in self.listing.frames.get(frame, ()) if one.first <= number <= one.last]
                names = held[0].names(selection.hosts) if held else []
                tables = [self._table(self.directory / frame / name, fields, selection) for name in names]
                return [one for one in tables if one is not None]

            tables = self._consistently(read)
            if tables:
                yield pa.concat_tables(tables, promote_options="permissive")

    def _consistently(self, read: Callable[[], T]) -> T:
        """Read again where a file was merged into another one between its listing and its reading."""
        for _ in range(_TRIES):
            try:
                return read()
            except _Gone:
                self.refresh()
        raise RecordingError(f"the files of {self.directory} vanish while they are read: try again")

    def _table(
        self, path: Path, fields: Sequence[Any], selection: Selection, until: Place | None = None
    ) -> Table | None:
        footer = self._footer(path)
        groups = [place for place, group in enumerate(footer.groups) if selection.may_be_in(group)]
        if not groups:
            return None
        there = set(footer.schema.names)
        asked = selection.columns(footer.schema.names)
        wanted = list(dict.fromkeys([one.name for one in fields if one.name in there] + asked)) or ["time"]
        texts = [one for one in wanted if pa.types.is_string(footer.schema.field(one).type)]
        own = footer.old
        names = [own.get(one, one) for one in wanted]
        try:
            coded = [own.get(one, one) for one in texts]
            table = self._groups(path, footer, groups, names, coded, until or selection.until)
            table = selection.filter(renamed(table, own))
        except FileNotFoundError as error:
            raise _Gone from error
        except (OSError, pa.ArrowException) as error:
            raise damaged(path, error) from error
        columns = [
            _typed(table[one.name], one.type) if one.name in there else pa.nulls(table.num_rows, one.type)
            for one in fields
        ]
        return pa.table(columns, names=[one.name for one in fields])

    def _groups(
        self,
        path: Path,
        footer: Footer,
        groups: list[int],
        names: list[str],
        texts: list[str],
        until: Place | None,
    ) -> Table:
        """Read row groups of a file; of the first of them the rest may be here still (see `keeping`)."""
        key = path, tuple(names)
        rest = None if self._kept is None else self._kept.take(key, groups[0])
        left = groups if rest is None else groups[1:]
        tables = [] if rest is None else [rest]
        if left:
            how = {"metadata": footer.metadata, "read_dictionary": texts, "page_checksum_verification": True}
            with opened(path) as source, pq.ParquetFile(source, pre_buffer=source is not path, **how) as file:
                parts = [left] if self._kept is None else [left[:-1], left[-1:]]
                with asked(path):
                    tables += [file.read_row_groups(part, columns=names) for part in parts if part]
        if self._kept is not None:
            self._kept.keep(key, groups[-1], tables[-1], until)
        return tables[0] if len(tables) == 1 else pa.concat_tables(tables)

    @contextlib.contextmanager
    def keeping(self) -> Generator[None]:
        """Keep the rest of the last row group that was read of each file, for as long as the block takes.

        Who reads part after part, in the order of hosts and domains, begins where the last one ended.
        """
        self._kept = Kept()
        try:
            yield
        finally:
            self._kept = None

    def _footers_of(self, frame: str, selection: Selection | None = None) -> list[Footer]:
        """Read the footers of the files that can have rows of a selection."""
        return self._consistently(lambda: [self._footer(path) for path in self._paths(frame, selection)])

    def _footer(self, path: Path) -> Footer:
        known = self._footers.get(path)
        if known is None:
            try:
                known = read_footer(path)
            except FileNotFoundError as error:
                raise _Gone from error
            self._footers[path] = known
        return known


class _Gone(Exception):
    """A file was merged into another one since it was listed."""


def _groups_of(rows: Mapping[str, int], most: int) -> Iterator[frozenset[str]]:
    """Divide hosts, in their order, into groups of some rows at the most; one host may have more."""
    held: set[str] = set()
    total = 0
    for host, count in sorted(rows.items()):
        if held and total + count > most:
            yield frozenset(held)
            held, total = set[str](), 0
        held.add(host)
        total += count
    if held:
        yield frozenset(held)


def _typed(column: Any, wanted: Any) -> Any:
    """Bring a column of another writer to our type: other widths of the same kind."""
    if column.type == wanted or pa.types.is_dictionary(column.type):
        return column
    if pa.types.is_dictionary(wanted):
        return column.cast(pa.string()).dictionary_encode()
    return column.cast(wanted)


def _coded(found: Any) -> Any:
    text = pa.types.is_string(found.type)
    return pa.field(found.name, pa.dictionary(pa.int32(), pa.string())) if text else found
