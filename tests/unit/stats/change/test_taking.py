"""The order of samples, clocks that are set, and who is not in a sample."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.unit.stats.records import DB, WEB
from virtsdk.stats import from_records, node_rates, rates
from virtsdk.stats.samples.node import node_frames
from virtsdk.stats.samples.times import Clock

START = pd.Timestamp("2026-03-01 12:00", tz="UTC")
NS = 10**9


def guest(cpu, uuid=WEB, name="web1", **values):
    return uuid, name, {"state.state": 1, "vcpu.current": 2, "cpu.time": int(cpu * NS), **values}


def sample(seconds, *guests, read=None, clock="a", **more):
    """A sample; `read` is what the clock that is never set said."""
    given = None if read is None else Clock(clock, float(read))
    time = START + pd.Timedelta(seconds=seconds)
    return from_records(guests, host="kvm7", time=time, clock=given, **more)


def told(frame):
    return frame["interrupted"].fillna("").tolist()


def steps(moments, pace=0.2, **more):
    """Samples every 10 s of a guest that uses `pace` vCPUs, whatever their times say."""
    return [sample(time, guest(pace * 10 * n), **more) for n, time in enumerate(moments)]


# --- absent ------------------------------------------------------------------------------------------------


def test_a_guest_that_a_sample_of_its_host_lacks_has_no_rate_across_it():
    samples = [sample(t, *([guest(t)] if t != 10 else []), guest(t, DB, "db1")) for t in (0, 10, 20, 30)]
    found = rates(samples).domains
    assert told(found[found["name"] == "web1"]) == ["gap", ""]
    assert told(found[found["name"] == "db1"]) == ["", "", ""]
    assert found["cpu_used_vcpus"].isna().sum() == 1


def test_where_it_is_known_to_be_another_run_it_is_a_reset():
    def run(t, number):
        return guest(t, **{"domain.id": number, "net.0.name": "vnet0", "net.0.rx.bytes": t})

    found = rates([sample(0, run(0, 3)), sample(10), sample(20, run(5, 4)), sample(30, run(6, 4))])
    assert told(found.domains) == told(found.nics) == ["reset", ""]


def test_the_only_guest_of_a_host_may_be_absent():
    found = rates([sample(0, guest(0)), sample(10), sample(20, guest(5)), sample(30, guest(6))])
    assert told(found.domains) == ["gap", ""]


def test_its_parts_end_with_it():
    def both(t):
        return guest(t, **{"vcpu.0.time": t * NS, "net.0.name": "vnet0", "net.0.rx.bytes": t})

    found = rates([sample(0, both(0)), sample(10), sample(20, both(5))])
    assert told(found.vcpus) == told(found.nics) == ["gap"]


def test_a_sample_of_some_domains_says_nothing_of_the_others():
    samples = [sample(0, guest(0)), sample(10, guest(1, DB, "db1"), complete=False), sample(20, guest(5))]
    found = rates(samples, interval=10).domains
    assert found["cpu_used_vcpus"].tolist() == [0.25]


def test_domains_that_were_sampled_one_by_one_have_rates():
    samples = [
        sample(t + late, guest(t, uuid, name), complete=False)
        for t in (0, 10, 20)
        for late, uuid, name in ((0, WEB, "web1"), (0.1, DB, "db1"))
    ]
    assert rates(samples).domains["cpu_used_vcpus"].tolist() == [1, 1, 1, 1]
    frame = pd.concat([one.domains for one in samples])
    assert rates({"domains": frame}).domains["cpu_used_vcpus"].tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("part", ["vcpu", "disk"])
def test_a_part_that_its_domain_lacks_in_between_is_another_one(part):
    def with_parts(t, *numbers):
        values = {f"vcpu.{n}.time": t * NS // 2 for n in numbers if part == "vcpu"}
        for n in numbers if part == "disk" else ():
            values |= {f"block.{n}.name": f"vd{n}", f"block.{n}.rd.bytes": t}
        return guest(t, **values)

    samples = [
        sample(0, with_parts(0, 0, 1)),
        sample(10, with_parts(10, 0)),
        sample(20, with_parts(20, 0, 1)),
    ]
    found = rates(samples).vcpus if part == "vcpu" else rates(samples).disks
    assert told(found) == ["", "", "gap"]


def test_a_lone_disk_that_was_unplugged_in_between_is_another_one():
    def disk(t, count=1):
        values = {"block.0.name": "vda", "block.0.rd.bytes": t} if count else {}
        return guest(t, **{"block.count": count, **values})

    assert told(rates([sample(0, disk(0)), sample(10, disk(1, 0)), sample(20, disk(2))]).disks) == ["gap"]


# --- clocks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["in order", "the other way round"])
def test_the_clock_that_is_never_set_decides_about_the_order(given):
    moments = [0, 10, 20, 13, 23, 33]
    samples = [sample(t, guest(2 * n), read=100 + 10 * n) for n, t in enumerate(moments)]
    found = rates(samples if given == "in order" else samples[::-1]).domains
    assert told(found) == ["", "gap", "", "", ""]
    assert found["cpu_used_vcpus"].dropna().tolist() == pytest.approx([0.2] * 4)
    assert found["time"].is_monotonic_increasing
    assert (found["seconds"].dropna() == 10).all()


def test_an_interval_in_which_the_clock_was_set_forward_is_a_gap():
    samples = [sample(t, guest(2 * n), read=10 * n) for n, t in enumerate([0, 10, 23, 33])]
    assert told(rates(samples).domains) == ["", "gap", ""]


def test_two_samples_of_one_time_are_two_where_the_clock_was_set_in_between():
    samples = [sample(t, guest(2 * n), read=10 * n) for n, t in enumerate([0, 10, 10, 20])]
    found = rates(samples).domains
    assert told(found) == ["", "gap", ""]
    assert found["cpu_used_vcpus"].dropna().tolist() == pytest.approx([0.2] * 2)
    pd.testing.assert_frame_equal(rates([*samples, samples[1]]).domains, found)


def test_clocks_that_drift_a_little_are_not_set():
    samples = [sample(10.02 * n, guest(2 * n), read=10 * n) for n in range(4)]
    assert told(rates(samples).domains) == [""] * 3


def test_where_no_clock_tells_the_order_in_which_cpu_times_grow_is_that_of_taking():
    found = rates(steps([0, 10, 20, 13, 23, 33])).domains
    assert told(found) == ["", "gap", "", "", ""]
    assert found["cpu_used_vcpus"].dropna().tolist() == pytest.approx([0.2] * 4)
    same = steps([0, 10, 20, 10, 20, 30])  # set back to a time that was there
    assert rates(same).usage()["cpu_used_vcpus"].dropna().tolist() == pytest.approx([0.2] * 4)
    assert rates(same).resample("1min").usage()["seconds"].tolist() == [40]


def test_samples_may_be_given_in_any_order():
    samples = steps([0, 10, 20, 30])
    shuffled = [samples[place] for place in (2, 0, 3, 1)]
    pd.testing.assert_frame_equal(rates(shuffled).domains, rates(samples).domains)


def test_two_who_sample_a_host_do_not_make_steps_of_each_other():
    samples = [sample(t, guest(t / 10), read=t + off, clock=name)
               for t, name, off in ((0, "a", 5), (4, "b", 900), (10, "a", 5), (14, "b", 900))]  # fmt: skip
    found = rates(samples[::2] + samples[1::2]).domains
    assert told(found) == ["", "", ""]
    assert found["seconds"].tolist() == [4, 6, 4]


def test_frames_of_ones_own_may_have_the_clock():
    samples = steps([0, 10, 20, 13, 23, 33])
    frame = pd.concat([one.domains.assign(clock_seconds=10.0 * n) for n, one in enumerate(samples)])
    vcpus = [(WEB, {"vcpu.0.time": 2 * n * NS, "vcpu.0.state": 1}) for n in range(6)]
    parts = pd.concat([from_records([(one, "web1", values)], host="kvm7", time=s.time).vcpus
                       for s, (one, values) in zip(samples, vcpus, strict=True)])  # fmt: skip
    found = rates({"domains": frame.sample(frac=1, random_state=3), "vcpus": parts})
    assert told(found.domains) == told(found.vcpus) == ["", "gap", "", "", ""]
    assert found.vcpus["busy_percent"].dropna().tolist() == pytest.approx([20] * 4)


def test_rates_of_nodes_go_by_it_too():
    def node(seconds, n):
        spent = {"kernel": n * NS, "user": n * NS, "idle": 8 * n * NS, "iowait": 0}
        time = START + pd.Timedelta(seconds=seconds)
        frames = {"node.total": [spent], "node.cpus": [{"cpu": 0, **spent}]}
        return node_frames(frames, host="kvm7", time=time, clock=Clock("a", 10.0 * n))

    found = node_rates([node(t, n) for n, t in enumerate([0, 10, 20, 13, 23])])
    assert told(found.total) == told(found.cpus) == ["", "gap", "", ""]
    assert found.total["busy_percent"].dropna().tolist() == pytest.approx([20] * 3)
