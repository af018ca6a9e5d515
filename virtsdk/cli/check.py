"""``virtsdk check``: what is wrong with a recording, a line a finding."""

from __future__ import annotations

import sys
from pathlib import Path

import virtsdk
from virtsdk.display.text import printable

_HARMLESS = "unfinished"  # the kind of what does not count


def check(directory: Path | str) -> bool:
    """Check a recording, write what is found, and return whether nothing is damaged or missing.

    Parameters
    ----------
    directory
        That of the recording, or the URL of a copy.

    Raises
    ------
    RecordingError
        It is no recording.
    """
    recording = virtsdk.open_recording(directory)
    found, directory = recording.check(), recording.directory
    for file, problem, what in found[["file", "problem", "what"]].itertuples(index=False):
        sys.stdout.write(f"{printable(str(directory / str(file)))}: {problem}: {printable(str(what))}\n")
    if found.empty:
        sys.stdout.write(f"{printable(str(directory))}: all is well\n")
    return bool((found["problem"] == _HARMLESS).all())
