"""``virtsdk compact``: recordings brought to today's format, a line each."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from virtsdk.cli.command import complain
from virtsdk.cli.output import write_json
from virtsdk.display.text import printable
from virtsdk.errors import VirtError


def compact(directories: Iterable[Path], to: str | None = None, *, as_json: bool = False) -> bool:
    """Compact recordings, write what became of each, and return whether all of them are well.

    Parameters
    ----------
    directories
        Those of recordings; that one is none does not hide the others.
    to
        Where a copy of the only one is to be, as a URL; None for none.
    as_json
        A list of objects with directory, files_before, files, bytes_before, bytes, to and copied, rather than
        a line each; one that could not be compacted is told on stderr alone.
    """
    from virtsdk.history.writing import compact as history

    well = True
    done: list[dict[str, object]] = []
    for one in directories:
        try:
            found = history.compact(one, to=to)
        except VirtError as error:
            complain(error)
            well = False
        else:
            done.append(asdict(found))
            if not as_json:
                sys.stdout.write(f"{printable(str(one))}: {found.said}\n")
    if as_json:
        write_json(done)
    return well
