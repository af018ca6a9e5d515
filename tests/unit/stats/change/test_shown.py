"""A repr of rates: the last interval of each domain, however many rows there are."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.budget import examples
from virtsdk.stats import from_records, rates
from virtsdk.stats.change import shown

START = pd.Timestamp("2026-03-01 12:00", tz="UTC")
NS = 10**9


def sample(seconds, *guests, disks=2):
    records = []
    for number, uuid in enumerate(guests):
        values = {"state.state": 1, "vcpu.current": 2, "cpu.time": seconds * NS // 2}
        for disk in range(disks if number % 2 else 0):
            values |= {f"block.{disk}.name": f"vd{disk}", f"block.{disk}.rd.bytes": seconds * 1024}
        records.append((uuid, f"name of {uuid}", values))
    return from_records(records, host="kvm7", time=START + pd.Timedelta(seconds=seconds))


def test_each_domain_shows_its_last_interval():
    samples = [sample(0, "a", "b", "c"), sample(10, "a", "b", "c"), sample(20, "a", "b", disks=3)]
    lines = repr(rates(samples)).splitlines()
    assert lines[0] == "<Rates 3 domains, 5 intervals>"
    rows = [line.split("  ") for line in lines[2:]]
    assert [row[0] for row in rows] == ["name of a", "name of b", "name of c"]
    assert all("0.50 vCPUs" in line and "25.0 %" in line for line in lines[2:])
    assert [("KiB/s" in line) for line in lines] == [False, False, False, True, False]
    assert "2 KiB/s" in lines[3]


def test_the_first_are_shown_and_all_are_counted():
    guests = [f"g{number:03}" for number in range(50)]
    found = rates(sample(0, *guests), sample(10, *guests))
    for said in (repr(found), found._repr_html_()):
        assert "50 domains, 50 intervals" in said
        assert "and 30 more" in said
        assert "name of g019" in said
        assert "name of g020" not in said
    assert "50 domains" in repr(found.resample("1min"))


def test_interruptions_are_counted():
    samples = [sample(0, "a"), sample(10, "a"), sample(15, "a"), sample(99, "a")]
    assert repr(rates(samples)).startswith("<Rates 1 domain, 3 intervals, 0 resets, 1 gap>")
    assert repr(rates([sample(5, "a"), sample(7, "b")])) == "<Rates 0 domains, 0 intervals>"


@examples(30)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.integers(1, 12), st.sets(st.integers(0, 11)))
def test_runs_are_found_by_doubling_and_halving(sizes, limit, wanted):
    rows = [("kvm7", f"d{number}") for number, length in enumerate(sizes) for _ in range(length)]
    frame = pd.DataFrame(rows, columns=["host", "domain"], dtype="str")
    expected, at = [], 0
    for number, length in enumerate(sizes):
        if number in wanted:
            expected.append((("kvm7", f"d{number}"), at, at + length))
        at += length
    names = {("kvm7", f"d{number}") for number in wanted}
    assert list(shown._runs(frame, limit, names.__contains__)) == expected[:limit]


def test_a_domain_that_is_alone_on_two_hosts_is_two_runs():
    frame = pd.DataFrame({"host": ["a"] * 3 + ["b"] * 2, "domain": "d"})
    found = list(shown._runs(frame, 9, lambda _: True))
    assert found == [(("a", "d"), 0, 3), (("b", "d"), 3, 5)]


@pytest.mark.parametrize("column", ["host", "domain"])
def test_domains_are_told_apart_by_host_and_uuid(column):
    frame = pd.DataFrame({"host": "h", "domain": "d", "interrupted": None}, index=range(4))
    frame[column] = ["x", "x", "y", "z"]
    assert shown.counts_of(frame) == (3, 4, 0, 0)
