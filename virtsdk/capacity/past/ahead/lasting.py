"""How much of a level's noise lasts: a random walk and passing noise, weighed by their likelihood.

A level without steps is a line, a random walk and passing noise that may linger (autoregressive)::

    value = a + b x time + walk + noise,  variance of the walk's steps = q x variance of the noise

Each of a grid of `q` (0: the level keeps coming back to its line; without noise: a walk) has a weight, its
restricted likelihood: Patterson and Thompson, Biometrika 58 (1971); Harvey, Forecasting, structural time
series models and the Kalman filter (1989). Nothing is chosen: what the data cannot tell apart is drawn of
both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, cast

import numpy as np

from virtsdk.capacity.past.ahead.grid import Floats

_RATIOS: Final = np.array([0.0, *np.geomspace(1e-4, 1e2, 13), 1e8])
_LINGERS: Final = (0.0, 0.4, 0.8)
_MOST: Final = 150  # values that likelihoods are worked out of
_CEILING: Final = 1.5


@dataclass(frozen=True, eq=False)
class Lasting:
    """What each share of permanent change implies, a value a share.

    Attributes
    ----------
    weights
        How likely it is; they sum to 1.
    levels, level_errors
        Where the level stands at the end, without passing noise, and the standard error.
    drifts, drift_errors
        Of the level, a step.
    scales
        How far blocks differ permanently, of how far they differ.
    smooth
        The level at each value, without passing noise, averaged over the shares.
    """

    weights: Floats
    levels: Floats
    level_errors: Floats
    drifts: Floats
    drift_errors: Floats
    scales: Floats
    smooth: Floats


def lasting(values: Floats, plain: float, above: float) -> Lasting:
    """Weigh how much of the changes lasts.

    Parameters
    ----------
    values
        At equal distances, without gaps, steps and the pattern of the week.
    plain
        Variance of the changes of blocks, a step.
    above
        What is added to where the level stands at the end.
    """
    size = float(values.std())
    every = -(-len(values) // _MOST)
    place = np.arange((len(values) - 1) % every, len(values), every)
    count = len(place)
    middle, ratios = float(values.mean()), _RATIOS * every
    known = (values[place] - middle) / size if size > 0 else np.zeros(count)
    line = np.stack([np.ones(count), np.arange(count, dtype=np.float64)], axis=1)
    walk = _walk(count)
    free = max(count - 2, 1)
    parts: list[tuple[Floats, ...]] = []
    for linger in _LINGERS:
        turn, sizes = _basis(count, linger**every)
        inverse = 1 / (1 + ratios[:, None] * sizes)  # of the variances along the basis
        along, lines = turn.T @ known, turn.T @ line
        inner: Floats = np.einsum("ti,st,tj->sij", lines, inverse, lines)
        spread = cast("Floats", np.linalg.inv(inner))
        fitted: Floats = np.einsum("sij,st,tj,t->si", spread, inverse, lines, along, optimize=True)
        rest = along - fitted @ lines.T
        squares = np.maximum((inverse * rest**2).sum(axis=1), 1e-26)
        logs = -np.log(inverse).sum(axis=1) + _volume(count, linger**every)
        logs += np.linalg.slogdet(inner)[1] + free * np.log(squares)
        reach = ratios[:, None] * (turn.T @ walk[-1])  # the walk's covariance at the end
        left = ratios * walk[-1, -1] - (reach**2 * inverse).sum(axis=1)
        lever = line[-1] - (reach * inverse) @ lines
        left = np.maximum(left, 0) + np.einsum("si,sij,sj->s", lever, spread, lever)
        smooth = fitted @ line.T + ratios[:, None] * ((inverse * rest) @ (turn.T @ walk))
        parts.append((-logs / 2, squares / free, fitted[:, 1], spread[:, 1, 1], left, ratios, smooth))
    joined: list[Floats] = [np.concatenate(one) for one in zip(*parts, strict=True)]
    likely, variance, slopes, sloped, left, ratios, smooth = joined
    if size == 0:
        variance = np.zeros(len(variance))
    weights = np.exp(likely - likely.max())
    weights = weights / weights.sum()
    lasts = np.sqrt(variance * ratios / every)
    scales = np.minimum(size * lasts / np.sqrt(plain), _CEILING) if plain > 0 else np.zeros(len(weights))
    path = cast("Floats", np.interp(np.arange(len(values)), place, weights @ smooth))
    return Lasting(
        weights=weights,
        levels=middle + size * smooth[:, -1] + above,
        level_errors=size * np.sqrt(variance * left),
        drifts=size * slopes / every,
        drift_errors=size * np.sqrt(variance * sloped) / every,
        scales=scales,
        smooth=middle + size * path,
    )


def _walk(count: int) -> Floats:
    """Covariance of a random walk."""
    times: Floats = np.arange(1, count + 1, dtype=np.float64)
    return np.minimum(times[:, None], times)


def _noise(count: int, linger: float) -> Floats:
    """Covariance of noise of which so much is left a step later."""
    times = np.arange(count)
    return np.power(linger, np.abs(times[:, None] - times)) if linger else np.eye(count)


@lru_cache(maxsize=16)
def _basis(count: int, linger: float) -> tuple[Floats, Floats]:
    """Return a basis in which noise has variance 1 and a random walk those returned, both uncorrelated."""
    low = np.linalg.inv(np.linalg.cholesky(_noise(count, linger)))
    sizes, turn = np.linalg.eigh(low @ _walk(count) @ low.T)
    basis, along = cast("tuple[Floats, Floats]", (low.T @ turn, np.maximum(sizes, 0.0)))
    return basis, along


@lru_cache(maxsize=16)
def _volume(count: int, linger: float) -> float:
    """Return the logarithm of the determinant of the noise's covariance."""
    return float(np.linalg.slogdet(_noise(count, linger))[1])
