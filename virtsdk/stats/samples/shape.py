"""Places of the values of a libvirt record: worked out once for every set of keys.

Domains of one host mostly give the same keys in the same order, sample after sample. So the keys are read
once for each such *shape*, and a record's values then move by position alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from virtsdk.stats.columns.catalogue import BY_TEMPLATE, COLUMNS
from virtsdk.stats.columns.metric import GRAINS, Metric

Index = tuple[int, ...]
Places = NDArray[np.int64]
MISSING = -1


@dataclass(frozen=True, slots=True)
class Block:
    """Share of one record in one frame: its rows, their numbers in the keys, where each value sits."""

    numbers: Places  #: (levels, rows): the numbers in the keys, MISSING where a level has none
    ranks: Places  #: (columns of the catalogue, rows): rank among the figures or the words; else MISSING


_DIGITS = 18  # of a place in libvirt's lists; what is longer is none, and no 64-bit number


@dataclass(frozen=True, slots=True)
class Shape:
    """The places of all values of records that have the same keys in the same order."""

    keys: tuple[str, ...]
    figures: tuple[int, ...]  #: places of the keys that are due to hold whole numbers
    words: tuple[int, ...]  #: places of all others
    unknown: tuple[int, ...]  #: ranks among the words of keys that the catalogue does not have
    blocks: dict[str, Block]


@lru_cache(maxsize=2**16)
def read_key(key: str) -> tuple[Metric, Index] | None:
    """Find a libvirt key in the catalogue: ``block.0.rd.bytes`` is a metric and the numbers ``(0,)``."""
    if not isinstance(key, str):  # callers in a notebook are not typed
        raise TypeError(f"the keys of a record must be libvirt's, as text, not {key!r}")
    parts = key.split(".")
    marked = ["#" if part.isdecimal() and part.isascii() and len(part) <= _DIGITS else part for part in parts]
    metric = BY_TEMPLATE.get(".".join(marked))
    numbers = tuple(int(part) for part, mark in zip(parts, marked, strict=True) if mark == "#")
    return None if metric is None else (metric, numbers)


@lru_cache(maxsize=1024)
def shape_of(keys: tuple[str, ...]) -> Shape:
    """Work out where the values of a record with these keys go."""
    ranks: dict[str, dict[tuple[str, Index], int]] = {}
    figures: list[int] = []
    words: list[int] = []
    unknown: list[int] = []
    for place, key in enumerate(keys):
        known = read_key(key)
        if known is not None:
            metric, numbers = known
            rows = ranks.setdefault(metric.frame, {})
            if (
                metric.column,
                numbers,
            ) not in rows:  # vcpu.1 and vcpu.01: the first counts, the other is kept
                flat = figures if metric.is_figure else words
                rows[metric.column, numbers] = len(flat)
                flat.append(place)
                continue
        unknown.append(len(words))
        words.append(place)
    blocks = {frame: _block(frame, rows) for frame, rows in ranks.items()}
    blocks.setdefault("domains", _block("domains", {}))
    return Shape(keys, tuple(figures), tuple(words), tuple(unknown), blocks)


def _block(frame: str, ranks: dict[tuple[str, Index], int]) -> Block:
    levels = len(GRAINS[frame])
    seen = {numbers for _, numbers in ranks}
    full = {numbers for numbers in seen if len(numbers) == levels}
    if frame == "domains":
        full = {()}
    parents = {numbers[:-1] for numbers in full}
    alone = {numbers for numbers in seen if len(numbers) < levels and numbers not in parents}
    rows = sorted([*full, *((*numbers, MISSING) for numbers in alone)])
    columns = COLUMNS[frame]
    table = np.full((len(columns), len(rows)), MISSING, dtype=np.int64)
    for i, column in enumerate(columns):
        for j, row in enumerate(rows):
            rank = ranks.get((column, row))
            if rank is None and levels > 1:  # a name of the monitor belongs to each of its nodes
                rank = ranks.get((column, row[:-1]))
            if rank is not None:
                table[i, j] = rank
    numbers = np.array(rows, dtype=np.int64).reshape(len(rows), levels).T
    return Block(numbers, table)
