"""Values that are laid out to the columns of frames: of one sample, or of many of several hosts at once.

`flat` lays out all values, `shape` knows the places of those of a frame, and a column is gathered and
converted at once. What does not fit its column (an unknown key, a text where a number
was due, a number too large) goes to the long `other` frame with its key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from virtsdk.stats.columns.catalogue import COLUMNS
from virtsdk.stats.columns.metric import GRAINS, Metric, Unit
from virtsdk.stats.samples.convert import Column, anything, figures, missing, reasons, text, words
from virtsdk.stats.samples.facts import add_facts
from virtsdk.stats.samples.flat import Flags, Flat, lay_out
from virtsdk.stats.samples.shape import MISSING, Places

_SAID: dict[str, bool] = {"yes": True, "no": False, "true": True, "false": False}  # as virsh domstats prints
Misfits = list[tuple[Places, bool]]  # places, and whether they are among the figures


@dataclass(frozen=True)
class Whose:
    """Whose records they are: a value each, of the hosts and times one for each sample.

    Attributes
    ----------
    uuids, names
        Of the domains, a record each.
    stale, facts
        What is told of each beside its values; None where nothing is.
    hosts, times
        Of the samples (``datetime64[us]``, UTC).
    sample
        Which sample each record is of.
    """

    uuids: Sequence[str]
    names: Sequence[str]
    stale: Sequence[bool | None]
    facts: Sequence[Any]
    hosts: Sequence[str]
    times: NDArray[np.datetime64]
    sample: Places

    @cached_property
    def _host(self) -> tuple[Column, Places]:
        different = dict.fromkeys(self.hosts)
        number = {name: place for place, name in enumerate(different)}
        return text(list(different)), np.array([number[one] for one in self.hosts], dtype=np.int64)

    @cached_property
    def _uuids(self) -> Column:
        return text(self.uuids)

    @cached_property
    def _names(self) -> Column:
        return text(self.names)

    def columns(self, rows: Places, parts: Mapping[str, Column]) -> dict[str, Column]:
        """Return host, domain, name, the given parts, time: one value for each of `rows`."""
        names, codes = self._host
        samples = self.sample[rows]
        return {
            "host": names.take(codes[samples]),
            "domain": self._uuids.take(rows),
            "name": self._names.take(rows),
            **parts,
            "time": pd.DatetimeIndex(self.times[samples], tz="UTC").array,
        }


class Source:
    """Values that are laid out, of which frames are made when they are read."""

    def __init__(self, whose: Whose, flat: Flat) -> None:
        self._whose = whose
        self._flat = flat
        self._made: dict[str, pd.DataFrame] = {}
        self._misfits: Misfits = []
        self.sizes = {name: int(self.counts(name).sum()) for name in GRAINS}

    def counts(self, name: str) -> Places:
        """Return how many rows of a frame each record has."""
        found = np.zeros(len(self._whose.uuids), dtype=np.int64)
        for group in self._flat.groups:
            block = group.shape.blocks.get(name)
            if block is not None:
                found[group.members] = block.ranks.shape[1]
        return found

    def frame(self, name: str) -> pd.DataFrame:
        """Make a frame; what does not fit the columns of the others is in ``other``."""
        if name == "other":
            for one in GRAINS:
                self._columns(one)
            found = pd.DataFrame(_other(self._whose, self._flat, self._misfits), copy=False)
        else:
            found = self._columns(name)
        return found if len(found) else _empty()[name]

    def _columns(self, name: str) -> pd.DataFrame:
        if name not in self._made:
            if not self.sizes[name]:
                self._made[name] = _empty()[name]
            else:
                found = _columns(name, self._whose, self._flat, self._misfits)
                self._made[name] = pd.DataFrame(found, copy=False)
        return self._made[name]


@cache
def _empty() -> dict[str, pd.DataFrame]:
    """Return the frames of no records: most of a small sample's, so made once; `Stats` hands out copies."""
    none = np.empty(0, dtype=np.int64)
    whose = Whose([], [], [], [], [], none.astype("datetime64[us]"), none)
    found = every_column(GRAINS, whose, lay_out([]))
    return {name: pd.DataFrame(columns, copy=False) for name, columns in found.items()}


def every_column(frames: Iterable[str], whose: Whose, flat: Flat) -> dict[str, dict[str, Column]]:
    """Return the columns of these frames, and of ``other``."""
    misfits: Misfits = []
    found = {frame: _columns(frame, whose, flat, misfits) for frame in frames}
    found["other"] = _other(whose, flat, misfits)
    return found


