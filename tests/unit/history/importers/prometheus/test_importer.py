"""`import_prometheus`: true figures again, out of what exporters and Prometheus make of them."""

from __future__ import annotations

import gzip
import io

import numpy as np
import pandas as pd
import pytest

from tests.unit.history.importers.exporters import (
    GIB,
    START,
    Guest,
    export_lines,
    kubevirt,
    libvirt_exporter,
    node_exporter,
    openmetrics,
    over,
    query_range,
    scrapes,
    truth,
)
from virtsdk import capacity
from virtsdk.errors import RecordingError
from virtsdk.history.importers.prometheus.importer import import_prometheus
from virtsdk.stats import rates
from virtsdk.stats.change.usage import COLUMNS

WEB = Guest()
DB = Guest("db1", uuid="6f1d7c62-0000-4000-8000-000000000002", cpu=1.5, rx=50, host="kvm8")
FORMS = {"query_range": query_range, "lines": export_lines, "openmetrics": openmetrics}


def taken(series, form=query_range, **options):
    return import_prometheus(io.BytesIO(form(series)), **options)


def exposed(kind="inovex", guests=(WEB, DB), times=None):
    return over(
        times or scrapes(), lambda at: [one for guest in guests for one in libvirt_exporter(guest, at, kind)]
    )


def nameless(series):
    """Leave the UUIDs away, as most exporters do."""
    return {
        (name, tuple(one for one in labels if one[0] != "uuid")): samples
        for (name, labels), samples in series.items()
    }


def reasons(found, column):
    trust = found.trust
    return trust.loc[trust["column"] == column, "reason"].tolist()


# --- the same figures as virtsdk's own ------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_usage_and_rates_are_those_of_samples_of_the_same_moments(form):
    found, true = taken(exposed(), FORMS[form]), truth([WEB, DB], scrapes())
    pd.testing.assert_frame_equal(found.usage(every=None), true.usage())
    pd.testing.assert_frame_equal(found.usage("1min"), true.resample("1min").usage())
    pd.testing.assert_frame_equal(found.rates().nics[["rx_bytes_per_second", "seconds", "time"]],
                                  true.nics[["rx_bytes_per_second", "seconds", "time"]])  # fmt: skip
    disks = found.rates().disks
    assert disks["write_bytes_per_second"].unique().tolist() == [4096.0]
    assert disks["disk"].unique().tolist() == ["vda"]


@pytest.mark.parametrize(
    ("kind", "lacks"),
    [
        ("tinkoff", {"swap_in_bytes_per_second"}),
        ("kumina", {"swap_in_bytes_per_second", "memory_used_bytes", "vcpu_delay_seconds_per_second"}),
    ],
)
def test_what_an_exporter_lacks_is_missing_and_said(kind, lacks):
    found, true = taken(exposed(kind)), truth([WEB, DB], scrapes()).usage()
    usage = found.usage(every=None)
    assert usage.columns.tolist() == list(COLUMNS)
    for column in COLUMNS:
        if column in lacks:
            assert usage[column].isna().all()
            assert found.trust.query("frame == 'usage'")["column"].tolist().count(column) == 1
        else:
            pd.testing.assert_series_equal(usage[column], true[column])


def test_kubevirt_joins_vcpus_over_their_states_and_counts_them():
    series = over(scrapes(21), lambda at: kubevirt(WEB, at))
    found = taken(series)
    usage = found.usage(every=None)
    true = truth([WEB], scrapes(21)).usage()
    same = [
        *("host", "time", "vcpus", "cpu_used_vcpus", "memory_used_bytes", "disk_bytes_per_second", "state"),
        *("vcpu_delay_seconds_per_second", "net_rx_bytes_per_second", "swap_in_bytes_per_second"),
    ]
    pd.testing.assert_frame_equal(usage[same], true[same])
    assert usage["name"].unique().tolist() == ["shop/web1"]
    busy = found.rates().vcpus["busy_percent"]
    assert busy.notna().all() and np.allclose(busy.astype(float), 25)
    assert any("counted" in one for one in reasons(found, "vcpus"))
    assert any("swapped" in one for one in reasons(found, "rx_bytes_total"))


