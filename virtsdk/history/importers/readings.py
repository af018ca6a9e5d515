"""Readings: one figure of one thing over time, which every importer makes and frames are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from virtsdk.display.text import count
from virtsdk.errors import RecordingError
from virtsdk.history.importers.notes import Notes
from virtsdk.stats.columns.catalogue import counters

Times: TypeAlias = NDArray[np.int64]  # µs since 1970
Values: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Part: TypeAlias = tuple[Any, ...]
Lives: TypeAlias = dict[tuple[str, str], list[tuple[int, str]]]
"""By host and name of a domain, from when on (µs) it had which UUID."""

FIRST, END = -62_135_596_800_000_000, 253_402_300_800_000_000  # µs: a datetime is of the years 1 to 9999
EXACT = 2**53
"""From here on a float is no exact count any more."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a reading is of: a column of a frame, and whose row.

    Attributes
    ----------
    frame, column
        As of the catalogue, or ``..._per_second`` of a figure that is a rate already.
    host
        Its name.
    name
        Of the domain, the pool; empty for those of the host itself.
    part
        What tells the rows of one thing apart: the vCPU's number, a disk's target.
    """

    frame: str
    column: str
    host: str
    name: str = ""
    part: Part = ()


@dataclass(slots=True)
class Reading:
    """Samples of one figure.

    Attributes
    ----------
    key
        What it is of.
    times, values
        As they came, and after `tidy` ascending, finite, one a time.
    origin
        The series or column that it came from, for messages.
    adds
        Several of one key add up (seconds of the modes of a CPU); else they are one after another.
    joined
        Several of one key alternate, by a label that changes.
    rank
        Of several metrics that say the same the one with the lowest rank counts.
    source
        The labels that it came with.
    """

    key: Key
    times: Times
    values: Values
    origin: str
    adds: bool = False
    joined: bool = False
    rank: int = 0
    source: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def counts(self) -> bool:
        """Whether it only grows."""
        return self.key.column in counters(self.key.frame)


def tidy(reading: Reading, notes: Notes, source: str) -> Reading | None:
    """Leave out what is no figure, bring the rest into order; None where nothing is left.

    Raises
    ------
    RecordingError
        It has two values of one time, or times that are none.
    """
    times, values = reading.times, reading.values
    frame, column = reading.key.frame, reading.key.column
    if len(times) and (int(times.min()) < FIRST or int(times.max()) >= END):
        raise RecordingError(
            f"{source}: {reading.origin} has a time outside the years 1 to 9999: give seconds since 1970, or "
            "milliseconds where the format has them"
        )
    whose = {"host": reading.key.host, "name": reading.key.name or None}
    infinite = np.isinf(values)
    if infinite.any():
        notes.add(f"{count(int(infinite.sum()), 'sample')} infinite, left out", frame, column, **whose)
    negative = values < 0
    if negative.any():
        notes.add(
            f"{count(int(negative.sum()), 'sample')} below 0, left out: -1 stands for unknown",
            frame, column, **whose,
        )  # fmt: skip
    kept = np.isfinite(values) & ~negative
    if not kept.all():
        times, values = times[kept], values[kept]
    if not len(times):
        return None
    apart = np.diff(times)
    if (apart < 0).any():
        order = np.argsort(times, kind="stable")
        times, values = times[order], values[order]
        apart = np.diff(times)
    same = apart == 0
    if same.any():
        other = same & (np.diff(values) != 0)
        if other.any():
            raise RecordingError(
                f"{source}: {reading.origin} has two values at {_shown(int(times[other.argmax()]))}, "
                f"{values[other.argmax()]:g} and {values[other.argmax() + 1]:g}: leave one of them out"
            )
        first = np.append(True, ~same)
        times, values = times[first], values[first]
    reading.times, reading.values = times, values
    return reading


def _shown(time: int) -> str:
    return str(np.datetime64(time, "us")).removesuffix(".000000") + " UTC"
