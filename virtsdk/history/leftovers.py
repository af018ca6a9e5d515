"""Files of a recording that do not count: which can be removed, and which have rows that nothing else has."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from virtsdk.display import listing
from virtsdk.errors import RecordingError
from virtsdk.history import files
from virtsdk.history.files import DRAFT, MARK, SAMPLES, Listing, Segment
from virtsdk.history.parquet.arrow import Table, pa
from virtsdk.history.parquet.elsewhere import RemotePath
from virtsdk.history.reading.footers import read_footer, whole_file
from virtsdk.history.reading.selection import BOUNDED
from virtsdk.history.writing.lock import LOCK, is_held

_log = logging.getLogger(__name__)

SPARE: Final = "spare"
"""A file that was not completed, or whose rows are in others that count."""
FLUSH: Final = "flush"
"""Of the newest segment, whose samples were not written: by a recorder now, or by one that was killed."""
ALONE: Final = "alone"
"""Nothing else has its rows: samples are gone, or what it was merged into is damaged."""

_LONGEST: Final = 86_400_000_000  # µs between the first and last row of one flush
_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Leftover:
    """A file that does not count: of which segment, where its name tells, and `SPARE`, `FLUSH` or `ALONE`."""

    path: Path
    segment: Segment | None
    kind: str


def leftovers(directory: Path, *, recorded: bool | None = None) -> list[Leftover]:
    """Tell what the files are that do not count; as of one moment, also where a recorder writes.

    Parameters
    ----------
    directory
        The recording.
    recorded
        For its one writer: whether a recorder was there before. None for anyone else, who looks for one.
    """
    found: list[Leftover] = []
    for _ in range(_TRIES):
        there = files.listing(directory)
        found = list(_leftovers(directory, there, recorded))
        if all(one.kind != ALONE for one in found) or files.listing(directory) == there:
            return found
    return [one for one in found if one.kind != ALONE]  # it is written faster than it is read


def _leftovers(directory: Path, there: Listing, recorded: bool | None) -> Iterator[Leftover]:
    whole: dict[Path, Table | None] = {}
    beyond: list[tuple[Path, Segment]] = []
    for path in files.uncounted(directory, there):
        if path.name.endswith(DRAFT):
            name = path.name.removesuffix(DRAFT)
            yield Leftover(path, files.segment_of(name) if files.parquets([name]) else None, SPARE)
            continue
        segment = files.segment_of(path.name)
        if segment.last > there.last:
            beyond.append((path, segment))
            continue
        instead = _instead(segment, there.frames.get(path.parent.name, ()))
        paths = [path.parent / name for one in instead for name in one.names()]
        for one in paths:
            if one not in whole:
                whole[one] = _keys_in(one)
        others = [found for one in paths if (found := whole[one]) is not None]
        there_too = bool(instead) and len(others) == len(paths) and _is_in(path, others)
        yield Leftover(path, segment, SPARE if there_too else ALONE)
    kind = FLUSH if _is_one_flush(directory, there, beyond, recorded) else ALONE
    yield from (Leftover(path, segment, kind) for path, segment in beyond)


def _instead(segment: Segment, counting: Sequence[Segment]) -> list[Segment]:
    """Return what has the rows of a file: what it was merged into, or was to be merged of."""
    for one in counting:
        if segment.within(one):
            return [] if one.lost else [one]
    parts = [one for one in counting if one.within(segment)]
    begun = parts and parts[0].first == segment.first and parts[-1].last == segment.last
    return parts if begun and not any(one.lost for one in parts) else []


def _keys_in(path: Path) -> Table | None:
    """Return whose rows of which moments a file has; None where it cannot be read whole."""
    try:
        table = whole_file(path)
    except (RecordingError, FileNotFoundError):
        return None
    columns = {
        name: table[name].cast(pa.string() if name != "time" else pa.timestamp("us", "UTC"))
        for name in BOUNDED
        if name in table.column_names
    }
    return pa.table(columns)


def _is_in(path: Path, others: Sequence[Table]) -> bool:
    """Tell whether other files have the rows of a file: two recordings in one directory have not.

    What cannot be read is there, too: it was not completed.
    """
    own = _keys_in(path)
    if own is None:
        return True
    keys = [name for name in own.column_names if all(name in one.column_names for one in others)]
    if path.parent.name == SAMPLES:  # of these only some are kept when they are old
        keys = ["host"]
    held = pa.concat_tables([one.select(keys) for one in others]).group_by(keys).aggregate([])
    wanted = own.select(keys).group_by(keys).aggregate([])
    together = pa.concat_tables([held, wanted]).group_by(keys).aggregate([])
    return bool(together.num_rows == held.num_rows)


def _is_one_flush(
    directory: Path, there: Listing, beyond: Sequence[tuple[Path, Segment]], recorded: bool | None
) -> bool:
    """Tell whether files without samples are what one flush leaves that was not finished."""
    newest = Segment(there.last + 1, there.last + 1, 0)
    if any(one != newest or not _is_flushed(path.parent.name) for path, one in beyond):
        return False
    if recorded is None:
        if isinstance(directory, RemotePath) or is_held(directory):
            return True
        recorded = (directory / LOCK).exists()
    if not recorded:
        return False
    if not there.last and (directory / SAMPLES).is_dir() and not any((directory / SAMPLES).iterdir()):
        return False  # a flush makes the folder when it begins a file in it
    return _is_one_stretch([path for path, _ in beyond], needed=not there.last)


def _is_flushed(frame: str) -> bool:
    """Tell whether rows of a frame come before the samples that tell of them: sums come after."""
    return frame != SAMPLES and not frame.startswith("rollup.")


def _is_one_stretch(paths: Sequence[Path], *, needed: bool) -> bool:
    """Tell whether rows of files are of one day at the most; what cannot be read is, unless `needed`."""
    times: list[int] = []
    for path in paths:
        try:
            bounds = [one.bounds["time"] for one in read_footer(path).groups if "time" in one.bounds]
        except FileNotFoundError:
            continue
        except RecordingError:
            if needed:
                return False
            continue
        if files.is_raw(path.parent.name):
            times += [time for both in bounds for time in both]
    return not times or max(times) - min(times) <= _LONGEST


def clear(left: Sequence[Leftover], following: int, *, tidy: bool) -> None:
    """Remove what is spare, and what one flush left; the draft of samples after what it tells of.

    Parameters
    ----------
    left
        Of `leftovers`.
    following
        The number of the next segment.
    tidy
        Whether files of the newest segment go, too.
    """
    for one in sorted(left, key=lambda one: one.kind == SPARE):
        newest = one.segment is not None and one.segment.last >= following
        if one.kind in (SPARE, FLUSH) and (tidy or not newest):
            _log.info("%s: left by a recorder that was killed, removed", one.path)
            one.path.unlink()


def refuse_strangers(directory: Path) -> None:
    """Refuse a directory that has files of others in it, and is no recording.

    Raises
    ------
    RecordingError
        It names some of them.
    """
    own = (LOCK, MARK, MARK + DRAFT)
    strangers = sorted(one.name for one in directory.iterdir() if one.name not in own)
    if strangers and not (directory / MARK).exists():
        raise RecordingError(
            f"{directory} has other files in it ({listing.names(strangers, 3)}): a recording wants "
            "a directory of its own"
        )
