"""Files of a segment under other names, until all of them are on the disk and are to count."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from virtsdk.history import files
from virtsdk.history.columns import arrow_schema, described
from virtsdk.history.files import DRAFT, Segment
from virtsdk.history.parquet.arrow import Table
from virtsdk.history.parquet.disk import TableFile, make_folder, refuse_link, sync
from virtsdk.history.writing.form import in_form

Piece = tuple[int, Table]
"""The number of a part, and rows of it."""


class Drafts:
    """The files of one segment, a part each, written side by side.

    Parameters
    ----------
    folder
        Of the frame, whose name it has.
    segment
        Its files are made.
    about
        What their footers say beside.
    mode
        Their rights.

    Attributes
    ----------
    values
        How many were written: rows times columns.
    """

    def __init__(self, folder: Path, segment: Segment, about: Mapping[str, str], mode: int) -> None:
        self.segment = segment
        self.values = 0
        self._folder = folder
        self._about = about
        self._mode = mode
        self._paths = [folder / one for one in segment.all_names]
        self._open: dict[int, TableFile] = {}

    def write(self, pieces: Iterable[Piece]) -> None:
        """Write all rows, those of a part in their order, and seal the files.

        Raises
        ------
        OSError, pyarrow.ArrowException
            It cannot be written; none of the files is left, whatever was raised.
        """
        try:
            refuse_link(self._folder)
            make_folder(self._folder, self._mode)
            for part, table in pieces:
                self._add(part, table)
            nothing = arrow_schema(self._folder.name).empty_table()
            for part in set(range(self.segment.parts)) - self._open.keys():
                self._add(part, nothing)
            for file in self._open.values():
                file.end()
            self._open.clear()
        except BaseException:
            self.drop()
            raise

    def _add(self, part: int, table: Table) -> None:
        frame = self._folder.name
        table = in_form(frame, table)
        if part not in self._open:
            said = described(table.schema, frame, {"version": ".".join(map(str, files.FORMAT))})
            self._open[part] = TableFile(self._draft(part), said, self._about, self._mode)
        self._open[part].write(table)
        self.values += table.num_rows * table.num_columns

    def _draft(self, part: int) -> Path:
        path = self._paths[part]
        return path.with_name(path.name + DRAFT)

    def count(self) -> None:
        """Give the files their names: from now on they count.

        Raises
        ------
        OSError
            A file cannot be renamed; those that are left over are removed.
        """
        try:
            for part, path in enumerate(self._paths):
                self._draft(part).replace(path)
        except BaseException:
            self.drop()
            raise
        sync(self._folder)

    def drop(self) -> None:
        """Remove them."""
        for file in self._open.values():
            file.abandon()
        for part in range(len(self._paths)):
            with contextlib.suppress(OSError):  # the disk may be gone; the next writer removes it
                self._draft(part).unlink(missing_ok=True)
