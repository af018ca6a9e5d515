"""`compact`: a recording brought to today's format and layout, without losing a row whenever it is killed."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from virtsdk.display.text import count, printable, size
from virtsdk.errors import RecordingError
from virtsdk.history import files
from virtsdk.history.columns import HOSTS, SAMPLES
from virtsdk.history.files import Segment, part_of
from virtsdk.history.integrity import Contents, missing
from virtsdk.history.leftovers import ALONE, leftovers
from virtsdk.history.parquet.arrow import Table
from virtsdk.history.parquet.elsewhere import RemotePath, remote
from virtsdk.history.reading.reader import Reader, contents_of, read_footer, whole_file
from virtsdk.history.writer import RecordingWriter
from virtsdk.history.writing.copying import copy_out
from virtsdk.history.writing.form import values_of
from virtsdk.history.writing.lock import is_held

_TIERS = 99  # of a file's name


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
        A file is damaged, or samples are gone: nothing is changed. Or something is missing that the copy may
        have, or the copy cannot be written, or other things are there already.
    ValueError
        `to` is no URL.

    Notes
    -----
    New files are written and synced beside the old ones, which are then removed: it needs room for the
    largest day of a frame. Readers may read meanwhile. Killed at any point it leaves each row in the old file
    or in the new one; what is left over is removed by the next writer.

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
    files.check(path)
    target = None if to is None else remote(to, storage_options)
    if target is not None and not isinstance(target, RemotePath):
        raise ValueError(f"to must be a URL of fsspec that is not of this machine, not {to!r}")
    mode = stat.S_IMODE((path / files.MARK).stat().st_mode) & 0o666 | 0o600
    if not is_held(path):  # else the writer says who has it
        _refuse_loss(path, copied=target is not None)
    before = _extent(path)
    with RecordingWriter(path, mode=mode, tidy=False) as writer, writer.trouble("compact"):
        for name in writer.frames:
            for day in writer.segments_by_day(name):
                _compact_day(writer, name, [one for one in day if not one.lost])
        copied = 0 if target is None else copy_out(path, target)
    after = _extent(path)
    return Compaction(
        path, before[0], after[0], before[1], after[1], None if target is None else target.as_path(), copied
    )


def _refuse_loss(directory: Path, *, copied: bool) -> None:
    """Refuse a recording of which a file is damaged or samples are gone, before anything is changed."""
    there = files.listing(directory)
    contents: Contents = []
    for name in sorted(there.frames):
        for segment in there.frames[name]:
            for path in (directory / name / one for one in segment.names()):
                # what was compacted is read again, checked, before it is replaced
                read_footer(path) if segment.tier >= len(files.FULL) else whole_file(path)
                contents += contents_of(path) if name == SAMPLES else []
    for one in leftovers(directory):
        if one.kind == ALONE:
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


def _compact_day(writer: RecordingWriter, name: str, day: Sequence[Segment]) -> None:
    """Join the files of a day, as many as are not too large together."""
    if not day:
        return
    reader = Reader(writer.directory)
    hosts = reader.hosts_of(name, day)
    sizes = [_values(writer.directory / name, one) for one in day]
    parts = 1 if name in (SAMPLES, HOSTS) else files.parts_for(len(hosts), sum(sizes))
    chosen: list[Segment] = []
    total = 0
    for one, values in zip(day, sizes, strict=True):
        if chosen and total + values > files.LARGEST * parts:
            _replace(writer, reader, name, chosen, parts, hosts)
            chosen, total = [], 0
        chosen.append(one)
        total += values
    _replace(writer, reader, name, chosen, parts, hosts)


def _values(folder: Path, segment: Segment) -> int:
    return sum(values_of(read_footer(folder / one).metadata) for one in segment.names())


def _replace(
    writer: RecordingWriter, reader: Reader, name: str, chosen: Sequence[Segment], parts: int, hosts: set[str]
) -> None:
    tier = max(len(files.FULL), 1 + max(one.tier for one in chosen))
    if tier > _TIERS or (len(chosen) == 1 and _is_in_form(writer.directory / name, chosen[0], parts)):
        return

    def tables() -> Iterator[Table]:
        for part in range(parts):
            yield reader.rows_of(name, chosen, {one for one in hosts if part_of(one, parts) == part})

    writer.replace(name, chosen, Segment(chosen[0].first, chosen[-1].last, tier, parts), tables())


def _is_in_form(folder: Path, segment: Segment, parts: int) -> bool:
    """Tell whether a segment is as it would be written now."""
    if segment.parts != parts:
        return False
    for one in segment.names():
        said = json.loads(read_footer(folder / one).metadata.metadata.get(b"virtsdk", b"{}"))
        if said.get("version") != ".".join(map(str, files.FORMAT)):
            return False
    return True
