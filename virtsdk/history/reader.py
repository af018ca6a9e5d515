"""Reads the files of a recording: only the files, row groups and columns that a question is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from virtsdk.errors import RecordingError
from virtsdk.history import files
from virtsdk.history.arrow import Schema, Table, pa, pc, pq
from virtsdk.history.columns import arrow_schema
from virtsdk.history.older import old_names, renamed

T = TypeVar("T")

_TRIES = 10  # the recorder may merge, and so remove, a file between its listing and its reading
_KEYS = ("host", "domain", "time")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows are asked for; None is no limit.

    Attributes
    ----------
    start, end
        µs since 1970; the end itself is not in it.
    hosts
        Names.
    domains
        UUIDs or names, for frames that have domains.
    span
        The first and last UUID, for frames that have domains.
    """

    start: int | None = None
    end: int | None = None
    hosts: frozenset[str] | None = None
    domains: frozenset[str] | None = None
    span: tuple[str, str] | None = None

    def columns(self, there: Iterable[str]) -> list[str]:
        """Return the columns that it takes to tell, of those that there are."""
        wanted = {
            "time": self.start is not None or self.end is not None,
            "host": self.hosts is not None,
            "domain": self.span is not None or self.domains is not None,
            "name": self.domains is not None,
        }
        return [name for name in there if wanted.get(name)]

    def may_be_in(self, group: Group) -> bool:
        """Tell whether a row group can hold such rows."""
        hosts, domains, times = (group.bounds.get(key) for key in _KEYS)
        if times and self.start is not None and times[1] < self.start:
            return False
        if times and self.end is not None and times[0] >= self.end:
            return False
        if hosts and self.hosts is not None and not any(hosts[0] <= one <= hosts[1] for one in self.hosts):
            return False
        return not (domains and self.span and (domains[1] < self.span[0] or domains[0] > self.span[1]))

    def filter(self, table: Table) -> Table:
        """Return the rows of a table that are asked for."""
        there = set(table.column_names)
        parts: list[Any] = []
        if self.start is not None:
            parts.append(pc.field("time") >= _moment(self.start))
        if self.end is not None:
            parts.append(pc.field("time") < _moment(self.end))
        if self.hosts is not None:
            parts.append(pc.field("host").isin(sorted(self.hosts)))
        if "domain" in there:
            if self.span is not None:
                parts.append((pc.field("domain") >= self.span[0]) & (pc.field("domain") <= self.span[1]))
            if self.domains is not None:
                wanted = sorted(self.domains)
                parts.append(pc.field("domain").isin(wanted) | pc.field("name").isin(wanted))
        if not parts:
            return table
        whole = parts[0]
        for part in parts[1:]:
            whole &= part
        return table.filter(whole)


@dataclass(frozen=True, slots=True)
class Group:
    """A row group: how many rows, and the least and largest value of the columns that rows are chosen by."""

    rows: int
    bounds: dict[str, tuple[Any, Any]] = field(default_factory=dict[str, tuple[Any, Any]])


@dataclass(frozen=True, slots=True)
class Footer:
    """Footer of a file."""

    metadata: Any
    schema: Schema  #: under today's names
    groups: tuple[Group, ...]
    old: Mapping[str, str]  #: today's names of columns that the file calls otherwise, and its own


