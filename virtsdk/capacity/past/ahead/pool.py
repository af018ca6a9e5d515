"""A forecast as a linear pool: samples of quantiles from several members, weighted and put together.

Members, at each step ahead:

- quantiles of all history,
- quantiles of the last day,
- exponential smoothing, fast and slow, plus the quantiles of the errors that it made so many steps ahead;
  errors reach no further beyond what was seen than values did before.

Smoothing has the more weight, the more of the squared error of the mean it saved so many steps ahead: much
for a level that moves, little for one that stays. What is on a clear way up or down has smoothing
alone, and its interval widens on both sides with the distance: a trend may slow or hasten. Where a day or a
week has a pattern, the same members of what is left without it stand beside, weighted by the pattern's share.

A pool holds where the choice of one model by backtest does not: no member has to be right. Linear pools:
Stone, "The opinion pool", Ann. Math. Statist. 32 (1961); their quantiles: Lichtendahl, Grushka-Cockayne and
Winkler, Management Science 59 (2013).
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Final, cast

import numpy as np
import pandas as pd

from virtsdk.capacity.past.ahead.grid import Floats, Ints
from virtsdk.capacity.past.ahead.seasons import Pattern, pattern

_HALF: Final = np.array([0.005, 0.015, 0.03, 0.045, 0.06, 0.085, 0.12, 0.17, 0.23, 0.3, 0.37, 0.44])
LEVELS: Final = np.concatenate([_HALF, [0.5], 1 - _HALF[::-1]])
"""Levels of the quantiles that stand for a member, dense in the tails."""
_EDGES: Final = np.concatenate([[0.0], (LEVELS[1:] + LEVELS[:-1]) / 2, [1.0]])
_WEIGHTS: Final = np.diff(_EDGES)
HISTORY, RECENT, SMOOTHED = 0.5, 0.2, 0.3
"""Weights of the members where smoothing saves nothing."""
ALPHAS: Final = (0.03, 0.2, 1.0)
_REACHES: Final = 8  # horizons at which errors are looked at
_ORIGINS: Final = 500  # and from how many points, at most
_FEWEST: Final = 5
_FEWEST_RECENT: Final = 3
_BEYOND: Final = 0.98  # quantile of how far values went beyond all before
_POWER: Final = 2  # of the mean squared errors that smoothings are weighted by
_CLEAR: Final = 0.8  # of the squared error saved: above that values are on a way, and leave history behind
_SHRINK: Final = 2.0  # stretches of the horizon's length that count as seen where nothing was saved


@dataclass(frozen=True, eq=False)
class Pool:
    """A forecast.

    Attributes
    ----------
    mid, lo, hi
        Median and ends of the interval, a value a step ahead.
    weights
        Of the members, averaged over the steps.
    pattern
        What repeats; None where nothing does.
    """

    mid: Floats
    lo: Floats
    hi: Floats
    weights: dict[str, float]
    pattern: Pattern | None


def pool(values: Floats, horizon: int, seasons: tuple[int, ...], day: int, tail: float) -> Pool:
    """Forecast.

    Parameters
    ----------
    values
        At equal distances, NaN where there is none; the first is a value.
    horizon
        Steps ahead.
    seasons
        Lengths that a pattern may have.
    day
        Steps of the last day.
    tail
        Share below the interval, and above it.
    """
    samples, weights = _members(values, horizon, day)
    told = {
        "history": float(weights[:, 0].mean()),
        "recent": float(weights[:, 1].mean()),
        "smoothing": float(weights[:, 2:].sum(axis=1).mean()),
    }
    found = pattern(values, seasons)
    blocks = [(samples, weights)]
    if found is not None and found.share > 0:
        rest = values - found.past
        centre = np.nanmean(rest)
        rest = centre + (rest - centre) * np.sqrt((found.seasons + 1) / (found.seasons - 1))
        inner, its = _members(rest, horizon, day)
        shift = found.ahead(horizon)[:, None]
        blocks = [(samples, weights * (1 - found.share)), ([one + shift for one in inner], its * found.share)]
    mid, lo, hi = _quantiles(blocks, (0.5, tail, 1 - tail))
    if np.nanmin(values) >= 0:
        mid, lo, hi = (np.maximum(one, 0.0) for one in (mid, lo, hi))
    return Pool(mid, lo, hi, told, found)


def recent_steps(count: int, day: int) -> int:
    """Return how many steps "the last day" has: 48 at least, half of all at most."""
    return min(max(day, 48), max(count // 2, 3))


def quantiles(values: Floats, levels: Floats) -> Floats:
    """Return quantiles along the last axis of sorted values, by Weibull's plotting position ``i / (n + 1)``.

    They are as wide as few values ask for, and never beyond them.
    """
    count = values.shape[-1]
    place = np.clip(levels * (count + 1) - 1, 0, count - 1)
    low = place.astype(np.int64)
    high = np.minimum(low + 1, count - 1)
    return values[..., low] + (values[..., high] - values[..., low]) * (place - low)


def _members(values: Floats, horizon: int, day: int) -> tuple[list[Floats], Floats]:
    """Samples of the members (steps or 1 x levels), and their weights (steps x members)."""
    known = np.sort(values[~np.isnan(values)])
    last = values[len(values) - recent_steps(len(values), day) :]
    last = np.sort(last[~np.isnan(last)])
    history = quantiles(known, LEVELS)[None, :]
    recent = quantiles(last, LEVELS)[None, :] if len(last) >= _FEWEST_RECENT else history
    smooth, saved, trust = _smoothing(values, horizon)
    base = np.array([HISTORY, RECENT, SMOOTHED])
    up, down = np.maximum(saved, 0)[:, None], np.minimum(saved, 0)[:, None]
    weights = base * (1 - up)
    weights[:, 2:] = SMOOTHED * (1 + down) + (1 - SMOOTHED) * up
    weights = weights / weights.sum(axis=1, keepdims=True)
    alphas = np.split(smooth, len(ALPHAS), axis=1)
    return [history, recent, *alphas], np.concatenate([weights[:, :2], weights[:, 2:] * trust], axis=1)


def _smoothing(values: Floats, horizon: int) -> tuple[Floats, Floats, Floats]:
    """Samples of smoothing (steps x levels of each alpha), and what it saved at each step, -1 to 1."""
    count = len(values)
    series = pd.Series(values)
    levels = np.stack([series.ewm(alpha=alpha).mean().ffill().to_numpy(np.float64) for alpha in ALPHAS])
    there = ~np.isnan(values)
    means = np.where(there, values, 0.0).cumsum() / there.cumsum()
    tops, floors = np.fmax.accumulate(values), np.fmin.accumulate(values)
    first = max(1, min(20, count // 10))
    longest = min(horizon, max(1, count // 2))
    reaches = np.unique(np.round(np.geomspace(1, longest, _REACHES)).astype(np.int64))
    rows: list[tuple[Floats, float, float, float, Floats, float]] = []
    for reach in cast("list[int]", reaches.tolist()):
        at: Ints = np.arange(first, count - reach, max(1, (count - reach - first) // _ORIGINS))
        at = at[there[at + reach]]
        if len(at) < _FEWEST:
            break
        later = values[at + reach]
        errors = later - levels[:, at]
        squares: Floats = (errors**2).mean(axis=1)
        trust: Floats = 1 / np.maximum(squares / (squares.max() or 1.0), 1e-6) ** _POWER
        trust = trust / trust.sum()
        whole = float(np.mean((later - means[at]) ** 2))
        average = float(np.mean((trust @ errors) ** 2))
        saved = 1 - average / whole if whole > 0 else 0.0
        late = slice(max(0, count // 3 - first) * len(at) // max(count - first, 1), None)
        beyond = np.stack([later - tops[at], floors[at] - later])[:, late]
        beyond.sort(axis=1)
        above, below = np.maximum(quantiles(beyond, np.array([_BEYOND])), 0)[:, 0]
        unseen = _SHRINK * reach / (count + _SHRINK * reach)
        about = 1 - float(np.var(trust @ errors)) / whole if whole > 0 else 0.0  # of a steady trend, all
        clear = float(np.clip((about - _CLEAR) / (1 - _CLEAR), 0, 1))
        if saved > 0:
            saved *= 1 - unseen
        saved += clear * (about - saved)
        errors.sort(axis=1)
        rows.append((quantiles(errors, LEVELS), saved, above, below, trust, clear * unseen))
    ahead = np.arange(1, horizon + 1)
    if not rows:  # a handful of values: as far as steps went so far, in any direction
        known = values[there]
        size = float(np.sqrt(np.mean(np.diff(known) ** 2)))
        normal = np.array([NormalDist().inv_cdf(level) for level in LEVELS])
        walk = known[-1] + size * np.sqrt(ahead)[:, None] * normal
        return (
            np.tile(walk, (1, len(ALPHAS))),
            np.zeros(horizon),
            np.full((horizon, len(ALPHAS)), 1 / len(ALPHAS)),
        )
    seen = reaches[: len(rows)].astype(np.float64)
    within = np.minimum(ahead, seen[-1])
    saved = np.clip(np.interp(within, seen, [row[1] for row in rows]), -1, 1)
    further = (ahead / within) ** max(float(saved[-1]), 0.0)  # beyond what errors were seen of
    spread = np.sqrt(further)
    errors = _between(within, seen, np.stack([row[0] for row in rows]))  # steps x alphas x levels
    middle = errors[:, :, len(LEVELS) // 2, None]
    errors = middle * further[:, None, None] + (errors - middle) * spread[:, None, None]
    lean = np.interp(within, seen, [row[5] for row in rows])[:, None] * np.abs(middle[:, :, 0])
    lean = lean * further[:, None]  # how far off a clear trend may come to be: it slows, or hastens
    normal = np.array([NormalDist().inv_cdf(level) for level in LEVELS])
    errors += lean[:, :, None] * normal
    room = normal[-1] * lean.max(axis=1)
    samples = (levels[:, -1][None, :, None] + errors).reshape(horizon, -1)
    top = tops[-1] + np.interp(within, seen, [row[2] for row in rows]) * further + room
    floor = floors[-1] - np.interp(within, seen, [row[3] for row in rows]) * further - room
    trust = _between(within, seen, np.stack([row[4] for row in rows])[:, :, None])[:, :, 0]
    return np.clip(samples, floor[:, None], top[:, None]), saved, trust


def _between(at: Floats, seen: Floats, rows: Floats) -> Floats:
    """Rows between those at the steps that were looked at."""
    if len(seen) == 1:
        return np.repeat(rows, len(at), axis=0)
    high = np.clip(np.searchsorted(seen, at), 1, len(seen) - 1)
    share = ((at - seen[high - 1]) / (seen[high] - seen[high - 1]))[:, None, None]
    return rows[high - 1] * (1 - share) + rows[high] * share


def _quantiles(blocks: list[tuple[list[Floats], Floats]], levels: tuple[float, ...]) -> list[Floats]:
    """Quantiles of the mixture at each step."""
    values: list[Floats] = []
    weights: list[Floats] = []
    for samples, shares in blocks:
        for index, sample in enumerate(samples):
            values.append(np.broadcast_to(sample, (len(shares), len(LEVELS))))
            weights.append(shares[:, index, None] * _WEIGHTS)
    every, weight = np.concatenate(values, axis=1), np.concatenate(weights, axis=1)
    order = np.argsort(every, axis=1)
    every, weight = np.take_along_axis(every, order, 1), np.take_along_axis(weight, order, 1)
    middle = (weight.cumsum(axis=1) - weight / 2) / weight.sum(axis=1, keepdims=True)
    steps = np.arange(len(every))
    found: list[Floats] = []
    for level in levels:
        high = np.clip((middle < level).sum(axis=1), 1, every.shape[1] - 1)
        low = high - 1
        width = middle[steps, high] - middle[steps, low]
        share = np.clip((level - middle[steps, low]) / np.maximum(width, 1e-15), 0, 1)
        found.append(every[steps, low] + (every[steps, high] - every[steps, low]) * share)
    return found
