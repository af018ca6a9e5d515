"""Thinning: spikes stay, and nothing is drawn across a hole."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from virtsdk.widgets.timeline.sources.panels import COLUMNS, PANELS
from virtsdk.widgets.timeline.sources.series import GAP, Series
from virtsdk.widgets.timeline.thin import NOTHING, picture, thin


def drawn(times: np.ndarray, values: np.ndarray) -> list[tuple[float, float]]:
    """Pairs of values that a line joins, as the page does: NOTHING is no point, NaN ends a line."""
    there = values != NOTHING
    kept = values[there]
    return [(a, b) for a, b in itertools.pairwise(kept) if np.isfinite(a) and np.isfinite(b)]


def slowly(times: np.ndarray, values: np.ndarray, first: float, last: float, width: int) -> dict[int, tuple]:
    """Least and most of each column of pixels, and whether there is a hole: by loops."""
    found: dict[int, list[float]] = {}
    for time, value in zip(times, values, strict=True):
        found.setdefault(int((time - first) / ((last - first) / width)), []).append(value)
    return {
        column: (np.nanmin(some), np.nanmax(some), bool(np.isnan(some).any()))
        for column, some in found.items()
        if not np.isnan(some).all()
    }


@settings(max_examples=40)
@given(
    st.lists(st.sampled_from([0.0, 1.0, 2.5, 7.0, np.nan]), min_size=40, max_size=200),
    st.integers(3, 20),
)
def test_each_column_of_pixels_keeps_its_least_and_its_most(values: list[float], width: int) -> None:
    given_values = np.array(values)[:, None]
    times = np.arange(len(values), dtype=float)
    last = float(len(values))
    at, found = thin(times, given_values, 0.0, last, width)
    assert (np.diff(at) > 0).all()
    assert len(at) <= 4 * width
    column = np.floor(at / (last / width)).astype(int)
    for place, (least, most, hole) in slowly(times, given_values[:, 0], 0.0, last, width).items():
        of_it = found[column == place, 0]
        finite = of_it[np.isfinite(of_it)]
        assert (finite.min(), finite.max()) == (least, most)
        if hole:  # no line leads in or out
            assert np.isnan(of_it[of_it != NOTHING][0]) and np.isnan(of_it[of_it != NOTHING][-1])


def test_a_spike_between_a_million_values_stays() -> None:
    values = np.full((1_000_000, 1), 0.1)
    values[765_432] = 9.0
    _, found = thin(np.arange(1e6), values, 0.0, 1e6, 800)
    assert found.max() == 9.0
    assert len(found) <= 4 * 800


def test_the_order_of_least_and_most_is_kept() -> None:
    values = np.array([5.0, 1.0, 2.0, 2.0, 1.0, 5.0, 3.0, 3.0])[:, None]
    _, found = thin(np.arange(8.0), values, 0.0, 8.0, 2)
    assert found[:, 0].tolist() == [5.0, 1.0, 1.0, 5.0]


def test_no_line_is_drawn_across_a_gap_that_is_narrower_than_a_pixel() -> None:
    values = np.ones((4000, 1))
    values[1000:1003] = np.nan
    values[1003:] = 3.0
    times, found = thin(np.arange(4000.0), values, 0.0, 4000.0, 100)
    column = np.floor(times / 40).astype(int)
    inside = found[column == 25, 0]
    assert np.isnan(inside[0]) and np.isnan(inside[-1])
    assert {tuple(pair) for pair in drawn(times, found[:, 0])} == {(1.0, 1.0), (3.0, 3.0)}
    leads_in = np.flatnonzero(column == 25)[0]
    assert np.isfinite(found[leads_in - 1, 0])  # what was before is there, and a hole follows


def series(code: list[int], memory: list[float]) -> Series:
    count = len(code)
    values = np.full((count, len(COLUMNS)), 1.0)
    values[:, COLUMNS.index("memory_used_bytes")] = memory
    values[np.array(code) == GAP, 0] = np.nan
    return Series(1000.0 * np.arange(1, count + 1), np.ones(count), np.array(code, np.uint8), values)


def test_a_level_is_not_drawn_across_a_gap_either() -> None:
    times, values, thinned = picture(series([0, 0, GAP, 0], [5, 5, 9, 9]), 0, 5000, 800)
    memory = values[:, list(PANELS).index("memory")]
    assert not thinned
    assert memory[np.isfinite(memory)].tolist() == [5, 5, 9, 9]
    assert drawn(times, memory) == [(5, 5), (9, 9)]
    assert (np.diff(times) > 0).all()


@pytest.mark.parametrize("width", [800, 3])
def test_a_picture_of_a_part_reaches_its_edges(width: int) -> None:
    times, _, thinned = picture(series([0] * 50, [1] * 50), 10_500, 40_500, width)
    assert thinned == (width == 3)
    if not thinned:
        assert (times[0], times[-1]) == (10_000, 41_000)


def test_nothing_is_nothing() -> None:
    times, values, thinned = picture(Series.empty(), 0, 1, 10)
    assert (len(times), values.shape, thinned) == (0, (0, len(PANELS)), False)
