"""The segments that a writer has: how many values they hold, and what the samples tell of them."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from virtsdk.history import files
from virtsdk.history.files import SAMPLES, Listing, Segment
from virtsdk.history.integrity import Content, Contents, merged_contents
from virtsdk.history.reading.footers import Footer, contents_in
from virtsdk.history.writing.form import values_of

_DAY = 86_400_000_000  # µs


class Ledger:
    """What counts in a recording, as its one writer knows it: files are read when it is made alone.

    Parameters
    ----------
    there
        The files.
    footer
        Reads the end of one.
    """

    def __init__(self, there: Listing, footer: Callable[[Path], Footer]) -> None:
        self._directory = there.directory
        self._segments = {name: list(segments) for name, segments in there.frames.items()}
        self._values = {
            (name, one): sum(values_of(footer(path).metadata) for path in self.paths(name, one))
            for name, segments in self._segments.items()
            for one in segments
            if one.tier < len(files.FULL)
        }
        self._contents: dict[Segment, Contents] = {
            one: _said(self.paths(SAMPLES, one)[0], one, footer) for one in self._segments.get(SAMPLES, ())
        }

    # --- what there is ------------------------------------------------------------

    @property
    def frames(self) -> list[str]:
        """The frames that have rows."""
        return sorted(self._segments)

    def segments(self, name: str) -> list[Segment]:
        """Return the segments of a frame, oldest first."""
        return list(self._segments.get(name, ()))

    def paths(self, name: str, segment: Segment) -> list[Path]:
        """Return the files of a segment that are there."""
        return [self._directory / name / one for one in segment.names()]

    def values(self, name: str, segment: Segment) -> int:
        """Return how many values a segment has; 0 of one that is of a whole day, which nobody joins."""
        return self._values.get((name, segment), 0)

    @property
    def last(self) -> int:
        """The last segment that samples tell of; 0 where there is none."""
        return max((one.last for one in self._segments.get(SAMPLES, ())), default=0)

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

    def days(self, name: str) -> list[int]:
        """Return on which day (since 1970, UTC) each segment of a frame begins; -1 where that is unknown."""
        told = self.contents
        first = [one.first for one in told]
        days: list[int] = []
        for segment in self._segments[name]:
            place = bisect.bisect_right(first, segment.first) - 1
            days.append(told[place].start // _DAY if place >= 0 else -1)
        return days

    def segments_by_day(self, name: str) -> list[list[Segment]]:
        """Return the segments of a frame, neighbours that begin on the same day together, oldest first.

        A clock that is set back over midnight divides a day: what is joined has to be all of a range.
        """
        days = zip(self._segments[name], self.days(name), strict=True)
        return [[one for one, _ in found] for _, found in groupby(days, lambda one: one[1])]

    # --- what changes ------------------------------------------------------------

    def tell(self, contents: Mapping[Segment, Contents]) -> None:
        """Note what segments of ``samples`` have, before they are written."""
        self._contents.update(contents)

    def untell(self, segment: Segment) -> None:
        """Forget what a segment of ``samples`` has: it was not written."""
        self._contents.pop(segment, None)

    def joined(self, chosen: Sequence[Segment]) -> Contents:
        """Return what a file of ``samples`` has to tell in place of others."""
        return merged_contents(self._contents.get(one, []) for one in chosen)

    def add(self, name: str, segment: Segment, values: int) -> None:
        """Note a segment that is written."""
        self._segments[name] = sorted([*self._segments.get(name, ()), segment])
        self._values[name, segment] = values

    def drop(self, name: str, chosen: Sequence[Segment]) -> None:
        """Note that segments are gone: removed, or their rows are in another one."""
        self._segments[name] = [one for one in self._segments[name] if one not in chosen]
        for one in chosen:
            self._values.pop((name, one), None)
            if name == SAMPLES:
                self._contents.pop(one, None)
        if not self._segments[name]:
            del self._segments[name]


def _said(path: Path, segment: Segment, footer: Callable[[Path], Footer]) -> Contents:
    """Return what a file of samples says of its segments; of an older one only the times are known."""
    found = footer(path)
    times = [one.bounds["time"] for one in found.groups if "time" in one.bounds]
    start, end = min((one for one, _ in times), default=0), max((one for _, one in times), default=0)
    return contents_in(path, found) or [Content(segment.first, segment.last, [], start, end)]
