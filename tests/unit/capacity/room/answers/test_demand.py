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
    used = usage(g0=[2, 2, 2, 2, 2], g1=[2, None, None, 2, 2], g2=[1] * 5)
    with pytest.warns(UserWarning, match="is not known of all guests of 'h0' at 2 of 5 times"):
        found = headroom(HOSTS, DOMAINS, POLICY, used)
    assert found.notes[0].startswith("cpu_used_vcpus is not known")
    assert (row(found)["vcpus_demand"], row(found)["demand_samples"]) == (4, 3)
    assert not any("'h1'" in note for note in found.notes)


@pytest.mark.parametrize("lost", [[0, 1], [1, 2], [3, 4]], ids=["first", "middle", "last"])
def test_a_figure_that_is_not_known_is_not_zero_wherever_it_is(lost):
    used = usage(g0=[2, 2, 2, 2, 2], g1=[2] * 5, g2=[1] * 5)
    used.loc[5 + np.array(lost), "cpu_used_vcpus"] = np.nan
    with pytest.warns(UserWarning, match="at 2 of 5 times: those are left out"):
        found = headroom(HOSTS, DOMAINS, POLICY, used)
    assert (row(found)["vcpus_demand"], row(found)["demand_samples"]) == (4, 3)
    assert row(found)["memory_demand_bytes"] == 2 * GIB


@pytest.mark.parametrize("column", ["interrupted", "state"])
def test_a_guest_that_was_off_used_nothing(column):
    used = usage(g0=[2] * 5, g1=[2] * 5, g2=[1] * 5)
    used[column] = "running" if column == "state" else None
    used.loc[5:7, ["cpu_used_vcpus", "memory_used_bytes"]] = np.nan
    used.loc[5:7, column] = "off" if column == "interrupted" else "shutoff"
    found = headroom(HOSTS, DOMAINS, POLICY, used)
    assert (row(found)["vcpus_demand"], row(found)["demand_samples"], found.notes) == (2, 5, ())
    assert row(found)["memory_demand_bytes"] == GIB


@pytest.mark.parametrize("shift", [0, 1, 60, 149, 150, 151, 299])
@pytest.mark.parametrize("unit", ["ns", "s", "numbers"])
def test_guests_sampled_at_other_moments_are_summed_all_the_same(shift, unit):
    used = usage(g0=[2] * 5, g1=[2] * 5, g2=[1] * 5)
    later = used["domain"] == "uuid-1"
    used["time"] = used["time"] + pd.to_timedelta(np.where(later, shift, 0), unit="s")
    used["time"] = (
        used["time"].map(pd.Timestamp.timestamp) if unit == "numbers" else used["time"].dt.as_unit(unit)
    )
    found = headroom(HOSTS, DOMAINS, POLICY, used)
    assert (row(found)["vcpus_demand"], found.notes) == (4, ())
    assert row(found)["demand_samples"] >= 5
    assert row(found, "h1")["demand_samples"] == 5


def test_jitter_and_longer_intervals_are_no_holes():
    random = np.random.default_rng(1)
    times = pd.date_range("2026-11-01", periods=240, freq="5min", tz="UTC")
    parts = [
        pd.DataFrame(
            {
                "domain": f"uuid-{number}",
                "time": times[::every] + pd.to_timedelta(random.normal(0, 20, len(times[::every])), unit="s"),
                "cpu_used_vcpus": number + 1.0,
                "memory_used_bytes": GIB,
            }
        )
        for number, every in enumerate((1, 3, 1))
    ]
    found = headroom(HOSTS, DOMAINS, POLICY, pd.concat(parts).sample(frac=1, random_state=1))
    assert (row(found)["vcpus_demand"], found.notes) == (3, ())
    assert row(found)["demand_samples"] > 220


