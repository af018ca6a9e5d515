"""Rests of row groups that were read: who reads one part after the other begins where the last one ended."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from virtsdk.history.parquet.arrow import Table
from virtsdk.history.reading.selection import Place, Selection

MOST: Final = 48 * 2**20
"""Bytes that are kept at the most; what is beyond is read again."""
Key = tuple[Path, tuple[str, ...]]


class Kept:
    """The rest of the last row group of each file, by file and columns."""

    def __init__(self) -> None:
        self._rests: dict[Key, tuple[int, Table]] = {}
        self._bytes = 0

    def take(self, key: Key, group: int) -> Table | None:
        """Return the rest of a row group, and keep it no longer; None where there is none."""
        number, rest = self._rests.pop(key, (-1, None))
        if rest is not None:
            self._bytes -= rest.nbytes
        return rest if number == group else None

    def keep(self, key: Key, group: int, table: Table, until: Place | None) -> None:
        """Keep the rows of a row group that come after a place, where there is room."""
        rest = None if until is None else Selection(after=until).filter(table)
        if rest is not None and rest.num_rows and self._bytes + rest.nbytes <= MOST:
            self._rests[key] = group, rest
            self._bytes += rest.nbytes
