"""No more CPU time than there was."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.unit.stats.records import WEB
from virtsdk.stats import from_records, rates
from virtsdk.stats.samples.times import Clock

START = pd.Timestamp("2026-03-01 12:00", tz="UTC")
NS = 10**9


def found(cpu, vcpu=None, *, vcpus=(2, 2), read=None, seconds=10):
    """Rates of one guest that used so much CPU time in 10 s, and so much on its vCPU 0."""
    samples = []
    for n in range(2):
        values = {"state.state": 1, "vcpu.current": vcpus[n], "cpu.time": int(n * cpu * NS)}
        if vcpu is not None:
            values["vcpu.0.time"] = int(n * vcpu * NS)
        clock = None if read is None else Clock("a", float(n * read))
        time = START + pd.Timedelta(seconds=n * seconds)
        samples.append(from_records([(WEB, "web1", values)], host="kvm7", time=time, clock=clock))
    return rates(*samples)


@pytest.mark.parametrize(
    ("cpu", "vcpus", "possible"),
    [(20, (2, 2), True), (20.1, (2, 2), True), (21, (2, 2), False), (39, (2, 4), True), (39, (4, 2), True)],
)
def test_vcpus_allow_so_much(cpu, vcpus, possible):
    domains = found(cpu, vcpus=vcpus).domains
    assert domains["cpu_used_vcpus"].notna().tolist() == [possible]
    assert (domains["interrupted"] == "gap").tolist() == [not possible]


@pytest.mark.parametrize(("vcpu", "possible"), [(9.9, True), (11, False)])
def test_what_was_measured_of_the_emulator_comes_on_top(vcpu, possible):
    rated = found(35, vcpu)
    assert rated.domains["cpu_used_vcpus"].notna().tolist() == [possible]
    assert rated.vcpus["busy_percent"].notna().tolist() == [possible]


def test_where_a_clock_vouches_for_the_time_a_container_may_use_more_than_its_vcpus():
    assert found(35, read=10).domains["cpu_used_vcpus"].tolist() == [3.5]


def test_without_a_number_of_vcpus_there_is_no_limit():
    samples = [from_records([(WEB, "web1", {"cpu.time": n * 99 * NS})], host="kvm7",
                            time=START + pd.Timedelta(seconds=10 * n)) for n in range(2)]  # fmt: skip
    assert rates(samples).domains["cpu_used_vcpus"].tolist() == [9.9]