def test_nanoseconds_that_kubevirt_called_seconds_are_divided():
    series = over(scrapes(21), lambda at: kubevirt(WEB, at))
    wrong = {
        key: [(at, value * 1e9) for at, value in samples] if "_vcpu_" in key[0] else samples
        for key, samples in series.items()
    }
    waits = next(key for key in wrong if key[0].endswith("delay_seconds_total"))
    wrong[waits] = [
        (at, 10.0 * n) for n, (at, _) in enumerate(wrong[waits])
    ]  # 10 ns, which look like seconds
    found = taken(wrong)
    delay = found.usage(every=None)["vcpu_delay_seconds_per_second"].astype(float)
    assert np.allclose(delay, WEB.delay / 2, atol=1e-6)
    assert np.allclose(found.rates().vcpus["busy_percent"].astype(float), 25)
    assert any("nanoseconds" in one for one in reasons(found, "time_seconds_total"))


def test_machines_by_node_exporter():
    found = taken(over(scrapes(), lambda at: node_exporter("kvm7", at, busy=0.25)))
    total = found.node_rates().total
    assert total["busy_percent"].tolist() == [25.0] * 10
    assert (total["user_seconds_per_second"] == 0.25).all()
    assert found.node_rates().cpus["busy_percent"].tolist() == [25.0] * 20
    assert found.node_rates().pressure["stalled_percent"].tolist() == [12.5] * 10
    hosts = found.hosts.iloc[0]
    assert (hosts["host"], hosts["cpus"], hosts["memory_bytes"]) == ("kvm7", 2, 64 * GIB)
    left = found.left_out.set_index("metric")["reason"]
    assert "guests' steal" in left["node_cpu_seconds_total"] and "node_load1" in left.index
    with pytest.raises(ValueError, match="no figures of domains"):
        found.usage()


# --- names ------------------------------------------------------------


def test_exporters_of_one_machine_are_one_host():
    series = exposed(guests=[WEB]) | over(scrapes(), lambda at: node_exporter("kvm7", at))
    assert taken(series).hosts["host"].tolist() == ["kvm7"]
    assert taken(series, labels={"host": "nodename"}).hosts["host"].tolist() == ["kvm7.example"]
    assert taken(series, hosts={"kvm7": "k"}).hosts["host"].tolist() == ["k"]
    assert taken(series, ports=True).hosts["host"].tolist() == ["kvm7:9100", "kvm7:9177"]


def test_two_exporters_behind_one_address_are_two_hosts():
    other = {
        (name, tuple((key, "kvm7:9178" if key == "instance" else value) for key, value in labels)): samples
        for (name, labels), samples in exposed(guests=[WEB]).items()
    }
    found = taken(exposed(guests=[WEB]) | other)
    assert found.hosts["host"].tolist() == ["kvm7:9177", "kvm7:9178"]
    assert "ports" in found.trust["reason"].str.cat()


def test_a_series_without_a_host_is_refused_and_can_be_given_one():
    text = b'libvirt_domain_info_cpu_time_seconds_total{domain="a"} 1 1772366400\n'
    with pytest.raises(RecordingError, match="no label 'instance' that tells its host: give labels="):
        import_prometheus(io.BytesIO(text))
    found = import_prometheus(io.BytesIO(text), host="kvm9")
    assert found.frames["domains"]["host"].tolist() == ["kvm9"]


def test_the_uuid_is_that_of_its_time_where_a_name_was_defined_anew():
    again = Guest(uuid="6f1d7c62-0000-4000-8000-00000000000f", since=START + 150)
    series = exposed("tinkoff", [WEB], scrapes(5))
    for key, samples in exposed("tinkoff", [again], [at for at in scrapes() if at >= START + 150]).items():
        series[key] = series.get(key, []) + samples
    domains = taken(series).frames["domains"]
    before = domains["time"] < pd.Timestamp(START + 150, unit="s", tz="UTC")
    assert (domains["domain"] == np.where(before, WEB.uuid, again.uuid)).all()


