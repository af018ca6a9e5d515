"""``virtsdk check``: what is wrong with a recording, a line a finding."""

from __future__ import annotations

import sys
from pathlib import Path

import virtsdk
from virtsdk.display.text import printable

_HARMLESS = "unfinished"  # the kind of what does not count


def check(directory: Path) -> bool:
    """Check a recording, write what is found, and return whether nothing is damaged or missing.

    Parameters
    ----------
    directory
        That of the recording.

    Raises
    ------
    RecordingError
        It is no recording.
    """
    found = virtsdk.open_recording(directory).check()
    for file, problem, what in found[["file", "problem", "what"]].itertuples(index=False):
        sys.stdout.write(f"{printable(str(directory / str(file)))}: {problem}: {printable(str(what))}\n")
    if found.empty:
        sys.stdout.write(f"{printable(str(directory))}: all is well\n")
    return bool((found["problem"] == _HARMLESS).all())
