"""Files of a recording on the disk: written whole or not at all, never through a link, with few rights."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np

from virtsdk.errors import RecordingError
from virtsdk.history.files import DRAFT, part_of
from virtsdk.history.parquet.arrow import Schema, Table, pa, pc, pq
from virtsdk.history.parquet.seal import BLANK, KEY, seal
from virtsdk.history.reading.selection import BOUNDED

_ROW_GROUP: Final = 1_000_000  # values in a row group at the most
_LEAST_ROWS: Final = 1024  # up to which hosts share a row group
_GROUPS: Final = 24  # row groups that a file is divided into at the most, beside those that are full


def make_folder(folder: Path, mode: int) -> None:
    """Make a folder, and those above it, with the rights that files of `mode` want: x where there is r."""
    rights = mode | (mode & 0o444) >> 2
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=rights, exist_ok=True)
        sync(one.parent)


def open_new(path: Path, mode: int) -> BinaryIO:
    """Open a file that is made now, for reading and writing; what has its name already is removed."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    return os.fdopen(handle, "w+b")


def write_text(path: Path, text: str, mode: int) -> None:
    """Write a small file."""
    draft = path.with_name(path.name + DRAFT)
    with open_new(draft, mode) as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync(path.parent)


class TableFile:
    """A Parquet file that is being written, some rows at a time, and sealed at its end.

    Parameters
    ----------
    path
        Is made.
    schema
        Of all rows, with what is said of its columns.
    about
        What the footer says beside.
    mode
        The file's rights.
    """

    def __init__(self, path: Path, schema: Schema, about: Mapping[str, str], mode: int) -> None:
        texts = [field.name for field in schema if pa.types.is_string(field.type)]
        whole = [field.name for field in schema if pa.types.is_integer(field.type)]
        broken = [field.name for field in schema if pa.types.is_floating(field.type)]
        moments = [field.name for field in schema if pa.types.is_timestamp(field.type)]
        encoding = dict.fromkeys([*whole, *moments], "DELTA_BINARY_PACKED")
        encoding |= dict.fromkeys(broken, "BYTE_STREAM_SPLIT")
        self._schema = schema
        self._about = about
        self._file = open_new(path, mode)
        self._writer = pq.ParquetWriter(
            self._file,
            schema,
            compression="zstd",
            use_dictionary=texts,
            column_encoding=encoding,
            write_statistics=[name for name in schema.names if name in BOUNDED],
            write_page_checksum=True,
            coerce_timestamps="us",
        )

    def write(self, table: Table) -> None:
        """Write rows in the order of hosts: those of one host in row groups of their own, unless few."""
        table = table.replace_schema_metadata(self._schema.metadata).cast(self._schema)
        for start, rows in row_groups(table):
            self._writer.write_table(table.slice(start, rows), row_group_size=rows)

    def end(self) -> None:
        """Write the footer and its seal, and have all of it on the disk."""
        self._writer.add_key_value_metadata({**self._about, KEY: BLANK})
        self._writer.close()
        self._file.flush()
        seal(self._file)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Close it as it is: nobody will read it."""
        for one in (self._writer, self._file):
            with contextlib.suppress(OSError, ValueError, pa.ArrowException):  # a full disk says so again
                one.close()


def row_groups(table: Table) -> Iterator[tuple[int, int]]:
    """Divide a table by its hosts; yield where each row group begins and how many rows it has.

    A reader of one host reads the row groups of that host alone. Hosts with few rows share one, since each
    row group takes room in the footer, which every reader reads.
    """
    most = max(_ROW_GROUP // max(table.num_columns, 1), _LEAST_ROWS)
    least = min(max(-(-table.num_rows // _GROUPS), _LEAST_ROWS), most)
    start = 0
    for end in _host_ends(table):
        if end - start < least and end < table.num_rows:
            continue
        while start < end:
            rows = min(most, end - start)
            yield start, rows
            start += rows


def divided(table: Table, parts: int) -> Iterator[Table]:
    """Divide rows by their hosts; yield the rows of each part."""
    if parts == 1:
        yield table
        return
    hosts = _coded_hosts(table)
    part = np.array([part_of(host, parts) for host in hosts.dictionary.to_pylist()], dtype=np.int64)
    of_row = part[hosts.indices.to_numpy(zero_copy_only=False)]
    for number in range(parts):
        yield table.filter(pa.array(of_row == number))


def _coded_hosts(table: Table) -> Any:
    hosts = pc.dictionary_encode(table["host"]).unify_dictionaries().combine_chunks()
    return hosts.chunk(0) if isinstance(hosts, pa.ChunkedArray) else hosts


def _host_ends(table: Table) -> list[int]:
    if table.num_rows == 0:
        return []
    codes = _coded_hosts(table).indices.to_numpy(zero_copy_only=False)
    return [*(np.flatnonzero(np.diff(codes)) + 1).tolist(), table.num_rows]


def sync(folder: Path) -> None:
    """Make the names in a folder last over a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def refuse_link(path: Path) -> None:
    """Refuse a name that leads somewhere else.

    Raises
    ------
    RecordingError
        The message names the link.
    """
    if path.is_symlink():
        raise RecordingError(
            f"{path} is a link to {path.readlink()}: a recorder writes, joins and removes files in its own "
            "directory alone; remove the link"
        )
