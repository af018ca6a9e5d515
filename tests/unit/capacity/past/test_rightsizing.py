"""`rightsizing`: sizes by use, the risk beside, and what stays open."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest

from tests.unit.capacity.past.usages import GIB, START, days, guests, usage
from virtsdk.capacity import Policy, RightsizingReport, rightsizing
from virtsdk.capacity.past.rules import SIZES

ANY = Policy(min_days=0)
MIB = 2**20


def row(report: RightsizingReport):
    (found,) = report.frame().to_dict("records")
    return found


def test_vcpus_are_what_a_loop_over_guests_says():
    chance = np.random.default_rng(3)
    series = {
        f"g{n}": np.minimum(4, chance.gamma(0.5, level, 400)) for n, level in enumerate((0.01, 0.3, 1, 3, 9))
    }
    series["hole"] = np.where(chance.random(400) < 0.2, np.nan, series["g2"])
    frame = rightsizing(guests(**series), ANY).frame()
    for found, used in zip(frame.to_dict("records"), series.values(), strict=True):
        used = used[~np.isnan(used)]
        p99 = np.quantile(used, 0.99)
        wanted = max(1, math.ceil(1.2 * p99 + 0.02 * 4))
        if p99 >= 0.95 * 4:
            wanted = max(wanted, 5)
        assert found["recommended_vcpus"] == wanted
        assert found["cpu_action"] == ("shrink" if wanted < 4 else "grow" if wanted > 4 else "keep")
        assert found["saving_vcpus"] == 4 - wanted
        assert found["risk_cpu"] == np.mean(used > wanted)
        assert found["risk_seconds_per_day"] == pytest.approx(86400 * np.mean(used > wanted))
        assert found["samples"] == len(used)
        assert found["cpu_quantile_vcpus"] == pytest.approx(p99)
        assert found["quantile"] == 0.99
    assert frame["risk_cpu"].max() > 0
    assert {"shrink", "grow"} <= set(frame["cpu_action"])


def test_the_part_of_what_it_has_counts_and_one_vcpu_is_the_least():
    assert row(rightsizing(days(14, cpu_used_vcpus=1.6)))["recommended_vcpus"] == 2  # 1.92 + 0.08
    assert row(rightsizing(days(14, cpu_used_vcpus=1.62)))["recommended_vcpus"] == 3  # 1.944 + 0.08
    assert row(rightsizing(days(14, cpu_used_vcpus=0.0), Policy(rightsizing="aws")))["recommended_vcpus"] == 1


def test_memory_goes_by_the_most_that_was_used_never_by_a_percentile():
    used = np.full(24 * 14, 1.0 * GIB)
    used[77] = 5 * GIB
    found = row(rightsizing(days(14, memory_used_bytes=used)))
    wanted = math.ceil((1.2 * 5 * GIB + 0.02 * 8 * GIB) / MIB) * MIB
    assert found["recommended_memory_bytes"] == wanted
    assert found["memory_action"] == "shrink"
    assert found["saving_memory_bytes"] == 8 * GIB - wanted
    assert found["memory_most_bytes"] == 5 * GIB
    for name in SIZES:
        assert (
            row(rightsizing(days(14, memory_used_bytes=used), Policy(rightsizing=name)))[
                "recommended_memory_bytes"
            ]
            >= 5 * GIB
        )


def test_memory_after_boot_counts_though_its_cpu_is_not_known():
    used, cpu = np.full(24 * 14, 1.0 * GIB), np.full(24 * 14, 1.0)
    used[100], cpu[100] = 4 * GIB, np.nan  # the interval in which the guest booted
    found = row(rightsizing(days(14, memory_used_bytes=used, cpu_used_vcpus=cpu)))
    assert found["memory_most_bytes"] == 4 * GIB


def test_where_a_guest_does_not_report_its_memory_is_unknown():
    for nothing in (np.nan, 0.0):
        found = row(rightsizing(days(14, memory_used_bytes=nothing)))
        assert found["memory_action"] == "unknown"
        assert pd.isna(found["recommended_memory_bytes"])
        assert pd.isna(found["saving_memory_bytes"])
        assert "does not report" in found["memory_reason"]
        assert found["cpu_action"] == "shrink"
    seldom = np.where(np.arange(24 * 14) % 24 == 3, GIB, np.nan)
    found = row(rightsizing(days(14, memory_used_bytes=seldom)))
    assert found["memory_action"] == "unknown"
    assert "0.583 of 14 days" in found["memory_reason"]


@pytest.mark.parametrize("column", ["swap_in_bytes_per_second", "oom_kills"])
def test_a_guest_that_was_short_of_memory_is_never_shrunk(column):
    seen = np.zeros(24 * 14)
    assert row(rightsizing(days(14, **{column: seen})))["memory_action"] == "shrink"
    seen[5] = 1
    found = row(rightsizing(days(14, **{column: seen})))
    assert found["memory_action"] == "keep"
    assert found["recommended_memory_bytes"] == 8 * GIB
    assert found["saving_memory_bytes"] == 0
    assert "not to shrink" in found["memory_reason"]
    grows = row(rightsizing(days(14, memory_used_bytes=7.5 * GIB, **{column: seen})))
    assert grows["memory_action"] == "grow"
    assert grows["recommended_memory_bytes"] > 8 * GIB


def test_a_guest_at_its_ceiling_grows_whatever_the_rule():
    for name in SIZES:
        found = row(rightsizing(days(14, cpu_used_vcpus=3.8), Policy(rightsizing=name)))
        assert found["cpu_action"] == "grow"
        assert found["recommended_vcpus"] >= 5
        assert "would have used more" in found["cpu_reason"]
    below = row(rightsizing(days(14, cpu_used_vcpus=3.79), Policy(rightsizing="aws-0")))
    assert below["cpu_action"] == "keep"


def test_too_few_days_recommend_nothing_and_are_shown_as_provisional():
    found = row(rightsizing(days(10)))
    assert (found["cpu_action"], found["memory_action"]) == ("unknown", "unknown")
    assert found["recommended_vcpus"] == 2
    assert found["cpu_reason"].startswith("provisional, 10 of 14 days: ")
    assert found["confidence"] == "low"
    assert pd.isna(found["saving_vcpus"])
    for policy in (ANY, Policy(min_days=10)):
        assert row(rightsizing(days(10), policy))["cpu_action"] == "shrink"
    assert row(rightsizing(days(10), ANY))["confidence"] == "low"


def test_gaps_and_hours_off_are_no_days_of_data():
    frame = days(14)
    assert row(rightsizing(frame))["cpu_action"] == "shrink"
    assert row(rightsizing(frame.drop(range(100, 103))))["cpu_action"] == "shrink"  # the recorder restarted
    holes = rightsizing(frame.drop(range(100, 130)))
    assert row(holes)["cpu_action"] == "unknown"
    assert row(holes)["days"] == pytest.approx(14 - 30 / 24)
    assert row(holes)["gaps"] == 1
    frame["interrupted"] = np.where(np.arange(len(frame)) % 24 < 12, "off", None)
    frame["cpu_used_vcpus"] = np.where(np.arange(len(frame)) % 24 < 12, 0.0, 3.0)
    off = row(rightsizing(frame))
    assert off["days"] == 7
    assert off["cpu_action"] == "unknown"
    assert off["recommended_vcpus"] == 4  # of the hours in which it ran


def test_a_guest_that_was_always_off_is_unknown():
    found = row(rightsizing(days(14, interrupted="off", cpu_used_vcpus=0.0, memory_used_bytes=np.nan)))
    assert found["cpu_action"] == "unknown"
    assert found["cpu_reason"] == found["memory_reason"] == "it was off"
    assert pd.isna(found["recommended_vcpus"])
    assert pd.isna(found["risk_cpu"])


def test_one_sample_or_none_is_an_answer():
    found = row(rightsizing(usage(1)))
    assert found["cpu_action"] == "unknown"
    assert "one sample only" in rightsizing(usage(1)).notes[0]
    assert "one sample only" in rightsizing(usage(1), ANY).notes[0]
    empty = rightsizing(usage(0))
    assert len(empty.frame()) == 0
    assert repr(empty) == "<RightsizingReport no guests>"
    assert "no guests" in empty._repr_html_()


def test_the_days_that_are_not_in_the_data_are_named():
    assert (
        rightsizing(days(5)).notes[0].startswith("some day of the week and a month-end are not in the data")
    )
    assert (
        rightsizing(days(28)).notes[0].startswith("a month-end is not in the data (2026-03-02 to 2026-03-29")
    )
    assert "2026-03-02 to 2026-03-30" in rightsizing(days(29, "10min")).notes[0]
    assert rightsizing(days(30, "10min")).notes == ()
    assert row(rightsizing(days(28)))["confidence"] == "medium"
    assert row(rightsizing(days(30)))["confidence"] == "high"
    assert row(rightsizing(days(30).drop(range(100, 200))))["confidence"] == "medium"


def test_peaks_and_demand_that_are_not_seen_are_said():
    assert rightsizing(days(30)).notes == (
        "samples are averages of up to 1 h: shorter peaks are not seen, and may be higher",
    )
    for wait, said in ((0.05, False), (0.2, True)):
        report = rightsizing(days(30, "10min", vcpu_delay_seconds_per_second=wait))
        assert any("waited for the host's CPUs" in note and "web1" in note for note in report.notes) == said


@pytest.mark.parametrize(
    ("name", "quantile", "factor", "memory"),
    [
        ("aws", 0.995, 1.2, 1.2), ("aws-30", 0.995, 1.3, 1.3), ("aws-0", 0.995, 1.0, 1.1),
        ("aws-p95", 0.95, 1.2, 1.2), ("aws-p90-30", 0.9, 1.3, 1.3), ("krr", 0.95, 1.0, 1.15),
    ],
)  # fmt: skip
def test_rules_of_others(name, quantile, factor, memory):
    used = np.random.default_rng(4).gamma(0.6, 0.8, 24 * 14).clip(0, 3.5)
    found = row(rightsizing(days(14, cpu_used_vcpus=used), Policy(rightsizing=name)))
    assert found["recommended_vcpus"] == math.ceil(factor * np.quantile(used, quantile))
    assert found["recommended_memory_bytes"] == math.ceil(memory * 2 * GIB / MIB) * MIB
    assert found["quantile"] == quantile


def test_vpa_forgets_half_in_a_day_and_is_said_to_be_a_request():
    used = np.where(np.arange(24 * 14) < 24 * 10, 3.0, 0.5)
    report = rightsizing(days(14, cpu_used_vcpus=used), Policy(rightsizing="vpa"))
    weights = 0.5 ** (np.arange(24 * 14)[::-1] / 24)
    order = np.argsort(used, kind="stable")
    share = np.cumsum(weights[order]) / weights.sum()
    p90 = used[order][np.argmax(share >= 0.9)]
    assert p90 == 0.5  # what is older than 4 days has 1/16 of the weight
    assert row(report)["cpu_quantile_vcpus"] == p90
    assert row(report)["recommended_vcpus"] == 1
    assert any("request" in note for note in report.notes)
    assert row(rightsizing(days(14, cpu_used_vcpus=used)))["recommended_vcpus"] == 4


def test_each_rule_has_a_version_and_a_source():
    assert all(rule.version and rule.source for rule in SIZES.values())
    report = rightsizing(days(14), Policy(rightsizing="krr"))
    assert report.rule is SIZES["krr"]
    assert report.to_dict()["rule"]["source"] in SIZES["krr"].source


def test_guests_are_left_alone_by_name_uuid_or_tag():
    frame = pd.concat(
        [days(14, domain=f"u{n}", name=f"{kind}{n}", tags=tag) for n, (kind, tag) in
         enumerate([("db", ""), ("web", ""), ("web", "keep, gold"), ("app", "")])],
        ignore_index=True,
    )  # fmt: skip
    report = rightsizing(frame, Policy(exclude=["db*", "keep", "u3"]))
    assert report.frame()["cpu_action"].tolist() == ["keep", "shrink", "keep", "keep"]
    assert report.frame()["memory_action"].tolist() == ["keep", "shrink", "keep", "keep"]
    assert report.frame()["cpu_reason"][0] == "left alone: Policy.exclude"
    assert report.frame()["saving_vcpus"].tolist() == [0, 2, 0, 0]


def test_the_first_line_is_the_answer():
    frame = pd.concat(
        [
            days(30, domain="u1", name="web1"),
            days(30, domain="u2", name="db1", cpu_used_vcpus=3.9, memory_used_bytes=np.nan),
            days(3, domain="u3", name="new1"),
        ]
    )
    report = rightsizing(frame, Policy(vcpu_price=10, gib_price=1))
    first, header, *lines = repr(report).splitlines()
    assert first == (
        "<RightsizingReport 1 of 3 guests can shrink: 2 vCPUs and 5.44 GiB less, 25.44 saved; "
        "1 should grow: 1 vCPU more, 10.00 on top; 15.44 saved in all; 1 unknown; memory of 1 unknown>"
    )
    assert header.split()[:2] == ["guest", "host"]
    assert lines[0].split()[0] == "web1"
    assert lines[1].split()[0] == "db1"
    assert "(2)" in lines[2]  # provisional
    assert report.frame()["saving_money"][0] == pytest.approx(2 * 10 + 8 - (1.2 * 2 + 0.16), abs=1e-3)
    page = report._repr_html_()
    assert "Rightsizing" in page
    assert "P99 is 1 of 4 vCPUs; 1.2 x P99 + 2 % of 4 is 1.28; memory: at most 2 GiB of 8 GiB used" in page
    assert "<script" not in rightsizing(days(14, name="<script>"))._repr_html_()


def test_the_first_line_keeps_what_shrinks_and_what_grows_apart():
    """Money beside vCPUs and memory is theirs; a guest that does both is said to be in both."""
    frame = pd.concat(
        [
            days(30, domain="u1", name="a", vcpus=8, memory_used_bytes=7.5 * GIB),
            days(30, domain="u2", name="b", cpu_used_vcpus=3.9, memory_used_bytes=1.0 * GIB),
            days(30, domain="u3", name="c", vcpus=16, memory_used_bytes=np.nan),
        ]
    )
    report = rightsizing(frame, Policy(vcpu_price=10, gib_price=2))
    rows = report.frame()
    less, more = (
        [(sign * rows[name]).clip(lower=0).sum() for name in ("saving_vcpus", "saving_memory_bytes")]
        for sign in (1, -1)
    )
    assert (less[0], more[0]) == (6 + 14, 1)
    saved, spent = (10 * vcpus + 2 * memory / GIB for vcpus, memory in (less, more))
    assert repr(report).splitlines()[0] == (
        f"<RightsizingReport 3 of 3 guests can shrink: 20 vCPUs and {less[1] / GIB:.3g} GiB less, "
        f"{saved:,.2f} saved; 2 should grow: 1 vCPU and {more[1] / GIB:.3g} GiB more, {spent:,.2f} on top "
        f"(2 of them are to do both); {saved - spent:,.2f} saved in all; memory of 1 unknown>"
    )
    assert rows["saving_money"].iloc[:2].sum() == pytest.approx(saved - spent - 14 * 10)
    assert "saved in all" not in repr(rightsizing(frame))
    growing = repr(rightsizing(frame.iloc[: 30 * 24], Policy(vcpu_price=1, gib_price=100)))
    assert " on top in all>" in growing.splitlines()[0]


@pytest.mark.parametrize(("prices", "known"), [({"vcpu_price": 10}, True), ({"gib_price": 1}, False)])
def test_money_is_missing_only_where_what_has_a_price_is_unknown(prices, known):
    money = rightsizing(days(30, memory_used_bytes=np.nan), Policy(**prices)).frame()["saving_money"]
    assert money.notna().tolist() == [known]


def test_one_vcpu_is_no_vcpus():
    assert "P99 is 0.5 of 1 vCPU; " in row(rightsizing(days(14, vcpus=1, cpu_used_vcpus=0.5)))["cpu_reason"]
    assert "% of its 1 vCPU: " in row(rightsizing(days(14, vcpus=1)))["cpu_reason"]


def test_a_report_is_plain_frozen_and_hands_out_copies():
    report = rightsizing(days(14))
    plain = json.loads(json.dumps(report.to_dict()))
    assert plain["guests"][0]["recommended_vcpus"] == 2
    assert plain["policy"]["rightsizing"] == "virtsdk"
    mine = report.frame()
    mine.loc[0, "recommended_vcpus"] = 99
    assert row(report)["recommended_vcpus"] == 2
    with pytest.raises(AttributeError):
        report.notes = ()


def test_a_guest_that_migrated_is_one_row():
    moved = days(7, host="kvm2", start=START + pd.Timedelta("7D"), cpu_used_vcpus=2.0)
    report = rightsizing(pd.concat([days(7), moved]))
    assert row(report)["host"] == "kvm2"
    assert row(report)["samples"] == 14 * 24
    assert report.notes[0].startswith("migrated in between")


def test_a_guest_that_was_resized_goes_by_what_it_has_now():
    vcpus = np.where(np.arange(24 * 14) < 100, 4, 8)
    found = row(rightsizing(days(14, vcpus=vcpus, cpu_used_vcpus=3.0)))
    assert found["vcpus"] == 8
    assert found["recommended_vcpus"] == math.ceil(1.2 * 3 + 0.02 * 8)


def test_wrong_input_is_refused_by_column_and_row():
    with pytest.raises(ValueError, match=r"'cpu_used_vcpus'.* in row 3, of domain 'u1'"):
        rightsizing(usage(cpu_used_vcpus=[1, 1, 1, -1, 1, 1]))
    with pytest.raises(TypeError, match="policy must be a Policy"):
        rightsizing(usage(), {"min_days": 0})


def test_a_chart_says_what_is_recommended():
    pytest.importorskip("altair")
    said = json.dumps(
        rightsizing(pd.concat([days(14), days(14, domain="u2", name="b", memory_bytes=np.nan)]))
        .chart()
        .to_dict()
    )
    assert "2 of 4, shrink" in said
    assert "web1" in said
    assert "Nothing to draw" in json.dumps(rightsizing(usage(0)).chart().to_dict())


HOURS = 15 * 24


@pytest.mark.parametrize(("since", "action"), [(24, "unknown"), (14 * 24, "shrink")])
def test_what_was_used_up_of_fewer_vcpus_says_nothing_of_more(since, action):
    """A guest at the end of 2 vCPUs was given 8: two weeks at 2 are no reason to take them back."""
    few = np.arange(HOURS) < HOURS - since
    frame = days(15, vcpus=np.where(few, 2, 8), cpu_used_vcpus=np.where(few, 1.98, 2.0))
    found = row(rightsizing(frame))
    assert (found["recommended_vcpus"], found["cpu_action"]) == (3, action)
    told = "provisional, 1 of 14 days since it had fewer vCPUs and used them up: "
    assert found["cpu_reason"].startswith(told) is (action == "unknown")
    idle = frame.assign(cpu_used_vcpus=1.0)  # it did not use them up: all of its days count
    assert row(rightsizing(idle))["cpu_action"] == "shrink"
    full = frame.assign(cpu_used_vcpus=np.where(few, 1.98, 7.9))
    assert row(rightsizing(full))["cpu_action"] == "grow"  # that needs no two weeks


@pytest.mark.parametrize(("before", "action"), [(3.9, "unknown"), (3.7, "shrink")])
def test_what_was_used_up_of_less_memory_says_nothing_of_more(before, action):
    little = np.arange(HOURS) < HOURS - 24
    has, used = np.where(little, 4, 16) * GIB, np.where(little, before, 4.2) * GIB
    found = row(rightsizing(days(15, memory_bytes=has, memory_used_bytes=used)))
    assert found["memory_action"] == action
    told = "provisional, 1 of 14 days since it had less memory and used it up: "
    assert found["memory_reason"].startswith(told) is (action == "unknown")


@pytest.mark.parametrize(("end", "action"), [(6.0, "keep"), (4.3, "shrink")])
def test_memory_that_grows_is_not_shrunk_to_what_it_soon_fills(end, action):
    """From 4 to 6 GiB in two weeks: the 7.4 GiB that would do today are full in ten days."""
    found = row(rightsizing(days(14, memory_used_bytes=np.linspace(4 * GIB, end * GIB, 14 * 24))))
    assert found["memory_action"] == action
    assert ("MiB a day, and would fill that in less than 30 days" in found["memory_reason"]) is (
        action == "keep"
    )
    assert found["saving_memory_bytes"] == (0 if action == "keep" else found["saving_memory_bytes"])
    steady = np.resize([4 * GIB, end * GIB], 14 * 24)
    assert row(rightsizing(days(14, memory_used_bytes=steady)))["memory_action"] == "shrink"
