"""Ring: the last samples of all guests of a host, in memory that does not grow with time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from virtsdk.widgets.timeline.sources.panels import COLUMNS
from virtsdk.widgets.timeline.sources.series import GAP, Codes, Flags, Floats, Series

_FEW = 3  # rows that a guest may be missing from before it counts as gone


class Ring:
    """Rows of the last beats, a column a guest; the oldest row makes room for the newest.

    Parameters
    ----------
    capacity
        How many beats are kept.

    Examples
    --------
    >>> import numpy as np
    >>> ring = Ring(2)
    >>> for beat in range(3):
    ...     ring.append(1000.0 * beat, ["u1"], np.ones(1), np.zeros(1, np.uint8), np.full((1, 6), beat))
    >>> ring.series("u1").time.tolist(), ring.series("u1").values[:, 0].tolist()
    ([1000.0, 2000.0], [1.0, 2.0])
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._count = 0  # of all rows that ever came
        self._columns: dict[str, int] = {}
        self._times = np.zeros(0)
        self._seconds = np.zeros((0, 0))
        self._codes = np.zeros((0, 0), np.uint8)
        self._values = np.zeros((0, 0, len(COLUMNS)))

    def __len__(self) -> int:
        """Return the number of beats."""
        return min(self._count, self._capacity)

    @property
    def keys(self) -> list[str]:
        """The guests that are in it."""
        return list(self._columns)

    @property
    def span(self) -> tuple[float, float] | None:
        """The times of its first and last row (ms since 1970); None while it is empty."""
        times = self._times[self._order()]
        return (float(times[0]), float(times[-1])) if len(times) else None

    def append(self, time: float, keys: Sequence[str], seconds: Floats, codes: Codes, values: Floats) -> None:
        """Add a beat: a row for each guest that has one."""
        self._reserve(keys)
        row = self._count % self._capacity
        self._count += 1
        columns = np.array([self._columns[key] for key in keys], dtype=np.int64)
        self._times[row] = time
        self._seconds[row] = 0
        self._codes[row] = 0
        self._values[row] = np.nan
        self._seconds[row, columns] = seconds
        self._codes[row, columns] = codes
        self._values[row, columns] = values

    def series(self, key: str) -> Series:
        """Return the rows of a guest; none where it is not in the ring."""
        column = self._columns.get(key)
        if column is None:
            return Series.empty()
        order = self._order()
        found = Series(
            self._times[order], self._seconds[order, column], self._codes[order, column],
            self._values[order, column],
        )  # fmt: skip
        return found[found.seconds > 0].in_order().with_gaps()

    def total(self) -> Series:
        """Add up all guests: of each figure what is known.

        It is a gap where it is one for any of them, and where a sample lacks a guest that those around it
        have: the sum would drop, and nobody used less.
        """
        order = self._order()
        there = self._seconds[order] > 0
        values = self._values[order]
        known = ~np.isnan(values) & there[..., None]
        sums = np.where(known, values, 0.0).sum(axis=1)
        sums[~known.any(axis=1)] = np.nan
        gap = np.any((self._codes[order] == GAP) & there, axis=1) | np.any(_lacking(there), axis=1)
        sums[gap] = np.nan
        seconds = np.where(there, self._seconds[order], 0.0).max(axis=1, initial=0.0)
        codes = np.where(gap, GAP, 0).astype(np.uint8)
        return Series(self._times[order], seconds, codes, sums)[seconds > 0].in_order()

    def busiest(self) -> list[str]:
        """Return the guests in the order of the CPU that they used, the most first."""
        order = self._order()
        used = np.nansum(self._values[order][..., 0] * self._seconds[order], axis=0)
        return sorted(self._columns, key=lambda key: (-used[self._columns[key]], key))

    def _order(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.arange(self._count - len(self), self._count, dtype=np.int64) % self._capacity

    def _reserve(self, keys: Sequence[str]) -> None:
        new = [key for key in keys if key not in self._columns]
        width, height = self._seconds.shape[1], len(self._times)
        if new and len(self._columns) + len(new) > width:
            self._forget()
            new = [key for key in keys if key not in self._columns]
        width = max(width, 8)
        while width < len(self._columns) + len(new):
            width *= 2
        while height <= min(self._count, self._capacity - 1):
            height = min(max(64, 2 * height), self._capacity)
        if (height, width) != self._seconds.shape:
            self._grow(height, width)
        free = sorted(set(range(width)) - set(self._columns.values()))
        self._columns |= dict(zip(new, free, strict=False))

    def _forget(self) -> None:
        """Free the columns of guests that no beat has any more."""
        there: Flags = np.any(self._seconds > 0, axis=0)
        self._columns = {key: column for key, column in self._columns.items() if there[column]}

    def _grow(self, height: int, width: int) -> None:
        def grown(before: np.ndarray, shape: tuple[int, ...], fill: float) -> np.ndarray:
            after = np.full(shape, fill, before.dtype)
            after[tuple(slice(length) for length in before.shape)] = before
            return after

        self._times = grown(self._times, (height,), 0)
        self._seconds = grown(self._seconds, (height, width), 0)
        self._codes = grown(self._codes, (height, width), 0)
        self._values = grown(self._values, (height, width, len(COLUMNS)), np.nan)


def _lacking(there: Flags) -> Flags:
    """Tell which guests a row lacks though one of the few rows before it and one of those after it has them.

    Of the last rows nobody knows yet what comes after them.
    """
    before, after = np.zeros_like(there), np.zeros_like(there)
    after[-_FEW:] = True
    for distance in range(1, _FEW + 1):
        before[distance:] |= there[:-distance]
        after[:-distance] |= there[distance:]
    return before & after & ~there
