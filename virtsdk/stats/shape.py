"""Where each value of a libvirt record goes: worked out once for every set of keys.

Domains of one host mostly give the same keys in the same order, sample after sample. So the keys are read
once for each such *shape*, and a record's values then move by position alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from virtsdk.stats._catalogue import BY_TEMPLATE, COLUMNS
from virtsdk.stats.metric import GRAINS, Metric

Index = tuple[int, ...]
Positions = NDArray[np.int64]
MISSING = -1


@dataclass(frozen=True, slots=True)
class Block:
    """What one record gives to one frame: its rows, their numbers in the keys, where each value sits."""

    numbers: Positions  #: (levels, rows): the numbers in the keys, MISSING where a level has none
    positions: Positions  #: (columns of the catalogue, rows): place in the record, MISSING where not given


@dataclass(frozen=True, slots=True)
class Shape:
    """The places of all values of records that have the same keys in the same order."""

    keys: tuple[str, ...]
    blocks: dict[str, Block]
    unknown: Positions  #: places of keys that the catalogue does not have


@lru_cache(maxsize=2**16)
def read_key(key: str) -> tuple[Metric, Index] | None:
    """Find a libvirt key in the catalogue: ``block.0.rd.bytes`` is a metric and the numbers ``(0,)``."""
    parts = key.split(".")
    numbers = tuple(int(part) for part in parts if part.isdecimal() and part.isascii())
    if not numbers:
        metric = BY_TEMPLATE.get(key)
    else:
        metric = BY_TEMPLATE.get(
            ".".join("#" if part.isdecimal() and part.isascii() else part for part in parts)
        )
    return None if metric is None else (metric, numbers)


@lru_cache(maxsize=1024)
def shape_of(keys: tuple[str, ...]) -> Shape:
    """Work out where the values of a record with these keys go."""
    found: dict[str, dict[tuple[str, Index], int]] = {}
    unknown: list[int] = []
    for position, key in enumerate(keys):
        known = read_key(key)
        if known is None:
            unknown.append(position)
            continue
        metric, numbers = known
        places = found.setdefault(metric.frame, {})
        if places.setdefault((metric.column, numbers), position) != position:
            unknown.append(position)  # vcpu.1 and vcpu.01: the first one counts, neither is lost
    blocks = {frame: _block(frame, places) for frame, places in found.items()}
    blocks.setdefault("domains", _block("domains", {}))
    return Shape(keys, blocks, np.array(unknown, dtype=np.int64))


def _block(frame: str, places: dict[tuple[str, Index], int]) -> Block:
    levels = len(GRAINS[frame])
    seen = {numbers for _, numbers in places}
    full = sorted(numbers for numbers in seen if len(numbers) == levels)
    if frame == "domains":
        full = [()]
    parents = {numbers[:-1] for numbers in full}
    alone = sorted(numbers for numbers in seen if len(numbers) < levels and numbers not in parents)
    rows = sorted([*full, *((*numbers, MISSING) for numbers in alone)])
    columns = COLUMNS[frame]
    positions = np.full((len(columns), len(rows)), MISSING, dtype=np.int64)
    for i, column in enumerate(columns):
        for j, row in enumerate(rows):
            place = places.get((column, row))
            if place is None and levels > 1:  # a name of the monitor belongs to each of its nodes
                place = places.get((column, row[:-1]))
            if place is not None:
                positions[i, j] = place
    numbers = np.array(rows, dtype=np.int64).reshape(len(rows), levels).T
    return Block(numbers, positions)
