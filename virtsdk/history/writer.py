"""Writes a recording so that it can be read at any moment, whatever happens to the writer."""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import socket
import threading
from collections.abc import Generator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from virtsdk.display import listing
from virtsdk.errors import RecordingError
from virtsdk.history import files
from virtsdk.history.arrow import Schema, Table, pa, pq
from virtsdk.history.columns import arrow_schema, described, in_order, sort_keys, to_table
from virtsdk.history.files import DRAFT, MARK, SAMPLES, Segment
from virtsdk.history.older import old_names, renamed
from virtsdk.history.reader import damaged, read_footer

_LOCK = "recorder.lock"
_ROW_GROUP = 1_000_000  # values
_log = logging.getLogger(__name__)


class RecordingWriter:
    """The one writer of a recording: a context manager.

    Rows are collected with `add`; `flush` makes a segment of them that counts entirely or not at all; `merge`
    joins small files. `add` may be called from any thread; `flush`, `merge` and `close` from one at a time.

    Parameters
    ----------
    directory
        A recording to go on with, an empty directory, or one to be made.

    Raises
    ------
    RecordingError
        Someone else writes it, it has other files, or it cannot be written.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = Path(directory)
        self._lock = threading.Lock()
        self._waiting: dict[str, list[pd.DataFrame]] = {}
        with self._trouble("make"):
            self.directory.mkdir(parents=True, exist_ok=True)
            self._holder = self._take()
        try:
            with self._trouble("write"):
                self._begin()
        except BaseException:
            os.close(self._holder)
            raise

    def _take(self) -> int:
        """Lock the directory for this writer; the system lets go of it when the process ends."""
        holder = os.open(self.directory / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            who = os.read(holder, 200).decode(errors="replace").strip()
            os.close(holder)
            raise RecordingError(
                f"{self.directory} is being recorded to already, by {who or 'another process'}: stop that "
                "recorder, or give another directory"
            ) from error
        except OSError:
            os.close(holder)
            raise
        os.ftruncate(holder, 0)
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        os.write(holder, f"process {os.getpid()} on {socket.gethostname()} since {now}\n".encode())
        return holder

    def _begin(self) -> None:
        strangers = sorted(one.name for one in self.directory.iterdir() if one.name not in (_LOCK, MARK))
        if (self.directory / MARK).exists():
            said = files.check(self.directory)
            if tuple(said["version"]) < files.FORMAT:
                _write_text(self.directory / MARK, json.dumps({**said, **files.mark()}) + "\n")
        elif strangers:
            raise RecordingError(
                f"{self.directory} has other files in it ({listing.names(strangers, 3)}): a recording wants "
                "a directory of its own"
            )
        else:
            _write_text(self.directory / MARK, json.dumps(files.mark()) + "\n")
        there = files.listing(self.directory)
        for path in files.leftovers(self.directory, there):
            _log.info("%s: left by a recorder that was killed, removed", path)
            path.unlink()
        self._next = there.last + 1
        self._segments = {name: list(segments) for name, segments in there.frames.items()}
        self._values = {
            (name, one): _values(read_footer(self.directory / name / one.name).metadata)
            for name, segments in self._segments.items()
            for one in segments
            if one.tier < len(files.FULL)
        }

    @contextlib.contextmanager
    def _trouble(self, verb: str) -> Generator[None]:
        """Raise what the system says as our error, with what to do."""
        try:
            yield
        except (OSError, pa.ArrowException) as error:
            raise RecordingError(f"cannot {verb} the recording {self.directory}: {error}") from error

    # --- writing ------------------------------------------------------------

    def add(self, frames: Mapping[str, pd.DataFrame]) -> None:
        """Take rows to write with the next flush."""
        with self._lock:
            for name, frame in frames.items():
                if len(frame):
                    self._waiting.setdefault(name, []).append(frame)

    @property
    def waiting(self) -> int:
        """How many values wait for a flush."""
        with self._lock:
            return sum(frame.size for frames in self._waiting.values() for frame in frames)

    def flush(self) -> None:
        """Write what was added as one segment.

        Raises
        ------
        RecordingError
            It cannot be written: the disk is full, the directory is gone ... What was written before stays
            readable, and what was not waits for the next flush.
        """
        with self._lock:
            waiting = {name: list(frames) for name, frames in self._waiting.items()}
        if not waiting.get(SAMPLES):
            return
        segment = Segment(self._next, self._next, 0)
        with self._trouble("write"):
            if not (self.directory / MARK).exists():
                raise FileNotFoundError(f"{self.directory / MARK} is gone: was it deleted or unmounted?")
            for name in sorted(waiting, key=lambda name: name == SAMPLES):  # its samples make it count
                self._write(name, segment, to_table(name, waiting[name]))
        self._next += 1
        for name in waiting:
            self._segments.setdefault(name, []).append(segment)
        with self._lock:
            for name, frames in waiting.items():
                del self._waiting[name][: len(frames)]
                if not self._waiting[name]:
                    del self._waiting[name]

    def _write(self, name: str, segment: Segment, table: Table) -> None:
        schema = arrow_schema(name, [table.schema])
        absent = [field for field in schema if field.name not in table.column_names]
        for field in absent:
            table = table.append_column(field, pa.nulls(table.num_rows, field.type))
        table = table.select(schema.names).cast(schema)
        order = in_order(table, sort_keys(name, table.column_names))
        if order is not None:
            table = table.take(pa.array(order))
        folder = self.directory / name
        if not folder.is_dir():
            folder.mkdir()
            _sync(self.directory)
        draft = folder / f"{segment.name}{DRAFT}"
        try:
            _write_table(draft, table, described(schema, name, {"version": ".".join(map(str, files.FORMAT))}))
            draft.replace(folder / segment.name)
        except BaseException:
            with contextlib.suppress(OSError):  # the disk may be gone altogether; the next writer removes it
                draft.unlink(missing_ok=True)
            raise
        _sync(folder)
        self._values[name, segment] = table.num_rows * table.num_columns

    # --- merging ------------------------------------------------------------

    def merge(self, *, rest: bool = False) -> None:
        """Join files that are due; with `rest`, also those that were flushed last.

        Raises
        ------
        RecordingError
            The merged file cannot be written; all data is in the files that were to be merged.
        """
        with self._trouble("merge files of"):
            for name in list(self._segments):
                while chosen := files.due(
                    self._segments[name],
                    [self._values.get((name, one), 0) for one in self._segments[name]],
                    rest=rest,
                ):
                    self._join(name, chosen)

    def _join(self, name: str, chosen: Sequence[Segment]) -> None:
        folder = self.directory / name
        whole = Segment(chosen[0].first, chosen[-1].last, chosen[0].tier + 1)
        if len(chosen) == 1:
            (folder / chosen[0].name).replace(folder / whole.name)
            self._values[name, whole] = self._values[name, chosen[0]]
        else:
            tables = [_read_table(folder / one.name) for one in chosen]
            self._write(name, whole, pa.concat_tables(tables, promote_options="permissive"))
            for one in chosen:
                (folder / one.name).unlink()
        kept = [one for one in self._segments[name] if one not in chosen]
        self._segments[name] = sorted([*kept, whole])
        for one in chosen:
            del self._values[name, one]

    # --- the end ------------------------------------------------------------

    def close(self) -> None:
        """Write and join what is left, and let go of the directory; a second call does nothing.

        Raises
        ------
        RecordingError
            It cannot be written.
        """
        if self._holder < 0:
            return
        try:
            self.flush()
            try:
                self.merge(rest=True)
            except RecordingError as error:  # nothing is lost by that: the small files stay
                _log.warning("%s", error)
        finally:
            fcntl.flock(self._holder, fcntl.LOCK_UN)  # also where a forked process has it open
            os.close(self._holder)
            self._holder = -1

    def __enter__(self) -> RecordingWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _write_table(path: Path, table: Table, schema: Schema) -> None:
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    whole = [field.name for field in schema if pa.types.is_integer(field.type)]
    broken = [field.name for field in schema if pa.types.is_floating(field.type)]
    moments = [field.name for field in schema if pa.types.is_timestamp(field.type)]
    encoding = dict.fromkeys([*whole, *moments], "DELTA_BINARY_PACKED")
    encoding |= dict.fromkeys(broken, "BYTE_STREAM_SPLIT")
    with path.open("wb") as file:
        with pq.ParquetWriter(
            file,
            schema,
            compression="zstd",
            use_dictionary=texts,
            column_encoding=encoding,
            write_page_checksum=True,
            coerce_timestamps="us",
        ) as writer:
            writer.write_table(
                table.replace_schema_metadata(schema.metadata).cast(schema),
                row_group_size=max(_ROW_GROUP // max(table.num_columns, 1), 1024),
            )
        file.flush()
        os.fsync(file.fileno())


def _read_table(path: Path) -> Table:
    try:
        table = pq.read_table(path, partitioning=None, page_checksum_verification=True)
        return renamed(table, old_names(path.parent.name, table.column_names))
    except (OSError, pa.ArrowException) as error:
        raise damaged(path, error) from error


def _write_text(path: Path, text: str) -> None:
    draft = path.with_name(path.name + DRAFT)
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Make the names in a folder last over a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _values(metadata: object) -> int:
    return int(getattr(metadata, "num_rows", 0)) * int(getattr(metadata, "num_columns", 0))
