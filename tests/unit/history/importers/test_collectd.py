"""`import_collectd`: CSV files with counters or rates, RRDs as rrdtool shows them, memory times 1024."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.unit.history.importers.exporters import Guest, scrapes, truth
from virtsdk.errors import RecordingError
from virtsdk.history.importers.collectd import import_collectd

WEB = Guest()


def figures(guest, at):
    """What the plugin hands on: by type and instance, the values in its units."""
    known = guest.record(at)
    found = {
        "virt_cpu_total": [known["cpu.time"]],
        "memory-total": [guest.memory], "memory-actual_balloon": [guest.memory],
        "memory-available": [guest.memory], "memory-usable": [guest.memory - guest.used],
        "memory-swap_in": [known["balloon.swap_in"] * 1024],
        "memory-minor_fault": [known["balloon.minor_fault"] * 1024], "memory-last_update": [at * 1024],
        "disk_octets-vda": [500, known["block.0.wr.bytes"]],
        "total_time_in_ms-flush-vda": [(at - guest.since) * 1000],
        "if_octets-vnet0": [known["net.0.rx.bytes"], 77],
        "percent-virt_cpu_total": [3.5],
    }  # fmt: skip
    return found | {f"virt_vcpu-{number}": [known[f"vcpu.{number}.time"]] for number in range(guest.vcpus)}


def write(folder, times, guest=WEB, form="csv"):
    """One file a type: in the order in which the plugin hands figures on, each some ms later."""
    folder.mkdir(parents=True)
    for place, name in enumerate(figures(guest, times[0])):
        gauge = name.startswith(("memory", "percent"))
        rows = np.array([figures(guest, at)[name] for at in times], dtype=float)
        if form != "csv" and not gauge:
            rows = np.vstack(
                [np.full(rows.shape[1], np.nan), np.diff(rows, axis=0) / np.diff(times)[:, None]]
            )
        if form == "rrd":
            lines = [
                f"{at}: " + " ".join(f"{one:.10e}" for one in row)
                for at, row in zip(times, rows, strict=True)
            ]
            (folder / f"{name}.txt").write_text("      value\n\n" + "\n".join(lines) + "\n")
            continue
        stamps = [f"{at + place / 1000:.3f}" for at in times]
        lines = [",".join([at, *map(repr, row)]) for at, row in zip(stamps, rows.tolist(), strict=True)]
        (folder / f"{name}-2026-03-01").write_text("\n".join(["epoch,value", *lines, ""]))
    return folder


SAME = ["host", "name", "vcpus", "cpu_used_vcpus", "memory_bytes", "memory_used_bytes",
        "net_rx_bytes_per_second", "disk_bytes_per_second", "swap_in_bytes_per_second",
        "seconds"]  # fmt: skip


def test_counters_of_csv_files(tmp_path):
    write(tmp_path / "web1" / "virt", scrapes())
    found = import_collectd(tmp_path, host="kvm7")
    usage, true = found.usage(every=None), truth([WEB], scrapes()).usage()
    pd.testing.assert_frame_equal(usage[SAME], true[SAME])
    assert (usage["time"] - true["time"]).abs().max() < pd.Timedelta("20ms")
    disks = found.rates().disks
    assert np.allclose(disks["flush_time_seconds_per_second"].astype(float), 0.001)
    reasons = found.trust["reason"].str.cat()
    assert "stamped one after the other" in reasons and "does not give the most" in reasons
    assert found.left_out["metric"].tolist() == ["percent"]


@pytest.mark.parametrize(("form", "options"), [("stored", {"rates": True}), ("rrd", {})])
def test_rates_stay_rates(tmp_path, form, options):
    write(tmp_path / "kvm7" / "virt-web1", scrapes(), form=form)
    options |= {"hostname_format": "hostname", "plugin_instance_format": "name"}
    usage = import_collectd(tmp_path, **options).usage(every=None)
    true = truth([WEB], scrapes()).usage()
    known = usage.dropna(subset=["cpu_used_vcpus"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(known[SAME[:6]], true[SAME[:6]])
    assert known["net_rx_bytes_per_second"].tolist() == [1000.0] * 10


def test_names_and_uuids_in_paths(tmp_path):
    write(tmp_path / f"kvm7:{WEB.uuid}" / "virt-web1", scrapes(3))
    found = import_collectd(tmp_path, hostname_format="hostname uuid", plugin_instance_format="name")
    row = found.usage(every=None).iloc[0]
    assert (row["host"], row["domain"], row["name"]) == ("kvm7", WEB.uuid, "web1")
    with pytest.raises(ValueError, match="hostname_format must be of hostname, name, uuid"):
        import_collectd(tmp_path, hostname_format="host")
    with pytest.raises(RecordingError, match="does not fit plugin_instance_format 'name uuid'"):
        import_collectd(tmp_path, hostname_format="hostname", plugin_instance_format="name uuid")
    with pytest.raises(ValueError, match="no part of the paths names the host: give host="):
        import_collectd(tmp_path)


def test_what_is_none_is_named(tmp_path):
    with pytest.raises(RecordingError, match="is no directory"):
        import_collectd(tmp_path / "none", host="a")
    with pytest.raises(RecordingError, match="nothing of the plugin virt"):
        import_collectd(tmp_path, host="a")
    folder = tmp_path / "web1" / "virt"
    folder.mkdir(parents=True)
    for text, says in (
        ("epoch,value\n1,2\n3\n", "line 3: expected a time and 1 values: is the file complete"),
        ("epoch,value\n", "line 2: expected a time"),
        ("epoch,value\n1,x\n", "expected numbers"),
        ("epoch,value\n1e300,1\n", "a time is none"),
    ):
        (folder / "virt_cpu_total-2026-03-01").write_text(text)
        with pytest.raises(RecordingError, match=says):
            import_collectd(tmp_path, host="a")
