"""How a level grew: steps and clean-ups apart, the slow drift, and the noise around both.

The model behind `virtsdk.capacity.past.ahead.paths`::

    level = drift x time + permanent changes + steps and clean-ups + passing peaks + passing noise

Peaks that go back within days are no steps. How much of the noise is permanent is weighed, not chosen:
`virtsdk.capacity.past.ahead.lasting` has what each answer implies. Where clean-ups undo the growth between
them, the level is taken by whole cycles: `virtsdk.capacity.past.ahead.cycles`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from virtsdk.capacity.past.ahead.cycles import Cycles, find_cycles
from virtsdk.capacity.past.ahead.grid import Floats, Ints
from virtsdk.capacity.past.ahead.lasting import Lasting, lasting

_FAR: Final = 6.0  # spreads that a change is off to be a step
_VISIBLE: Final = 0.02  # of the range of values
_MANY: Final = 0.2  # of all changes: no steps any more, but how it grows
_WEEKS: Final = 4  # that weekdays are told apart from
_LONGEST: Final = 3  # days of a peak that is no step
_USUAL: Final = (0.1, 0.25, 0.5, 0.75, 0.9)  # quantiles of a weekday's changes
_ALIKE: Final = 4  # times the spread of all changes: those of one weekday


@dataclass(frozen=True, eq=False)
class Growth:
    """A level and how it grew, in steps of a grid.

    Attributes
    ----------
    jumps
        Steps (above 0) and clean-ups (below 0), a value a change; 0 elsewhere.
    peaks
        How far each value is above (or below) the level where it is a peak that passed; 0 elsewhere.
    lasting
        Where the level stands, its drift, and how uncertain both are, for each share of permanent change.
    blocks
        Changes of the level in blocks, without jumps, peaks and noise (blocks x length): each begins at the
        same place of the week.
    noise
        The passing noise of the same blocks, at the end of each change.
    sums
        What the values of each block changed by, noise included.
    count
        Changes.
    cycles
        From one clean-up to the next, where they undo the growth between them; None elsewhere.
    """

    jumps: Floats
    peaks: Floats
    lasting: Lasting
    blocks: Floats
    noise: Floats
    sums: Floats
    count: int
    cycles: Cycles | None

    @property
    def level(self) -> float:
        """Where the level stands now, without passing noise."""
        return float(self.lasting.weights @ self.lasting.levels)

    @property
    def drift(self) -> float:
        """Of the level without jumps, a step."""
        return float(self.lasting.weights @ self.lasting.drifts)

    @property
    def drift_error(self) -> float:
        """Standard error of the drift."""
        return float(np.sqrt(self.lasting.weights @ self.lasting.drift_errors**2))

    @property
    def scale(self) -> float:
        """How far the sums of blocks differ permanently, of how far they differ."""
        return float(np.sqrt(self.lasting.weights @ self.lasting.scales**2))

    @property
    def per_step(self) -> float:
        """Growth a step, jumps included."""
        if self.cycles is not None:
            return self.cycles.slope + float(self.jumps[self.jumps > 0].sum()) / self.count
        return self.drift + float(self.jumps.sum()) / self.count


def growth(values: Floats, block: int) -> Growth:
    """Take a level apart.

    Parameters
    ----------
    values
        At equal distances, without gaps.
    block
        Length of the blocks: a week, where steps are days.
    """
    count = len(values) - 1
    block = max(1, min(block, count // 3))
    peaks = find_peaks(values, block)
    values = values - peaks
    jumps = find_jumps(values, block)
    smooth = values - np.concatenate([[0.0], jumps.cumsum()])
    weekly = _weekly(smooth, block)
    sums = smooth[block:] - smooth[:-block]
    plain = float(sums.var()) / block
    found = lasting(smooth - weekly, plain, float(jumps.sum()))
    starts = _starts(count, block)
    place: Ints = starts[:, None] + np.arange(block, dtype=np.int64)
    steps: Floats = np.subtract(found.smooth[1:], found.smooth[:-1])
    level = found.smooth + np.concatenate([[0.0], jumps.cumsum()])
    return Growth(
        jumps=jumps,
        peaks=np.where(peaks != 0, values + peaks - level, 0.0),
        lasting=found,
        blocks=steps[place],
        noise=(smooth - found.smooth)[1:][place],
        sums=sums[starts],
        count=count,
        cycles=find_cycles(values - np.concatenate([[0.0], np.maximum(jumps, 0).cumsum()]), jumps),
    )


def find_peaks(values: Floats, block: int) -> Floats:
    """Return how far values are off a line between their neighbours where they went and came back; else 0.

    A peak is a change that stands out, and up to three steps later one that takes back more than half of it.
    """
    off, far = _standing_out(values, block)
    peaks = np.zeros(len(values))
    free = far.copy()
    for width in range(1, min(_LONGEST, len(off) - 1) + 1):
        there, back = off[:-width], off[width:]
        larger = np.maximum(np.abs(there), np.abs(back))
        pair = free[:-width] & free[width:] & (np.sign(there) != np.sign(back))
        pair &= np.abs(there + back) < larger / (2 if width == 1 else 4)
        for one in np.flatnonzero(pair):
            if not (free[one] and free[one + width]) or far[one + 1 : one + width].any():
                continue
            free[one] = free[one + width] = False
            line = np.interp(np.arange(1, width + 1), [0, width + 1], values[[one, one + width + 1]])
            peaks[one + 1 : one + width + 1] = values[one + 1 : one + width + 1] - line
    return peaks if np.mean(peaks != 0) <= _MANY / 2 else np.zeros(len(values))


def find_jumps(values: Floats, block: int) -> Floats:
    """Return the changes that stand out as steps or clean-ups, less the usual change; 0 elsewhere.

    A change stands out where it is six spreads (the median absolute deviation, as of a normal distribution)
    and 2 % of the range of all values off the usual one, that of its weekday in a daily series. What goes up
    and straight down again is no step. Where a fifth of all changes stand out none does.
    """
    off, far = _standing_out(values, block)
    larger = np.maximum(np.abs(off[:-1]), np.abs(off[1:]))
    back = far[:-1] & far[1:] & (np.sign(off[:-1]) != np.sign(off[1:]))
    back &= np.abs(off[:-1] + off[1:]) < larger / 2
    far[:-1] &= ~back
    far[1:] &= ~back
    return np.where(far & (far.mean() <= _MANY), off, 0.0)


def _standing_out(values: Floats, block: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Changes less the usual one, and which of them stand out."""
    changes = np.diff(values)
    usual = np.full(len(changes), np.median(changes))
    if block == 7 and len(changes) >= 7 * _WEEKS:
        usual = _by_phase(changes)
    off = changes - usual
    spread = 1.4826 * float(np.median(np.abs(off - np.median(off))))
    spread = max(spread, 1e-9 * float(np.abs(values).max()))
    return off, np.abs(off) > max(_FAR * spread, _VISIBLE * float(np.ptp(values)))


