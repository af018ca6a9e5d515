"""`Stats`: figures worked out, reasons for what is missing, and how a sample looks."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pandas as pd
import pytest

from tests.unit.stats.records import DB, WEB, running
from virtsdk.stats import from_records
from virtsdk.words import DomainState

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NOW = int(NOON.timestamp())
BALLOON = {
    "balloon.available": 1000,
    "balloon.usable": 700,
    "balloon.unused": 100,
    "balloon.last-update": NOW,
}


def sample(**values):
    fresh = {key: value for key, value in running().items() if not key.startswith("balloon.")}
    record = {key: value for key, value in {**fresh, **values}.items() if value is not None}
    return from_records([(WEB, "web1", record)], host="kvm7", time=NOON)


def reasons(stats, column):
    trust = stats.trust
    return trust.loc[trust["column"] == column, "reason"].tolist()


def test_memory_used_is_what_the_guest_could_not_give_to_programs():
    stats = sample(**BALLOON)
    assert stats.domains["memory_used_bytes"].tolist() == [300 * 1024]
    assert reasons(stats, "memory_used_bytes") == []


def test_memory_used_without_usable_counts_caches_and_says_so():
    stats = sample(**BALLOON | {"balloon.usable": None})
    assert stats.domains["memory_used_bytes"].tolist() == [900 * 1024]
    assert "caches count as used" in reasons(stats, "memory_used_bytes")[0]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"balloon.last-update": NOW - 61}, "over 60 s before"),
        ({"balloon.last-update": 0}, "never reported"),
        ({"balloon.usable": 2 * 10**6}, "more memory left than it has"),
        ({"balloon.usable": None, "balloon.unused": 2 * 10**6}, "more memory left than it has"),
        ({"balloon.available": None, "balloon.usable": None, "balloon.unused": None}, "no balloon driver"),
    ],
)
def test_memory_used_is_missing_where_the_guest_does_not_report(changes, reason):
    stats = sample(**BALLOON | changes)
    assert stats.domains["memory_used_bytes"].isna().all()
    assert reason in reasons(stats, "memory_used_bytes")[0]


def test_a_guest_that_is_off_needs_no_excuse():
    stats = from_records([(DB, "db1", {"state.state": 5, "state.reason": 1})], host="kvm7", time=NOON)
    assert stats.trust.empty
    assert stats.domains["memory_used_bytes"].isna().all()


@pytest.mark.parametrize("number", range(8))
def test_reasons_are_given_for_guests_that_are_due_to_report(number):
    stats = sample(**{"state.state": number, "state.reason": 0})
    due = DomainState.of(number) in ("running", "blocked", "paused", "pmsuspended")  # and not "shutdown"
    assert bool(reasons(stats, "memory_used_bytes")) == due
    assert bool(reasons(stats, "read_bytes_total")) == due


def test_scheduler_statistics_that_are_switched_off_are_told_apart_from_no_steal():
    off = sample(**{"vcpu.0.delay": 0})
    assert len(reasons(off, "delay_seconds_total")) == 1
    assert reasons(sample(), "delay_seconds_total") == []


def test_trust_rows_say_which_part():
    trust = sample().trust
    row = trust[trust["frame"] == "disks"].iloc[0]
    assert (row["name"], row["part"], row["column"]) == ("web1", "sda", "read_bytes_total")


def test_a_nic_without_figures_is_named():
    stats = sample(**{"net.count": 3, "net.2.name": "hostdev0"})
    rows = stats.trust[stats.trust["frame"] == "nics"]
    assert rows[["part", "column"]].to_numpy().tolist() == [["hostdev0", "rx_bytes_total"]]


def test_what_was_not_asked_is_not_counted():
    stats = from_records([(WEB, "web1", {"cpu.time": 5})], host="kvm7", time=NOON)
    assert "running" not in repr(stats)
    assert "1 domain" in repr(stats)


def test_a_sample_shows_headlines_first_in_text_and_html_alike():
    stats = sample(**BALLOON | {"balloon.current": 2097152})
    for shown in (repr(stats), stats._repr_html_()):
        for word in ("kvm7", "2026-03-01 12:00:00", "1 domain", "1 running", "web1", "2 GiB", "300 KiB"):
            assert word in shown, word
    assert "<script" not in stats._repr_html_()


def test_hostile_names_are_escaped():
    name = '<script>alert("x")</script>\n' + "ü" * 200
    stats = from_records([(WEB, name, running())], host="<b>host</b>", time=NOON)
    assert "<script" not in stats._repr_html_()
    assert "<b>host" not in stats._repr_html_()
    assert "\n\n" not in repr(stats)
    assert stats.domains["name"].tolist() == [name]


def test_a_name_that_is_not_utf8_does_not_break_the_frame():
    stats = from_records([(WEB, "web\udcff", running())], host="kvm7", time=NOON)
    assert stats.domains["name"].tolist() == ["web\\udcff"]


def test_many_domains_are_counted_and_not_all_shown():
    records = [(f"{number}", f"guest{number}", running()) for number in range(60)]
    stats = from_records(records, host="kvm7", time=NOON)
    assert "60 domains" in repr(stats)
    assert "40 more" in repr(stats)
    assert len(stats._repr_html_()) < 20_000


def test_frames_can_be_joined_with_frames_that_pandas_reads():
    mine = pd.DataFrame({"name": ["web1"], "owner": ["ana"]})
    joined = sample().domains.merge(mine, on="name")
    assert joined["name"].dtype == mine["name"].dtype
    assert joined["owner"].tolist() == ["ana"]


def test_the_thin_ratio_is_missing_without_a_capacity():
    stats = sample(**{"block.0.allocation": 5_368_709_120})
    assert stats.disks.set_index("disk")["thin_ratio"].tolist() == [0.25, pd.NA]


def test_a_stale_guest_is_named_and_its_other_reasons_are_not():
    stats = from_records([(WEB, "web1", {"state.state": 1})], host="kvm7", time=NOON, stale={WEB})
    assert stats.domains["stale"].tolist() == [True]
    assert stats.trust["column"].tolist() == ["stale"]
    unknown = from_records([(WEB, "web1", {"state.state": 1})], host="kvm7", time=NOON)
    assert unknown.domains["stale"].isna().all()


def test_facts_of_the_definition_stand_beside_the_figures():
    disk = SimpleNamespace(device="disk", bus="virtio", source="images/web1")
    nic = SimpleNamespace(mac="52:54:00:00:00:01", source="default")
    facts = {WEB: SimpleNamespace(autostart=True, agent_seen=False, disks={"vda": disk}, nics={"vnet8": nic})}
    records = [(WEB, "web1", running()), (DB, "db1", running())]
    stats = from_records(records, host="kvm7", time=NOON, facts=facts)
    assert stats.domains["autostart"].tolist() == [pd.NA, True]  # by name: db1, web1
    assert stats.domains["agent_seen"].tolist() == [pd.NA, False]
    disks = stats.disks.set_index(["name", "disk"])
    assert disks.loc[("web1", "vda"), ["device", "bus", "source"]].tolist() == [
        "disk",
        "virtio",
        "images/web1",
    ]
    assert disks.loc[("web1", "sda"), ["device", "bus", "source"]].isna().all()
    assert disks.loc["db1", ["device", "bus", "source"]].isna().all(axis=None)
    assert stats.nics["mac"].fillna("").tolist() == ["", "52:54:00:00:00:01"]
    assert stats.nics["source"].fillna("").tolist() == ["", "default"]
