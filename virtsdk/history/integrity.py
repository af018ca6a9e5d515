"""Checks of a recording: files that are gone, and files that its writer did not leave like that.

A file with a seal that holds (`virtsdk.history.parquet.seal`) has the columns and rows that its writer
checked. Any other file is looked at once, as a whole, before a figure of it is used.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from virtsdk.errors import RecordingError
from virtsdk.history.columns import HOSTS, SAMPLES, recorded, sort_keys
from virtsdk.history.files import DROPPED, Listing
from virtsdk.history.parquet.arrow import Schema, Table, pa, pc

CONTENTS: Final = "virtsdk.contents"
"""In the metadata of a file of ``samples``: what its segments have, `Contents` as JSON."""


class Content(NamedTuple):
    """Contents of some segments: the frames that have rows, and between which times (µs since 1970)."""

    first: int
    last: int
    frames: list[str]
    start: int
    end: int


Contents = list[Content]

_ONE_ROW_EACH: Final = ("domains", "node.total", "node.cpus", "node.memory", "node.cells")
_EARLIEST, _LATEST = 0, 9_223_372_036_854_775  # µs since 1970 that pandas counts in ns, too


class RecordingWarning(UserWarning):
    """A part of a recording is gone, or a host is not sampled any more; what was read is the rest."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong with a recording: where, of which kind, and in words."""

    file: str
    problem: str
    what: str


# --- files that are gone ---------------------------------------------------------------------------------


def read_contents(text: bytes) -> Contents:
    """Read what a file of samples says in its metadata.

    Raises
    ------
    ValueError
        It was not written by a recorder.
    """
    try:
        found = [Content(*one) for one in json.loads(text)]
        for one in found:
            if not all(isinstance(number, int) for number in (one.first, one.last, one.start, one.end)):
                raise TypeError(one)
            if not isinstance(one.frames, list) or not all(isinstance(name, str) for name in one.frames):
                raise TypeError(one)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{CONTENTS} is none: {text[:60]!r}") from error
    return found


def merged_contents(parts: Iterable[Contents]) -> Contents:
    """Join what the files of a range say, with neighbours that have the same frames as one."""
    found: Contents = []
    for one in sorted(content for part in parts for content in part):
        before = found[-1] if found else None
        if before and before.last + 1 == one.first and before.frames == one.frames:
            start, end = min(before.start, one.start), max(before.end, one.end)
            found[-1] = Content(before.first, one.last, one.frames, start, end)
        else:
            found.append(one)
    return found


def missing(listing: Listing, contents: Contents) -> Iterator[Problem]:
    """Name the files that the samples tell of and that are not there.

    Parameters
    ----------
    listing
        What is there.
    contents
        What the files of ``samples`` say.
    """
    held = {name: [(one.first, one.last) for one in found] for name, found in listing.frames.items()}
    expected: dict[str, list[tuple[int, int]]] = {SAMPLES: [(1, max(listing.last, listing.beyond))]}
    for one in contents:
        for frame in set(one.frames) - {DROPPED}:  # sums go, too, when they are old
            expected.setdefault(frame, []).append((one.first, one.last))
    for frame, ranges in sorted(expected.items()):
        for first, last in _uncovered(ranges, held.get(frame, [])):
            yield Problem(f"{frame}/", "missing", _gone(frame, first, last))
    for frame, segments in sorted(listing.frames.items()):
        for one in segments:
            for part in one.lost:
                what = "the rows of some hosts are gone; all other rows are there"
                yield Problem(f"{frame}/{one.all_names[part]}", "missing", what)


def _gone(frame: str, first: int, last: int) -> str:
    which = f"segment {first}" if first == last else f"segments {first} to {last}"
    rest = "no other frame has their rows" if frame == SAMPLES else "all other rows are there"
    return f"the file with {which} of {frame} is gone; {rest}"


