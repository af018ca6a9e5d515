"""Writes a recording so that it can be read at any moment, whatever happens to the writer."""

from __future__ import annotations

import bisect
import contextlib
import json
import logging
import os
import threading
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from virtsdk.errors import RecordingError
from virtsdk.history import files
from virtsdk.history.columns import HOSTS, arrow_schema, described, to_table
from virtsdk.history.files import DRAFT, MARK, SAMPLES, Segment
from virtsdk.history.integrity import CONTENTS, Content, Contents, merged_contents
from virtsdk.history.leftovers import ALONE, clear, leftovers, refuse_strangers
from virtsdk.history.parquet.arrow import Table, pa, pc
from virtsdk.history.parquet.disk import divided, make_folder, refuse_link, sync, write_table, write_text
from virtsdk.history.reading.reader import contents_of, read_footer, whole_file
from virtsdk.history.sampling.samples import Frames, Sample, frames_of_samples, joined
from virtsdk.history.writing.form import content_of, in_form, values_of
from virtsdk.history.writing.lock import LOCK, Lock
from virtsdk.history.writing.rights import check_mode

_DAY = 86_400_000_000  # µs
_log = logging.getLogger(__name__)


class RecordingWriter:
    """The one writer of a recording: a context manager.

    Rows are collected with `add`; `flush` makes a segment of them that counts entirely or not at all; `merge`
    joins small files. `add` may be called from any thread; `flush`, `merge` and `close` from one at a time.

    Parameters
    ----------
    directory
        A recording to go on with, an empty directory, or one to be made.
    mode
        The rights of new files, 0600 unless given; new directories have x where these have r. What the
        process's umask takes away is not given.
    tidy
        Remove what a flush has left that was not finished; else it is left to the next writer.

    Raises
    ------
    RecordingError
        Someone else writes it, it has other files, or it cannot be written.
    """

    def __init__(self, directory: str | os.PathLike[str], *, mode: int = 0o600, tidy: bool = True) -> None:
        self.directory = files.directory_of(directory)
        self._mode = check_mode(mode)
        self._lock = threading.Lock()
        self._waiting: Frames = {}
        self._samples: list[Sample] = []
        with self.trouble("make"):
            make_folder(self.directory, mode)
            refuse_strangers(self.directory)  # before the lock, which would be left among their files
            recorded = (self.directory / LOCK).exists()
            self._holder = Lock(self.directory, self._mode)
        try:
            with self.trouble("write"):
                self._begin(tidy=tidy, recorded=recorded)
        except BaseException:
            self._holder.release()
            raise

    def check_lock(self) -> None:
        """Refuse to write where the lock is not the one that this writer holds.

        Raises
        ------
        LockLostError
            Someone removed or replaced it, so that another recorder can be writing.
        """
        self._holder.check()

    def _begin(self, *, tidy: bool, recorded: bool) -> None:
        if (self.directory / MARK).exists():
            said = files.check(self.directory)
            if tuple(said["version"]) < files.FORMAT:
                text = json.dumps({**said, **files.mark()}) + "\n"
                write_text(self.directory / MARK, text, self._mode)
        else:
            write_text(self.directory / MARK, json.dumps(files.mark()) + "\n", self._mode)
        for one in self.directory.iterdir():
            refuse_link(one)
        left = leftovers(self.directory, recorded=recorded)
        alone = [one for one in left if one.kind == ALONE and one.segment is not None]
        # rows whose samples are gone: they are kept, and no new segment gets their number
        beyond = max((one.segment.last for one in alone if one.segment), default=0)
        there = files.listing(self.directory, until=beyond)
        for one in alone:
            _log.warning("%s: its samples are gone, or what has its rows is damaged; it is kept", one.path)
        self._next = max(there.last, beyond) + 1
        self._segments = {name: list(segments) for name, segments in there.frames.items()}
        self._values = {
            (name, one): sum(values_of(read_footer(path).metadata) for path in self._paths(name, one))
            for name, segments in self._segments.items()
            for one in segments
            if one.tier < len(files.FULL)
        }
        self._contents: dict[Segment, Contents] = {
            one: self._said_of(one) for one in self._segments.get(SAMPLES, ())
        }
        clear(left, self._next, tidy=tidy)  # at last: where a file is damaged, nothing was removed

    def _said_of(self, segment: Segment) -> Contents:
        """Return what a file of samples says of its segments; of an older one only the times are known."""
        (path,) = self._paths(SAMPLES, segment)
        times = [one.bounds["time"] for one in read_footer(path).groups if "time" in one.bounds]
        start, end = min((one for one, _ in times), default=0), max((one for _, one in times), default=0)
        return contents_of(path) or [Content(segment.first, segment.last, [], start, end)]

    def _paths(self, name: str, segment: Segment) -> list[Path]:
        """Return the files of a segment that are there."""
        return [self.directory / name / one for one in segment.names()]

    @contextlib.contextmanager
    def trouble(self, verb: str) -> Generator[None]:
        """Raise what the system says as our error, with what to do."""
        try:
            yield
        except (OSError, pa.ArrowException) as error:
            why, file = getattr(error, "strerror", None) or error, getattr(error, "filename", None)
            why = why if file is None or str(file) == str(self.directory) else f"{why}: {file}"
            raise RecordingError(f"cannot {verb} the recording {self.directory}: {why}") from error

    # --- writing ------------------------------------------------------------

    def add(self, frames: Mapping[str, pd.DataFrame]) -> None:
        """Take rows to write with the next flush."""
        with self._lock:
            for name, frame in frames.items():
                if len(frame):
                    self._waiting.setdefault(name, []).append(frame)

    def add_sample(self, sample: Sample) -> None:
        """Take a sample to write with the next flush, which makes frames of all of them at once."""
        with self._lock:
            self._samples.append(sample)

    @property
    def waiting(self) -> int:
        """Number of values that wait for a flush."""
        with self._lock:
            frames = sum(frame.size for frames in self._waiting.values() for frame in frames)
            return frames + sum(one.values for one in self._samples)

    def flush(self) -> None:
        """Write what was added as one segment.

        Raises
        ------
        RecordingError
            It cannot be written: the disk is full, the directory is gone ... What was written before stays
            readable, and what was not waits for the next flush.
        """
        waiting = self._take_waiting()
        if not waiting.get(SAMPLES):
            return
        segment = Segment(self._next, self._next, 0)
        with self.trouble("write"):
            if not (self.directory / MARK).exists():
                raise FileNotFoundError(f"{self.directory / MARK} is gone: was it deleted or unmounted?")
            self.check_lock()
            self._contents[segment] = [content_of(segment, waiting)]
            for name in sorted(waiting, key=lambda name: name == SAMPLES):  # its samples make it count
                self._write(name, segment, [to_table(name, waiting[name])])
        self._next += 1
        for name in waiting:
            self._segments.setdefault(name, []).append(segment)
        with self._lock:
            for name, frames in waiting.items():
                del self._waiting[name][: len(frames)]
                if not self._waiting[name]:
                    del self._waiting[name]

    def _take_waiting(self) -> Frames:
        """Return the frames that wait, those of samples that have none yet among them."""
        with self._lock:
            samples, self._samples = self._samples, []
        made = frames_of_samples(samples) if samples else {}
        with self._lock:
            self._waiting = joined([self._waiting, made])
            return {name: list(frames) for name, frames in self._waiting.items()}

    def _write(self, name: str, segment: Segment, tables: Iterable[Table]) -> None:
        """Write the rows of a segment, a table a part: all of it under other names first, then renamed."""
        folder = self.directory / name
        refuse_link(folder)
        make_folder(folder, self._mode)
        about = {CONTENTS: json.dumps(self._contents[segment])} if name == SAMPLES else {}
        drafts = {folder / one: folder / f"{one}{DRAFT}" for one in segment.all_names}
        values = 0
        try:
            for table, draft in zip(tables, drafts.values(), strict=True):
                table = in_form(name, table)
                said = described(table.schema, name, {"version": ".".join(map(str, files.FORMAT))})
                write_table(draft, table, said, about, self._mode)
                values += table.num_rows * table.num_columns
            for path, draft in drafts.items():
                draft.replace(path)
        except BaseException:
            for draft in drafts.values():
                with contextlib.suppress(OSError):  # the disk may be gone; the next writer removes it
                    draft.unlink(missing_ok=True)
            raise
        sync(folder)
        self._values[name, segment] = values

    # --- merging ------------------------------------------------------------

    def merge(self, *, rest: bool = False) -> None:
        """Join files that are due; with `rest`, also those that were flushed last.

        Raises
        ------
        RecordingError
            The merged file cannot be written; all data is in the files that were to be merged.
        """
        with self.trouble("merge files of"):
            self.check_lock()
            if max((one.last for one in self._segments.get(SAMPLES, ())), default=0) < self.last:
                return  # what is joined with rows whose samples are gone counts with the next flush alone
            for name in list(self._segments):
                while chosen := files.due(
                    self._segments[name],
                    [self._values.get((name, one), 0) for one in self._segments[name]],
                    self._days(name),
                    rest=rest,
                ):
                    self._join(name, chosen)

    def _days(self, name: str) -> list[int]:
        """Return on which day (since 1970, UTC) each segment of a frame begins; -1 where that is unknown."""
        told = sorted(one for contents in self._contents.values() for one in contents)
        first = [one.first for one in told]
        days: list[int] = []
        for segment in self._segments[name]:
            place = bisect.bisect_right(first, segment.first) - 1
            days.append(told[place].start // _DAY if place >= 0 else -1)
        return days

    def _joined(self, name: str, chosen: Sequence[Segment]) -> Iterator[Table]:
        """Read the rows of some segments, a table a part."""
        for names in zip(*(one.all_names for one in chosen), strict=True):
            paths = [path for one in names if (path := self.directory / name / one).exists()]
            tables = [whole_file(path) for path in paths]
            yield pa.concat_tables([arrow_schema(name).empty_table(), *tables], promote_options="permissive")

    def _join(self, name: str, chosen: Sequence[Segment]) -> None:
        before, values = chosen[0], sum(self._values[name, one] for one in chosen)
        folder = self.directory / name
        parts, tables = before.parts, self._joined(name, chosen)
        if before.tier == 0 and name not in (SAMPLES, HOSTS):
            (table,) = tables
            parts = files.parts_for(len(pc.unique(table["host"])), values)
            tables = divided(table, parts)
        whole = Segment(before.first, chosen[-1].last, before.tier + 1, parts)
        if len(chosen) > 1 or parts != before.parts:
            self.replace(name, chosen, whole, tables)
            return
        for old, new in zip(before.all_names, whole.all_names, strict=True):
            if (folder / old).exists():
                (folder / old).replace(folder / new)
        if name == SAMPLES:
            self._contents[whole] = merged_contents(self._contents.get(one, []) for one in chosen)
        self._instead(name, chosen, whole)
        self._values[name, whole] = values

    def replace(self, name: str, chosen: Sequence[Segment], whole: Segment, tables: Iterable[Table]) -> None:
        """Write a segment in place of others; whenever it is killed, one or the other counts.

        Parameters
        ----------
        name
            The frame.
        chosen
            Neighbours.
        whole
            What has the rows of all of them, of a higher tier.
        tables
            These rows, a table a part.
        """
        if name == SAMPLES:
            self._contents[whole] = merged_contents(self._contents.get(one, []) for one in chosen)
        try:
            self._write(name, whole, tables)
        except BaseException:
            self._contents.pop(whole, None)
            raise
        for one in chosen:
            for path in self._paths(name, one):
                path.unlink()
        self._instead(name, chosen, whole)

    def _instead(self, name: str, chosen: Sequence[Segment], whole: Segment) -> None:
        """Note that one segment has the rows of others."""
        kept = [one for one in self._segments[name] if one not in chosen]
        self._segments[name] = sorted([*kept, whole])
        for one in chosen:
            self._values.pop((name, one), None)
            if name == SAMPLES:
                self._contents.pop(one, None)

    def segments_by_day(self, name: str) -> list[list[Segment]]:
        """Return the segments of a frame, those that begin on the same day together, oldest first."""
        found: dict[int, list[Segment]] = {}
        for segment, day in zip(self._segments[name], self._days(name), strict=True):
            found.setdefault(day, []).append(segment)
        return [found[day] for day in sorted(found)]

    @property
    def frames(self) -> list[str]:
        """The frames that have rows."""
        return sorted(self._segments)

    def segments(self, name: str) -> list[Segment]:
        """Return the segments of a frame, oldest first."""
        return list(self._segments.get(name, ()))

    @property
    def last(self) -> int:
        """The number of the last segment; 0 where there is none."""
        return self._next - 1

    @property
    def contents(self) -> Contents:
        """What all segments have, oldest first."""
        return sorted(one for contents in self._contents.values() for one in contents)

    @property
    def last_time(self) -> int | None:
        """When the last sample was (µs since 1970); None before there is one."""
        return max((one.end for one in self.contents), default=None)

    def contents_of(self, segment: Segment) -> Contents:
        """Return what a segment of ``samples`` tells."""
        return self._contents.get(segment, [])

    def write_beside(self, name: str, segment: Segment, frame: pd.DataFrame) -> None:
        """Write rows that are worked out of others as the file of some segments."""
        self._write(name, segment, [to_table(name, [frame])])
        self._segments[name] = sorted([*self._segments.get(name, ()), segment])

    def remove(self, name: str, segment: Segment) -> None:
        """Remove the files of a segment."""
        for path in self._paths(name, segment):
            path.unlink(missing_ok=True)
        self._segments[name].remove(segment)
        self._values.pop((name, segment), None)
        if not self._segments[name]:
            del self._segments[name]

    def tell(self, chosen: Sequence[Segment], contents: Mapping[Segment, Contents], rows: Table) -> None:
        """Have neighbours of ``samples`` tell something else, as one file with these rows."""
        tier = max(one.tier for one in chosen) + (1 if len(chosen) == 1 else 0)
        whole = Segment(chosen[0].first, chosen[-1].last, tier)
        before = {one: self._contents.get(one, []) for one in chosen}
        self._contents.update(contents)
        try:
            self.replace(SAMPLES, chosen, whole, [rows])
        except BaseException:
            self._contents.update(before)
            raise

    # --- the end ------------------------------------------------------------

    def close(self) -> None:
        """Write and join what is left, and let go of the directory; a second call does nothing.

        Raises
        ------
        RecordingError
            It cannot be written.
        """
        if self._holder.released:
            return
        try:
            self.flush()
            try:
                self.merge(rest=True)
            except RecordingError as error:  # nothing is lost by that: the small files stay
                _log.warning("%s", error)
        finally:
            self._holder.release()

    def __enter__(self) -> RecordingWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
