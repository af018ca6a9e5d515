"""Ways that a level may go on: a block bootstrap with the uncertainty of what it is drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from virtsdk.capacity.past.ahead.grid import Floats, Ints
from virtsdk.capacity.past.ahead.growth import Growth

PATHS: Final = 800
SEED: Final = 20_260_301
_WIDER: Final = 2.2  # variance of the drift: blocks are few, and not alike
_MORE: Final = 2 / 3  # steps seen are counted as so many more: the median of the rate, not its mode
_RATE: Final = 1.3  # variance of the rate, over that of steps that come independently
_SIZES: Final = 0.8  # spread of the logarithm of a step's size around those seen, if they are few
_PRIOR: Final = 3.0  # steps that count as seen with a size as spread as its mean


@dataclass(frozen=True, eq=False)
class Crossings:
    """When simulated paths reach a limit.

    Attributes
    ----------
    times
        In steps from the last value, a value a path; infinite where it does not within the steps simulated.
    fan
        Quantiles of the paths (levels x steps).
    """

    times: Floats
    fan: Floats


def crossings(grown: Growth, limit: float, reach: int, shown: int, levels: Floats) -> Crossings:
    """Simulate ways to go on, and tell when each reaches the limit.

    Each path draws how much of the noise lasts, a drift (Student's t around the one seen), then blocks one
    after the other; whole cycles, where the level is emptied again and again. Passing peaks may come again.
    Steps and clean-ups come at random at a rate that is drawn a path, with sizes like those seen.

    Parameters
    ----------
    grown
        How the level grew.
    limit
        The level that is waited for.
    reach
        Steps to simulate.
    shown
        Steps of the fan.
    levels
        Quantiles of the fan.
    """
    chance = np.random.default_rng(SEED)
    cycles = grown.cycles
    ways = _smooth(grown, reach, chance) if cycles is None else cycles.ways(PATHS, reach, chance)
    if cycles is not None:
        ways += float(grown.jumps[grown.jumps > 0].sum())
    for sign in (1.0, -1.0):
        jumps = grown.jumps[grown.jumps * sign > 0]
        if len(jumps) and (sign > 0 or cycles is None):
            ways += _jumps(jumps, grown.count, reach, chance)
    over = ways >= limit
    first = over.argmax(axis=1)
    rows = np.arange(len(ways))
    before = np.where(first > 0, ways[rows, np.maximum(first - 1, 0)], grown.level)
    after = ways[rows, first]
    rise = np.where(after > before, after - before, 1.0)
    part = np.clip((limit - before) / rise, 0, 1)
    times = np.where(over[rows, first], first + part, np.inf)
    return Crossings(times, np.quantile(ways[:, :shown], levels, axis=0))


def _smooth(grown: Growth, reach: int, chance: np.random.Generator) -> Floats:
    """Paths without jumps (paths x steps)."""
    number, length = len(grown.blocks), int(grown.blocks.shape[1])
    rounds = -(-reach // length)
    degrees = max(grown.count / length - 1, 2)
    found = grown.lasting
    share = chance.choice(len(found.weights), PATHS, p=found.weights)
    spread = chance.standard_t(degrees, PATHS) * np.sqrt(_WIDER)
    drift = found.drifts[share] + spread * found.drift_errors[share]
    start = found.levels[share] + chance.standard_normal(PATHS) * found.level_errors[share]
    part: Floats = np.arange(1, length + 1) / length
    within: Floats = grown.blocks.cumsum(axis=1) - grown.blocks.sum(axis=1)[:, None] * part
    drawn: Ints = chance.integers(0, number, (PATHS, rounds))
    off = grown.sums - grown.sums.mean()
    lasting = length * drift[:, None] + found.scales[share][:, None] * off[drawn]
    begin = start[:, None] + lasting.cumsum(axis=1) - lasting
    ways: Floats = begin[:, :, None] + lasting[:, :, None] * part + within[drawn]
    noise = grown.noise[drawn].reshape(PATHS, -1)
    peaks = grown.peaks[grown.peaks != 0]
    if len(peaks):
        came = chance.random(noise.shape, dtype=np.float32) < (len(peaks) + _MORE) / (grown.count + 1)
        noise[came] = peaks[chance.integers(0, len(peaks), int(came.sum()))]
    return (ways.reshape(PATHS, -1) + noise)[:, :reach]


def _jumps(jumps: Floats, count: int, reach: int, chance: np.random.Generator) -> Floats:
    """What steps of one direction add up to on each path."""
    seen = len(jumps)
    rate = chance.gamma((seen + _MORE) / _RATE, _RATE, PATHS) / count
    variance = float(np.var(jumps) / np.mean(jumps) ** 2)
    spread = np.sqrt((seen * max(variance, 0.1) + _PRIOR) / (seen + _PRIOR))  # 1, as of an exponential
    scale = np.exp(chance.standard_normal(PATHS) * spread / np.sqrt(seen))
    path, step = np.nonzero(chance.random((PATHS, reach), dtype=np.float32) < rate[:, None])
    sizes = jumps[chance.integers(0, seen, len(path))] * scale[path]
    sizes = sizes * np.exp(_SIZES * min(1, 2 / np.sqrt(seen)) * chance.standard_normal(len(path)))
    added = np.zeros((PATHS, reach))
    added[path, step] = sizes
    return added.cumsum(axis=1)
