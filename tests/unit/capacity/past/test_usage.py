"""`Usage`: what a usage frame may be, and the arrays that are made of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.unit.capacity.past.usages import GIB, START, guests, usage
from virtsdk.capacity import idle, rightsizing
from virtsdk.capacity.past.usage import Usage


@pytest.mark.parametrize(
    ("column", "row", "value", "error", "words"),
    [
        (
            "cpu_used_vcpus",
            2,
            -1,
            ValueError,
            r"'cpu_used_vcpus'.* is -1.* in row 2, of domain 'u1'.*0 or more",
        ),
        ("cpu_used_vcpus", 2, np.inf, ValueError, r"'cpu_used_vcpus'.* inf in row 2"),
        ("cpu_used_vcpus", 3, 9.01, ValueError, r"9.01 in row 3.*of 4 vCPUs, not percent"),
        ("memory_bytes", 1, 8 * 2**20, ValueError, r"'memory_bytes'.* 8388608 in row 1.*KiB"),
        ("memory_used_bytes", 4, 8 * GIB + 1, ValueError, r"'memory_used_bytes'.*row 4.*\(8 GiB\)"),
        ("vcpus", 5, 0, ValueError, r"'vcpus'.* 0.0 in row 5.*1 or more"),
        ("vcpus", 5, np.nan, ValueError, r"'vcpus'.* nan in row 5.*needed"),
        (
            "time",
            5,
            START,
            ValueError,
            r"'time'.* 2026-03-02 00:00:00.*twice for domain 'u1', in rows 0 and 5",
        ),
        ("time", 5, pd.NaT, ValueError, r"'time'.*missing.*row 5"),
        ("host", 5, None, ValueError, r"'host'.*row 5"),
        ("domain", 5, None, ValueError, r"'domain'.*row 5"),
    ],
)
def test_a_figure_that_cannot_be_right_is_named_by_column_and_row(column, row, value, error, words):
    frame = usage().astype({"cpu_used_vcpus": float, "vcpus": float})
    frame.loc[row, column] = value
    with pytest.raises(error, match=words):
        Usage.of(frame)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda frame: frame.drop(columns="vcpus"), ValueError, "no column 'vcpus'.*recording.usage"),
        (lambda frame: frame.assign(time=frame["time"].dt.tz_localize(None)), ValueError, "no time zone"),
        (lambda frame: frame.assign(time=range(6)), TypeError, "'time'.*int64.*with a zone"),
        (lambda frame: frame.assign(cpu_used_vcpus="1"), TypeError, "'cpu_used_vcpus'.*expected numbers"),
        (lambda frame: frame.assign(memory_bytes=64 * 2**20, vcpus=8), ValueError, "KiB"),
        (lambda frame: frame.assign(memory_used_bytes=8 * 2**20), ValueError, "'memory_used_bytes'.*KiB"),
        (lambda frame: frame.to_dict(), TypeError, "usage must be a DataFrame"),
    ],
)
def test_a_frame_that_is_none_of_usage_is_refused(change, error, words):
    with pytest.raises(error, match=words):
        Usage.of(change(usage()))


def test_rows_are_sorted_by_guest_and_time_whatever_their_order():
    frame = guests(a=[1, 2, 3], b=[3, 2, 1, 0])
    mixed = Usage.of(frame.sample(frac=1, random_state=3).sort_values("domain", kind="stable"))
    plain = Usage.of(frame)
    for one in (plain, mixed, Usage.of(frame.sort_values("time"))):
        assert one.domains.tolist() == ["u-a", "u-b"]
        assert one.names.tolist() == ["a", "b"]
        assert one.starts.tolist() == [0, 3, 7]
        assert one.cpu.tolist() == [1, 2, 3, 3, 2, 1, 0]
        assert one.group.tolist() == [0] * 3 + [1] * 4
    assert Usage.of(plain) is plain
    assert frame["cpu_used_vcpus"].tolist() == [1, 2, 3, 3, 2, 1, 0]  # the caller's own is as it was


def test_figures_of_each_guest():
    found = Usage.of(guests(a=[1, np.nan, 3, 2], b=[np.nan, np.nan], c=[0.5]))
    assert found.quantile(found.cpu, 0.5).tolist()[::2] == [2, 0.5]
    assert np.isnan(found.quantile(found.cpu, 0.5)[1])
    assert np.nan_to_num(found.most(found.cpu), nan=-1).tolist() == [3, -1, 0.5]
    assert found.count(~np.isnan(found.cpu)).tolist() == [3, 0, 1]
    assert np.nan_to_num(found.mean(found.cpu), nan=-1).tolist() == [2, -1, -1]
    assert found.gaps.tolist() == [1, 1, 0]
    assert "one sample only of c" in found.notes[0]


def test_quantiles_are_those_of_numpy():
    chance = np.random.default_rng(1)
    series = {f"g{n}": chance.random(n) for n in (1, 2, 7, 7, 30, 31)}
    series["holes"] = np.where(chance.random(50) < 0.3, np.nan, chance.random(50))
    found = Usage.of(guests(**series))
    for q in (0, 0.3, 0.95, 0.99, 1):
        expected = [np.nanquantile(one, q) for one in series.values()]
        np.testing.assert_allclose(found.quantile(found.cpu, q), expected, rtol=1e-14)


def test_a_weighted_quantile_is_the_least_value_that_has_the_share():
    chance = np.random.default_rng(2)
    series = {f"g{n}": chance.random(n) for n in (1, 5, 40)}
    found = Usage.of(guests(**series))
    weights = chance.random(46)
    for q in (0, 0.5, 0.9, 1):
        expected = []
        for values, of in zip(series.values(), np.split(weights, [1, 6]), strict=True):
            place = np.argsort(values)
            share = np.cumsum(of[place]) / of.sum()
            expected.append(values[place][np.argmax(share >= q - 1e-12)])
        assert found.quantile(found.cpu, q, weights).tolist() == expected


def test_gaps_are_no_data():
    frame = usage(12).drop([3, 4, 8])
    frame.loc[6, "cpu_used_vcpus"] = np.nan
    found = Usage.of(frame)
    assert found.interval.tolist() == [300]
    assert found.gaps.tolist() == [3]
    assert found.days.tolist() == [8 * 300 / 86400]
    assert not found.mixed.any()


def test_an_interval_that_changes_weighs_samples_by_their_length():
    often = usage(120, every="1min", cpu_used_vcpus=3.0)
    seldom = usage(24, every="1h", cpu_used_vcpus=1.0).assign(
        time=lambda frame: frame["time"] + pd.Timedelta("3h")
    )
    found = Usage.of(pd.concat([often, seldom]))
    assert found.mixed.tolist() == [True]
    assert "more than one interval" in found.notes[0]
    assert found.quantile(found.cpu, 0.9).tolist() == [1]  # 24 hours of 1, 2 hours of 3
    assert found.days[0] == pytest.approx(26 / 24, abs=0.05)
    assert found.gaps.tolist() == [0]


def test_single_gaps_are_no_other_interval():
    chance = np.random.default_rng(5)
    frame = usage(2000)
    found = Usage.of(frame[chance.random(2000) > 0.1])
    assert not found.mixed.any()


def test_a_guest_that_was_off_has_no_figures_of_cpu():
    frame = usage(interrupted=[None, "off", "off", None, "reset", None])
    frame.loc[[1, 2], "cpu_used_vcpus"] = 0.0
    frame.loc[4, "cpu_used_vcpus"] = np.nan
    found = Usage.of(frame)
    assert found.off.tolist() == [False, True, True, False, False, False]
    assert np.isnan(found.cpu).tolist() == [False, True, True, False, True, False]
    assert found.gaps.tolist() == [1]
    assert found.days[0] == 3 * 300 / 86400
    none = Usage.of(usage(vcpus=[4, 0, 0, 4, 4, 4], cpu_used_vcpus=[1.0, 0.0, np.nan, 1.0, 1.0, 1.0]))
    assert none.off.tolist() == [False, True, True, False, False, False]
    assert np.isnan(none.vcpus).tolist() == np.isnan(none.cpu).tolist() == none.off.tolist()
    off = Usage.of(usage(state=["running", "shutoff", "crashed", "paused", "running", "running"]))
    assert off.off.tolist() == [False, True, True, False, False, False]


def test_a_guest_that_migrated_is_one_series():
    there = usage(4, cpu_used_vcpus=[1.0, 1.0, 1.0, 3.0], seconds=[300, 300, 300, 100])
    here = usage(4, host="kvm2", cpu_used_vcpus=[1.0, 2.0, 2.0, 2.0], seconds=[200, 300, 300, 300])
    here["time"] += pd.Timedelta("15min")
    found = Usage.of(pd.concat([there, here]))
    assert found.hosts.tolist() == ["kvm2"]
    assert found.cpu.tolist() == pytest.approx([1, 1, 1, (3 * 100 + 200) / 300, 2, 2, 2])
    assert found.seconds.tolist() == [300] * 7
    assert found.host_names[found.host].tolist() == ["kvm1"] * 3 + ["kvm2"] * 4
    assert found.notes == ("migrated in between, and counted as one on its last host: web1",)


def test_where_a_guest_is_off_it_is_not():
    elsewhere = usage(6, host="kvm2", cpu_used_vcpus=0.0, interrupted="off")
    found = Usage.of(pd.concat([usage(interrupted=None), elsewhere]))
    assert found.hosts.tolist() == ["kvm1"]
    assert len(found.time) == 6
    assert found.notes == ()


@pytest.mark.parametrize("shift", ["0s", "100s"])
def test_a_guest_on_two_hosts_at_a_time_is_refused(shift):
    other = usage(30, host="kvm2").assign(time=lambda frame: frame["time"] + pd.Timedelta(shift))
    with pytest.raises(ValueError, match="'u1' on hosts 'kvm1', 'kvm2' at the same times"):
        Usage.of(pd.concat([usage(30), other]))


def test_use_above_the_vcpus_is_kept_and_noted():
    found = Usage.of(usage(cpu_used_vcpus=[1, 1, 1, 4.1, 4.3, 9.0]))
    assert found.most(found.cpu).tolist() == [9]
    assert "web1 used more than 1.05 times their vCPUs in 2 samples: kept" in found.notes[0]


def test_missing_values_of_any_kind_are_no_figures():
    frame = usage()
    frame["memory_used_bytes"] = pd.array([None, 1, 2, None, 4, 5], dtype="Int64") * GIB
    frame["agent_seen"] = pd.array([True, None, False, None, None, None], dtype="boolean")
    frame["disk_bytes_per_second"] = None
    found = Usage.of(frame)
    assert found.most(found.memory_used).tolist() == [5 * GIB]
    assert np.nan_to_num(found.more["agent_seen"], nan=-1).tolist() == [1, -1, 0, -1, -1, -1]
    assert np.isnan(found.more["disk_bytes_per_second"]).all()
    assert "net_rx_bytes_per_second" not in found.more


def test_a_sample_stands_for_the_seconds_that_it_says():
    found = Usage.of(usage(seconds=[300, 300, 60, None, 0, 300], cpu_used_vcpus=[1, 1, 4, 1, 1, None]))
    assert found.seconds.tolist() == [300, 300, 60, 300, 300, 300]
    assert found.days.tolist() == [1260 / 86400]
    assert found.mean(found.cpu).tolist() == pytest.approx([(1200 + 240) / 1260])


def test_tags_are_those_of_the_last_sample():
    found = Usage.of(usage(tags=["a"] * 5 + ["b, batch"]))
    assert found.tags == (("b", "batch"),)


def test_a_frame_without_rows_has_no_guests():
    found = Usage.of(usage(0))
    assert len(found) == 0
    assert found.quantile(found.cpu, 0.5).tolist() == []
    assert found.days.tolist() == []


def test_a_grid_has_a_row_a_time_and_a_column_a_guest():
    frame = pd.concat([guests(a=[1, 2, 3]), guests(b=[5, 6, 7, 8]).iloc[1:]])
    found = Usage.of(frame)
    times, cells = found.grid(found.cpu)
    assert times.tolist() == [START.value // 1000 + 300_000_000 * n for n in range(4)]
    assert np.nan_to_num(cells, nan=-1).tolist() == [[1, -1], [2, 6], [3, 7], [-1, 8]]
    _, cells = found.grid(found.cpu, every=600)
    assert cells.tolist() == [[1.5, 6], [3, 7.5]]


@pytest.mark.parametrize("make", [Usage.of, rightsizing, idle])
@pytest.mark.parametrize(
    ("columns", "error", "words"),
    [
        ({"vcpus": True}, TypeError, "'vcpus'.* bool; expected numbers"),
        (
            {"memory_used_bytes": pd.array([True] * 6, dtype="boolean")},
            TypeError,
            "'memory_used_bytes'.*bool",
        ),
        (
            {"cpu_used_vcpus": pd.array([True] * 6, dtype="bool[pyarrow]")},
            TypeError,
            "'cpu_used_vcpus'.*bool",
        ),
        ({"seconds": True}, TypeError, "'seconds'.* bool; expected numbers"),
        ({"memory_bytes": 2**62}, ValueError, r"'memory_bytes'.* row 0, of domain 'u1'.*less than 4 PiB"),
        ({"memory_bytes": np.nan, "memory_used_bytes": 2.0**52}, ValueError, "'memory_used_bytes'.*4 PiB"),
        ({"vcpus": 2**20}, ValueError, "'vcpus'.* 1048576 in row 0.*less than 1048576"),
        ({"vcpus": 1, "cpu_used_vcpus": 9.0}, ValueError, "of 1 vCPU, not percent"),
        (
            {"link_bytes_per_second": [1e9, 0, 1e9, 1e9, 0, 1e9]},
            ValueError,
            "'link_bytes_per_second'.* 0.0 in row 1, of domain 'u1' .and 1 other row.; expected more than 0",
        ),
    ],
)
def test_figures_of_no_guest_are_refused(make, columns, error, words):
    with pytest.raises(error, match=words):
        make(usage(**columns))


@pytest.mark.parametrize("column", ["cpu_used_vcpus", "time", "domain", "name", "agent_seen", "tags"])
def test_a_column_that_is_there_twice_is_named(column):
    frame = usage(agent_seen=True, tags="")
    with pytest.raises(ValueError, match=f"the usage frame has the column '{column}' twice; drop one"):
        Usage.of(pd.concat([frame, frame[[column]]], axis=1))
    other = frame.assign(mine=1)
    assert len(Usage.of(pd.concat([other, other[["mine"]]], axis=1))) == 1  # nobody reads it


@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
def test_a_frame_of_any_backend_says_the_same(backend):
    plain = usage(
        cpu_used_vcpus=[0.5, None, 1.5, 2.5, 0, 1], agent_seen=[True, None, False, None, None, None],
        interrupted=[None, None, None, "off", None, None], tags="a, b", seconds=300.0,
        net_tx_bytes_per_second=[1.5, None, 0, 0, 0, 0],
    )  # fmt: skip
    plain["agent_seen"] = plain["agent_seen"].astype("boolean")
    found, wanted = Usage.of(plain.convert_dtypes(dtype_backend=backend)), Usage.of(plain)
    for name in (
        "domains",
        "names",
        "hosts",
        "time",
        "vcpus",
        "cpu",
        "memory",
        "memory_used",
        "off",
        "seconds",
    ):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))
    assert found.more.keys() == wanted.more.keys()
    for name, values in wanted.more.items():
        np.testing.assert_array_equal(found.more[name], values)
    assert (found.tags, found.notes) == (wanted.tags, wanted.notes)
