"""`capacity.report`: one sentence, one definition in all sections, a stated answer for what is not there."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from tests.unit.capacity.reviews import DAYS, GUESTS, G, domains, hosts, pools, usage
from virtsdk import capacity
from virtsdk.capacity import Fleet, Policy

pytestmark = pytest.mark.usefixtures("few_draws")


@pytest.fixture(scope="module")
def found():
    return capacity.report(hosts(), domains(), usage(), None, pools())


# --- the sentence ------------------------------------------------------------


def test_the_first_line_is_the_sentence_with_its_four_parts(found):
    assert repr(found).splitlines()[0] == f"<CapacityReport {found.sentence}>"
    parts = found.sentence.split("; ")
    assert len(parts) == 4
    assert re.match(
        r"Room for \d+ more guests of 4 vCPUs and 8 GiB \(\w+ of them with a host to spare\)", parts[0]
    )
    assert parts[1] == "N+1 holds: any host may fail"
    assert parts[2].startswith(
        "first of CPUs, memory and 1 storage pool to run out: storage pool backup on kvm1, on 2026-12-"
    )
    assert parts[3].startswith("to be had back: ") and parts[3].endswith("and stopping 1")


def test_the_room_is_that_of_the_fleet_and_so_many_more_do_leave_a_host_to_spare(found):
    fleet = Fleet.from_frames(hosts(), domains())
    standard = {"vcpus": 4, "memory_bytes": 8 * G}
    plain = found.to_dict()
    assert plain["standard"] == standard
    assert plain["guests_left"]["total"] == fleet.guests_left(standard).total
    kept = plain["guests_left_with_survival"]
    assert fleet.add(standard, kept).n_plus(1).ok
    assert kept == plain["guests_left"]["total"] or not fleet.add(standard, kept + 1).n_plus(1).ok


def test_a_fleet_that_does_not_survive_says_who_has_no_place_and_claims_no_spare():
    full = [*GUESTS[:2], ("kvm2", "shop1", 32, 32), ("kvm3", "ci1", 8, 8)]
    found = capacity.report(hosts(), domains(full), usage(full))
    assert "N+1 does not hold: without kvm2 there is no place for shop1 (vCPUs)" in found.sentence
    assert "(vCPUs), but would with better sizes; " in found.sentence
    assert "to spare" not in found.sentence
    after = next(one for one in found.sections if one.key == "n_plus").notes[-1]
    assert after.startswith("with the candidates below stopped, shrunk and grown: N+1 holds")


def test_prices_put_a_value_on_what_is_to_be_had_back():
    found = capacity.report(hosts(), domains(), usage(), Policy(vcpu_price=10, gib_price=1))
    rows = found.candidates()
    worth = (
        rows["saving_vcpus"].clip(lower=0).sum() * 10 + rows["saving_memory_bytes"].clip(lower=0).sum() / G
    )
    assert f"worth {worth:,.2f}," in found.sentence


# --- one definition everywhere ------------------------------------------------------------


@pytest.mark.parametrize("policy", [None, Policy(reserve_cpus=1, vcpu_ratio=2, reserve_memory_bytes=G)])
def test_committed_and_used_are_the_same_in_headroom_and_in_what_runs_out(policy):
    found = capacity.report(hosts(), domains(), usage(), policy)
    frame = found.headroom.frame()
    last = {what: series.iloc[-1] for what, series in found.levels.items()}
    assert last["vCPUs committed"] == frame["vcpus_committed"].sum()
    assert last["memory committed"] == frame["memory_committed_bytes"].sum()
    limits = {what: report.limit for what, report in found.exhaustion.items()}
    assert limits["vCPUs committed"] == frame["vcpus_capacity"].sum()
    assert limits["memory committed"] == frame["memory_capacity_bytes"].sum()
    physical = (frame["vcpus_demand"] + frame["vcpus_demand_headroom"]).sum()
    assert limits["CPUs used"] == pytest.approx(physical)
    physical = (frame["memory_demand_bytes"] + frame["memory_demand_headroom_bytes"]).sum()
    assert limits["memory used"] == pytest.approx(physical)


def test_use_is_full_when_its_peaks_are(found):
    """The last sample is of the night; days that are alike do not grow."""
    row = next(row for row in found.sections[0].tables[0].rows if row[0].startswith("CPUs used"))
    peak = usage().groupby("time")["cpu_used_vcpus"].sum().iloc[-24:].max()
    assert row[:2] == ["CPUs used, peaks of days", f"{peak:.3g}"]
    assert found.exhaustion["CPUs used"].per_day == pytest.approx(0, abs=1e-9)
    assert found.levels["CPUs used"].iloc[-1] < 0.9 * peak
    assert found.exhaustion["CPUs used"].horizon == 2 * DAYS  # steps of the series that was asked: days


def test_a_guest_that_is_off_uses_and_holds_nothing_meanwhile():
    frame = usage()
    off = (frame["name"] == "shop1") & (frame["time"] < frame["time"].unique()[48])
    frame["interrupted"] = np.where(off, "off", None)
    levels = capacity.report(hosts(), domains(), frame).levels
    assert levels["vCPUs committed"].iloc[[0, 47, 48]].tolist() == [12, 12, 28]
    others = frame[~off].groupby("time")["cpu_used_vcpus"].sum()
    np.testing.assert_allclose(levels["CPUs used"], others)
    counted = capacity.report(hosts(), domains(), frame, Policy(count_inactive=True)).levels
    assert counted["vCPUs committed"].iloc[0] == 28


def test_what_runs_out_first_stands_first(found):
    rows = found.sections[0].tables[0].rows
    assert rows[0][0] == "storage pool backup on kvm1"
    assert all(re.fullmatch(r"after 2027-02-\d\d, if ever", row[5]) for row in rows[1:])


def test_what_is_full_already_is_first_to_run_out():
    two = pd.concat([pools(), pools("kvm2").assign(storage_pool="q", allocation_bytes=500 * G)])
    said = capacity.report(hosts(), domains(), None, None, two).sentence
    assert "full already, of 2 storage pools: storage pool backup on kvm2" in said


def test_used_is_the_sum_over_guests_at_each_sample(found):
    sums = usage().groupby("time")[["cpu_used_vcpus", "memory_used_bytes"]].sum()
    np.testing.assert_allclose(found.levels["CPUs used"], sums["cpu_used_vcpus"])
    np.testing.assert_allclose(found.levels["memory used"], sums["memory_used_bytes"])


def test_a_short_gap_keeps_the_last_figure_and_a_long_one_is_unknown():
    frame = usage()
    times = frame["time"].unique()
    web = frame["name"] == "web1"
    short, long = web & frame["time"].isin(times[10:13]), web & frame["time"].isin(times[100:110])
    levels = capacity.report(hosts(), domains(), frame[~short & ~long]).levels["CPUs used"]
    whole = capacity.report(hosts(), domains(), frame).levels["CPUs used"]
    kept = frame.loc[web & (frame["time"] == times[9]), "cpu_used_vcpus"].item()
    others = frame[~web & frame["time"].isin(times[10:13])].groupby("time")["cpu_used_vcpus"].sum()
    np.testing.assert_allclose(levels.iloc[10:13], others + kept)
    assert levels.iloc[104:108].isna().all()
    np.testing.assert_allclose(levels.iloc[120:], whole.iloc[120:])


def test_guests_that_came_and_went_count_while_they_were_there():
    new = usage([("kvm2", "late1", 4, 8)])
    gone = usage([("kvm2", "gone1", 2, 8)])
    times = new["time"].unique()
    frame = pd.concat([usage(), new[new["time"] >= times[200]], gone[gone["time"] < times[50]]])
    levels = capacity.report(hosts(), domains([*GUESTS, ("kvm2", "late1", 4, 8)]), frame).levels
    committed = levels["vCPUs committed"]
    assert committed.iloc[[0, 49, 60, 199, 200, -1]].tolist() == [30, 30, 28, 28, 32, 32]


def test_a_guest_that_is_gone_or_off_is_no_candidate():
    frame = domains()
    frame["state"] = np.where(frame["name"] == "shop1", "shutoff", "running")
    found = capacity.report(hosts(), frame[frame["name"] != "old1"], usage())
    assert not {"old1", "shop1"} & set(found.candidates()["name"])
    said = next(one for one in found.sections if one.key == "coverage").notes
    assert said[0] == "2 guests of the recording are gone or off, and no candidates"


# --- candidates ------------------------------------------------------------


def test_what_to_do_with_each_guest(found):
    rows = found.candidates().set_index("name")
    assert rows.loc["old1", "action"] == "stop"
    assert rows.loc["shop1", "action"] == "shrink"
    assert "grow" in rows.loc["ci1", "action"]
    assert rows.loc["old1", ["saving_vcpus", "to_vcpus"]].tolist() == [2, 0]
    sized = found.rightsizing.frame().set_index("name")
    assert rows.loc["shop1", "to_vcpus"] == sized.loc["shop1", "recommended_vcpus"]
    assert rows.loc["shop1", "risk_cpu"] == sized.loc["shop1", "risk_cpu"]


def test_most_of_the_rules_that_can_tell_decide_what_to_stop():
    """With an agent that answers the rule for zombies says no, and three others say idle."""
    rows = capacity.report(hosts(), domains(), usage().assign(agent_seen=True)).candidates().set_index("name")
    assert rows.loc["old1", "action"] == "stop"
    assert rows.loc["old1", "because"].startswith("idle by 3 of 4 rules that can tell; ")
    busier = usage().assign(agent_seen=True)
    busier.loc[busier["name"] == "old1", "cpu_used_vcpus"] = 0.05  # azure-2022 says no as well: a tie
    rows = capacity.report(hosts(), domains(), busier).candidates().set_index("name")
    assert rows.loc["old1", "action"] == "shrink"


def test_memory_that_grows_is_not_made_smaller_and_is_told(found):
    """db1 has used 9 of 16 GiB at most: less would do if it did not grow."""
    assert found.rightsizing.frame().set_index("name").loc["db1", "memory_action"] == "keep"
    row = found.candidates().set_index("name").loc["db1"]
    assert (row["to_memory_bytes"], row["saving_memory_bytes"]) == (16 * G, 0)
    inside = found.sections[0].tables[1]
    assert inside.caption.startswith("Inside guests: ")
    own = usage().query("name == 'db1'").set_index("time")["memory_used_bytes"]
    asked = capacity.exhaustion(own, 16 * G)
    (row,) = inside.rows
    assert (row[0], row[5]) == ("memory of db1 on kvm1", f"{asked.median:%Y-%m-%d}")
    assert row[4].startswith("18") and row[4].endswith(" MiB")


def test_waiting_for_cpus_casts_doubt_on_smaller_sizes(found):
    frame = usage()
    frame["vcpu_delay_seconds_per_second"] = 0.2 * frame["cpu_used_vcpus"]
    waited = capacity.report(hosts(), domains(), frame)
    said = [next(one.said for one in which.sections if one.key == "candidates") for which in (found, waited)]
    assert "waited" not in said[0]
    assert "Guests waited for 17 % of the CPU time that they asked for" in said[1]


def test_waiting_for_all_of_it_and_a_ratio_that_is_not_known_are_said_in_words():
    frame = usage().assign(host="kvm1.example.org")
    frame.loc[frame["name"] == "old1", ["cpu_used_vcpus", "vcpu_delay_seconds_per_second"]] = [0.0, 0.9]
    found = {one.key: one for one in capacity.report(hosts(), domains(), frame).sections}
    assert "old1 100 % of what it asked for" in found["contention"].said
    assert found["contention"].tables[0].rows[0][2:4] == ["100 %", "100 %"]
    assert found["overcommit"].said.startswith("Where you are is not known; guests would lose")


def test_what_should_grow_is_no_saving_and_does_not_lessen_it(found):
    rows = found.candidates()
    given = int(rows["saving_vcpus"].clip(lower=0).sum())
    assert rows["saving_vcpus"].min() < 0
    assert f"to be had back: {given} vCPUs" in found.sentence


# --- what is not there ------------------------------------------------------------


def test_two_hours_tell_no_trend_and_recommend_nothing():
    found = capacity.report(hosts(), domains(), usage(hours=2), None, pools(days=1))
    assert found.exhaustion == {}
    assert "what of the fleet runs out first cannot be said yet" in found.sentence
    assert "what could be saved cannot be said yet" in found.sentence
    assert "days of data tell no trend; 2 are the least" in found.unsaid["when memory committed is full"]


@pytest.mark.parametrize("nothing", [None, usage().iloc[:0]], ids=["none", "empty"])
def test_without_use_promises_are_answered(nothing, tmp_path):
    found = capacity.report(hosts(), domains(), nothing)
    assert found.survival.ok
    assert found.sentence.startswith("Room for ")
    assert found.unsaid["what was used"] == "the usage frame has no rows"
    assert found.rightsizing is None
    assert "not said: the usage frame has no rows" in found.to_html(tmp_path / "page.html").read_text()


def test_no_guests_no_standard_guest(tmp_path):
    found = capacity.report(hosts(), domains()[:0], None)
    assert found.sentence.startswith("How many more guests fit cannot be said; N+1 holds")
    assert "no guest to take a standard size from" in found.to_html(tmp_path / "page.html").read_text()


def test_one_host_one_guest_is_an_answer():
    found = capacity.report(hosts(1), domains(GUESTS[:1]), usage(GUESTS[:1]))
    assert "; N+1 does not hold: there is 1 host, nothing to fail over to; " in found.sentence
    section = found.sections[1]
    assert section.tables[0].rows[0][:3] == ["kvm1", "no", "nothing left"]
    assert section.said.startswith("N+1 does not hold: there is 1 host, nothing to fail over to. ")
    plain = found.to_dict()["survival"]
    assert (plain["ok"], plain["alone"]) == (False, "there is 1 host, nothing to fail over to")


def test_more_failures_than_hosts_are_said_as_such():
    found = capacity.report(hosts(1), domains(GUESTS[:1]), None, Policy(fault_tolerance=2))
    assert "; N+2 cannot be said: there is 1 host; " in found.sentence


def test_a_host_above_the_policy_is_said_beside_survival():
    full = [("kvm1", "web1", 34, 8), *GUESTS[3:]]
    assert "kvm1" not in capacity.report(hosts(), domains(GUESTS), None).sentence
    found = capacity.report(hosts(), domains([("kvm1", "a", 20, 8), ("kvm1", "b", 20, 8)]), None)
    told = "N+1 holds: any host may fail, though kvm1 is over what the policy allows already"
    assert f"; {told}; " in found.sentence and found.sections[1].said.startswith(f"{told}. ")
    assert "though" not in capacity.report(hosts(), domains(full), None).sentence  # it does not hold


def test_memory_that_no_guest_reports_is_unknown_not_none():
    frame = usage()
    frame["memory_used_bytes"] = None
    found = capacity.report(hosts(), domains(), frame)
    assert found.candidates()["saving_memory_bytes"].max() <= 4 * G  # of the guest that is to be stopped
    coverage = next(one for one in found.sections if one.key == "coverage")
    assert [row[-1] for row in coverage.tables[0].rows] == [2, 1, 2]
    assert "memory used" not in found.exhaustion


def test_memory_that_one_guest_does_not_report_makes_a_lower_bound():
    frame = usage()
    frame.loc[frame["name"] == "web1", "memory_used_bytes"] = np.nan
    found = capacity.report(hosts(), domains(), frame)
    notes = next(one for one in found.sections if one.key == "runs_out").notes
    assert "memory used: without 1 guest that do not report it: at least that" in notes


def test_no_pools_is_said(found):
    assert "storage pools" not in found.unsaid
    assert "storage pools" in capacity.report(hosts(), domains(), usage()).unsaid


def test_a_pool_without_sizes_is_named():
    frame = pd.concat([pools(), pools("kvm2").assign(storage_pool="q", allocation_bytes=None)])
    found = capacity.report(hosts(), domains(), None, None, frame)
    assert set(found.exhaustion) == {"storage pool backup on kvm1"}
    assert "at no time" in found.unsaid["storage pool backup on kvm2"]


def test_never_is_not_said_of_what_lies_beyond_the_data():
    """Three days reach eighteen ahead: the pool is full in 35."""
    found = capacity.report(hosts(), domains(), None, None, pools(days=3))
    assert "nothing of 1 storage pool runs out before 2026-11-22 at its trend; " in found.sentence
    rows = found.sections[0].tables[0].rows
    assert [row[5] for row in rows] == ["after 2026-11-22, if ever"]
    (asked,) = found.exhaustion.values()
    assert asked.until == asked.frame().index[-1] + (asked.followed - asked.horizon) * pd.Timedelta("6h")


def test_what_may_run_out_early_is_said_where_its_middle_is_far():
    jumpy = pools()
    jumpy["allocation_bytes"] = 200 * G + np.random.default_rng(3).normal(0, 12, len(jumpy)).cumsum() * G
    found = capacity.report(hosts(), domains(), None, None, jumpy)
    (asked,) = found.exhaustion.values()
    assert pd.isna(asked.median) and not pd.isna(asked.lo)
    early = f"storage pool backup on kvm1 on {asked.lo:%Y-%m-%d} at the earliest"
    assert f"before {asked.until:%Y-%m-%d} at its trend, {early}; " in found.sentence


def test_rules_that_lack_a_column_are_named():
    frame = usage().drop(columns=["net_rx_bytes_per_second", "net_tx_bytes_per_second"])
    assert "idle by azure-2019" in capacity.report(hosts(), domains(), frame).unsaid


def test_pools_of_one_name_on_two_hosts_are_two():
    two = pd.concat([pools(), pools("kvm2").assign(storage_pool="q")])
    found = capacity.report(hosts(), domains(), None, None, two)
    assert {"storage pool backup on kvm1", "storage pool backup on kvm2"} == set(found.exhaustion)


def test_of_when_it_is_stands_on_the_page(found, tmp_path):
    assert found.until == usage()["time"].max()
    assert found.to_dict()["until"] == found.until.isoformat()
    last = f"from figures up to {found.until:%Y-%m-%d %H:%M}; times are UTC."
    assert last in found.to_html(tmp_path / "page.html").read_text()
    assert capacity.report(hosts(), domains(), None).until is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"usage": usage().assign(time=usage()["time"].dt.tz_localize(None))}, "time.*usage frame"),
        ({"usage": usage().drop(columns="cpu_used_vcpus")}, "no column 'cpu_used_vcpus'"),
        ({"pools": pools().drop(columns="allocation_bytes")}, "no column 'allocation_bytes'"),
        ({"pools": pools().assign(time=pools()["time"].dt.tz_localize(None))}, "time.*pools frame"),
        ({"pools": pools().assign(allocation_bytes=-1)}, "allocation_bytes"),
        ({"hosts": hosts().assign(memory_bytes=64 * 2**20)}, "memory_bytes"),
        ({"standard": {"vcpus": 2}}, "standard must have 'vcpus' and 'memory_bytes'"),
    ],
)
def test_what_cannot_be_right_is_an_error_that_names_it(change, words):
    given = {"hosts": hosts(), "domains": domains(), "usage": usage(), "pools": pools()} | change
    with pytest.raises(ValueError, match=words):
        capacity.report(**given)


# --- forms ------------------------------------------------------------


def test_the_order_of_the_sections(found):
    assert found.frame()["section"].tolist() == [
        "runs_out", "n_plus", "candidates", "overcommit", "contention", "coverage", "definitions", "unsaid",
    ]  # fmt: skip


def test_plain_values_are_plain(found):
    assert json.loads(json.dumps(found.to_dict(), allow_nan=True))["sentence"] == found.sentence


def test_the_page_stands_alone(found, tmp_path):
    page = found.to_html(tmp_path / "new" / "page.html").read_text()
    assert page.startswith("<!DOCTYPE html>") and page.count("<svg") >= 6
    assert "<script" not in page and "<link" not in page and "src=" not in page and "@import" not in page
    assert "prefers-color-scheme: dark" in page
    assert found.sentence.replace("'", "&#x27;") in re.sub(r"</?span[^>]*>", "", page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert [one.name for one in (tmp_path / "new").iterdir()] == ["page.html"]


def test_names_that_are_markup_stay_words(tmp_path):
    guests = [("kvm1", "<script>alert(1)</script>", 2, 8), *GUESTS[2:]]
    page = (
        capacity.report(hosts(), domains(guests), usage(guests)).to_html(tmp_path / "page.html").read_text()
    )
    assert "<script" not in page


def test_the_chart_is_of_what_runs_out_first(found):
    assert "backup" in json.dumps(found.chart().to_dict()["title"])
