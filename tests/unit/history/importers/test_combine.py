"""Several readings of one figure to one: sums that lack a part, labels that change, series that follow."""

from __future__ import annotations

import numpy as np

from virtsdk.history.importers.combine import combined
from virtsdk.history.importers.notes import Notes
from virtsdk.history.importers.readings import Key, Reading

CPU = Key("node.total", "user_seconds_total", "kvm7")
TIME = Key("vcpus", "time_seconds_total", "kvm7", "web1", (0,))


def reading(key, samples, origin="a", **options):
    times = np.array([at * 1_000_000 for at in samples], dtype=np.int64)
    values = np.array(list(samples.values()), dtype=float)
    return Reading(key, times, values, origin, source={"from": origin}, **options)


def joined(*readings):
    notes = Notes()
    (one,) = combined(readings, notes)
    return dict(zip((one.times // 1_000_000).tolist(), one.values.tolist(), strict=True)), notes.trust


def test_a_sum_is_missing_where_a_part_of_it_is():
    user = reading(CPU, {10: 1, 20: 2, 30: 3, 40: 4}, adds=True)
    nice = reading(CPU, {10: 10, 30: 30}, adds=True)
    assert joined(user, nice)[0] == {10: 11, 30: 33, 40: 4}  # at 20 it is missing, after 30 there is none


def test_a_series_whose_label_changes_goes_on_with_the_count_that_grows():
    running = reading(TIME, {10: 1.0, 20: 2.0, 30: 2.0, 40: 2.0}, joined=True)  # repeated after it ended
    blocked = reading(TIME, {30: 3.0, 40: 4.0}, joined=True)
    assert joined(running, blocked)[0] == {10: 1, 20: 2, 30: 3, 40: 4}


def test_a_series_that_is_repeated_ends_where_its_successor_begins():
    before = reading(TIME, {10: 1.0, 20: 2.0, 30: 2.0, 50: 2.0}, "a")
    after = reading(TIME, {40: 3.0, 60: 4.0}, "b")
    assert joined(before, after)[0] == {10: 1, 20: 2, 30: 2, 40: 3, 60: 4}


def test_of_two_that_go_on_side_by_side_the_one_with_more_samples_counts():
    few = reading(TIME, {at: float(at) for at in range(0, 1000, 20)}, "few")
    many = reading(TIME, {at + 1: float(at) for at in range(0, 1000, 10)}, "many")
    found, trust = joined(few, many)
    assert len(found) == 100 and 1 in found
    assert trust["reason"].tolist() == ["a copy was left out, the labels from differ: few"]


def test_the_first_of_two_metrics_counts_and_the_other_fills_in():
    first = reading(TIME, {20: 2.0, 30: 3.0}, rank=1)
    second = reading(TIME, {10: 9.0, 20: 9.0}, rank=2)
    assert joined(second, first)[0] == {10: 9, 20: 2, 30: 3}


def test_one_stays_as_it_is():
    one = reading(TIME, {10: 1.0})
    assert combined([one], Notes()) == [one]