def test_guests_of_one_name_on_two_hosts_stay_apart_and_one_that_migrates_stays_one():
    there = Guest(host="kvm8", cpu=1.0)
    times = scrapes(200, 60)
    both = taken(nameless(exposed("kumina", [WEB, there], times)))
    assert sorted(both.usage()["domain"].unique()) == ["kvm7/web1", "kvm8/web1"]
    first, second = exposed("kumina", [WEB], times[:100]), exposed("kumina", [there], times[100:])
    moved = taken(nameless(first | second))
    assert moved.usage()["domain"].unique().tolist() == ["web1"]
    assert "migrated" in str(capacity.rightsizing(moved.usage()).notes)


# --- several of one ------------------------------------------------------------


def test_of_copies_by_two_servers_one_counts():
    series = exposed(guests=[WEB], times=scrapes(60))
    copies = {
        (name, tuple(sorted([*labels, ("replica", replica)]))): [(at + shift, value) for at, value in samples]
        for replica, shift in (("a", 0), ("b", 7))
        for (name, labels), samples in series.items()
    }
    found = taken(copies, export_lines)
    pd.testing.assert_frame_equal(found.usage(every=None), truth([WEB], scrapes(60)).usage())
    assert "the labels replica differ" in found.trust["reason"].str.cat()


def test_series_that_follow_one_another_are_one():
    before, after = scrapes(5), scrapes(11)[5:]
    series = {}
    for times, job in ((before, "old"), (after, "new")):
        for (name, labels), samples in exposed(guests=[WEB], times=times).items():
            series[name, tuple((key, job if key == "job" else value) for key, value in labels)] = samples
    pd.testing.assert_frame_equal(taken(series).usage(every=None), truth([WEB], scrapes()).usage())


def test_files_of_several_days_are_one_history(tmp_path):
    paths = []
    for name, times in (("b.json.gz", scrapes()[5:]), ("a.json.gz", scrapes()[:6])):
        path = tmp_path / name
        path.write_bytes(gzip.compress(query_range(exposed(guests=[WEB], times=times))))
        paths.append(path)
    pd.testing.assert_frame_equal(import_prometheus(paths).usage(every=None), truth([WEB], scrapes()).usage())


# --- limits, and what is no figure ------------------------------------------------------------


def test_counters_above_what_a_float_holds_are_said_to_be_rounded():
    series = exposed(guests=[WEB])
    key = next(one for one in series if "receive_bytes" in one[0])
    series[key] = [(at, 2.0**53 + 1000 * n) for n, (at, _) in enumerate(series[key])]
    found = taken(series)
    assert any("2**53" in one for one in reasons(found, "rx_bytes_total"))


def test_what_is_no_figure_is_left_out_and_counted():
    series = exposed("kumina", guests=[WEB])
    key = next(one for one in series if "cpu_time" in one[0])
    values = dict(enumerate([float("nan"), float("inf"), -1.0]))
    series[key] = [(at, values.get(n, value)) for n, (at, value) in enumerate(series[key])]
    found = taken(series)
    usage = found.usage(every=None)
    assert usage["cpu_used_vcpus"].isna().tolist() == [True] * 3 + [False] * 7
    assert {"1 sample infinite, left out", "1 sample below 0, left out: -1 stands for unknown"} <= set(
        reasons(found, "cpu_time_seconds_total")
    )


def test_unknown_metrics_are_listed():
    series = exposed(guests=[WEB]) | {
        ("libvirt_domain_new_figure", (("domain", "web1"), ("instance", "kvm7:9177"))): [(START, 1.0)],
        ("go_goroutines", (("instance", "kvm7:9177"),)): [(START, 1.0)],
    }
    left = taken(series).left_out.set_index("metric")
    assert "no preset knows it" in left.loc["libvirt_domain_new_figure", "reason"]
    assert left.loc["go_goroutines", ["series", "samples"]].tolist() == [1, 1]


