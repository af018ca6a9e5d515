"""The course of the guests' figures since a view was opened: what the pane of one guest draws."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from virtsdk.tables.columns import FIGURES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    _Beat = tuple[float, pd.Index[Any], NDArray[np.float32]]

KEPT = 300
"""Beats: ten minutes, at one every two seconds. The page keeps as many."""
DRAWN = FIGURES[:2]
"""The first columns of a frame of figures, which are kept: cpu_percent and memory_used_bytes."""

_NO_FIGURES = np.empty((0, len(DRAWN)), dtype=np.float32)

Point = list[float | None]
"""Time, and each of `DRAWN`; None where it is not known."""


class Course:
    """The last beats of one host: of each of its guests CPU and memory, in a ring.

    It is fed with the figures that the table shows, so that it costs its host nothing. A beat without figures
    (nobody looked, or the host did not answer) is a gap; of several in a row the first and the last are kept,
    so that a host that is away for long pushes nothing out.

    Parameters
    ----------
    kept
        Beats.

    Examples
    --------
    >>> import pandas as pd
    >>> course = Course()
    >>> figures = pd.DataFrame({"cpu_percent": [12.5], "memory_used_bytes": [2.0**30]}, index=["u1"])
    >>> course.put(10.0, figures)
    >>> course.put(12.0, None)
    >>> course.points("u1")
    [[10.0, 12.5, 1073741824.0], [12.0, None, None]]
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._beats: deque[_Beat] = deque(maxlen=kept)
        self._keys: pd.Index[Any] = pd.Index([], dtype=str)

    def put(self, time: float, figures: pd.DataFrame | None) -> None:
        """Take a beat: figures by key, None for a gap.

        Parameters
        ----------
        time
            Seconds of any clock that only goes forward.
        figures
            With the columns of `DRAWN` first; a guest that has no row was off, or its host left it out.
        """
        if figures is not None and len(figures):
            if not self._keys.equals(figures.index):
                self._keys = figures.index  # shared by beats of the same guests: they are larger than figures
            self._beats.append((time, self._keys, figures.to_numpy()[:, : len(DRAWN)].astype(np.float32)))
        elif self._beats:  # or nothing was before the gap
            if len(self._beats) > 1 and not len(self._beats[-1][1]) and not len(self._beats[-2][1]):
                self._beats.pop()
            self._beats.append((time, self._keys[:0], _NO_FIGURES))

    def points(self, key: str) -> list[Point]:
        """Return the beats of one guest, the oldest first."""
        return [self._point(beat, key) for beat in self._beats]

    def last(self, key: str) -> Point | None:
        """Return the last of `points`; None where there is none."""
        return self._point(self._beats[-1], key) if self._beats else None

    def _point(self, beat: _Beat, key: str) -> Point:
        time, keys, values = beat
        if key not in keys:
            return [time, *[None] * len(DRAWN)]
        return [
            time,
            *[float(one) if np.isfinite(one) else None for one in values[cast("int", keys.get_loc(key))]],
        ]
