"""Samples that a server repeats, series that end, hosts that boot: no rates of 0, none over a reset."""

from __future__ import annotations

import pandas as pd

from tests.unit.history.importers.exporters import (
    START,
    Guest,
    libvirt_exporter,
    node_exporter,
    over,
    scrapes,
    truth,
)
from tests.unit.history.importers.prometheus.test_importer import DB, WEB, exposed, taken


def test_a_step_below_the_scrapes_distance_gives_no_rates_of_zero():
    scraped = exposed(times=scrapes(11, 60))
    repeated = {
        key: [(at + more, value) for at, value in samples for more in (0, 15, 30, 45)]
        for key, samples in scraped.items()
    }
    found = taken(repeated)
    pd.testing.assert_frame_equal(found.usage(every=None), truth([WEB, DB], scrapes(11, 60)).usage())
    assert "same scrape" in found.trust["reason"].str.cat()


def test_a_guest_that_ended_has_no_use_of_zero_at_its_end():
    db = Guest("db1", uuid=DB.uuid, cpu=1.5)
    series = exposed(guests=[WEB, db], times=scrapes(60))
    last = START + 30 * 20
    series = {
        key: [(at, value) for at, value in samples if at <= last or "web1" in str(key)]
        + [(at, samples[20][1]) for at in range(last + 30, last + 300, 30) if "db1" in str(key)]
        for key, samples in series.items()
    }
    usage = taken(series).usage(every=None).query("name == 'db1'")
    assert (usage["cpu_used_vcpus"] == 1.5).all()
    assert usage["time"].max() == pd.Timestamp(last, unit="s", tz="UTC")


def test_a_host_of_guests_that_are_off_keeps_its_samples():
    off = Guest(cpu=0, rx=0, write=0, delay=0, state=5)
    series = exposed("kumina", [off], scrapes(60))
    frame = taken(series).frames["domains"]
    assert len(frame) == 60
    assert len(taken(exposed("kumina", [off], scrapes(3))).frames["domains"]) == 3


def test_a_boot_is_a_reset_though_the_counters_grew():
    boot = START + 290
    young = Guest(cpu=0.1)

    def at_time(at):
        late = at > boot
        guest = Guest(cpu=1.9, since=boot - 60) if late else young
        return libvirt_exporter(guest, at, "kumina") + node_exporter(
            "kvm7", at, boot=boot if late else START - 20
        )

    found = taken(over(scrapes(21), at_time))
    usage = found.usage(every=None)
    assert usage["interrupted"].tolist().count("reset") == 2
    assert usage["cpu_used_vcpus"].dropna().round(6).isin([0.1, 1.9]).all()
    assert "booted" in found.trust["reason"].str.cat()
    total = found.node_rates().total
    assert total["interrupted"].tolist().count("reset") == 1
    assert (total["user_seconds_per_second"].dropna() >= 0).all()


def test_a_guest_whose_memory_figures_froze_has_none():
    def frozen(at):
        return [
            (name, labels, 1000 if name.endswith("minor_fault_total") else value)
            for name, labels, value in libvirt_exporter(WEB, at, "tinkoff")
        ]

    usage = taken(over(scrapes(), frozen)).usage(every=None)
    assert usage["memory_used_bytes"].notna().tolist() == [True, True, *[False] * 8]
