"""`compact`: a recording brought to today's format and layout, without losing a row whenever it is killed."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from virtsdk.display.text import count, printable, size
from virtsdk.errors import RecordingError
from virtsdk.errors.frames import shows_no_variables
from virtsdk.history import files
from virtsdk.history.columns import HOSTS, SAMPLES
from virtsdk.history.files import Segment
from virtsdk.history.integrity import Contents, missing
from virtsdk.history.leftovers import ALONE, leftovers
from virtsdk.history.parquet.disk import divided
from virtsdk.history.parquet.elsewhere import RemotePath, remote
from virtsdk.history.reading.footers import Footer, contents_in, whole_file
from virtsdk.history.reading.reader import Reader
from virtsdk.history.writer import RecordingWriter
from virtsdk.history.writing.copying import copy_out
from virtsdk.history.writing.drafts import Piece
from virtsdk.history.writing.form import values_of
from virtsdk.history.writing.lock import is_held
from virtsdk.history.writing.store import Replacement

_TIERS = 99  # of a file's name
_MOST = files.LARGEST  # values that are in memory at once
_ROOM = 1.5  # times the bytes of what is joined, where all of it is written before anything is removed


@dataclass(frozen=True, slots=True, repr=False)
class Compaction:
    """What `compact` did.

    Attributes
    ----------
    directory
        The recording.
    files_before, files, bytes_before, bytes
        How many files there were and are, and what they take.
    to, copied
        Where the copy is, and how many files of it are new; None, and 0, without one.
    """

    directory: Path
    files_before: int
    files: int
    bytes_before: int
    bytes: int
    to: Path | None = None
    copied: int = 0

    @property
    def said(self) -> str:
        """The same in words."""
        before = f"{count(self.files_before, 'file')} of {size(self.bytes_before)}"
        copied = "" if self.to is None else f"; {count(self.copied, 'file')} copied to {self.to}"
        return f"{before}, now {count(self.files, 'file')} of {size(self.bytes)}{copied}"

    def __repr__(self) -> str:
        return f"<Compaction {printable(str(self.directory))}: {self.said}>"


@shows_no_variables
def compact(
    directory: str | os.PathLike[str],
    *,
    to: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> Compaction:
    """Bring a recording to today's format, and the files of each day together.

    Rows are the same before and after, and are in files by day and group of hosts, in the order of hosts,
    domains and times: a question about one host reads its own part. A recorder does that as it goes; this is
    for recordings of older versions, of many restarts, and for days that it did not come to.

    Parameters
    ----------
    directory
        That of a recording, which nobody records to now.
    to
        A URL of fsspec (extra ``[fleet]``), ``"s3://bucket/history"``, where a copy is to be, or is to be
        brought up to date; `virtsdk.open_recording` reads it there. None for no copy.
    storage_options
        What fsspec's file system takes.

    Returns
    -------
    Compaction
        Its repr says how many files there were and are.

    Raises
    ------
    RecordingError
        It is no recording, is being recorded to, or cannot be written; what was not brought up is as it was.
        A newer virtsdk wrote it, a file is damaged, or samples are gone: nothing is changed. Or something is
        missing that the copy may have, or the copy cannot be written, or other things are there already.
    ValueError
        `to` is no URL.

    Notes
    -----
    Each file is read once, and what it has is written and synced beside it; when all is written, the old
    files are removed. Where there is no room for that, files are read twice, to find what is damaged before
    anything is changed, and joined day by day: that needs room for the largest day of a frame. Readers may
    read meanwhile. Killed at any point it leaves each row in the old file or in the new one; what is left
    over is removed by the next writer.

    Examples
    --------
    >>> import tempfile, virtsdk
    >>> directory = tempfile.mkdtemp()
    >>> with virtsdk.connect("test:///default") as host:
    ...     ended = virtsdk.record(host, directory, interval=0.1, duration=0.3).wait()
    >>> compact(directory).files
    5
    """
    path = files.directory_of(directory)
    _refuse_newer(path, files.check(path)["version"])
    target = None if to is None else remote(to, storage_options)
    if target is not None and not isinstance(target, RemotePath):
        raise ValueError(f"to must be a URL of fsspec that is not of this machine, not {to!r}")
    mode = stat.S_IMODE((path / files.MARK).stat().st_mode) & 0o666 | 0o600
    reader = Reader(path)
    if not is_held(path):  # else the writer says who has it
        _refuse_loss(reader, copied=target is not None)
    before = _extent(path)
    writer = RecordingWriter(path, mode=mode, tidy=False, footer=reader.footer)
    try:
        with writer.trouble("compact"):
            _compact(writer, reader)
            copied = 0 if target is None else copy_out(path, target)
    finally:
        writer.release()
    after = _extent(path)
    return Compaction(
        path, before[0], after[0], before[1], after[1], None if target is None else target.as_path(), copied
    )


def _refuse_newer(directory: Path, version: Sequence[int]) -> None:
    """Refuse what a newer virtsdk wrote: its files would say that they are of our version."""
    if tuple(version) > files.FORMAT:
        raise RecordingError(
            f"{directory} is of version {'.'.join(map(str, version))} of the format, and this virtsdk writes "
            f"{'.'.join(map(str, files.FORMAT))}: compact it with a version of virtsdk that writes that"
        )


def _refuse_loss(reader: Reader, *, copied: bool) -> None:
    """Refuse a recording of which a file has no end that holds, or samples are gone, before it is changed."""
    directory, there = reader.directory, files.listing(reader.directory)
    contents: Contents = []
    for name in sorted(there.frames):
        for path in there.paths(name):
            footer = reader.footer(path)
            contents += contents_in(path, footer) if name == SAMPLES else []
    for one in leftovers(directory):
        if one.kind == ALONE:
            for path in there.paths(one.path.parent.name):
                whole_file(path)  # where what it was joined into is damaged, that is named
            raise _refusal(directory, f"{one.path} has rows of which the samples are gone")
    for one in missing(there, contents):
        if copied or one.file.startswith(f"{SAMPLES}/"):
            raise _refusal(directory, f"{directory}/{one.file}: {one.what}")


def _refusal(directory: Path, what: str) -> RecordingError:
    return RecordingError(
        f"{directory} is not compacted, and nothing was changed: {what}; restore what is missing from a copy "
        "(virtsdk check names all of it)"
    )


def _extent(directory: Path) -> tuple[int, int]:
    found = [one.stat().st_size for one in directory.glob("*/*.parquet")]
    return len(found), sum(found)


@dataclass(frozen=True, slots=True)
class _Join:
    """Neighbours of a day that become one segment."""

    name: str
    chosen: Sequence[Segment]
    whole: Segment
    rows: int
    bytes: int


def _compact(writer: RecordingWriter, reader: Reader) -> None:
    """Write what is to be joined beside what there is, then have it count: reading shows what is damaged.

    Where there is no room for all of it, all is read before, and then joined day by day.
    """
    joins = [
        join
        for name in writer.ledger.frames
        for day in writer.ledger.segments_by_day(name)
        for join in _joins(reader, name, [one for one in day if not one.lost])
    ]
    at_once = shutil.disk_usage(writer.directory).free > _ROOM * sum(one.bytes for one in joins)
    if not at_once:
        for join in joins:
            for one in join.chosen:
                for path in writer.ledger.paths(join.name, one):
                    whole_file(path)
    ready: list[Replacement] = []
    try:
        for join in joins:
            pieces = _pieces(reader, join)
            ready.append(writer.store.prepare(join.name, join.chosen, join.whole, pieces))
            if not at_once:
                writer.store.commit(ready.pop())
        while ready:
            writer.store.commit(ready.pop(0))
    finally:
        for one in ready:
            writer.store.discard(one)


def _joins(reader: Reader, name: str, day: Sequence[Segment]) -> Iterator[_Join]:
    """Divide the files of a day: as many together as are not too large together."""
    if not day:
        return
    folder = reader.directory / name
    footers = {one: [reader.footer(folder / file) for file in one.names()] for one in day}
    sizes = [sum(values_of(footer.metadata) for footer in footers[one]) for one in day]
    few = name in (SAMPLES, HOSTS) or sum(sizes) < 2 * files.SMALL_PART
    parts = 1 if few else files.parts_for(len(reader.hosts_of(name, day)), sum(sizes))
    runs: list[list[Segment]] = [[]]
    total = 0
    for one, values in zip(day, sizes, strict=True):
        if runs[-1] and total + values > files.LARGEST * parts:
            runs.append([])
            total = 0
        runs[-1].append(one)
        total += values
    for run in runs:
        tier = max(len(files.FULL), 1 + max(one.tier for one in run))
        found = [footer for one in run for footer in footers[one]]
        if tier > _TIERS or (len(run) == 1 and run[0].parts == parts and all(map(_is_in_form, found))):
            continue
        rows = sum(footer.metadata.num_rows for footer in found)
        size = sum((folder / file).stat().st_size for one in run for file in one.names())
        yield _Join(name, run, Segment(run[0].first, run[-1].last, tier, parts), rows, size)


def _pieces(reader: Reader, join: _Join) -> Iterator[Piece]:
    """Read the rows, some hosts at a time, each to its part; at last all of them were there."""
    rows = 0
    for table in reader.in_turn(join.name, join.chosen, _MOST):
        rows += table.num_rows
        for part, of_part in enumerate(divided(table, join.whole.parts)):
            if of_part.num_rows:
                yield part, of_part
    if rows != join.rows:
        raise RecordingError(
            f"{reader.directory} is not compacted: {join.name} has {join.rows} rows in the files of a day, "
            f"of which {rows} could be read"
        )


def _is_in_form(footer: Footer) -> bool:
    """Tell whether a file is as it would be written now."""
    said = json.loads(footer.metadata.metadata.get(b"virtsdk", b"{}"))
    return said.get("version") == ".".join(map(str, files.FORMAT))
