"""Samples of several hosts as one."""

from __future__ import annotations

import pickle

import pandas as pd
import pytest

from virtsdk.stats import FleetNodeStats, FleetStats, Stats, from_records, node_rates, rates
from virtsdk.stats.samples.node import node_frames
from virtsdk.stats.samples.times import Clock

START = pd.Timestamp("2026-03-01 12:00", tz="UTC")


def sample(host: str, cpu: int, seconds: float, *, clock: float | None = None, uuid: str = "u1") -> Stats:
    """One guest of one UUID on each host, as two clones of a machine have it."""
    return from_records(
        [
            (
                uuid,
                "web1",
                {"state.state": 1, "cpu.time": cpu * 10**9, "block.count": 1, "block.0.name": "vda"},
            )
        ],
        host=host,
        time=START + pd.Timedelta(seconds=seconds),
        clock=None if clock is None else Clock("boot", clock),
    )


def both(cpus: tuple[int, int], seconds: tuple[float, float]) -> FleetStats:
    hosts = zip(("kvm8", "kvm7"), cpus, seconds, strict=True)
    return FleetStats({host: sample(host, cpu, at, clock=100 + at) for host, cpu, at in hosts})


def test_frames_are_those_of_the_hosts_below_each_other() -> None:
    stats = both((1, 2), (0, 3))
    for name, frame in stats.frames.items():
        parts = [one.frames[name] for one in stats.samples.values()]
        assert list(frame.columns) == list(parts[0].columns)
        assert frame.dtypes.equals(parts[0].dtypes), name
        assert len(frame) == sum(map(len, parts))
    assert stats.domains["host"].tolist() == ["kvm8", "kvm7"]
    assert stats.disks["host"].tolist() == ["kvm8", "kvm7"]
    assert stats.domains["time"].tolist() == [START, START + pd.Timedelta("3s")]
    assert stats.time == START + pd.Timedelta("3s")
    assert stats.host == "2 hosts"
    assert stats.complete


def test_rates_compare_each_host_with_itself() -> None:
    found = rates(both((0, 100), (0, 0)), both((2, 108), (4, 8))).domains
    assert found[["host", "seconds", "cpu_used_vcpus"]].to_dict("records") == [
        {"host": "kvm7", "seconds": 8.0, "cpu_used_vcpus": 1.0},
        {"host": "kvm8", "seconds": 4.0, "cpu_used_vcpus": 0.5},
    ]
    assert found["interrupted"].isna().all()


def test_rates_know_each_hosts_own_clock() -> None:
    later = both((2, 108), (4, 4))
    put_on = FleetStats(later.samples | {"kvm7": sample("kvm7", 108, 1000, clock=104)})
    found = rates(both((0, 100), (0, 0)), put_on).domains.set_index("host")
    assert found["interrupted"]["kvm7"] == "gap"
    assert found["cpu_used_vcpus"]["kvm8"] == 0.5


def test_a_host_that_did_not_answer_has_no_row_and_then_a_longer_interval() -> None:
    samples = [both((0, 0), (0, 0)), FleetStats({"kvm8": sample("kvm8", 1, 2)}), both((2, 2), (4, 4))]
    found = rates(samples, interval=2).domains
    assert found.groupby("host")["seconds"].apply(list).to_dict() == {"kvm7": [4.0], "kvm8": [2.0, 2.0]}


def test_of_no_host_there_are_empty_frames_of_the_same_columns() -> None:
    none, one = FleetStats({}), both((0, 0), (0, 0))
    for name, frame in none.frames.items():
        assert frame.empty
        assert list(frame.columns) == list(one.frames[name].columns)
    assert none.host == "0 hosts"
    assert "0 domains" in repr(none)
    with pytest.raises(ValueError, match="at least two points in time, got no samples"):
        rates(none)


def test_one_point_in_time_of_each_of_two_hosts_are_not_two() -> None:
    here, there = (FleetStats({name: sample(name, at, 1)}) for name, at in (("kvm7", 0), ("kvm8", 2)))
    with pytest.raises(ValueError, match="of a host, got one of kvm7, kvm8: give two samples of it"):
        rates(here, there)


def test_it_shows_the_host_of_each_guest_and_can_be_sent() -> None:
    stats = both((0, 0), (0, 0))
    assert "2 hosts" in repr(stats)
    assert "kvm8" in repr(stats)
    assert "kvm7" in stats._repr_html_()
    assert pickle.loads(pickle.dumps(stats)).domains.equals(stats.domains)
    many = FleetStats({f"kvm{n}": sample(f"kvm{n}", 0, 0) for n in range(50)})
    assert "and 30 more" in repr(many)


def test_nodes() -> None:
    def nodes(at: float) -> FleetNodeStats:
        figures = {"node.total": [{"idle": int(at * 10**9), "kernel": 0}], "node.cpus": [{"cpu": 0}]}
        time = START + pd.Timedelta(seconds=at)
        return FleetNodeStats({one: node_frames(figures, host=one, time=time) for one in ("kvm8", "kvm7")})

    assert nodes(0).total["host"].tolist() == ["kvm8", "kvm7"]
    assert "2 hosts" in repr(nodes(0))
    assert "2 CPUs" in nodes(0)._repr_html_()
    assert node_rates(nodes(0), nodes(4)).total["host"].tolist() == ["kvm7", "kvm8"]
    assert FleetNodeStats({}).total.empty
    assert list(nodes(0).samples) == ["kvm8", "kvm7"]


def test_guests_of_several_hosts_are_told_apart_where_they_are_in_one_frame():
    def of(host):
        return from_records([("u1", "web1", {"state.state": 1})], host=host)

    both = FleetStats({"kvm7": of("kvm7"), "kvm8": of("kvm8")})
    one_frame = Stats(both.given, host="2 hosts", time=both.time)
    for stats in (both, one_frame):
        assert '<th scope="row">kvm8</th><td class="few">web1</td>' in stats._repr_html_()
        assert repr(stats).splitlines()[1].split()[:2] == ["host", "name"]
    assert repr(of("kvm7")).splitlines()[1].split()[0] == "name"
