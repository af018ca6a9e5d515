"""The course of a guest's figures: what was known, gaps, and no more than a number of beats."""

from __future__ import annotations

import numpy as np
import pandas as pd

from virtsdk.tables.columns import FIGURES
from virtsdk.tables.course import DRAWN, KEPT, Course


def figures(**cpu: float) -> pd.DataFrame:
    frame = pd.DataFrame(index=list(cpu), columns=list(FIGURES), dtype=float)
    return frame.assign(cpu_percent=list(cpu.values()), memory_used_bytes=2.0**30)


def test_what_is_kept_is_what_is_drawn() -> None:
    assert DRAWN == ("cpu_percent", "memory_used_bytes")


def test_a_guest_has_its_own_figures_and_gaps_where_it_has_none() -> None:
    course = Course()
    assert (course.last("a"), course.points("a")) == (None, [])
    course.put(0.0, None)  # nothing is known of before
    assert course.points("a") == []
    course.put(1.0, figures(a=10, b=20))
    course.put(2.0, figures(b=21))  # a is off, or was left out
    course.put(3.0, figures(b=22, a=np.nan))
    assert course.points("a") == [[1.0, 10.0, 2.0**30], [2.0, None, None], [3.0, None, 2.0**30]]
    assert [point[1] for point in course.points("b")] == [20, 21, 22]
    assert course.last("b") == [3.0, 22.0, 2.0**30]
    assert course.last("c") == [3.0, None, None]


def test_a_long_gap_is_its_begin_and_its_end() -> None:
    course = Course(kept=4)
    for time in range(3):
        course.put(time, figures(a=time))
    for time in range(3, 100):
        course.put(time, None if time % 2 else figures())
    assert [point[:2] for point in course.points("a")] == [[1, 1], [2, 2], [3, None], [99, None]]
    course.put(100, figures(a=7))
    assert [point[0] for point in course.points("a")] == [2, 3, 99, 100]


def test_it_is_bounded_and_the_same_guests_share_their_keys() -> None:
    course = Course()
    for time in range(2 * KEPT):
        course.put(time, figures(a=time, b=0))
    assert [point[0] for point in course.points("a")] == list(range(KEPT, 2 * KEPT))
    assert len({id(keys) for _, keys, _ in course._beats}) == 1
    assert {values.nbytes for *_, values in course._beats} == {2 * 4 * len(DRAWN)}
