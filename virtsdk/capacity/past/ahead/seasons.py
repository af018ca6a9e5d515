"""The pattern of a day, or of a week, and how much of a series it explains."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from virtsdk.capacity.past.ahead.grid import DAY, WEEK, Floats, Grid

FEWEST: Final = 3
"""Seasons that must be there."""
_BETTER: Final = 0.05  # the week, beside the day


@dataclass(frozen=True, eq=False)
class Pattern:
    """A pattern that repeats.

    Attributes
    ----------
    season
        Steps after which it repeats.
    share
        Of the variation within seasons, how much the mean of earlier seasons explained, 0 to 1.
    past
        The pattern at each value, about 0.
    seasons
        How many it was taken of.
    """

    season: int
    share: float
    past: Floats
    seasons: int

    def ahead(self, horizon: int) -> Floats:
        """Return the pattern of the steps after the last value."""
        last = self.past[-self.season :]
        return last[np.arange(horizon) % self.season]


def seasons_of(grid: Grid) -> tuple[int, ...]:
    """Return the lengths in steps that a pattern may have: of a day and of a week."""
    return tuple(one for one in (grid.per(DAY), grid.per(WEEK)) if one > 1)


def pattern(values: Floats, seasons: Iterable[int]) -> Pattern | None:
    """Find the season that explains most; None where there is none, or too few of them.

    A season's share is measured out of sample: each season from the third on against the mean of those before
    it. The week is taken where it explains clearly more than the day.
    """
    best: Pattern | None = None
    for season in seasons:
        if len(values) < FEWEST * season:
            continue
        found = _pattern(values, season)
        if found.share > (0.0 if best is None else best.share + _BETTER):
            best = found
    return best


def _pattern(values: Floats, season: int) -> Pattern:
    count = len(values) // season
    rows = values[len(values) - count * season :].reshape(count, season)
    there = ~np.isnan(rows)
    filled, known = np.where(there, rows, 0.0), there.sum(axis=1, keepdims=True)
    level = filled.sum(axis=1, keepdims=True) / np.maximum(known, 1)
    full = np.flatnonzero(known[:, 0])
    slope = float(level[full[-1], 0] - level[full[0], 0]) / max(season * int(full[-1] - full[0]), 1)
    line = slope * (np.arange(season) - (season - 1) / 2)
    about = np.where(there, filled - level - line, 0.0)
    sums, counts = about.cumsum(axis=0), there.cumsum(axis=0)
    means = sums / np.maximum(counts, 1)
    judged = there[2:] & (counts[1:-1] > 0)
    wrong = np.where(judged, about[2:] - means[1:-1], 0.0)
    whole = float(np.square(np.where(judged, about[2:], 0.0)).sum())
    scale = float(np.square(filled).sum())
    share = 1 - float(np.square(wrong).sum()) / whole if whole > 1e-12 * scale else 0.0
    past = np.tile(means[-1], count + 1)[-len(values) :]
    return Pattern(season, min(max(share, 0.0), 1.0), past, count)
