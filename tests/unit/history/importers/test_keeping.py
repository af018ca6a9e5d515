"""Imported history saved as a recording gives what it gave."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

import virtsdk
from tests.unit.history.importers.exporters import (
    GIB,
    Guest,
    libvirt_exporter,
    node_exporter,
    over,
    query_range,
    scrapes,
)
from virtsdk.errors import RecordingError
from virtsdk.history.importers.imported import Imported
from virtsdk.history.importers.notes import Notes
from virtsdk.history.importers.prometheus.importer import import_prometheus

WEB, DB = Guest(), Guest("db1", uuid="6f1d7c62-0000-4000-8000-000000000002", host="kvm8", cpu=1.5)


def scraped(times):
    series = over(times, lambda at: [*libvirt_exporter(WEB, at), *libvirt_exporter(DB, at)])
    series |= over([at + 7 for at in times], lambda at: node_exporter("kvm7", at))
    return import_prometheus(io.BytesIO(query_range(series)))


def test_a_recording_of_it_gives_the_same(tmp_path):
    found = scraped(scrapes(200, 900))  # two days and more
    recording = found.save(tmp_path / "history")
    again = virtsdk.open_recording(tmp_path / "history")
    pd.testing.assert_frame_equal(again.usage("30min"), found.usage("30min"))
    for name in ("domains", "vcpus", "disks", "nics"):
        frame = found.rates().frames[name]
        assert len(frame)
        pd.testing.assert_frame_equal(again.rates().frames[name], frame)
    pd.testing.assert_frame_equal(again.node_rates().total[["time", "busy_percent"]],
                                  found.node_rates().total[["time", "busy_percent"]])  # fmt: skip
    assert len(again.check()) == 0
    assert again.about == "Imported from the BytesIO."
    hosts = again.hosts.set_index("host")
    assert (hosts.loc["kvm7", "cpus"], hosts.loc["kvm7", "memory_bytes"]) == (2, 64 * GIB)
    assert again.interval == pd.Timedelta("15min") and repr(recording).count("kvm8") == 1
    assert again.stats().domains["name"].tolist() == ["web1", "db1"]


def rates_of_ones_own(number=10, apart=300):
    times = pd.date_range("2026-03-01", periods=number, freq=f"{apart}s", tz="UTC").as_unit("us")
    frame = pd.DataFrame({
        "host": pd.array(["kvm7"] * number, "str"), "domain": pd.array(["u1"] * number, "str"),
        "name": pd.array(["web1"] * number, "str"), "time": times,
        "state": pd.array(["running"] * number, "str"),
        "vcpus": pd.array([4] * number, "Int64"), "memory_bytes": pd.array([4 * GIB] * number, "Int64"),
        "memory_used_bytes": pd.array([GIB] * number, "Int64"),
        "cpu_time_seconds_per_second": pd.array(np.arange(number) / 4, "Float64"),
        "net_rx_bytes_per_second": pd.array([1000.0] * number, "Float64"),
        "disk_bytes_per_second": pd.array([50.0] * number, "Float64"),
    })  # fmt: skip
    return Imported({"domains": frame}, Notes(), "a frame")


def test_rates_become_counters_that_grow_by_them(tmp_path):
    found = rates_of_ones_own()
    usage = found.save(tmp_path / "history").usage(every=None)
    same = ["host", "domain", "name", "time", "vcpus", "cpu_used_vcpus", "memory_bytes", "memory_used_bytes",
            "net_rx_bytes_per_second", "disk_bytes_per_second", "seconds", "state"]  # fmt: skip
    expected = found.usage(every=None).iloc[1:].reset_index(drop=True)
    pd.testing.assert_frame_equal(usage[same], expected[same])


def test_a_row_of_rates_is_of_the_interval_before_it():
    usage = rates_of_ones_own(3).usage(every=None)
    assert usage["seconds"].tolist() == [300.0] * 3
    assert rates_of_ones_own(3).usage("5min")["time"].min() == pd.Timestamp("2026-02-28 23:55", tz="UTC")
    with pytest.raises(ValueError, match="one time only: interval= says"):
        rates_of_ones_own(1).usage()
    assert rates_of_ones_own(1).rates(interval="5min").usage()["seconds"].tolist() == [300.0]


def test_what_holds_something_is_not_written_to(tmp_path):
    (tmp_path / "x").touch()
    with pytest.raises(RecordingError, match="is not empty"):
        rates_of_ones_own().save(tmp_path)


def test_domains_that_were_sampled_one_by_one_are_no_recording(tmp_path):
    one = rates_of_ones_own()._frames["domains"]
    two = one.assign(domain="u2", name="db1", time=one["time"] + pd.Timedelta("7s")).astype(one.dtypes)
    both = Imported({"domains": pd.concat([one, two], ignore_index=True)}, Notes(), "a frame")
    assert both.usage(every=None)["seconds"].tolist() == [300.0] * 20
    with pytest.raises(RecordingError, match="sampled one by one"):
        both.save(tmp_path / "history")
