"""A copy of a recording elsewhere, brought up to date so that a reader always finds a whole one."""

from __future__ import annotations

from pathlib import Path

from virtsdk.errors import RecordingError
from virtsdk.history import files
from virtsdk.history.columns import SAMPLES
from virtsdk.history.parquet.elsewhere import RemotePath
from virtsdk.history.reading.reader import Reader


def copy_out(directory: Path, target: RemotePath) -> int:
    """Bring a copy up to date, and return how many files were written.

    What is there already is left; what was merged into other files is removed at last. Samples come after
    what they tell of, as a recorder writes them: what is half copied does not count yet.

    Parameters
    ----------
    directory
        The recording, to which nobody writes meanwhile.
    target
        Where the copy is, or is to be.

    Raises
    ------
    RecordingError
        There is something else, or it cannot be written.
    """
    try:
        there = target.walked()
        _check(directory, target, there)
        listing = files.listing(directory)
        written = 0
        if not (target / files.MARK).is_file():
            (target / files.MARK).put(directory / files.MARK)
        frames = sorted(listing.frames, key=lambda name: (name == SAMPLES, name))
        for path in [one for name in frames for one in listing.paths(name)]:
            copy = target / path.parent.name / path.name
            known = path.name in there.get(path.parent.name, ())
            if not known or copy.stat().st_size != path.stat().st_size:
                copy.put(path)
                written += 1
        for name, names in there.items():
            kept = {path.name for path in listing.paths(name)}
            for old in files.parquets(names):
                if old not in kept:
                    (target / name / old).unlink()
    except OSError as error:
        raise RecordingError(f"{target} cannot be written: {error.strerror or error}") from error
    return written


def _check(directory: Path, target: RemotePath, there: dict[str, list[str]]) -> None:
    """Refuse to write among what is no copy of this recording."""
    if (target / files.MARK).is_file():
        first, other = (Reader(one).bounds(SAMPLES) for one in (directory, target.as_path()))
        if other is not None and (first is None or first[0] != other[0]):
            raise RecordingError(f"{target} is a copy of another recording: give a place of its own")
    elif there:
        raise RecordingError(f"{target} has other files in it: give a place of its own")
