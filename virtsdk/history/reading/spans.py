"""Files of a frame whose times grow from file to file: which of them a stretch of time is in."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from virtsdk.history.reading.selection import Selection

T = TypeVar("T")
Times = tuple[int, int]


def span_of(bounds: Iterable[Mapping[str, Any]]) -> Times | None:
    """Return the first and the last time that some bounds tell (µs since 1970); None where none does."""
    times = [one["time"] for one in bounds if "time" in one]
    return (min(first for first, _ in times), max(last for _, last in times)) if times else None


def spanned(found: Sequence[T], selection: Selection, times: Callable[[T], Times | None]) -> list[T]:
    """Return what can have rows of a selection; of n of them the times of some 2 log2(n) are asked for.

    Parameters
    ----------
    found
        In the order of their times.
    selection
        Its start and end count.
    times
        The first and the last time of one; None where it has no rows, or does not tell.

    Examples
    --------
    >>> spanned([(0, 4), (5, 9), (10, 14)], Selection(6, 10), lambda one: one)
    [(5, 9)]
    """

    class Unknown(Exception):
        pass

    def of(one: T) -> Times:
        told = times(one)
        if told is None:
            raise Unknown
        return told

    start, end = selection.start, selection.end
    try:
        first = 0 if start is None else bisect_left(found, start, key=lambda one: of(one)[1])
        last = len(found) if end is None else bisect_left(found, end, lo=first, key=lambda one: of(one)[0])
    except Unknown:
        return list(found)
    return list(found[first:last])
