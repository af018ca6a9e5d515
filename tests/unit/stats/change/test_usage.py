"""What capacity takes of rates: sums over a guest's nics, disks and vCPUs, missing where one is unknown."""

from __future__ import annotations

import pickle
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from virtsdk.stats import from_records, rates
from virtsdk.stats.change.usage import with_sums

START = pd.Timestamp("2026-03-01 12:00", tz="UTC")
NS = 10**9
GUEST = "0d5c7a3e-0000-4000-8000-000000000001"


def record(seconds, *, nics=2, disks=2, vcpus=2, **more):
    """A guest whose nic n receives 100 * (n + 1) bytes a second, and so on."""
    values = {"state.state": 1, "domain.id": 1, "cpu.time": seconds * NS // 2, "vcpu.current": vcpus,
              "net.count": nics, "block.count": disks, "balloon.swap_in": seconds}  # fmt: skip
    for n in range(nics):
        values |= {f"net.{n}.name": f"vnet{n}", f"net.{n}.rx.bytes": 100 * (n + 1) * seconds,
                   f"net.{n}.tx.bytes": 10 * (n + 1) * seconds}  # fmt: skip
    for n in range(disks):
        values |= {f"block.{n}.name": f"vd{n}", f"block.{n}.rd.bytes": 1000 * (n + 1) * seconds,
                   f"block.{n}.wr.bytes": 4000 * seconds}  # fmt: skip
    for n in range(vcpus):
        values |= {f"vcpu.{n}.state": 1, f"vcpu.{n}.time": 0, f"vcpu.{n}.delay": NS // 4 * (n + 1) * seconds}
    return {key: value for key, value in (values | more).items() if value is not None}


def sample(seconds, values, host="kvm7", agent=None):
    facts = {GUEST: SimpleNamespace(autostart=None, agent_seen=agent, disks={}, nics={})}
    return from_records(
        [(GUEST, "web1", values)], host=host, time=START + pd.Timedelta(seconds=seconds), facts=facts
    )


def usage(*values, agents=None, every=None):
    seen = agents or [None] * len(values)
    found = rates([sample(10 * n, one, agent=seen[n]) for n, one in enumerate(values)], interval="10s")
    return (found.resample(every) if every else found).usage()


COLUMNS = [
    "net_rx_bytes_per_second", "net_tx_bytes_per_second", "disk_bytes_per_second",
    "vcpu_delay_seconds_per_second", "swap_in_bytes_per_second",
]  # fmt: skip


def test_parts_are_added_up():
    found = usage(record(0), record(10), record(20))
    assert found[COLUMNS].to_numpy().tolist() == [[300, 30, 11000, 0.75, 1024]] * 2
    assert found["agent_seen"].isna().all()


def test_a_part_that_is_not_known_makes_the_sum_unknown():
    hidden = {"net.count": 3}  # a nic that libvirt has no figures of: no row
    assert usage(*(record(t, **hidden) for t in (0, 10)))["net_rx_bytes_per_second"].isna().all()
    silent = {"net.1.rx.bytes": None}
    found = usage(*(record(t, **silent) for t in (0, 10))).iloc[0]
    assert pd.isna(found["net_rx_bytes_per_second"])
    assert found["net_tx_bytes_per_second"] == 30
    nothing = usage(*(record(t, nics=0, **{"net.count": None}) for t in (0, 10))).iloc[0]
    assert pd.isna(nothing["net_rx_bytes_per_second"])  # nobody said that it has none
    lost = usage(*(record(t, disks=0, **{"block.count": 1}) for t in (0, 10))).iloc[0]
    assert pd.isna(lost["disk_bytes_per_second"])
    fewer = usage(*(record(t, **{"vcpu.current": 3}) for t in (0, 10))).iloc[0]
    assert pd.isna(fewer["vcpu_delay_seconds_per_second"])


def test_a_guest_without_parts_has_no_traffic():
    found = usage(*(record(t, nics=0, disks=0) for t in (0, 10))).iloc[0]
    assert found[COLUMNS[:3]].tolist() == [0, 0, 0]


def test_a_drive_without_medium_has_no_traffic():
    empty = {"block.count": 3, "block.2.name": "sda", "block.2.capacity": 0}
    assert usage(*(record(t, **empty) for t in (0, 10)))["disk_bytes_per_second"].tolist() == [11000]


def test_a_nic_that_is_plugged_counts_from_the_first_whole_interval_on():
    found = usage(record(0, nics=1), record(10, nics=2), record(20, nics=2))
    assert found["net_rx_bytes_per_second"].isna().tolist() == [True, False]
    assert found["net_rx_bytes_per_second"].iloc[1] == 300
    over = usage(record(0, nics=1), record(10, nics=2), record(20, nics=2), every="1min")
    assert over["net_rx_bytes_per_second"].tolist() == [300]


def test_an_off_guest_moves_nothing():
    off = {"state.state": 5, "vcpu.current": 2}
    found = usage(record(0), record(10), off, off, off)
    assert found["interrupted"].tolist()[1:] == ["reset", "off", "off"]
    figures = found[COLUMNS].astype("Float64")
    assert figures.iloc[1].isna().all()
    assert (figures.iloc[2:] == 0).all(axis=None)


def test_a_part_that_is_not_known_of_an_off_guest_changes_nothing():
    keys = {"host": ["kvm7"], "domain": [GUEST], "name": ["web1"], "time": [START]}
    domains = pd.DataFrame({**keys, "seconds": 10.0, "interrupted": "off", "nic_count": 1})
    nics = pd.DataFrame({**keys, "rx_bytes_per_second": np.nan, "tx_bytes_per_second": np.nan})
    found = with_sums(domains, {"nics": nics}.get)
    assert found["net_rx_bytes_per_second"].tolist() == [0]
    assert found["disk_bytes_per_second"].isna().all()  # no such frame


def test_longer_intervals_average_the_sums_by_time():
    """Two nics of which one is there for a part of the time: not as if it had been there all the time."""
    values = [record(10 * n, nics=2 if n < 3 else 1) for n in range(7)]
    found = usage(*values, every="1min")
    plain = usage(*values)
    assert plain["net_rx_bytes_per_second"].tolist() == [300, 300, 100, 100, 100, 100]
    assert found["net_rx_bytes_per_second"].tolist() == pytest.approx([1000 / 6])
    assert found["disk_bytes_per_second"].tolist() == [11000]


def test_an_agent_was_seen_where_it_was_at_any_sample():
    values = [record(10 * n) for n in range(13)]
    agents = [None, False, True, False, None, False, False, None, None, None, None, None, None]
    found = usage(*values, agents=agents)
    assert found["agent_seen"].astype(object).where(found["agent_seen"].notna(), None).tolist() == agents[1:]
    over = usage(*values, agents=agents, every="1min")["agent_seen"]
    assert over.iloc[0] is np.True_ or bool(over.iloc[0])
    assert over.isna().tolist() == [False, True]
    never = usage(*values[:4], agents=[False] * 4, every="1min")["agent_seen"]
    assert never.tolist() == [False]


def test_a_host_that_does_not_count_delays_has_none():
    """Delay is 0 everywhere where the kernel keeps no scheduler statistics: that is unknown, not none."""
    dumb = {"vcpu.0.delay": 0, "vcpu.1.delay": 0}
    assert usage(*(record(t, **dumb) for t in (0, 10)))["vcpu_delay_seconds_per_second"].isna().all()
    once = [record(t, **{"vcpu.0.delay": 5, "vcpu.1.delay": 0}) for t in (0, 10)]
    assert usage(*once)["vcpu_delay_seconds_per_second"].tolist() == [0]


def test_the_same_guest_on_two_hosts_is_two():
    samples = [sample(t, record(t), host) for t in (0, 10) for host in ("kvm7", "kvm8")]
    samples[3] = sample(10, record(20), "kvm8")
    found = rates(samples).usage()
    assert found["net_rx_bytes_per_second"].tolist() == [300, 600]


def test_frames_of_ones_own_need_no_parts():
    keys = ["host", "domain", "name", "time", "state"]
    frame = sample(0, record(0)).domains[[*keys, "cpu_time_seconds_total"]]
    later = frame.assign(time=frame["time"] + pd.Timedelta("10s"), cpu_time_seconds_total=5.0)
    found = rates({"domains": pd.concat([frame, later])})
    assert found.usage()[COLUMNS].isna().all(axis=None)
    assert found.resample("1min").usage()["cpu_used_vcpus"].tolist() == [0.5]
    assert str(found.usage()["agent_seen"].dtype) == "boolean"


def test_sums_go_elsewhere_with_the_rates():
    found = rates([sample(t, record(t)) for t in (0, 10)])
    for one in (found, found.resample("1min")):
        pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(one)).usage(), one.usage())


