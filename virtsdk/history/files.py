"""The files of a recording: their names, which of them count, which are due to be merged.

A recording is a directory with a folder for each frame. What was sampled between two flushes is one numbered
*segment*: a file in the folder of each frame that has rows, and at last one in ``samples``, whose appearance
makes the segment count. Files are written under another name and renamed when they are complete. Merged
files carry the range of the segments they hold; what lies within the range of another file is a leftover.
Rows of a file are in the order of hosts, domains and times, with a row group of its own for each host that is
not small: one host's week is its row groups in a file or a few of each day.

    recording.json                                  what it is, in which version of the format
    domains/1-0000000001-0000000020.parquet         merged once: segments 1 to 20
    domains/1-0000000001-0000000020-03-08.parquet   the same of many hosts: part 3 of 8, by the host's name
    domains/3-0000000001-0000002880-03-08.parquet   the same of a whole day
    domains/0-0000000021-0000000021.parquet         as it was flushed
    samples/...                                     one row per host and sample, also those that failed
"""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

from virtsdk.errors import RecordingError
from virtsdk.history.parquet.elsewhere import RemotePath, is_url, remote, without_secret

FORMAT: Final = (1, 4)  # what older ones called otherwise: virtsdk.history.parquet.older
MARK: Final = "recording.json"
SAMPLES: Final = "samples"
DRAFT: Final = ".part"
LARGEST: Final = 8_000_000  # values in a merged file: about 64 MB in memory
FULL: Final = (20, 72, 1000)  # files that are merged at once: as flushed, merged once, of a whole day
FEW_HOSTS: Final = 8  # that are kept together in merged files
MOST_PARTS: Final = 64
SMALL_PART: Final = 200_000  # values

ROLLUP: Final = "rollup.usage"
DROPPED: Final = "rollup.usage"
"""Among the frames of a segment: its samples are not kept, their sums are."""

_KEPT = (SAMPLES, "hosts", "definitions", "events")
_MADE_OF_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]+:/[^/]")
_NAME = re.compile(r"([0-9]{1,2})-([0-9]{10})-([0-9]{10})(?:-([0-9]{2})-([0-9]{2}))?\.parquet")


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """Rows of a frame: how often they were merged, the first and last segment, and in how many files.

    Each part has the rows of some hosts (`part_of`), so that a reader of one host opens one file of them.
    """

    first: int
    last: int
    tier: int
    parts: int = 1
    lost: tuple[int, ...] = ()  #: parts that are not there any more

    @property
    def all_names(self) -> list[str]:
        """Names of the files, by part."""
        stem = f"{self.tier}-{self.first:010}-{self.last:010}"
        if self.parts == 1:
            return [f"{stem}.parquet"]
        return [f"{stem}-{part:02}-{self.parts:02}.parquet" for part in range(self.parts)]

    def names(self, hosts: Iterable[str] | None = None) -> list[str]:
        """Return the files that there are, or those that can have rows of some hosts."""
        names = self.all_names
        parts = range(self.parts) if hosts is None else sorted({part_of(one, self.parts) for one in hosts})
        return [names[part] for part in parts if part not in self.lost]

    def within(self, other: Segment) -> bool:
        """Tell whether all of it is in another file."""
        return self != other and other.first <= self.first and self.last <= other.last


def is_raw(frame: str) -> bool:
    """Tell whether a frame is of figures of each sample, which sums can take the place of."""
    return frame not in _KEPT and not frame.startswith(("rollup.", "storage.", "guest."))


def part_of(host: str, parts: int) -> int:
    """Return in which part the rows of a host are."""
    return zlib.crc32(host.encode()) % parts


