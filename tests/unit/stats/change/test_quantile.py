"""Figures over many intervals, weighed by what each stands for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.budget import examples
from virtsdk.stats import from_records, rates

START = pd.Timestamp("2026-03-01 12:00", tz="UTC")
NS = 10**9


def rated(steps, guests=("web1",), **options):
    """Rates of intervals of (seconds, CPU seconds, requests, seconds that these took together)."""
    samples, at, total = [], 0, np.zeros(3)
    for seconds, *grown in [(0, 0, 0, 0), *steps]:
        at += seconds
        total = total + grown
        cpu, requests, took = total.tolist()
        values = {"state.state": 1, "cpu.time": int(cpu * NS), "block.0.name": "vda",
                  "block.0.rd.reqs": int(requests), "block.0.rd.times": int(took * NS)}  # fmt: skip
        time = START + pd.Timedelta(seconds=at)
        samples.append(from_records([(name, name, values) for name in guests], host="kvm7", time=time))
    return rates(samples, **options)


def test_latency_weighs_by_requests():
    found = rated([(10, 0, 1, 1.0), (10, 0, 999, 0.999)]).quantile("read_latency_seconds", [0.5, 0.999, 1])
    row = found.iloc[0]
    assert row["mean"] == pytest.approx(1.999 / 1000)
    assert row["p50"] == row["p99.9"] == pytest.approx(0.001)
    assert row["p100"] == pytest.approx(1)
    assert row[["host", "name", "disk"]].tolist() == ["kvm7", "web1", "vda"]


def test_other_figures_weigh_by_time():
    found = rated([(10, 1, 0, 0), (30, 30, 0, 0)], interval=60).quantile("cpu_used_vcpus", [0.2, 0.25, 0.26])
    assert found["mean"].tolist() == [31 / 40]
    assert found[["p20", "p25", "p26"]].to_numpy().tolist() == [[0.1, 0.1, 1]]
    assert found["seconds"].tolist() == [40]


def test_each_series_has_its_row_and_what_is_not_known_weighs_nothing():
    found = rated([(10, 1, 0, 0), (90, 90, 0, 0), (10, 2, 0, 0)], guests=("web1", "app1"))
    cpu = found.quantile("cpu_used_vcpus")
    assert cpu["name"].tolist() == ["app1", "web1"]
    assert cpu["seconds"].tolist() == [20, 20]
    assert cpu["p95"].tolist() == [0.2, 0.2]
    assert found.quantile("read_latency_seconds")["p95"].isna().all()


@pytest.mark.parametrize(
    ("column", "q", "error", "message"),
    [
        ("latency", 0.5, ValueError, "column must be a figure .* not 'latency'"),
        ("name", 0.5, ValueError, "not 'name'"),
        ("cpu_used_vcpus", 95, ValueError, "q must be from 0 to 1"),
        ("cpu_used_vcpus", [], ValueError, "q must be from 0 to 1"),
        ("cpu_used_vcpus", "a", TypeError, "q must be a number"),
        ("cpu_used_vcpus", None, TypeError, "q must be a number"),
        ("cpu_used_vcpus", True, TypeError, "q must be a number"),
        (["cpu_used_vcpus"], 0.5, ValueError, "column must be a figure"),
    ],
)
def test_what_it_cannot_answer_is_named(column, q, error, message):
    with pytest.raises(error, match=message):
        rated([(10, 1, 0, 0)]).quantile(column, q)


@examples(8)
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=12), st.floats(0, 1))
def test_it_is_the_quantile_of_seconds_laid_side_by_side(steps, q):
    found = rated([(seconds, seconds * pace / 10, 0, 0) for seconds, pace in steps], interval=60)
    every = np.sort([pace / 10 for seconds, pace in steps for _ in range(seconds)])
    expected = every[max(int(np.ceil(q * len(every) - 1e-9)) - 1, 0)]
    name = f"p{100 * q:g}"
    assert found.quantile("cpu_used_vcpus", q)[name].tolist() == pytest.approx([expected])