def test_any_parts_are_added_as_a_plain_loop_adds_them():
    draw = np.random.default_rng(3)
    samples = []
    for n in range(6):
        records = []
        for guest in range(5):
            values = record(0, nics=guest % 3, disks=guest % 2, vcpus=guest + 1)
            values |= {
                key: int(draw.integers(0, 9)) + 10 * n
                for key in values
                if key.endswith(("bytes", "delay", "cpu.time"))
            }
            records.append((f"0d5c7a3e-0000-4000-8000-{9 - guest:012}", f"g{guest}", values))
        samples.append(
            from_records(records, host=f"kvm{n % 2}", time=START + pd.Timedelta(seconds=10 * (n // 2)))
        )
    found = rates(samples, interval="10s")
    parts = {"nics": ("rx_bytes_per_second",), "disks": ("read_bytes_per_second", "write_bytes_per_second"),
             "vcpus": ("delay_seconds_per_second",)}  # fmt: skip
    wanted = dict(zip(parts, ("net_rx_bytes_per_second", "disk_bytes_per_second",
                              "vcpu_delay_seconds_per_second"), strict=True))  # fmt: skip
    for row in found.usage().itertuples():
        for name, columns in parts.items():
            frame = found.frames[name]
            mine = frame[(frame["host"] == row.host) & (frame["domain"] == row.domain)]
            mine = mine[mine["time"] == row.time]
            total = sum(float(mine[column].sum()) for column in columns)
            assert getattr(row, wanted[name]) == pytest.approx(total)
