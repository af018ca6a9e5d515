"""A level that is emptied again and again: whole cycles from one clean-up to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from virtsdk.capacity.past.ahead.grid import Floats, Ints

_TIGHT: Final = 0.2  # of a clean-up, how far the lowest levels are off their line
_TIGHTER: Final = 0.08  # where a line cannot be told, off their mean
_LINE: Final = 4  # clean-ups that a line is told from


@dataclass(frozen=True, eq=False)
class Cycles:
    """Cycles about the line through the levels right after clean-ups.

    Attributes
    ----------
    offs
        Values above the line, cycle after cycle.
    starts, lengths
        Of the cycles in it.
    floor, floor_error
        The line at the last value, and its standard error.
    slope, slope_error
        Of the line, a step.
    free
        Degrees of freedom of the errors.
    now
        The last value above the line.
    since
        Steps since the last clean-up.
    """

    offs: Floats
    starts: Ints
    lengths: Ints
    floor: float
    floor_error: float
    slope: float
    slope_error: float
    free: int
    now: float
    since: int

    def ways(self, paths: int, reach: int, chance: np.random.Generator) -> Floats:
        """Draw whole cycles one after the other (paths x steps); the running one goes on first."""
        longest = int(self.lengths.max())
        since = min(self.since, longest - 1)
        rounds = -(-reach // int(self.lengths.min())) + 2
        drawn: Ints = chance.integers(0, len(self.lengths), (paths, rounds))
        longer = np.flatnonzero(self.lengths > since)
        drawn[:, 0] = longer[chance.integers(0, len(longer), paths)]
        lengths, begin = self.lengths[drawn], self.starts[drawn]
        ends = lengths.cumsum(axis=1)
        before = np.concatenate([[0], lengths.ravel().cumsum()[:-1]])
        place = np.arange(int(lengths.sum())) - np.repeat(before - begin.ravel(), lengths.ravel())
        first = np.concatenate([[0], ends[:, -1].cumsum()[:-1]])
        at = first[:, None] + since + 1 + np.arange(reach)
        ways = self.offs[place[at]]
        running = np.arange(reach) + since + 1 < lengths[:, :1]
        ways += running * (self.now - self.offs[begin[:, :1] + since])
        ahead: Floats = np.arange(1, reach + 1, dtype=np.float64)
        draws = chance.standard_t(self.free, (2, paths))
        slope = self.slope + self.slope_error * draws[0]
        return self.floor + self.floor_error * draws[1][:, None] * ~running + slope[:, None] * ahead + ways


def find_cycles(values: Floats, jumps: Floats) -> Cycles | None:
    """Take a level by cycles where its clean-ups undo the growth between them; else None.

    They do where the levels right after clean-ups are within a fifth of a clean-up of a straight line; of
    fewer than four, within a twelfth of each other's mean.

    Parameters
    ----------
    values
        At equal distances, without steps.
    jumps
        Clean-ups are below 0, a value a change.
    """
    cleaned = np.flatnonzero(jumps < 0) + 1
    if len(cleaned) < 2:
        return None
    size = float(-jumps[cleaned - 1].mean())
    low = values[cleaned]
    times = cleaned - float(cleaned.mean())
    line = len(cleaned) >= _LINE
    slope = float((times * low).sum() / (times**2).sum()) if line else 0.0
    rest = low - low.mean() - slope * times
    if float(np.abs(rest).max() if not line else rest.std()) > (_TIGHT if line else _TIGHTER) * size:
        return None
    free = len(cleaned) - 1 - line
    error = float(np.sqrt((rest**2).sum() / free))
    end = len(values) - 1
    middle = float(cleaned.mean())
    offs = values - low.mean() - slope * (np.arange(end + 1) - middle)
    slope_error = error / float(np.sqrt((times**2).sum())) if line else 0.0
    return Cycles(
        offs=offs,
        starts=cleaned[:-1],
        lengths=np.diff(cleaned),
        floor=float(low.mean()) + slope * (end - middle),
        floor_error=error / float(np.sqrt(len(cleaned))),
        slope=slope,
        slope_error=slope_error,
        free=free,
        now=float(offs[-1]),
        since=int(end - cleaned[-1]),
    )
