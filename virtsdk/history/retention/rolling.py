"""Sums written beside the samples, hour by hour; samples removed when they are old, and sums when they are.

Whenever it is killed, an answer counts the samples or the sums, and never both: sums are written first, then
the contents of the samples say that these are not kept, then their files go.
"""

from __future__ import annotations

import contextlib
import logging
import time
from itertools import groupby
from typing import Final

import pandas as pd

from virtsdk.errors import RecordingError
from virtsdk.history import files
from virtsdk.history.columns import arrow_schema
from virtsdk.history.files import SAMPLES, Segment
from virtsdk.history.integrity import Content
from virtsdk.history.parquet.arrow import pa
from virtsdk.history.reading.arguments import stamp_of
from virtsdk.history.reading.footers import whole_file
from virtsdk.history.reading.parts import DAY
from virtsdk.history.reading.reader import Reader
from virtsdk.history.reading.replay import sums_of_samples
from virtsdk.history.reading.selection import Selection
from virtsdk.history.retention.keep import ROLLED_FRAMES, Keep
from virtsdk.history.retention.rolled import LEAD, WIDTH
from virtsdk.history.retention.thinning import thinned
from virtsdk.history.writer import RecordingWriter

STEP: Final = 3_600_000_000
"""µs that are rolled up at once, at the least."""
_MARGIN = 120_000_000  # µs after which all hosts' samples of a time are written
_log = logging.getLogger(__name__)


