"""Guests whose memory grows all along: what they used most is not what they will use."""

from __future__ import annotations

from typing import Final

import numpy as np

from virtsdk.capacity.past.series import Floats
from virtsdk.capacity.past.usage import DAY, MICRO, Usage

SOON: Final = 30.0
"""Days within which memory that grows must not fill a size that is recommended."""
LEAST_DAYS: Final = 2.0
"""Days of data below which nothing is said of what comes."""
_NOTABLE: Final = 0.1  # of a guest's memory, in 90 days


def slopes(usage: Usage) -> Floats:
    """Return how fast memory grew, one a guest: bytes a day; NaN where it did not grow all along.

    From the first to the last third of a guest's samples, where each is above the one before. What would take
    less than a tenth of its memory in 90 days is no growth.
    """
    used = usage.memory_used
    sizes = np.diff(usage.starts)
    place = np.arange(len(used)) - usage.starts[usage.group]
    third = np.minimum(3 * place // np.maximum(sizes[usage.group], 1), 2)
    means = [usage.mean(np.where(third == one, used, np.nan)) for one in range(3)]
    lengths = (usage.time[usage.last] - usage.time[usage.starts[:-1]]) / (DAY * MICRO)
    steady = (means[1] > means[0]) & (means[2] > means[1]) & (lengths >= LEAST_DAYS)
    slope = np.divide(means[2] - means[0], lengths * 2 / 3, out=np.zeros(len(usage)), where=lengths > 0)
    return np.where(steady & (slope * 90 > _NOTABLE * usage.memory[usage.last]), slope, np.nan)


def growing(usage: Usage) -> dict[str, float]:
    """Return the guests (UUID) whose memory grew all along, and bytes a day."""
    found = slopes(usage)
    return {str(usage.domains[one]): float(found[one]) for one in np.flatnonzero(~np.isnan(found))}
