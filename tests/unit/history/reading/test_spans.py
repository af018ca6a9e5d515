"""Which files a stretch of time is in: all that can have rows of it, and few are asked for their times."""

from __future__ import annotations

import math

import pytest

from virtsdk.history.reading.selection import Selection
from virtsdk.history.reading.spans import Times, span_of, spanned

MANY = [(10 * number, 10 * number + 9) for number in range(365)]


@pytest.mark.parametrize("start", [None, -5, 0, 9, 10, 1234, 3649, 3650])
@pytest.mark.parametrize("end", [None, 0, 1, 10, 11, 1240, 3650, 9999])
def test_it_is_what_a_look_at_each_would_give(start: int | None, end: int | None) -> None:
    expected = [one for one in MANY if (start is None or one[1] >= start) and (end is None or one[0] < end)]
    asked: list[Times] = []

    def times(one: Times) -> Times:
        asked.append(one)
        return one

    assert spanned(MANY, Selection(start, end), times) == expected
    assert len(asked) <= 2 * math.ceil(math.log2(len(MANY)))


def test_where_one_does_not_tell_all_may_have_rows() -> None:
    assert spanned([(0, 1), (2, 3), (4, 5)], Selection(2, 4), lambda one: None) == [(0, 1), (2, 3), (4, 5)]
    assert spanned([], Selection(2, 4), lambda one: one) == []


def test_the_span_of_bounds_is_that_of_those_that_tell_one() -> None:
    assert span_of([{"time": (5, 9)}, {"host": ("a", "b")}, {"time": (2, 6)}]) == (2, 9)
    assert span_of([{}]) is None
