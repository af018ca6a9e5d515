"""``virtsdk check``: what is wrong with recordings, a line a finding."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import virtsdk
from virtsdk.cli.command import complain
from virtsdk.cli.output import write_json
from virtsdk.display.text import printable
from virtsdk.errors import VirtError

_HARMLESS = "unfinished"  # the kind of what does not count


def check(directories: Iterable[Path | str], *, as_json: bool = False) -> bool:
    """Check recordings, write what is found, and return whether nothing is damaged or missing.

    Parameters
    ----------
    directories
        Those of recordings, or the URLs of copies; that one is none does not hide the others.
    as_json
        A list of objects with directory, file, problem and what, rather than a line each.
    """
    well = True
    rows: list[dict[str, str]] = []
    for one in directories:
        try:
            recording = virtsdk.open_recording(one)
            found, place = recording.check(), recording.directory
        except VirtError as error:
            complain(error)
            well = False
            continue
        well &= bool((found["problem"] == _HARMLESS).all())
        for file, problem, what in found[["file", "problem", "what"]].itertuples(index=False):
            row = {"directory": str(place), "file": str(file), "problem": str(problem), "what": str(what)}
            rows.append(row)
            if not as_json:
                sys.stdout.write(f"{printable(str(place / str(file)))}: {problem}: {printable(str(what))}\n")
        if found.empty and not as_json:
            sys.stdout.write(f"{printable(str(place))}: all is well\n")
    if as_json:
        write_json(rows)
    return well