def _columns(frame: str, whose: Whose, flat: Flat, misfits: Misfits) -> dict[str, Column]:
    rows, indices, places = _gather(frame, flat)
    metrics = COLUMNS[frame]
    columns: dict[str, Column] = {}
    for (name, metric), where in zip(metrics.items(), places, strict=True):
        if metric.unit is Unit.STATE_REASON:
            states = flat.figures[places[list(metrics).index("state")]]
            absent = _absent(flat, where)
            column, bad = reasons(states, flat.figures[where], absent)
        elif metric.is_figure:
            absent = _absent(flat, where)
            column, bad = figures(flat.figures[where], absent, metric.unit)
        else:
            absent = None
            column, bad = _words(flat, where, metric)
        if flat.odd is not None and absent is not None:
            odd = flat.odd[where]
            bad = odd if bad is None else bad | odd
        if bad is not None and bad.any():
            misfits.append((where[bad], metric.is_figure))
        columns[name] = column
    parts: dict[str, Column] = {}
    for level, part in enumerate(GRAINS[frame]):
        parts[part] = _part(columns.pop(part, None), indices[level])
    found = {**whose.columns(rows, parts), **columns}
    if frame == "domains":
        stale: list[bool | None] = [whose.stale[row] for row in rows.tolist()]
        found["stale"] = pd.array(stale, dtype="boolean")
    add_facts(frame, found, [whose.facts[row] for row in rows.tolist()])
    return found


def _absent(flat: Flat, where: Places) -> Flags:
    absent = where == MISSING
    return absent if flat.odd is None else absent | flat.odd[where]


def _words(flat: Flat, where: Places, metric: Metric) -> tuple[Column, Flags | None]:
    if not (where != MISSING).any():
        return missing(metric.conversion.dtype, len(where)), None
    values = flat.words[where].tolist()
    if metric.unit is Unit.BOOL:
        values = [_SAID.get(one, one) if isinstance(one, str) else one for one in values]
    return words(values, metric.unit)


def _gather(frame: str, flat: Flat) -> tuple[Places, Places, Places]:
    """Return for each row of a frame its record, its numbers in the keys, and where its values lie."""
    is_figure = np.array([metric.is_figure for metric in COLUMNS[frame].values()])
    rows: list[Places] = []
    indices: list[Places] = []
    places: list[Places] = []
    for group in flat.groups:
        block = group.shape.blocks.get(frame)
        if block is None:
            continue
        places.append(group.places(block.ranks, is_figure))
        rows.append(np.repeat(group.members, block.ranks.shape[1]))
        indices.append(np.tile(block.numbers, len(group.members)))
    if not rows:
        none = np.empty(0, dtype=np.int64)
        return none, none.reshape(len(GRAINS[frame]), 0), none.reshape(len(COLUMNS[frame]), 0)
    if len(rows) == 1:
        return rows[0], indices[0], places[0]
    every, index, place = (
        np.concatenate(rows),
        np.concatenate(indices, axis=1),
        np.concatenate(places, axis=1),
    )
    if (np.diff(every) < 0).any():
        order = np.argsort(every, kind="stable")  # back to the order of the records
        every, index, place = every[order], index[:, order], place[:, order]
    return every, index, place


def _part(label: Column | None, index: Places) -> Column:
    """Return the label where libvirt gave one, else the number that the key carries."""
    if label is None:
        return pd.arrays.IntegerArray(index, index == MISSING)
    unnamed = np.asarray(label.isna())
    if label.dtype != "Int64":
        unnamed = unnamed | np.asarray(label == "", dtype=bool)
    unnamed &= index != MISSING
    if unnamed.any():
        spare = index[unnamed] if label.dtype == "Int64" else [str(number) for number in index[unnamed]]
        named: Column = label.copy()
        named[unnamed] = spare
        return named
    return label


def _other(whose: Whose, flat: Flat, misfits: Misfits) -> dict[str, Column]:
    """One row a value that no column has taken, in the order of the records."""
    found: list[tuple[int, str, object]] = []
    for group in flat.groups:
        count = len(group.members)
        for rank in group.shape.unknown:
            key = group.shape.keys[group.shape.words[rank]]
            start = group.words + rank * count
            values = flat.words[start : start + count].tolist()
            found.extend(zip(group.members.tolist(), [key] * count, values, strict=True))
    for places, figure in misfits:
        found.extend(flat.source(place, figure=figure) for place in places.tolist())
    found.sort(key=lambda one: one[0])
    rows = np.fromiter((row for row, _, _ in found), dtype=np.int64, count=len(found))
    values = [value for _, _, value in found]
    keys = {"key": text([key for _, key, _ in found])}
    return {**whose.columns(rows, keys), **anything(values)}
