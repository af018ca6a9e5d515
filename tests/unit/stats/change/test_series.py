"""Rows in any order: the quick way to sort them gives what the obvious way gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.budget import examples
from virtsdk.stats import from_records, rates
from virtsdk.stats.change import series

KEYS = ("host", "domain", "vcpu")
START = pd.Timestamp("2026-03-01 12:00", tz="UTC")
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["kvm1", "kvm2", "Kvm", "ü"]),
        st.sampled_from(["a", "b", "c", None]),
        st.integers(0, 3),
        st.integers(0, 9),
        st.integers(0, 10**6),
    ),
    min_size=1,
    max_size=60,
)


def make(rows, dtype="str"):
    frame = pd.DataFrame(rows, columns=["host", "domain", "vcpu", "time", "time_seconds_total"])
    frame["time"] = START + pd.to_timedelta(frame["time"], unit="s")
    frame["name"] = frame["domain"]
    frame["delay_seconds_total"] = pd.array([0.0] * len(frame), dtype="Float64")
    texts = dict.fromkeys(["host", "domain", "name"], dtype)
    return frame.astype({**texts, "vcpu": "Int64", "time_seconds_total": "Float64"})


def obvious(frame):
    """Sort by all keys and time; of rows alike keep the first."""
    keys = [*KEYS, "time"]
    return frame.sort_values(keys, kind="stable").drop_duplicates(keys)


@pytest.mark.parametrize("largest", [2**62, 50, 1])  # numbers of 64 bits are enough; only when dense; never
@examples(20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, dtype=st.sampled_from(["str", "object"]))
def test_sorting_gives_what_the_obvious_way_gives(monkeypatch, largest, rows, dtype):
    monkeypatch.setattr(series, "_LARGEST", largest)
    frame = make(rows, dtype)
    found, expected = series.series_of(frame, KEYS), obvious(frame)
    pd.testing.assert_frame_equal(found.frame, expected)
    heads = ~expected.duplicated(list(KEYS))
    assert found.first.tolist() == heads.tolist()
    every = heads | True
    for column in frame.columns:
        picked = pd.Series(found.pick(column, every.to_numpy()))
        assert picked.astype("object").equals(expected[column].reset_index(drop=True).astype("object"))


@examples(12)
@given(ROWS, st.integers(0, 2**32 - 1))
def test_rates_of_shuffled_rows_are_those_of_sorted_ones(rows, seed):
    frame = make([row for row in rows if row[1] is not None] + [("kvm1", "a", 0, t, t) for t in (20, 30)])
    frame = obvious(frame)
    domains = frame.drop_duplicates(["host", "domain", "time"]).drop(columns=["vcpu", "time_seconds_total"])
    domains = domains.assign(state="running", vcpus=4, cpu_time_seconds_total=1.0)

    def found(order):
        return rates({"domains": order(domains), "vcpus": order(frame)}, interval=5).vcpus

    shuffled = found(lambda one: one.sample(frac=1, random_state=seed))
    pd.testing.assert_frame_equal(shuffled, found(lambda one: one))


def two_of_one_name(seconds, *, twice=False):
    """A guest with two nics without a name of their own, and two disks of one name."""
    values = {"state.state": 1, "net.count": 2, "block.count": 2}
    for number in range(2):
        pace = 1000**number
        values |= {f"net.{number}.name": "hostdev", f"net.{number}.rx.bytes": pace * seconds}
        values |= {f"block.{number}.name": "hda", f"block.{number}.rd.bytes": pace * seconds}
    time = START + pd.Timedelta(seconds=seconds)
    return [from_records([("u1", "web1", values)], host="kvm7", time=time)] * (1 + twice)


@pytest.mark.parametrize("twice", [False, True])
def test_two_parts_of_one_name_are_two_series(twice):
    samples = [one for t in (0, 10, 20) for one in two_of_one_name(t, twice=twice)]
    found = rates(samples)
    for frame, column in ((found.nics, "rx_bytes_per_second"), (found.disks, "read_bytes_per_second")):
        assert frame[column].tolist() == [1, 1, 1000, 1000]
    coarse = found.resample("1min").nics
    assert coarse["rx_bytes_per_second"].tolist() == [1, 1000]
    assert "1001 bytes/s" in repr(found)


def test_parts_without_a_name_have_their_number():
    values = {"net.0.name": "", "net.0.rx.bytes": 1, "net.1.rx.bytes": 2, "net.2.name": "vnet0"}
    found = from_records([("u1", "web1", values)], host="kvm7").nics
    assert found["nic"].tolist() == ["0", "1", "vnet0"]


@pytest.mark.parametrize("dtype", ["str", "string", "object", "int64", "Int64", "category"])
def test_rows_in_order_are_told_from_others(dtype):
    """The simple way is pandas' index of several levels."""
    random = np.random.default_rng(3)
    seen = set()
    for _ in range(60):
        columns = [
            pd.Series(random.integers(0, 3, size), dtype="int64").pipe(as_dtype, dtype).array
            for size in [int(random.integers(1, 5))] * 2
        ]
        expected = bool(pd.MultiIndex.from_arrays(columns).is_monotonic_increasing)
        assert series._ascending(columns) == expected, columns
        seen.add(expected)
    assert seen == {True, False}
    if dtype != "int64":
        missing = pd.Series([None, 1]).pipe(as_dtype, dtype).array
        assert not series._ascending([missing]) and not series._ascending([missing[::-1]])


def as_dtype(column, dtype):
    if dtype == "category":  # of an order that is not that of the alphabet
        return column.astype(pd.CategoricalDtype([2, 0, 1], ordered=True))
    return (
        column.astype("Int64").astype("string").astype(dtype) if "nt" not in dtype else column.astype(dtype)
    )


def test_rows_are_in_the_order_of_names():
    guests = [("u1", "web"), ("u3", "app"), ("u2", "db"), ("u4", "db")]
    samples = [
        from_records(
            [(uuid, name, {"state.state": 1, "vcpu.1.time": t, "vcpu.0.time": t}) for uuid, name in guests],
            host=host, time=START + pd.Timedelta(seconds=t),
        )
        for t in (0, 10) for host in ("kvm8", "kvm7")
    ]  # fmt: skip
    found = rates(samples)
    assert found.domains["host"].tolist() == ["kvm7"] * 4 + ["kvm8"] * 4
    assert found.domains["domain"].tolist() == ["u3", "u2", "u4", "u1"] * 2
    assert found.vcpus["vcpu"].tolist() == [0, 1] * 8
    long = {name: pd.concat([one.frames[name] for one in samples]) for name in ("domains", "vcpus")}
    long = {name: frame.sort_values(["host", "domain", "time"]) for name, frame in long.items()}
    pd.testing.assert_frame_equal(rates(long).vcpus, found.vcpus)


@given(st.lists(st.integers(-5, 5) | st.integers(-(2**63), 2**63 - 1)))
def test_the_different_ones_of_some_times(values: list[int]) -> None:
    times = np.array(values, dtype=np.int64)
    assert series.distinct(times).tolist() == sorted(set(values))
    assert times.tolist() == values  # which stay as they are
