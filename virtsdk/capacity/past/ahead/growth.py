"""How a level grew: steps and clean-ups apart, the slow drift, and the noise around both.

The model behind `virtsdk.capacity.past.ahead.paths`::

    level = drift x time + permanent changes + steps and clean-ups + passing noise

Passing noise is told from permanent changes by how the variance of changes grows with their distance: a
straight line with ``2 x noise`` at distance 0 and the permanent variance as its slope (a variogram; compare
the variance ratio of Lo and MacKinlay, Review of Financial Studies 1, 1988). What little the data can tell is
pulled half-way to the plain variance of a block's change, which is on the safe side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

import numpy as np
import pandas as pd

from virtsdk.capacity.past.ahead.grid import Floats, Ints

_FAR: Final = 6.0  # spreads that a change is off to be a step
_VISIBLE: Final = 0.02  # of the range of values
_MANY: Final = 0.2  # of all changes: no steps any more, but how it grows
_WEEKS: Final = 4  # that weekdays are told apart from
_FLOOR: Final = 0.25
_TRUST: Final = 0.5
_CEILING: Final = 2.0


@dataclass(frozen=True, eq=False)
class Growth:
    """A level and how it grew, in steps of a grid.

    Attributes
    ----------
    jumps
        Steps (above 0) and clean-ups (below 0), a value a change; 0 elsewhere.
    level
        Where the level stands now, without passing noise.
    level_error
        Standard error of it.
    drift, drift_error
        Of the level without jumps, a step, and its standard error.
    blocks
        Changes in blocks, without jumps (blocks x length): each begins at the same place of the week.
    scale
        How far the sums of blocks differ permanently, of how far they differ.
    count
        Changes.
    """

    jumps: Floats
    level: float
    level_error: float
    drift: float
    drift_error: float
    blocks: Floats
    scale: float
    count: int


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
    jumps = find_jumps(values, block)
    smooth = values - np.concatenate([[0.0], jumps.cumsum()])
    changes = np.diff(smooth)
    weekly = _weekly(smooth, block)
    even = smooth - weekly
    permanent, passing, plain = _variances(even, block)
    ratio = permanent / passing if passing > 0 else np.inf
    gain = 1.0 if ratio > 1e3 else (-ratio + np.sqrt(ratio * ratio + 4 * ratio)) / 2
    gain = min(max(gain, 2 / len(values)), 1.0)
    first, last = _ends(even, gain)
    starts = _starts(count, block)
    blocks = changes[starts[:, None] + np.arange(block)]
    return Growth(
        jumps=jumps,
        level=last + weekly[-1] + float(jumps.sum()),
        level_error=float(np.sqrt(gain * passing)),
        drift=(last - first) / count,
        drift_error=float(np.sqrt(permanent / count + 2 * gain * passing / count**2)),
        blocks=blocks,
        scale=min(float(np.sqrt(permanent / plain)), 1.5) if plain > 0 else 0.0,
        count=count,
    )


def find_jumps(values: Floats, block: int) -> Floats:
    """Return the changes that stand out as steps or clean-ups, less the usual change; 0 elsewhere.

    A change stands out where it is six spreads (the median absolute deviation, as of a normal distribution)
    and 2 % of the range of all values off the usual one, that of its weekday in a daily series. What goes up
    and straight down again is no step. Where a fifth of all changes stand out none does.
    """
    changes = np.diff(values)
    usual = np.full(len(changes), np.median(changes))
    if block == 7 and len(changes) >= 7 * _WEEKS:
        usual = _by_phase(changes)
    off = changes - usual
    spread = 1.4826 * float(np.median(np.abs(off - np.median(off))))
    spread = max(spread, 1e-9 * float(np.abs(values).max()))
    far = np.abs(off) > max(_FAR * spread, _VISIBLE * float(np.ptp(values)))
    larger = np.maximum(np.abs(off[:-1]), np.abs(off[1:]))
    back = far[:-1] & far[1:] & (np.sign(off[:-1]) != np.sign(off[1:]))
    back &= np.abs(off[:-1] + off[1:]) < larger / 2
    far[:-1] &= ~back
    far[1:] &= ~back
    return np.where(far & (far.mean() <= _MANY), off, 0.0)


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
    """Median of each weekday, a value a change."""
    phase = np.arange(len(values)) % 7
    padded = np.full((7, -(-len(values) // 7)), np.nan)
    padded[phase, np.arange(len(values)) // 7] = values
    return np.nanmedian(padded, axis=1)[phase]


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


def _variances(values: Floats, block: int) -> tuple[float, float, float]:
    """Permanent variance a step, variance of the passing noise, plain variance of a block's sum a step."""
    count = len(values) - 1
    reaches = block * np.arange(1, 5)
    reaches = reaches[reaches <= max(block, count // 3)]
    drift = float(values[-1] - values[0]) / count
    found: Floats = np.array(
        [
            float(np.mean((values[reach:] - values[:-reach] - reach * drift) ** 2))
            / max(1 - reach / count, 0.3)
            for reach in cast("list[int]", reaches.tolist())
        ]
    )
    plain = float(found[0]) / block
    slope = plain
    if len(reaches) > 1:
        weight = 1 / reaches**2
        weight = weight / weight.sum()
        centre, middle = float((weight * reaches).sum()), float((weight * found).sum())
        slope = float((weight * (reaches - centre) * (found - middle)).sum())
        slope /= float((weight * (reaches - centre) ** 2).sum())
    slope = float(np.clip(slope, _FLOOR * float((found / reaches).min()), _CEILING * plain))
    slope = slope**_TRUST * plain ** (1 - _TRUST)
    return slope, max(float(found[0]) - block * slope, 0.0) / 2, plain


def _ends(values: Floats, gain: float) -> tuple[float, float]:
    """The first and the last value without noise: a straight line and smoothed residuals."""
    times = np.arange(len(values)) - (len(values) - 1) / 2
    slope = float((times * values).sum() / (times**2).sum())
    rest = values - values.mean() - slope * times
    last = pd.Series(rest).ewm(alpha=gain).mean().iloc[-1]
    first = pd.Series(rest[::-1]).ewm(alpha=gain).mean().iloc[-1]
    middle = float(values.mean())
    return middle + slope * float(times[0]) + float(first), middle + slope * float(times[-1]) + float(last)


def _starts(count: int, block: int) -> Ints:
    """Where blocks begin: anywhere, or a whole number of weeks before the end where there are six or more."""
    starts = np.arange(count - block + 1, dtype=np.int64)
    return starts[starts % block == count % block] if count // block >= 6 else starts