class Rolling:
    """Keeps a recording to what is to be kept; called by the one who writes it, after it merged.

    Parameters
    ----------
    writer
        Of the recording.
    keep
        For how long.
    interval
        Seconds between samples.
    """

    def __init__(self, writer: RecordingWriter, keep: Keep, interval: float) -> None:
        self._writer = writer
        self._ledger = writer.ledger
        self._keep = keep
        self._margin = _MARGIN + round(3e6 * interval)
        self._due = 0
        if not self._sums_are_gone:
            for name in ROLLED_FRAMES:  # of a turn that was not finished: usage is written last
                self._forget(name)

    @property
    def _rolled(self) -> int:
        """The last segment that sums were written beside; 0 where there is none."""
        return max((one.last for one in self._ledger.segments(files.ROLLUP)), default=0)

    @property
    def _sums_are_gone(self) -> bool:
        """Whether sums of usage are gone that were there: others are, of samples that are not kept."""
        first = {one.first for one in self._ledger.contents if files.DROPPED in one.frames}
        return any(
            segment.last > self._rolled and any(segment.first <= one <= segment.last for one in first)
            for name in ROLLED_FRAMES
            for segment in self._ledger.segments(name)
        )

    def _forget(self, name: str) -> None:
        for segment in self._ledger.segments(name):
            if segment.last > self._rolled:
                self._writer.store.remove(name, segment)

    def work(self) -> None:
        """Do what is due; costs nothing where nothing is.

        Raises
        ------
        RecordingError
            It cannot be written, or sums are gone; what was there is there.
        """
        end = self._ledger.last_time
        if end is not None:  # a clock that was ahead for a while makes nothing old
            end = min(end, time.time_ns() // 1000)
        if end is None or end < self._due:
            return
        if self._sums_are_gone:
            raise RecordingError(
                f"{self._writer.directory / files.ROLLUP} lacks sums of samples that are not kept any more: "
                "restore its files from a copy; until then nothing is rolled up, and nothing is removed"
            )
        with self._writer.trouble("roll up samples of"):
            reader = Reader(self._writer.directory)
            until = (end - self._margin) // STEP * STEP
            self._roll(reader, until)
            self._due = until + STEP + self._margin
            if self._keep.raw is not None:
                self._drop_samples(Reader(self._writer.directory), end - round(self._keep.raw * 1e6))
            if self._keep.rolled is not None:
                self._drop_sums(end - round(self._keep.rolled * 1e6))

    def _roll(self, reader: Reader, until: int) -> None:
        """Write the sums of a day at the most; the rest is for the next time."""
        rolled, first = reader.bounds(files.ROLLUP), reader.bounds(SAMPLES)
        segment = Segment(self._rolled + 1, self._writer.last, 0)
        if first is None or segment.first > segment.last:
            return
        start = first[0] if rolled is None else rolled[1] + WIDTH
        start = max(reader.dropped_until or 0, start) // WIDTH * WIDTH
        while start + WIDTH <= until:
            stop = min(until, (start // DAY + 1) * DAY)
            sums = self._sums(reader, start, stop)
            if len(sums.get(files.ROLLUP, ())):
                self._write(segment, sums)
                return
            start = stop

    def _sums(self, reader: Reader, start: int, stop: int) -> dict[str, pd.DataFrame]:
        try:
            sums = sums_of_samples(reader, Selection(start - LEAD, stop + self._margin))
        except ValueError:  # no host has two samples in it
            return {}
        first, end = stamp_of(start), stamp_of(stop)
        return {
            name: frame[((frame["time"] >= first) & (frame["time"] < end)).to_numpy(dtype=bool)]
            for name, frame in sums.items()
        }

    def _write(self, segment: Segment, sums: dict[str, pd.DataFrame]) -> None:
        try:
            for name in sorted(sums, key=lambda one: one == files.ROLLUP):  # the others count with it
                if len(sums[name]):
                    self._writer.store.write_beside(name, segment, sums[name])
        except BaseException:
            for name in sums:
                with contextlib.suppress(OSError):
                    self._forget(name)
            raise

    def _drop_samples(self, reader: Reader, limit: int) -> None:
        """Remove the files of samples that ended before a time, and of which there are sums."""
        rolled = reader.bounds(files.ROLLUP)
        if rolled is None:
            return
        limit = min(limit, rolled[1] + WIDTH - LEAD)  # the next bins need some of them
        raw = [name for name in self._ledger.frames if files.is_raw(name)]
        old = self._old(limit, raw)
        if not old:
            return
        numbers = {number for one in old for number in range(one.first, one.last + 1)}
        if any(files.DROPPED not in one.frames for one in old):
            self._tell(numbers, raw)
        for name in raw:
            for segment in list(self._ledger.segments(name)):
                if numbers.issuperset(range(segment.first, segment.last + 1)):
                    self._writer.store.remove(name, segment)
        _log.info("samples before %s are kept as sums", stamp_of(limit))

    def _old(self, limit: int, raw: list[str]) -> list[Content]:
        """Return what ended before a time, as far as no file has rows of others, too."""
        old = [one for one in self._ledger.contents if one.end < limit and one.frames]
        while True:
            numbers = {number for one in old for number in range(one.first, one.last + 1)}
            mixed: set[int] = set()
            for name in raw:
                for segment in self._ledger.segments(name):
                    own = set(range(segment.first, segment.last + 1))
                    if own & numbers and not own <= numbers:
                        mixed |= own
            kept = [one for one in old if mixed.isdisjoint(range(one.first, one.last + 1))]
            if len(kept) == len(old):
                return old
            old = kept

    def _tell(self, numbers: set[int], raw: list[str]) -> None:
        """Have the contents of samples say that others are not kept."""

        def told(one: Content) -> Content:
            if one.first not in numbers:
                return one
            left = [name for name in one.frames if name not in raw]
            return one._replace(frames=sorted({*left, files.DROPPED}))

        until = max(one.end for one in self._ledger.contents if one.first in numbers) + 1
        for run in self._runs(numbers):
            contents = {one: [told(part) for part in self._ledger.contents_of(one)] for one in run}
            paths = [self._writer.directory / SAMPLES / name for one in run for name in one.names()]
            tables = [thinned(whole_file(path), until) for path in paths]  # a day of all is large
            rows = pa.concat_tables(
                [arrow_schema(SAMPLES).empty_table(), *tables], promote_options="permissive"
            )
            self._writer.store.tell(run, contents, thinned(rows, until))

    def _runs(self, numbers: set[int]) -> list[list[Segment]]:
        """Return the files of samples that are to tell of some segments that these are not kept.

        Neighbours of one day of which none is kept become one file, also with those that told it before.
        """

        def kept(one: Content) -> bool:
            return one.first not in numbers and files.DROPPED not in one.frames

        runs: list[list[Segment]] = []
        for day in self._ledger.segments_by_day(SAMPLES):
            for none_kept, run in groupby(day, lambda one: not any(map(kept, self._ledger.contents_of(one)))):
                found = list(run)
                runs += [found] if none_kept else [[one] for one in found]
        return [run for run in runs if any(self._is_to_tell(one, numbers) for one in run)]

    def _is_to_tell(self, segment: Segment, numbers: set[int]) -> bool:
        own = self._ledger.contents_of(segment)
        return any(one.first in numbers and files.DROPPED not in one.frames for one in own)

    def _drop_sums(self, limit: int) -> None:
        reader = Reader(self._writer.directory)
        for name in sorted(ROLLED_FRAMES, key=lambda one: one == files.ROLLUP):
            for segment in list(self._ledger.segments(name)):
                if name == files.ROLLUP and self._others_until(segment):
                    break  # they count with it
                times = reader.times_of(name, segment)
                if times is not None and times[1] + WIDTH >= limit:
                    break  # those after it are newer
                if times is not None:
                    self._writer.store.remove(name, segment)

    def _others_until(self, usage: Segment) -> bool:
        """Tell whether there are other sums of the segments that sums of usage are called by."""
        others = (
            one for name in ROLLED_FRAMES if name != files.ROLLUP for one in self._ledger.segments(name)
        )
        return any(one.first <= usage.last for one in others)
