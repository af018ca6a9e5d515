"""Demand beside allocation: the quantile of the sum, where the sum is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.unit.capacity.room.fleets import GIB, domains, hosts
from virtsdk.capacity import Fleet, Policy, headroom

HOSTS = hosts((8, 32), (8, 32))
DOMAINS = domains((0, 4, 8), (0, 4, 8), (1, 4, 8))
POLICY = Policy(vcpu_ratio=4, reserve_cpus=1, reserve_memory_bytes=2 * GIB, demand_quantile=0.5)
TIMES = pd.date_range("2026-11-01", periods=5, freq="5min", tz="UTC")


def usage(**used):
    """Rows of guests; each has a figure a time, None for no row."""
    rows = [
        {
            "host": "?",
            "domain": f"uuid-{name[1:]}",
            "time": time,
            "cpu_used_vcpus": one,
            "memory_used_bytes": GIB,
        }
        for name, figures in used.items()
        for time, one in zip(TIMES, figures, strict=False)
        if one is not None
    ]
    return pd.DataFrame(rows)


def row(report, host="h0"):
    return report.frame().set_index("host").loc[host]


def test_the_quantile_is_of_the_sum_not_of_each():
    found = headroom(HOSTS, DOMAINS, POLICY, usage(g0=[4, 0, 4, 0, 4], g1=[0, 4, 0, 4, 0], g2=[1] * 5))
    one = row(found)
    assert one["vcpus_demand"] == 4
    assert one["vcpus_demand_headroom"] == 3  # 8 CPUs less the one that is kept; no ratio
    assert one["vcpus_demand_share"] == pytest.approx(4 / 7)
    assert one["memory_demand_bytes"] == 2 * GIB
    assert one["memory_demand_headroom_bytes"] == 28 * GIB
    assert one["demand_samples"] == 5
    assert one["vcpus_headroom"] == 20
    assert found.notes == ()
    assert "4 of 8" in repr(found)
    assert "quantile 0.5" in found._repr_html_()


def test_a_time_at_which_a_guest_has_no_figure_is_no_low_sum():
    found = headroom(HOSTS, DOMAINS, POLICY, usage(g0=[2, 2, 2, 2, 2], g1=[2, None, None, 2, 2], g2=[1] * 5))
    assert (row(found)["vcpus_demand"], row(found)["demand_samples"]) == (4, 3)


def test_a_guest_that_came_later_counts_from_then_on():
    found = headroom(HOSTS, DOMAINS, POLICY, usage(g0=[2, 2, 2, 2, 2], g1=[None, None, 2, 2, 2], g2=[1] * 5))
    assert (row(found)["vcpus_demand"], row(found)["demand_samples"]) == (4, 5)


def test_a_guest_without_any_figure_leaves_its_host_open():
    with pytest.warns(UserWarning, match="uuid-1"):
        found = headroom(HOSTS, DOMAINS, POLICY, usage(g0=[2] * 5, g2=[1] * 5))
    assert pd.isna(row(found)["vcpus_demand"])
    assert row(found, "h1")["vcpus_demand"] == 1
    assert any("g1" in note or "uuid-1" in note for note in found.notes)


def test_a_guest_that_reports_no_memory_leaves_the_memory_open():
    frame = usage(g0=[2] * 5, g1=[2] * 5, g2=[1] * 5)
    frame.loc[frame["domain"] == "uuid-0", "memory_used_bytes"] = np.nan
    with pytest.warns(UserWarning, match="no memory_used_bytes is known of uuid-0"):
        found = headroom(HOSTS, DOMAINS, POLICY, frame)
    assert row(found)["vcpus_demand"] == 4
    assert pd.isna(row(found)["memory_demand_bytes"])


def test_use_follows_the_guest_to_the_host_that_it_is_on_now():
    fleet = Fleet.from_frames(HOSTS, DOMAINS, POLICY).fail("h0")
    found = fleet.headroom(usage(g0=[1] * 5, g1=[2] * 5, g2=[3] * 5))
    assert row(found, "h1")["vcpus_demand"] == 6


def test_guests_that_are_off_or_not_there_do_not_count():
    found = headroom(HOSTS, DOMAINS.iloc[:1], POLICY, usage(g0=[1] * 5, g1=[2] * 5, g7=[3] * 5))
    assert row(found)["vcpus_demand"] == 1
    assert row(found, "h1")["vcpus_demand"] == 0


@pytest.mark.parametrize(
    ("frame", "error", "words"),
    [
        (usage(g0=[1]).drop(columns="time"), ValueError, "usage frame has no column 'time'"),
        (usage(g0=[1]).drop(columns="cpu_used_vcpus"), ValueError, "'cpu_used_vcpus'"),
        (usage(g0=[1]).drop(columns="domain"), ValueError, "'domain'"),
        (usage(g0=[1]).assign(time=pd.NaT), ValueError, "'time' of the usage frame is missing in row 0"),
        (pd.concat([usage(g0=[1])] * 2), ValueError, "more than one row"),
        (usage(g0=[-1]), ValueError, "'cpu_used_vcpus' of the usage frame is -1"),
        ({"time": 1}, TypeError, "usage must be a DataFrame.*not dict"),
    ],
    ids=["time", "cpu", "domain", "NaT", "twice", "negative", "dict"],
)
def test_a_usage_frame_that_cannot_be_right_is_named(frame, error, words):
    with pytest.raises(error, match=words):
        headroom(HOSTS, DOMAINS, POLICY, frame)


def test_times_have_a_zone_or_are_numbers():
    known = usage(g0=[4, 0, 4], g1=[0, 4, 0], g2=[1] * 3)
    expected = row(headroom(HOSTS, DOMAINS, POLICY, known))["vcpus_demand"]
    numbers = known.assign(time=known["time"].map(pd.Timestamp.timestamp))
    assert row(headroom(HOSTS, DOMAINS, POLICY, numbers))["vcpus_demand"] == expected
    with pytest.raises(ValueError, match="column 'time' of the usage frame has no time zone"):
        headroom(HOSTS, DOMAINS, POLICY, known.assign(time=known["time"].dt.tz_localize(None)))
    with pytest.raises(TypeError, match="column 'time' of the usage frame is"):
        headroom(HOSTS, DOMAINS, POLICY, known.assign(time=known["time"].astype(str)))


def test_a_complex_number_is_no_figure():
    with pytest.raises(
        TypeError, match="'cpu_used_vcpus' of the usage frame is complex128; expected numbers"
    ):
        headroom(HOSTS, DOMAINS, POLICY, usage(g0=[1 + 1j]))
