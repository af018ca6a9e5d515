"""Demand of guests side by side: what stands in where one is not known, and who is left out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.unit.capacity.past.sharing.fleets import usage
from virtsdk.capacity.past.sharing.demand import demand_of
from virtsdk.capacity.past.usage import Usage


def demand(series, **more):
    return demand_of(Usage.of(usage(series, **more)))


def test_it_is_a_row_a_time_and_a_column_a_guest():
    found = demand({"a": [1, 2, 3], "b": [4, 3, 2]})
    assert found.used.tolist() == [[1, 4], [2, 3], [3, 2]]
    assert found.names.tolist() == ["a", "b"]
    assert (found.step, found.days, found.notes) == (3600, 0.125, ())
    assert np.isnan(found.measured)


def test_a_guest_that_was_off_asks_for_nothing():
    found = demand({"a": [1, 2, 0, 0]}, interrupted=[None, None, "off", "off"], state="shutoff")
    assert found.used[2:, 0].tolist() == [0, 0]


def test_what_a_guest_waited_for_it_asked_for():
    found = demand({"a": [1, 2, 2, 3.5]}, vcpu_delay_seconds_per_second=[1, None, 0, 1])
    assert found.used[:, 0].tolist() == [2, 2, 2, 4]  # never more than its vCPUs
    assert found.measured == pytest.approx(2 / (2 + 2 + 4.5))


def test_unknown_use_with_a_known_wait_is_unknown_and_not_all_of_its_vcpus():
    """What stands in is what it asks for otherwise, with the column of delays as without it."""
    cpu = [1.0, None, 1.5, None] * 12
    with_delay = demand({"a": cpu, "b": [0.3] * 48}, vcpu_delay_seconds_per_second=0.2)
    plain = demand({"a": cpu, "b": [0.3] * 48})
    assert with_delay.used.max() == pytest.approx(1.7)
    assert with_delay.used == pytest.approx(plain.used + 0.2)
    assert any("filled in" in note for note in with_delay.notes)
    assert demand({"a": [None] * 48, "b": [0.3] * 48}, vcpu_delay_seconds_per_second=0.2).names.tolist() == [
        "b"
    ]


def test_it_is_the_same_whatever_the_order_of_the_rows():
    frame = usage({"b": [1, 2, 3], "c": [4, 3, 2], "a": [0, 1, 0]}, vcpus={"b": 4, "c": 8, "a": 2})
    one, two = (demand_of(Usage.of(each)) for each in (frame, frame.iloc[::-1]))
    assert one.domains.tolist() == two.domains.tolist() == ["u-a", "u-b", "u-c"]
    assert one.names.tolist() == ["a", "b", "c"]
    assert one.vcpus.tolist() == two.vcpus.tolist() == [2, 4, 8]
    assert one.used.tolist() == two.used.tolist() == [[0, 1, 4], [1, 2, 3], [0, 3, 2]]


def test_where_it_is_not_known_its_own_figures_of_that_time_of_day_stand_in():
    day = [0.1 * hour for hour in range(24)]
    two, three = [one + 1 for one in day], [None] * 24
    found = demand({"new": three + two + day, "old": [1] * 72})
    filled = found.used[:24, 0]
    by_clock = np.array([day, two])
    assert all(value in by_clock[:, hour].round(6) for hour, value in enumerate(filled.round(6).tolist()))
    assert 0 < (np.abs(filled - day) < 1e-9).sum() < 24  # now of one day, now of the other
    assert found.used[24:, 0].tolist() == two + day
    assert any("filled in: 17 % of the figures, of 1 guest" in note for note in found.notes)


def test_a_guest_that_is_hardly_known_is_left_out_and_said():
    found = demand({"a": [1.0] * 48, "b": [2.0] + [None] * 47})
    assert found.names.tolist() == ["a"]
    assert found.notes[0].startswith("left out: 1 guest whose CPU is known in less than 5 %")
    with pytest.raises(ValueError, match=r"column 'cpu_used_vcpus'.*no guest is known in 5 % of the times"):
        demand({f"g{n}": [1.0 if at == n else None for at in range(40)] for n in range(2)})
    with pytest.raises(ValueError, match=r"column 'cpu_used_vcpus'.*no guest has a figure at any time"):
        demand({"a": [None] * 20, "b": [None] * 20})


def test_one_guest_with_long_intervals_does_not_coarsen_the_others():
    frame = usage({"a": range(12), "b": range(12), "c": range(12)}, vcpus=12)
    slow = frame[(frame["name"] == "c") & (frame.index % 6 == 0)]
    found = demand_of(Usage.of(pd.concat([frame[frame["name"] != "c"], slow])))
    assert found.step == 3600
    assert found.used[:, 0].tolist() == list(range(12))
