"""``virtsdk compact``: recordings brought to today's format, a line each."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from virtsdk.cli.command import complain
from virtsdk.display.text import printable
from virtsdk.errors import VirtError


def compact(directories: Iterable[Path], to: str | None = None) -> bool:
    """Compact recordings, write what became of each, and return whether all of them are well.

    Parameters
    ----------
    directories
        Those of recordings; that one is none does not hide the others.
    to
        Where a copy of the only one is to be, as a URL; None for none.
    """
    from virtsdk.history.writing import compact as history

    well = True
    for one in directories:
        try:
            said = history.compact(one, to=to).said
        except VirtError as error:
            complain(error)
            well = False
        else:
            sys.stdout.write(f"{printable(str(one))}: {said}\n")
    return well