class Reader:
    """The files of one recording, as they are when `refresh` is called."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        files.check(directory)
        self._footers: dict[Path, Footer] = {}
        self._schemas: dict[str, Schema] = {}
        self.listing = files.listing(directory)

    def refresh(self) -> None:
        """Take note of what was written and merged meanwhile."""
        self.listing = files.listing(self.directory)
        self._schemas.clear()
        there = {path for name in self.listing.frames for path in self.listing.paths(name)}
        for path in self._footers.keys() - there:
            del self._footers[path]

    def schema(self, frame: str) -> Schema:
        """Return the schema of a frame: what this version knows, and what the files have besides."""
        if frame not in self._schemas:
            found = [footer.schema for footer in self._files(frame)]
            self._schemas[frame] = arrow_schema(frame, found)
        return self._schemas[frame]

    def rows(self, frame: str, selection: Selection) -> int:
        """Return how many rows a frame has in the row groups that the selection touches."""
        return sum(
            group.rows
            for footer in self._files(frame)
            for group in footer.groups
            if selection.may_be_in(group)
        )

    def bounds(self, frame: str) -> tuple[int, int] | None:
        """Return the first and the last time in a frame (µs since 1970)."""
        times = [
            group.bounds["time"]
            for footer in self._files(frame)
            for group in footer.groups
            if "time" in group.bounds
        ]
        return (min(one for one, _ in times), max(one for _, one in times)) if times else None

    def read(self, frame: str, columns: Sequence[str], selection: Selection) -> Table:
        """Read some columns of the rows of a selection; texts come as dictionaries, files oldest first."""

        def read() -> Table:
            schema = self.schema(frame)
            fields = [_coded(schema.field(name)) for name in columns]
            paths = self.listing.paths(frame)
            tables = [one for path in paths if (one := self._table(path, fields, selection)) is not None]
            return pa.concat_tables([pa.schema(fields).empty_table(), *tables], promote_options="permissive")

        return self._consistently(read)

    def last(self, frame: str, columns: Sequence[str], selection: Selection) -> Iterator[Table]:
        """Read the same file by file, newest first; a file that is merged meanwhile may come twice."""
        segments = [one.last for one in self.listing.frames.get(frame, ())]
        schema = self.schema(frame)
        fields = [_coded(schema.field(name)) for name in columns]
        for number in reversed(segments):

            def read(number: int = number) -> Table | None:
                held = [one for one in self.listing.frames.get(frame, ()) if one.first <= number <= one.last]
                return self._table(self.directory / frame / held[0].name, fields, selection) if held else None

            table = self._consistently(read)
            if table is not None:
                yield table

    def _consistently(self, read: Callable[[], T]) -> T:
        """Read again where a file was merged into another one between its listing and its reading."""
        for _ in range(_TRIES):
            try:
                return read()
            except _Gone:
                self.refresh()
        raise RecordingError(f"the files of {self.directory} vanish while they are read: try again")

    def _table(self, path: Path, fields: Sequence[Any], selection: Selection) -> Table | None:
        footer = self._footer(path)
        groups = [place for place, group in enumerate(footer.groups) if selection.may_be_in(group)]
        if not groups:
            return None
        there = set(footer.schema.names)
        asked = selection.columns(footer.schema.names)
        wanted = list(dict.fromkeys([one.name for one in fields if one.name in there] + asked)) or ["time"]
        texts = [one for one in wanted if pa.types.is_string(footer.schema.field(one).type)]
        own = footer.old
        try:
            with pq.ParquetFile(
                path,
                metadata=footer.metadata,
                read_dictionary=[own.get(one, one) for one in texts],
                page_checksum_verification=True,
            ) as file:
                table = file.read_row_groups(groups, columns=[own.get(one, one) for one in wanted])
                table = selection.filter(renamed(table, own))
        except FileNotFoundError as error:
            raise _Gone from error
        except (OSError, pa.ArrowException) as error:
            raise damaged(path, error) from error
        columns = [
            table[one.name] if one.name in there else pa.nulls(table.num_rows, one.type) for one in fields
        ]
        return pa.table(columns, names=[one.name for one in fields])

    def _files(self, frame: str) -> list[Footer]:
        return self._consistently(lambda: [self._footer(path) for path in self.listing.paths(frame)])

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


def read_footer(path: Path) -> Footer:
    """Read the end of a file.

    Raises
    ------
    RecordingError
        It is damaged, or not of a recording.
    """
    try:
        metadata = pq.read_metadata(path)
        schema = metadata.schema.to_arrow_schema()
    except FileNotFoundError:
        raise
    except (OSError, pa.ArrowException) as error:
        raise damaged(path, error) from error
    if b"virtsdk" not in (schema.metadata or {}):
        raise RecordingError(f"{path} was not written by virtsdk.record: move it out of the recording")
    groups = tuple(_group(metadata.row_group(place)) for place in range(metadata.num_row_groups))
    old = old_names(path.parent.name, schema.names)
    return Footer(metadata, renamed(schema, old), groups, old)


def damaged(path: Path, error: Exception) -> RecordingError:
    """Say which file of a recording cannot be read, and what to do."""
    said = (str(error).splitlines() or [type(error).__name__])[0]
    return RecordingError(
        f"{path} is damaged ({said}): restore it from a copy, or move it out of the recording to read all "
        "the rest"
    )


def _group(found: Any) -> Group:
    bounds: dict[str, tuple[Any, Any]] = {}
    for place in range(found.num_columns):
        column = found.column(place)
        if column.path_in_schema not in _KEYS:
            continue
        told = column.statistics
        if told is not None and told.has_min_max:
            bounds[column.path_in_schema] = (_plain(told.min), _plain(told.max))
    return Group(found.num_rows, bounds)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value
    return int(np.datetime64(value.replace(tzinfo=None), "us").astype(np.int64))


def _moment(microseconds: int) -> Any:
    return pa.scalar(microseconds, pa.timestamp("us", "UTC"))


def _coded(found: Any) -> Any:
    text = pa.types.is_string(found.type)
    return pa.field(found.name, pa.dictionary(pa.int32(), pa.string())) if text else found