def test_metrics_of_ones_own():
    series = {("vm:cpu", (("hv", "kvm7"), ("vm", "a"))): [(at, at * 0.25) for at in scrapes()]}
    given = {
        "metrics": {"vm:cpu": "domains.cpu_time_seconds_total"},
        "labels": {"host": "hv", "domain": "vm"},
    }
    usage = taken(series, **given).usage(every=None)
    assert usage["cpu_used_vcpus"].tolist() == [0.25] * 10
    with pytest.raises(ValueError, match=r"must be 'frame.column' of the catalogue"):
        taken(series, metrics={"vm:cpu": "cpu"})
    with pytest.raises(ValueError, match="has no column 'cpu'"):
        taken(series, metrics={"vm:cpu": "domains.cpu"})
    with pytest.raises(RecordingError, match="nothing that a preset knows; it has vm:cpu"):
        taken(series)


def test_a_preset_limits_what_is_taken():
    found = taken(exposed(guests=[WEB]), preset="kumina")
    assert found.usage()["memory_used_bytes"].isna().all()
    with pytest.raises(ValueError, match="preset must be one of inovex"):
        taken(exposed(), preset="inovx")


def test_a_range_of_a_file():
    found = taken(exposed(), start="2026-03-01 12:02", end="2026-03-01 12:04")
    assert (str(found.start), str(found.end)) == ("2026-03-01 12:02:00+00:00", "2026-03-01 12:03:30+00:00")
    parts = taken(exposed()).usage(every=None, start="2026-03-01 12:02", hosts="kvm8", domains="db1")
    assert parts["name"].unique().tolist() == ["db1"] and len(parts) == 6
    with pytest.raises(ValueError, match="no domain 'x' was imported"):
        found.usage(domains="x")
    with pytest.raises(TypeError, match="step, match and token are of a server"):
        taken(exposed(), step="1min")


@pytest.mark.parametrize(
    ("name", "factor", "says"),
    [
        ("libvirt_domain_info_maximum_memory_bytes", 1 / 1024, "memory_bytes is 4194304 .* is it KiB"),
        ("libvirt_domain_info_cpu_time_seconds_total", 1e9, r"it grows by 5e\+08 in a second.* is it ns"),
        ("libvirt_domain_info_virtual_cpus", 2.0**20, "vcpus is 2097152.*expected less than 1048576"),
    ],
)
def test_figures_in_another_unit_are_refused(name, factor, says):
    series = exposed("kumina", guests=[WEB])
    wrong = {
        key: [(at, value * factor) for at, value in samples] if key[0] == name else samples
        for key, samples in series.items()
    }
    with pytest.raises(RecordingError, match=says):
        taken(wrong)


# --- going on with it ------------------------------------------------------------


def test_capacity_takes_its_usage_as_it_is():
    idle = Guest("old1", uuid="6f1d7c62-0000-4000-8000-000000000003", cpu=0.001, rx=0, write=0, delay=0)
    times = scrapes(16 * 24, 3600)
    usage = taken(exposed(guests=[WEB, idle], times=times), export_lines).usage("1h")
    assert capacity.rightsizing(usage).frame()["name"].tolist()
    assert "old1" in capacity.idle(usage).frame()["name"].tolist()
    web = usage.query("name == 'web1'").set_index("time")["cpu_used_vcpus"]
    assert capacity.forecast(web, 24).frame()["mean"].round(3).eq(0.5).all()
    hosts = pd.DataFrame({"host": ["kvm7"], "cpus": [8], "memory_bytes": [64 * GIB]})
    assert len(capacity.overcommit(usage, hosts, draws=2).frame())


def test_rates_of_it_are_its_rates():
    found = taken(exposed())
    pd.testing.assert_frame_equal(rates(found).usage(), found.usage(every=None))


def test_it_shows_itself():
    found = taken(exposed())
    assert repr(found).startswith("<Imported the BytesIO: 2 hosts, 2 domains, 5 min, ")
    assert "kvm8" in repr(found) and "kvm8" in found._repr_html_()
    assert found.interval == pd.Timedelta("30s")
