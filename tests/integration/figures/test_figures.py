"""The frames' figures against what libvirt itself says, at the same moment, in the same process."""

from __future__ import annotations

import re
import time

import pandas as pd
import pytest

import virtsdk.resources.figures.facts
from tests.waiting import until
from virtsdk import capacity
from virtsdk.stats import catalogue, rates

# Written out here, so that the test does not believe the code: libvirt's unit -> the column's.
CONVERT = {
    "count": lambda value: value,
    "bytes": lambda value: value,
    "bool": lambda value: value,
    "text": lambda value: value,
    "s": float,
    "KiB": lambda value: value * 1024,
    "MiB/s": lambda value: value * 1024 * 1024,
    "ns": lambda value: value / 1e9,
    "s since 1970": lambda value: pd.Timestamp(value, unit="s", tz="UTC"),
    "virDomainState": {1: "running", 3: "paused", 5: "shutoff"}.get,
    "virVcpuState": {0: "offline", 1: "running", 2: "blocked"}.get,
    "virDomainDirtyRateStatus": {0: "unstarted", 1: "measuring", 2: "measured"}.get,
}


def raw(host):
    """libvirt-python's own answer: {name: {key: value}}."""
    records = host.session.call("read", "raw figures", lambda conn: conn.getAllDomainStats(0, 0))
    return {domain.name(): values for domain, values in records}


def cells(stats):
    """Every figure of the frames as {(domain, libvirt's key): value}."""
    found = {}
    for row in catalogue().itertuples():
        if row.libvirt_unit == "reason of the state" or row.key in ("", "domain.id") or "." in row.frame:
            continue
        if row.frame == "other":
            continue
        frame = getattr(stats, row.frame)
        numbers = re.findall(r"{(\w+)}", row.key)
        for name, rows in frame.groupby("name"):
            for place, record in enumerate(rows.to_dict("records")):
                value = record[row.column]
                if pd.isna(value):
                    continue
                key = row.key
                if numbers:
                    number = record[numbers[0]] if numbers[0] in ("vcpu", "iothread") else place
                    key = key.replace(f"{{{numbers[0]}}}", str(number), 1)
                found[name, key] = (value, row.kind, row.libvirt_unit)
    return found


def holds(before, value, after, kind, unit):
    """Whether a figure lies between two raw readings."""
    low, high = CONVERT[unit](before), CONVERT[unit](after)
    if low == high or kind == "label":
        return value == high
    if kind == "counter":
        return low <= value <= high
    return True  # a level may have been anywhere in between


def outside(look, stats):
    """The figures that are none of two raw readings' and do not lie between them: {place: the three}."""
    before, found, after = look(), cells(stats()), look()
    wrong = {}
    for (name, key), (value, kind, unit) in found.items():
        low, high = before[name].get(key), after[name].get(key)
        if low is None or high is None:
            assert key.startswith(("block.", "net.")) and key.endswith(".name"), (
                name,
                key,
            )  # a number as name
        elif not holds(low, value, high, kind, unit):
            wrong[name, key] = (low, value, high)
    return wrong


def persists(find):
    """What is found wrong three times in a row: a gauge may have gone up and down between two readings."""
    return find() and find() and find()


def test_every_figure_lies_between_two_raw_readings(lab_host):
    assert not persists(lambda: outside(lambda: raw(lab_host), lab_host.stats))


def test_nothing_that_libvirt_says_is_lost(lab_host):
    def lost():
        stats = lab_host.stats()
        assert stats.domains["state_reason"].notna().all()
        found, other, missing = cells(stats), stats.other, set()
        for name, values in raw(lab_host).items():
            kept = set(other.loc[other["name"] == name, "key"])
            missing |= {key for key in values if (name, key) not in found and key not in kept}
        # a name is the row's key; a reason is told in words; 0 for a time that never was is missing
        return missing - {"state.reason", "balloon.last-update"}

    assert not persists(lost)


def test_each_guest_has_figures_of_its_own(lab_host):
    first = lab_host.stats()

    def differ(second):
        """Whether each figure is there, and another one for each guest: CPU time comes in ticks of 10 ms."""
        domains = second.domains
        columns = "cpu_time_seconds_total", "memory_rss_bytes", "memory_used_bytes", "memory_current_bytes"
        written = second.disks.groupby("name")["write_bytes_total"].sum()
        figures = [*(domains[column] for column in columns), written]
        used = rates(first, second).domains["cpu_used_vcpus"]
        there = all(one.notna().all() and (one > 0).all() for one in (*figures, used))
        return there and all(one.is_unique for one in figures)

    samples = []
    until(lambda: time.sleep(0.5) or samples.append(lab_host.stats()) or differ(samples[-1]))
    found = rates(first, samples[-1])
    assert (found.domains["cpu_percent"] < 300).all()  # an answer that is late counts for longer
    assert found.domains["interrupted"].isna().all()


def test_capacity_of_the_real_host(lab_host):
    hosts = lab_host.node_info().frame()
    for domains in (lab_host.domains.frame(), lab_host.stats().domains):
        one = capacity.headroom(hosts, domains).frame().iloc[0]
        assert one["domains"] == len(domains)
        assert one["vcpus_committed"] == domains["vcpus"].sum()
        assert one["memory_committed_bytes"] == domains["memory_bytes"].sum() > 0


def test_chosen_groups_and_domains(lab_host):
    stats = lab_host.stats(["state", "vcpu"], ["web1"])
    assert stats.domains["name"].tolist() == ["web1"]
    assert stats.domains["state"].tolist() == ["running"]
    assert len(stats.vcpus) == stats.domains["vcpus"].iloc[0]
    assert stats.disks.empty
    assert stats.domains["cpu_time_seconds_total"].isna().all()


def test_an_unknown_group_is_named(lab_host):
    with pytest.raises(ValueError, match="colour"):
        lab_host.stats(["colour"])


def test_facts_come_along_and_are_not_read_for_every_sample(lab_host, monkeypatch):
    stats = lab_host.stats()
    read = []
    original = virtsdk.resources.figures.facts.read_definitions
    monkeypatch.setattr(
        "virtsdk.resources.figures.facts.read_definitions", lambda *args: read.append(args) or original(*args)
    )
    again = lab_host.stats()
    assert not read
    for domain in lab_host.domains:
        definition = domain.definition()
        (disk,), (nic,) = definition.devices.disks, definition.devices.interfaces
        for one in (stats, again):
            row = one.disks[one.disks["name"] == domain.name].iloc[0]
            assert (row["bus"], row["source"]) == (disk.target.bus, disk.source.file)
            assert one.nics.loc[one.nics["name"] == domain.name, "mac"].tolist() == [nic.mac.address]
    assert stats.domains["autostart"].tolist() == [False, False]
    assert again.domains["agent_seen"].tolist() == [True, True]