def half_slopes(values: Floats, jumps: Floats, block: int) -> tuple[float, float, bool]:
    """Return the slopes of the first and of the second half, and whether they differ beyond chance.

    Jumps belong to the slopes. Differ: by more than 2.5 standard errors, of the changes' sums by blocks, and
    by a quarter of the larger one.
    """
    middle = len(values) // 2
    first = float(values[middle] - values[0]) / middle
    second = float(values[-1] - values[middle]) / (len(values) - 1 - middle)
    size = max(1, min(block, (len(values) - 1) // 6))
    sums = values[size:] - values[:-size]
    half = len(sums) // 2
    inner = np.concatenate([sums[:half] - sums[:half].mean(), sums[half:] - sums[half:].mean()])
    error = float(np.sqrt(np.mean(inner**2) / size / middle * 2))
    apart = abs(second - first)
    beyond = apart > 2.5 * error and apart > 0.25 * max(abs(first), abs(second))
    return first, second, bool(beyond and len(values) >= 12)


def _by_phase(values: Floats) -> Floats:
    """The usual change of each weekday, a value a change: its median, where it is not that of all days.

    A weekday on which it is only sometimes different, as on every other one, has that of all days.
    """
    phase = np.arange(len(values)) % 7
    padded = np.full((7, -(-len(values) // 7)), np.nan)
    padded[phase, np.arange(len(values)) // 7] = values
    usual = float(np.median(values))
    low, first, own, third, high = np.nanquantile(padded, _USUAL, axis=1)
    alike = third - first <= _ALIKE * float(np.ptp(np.quantile(values, [0.25, 0.75])))
    return np.where(((low <= usual) & (usual <= high)) | ~alike, usual, own)[phase]


def _weekly(values: Floats, block: int) -> Floats:
    """The pattern of the week in a daily series, about 0; 0 where there are too few weeks."""
    if block != 7 or len(values) < 7 * _WEEKS:
        return np.zeros(len(values))
    off = values[3:-3] - np.convolve(values, np.full(7, 1 / 7), "valid")
    phase = np.arange(3, len(values) - 3)
    padded = np.full((7, -(-len(values) // 7)), np.nan)
    padded[phase % 7, phase // 7] = off
    days = np.nanmedian(padded, axis=1)
    return (days - days.mean())[np.arange(len(values)) % 7]


def _starts(count: int, block: int) -> Ints:
    """Where blocks begin: anywhere, or a whole number of weeks before the end where there are six or more."""
    starts = np.arange(count - block + 1, dtype=np.int64)
    return starts[starts % block == count % block] if count // block >= 6 else starts