def test_sums_are_those_of_every_guest_at_each_time():
    random = np.random.default_rng(2)
    figures = random.random((3, 5))
    used = usage(**{f"g{number}": one.tolist() for number, one in enumerate(figures)})
    found = headroom(HOSTS, DOMAINS, Policy(demand_quantile=0.8), used.sample(frac=1, random_state=2))
    assert row(found)["vcpus_demand"] == pytest.approx(np.quantile(figures[:2].sum(axis=0), 0.8))
    assert row(found, "h1")["vcpus_demand"] == pytest.approx(np.quantile(figures[2], 0.8))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cpu_used_vcpus": 50.0, "vcpus": 4}, "expected vCPUs' worth of CPU, of 4 vCPUs, not percent"),
        ({"cpu_used_vcpus": 50.0}, "not percent; the guest's host has 8 CPUs"),
        ({"memory_used_bytes": 2.0, "memory_bytes": 1}, "expected bytes, at most the memory of the guest"),
        ({"memory_used_bytes": 33.0 * GIB}, "expected bytes; the guest's host has 32 GiB"),
    ],
)
def test_use_in_another_unit_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        headroom(HOSTS, DOMAINS, POLICY, usage(g0=[2], g1=[2], g2=[1]).assign(**change))


def test_a_guest_that_is_smaller_now_may_have_used_more():
    fleet = Fleet.from_frames(HOSTS, DOMAINS, POLICY).resize("g0", vcpus=1)
    assert row(fleet.headroom(usage(g0=[4] * 3, g1=[0] * 3, g2=[1] * 3)))["vcpus_demand"] == 4


def test_a_guest_that_came_later_counts_from_then_on():
    used = usage(g0=[2, 2, 2, 2, 2], g1=[None, None, 2, 2, 2], g2=[1] * 5)
    with pytest.warns(UserWarning, match="^g1: measured for part of the time"):
        found = headroom(HOSTS, DOMAINS, POLICY, used)
    assert (row(found)["vcpus_demand"], row(found)["demand_samples"]) == (4, 5)


@pytest.mark.parametrize("column", ["name", "domain"])
def test_guests_are_called_by_their_names_where_they_have_some(column):
    used = usage(g0=[2] * 5, g1=[None, None, 2, 2, 2], g2=[1] * 5)
    nameless = DOMAINS.assign(name=None) if column == "domain" else DOMAINS
    with pytest.warns(UserWarning, match=("^uuid-1" if column == "domain" else "^g1") + ": measured"):
        headroom(HOSTS, nameless, POLICY, used)


def test_a_guest_without_any_figure_leaves_its_host_open():
    with pytest.warns(UserWarning, match="known of g1"):
        found = headroom(HOSTS, DOMAINS, POLICY, usage(g0=[2] * 5, g2=[1] * 5))
    assert pd.isna(row(found)["vcpus_demand"])
    assert row(found, "h1")["vcpus_demand"] == 1
    assert any("g1" in note for note in found.notes)


def test_a_row_of_nobody_is_not_a_guest_s():
    used = usage(g2=[1] * 5, g0=[2] * 5, g1=[None] * 5)
    used.loc[len(used)] = {"host": "?", "domain": None, "time": TIMES[0], "cpu_used_vcpus": 1}
    used.loc[len(used)] = {"host": "?", "domain": "uuid-1", "time": TIMES[0]}
    with pytest.warns(UserWarning, match="no cpu_used_vcpus is known of g1"):
        assert pd.isna(row(headroom(HOSTS, DOMAINS, POLICY, used))["vcpus_demand"])


def test_a_guest_that_reports_no_memory_leaves_the_memory_open():
    frame = usage(g0=[2] * 5, g1=[2] * 5, g2=[1] * 5)
    frame.loc[frame["domain"] == "uuid-0", "memory_used_bytes"] = np.nan
    with pytest.warns(UserWarning, match="no memory_used_bytes is known of g0"):
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
        (usage(g0=[1]).drop(columns="time"), ValueError, "no column 'time'; it has [^;]*; exp[^;]*$"),
        (usage(g0=[1]).set_index("time"), ValueError, r"reset_index\(\) makes one of 'time' in the index$"),
        (usage(g0=[1]).drop(columns="cpu_used_vcpus"), ValueError, "'cpu_used_vcpus'"),
        (usage(g0=[1]).drop(columns="domain"), ValueError, "'domain'"),
        (usage(g0=[1]).assign(time=pd.NaT), ValueError, "'time' of the usage frame is missing in row 0"),
        (pd.concat([usage(g0=[1])] * 2), ValueError, "more than one row"),
        (usage(g0=[-1]), ValueError, "'cpu_used_vcpus' of the usage frame is -1"),
        ({"time": 1}, TypeError, "usage must be a DataFrame.*not dict"),
    ],
    ids=["time", "index", "cpu", "domain", "NaT", "twice", "negative", "dict"],
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
