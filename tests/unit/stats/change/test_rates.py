"""`rates`: what happened a second, never negative, never out of thin air."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.budget import examples
from tests.unit.stats.records import DB, WEB, running
from virtsdk.stats import from_records, rates
from virtsdk.words import DomainState

START = pd.Timestamp("2026-03-01 12:00", tz="UTC")


def sample(seconds, *guests, host="kvm7", **values):
    """One sample; without guests, web1 with `values` over those of a running guest."""
    records = guests or [(WEB, "web1", running(**values))]
    return from_records(records, host=host, time=START + pd.Timedelta(seconds=seconds))


def only(frame):
    assert len(frame) == 1
    return frame.iloc[0]


def test_a_counter_becomes_so_much_a_second():
    a = sample(0, **{"cpu.time": 10**9, "block.0.rd.bytes": 1000, "net.0.rx.bytes": 50, "vcpu.0.time": 0})
    b = sample(
        4, **{"cpu.time": 7 * 10**9, "block.0.rd.bytes": 5000, "net.0.rx.bytes": 50, "vcpu.0.time": 10**9}
    )
    found = rates(a, b)
    domain = only(found.domains)
    assert (domain["seconds"], domain["cpu_used_vcpus"], domain["cpu_percent"]) == (4, 1.5, 75)
    assert domain["time"] == START + pd.Timedelta("4s")
    assert domain["interrupted"] is np.nan
    assert (domain["vcpus"], domain["memory_bytes"]) == (2, 4 * 2**30)
    disk = only(found.disks)
    assert (disk["disk"], disk["read_bytes_per_second"]) == ("vda", 1000)
    assert only(found.nics)["rx_bytes_per_second"] == 0
    assert found.vcpus.set_index("vcpu").loc[0, "busy_percent"] == 25


def test_the_order_of_two_samples_does_not_matter():
    a, b = sample(0, **{"cpu.time": 0}), sample(4, **{"cpu.time": 10**9})
    pd.testing.assert_frame_equal(rates(a, b).domains, rates(b, a).domains)


def test_latency_is_time_per_completed_request():
    a = sample(0, **{"block.0.rd.reqs": 10, "block.0.rd.times": 10**9})
    b = sample(4, **{"block.0.rd.reqs": 20, "block.0.rd.times": 2 * 10**9})
    disk = only(rates(a, b).disks)
    assert disk["read_latency_seconds"] == pytest.approx(0.1)
    assert pd.isna(disk["write_latency_seconds"])


def test_steal_is_missing_where_the_host_does_not_count_it():
    a, b = sample(0, **{"vcpu.0.delay": 0}), sample(4, **{"vcpu.0.delay": 0})
    assert rates(a, b).vcpus["steal_percent"].isna().all()
    c = sample(4, **{"vcpu.0.delay": 10**9})
    assert rates(a, c).vcpus.set_index("vcpu").loc[0, "steal_percent"] == 25


def test_a_restarted_domain_has_no_rates_in_any_frame():
    a = sample(0, **{"cpu.time": 100 * 10**9, "block.0.rd.bytes": 10, "net.0.rx.bytes": 10})
    b = sample(4, **{"cpu.time": 1 * 10**9, "block.0.rd.bytes": 5000, "net.0.rx.bytes": 9000})
    found = rates(a, b)
    for frame in (found.domains, found.disks, found.nics, found.vcpus):
        assert (frame["interrupted"] == "reset").all()
        assert frame.filter(like="_per_second").isna().all(axis=None)
    assert pd.isna(only(found.domains)["cpu_used_vcpus"])


def test_a_domain_that_was_off_in_between_starts_a_new_series():
    off = sample(4, (WEB, "web1", {"state.state": 5, "state.reason": 1}))
    samples = [sample(0, **{"cpu.time": 10**9}), off, sample(8, **{"cpu.time": 5 * 10**9}),
               sample(12, **{"cpu.time": 7 * 10**9})]  # fmt: skip
    found = rates(samples).domains
    assert found["cpu_used_vcpus"].tolist() == [pd.NA, pd.NA, 0.5]
    assert found["interrupted"].tolist()[:2] == ["reset", "reset"]


@pytest.mark.parametrize("number", range(8))
def test_what_comes_after_a_state_without_a_process_is_a_reset(number):
    between = sample(4, **{"cpu.time": 4 * 10**9, "state.state": number, "state.reason": 0})
    samples = [sample(0, **{"cpu.time": 0}), between, sample(8, **{"cpu.time": 8 * 10**9})]
    gone = DomainState.of(number) in ("nostate", "shutoff", "crashed")
    assert rates(samples).domains["interrupted"].eq("reset").tolist() == [gone, gone]


def test_a_reboot_of_the_guest_resets_its_own_counters_only():
    a = sample(0, **{"balloon.swap_in": 100, "balloon.major_fault": 5, "cpu.time": 10**9})
    b = sample(4, **{"balloon.swap_in": 1, "balloon.major_fault": 50, "cpu.time": 5 * 10**9})
    found = only(rates(a, b).domains)
    assert pd.isna(found["memory_swap_in_bytes_per_second"])
    assert pd.isna(found["memory_major_faults_per_second"])
    assert found["cpu_used_vcpus"] == 1
    assert pd.isna(found["interrupted"])


def test_a_nic_that_was_plugged_anew_resets_all_of_its_counters_and_nothing_else():
    a = sample(0, **{"net.0.rx.bytes": 100, "net.0.rx.pkts": 5, "cpu.time": 0})
    b = sample(4, **{"net.0.rx.bytes": 1, "net.0.rx.pkts": 50, "cpu.time": 4 * 10**9})
    found = rates(a, b)
    assert only(found.nics).filter(like="_per_second").isna().all()
    assert only(found.domains)["cpu_used_vcpus"] == 1


def test_a_gap_is_a_gap_and_what_follows_goes_on():
    moments = [0, 10, 20, 60, 70]
    found = rates([sample(t, **{"cpu.time": t * 10**9}) for t in moments]).domains
    assert found["interrupted"].fillna("").tolist() == ["", "", "gap", ""]
    assert found["cpu_used_vcpus"].tolist() == [1, 1, pd.NA, 1]
    given_interval = rates([sample(t, **{"cpu.time": t * 10**9}) for t in moments], interval="20s").domains
    assert given_interval["cpu_used_vcpus"].tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("apart", [20.0, 25.0, 25.001, 34.0])
def test_what_is_further_apart_than_two_and_a_half_intervals_is_a_gap(apart):
    found = rates([sample(0), sample(10), sample(10 + apart)], interval="10s").domains
    assert found["interrupted"].eq("gap").tolist() == [False, apart > 25]


def test_hosts_that_are_sampled_one_after_the_other_do_not_make_gaps_of_each_other():
    moments = [(host, t + late) for t in (0, 10, 20) for host, late in (("kvm1", 0), ("kvm2", 0.003))]
    found = rates([sample(t, host=host, **{"cpu.time": int(t * 10**9)}) for host, t in moments]).domains
    assert found["interrupted"].isna().all()
    assert found["cpu_used_vcpus"].tolist() == pytest.approx([1, 1, 1, 1])


def test_a_counter_that_is_missing_gives_a_missing_rate():
    a = sample(0, (WEB, "web1", {"state.state": 1, "cpu.time": 0}))
    b = sample(4, (WEB, "web1", {"state.state": 1}))
    found = only(rates(a, b).domains)
    assert pd.isna(found["cpu_used_vcpus"])
    assert pd.isna(found["interrupted"])


def test_backing_images_are_not_taken_for_the_disk():
    values = {"block.1.name": "vda", "block.1.backingIndex": 7, "block.1.capacity": 5}
    a, b = sample(0, **values | {"block.0.rd.bytes": 0}), sample(4, **values | {"block.0.rd.bytes": 400})
    assert only(rates(a, b).disks)["read_bytes_per_second"] == 100


def test_a_domain_on_two_hosts_is_two_series():
    samples = [
        sample(0, host="kvm1", **{"cpu.time": 50 * 10**9}),
        sample(4, host="kvm2", **{"cpu.time": 1 * 10**9}),
        sample(8, host="kvm2", **{"cpu.time": 5 * 10**9}),
    ]
    found = rates(samples).domains
    assert found["host"].tolist() == ["kvm2"]
    assert found["cpu_used_vcpus"].tolist() == [1]


def test_frames_do_as_well_as_samples():
    samples = [sample(t, **{"cpu.time": t * 10**9}) for t in (0, 10, 20)]
    long = {
        name: pd.concat([one.frames[name] for one in samples]).sample(frac=1, random_state=1)
        for name in ("domains", "disks")
    }
    found = rates(long)
    pd.testing.assert_frame_equal(found.domains, rates(samples).domains)
    pd.testing.assert_frame_equal(found.disks, rates(samples).disks)
    assert found.nics.empty


def test_frames_with_few_columns_give_what_can_be_known():
    time = pd.DatetimeIndex(["2026-03-01 12:00:00", "2026-03-01 12:00:10"], tz="UTC")
    keys = {"host": "kvm7", "domain": "u1", "name": "web1", "time": time}
    domains = pd.DataFrame({**keys, "state": "running", "cpu_time_seconds_total": [1.0, 5.0]})
    vcpus = pd.DataFrame({**keys, "vcpu": 0, "time_seconds_total": [1.0, 5.0]})
    disks = pd.DataFrame({**keys, "disk": "vda", "write_bytes_total": [0, 40]})
    found = rates({"domains": domains, "vcpus": vcpus, "disks": disks})
    assert found.vcpus["busy_percent"].tolist() == [40]
    assert found.vcpus["steal_percent"].isna().all()
    assert found.disks["write_bytes_per_second"].tolist() == [4]
    assert found.disks["write_latency_seconds"].isna().all()
    assert found.usage()["cpu_used_vcpus"].tolist() == [0.4]
    assert found.usage()["memory_bytes"].isna().all()
    assert "4 bytes/s" in repr(found)


@pytest.mark.parametrize(("frame", "column"), [("domains", "state"), ("domains", "time"), ("disks", "disk")])
def test_a_frame_without_its_keys_is_named(frame, column):
    frames = dict(sample(0).frames)
    frames[frame] = frames[frame].drop(columns=column)
    with pytest.raises(ValueError, match=f"frame '{frame}' lacks {column}"):
        rates(frames)


def test_usage_is_what_capacity_takes():
    a, b = sample(0, **{"cpu.time": 0}), sample(4, **{"cpu.time": 2 * 10**9})
    usage = rates(a, b).usage()
    assert usage.columns.tolist() == [
        "host", "domain", "name", "time", "vcpus", "cpu_used_vcpus", "memory_bytes", "memory_used_bytes",
        "net_rx_bytes_per_second", "net_tx_bytes_per_second", "disk_bytes_per_second",
        "vcpu_delay_seconds_per_second", "swap_in_bytes_per_second", "agent_seen", "seconds", "state",
        "interrupted",
    ]  # fmt: skip
    assert usage["cpu_used_vcpus"].tolist() == [0.5]


@pytest.mark.parametrize("given", [[], [sample(0)], sample(0), [sample(0), sample(0)]])
def test_one_point_in_time_is_not_enough(given):
    with pytest.raises(ValueError, match="two points in time"):
        rates(given)


def test_what_is_not_a_sample_is_named():
    with pytest.raises(TypeError, match="sample 1 must be Stats, not str"):
        rates([sample(0), "kvm7"])
    with pytest.raises(ValueError, match="'domains'"):
        rates({"disks": pd.DataFrame()})
    with pytest.raises(ValueError, match="above 0"):
        rates(sample(0), sample(1), interval=0)


def test_it_shows_the_last_interval():
    a, b = sample(0, **{"cpu.time": 0}), sample(4, **{"cpu.time": 2 * 10**9, "block.0.rd.bytes": 200 * 2**20})
    found = rates(a, b)
    for shown in (repr(found), found._repr_html_()):
        for word in ("web1", "0.50 vCPUs", "25.0 %", "1 interval"):
            assert word in shown
    assert "<script" not in found._repr_html_()


steps = st.lists(
    st.tuples(st.integers(1, 30), st.integers(0, 10**12), st.booleans()), min_size=2, max_size=15
)


@examples(12)
@given(steps, st.integers(0, 2**32 - 1))
def test_totals_are_conserved_no_rate_is_negative_and_order_does_not_matter(walk, seed):
    rows, clock, counter, expected = [], 0, 0.0, 0.0
    for number, (seconds, grown, restart) in enumerate(walk):
        clock += seconds
        before = counter
        counter = 0.0 if restart else counter + grown
        expected += 0 if number == 0 or counter < before else counter - before
        time = START + pd.Timedelta(seconds=clock)
        for uuid, value in ((WEB, counter), (DB, float(clock))):
            rows.append({"host": "kvm7", "domain": uuid, "name": uuid[-1], "time": time, "state": "running",
                         "vcpus": 2**40, "cpu_time_seconds_total": value})  # fmt: skip
    frame = pd.DataFrame(rows)
    found = rates({"domains": frame}, interval=60).domains
    assert (found["cpu_used_vcpus"].dropna() >= 0).all()
    web = found[found["domain"] == WEB]
    assert (web["cpu_used_vcpus"] * web["seconds"]).sum() == pytest.approx(expected, rel=1e-9, abs=1e-9)
    shuffled = frame.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(found, rates({"domains": shuffled}, interval=60).domains)


def test_a_tick_back_in_another_counter_is_of_that_counter_alone():
    used = {"cpu.time": 100 * 10**9, "cpu.user": 60 * 10**9, "block.0.rd.bytes": 1000}
    later = {"cpu.time": 104 * 10**9, "cpu.user": 60 * 10**9 - 1, "block.0.rd.bytes": 5000}
    found = rates(sample(0, **used), sample(4, **later))
    domain, disk = only(found.domains), only(found.disks)
    assert domain["cpu_used_vcpus"] == 1
    assert pd.isna(domain["cpu_user_seconds_per_second"])
    assert pd.isna(domain["interrupted"])
    assert disk["read_bytes_per_second"] == 1000


def test_the_number_of_a_run_decides_whether_a_domain_was_started_anew():
    grown = [{"cpu.time": 10**9, "domain.id": 3}, {"cpu.time": 5 * 10**9, "domain.id": 4}]
    shrunk = [{"cpu.time": 5 * 10**9, "domain.id": 3}, {"cpu.time": 10**9, "domain.id": 3}]
    for values, interrupted in ((grown, "reset"), (shrunk, None)):
        found = only(rates(sample(0, **values[0]), sample(4, **values[1])).domains)
        assert found["interrupted"] == interrupted or (pd.isna(found["interrupted"]) and interrupted is None)
        assert pd.isna(found["cpu_used_vcpus"])


def test_each_host_has_its_own_interval():
    def host(name, step):
        return [sample(t, host=name, **{"cpu.time": t * 10**9}) for t in range(0, 301, step)]

    found = rates([*host("kvm7", 10), *host("kvm8", 60)]).domains
    assert found["interrupted"].isna().all()
    assert (found["cpu_used_vcpus"] == 1).all()
    lost = {START + pd.Timedelta(seconds=t) for t in (50, 60)}
    late = [one for one in host("kvm7", 10) if one.time not in lost]
    assert rates([*late, *host("kvm8", 60)]).domains.groupby("host")["interrupted"].count().tolist() == [1, 0]


def test_a_guest_that_is_off_is_off_and_not_reset():
    off = {"state.state": 5, "state.reason": 1}
    moments = [(0, {}), (10, off), (20, off), (30, off), (40, {"cpu.time": 10**9})]
    found = rates([sample(t, **{"cpu.time": t, **values}) for t, values in moments])
    assert found.domains["interrupted"].tolist() == ["reset", "off", "off", "reset"]
    assert found.domains["cpu_used_vcpus"].tolist() == [pd.NA, 0, 0, pd.NA]
    assert "2 resets" in repr(found)
    usage = found.resample("10s").usage()
    assert usage[["seconds", "interrupted", "state"]].to_numpy().tolist() == [[10, "off", "shutoff"]] * 2


@pytest.mark.parametrize(
    ("path", "another"),
    [
        ("/img/b.qcow2", True),
        ("/other/a.qcow2", True),
        ("/img/a.before-upgrade", False),
        ("/img/a.qcow2", False),
    ],
)
def test_another_file_under_a_disks_name_is_another_disk(path, another):
    a = sample(0, **{"block.0.path": "/img/a.qcow2", "block.0.rd.bytes": 100})
    b = sample(4, **{"block.0.path": path, "block.0.rd.bytes": 500})
    found = only(rates(a, b).disks)
    assert (found["interrupted"] == "reset") == another
    assert pd.isna(found["read_bytes_per_second"]) == another


def test_steal_is_zero_where_the_kernel_counts_delay_though_there_was_none_now():
    quiet = {"vcpu.0.time": 10**9, "vcpu.0.delay": 35 * 10**8, "vcpu.2.time": 0, "vcpu.2.delay": 0}
    found = rates(sample(0, **quiet), sample(4, **{**quiet, "vcpu.0.time": 2 * 10**9})).vcpus
    assert found["steal_percent"].tolist() == [0, 0]
    never = dict.fromkeys(["vcpu.0.delay", "vcpu.2.delay"], 0)
    assert rates(sample(0, **quiet | never), sample(4, **quiet | never)).vcpus["steal_percent"].isna().all()
    assert "delay_seconds_total" not in found.columns


def test_a_frame_with_a_slip_in_its_name_is_named():
    frames = rates_frames()
    with pytest.raises(ValueError, match="unknown frame 'disk'; did you mean 'disks'"):
        rates({"domains": frames["domains"], "disk": frames["disks"]})


def rates_frames():
    both = [sample(t, **{"cpu.time": t}) for t in (0, 4)]
    return {name: pd.concat([one.frames[name] for one in both]) for name in ("domains", "disks")}


def test_resampling_weighs_by_time_and_divides_at_the_edges():
    moments = {0: 0, 10: 10, 40: 10, 70: 40, 130: 100}
    found = rates([sample(t, **{"cpu.time": n * 10**9}) for t, n in moments.items()], interval=60)
    minutes = found.resample("1min").domains
    assert [time.strftime("%H:%M") for time in minutes["time"]] == ["12:00", "12:01", "12:02"]
    assert minutes["seconds"].tolist() == [60, 60, 10]
    assert minutes["cpu_used_vcpus"].tolist() == [(10 + 0 + 20) / 60, 1, 1]
    assert minutes["vcpus"].tolist() == [2, 2, 2]


def test_resampling_leaves_out_what_was_interrupted():
    moments = [(0, 0), (10, 10), (20, 1), (30, 11)]
    found = rates([sample(t, **{"cpu.time": n * 10**9}) for t, n in moments])
    one = only(found.resample("1min").domains)
    assert (one["seconds"], one["cpu_used_vcpus"]) == (20, 1)
    assert pd.isna(one["interrupted"])


@pytest.mark.parametrize("every", ["0s", "-1min"])
def test_resampling_needs_a_length(every):
    with pytest.raises(ValueError, match="above 0"):
        rates(sample(0), sample(4)).resample(every)


@examples(12)
@given(steps, st.integers(1, 500))
def test_resampling_conserves_totals(walk, every):
    clock, counter, rows = 0, 0.0, []
    for seconds, grown, restart in walk:
        clock += seconds
        counter = 0.0 if restart else counter + grown
        time = START + pd.Timedelta(seconds=clock)
        rows.append({"host": "kvm7", "domain": WEB, "name": "web1", "time": time, "state": "running",
                     "vcpus": 1, "cpu_time_seconds_total": counter})  # fmt: skip
    found = rates({"domains": pd.DataFrame(rows)}, interval=60)
    coarse = found.resample(f"{every}s")

    def totals(frame):
        kept = frame[frame["interrupted"].isna()]
        return (kept["cpu_used_vcpus"] * kept["seconds"]).sum(), kept["seconds"].sum()

    assert totals(coarse.domains) == pytest.approx(totals(found.domains), rel=1e-9, abs=1e-9)
    longest = found.domains["seconds"].max()
    most = every if longest <= every else every + longest  # one that is longer than a bin is not divided
    assert (coarse.domains["seconds"] <= most * (1 + 1e-9)).all()
    assert coarse.domains["time"].is_unique


def test_another_run_of_the_domain_is_a_restart_even_where_every_counter_grew():
    a, b = sample(0, **{"cpu.time": 0, "domain.id": 3}), sample(4, **{"cpu.time": 10**9, "domain.id": 4})
    found = rates(a, b)
    for frame in (found.domains, found.disks, found.nics):
        assert (frame["interrupted"] == "reset").all()
    same = rates(a, sample(4, **{"cpu.time": 10**9, "domain.id": 3}))
    assert only(same.domains)["cpu_used_vcpus"] == 0.25
