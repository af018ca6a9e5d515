"""`idle`: each published rule, against an evaluation guest by guest."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from tests.unit.capacity.past.usages import START, days, usage
from virtsdk.capacity import IdleReport, Policy, idle, rightsizing
from virtsdk.capacity.past.rules import IDLE

LINK = 125_000_000
PUBLISHED = ("azure-2022", "azure-2019", "aws-trusted-advisor")
NET = ("net_rx_bytes_per_second", "net_tx_bytes_per_second")
STEP = 600  # seconds of a sample below
DAY = 86_400 // STEP


def verdicts(frame, **settings) -> dict[str, list[object]]:
    """The answers by rule, None for missing."""
    found = idle(frame, Policy(**settings)).frame()
    return {
        rule: [None if pd.isna(one) else bool(one) for one in mine["idle"]]
        for rule, mine in found.groupby("rule", sort=False)
    }


def all_say(answer) -> dict[str, list[object]]:
    return {rule: [answer] for rule in PUBLISHED}


def reason(frame, rule, **settings) -> str:
    (found,) = idle(frame, Policy(idle_rules=[rule], **settings)).frame()["because"]
    return found


def around(chance, limit):
    """Below a limit, at it, or above it."""
    return limit * chance.choice([0.5, 0.999, 1, 1.001, 2])


def synthetic(chance, number):
    """A guest over 14 days, its figures on some side of every threshold: CPU, received, sent, vCPUs."""
    vcpus = int(chance.choice([1, 2, 8]))
    cpu = np.full(14 * DAY, 0.001)
    rx, tx = np.zeros(14 * DAY), np.zeros(14 * DAY)
    if number % 2:  # for the rule of half hours
        peaks, level = int(chance.choice([0, 16, 17, 18, 40])), around(chance, 0.03)
        half_hours = chance.permutation(4 * 48 if chance.random() < 0.8 else 7 * 48)
        for one in half_hours[:peaks]:  # P95 lies between the 17th and the 18th of 336
            cpu[7 * DAY + 3 * one + chance.integers(3)] = level
        if chance.random() < 0.8:
            cpu[chance.integers(10 * DAY, 14 * DAY)] = around(chance, 0.02)
        tx[7 * DAY :] = around(chance, 0.02 * LINK) if chance.random() < 0.7 else 1
    else:  # for those of days
        quiet = chance.permutation(14)[: int(chance.choice([2, 3, 4, 5, 14]))]
        most_cpu, most_bytes = chance.choice([0.05, 0.1]), chance.choice([5e6, 7e6])
        for day in range(14):
            at = slice(day * DAY, (day + 1) * DAY)
            level = around(chance, most_cpu) if day in quiet else around(chance, most_cpu) * 3
            cpu[at] = level * vcpus * (1 + 0.5 * np.sin(2 * np.pi * np.arange(DAY) / DAY))
            sent = around(chance, most_bytes) if day in quiet or chance.random() < 0.5 else 2 * most_bytes
            rx[at], tx[at] = 0.25 * sent / 86_400, 0.75 * sent / 86_400
    return cpu, rx, tx, vcpus


def direct(cpu, rx, tx, vcpus) -> tuple[bool, bool, bool]:
    """The three rules as they were published, of one guest with whole days."""
    week, three = cpu[-7 * DAY :], cpu[-3 * DAY :]
    maxima = week.reshape(-1, 3).max(axis=1)  # of half an hour
    outbound = tx[-7 * DAY :].mean() / LINK
    azure = (
        100 * np.quantile(maxima, 0.95) < 3 - 1e-9
        and 100 * three.max() <= 2 + 1e-9
        and outbound < 0.02 * (1 - 1e-9)
    )
    average = 100 * cpu.reshape(14, DAY).mean(axis=1) / vcpus
    moved = (rx + tx).reshape(14, DAY).sum(axis=1) * STEP
    older, trusted = (
        sum(average[day] <= percent + 1e-9 and moved[day] <= most + 1e-3 for day in range(14)) >= 4
        for percent, most in ((5, 7e6), (10, 5e6))
    )
    return bool(azure), older, trusted


def test_rules_are_what_was_published_guest_by_guest():
    chance = np.random.default_rng(7)
    made = [synthetic(chance, number) for number in range(500)]
    times = pd.date_range(START, periods=14 * DAY, freq=f"{STEP}s")
    count = 14 * DAY
    frame = pd.DataFrame(
        {
            "host": "kvm1", "domain": np.repeat([f"u{n}" for n in range(500)], count),
            "time": np.tile(times, 500), "vcpus": np.repeat([one[3] for one in made], count),
            "cpu_used_vcpus": np.concatenate([one[0] for one in made]),
            "memory_bytes": 2**33, "memory_used_bytes": 2**31,
            "net_rx_bytes_per_second": np.concatenate([one[1] for one in made]),
            "net_tx_bytes_per_second": np.concatenate([one[2] for one in made]),
        }
    )  # fmt: skip
    found = verdicts(frame, idle_rules=PUBLISHED)
    expected = [direct(*one) for one in made]
    for place, rule in enumerate(PUBLISHED):
        wanted = [one[place] for one in expected]
        assert found[rule] == wanted
        assert 30 < sum(wanted) < 470  # both sides


def one(samples=None, cpu=0.001, tx=1.0, rx=1.0, number=14, **columns):
    plain = {"cpu_used_vcpus": cpu, "net_tx_bytes_per_second": tx, "net_rx_bytes_per_second": rx}
    if samples is None:
        return days(number, "10min", **(plain | columns))
    return usage(samples, "10min", **(plain | columns))


@pytest.mark.parametrize(
    ("column", "blind"),
    [
        ("net_tx_bytes_per_second", {"azure-2022", "azure-2019", "aws-trusted-advisor"}),
        ("net_rx_bytes_per_second", {"azure-2019", "aws-trusted-advisor"}),
    ],
)
def test_where_a_needed_column_lacks_the_answer_is_missing(column, blind):
    for frame in (one().drop(columns=column), one().assign(**{column: np.nan})):
        found = verdicts(frame, idle_rules=PUBLISHED)
        assert {rule for rule, answers in found.items() if answers == [None]} == blind
        for rule in blind:
            assert f"not known: {column}" in reason(frame, rule)
    assert "cannot tell" in repr(idle(one().drop(columns=column)))


def test_less_than_the_window_is_no_answer_unless_the_policy_takes_what_there_is():
    assert verdicts(one(number=5), idle_rules=["azure-2022"])["azure-2022"] == [None]
    assert reason(one(number=5), "azure-2022") == "5 of 7 days are known"
    assert verdicts(one(number=5), idle_rules=["azure-2022"], min_days=0)["azure-2022"] == [True]
    assert verdicts(one(number=5, cpu=2.0), idle_rules=["azure-2022"])["azure-2022"] == [False]
    assert verdicts(one(number=3), idle_rules=["azure-2019"])["azure-2019"] == [None]
    assert verdicts(one(number=4), idle_rules=["azure-2019"])["azure-2019"] == [None]
    assert verdicts(one(number=4), idle_rules=["azure-2019"], min_days=4)["azure-2019"] == [True]
    assert verdicts(one(number=13), idle_rules=["azure-2019"])["azure-2019"] == [None]
    assert verdicts(one(number=14), idle_rules=["azure-2019"], min_days=30)["azure-2019"] == [True]
    assert reason(one(number=5), "aws-trusted-advisor") == "5 of 14 days are known"
    assert verdicts(one(number=5, cpu=2.0), idle_rules=["azure-2019"])["azure-2019"] == [False]
    assert "1 sample" not in repr(idle(one(1)))
    assert set(idle(one(1)).frame()["idle"].isna()) == {True}


def test_days_of_which_less_than_half_is_known_do_not_count():
    cpu = np.full(14 * 144, 2.0)
    for day in range(4):
        cpu[day * 144 : day * 144 + 144] = 0.001
    quiet = one(cpu=cpu)
    assert verdicts(quiet, idle_rules=["azure-2019"])["azure-2019"] == [True]
    assert verdicts(quiet.drop(range(70)), idle_rules=["azure-2019"])["azure-2019"] == [True]
    assert verdicts(quiet.drop(range(75)), idle_rules=["azure-2019"])["azure-2019"] == [False]
    unknown = quiet.copy()
    unknown.loc[:100, "net_rx_bytes_per_second"] = np.nan  # it might have been much, or little
    assert verdicts(unknown, idle_rules=["azure-2019"])["azure-2019"] == [None]


def test_what_is_surely_in_use_is_so_however_little_is_known():
    busy = one(cpu=2.0)
    busy.loc[busy.index[-500:], "cpu_used_vcpus"] = np.nan  # the last 3 days
    assert verdicts(busy, idle_rules=["azure-2022"])["azure-2022"] == [False]
    quiet = busy.assign(cpu_used_vcpus=busy["cpu_used_vcpus"] / 1000)
    assert verdicts(quiet, idle_rules=["azure-2022"], min_days=0)["azure-2022"] == [None]


def test_a_guest_that_was_off_is_not_idle():
    off = one(interrupted="off", cpu=0.0)
    found = idle(off).frame()
    assert found["idle"].isna().all()
    both = pd.concat([one(), one(number=5, domain="u2", name="gone")])
    last = idle(both).frame().query("name == 'gone' and rule == 'azure-2022'")
    assert last["because"].tolist() == ["no samples in 7 days"]
    assert reason(off, "azure-2022") == "off in the last 7 days"


def test_days_off_are_not_known_to_any_rule():
    """What ran on 5 of 14 days, with nothing to do, is called idle by no rule, and the days off are said."""
    frame = one(tx=0.0, rx=0.0, disk_bytes_per_second=0.0, agent_seen=False)
    gone = frame["time"] < START + pd.Timedelta("9D")
    frame["interrupted"] = np.where(gone, "off", None)
    frame.loc[gone, ["cpu_used_vcpus", "agent_seen"]] = 0.0, False
    found = verdicts(frame)
    assert found == {rule: [None] for rule in IDLE}
    for rule, of in (("azure-2022", "7"), ("azure-2019", "14"), ("zombie", "14")):
        off = {"7": "2", "14": "9"}[of]
        assert reason(frame, rule) == f"5 of {of} days are known, it was off for {off}"
    assert verdicts(frame, min_days=5, zombie_days=5) == {rule: [True] for rule in IDLE}


def test_days_without_figures_of_the_network_are_not_known():
    frame = one()
    frame.loc[: 5 * DAY - 1, "net_rx_bytes_per_second"] = np.nan
    assert verdicts(frame, idle_rules=["azure-2019"])["azure-2019"] == [None]
    assert reason(frame, "azure-2019") == "9 of 14 days are known"
    assert verdicts(frame, idle_rules=["azure-2019"], min_days=9)["azure-2019"] == [True]


def test_a_window_that_is_asked_for_is_not_made_shorter():
    dead = one(tx=0.0, rx=50.0, disk_bytes_per_second=0.0, agent_seen=False)
    for settings in ({}, {"min_days": 0}, {"min_days": 60}):
        only = {"idle_rules": ["zombie"], **settings}
        assert verdicts(dead, zombie_days=30, **only)["zombie"] == [None]
        assert verdicts(dead, zombie_days=14, **only)["zombie"] == [True]
    assert reason(dead, "zombie", zombie_days=30) == "14 of 30 days are known"
    alive = dead.assign(net_tx_bytes_per_second=1.0)
    assert verdicts(alive, idle_rules=["zombie"], zombie_days=30)["zombie"] == [False]


def test_few_hours_may_lack():
    """3 % of 14 days are 10 hours and 5 minutes, as `Policy.min_days` says."""
    dead = one(tx=0.0, rx=0.0, disk_bytes_per_second=0.0, agent_seen=False)
    for hours, answer in ((10, True), (11, None)):
        part = dead.iloc[6 * hours :]
        assert verdicts(part, idle_rules=["zombie"])["zombie"] == [answer]
        action = "shrink" if answer else "unknown"
        assert rightsizing(part).frame()["cpu_action"].tolist() == [action]
    assert "10 hours of 14" in Policy.__doc__


def test_averages_are_of_one_minute_and_longer_samples_are_said():
    samples = np.zeros(4 * 60 * 24)
    frame = usage(len(samples), "15s", cpu_used_vcpus=samples, net_tx_bytes_per_second=0.0)
    spike = frame.copy()
    spike.loc[::2, "cpu_used_vcpus"] = 0.035  # averages of a minute are half of it
    policy = {"idle_rules": ["azure-2022"], "min_days": 0}
    assert verdicts(spike, **policy)["azure-2022"] == [True]
    assert idle(spike, Policy(**policy)).notes == ()
    spike.loc[::4, "cpu_used_vcpus"] = 0.09
    assert verdicts(spike, **policy)["azure-2022"] == [False]
    assert "averages of one minute, and samples are up to 10 min long" in idle(one()).notes[-1]


def test_the_link_is_a_column_or_the_policys():
    frame = one(tx=1_000_000.0)
    assert verdicts(frame, idle_rules=["azure-2022"])["azure-2022"] == [True]
    slow = {"idle_rules": ["azure-2022"], "link_bytes_per_second": 12_500_000}
    assert verdicts(frame, **slow)["azure-2022"] == [False]
    assert verdicts(frame.assign(link_bytes_per_second=1.25e9), **slow)["azure-2022"] == [True]


def test_zombies_have_no_agent_no_disk_and_send_nothing():
    dead = one(tx=0.0, rx=50.0, disk_bytes_per_second=0.0, agent_seen=False)
    only = {"idle_rules": ["zombie"]}
    assert verdicts(dead, **only)["zombie"] == [True]
    for column, value in (
        ("agent_seen", True),
        ("disk_bytes_per_second", 9.0),
        ("net_tx_bytes_per_second", 1.0),
    ):
        alive = dead.assign(**{column: dead[column].astype(float)})
        alive.loc[1000, column] = float(value)
        assert verdicts(alive, **only)["zombie"] == [False]
        assert verdicts(alive, zombie_days=3, **only)["zombie"] == [True]
        assert verdicts(dead.drop(columns=column), **only)["zombie"] == [None]
        part = dead.astype({column: float})
        part.loc[: 7 * DAY - 1, column] = np.nan  # not recorded in the first week
        assert verdicts(part, **only)["zombie"] == [None]
        assert reason(part, "zombie") == "7 of 14 days are known"
    assert verdicts(dead.iloc[:1000], **only)["zombie"] == [None]
    assert "agent not seen" in reason(dead, "zombie")


def test_what_is_used_once_a_week_or_month_is_not_idle():
    cpu = np.full(40 * 144, 0.001)
    cpu[15 * 144 : 15 * 144 + 6] = 3.0  # an hour, 24 days before the end
    monthly = one(cpu=cpu, number=40)
    rules = {"idle_rules": PUBLISHED}
    assert verdicts(monthly, **rules) == all_say(True)
    assert verdicts(monthly, seasonal_days=7, **rules) == all_say(True)
    assert verdicts(monthly, seasonal_days=31, **rules) == all_say(False)
    assert reason(monthly, "azure-2022", seasonal_days=31).startswith("used 25 days ago, within 31; else P95")
    assert verdicts(one(number=20), seasonal_days=31, **rules) == all_say(None)
    assert reason(one(number=20), "azure-2019", seasonal_days=31).startswith("20 of 31 days seen")
    spikes = one(cpu=np.where(np.arange(14 * 144) % 144 == 7, 0.05, 0.001))  # what a daily job takes
    assert verdicts(spikes, seasonal_days=7, idle_rules=["azure-2019"])["azure-2019"] == [True]


def test_guests_are_left_alone():
    frame = pd.concat([one(), one(domain="u2", name="dr1", tags="standby")])
    for exclude in ("dr*", "u2", "standby"):
        found = idle(frame, Policy(idle_rules=["azure-2019"], exclude=[exclude])).frame()
        assert found["idle"].tolist() == [True, False]
        assert found["because"][1] == "left alone: Policy.exclude"


def test_a_row_has_the_values_that_were_compared():
    found = idle(one(cpu=0.01, disk_bytes_per_second=0.0, agent_seen=False)).frame().set_index("rule")
    assert list(found.index) == list(IDLE)
    assert found.loc["azure-2022", "cpu_p95_percent"] == pytest.approx(1)
    assert found.loc["azure-2022", "cpu_highest_percent"] == pytest.approx(1)
    assert found.loc["azure-2022", "net_tx_share"] == pytest.approx(1 / LINK)
    assert "outbound under 0.01 % of the link" in found.loc["azure-2022", "because"]
    assert found.loc["azure-2019", "low_days"] == 14
    assert found.loc["zombie", "net_tx_bytes"] == pytest.approx(14 * 86400)
    assert pd.isna(found.loc["zombie", "cpu_p95_percent"])


def test_the_first_line_is_the_answer_and_guests_come_in_their_order():
    frame = pd.concat([one(cpu=3.0), one(domain="u2", name="old1")])
    report = idle(frame)
    assert repr(report).splitlines()[0] == (
        "<IdleReport 1 of 2 guests idle (1 by azure-2022, 1 by azure-2019, 1 by aws-trusted-advisor); "
        "zombie cannot tell>"
    )
    assert repr(report).splitlines()[2].split()[0] == "old1"
    assert report.frame()["name"].tolist() == ["web1"] * 4 + ["old1"] * 4
    assert report.idle() == report.idle("azure-2022") == ["old1"]
    assert report.idle("zombie") == []
    with pytest.raises(ValueError, match="rule must be one of 'azure-2022'"):
        report.idle("azure")


def test_the_first_line_counts_those_of_whom_nobody_can_tell():
    young = days(3, "10min", domain="u3", cpu_used_vcpus=0.001, net_tx_bytes_per_second=1.0)
    young["time"] += pd.Timedelta("11D")
    frame = pd.concat([one(cpu=3.0), one(domain="u2", name="old1"), young])
    report = idle(frame, Policy(idle_rules=["azure-2022"]))
    assert report.frame().set_index("domain")["idle"].isna().tolist() == [False, False, True]
    assert repr(report).splitlines()[0] == "<IdleReport 1 of 3 guests idle (1 by azure-2022); 1 unknown>"
    assert "unknown" not in repr(idle(frame.iloc[:0])) + repr(idle(one(cpu=3.0))).splitlines()[0]
    assert "Azure Advisor, 2022" in report._repr_html_()
    assert "<script" not in idle(one(name="<script>"))._repr_html_()


def test_a_report_is_plain_values_too():
    report = idle(one())
    plain = json.loads(json.dumps(report.to_dict()))
    assert plain["guests"][0]["idle"] is True
    assert plain["guests"][-1]["idle"] is None
    assert plain["rules"]["azure-2022"]["version"] == "Azure Advisor, 2022"


@pytest.mark.parametrize("report", [lambda: idle(usage(0)), lambda: idle(one(), Policy(idle_rules=()))])
def test_no_guests_and_no_rules_are_answers(report):
    found: IdleReport = report()
    assert len(found.frame()) == 0
    assert "idle" in found.frame()
    assert repr(found).startswith("<IdleReport no guests>")


def test_wrong_input_is_refused_by_column_and_row():
    with pytest.raises(ValueError, match=r"'net_tx_bytes_per_second'.* -1.* in row 0, of domain 'u1'"):
        idle(one(tx=-1.0))


def test_a_chart_says_who_is_idle():
    pytest.importorskip("altair")
    said = json.dumps(idle(one()).chart().to_dict())
    assert "azure-2022" in said
    assert '"said": "idle"' in said
    assert "Nothing to draw" in json.dumps(idle(usage(0)).chart().to_dict())