def _uncovered(
    wanted: Sequence[tuple[int, int]], held: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Yield the parts of ranges that no other range has, joined where they follow each other."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(wanted):
        at = first
        for begin, end in sorted(held):
            if end < at or begin > last:
                continue
            if begin > at:
                found.append((at, begin - 1))
            at = max(at, end + 1)
        if at <= last:
            found.append((at, last))
    joined: list[tuple[int, int]] = []
    for first, last in found:
        if joined and joined[-1][1] + 1 >= first:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    yield from joined


# --- files of another writer -----------------------------------------------------------------------------


def check_columns(path: Path, frame: str, schema: Schema) -> None:
    """Refuse columns that are not those of the frame; columns that it does not know may be there.

    Raises
    ------
    RecordingError
        A column is there twice, is missing though rows are told apart by it, or is of another type.
    """
    names: list[str] = list(schema.names)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _wrong(path, f"column {twice[0]!r} is there twice")
    known = recorded().get(frame, {})
    needed = [key for key in ("host", "domain", "time") if key in known and key not in names]
    if needed:
        raise _wrong(path, f"it has no column {needed[0]!r}")
    for name in names:
        if name in known and not _fits(schema.field(name).type, known[name]):
            raise _wrong(
                path, f"column {name!r} is {schema.field(name).type}; expected {_EXPECTED[known[name]]}"
            )


def check_rows(path: Path, frame: str, table: Table, *, copied: bool = False) -> None:
    """Refuse rows that no sample gives: without their keys, doubled, infinite, or of no time.

    Parameters
    ----------
    path, frame, table
        A file, whole.
    copied
        Another program wrote it: rows that are alike in all columns are doubled, whatever they are about.

    Raises
    ------
    RecordingError
        The message names the file and the column.
    """
    known = recorded().get(frame, {})
    keys = [key for key in dict.fromkeys(["host", *_keys(frame, known), "time"]) if key in table.column_names]
    for key in keys:
        if table[key].null_count and key in ("host", "domain", "time"):
            raise _wrong(path, f"column {key!r} is missing in {table[key].null_count} rows")
    for name in table.column_names:
        kind = table.schema.field(name).type
        if pa.types.is_timestamp(kind) and table[name].null_count < table.num_rows:
            bounds = pc.min_max(_microseconds(path, name, table[name])).as_py()
            if bounds["min"] < _EARLIEST or bounds["max"] > _LATEST:
                raise _wrong(path, f"column {name!r} has times that are none, before 1970 or after 2262")
        if pa.types.is_floating(kind) and pc.any(pc.is_inf(table[name])).as_py():
            raise _wrong(path, f"column {name!r} is infinite in some rows")
    doubled = _doubled(table, keys) if frame in _ONE_ROW_EACH else 0
    if copied and not doubled:
        doubled = _doubled(_named(table, keys), [name for name in table.column_names if name in known])
    if doubled:
        raise _wrong(path, f"{doubled} rows are there twice")


def _microseconds(path: Path, name: str, times: Any) -> Any:
    try:
        return times.cast(pa.timestamp("us", times.type.tz)).cast(pa.int64())
    except pa.ArrowInvalid as error:
        raise _wrong(path, f"column {name!r} has times that are none") from error


def _doubled(table: Table, keys: Sequence[str]) -> int:
    """Return how many rows have the same keys as another one before."""
    return table.num_rows - table.select(keys).group_by(keys).aggregate([]).num_rows


def _named(table: Table, keys: Sequence[str]) -> Table:
    """Return the rows that have all of their keys: nics without a name may well be alike."""
    for key in keys:
        table = table.filter(pc.is_valid(table[key])) if table[key].null_count else table
    return table


def _keys(frame: str, known: Mapping[str, str]) -> tuple[str, ...]:
    return () if frame in (SAMPLES, HOSTS) else sort_keys(frame, known)


def _fits(found: Any, dtype: str) -> bool:
    types = pa.types
    if types.is_null(found):
        return True
    match dtype:
        case "str":
            return types.is_string(found) or types.is_large_string(found)
        case "Int64":
            return types.is_signed_integer(found) or (
                types.is_unsigned_integer(found) and found.bit_width < 64
            )
        case "Float64":
            return types.is_floating(found)
        case "boolean":
            return types.is_boolean(found)
        case _:
            return types.is_timestamp(found) and found.tz is not None


_EXPECTED = {
    "str": "text",
    "Int64": "whole numbers (int64)",
    "Float64": "numbers (double)",
    "boolean": "true or false",
    "datetime64[us, UTC]": "times with a zone",
}


def _wrong(path: Path, said: str) -> RecordingError:
    return RecordingError(
        f"{path} is not as virtsdk.record wrote it: {said}; restore it from a copy, or move it out of the "
        "recording to read all the rest"
    )
