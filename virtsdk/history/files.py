"""The files of a recording: their names, which of them count, which are due to be merged.

A recording is a directory with a folder for each frame. What was sampled between two flushes is one numbered
*segment*: a file in the folder of each frame that has rows, and at last one in ``samples``, whose appearance
makes the segment count. Files are written under another name and renamed when they are complete. Merged
files carry the range of the segments they hold; what lies within the range of another file is a leftover.

    recording.json                                  what it is, in which version of the format
    domains/1-0000000001-0000000020.parquet         merged once: segments 1 to 20
    domains/0-0000000021-0000000021.parquet         as it was flushed
    samples/...                                     one row per host and sample, also those that failed
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from virtsdk.errors import RecordingError

FORMAT: Final = (1, 1)  # what older ones called otherwise: virtsdk.history.older
MARK: Final = "recording.json"
SAMPLES: Final = "samples"
DRAFT: Final = ".part"
LARGEST: Final = 8_000_000  # values in a merged file: about 64 MB in memory
FULL: Final = (20, 72)  # files that are merged at once: those as flushed, those merged once

_NAME = re.compile(r"([0-9])-([0-9]{10})-([0-9]{10})\.parquet")


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """One file of a frame: how often it was merged, and the first and last segment that it holds."""

    first: int
    last: int
    tier: int

    @property
    def name(self) -> str:
        """The name of the file."""
        return f"{self.tier}-{self.first:010}-{self.last:010}.parquet"

    def within(self, other: Segment) -> bool:
        """Tell whether all of it is in another file."""
        return self != other and other.first <= self.first and self.last <= other.last


@dataclass(frozen=True)
class Listing:
    """Files of a recording: by frame those that count, oldest first."""

    directory: Path
    frames: dict[str, tuple[Segment, ...]]

    @property
    def last(self) -> int:
        """The number of the last segment that counts; 0 where there is none."""
        return max((one.last for one in self.frames.get(SAMPLES, ())), default=0)

    def paths(self, frame: str) -> list[Path]:
        """Return the files of a frame, oldest first."""
        return [self.directory / frame / one.name for one in self.frames.get(frame, ())]


def listing(directory: Path) -> Listing:
    """List the files that count, as of one moment: again where the recorder wrote meanwhile.

    Raises
    ------
    RecordingError
        The directory cannot be read, or has Parquet files in it that are not of the recording.
    """
    before = None
    found = _folders(directory)
    while before != found:
        before, found = found, _folders(directory)
    last = max((one.last for one in found.get(SAMPLES, ())), default=0)
    frames = {name: counting(segments, last) for name, segments in found.items()}
    return Listing(directory, {name: one for name, one in frames.items() if one})


def _folders(directory: Path) -> dict[str, list[Segment]]:
    try:
        names = sorted(one.name for one in directory.iterdir() if one.is_dir())
    except OSError as error:
        raise RecordingError(f"{directory} cannot be read: {error.strerror or error}") from error
    return {name: _segments(directory / name) for name in names}


def counting(segments: Iterable[Segment], last: int) -> tuple[Segment, ...]:
    """Return which files count: complete segments, and not what was merged into another file."""
    kept: list[Segment] = []
    for one in sorted(segments, key=lambda one: (one.first, -one.last, -one.tier)):
        if one.last <= last and not (kept and one.within(kept[-1])):
            kept.append(one)
    return tuple(kept)


def leftovers(directory: Path, there: Listing) -> list[Path]:
    """Return what a recorder that was killed has left: unfinished files, segments, merges."""
    found: list[Path] = []
    for folder in sorted(one for one in directory.iterdir() if one.is_dir()):
        counts = {one.name for one in there.frames.get(folder.name, ())}
        found += [path for path in folder.iterdir() if path.name.endswith(f".parquet{DRAFT}")]
        found += [path for path in folder.iterdir() if _NAME.fullmatch(path.name) and path.name not in counts]
    return found


def _segments(folder: Path) -> list[Segment]:
    try:
        names = sorted(one.name for one in folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RecordingError(f"{folder} cannot be read: {error.strerror or error}") from error
    found: list[Segment] = []
    for name in names:
        match = _NAME.fullmatch(name)
        if match:
            found.append(Segment(int(match[2]), int(match[3]), int(match[1])))
        elif name.endswith(".parquet"):
            raise RecordingError(
                f"{folder / name} is not a file of the recording: move it elsewhere, nothing is lost by that"
            )
    return found


def due(segments: Sequence[Segment], values: Sequence[int], *, rest: bool = False) -> list[Segment]:
    """Choose the files of a frame that are to be merged next.

    Parameters
    ----------
    segments
        Those that count, oldest first.
    values
        How many rows times columns each of them holds.
    rest
        Merge those as flushed however few there are: the recording ends.

    Returns
    -------
    list of Segment
        Neighbours of one tier; a single one is so large already that it is to be left as it is, a tier
        further. Empty where nothing is due.
    """
    for tier, full in enumerate(FULL):
        chosen: list[Segment] = []
        total = 0
        for one, size in zip(segments, values, strict=True):
            if one.tier != tier:
                continue
            if chosen and total + size > LARGEST:
                return chosen
            chosen.append(one)
            total += size
            if len(chosen) == full:
                return chosen
        if rest and tier == 0 and len(chosen) > 1:
            return chosen
    return []


# --- what it is ----------------------------------------------------------------------------------------


def mark() -> dict[str, Any]:
    """Return what ``recording.json`` says of a recording that is written now."""
    return {"format": "virtsdk recording", "version": list(FORMAT)}


def check(directory: Path) -> dict[str, Any]:
    """Read ``recording.json`` and refuse what this version cannot read.

    Raises
    ------
    RecordingError
        It is no recording, is damaged, or is of a newer version.
    """
    path = directory / MARK
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        what = "has no recording.json" if directory.is_dir() else "is no directory"
        raise RecordingError(
            f"{directory} is no recording: it {what}; give the directory that virtsdk.record was given"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingError(f"{path} cannot be read: {error}") from error
    try:
        said = json.loads(text)
        name, (major, minor) = said["format"], said["version"]
    except (ValueError, KeyError, TypeError) as error:
        raise RecordingError(f"{path} is damaged: it should be {json.dumps(mark())}") from error
    if name != mark()["format"]:
        raise RecordingError(f"{path} is not of virtsdk: its format is {name!r}")
    if major != FORMAT[0]:
        raise RecordingError(
            f"{directory} was recorded in version {major}.{minor} of the format, and this virtsdk reads "
            f"{FORMAT[0]}.x: use a version of virtsdk that reads it"
        )
    return said
