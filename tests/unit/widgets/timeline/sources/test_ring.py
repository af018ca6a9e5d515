"""The ring: what is kept of a live host, bounded."""

from __future__ import annotations

import numpy as np

from virtsdk.widgets.timeline.sources.panels import COLUMNS
from virtsdk.widgets.timeline.sources.ring import Ring
from virtsdk.widgets.timeline.sources.series import GAP


def add(ring: Ring, time: int, **cpu: float) -> None:
    values = np.full((len(cpu), len(COLUMNS)), np.nan)
    values[:, 0] = list(cpu.values())
    ring.append(1000.0 * time, list(cpu), np.ones(len(cpu)), np.zeros(len(cpu), np.uint8), values)


def test_the_oldest_row_makes_room_for_the_newest() -> None:
    ring = Ring(100)
    for time in range(1, 251):
        add(ring, time, a=time)
    series = ring.series("a")
    assert series.values[:, 0].tolist() == list(range(151, 251))
    assert ring.span == (151_000, 250_000)
    assert (len(ring), len(ring._times)) == (100, 100)


def test_guests_that_come_and_go_take_no_more_room_than_those_that_are_there() -> None:
    ring = Ring(4)
    for time in range(1, 400):
        add(ring, time, **{f"guest{time}": 1.0, "stays": 2.0})
    assert ring._seconds.shape[1] <= 8
    assert ring.series("stays").values[:, 0].tolist() == [2.0] * 4
    assert ring.series("guest399").time.tolist() == [399_000]
    assert len(ring.series("guest1")) == 0
    assert len(ring.series("nobody")) == 0


def test_a_column_that_is_taken_again_has_nothing_of_the_guest_before() -> None:
    ring = Ring(3)
    for time in range(1, 9):
        add(ring, time, **{f"old{i}": 1.0 for i in range(8)})
    for time in range(9, 12):
        add(ring, time, new=5.0)
    add(ring, 12, new=5.0, **{f"more{i}": 1.0 for i in range(8)})
    for i in range(8):
        assert ring.series(f"more{i}").time.tolist() == [12_000]


def test_a_total_is_what_is_known_and_a_gap_where_one_has_a_gap() -> None:
    ring = Ring(10)
    add(ring, 1, a=1.0, b=2.0)
    add(ring, 2, a=1.0, b=np.nan)
    values = np.full((2, len(COLUMNS)), 1.0)
    ring.append(3000.0, ["a", "b"], np.array([1.0, 1.0]), np.array([GAP, GAP], np.uint8), values)
    total = ring.total()
    assert total.values[:2, 0].tolist() == [3.0, 1.0]
    assert total.code.tolist() == [0, 0, GAP]
    assert np.isnan(total.values[2]).all()


def test_a_total_does_not_drop_where_a_sample_lacks_a_guest() -> None:
    ring = Ring(30)
    for time in range(1, 5):
        add(ring, time, a=1.0, b=2.0)
    add(ring, 5, a=1.0)  # libvirt left it out
    add(ring, 6, a=1.0)
    assert ring.total().code.tolist() == [0] * 4 + [GAP] * 2
    for time in range(7, 12):
        add(ring, time, a=1.0, b=2.0)
    for time in range(12, 22):
        add(ring, time, a=1.0)  # and this is the end of it
    total = ring.total()
    assert total.code.tolist() == [0] * 4 + [GAP] * 2 + [0] * 15
    assert np.isnan(total.values[4:6]).all()
    assert total.values[-1, 0] == 1.0


def test_the_busiest_used_the_most() -> None:
    ring = Ring(10)
    add(ring, 1, a=1.0, b=5.0, c=2.0)
    add(ring, 2, a=6.0, b=1.0, c=2.0)
    assert ring.busiest() == ["a", "b", "c"]
    assert Ring(2).busiest() == []
    assert Ring(2).span is None