def parts_for(hosts: int, values: int) -> int:
    """Choose into how many parts to divide rows of some hosts: not so many that the parts are small."""
    if hosts <= FEW_HOSTS:
        return 1
    return max(1, min(MOST_PARTS, -(-hosts // 4), values // SMALL_PART))


@dataclass(frozen=True)
class Listing:
    """Files of a recording: by frame those that count, oldest first."""

    directory: Path
    frames: dict[str, tuple[Segment, ...]]
    beyond: int = 0  #: the last segment that a frame has rows of and that must have had samples

    @property
    def last(self) -> int:
        """The number of the last segment that counts; 0 where there is none."""
        return max((one.last for one in self.frames.get(SAMPLES, ())), default=0)

    def without(self, ranges: Iterable[tuple[int, int]]) -> Listing:
        """Return it without the samples of some ranges of segments, which are not kept."""
        gone = {number for first, last in ranges for number in range(first, last + 1)}
        frames = {
            name: tuple(one for one in found if not gone.issuperset(range(one.first, one.last + 1)))
            for name, found in self.frames.items()
        }
        kept = {name: found if is_raw(name) else self.frames[name] for name, found in frames.items()}
        return replace(self, frames={name: found for name, found in kept.items() if found})

    def paths(self, frame: str, hosts: Iterable[str] | None = None) -> list[Path]:
        """Return the files of a frame, or those that can have rows of some hosts, oldest first."""
        folder = self.directory / frame
        return [folder / name for one in self.frames.get(frame, ()) for name in one.names(hosts)]


def listing(directory: Path, *, until: int = 0) -> Listing:
    """List the files that count, as of one moment: again where the recorder wrote meanwhile.

    Parameters
    ----------
    directory
        The recording.
    until
        Segments up to this one count also where there are no samples of them.

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
    frames = {name: counting(segments, max(last, until)) for name, segments in found.items()}
    beyond = max((_sure(name, one, last) for name, segments in found.items() for one in segments), default=0)
    return Listing(directory, {name: one for name, one in frames.items() if one}, beyond)


def _sure(frame: str, segment: Segment, last: int) -> int:
    """Return the last segment of a file that had samples for sure: not the one that was being written."""
    unfinished = segment == Segment(last + 1, last + 1, 0) and not frame.startswith("rollup.")
    return 0 if unfinished else segment.last


def _folders(directory: Path) -> dict[str, list[Segment]]:
    try:
        if isinstance(directory, RemotePath):
            return {name: _known(directory / name, there) for name, there in directory.walked().items()}
        names = sorted(one.name for one in directory.iterdir() if one.is_dir())
    except OSError as error:
        raise RecordingError(f"{directory} cannot be read: {error.strerror or error}") from error
    return {name: _segments(directory / name) for name in names}


def counting(segments: Iterable[Segment], last: int) -> tuple[Segment, ...]:
    """Return which count: complete segments, and not what was merged into others."""
    kept: list[Segment] = []
    for one in sorted(segments, key=lambda one: (one.first, -one.last, -one.tier)):
        if one.last <= last and not (kept and one.within(kept[-1])):
            kept.append(one)
    return tuple(kept)


def parquets(names: Iterable[str]) -> list[str]:
    """Return which of some names are those of a recording's files."""
    return [name for name in names if _NAME.fullmatch(name)]


def segment_of(name: str) -> Segment:
    """Return the segment that a file of this name is of, or is a part of."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"{name!r} is not the name of a file of a recording")
    return Segment(int(match[2]), int(match[3]), int(match[1]), int(match[5] or 1))


def uncounted(directory: Path, there: Listing) -> list[Path]:
    """Return the files that do not count; `virtsdk.history.leftovers` tells what they are."""
    found: list[Path] = []
    for folder in sorted(one for one in directory.iterdir() if one.is_dir()):
        counts = {name for one in there.frames.get(folder.name, ()) for name in one.names()}
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
    return _known(folder, names)


def _known(folder: Path, names: Sequence[str]) -> list[Segment]:
    """Return the segments that the files of a folder are of."""
    found: dict[Segment, set[int]] = {}
    for name in names:
        match = _NAME.fullmatch(name)
        if match:
            found.setdefault(segment_of(name), set()).add(int(match[4] or 0))
        elif name.endswith(".parquet"):
            raise RecordingError(
                f"{folder / name} is not a file of the recording: move it elsewhere, nothing is lost by that"
            )
    whole = [one for one, parts in found.items() if len(parts) == one.parts]
    for one, parts in found.items():
        # a merge that was not finished has the files that it was to replace beside it; else a part is lost
        if len(parts) < one.parts and not any(other.within(one) for other in whole):
            whole.append(replace(one, lost=tuple(sorted(set(range(one.parts)) - parts))))
    return whole


def due(
    segments: Sequence[Segment], values: Sequence[int], days: Sequence[int], *, rest: bool = False
) -> list[Segment]:
    """Choose the files of a frame that are to be merged next.

    What begins on one day is merged, so that a file that is damaged or lost takes no other day with it.

    Parameters
    ----------
    segments
        Those that count, oldest first.
    values
        How many rows times columns each of them holds.
    days
        The day on which each of them begins.
    rest
        Merge those as flushed however few there are: the recording ends.

    Returns
    -------
    list of Segment
        Neighbours of one tier, in as many parts; a single one is so large already that it is to be left as
        it is, a tier further. Empty where nothing is due.
    """
    for tier, full in enumerate(FULL):
        chosen: list[Segment] = []
        total, day = 0, -1
        for one, size, begins in zip(segments, values, days, strict=True):
            if one.tier != tier:
                continue
            if chosen and (one.parts != chosen[0].parts or begins != day):
                if len(chosen) > 1:
                    return chosen
                chosen, total = [], 0  # alone on its day: it stays as it is
            if chosen and total + size > LARGEST * one.parts:
                return chosen
            chosen.append(one)
            total, day = total + size, begins
            if len(chosen) == full:
                return chosen
        if rest and tier == 0 and len(chosen) > 1:
            return chosen
    return []


# --- what it is ----------------------------------------------------------------------------------------


def directory_of(given: Any) -> Path:
    """Return the directory that a caller named, from the root on: it is found again after a ``chdir``.

    Raises
    ------
    TypeError, ValueError
        It is no path. An empty one would be the working directory.
    """
    path: Any = os.fspath(cast("os.PathLike[str]", given)) if isinstance(given, os.PathLike) else given
    if not isinstance(path, str):
        raise TypeError(f"directory must be a path, as text or a pathlib.Path, not {given!r}")
    if not path or "\0" in path:
        raise ValueError(f"directory must be a path, not {given!r}; '.' is the working directory")
    if is_url(path):
        raise ValueError(
            f"directory must be one of this machine, not {without_secret(path)!r}: there are no locks and no "
            "fsync elsewhere; record to a directory here, and copy it: virtsdk compact DIRECTORY --to URL"
        )
    return Path(path).absolute()


def place_of(given: Any, options: Mapping[str, Any] | None = None) -> Path:
    """Return where the recording is that a caller named, for reading: also elsewhere, by a URL of fsspec.

    Parameters
    ----------
    given
        A path, or a URL.
    options
        As of `remote`.

    Raises
    ------
    TypeError, ValueError
        It is neither, or there are options beside a path.
    MissingDependency
        fsspec is not installed, or what it needs for such a URL.
    """
    if is_url(given):
        return remote(given, options)
    if options:
        raise ValueError(f"storage_options must be left out for a path of this machine, {str(given)!r}")
    if isinstance(given, RemotePath):
        return cast("Path", given)
    found = directory_of(given)
    if (
        isinstance(given, os.PathLike)
        and _MADE_OF_URL.match(text := str(cast("Any", given)))
        and not found.exists()
    ):
        raise ValueError(f"directory must be a text where it is a URL: a path has lost a '/' of it, {text!r}")
    return found


def _near(directory: Path) -> Path | None:
    """Return the recording that a directory is a folder of, or the only one that is in it."""
    if isinstance(directory, RemotePath):
        return None
    for above in directory.parents[:2]:  # of a frame's folder, and of a file in it
        if (above / MARK).is_file():
            return above
    try:
        inside = [one for one in directory.iterdir() if (one / MARK).is_file()]
    except OSError:
        return None
    return inside[0] if len(inside) == 1 else None


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
        whose = (
            "to which virtsdk compact --to copied one"
            if isinstance(directory, RemotePath)
            else ("that virtsdk.record was given")
        )
        near = _near(directory)
        hint = f"give {near}, which is one" if near is not None else f"give the directory {whose}"
        raise RecordingError(f"{directory} is no recording: it {what}; {hint}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingError(f"{path} cannot be read: {error}") from error
    try:
        said = json.loads(text)
        name, (major, minor) = said["format"], said["version"]
        if not all(isinstance(one, int) for one in (major, minor)):
            raise TypeError(said)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RecordingError(f"{path} is damaged: it should be {json.dumps(mark())}") from error
    if name != mark()["format"]:
        raise RecordingError(f"{path} is not of virtsdk: its format is {name!r}")
    if major != FORMAT[0]:
        raise RecordingError(
            f"{directory} was recorded in version {major}.{minor} of the format, and this virtsdk reads "
            f"{FORMAT[0]}.x: use a version of virtsdk that reads it"
        )
    return said
