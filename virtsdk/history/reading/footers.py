"""The ends of a recording's files, checked: their columns and row groups, and what the samples say there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from virtsdk.errors import RecordingError
from virtsdk.history import integrity
from virtsdk.history.parquet.arrow import Schema, Table, pa, pq
from virtsdk.history.parquet.elsewhere import RemotePath, asked, opened
from virtsdk.history.parquet.older import old_names, renamed
from virtsdk.history.parquet.seal import BrokenSealError, read_sealed
from virtsdk.history.reading.selection import Group, group_of


@dataclass(frozen=True, slots=True)
class Footer:
    """Footer of a file."""

    metadata: Any
    schema: Schema  #: under today's names
    groups: tuple[Group, ...]
    old: Mapping[str, str]  #: today's names of columns that the file calls otherwise, and its own


def read_footer(path: Path) -> Footer:
    """Read the end of a file.

    Raises
    ------
    RecordingError
        It is damaged, or not of a recording.
    """
    try:
        sealed, footer = read_sealed(path)  # first: pyarrow may end the process over a damaged footer
        metadata = pq.read_metadata(pa.BufferReader(footer))
        schema = metadata.schema.to_arrow_schema()
    except FileNotFoundError:
        raise
    except (OSError, pa.ArrowException, BrokenSealError) as error:
        raise damaged(path, error) from error
    if b"virtsdk" not in (schema.metadata or {}):
        raise RecordingError(f"{path} was not written by virtsdk.record: move it out of the recording")
    frame = path.parent.name
    old = old_names(frame, schema.names)
    if not sealed:
        integrity.check_columns(path, frame, renamed(schema, old))
        integrity.check_rows(path, frame, _whole(path), copied=True)
    groups = tuple(group_of(metadata.row_group(place)) for place in range(metadata.num_row_groups))
    return Footer(metadata, renamed(schema, old), groups, old)


def whole_file(path: Path) -> Table:
    """Read a whole file, checking its pages.

    Raises
    ------
    RecordingError
        It is damaged.
    """
    read_footer(path)
    return _whole(path)


def _whole(path: Path) -> Table:
    try:
        with opened(path) as source, asked(path):
            table = pq.read_table(source, partitioning=None, page_checksum_verification=True)
    except (OSError, pa.ArrowException) as error:
        raise damaged(path, error) from error
    return renamed(table, old_names(path.parent.name, table.column_names))


def contents_of(path: Path) -> integrity.Contents:
    """Read which frames the segments of a file of ``samples`` have; empty where it does not say."""
    return contents_in(path, read_footer(path))


def contents_in(path: Path, footer: Footer) -> integrity.Contents:
    """Take the same from its footer."""
    about: dict[bytes, bytes] = footer.metadata.metadata or {}
    try:
        return integrity.read_contents(about.get(integrity.CONTENTS.encode(), b"[]"))
    except ValueError as error:  # of a file without a seal
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> RecordingError:
    """Say which file of a recording cannot be read, and what to do."""
    said = (str(error).splitlines() or [type(error).__name__])[0]
    if isinstance(path, RemotePath) and isinstance(error, OSError):  # the way there, more likely
        return RecordingError(f"{path} cannot be read ({said}): try again, or look at its storage")
    return RecordingError(
        f"{path} is damaged ({said}): restore it from a copy, or move it out of the recording to read all "
        "the rest"
    )
