"""The files of a recording as its one writer changes them: whenever it is killed, each row counts once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from virtsdk.history import files
from virtsdk.history.columns import HOSTS, arrow_schema, to_table
from virtsdk.history.files import SAMPLES, Segment
from virtsdk.history.integrity import CONTENTS, Contents
from virtsdk.history.parquet.arrow import Table, pa, pc
from virtsdk.history.parquet.disk import divided
from virtsdk.history.reading.footers import whole_file
from virtsdk.history.writing.drafts import Drafts, Piece
from virtsdk.history.writing.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Replacement:
    """A segment that is on the disk, and is to count in place of others."""

    name: str
    chosen: tuple[Segment, ...]
    drafts: Drafts


class Store:
    """Writes segments, joins and removes them.

    Parameters
    ----------
    directory
        The recording, of which the caller holds the lock.
    ledger
        What it has.
    mode
        The rights of new files.
    """

    def __init__(self, directory: Path, ledger: Ledger, mode: int) -> None:
        self._directory = directory
        self._ledger = ledger
        self._mode = mode

    # --- new ------------------------------------------------------------

    def write(self, name: str, segment: Segment, pieces: Iterable[Piece]) -> None:
        """Write the rows of a segment; those of ``samples`` tell what the ledger was told of it."""
        drafts = self._drafted(name, segment, pieces)
        drafts.count()
        self._ledger.add(name, segment, drafts.values)

    def write_beside(self, name: str, segment: Segment, frame: pd.DataFrame) -> None:
        """Write rows that are worked out of others as the file of some segments."""
        self.write(name, segment, [(0, to_table(name, [frame]))])

    def _drafted(self, name: str, segment: Segment, pieces: Iterable[Piece]) -> Drafts:
        about = {CONTENTS: json.dumps(self._ledger.contents_of(segment))} if name == SAMPLES else {}
        drafts = Drafts(self._directory / name, segment, about, self._mode)
        drafts.write(pieces)
        return drafts

    # --- in place of others ------------------------------------------------------------

    def replace(self, name: str, chosen: Sequence[Segment], whole: Segment, pieces: Iterable[Piece]) -> None:
        """Write a segment in place of others; whenever it is killed, one or the other counts.

        Parameters
        ----------
        name
            The frame.
        chosen
            Neighbours.
        whole
            What has the rows of all of them, of a higher tier.
        pieces
            These rows.
        """
        self.commit(self.prepare(name, chosen, whole, pieces))

    def prepare(
        self, name: str, chosen: Sequence[Segment], whole: Segment, pieces: Iterable[Piece]
    ) -> Replacement:
        """Write the same under other names, and leave the others as they are."""
        if name == SAMPLES:
            self._ledger.tell({whole: self._ledger.joined(chosen)})
        try:
            return Replacement(name, tuple(chosen), self._drafted(name, whole, pieces))
        except BaseException:
            self._ledger.untell(whole)
            raise

    def commit(self, prepared: Replacement) -> None:
        """Have it count, and remove the others."""
        name, drafts = prepared.name, prepared.drafts
        try:
            drafts.count()
        except BaseException:
            self.discard(prepared)
            raise
        for one in prepared.chosen:
            for path in self._ledger.paths(name, one):
                path.unlink()
        self._instead(name, prepared.chosen, drafts.segment, drafts.values)

    def discard(self, prepared: Replacement) -> None:
        """Remove what was prepared."""
        prepared.drafts.drop()
        if prepared.name == SAMPLES:
            self._ledger.untell(prepared.drafts.segment)

    def tell(self, chosen: Sequence[Segment], contents: Mapping[Segment, Contents], rows: Table) -> None:
        """Have neighbours of ``samples`` tell something else, as one file with these rows."""
        tier = max(one.tier for one in chosen) + (1 if len(chosen) == 1 else 0)
        whole = Segment(chosen[0].first, chosen[-1].last, tier)
        before = {one: self._ledger.contents_of(one) for one in chosen}
        self._ledger.tell(contents)
        try:
            self.replace(SAMPLES, chosen, whole, [(0, rows)])
        except BaseException:
            self._ledger.tell(before)
            raise

    def remove(self, name: str, segment: Segment) -> None:
        """Remove the files of a segment."""
        for path in self._ledger.paths(name, segment):
            path.unlink(missing_ok=True)
        self._ledger.drop(name, [segment])

    def _instead(self, name: str, chosen: Sequence[Segment], whole: Segment, values: int) -> None:
        self._ledger.add(name, whole, values)
        self._ledger.drop(name, chosen)

    # --- joining what is due ------------------------------------------------------------

    def join_due(self, *, rest: bool) -> None:
        """Join files that are due; with `rest`, also those that were flushed last."""
        for name in self._ledger.frames:
            while chosen := self._due(name, rest=rest):
                self._join(name, chosen)

    def _due(self, name: str, *, rest: bool) -> list[Segment]:
        there = self._ledger.segments(name)
        sizes = [self._ledger.values(name, one) for one in there]
        return files.due(there, sizes, self._ledger.days(name), rest=rest)

    def _join(self, name: str, chosen: Sequence[Segment]) -> None:
        before, values = chosen[0], sum(self._ledger.values(name, one) for one in chosen)
        parts, tables = before.parts, self._joined(name, chosen)
        if before.tier == 0 and name not in (SAMPLES, HOSTS):
            (table,) = tables
            parts = files.parts_for(len(pc.unique(table["host"])), values)
            tables = divided(table, parts)
        whole = Segment(before.first, chosen[-1].last, before.tier + 1, parts)
        if len(chosen) > 1 or parts != before.parts:
            self.replace(name, chosen, whole, enumerate(tables))
            return
        folder = self._directory / name
        for old, new in zip(before.all_names, whole.all_names, strict=True):
            if (folder / old).exists():
                (folder / old).replace(folder / new)
        if name == SAMPLES:
            self._ledger.tell({whole: self._ledger.joined(chosen)})
        self._instead(name, chosen, whole, values)

    def _joined(self, name: str, chosen: Sequence[Segment]) -> Iterator[Table]:
        """Read the rows of some segments, a table a part."""
        for names in zip(*(one.all_names for one in chosen), strict=True):
            paths = [path for one in names if (path := self._directory / name / one).exists()]
            tables = [whole_file(path) for path in paths]
            yield pa.concat_tables([arrow_schema(name).empty_table(), *tables], promote_options="permissive")
