"""Words that several answers share: a share in percent, and groups that are not as they should be."""

from __future__ import annotations

import numpy as np

from virtsdk.capacity.room.arrays import Arrays
from virtsdk.display import listing


def percent(share: float) -> str:
    """Write a share so that none looks like nothing, and no full host like one with room.

    Examples
    --------
    >>> [percent(share) for share in (0, 0.003, 0.5, 0.997, 1, 1.003)]
    ['0 %', 'under 1 %', '50 %', 'over 99 %', '100 %', 'over 100 %']
    """
    if 0 < share < 0.005:
        return "under 1 %"
    if 0.995 <= share < 1:
        return "over 99 %"
    return "over 100 %" if 1 < share < 1.005 else f"{100 * share:.0f} %"


def broken_groups(arrays: Arrays) -> list[str]:
    """Say which guests are together that are to be apart, and apart that are to be together."""
    said: list[str] = []
    shared = [arrays.hosts[int(one)] for one in np.flatnonzero((arrays.crowd > 1).any(axis=1))]
    if shared:
        said.append(f"guests that are to be apart share {listing.names(shared)}")
    inside = np.flatnonzero((arrays.together >= 0) & (arrays.at >= 0))
    pairs = np.unique(np.column_stack([arrays.together[inside], arrays.at[inside]]), axis=0)
    groups, homes = np.unique(pairs[:, 0], return_counts=True)
    if (homes > 1).any():
        first = inside[arrays.together[inside] == groups[homes > 1][0]]
        said.append(f"guests that are to be together are not: {listing.names(arrays.guests_named(first))}")
    return said
