"""The answers in words and as HTML."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from tests.unit.widgets.what_if.fleets import POLICY, small
from virtsdk.capacity import Fleet
from virtsdk.widgets.what_if import page
from virtsdk.widgets.what_if.answers import Room, Survival
from virtsdk.widgets.what_if.settings import Ground
from virtsdk.widgets.what_if.steps import Path, steps_of

HOSTILE = "<script>alert('x')</script>\u202e"
GROUND = Ground(small())


def asked(ground: Ground = GROUND, **changes) -> tuple[Room, Survival]:
    settings = replace(ground.start, **changes)
    steps = steps_of(ground, settings)
    fleet = Path(ground.fleet).take(steps)
    return Room.of(ground, fleet, settings, steps), Survival.of(fleet, settings.n_plus)


def test_the_headline_is_the_answer() -> None:
    room, survival = asked()
    assert page.headline(room, survival) == (
        "Room for 25 more like web1 (4 vCPUs, 8 GiB); memory runs out first. "
        f"N+1 holds; tightest without {survival.report.worst[0]} (memory)."
    )
    assert "N+1 is being worked out." in page.headline(room, None)


def test_it_says_how_long_growth_fits() -> None:
    room, survival = asked(growth=10.0)
    assert "At 10 % a month that is room for about 18 more months." in page.headline(room, survival)
    room, survival = asked(growth=10.0, vcpu_ratio=0.1)
    assert "less than a month's room" in page.headline(room, survival)


def test_it_says_what_went_wrong() -> None:
    room, survival = asked(add=80, fail=("kvm4",), memory_ratio=0.3)
    said = page.headline(room, survival)
    assert f"{room.unplaced} guests without a place" in said
    assert "1 host over capacity" in said
    assert "N+1 does not hold: without" in said
    assert "short" in said


def test_one_host_that_is_left_has_nothing_to_fail_over_to() -> None:
    room, survival = asked(fail=GROUND.hosts[1:])
    assert "N+1 does not hold: there is 1 host, nothing to fail over to." in page.headline(room, survival)


def test_no_host_is_left() -> None:
    room, survival = asked(drain=GROUND.hosts)
    assert "N+1 is not known: no host is left." in page.headline(room, survival)
    assert page.fullest(room) == "no hosts"
    assert "5 guests without a place" in page.headline(room, survival)
    assert "gone" in page.results(asked()[0], room, (None, survival))


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.5, "50\N{NO-BREAK SPACE}%"), (None, "?"), (float("nan"), "?"), (float("inf"), "no capacity")],
)
def test_a_share_in_words(share: float | None, said: str) -> None:
    assert page.percent(share) == said


@pytest.mark.parametrize(
    ("binding", "said"),
    [("vcpus", "vCPUs are short"), ("disk", "disk space is short"), ("anti-affinity", "anti-affinity is in")],
)
def test_what_is_in_the_way(binding: str, said: str) -> None:
    _, survival = asked(add=200)
    report = replace(survival.report, binding=binding)
    assert said in page.verdict(replace(survival, report=report))


def test_what_is_not_decided_is_said_so() -> None:
    _, survival = asked()
    report = replace(survival.report, ok=None, open=3, sets=4)
    assert page.verdict(replace(survival, report=report)) == "not decided: 3 of 4 failures are open"


def test_what_a_yes_rests_on_is_said() -> None:
    room, survival = asked(vcpu_ratio=0.5)
    assert survival.report.ok
    assert "over capacity before any failure: kvm1" in page.results(room, room, (survival, survival))


def test_figures_stand_side_by_side() -> None:
    before, after = asked(), asked(fail=("kvm4",), add=2)
    html = page.results(before[0], after[0], (before[1], after[1]))
    plain = re.sub(r' class="(few|long|num)"', "", html)
    assert '<th scope="row">hosts</th><td>4</td><td>3</td>' in plain
    assert '<th scope="row">guests</th><td>5</td><td>7</td>' in plain
    assert html.count("<meter") == 4 + 3


def test_only_the_fullest_hosts_are_drawn() -> None:
    fleet = GROUND.fleet.add_host("kvm1", 20)
    room, survival = asked(Ground(fleet))
    html = page.results(room, room, (survival, survival))
    assert html.count("<meter") == 20
    assert "… and 14 more hosts" in html


def test_hostile_names_are_text() -> None:
    fleet = small()
    hosts = fleet.hosts.replace({"host": {"kvm1": HOSTILE}})
    domains = fleet.domains.replace({"host": {"kvm1": HOSTILE}, "name": {"web1": HOSTILE}})
    ground = Ground(Fleet.from_frames(hosts, domains, POLICY))
    room, survival = asked(ground, like=HOSTILE, fail=("kvm4",), add=30)
    code = f"fleet.fail([{HOSTILE!r}])  # {HOSTILE}"
    html = page.still(asked(ground)[0], room, (survival, survival), code) + page.head(room, survival)
    assert "script>alert" not in html
    assert "\u202e" not in html
    assert "<script>alert('x')</script>\\u202e" in unescape(html)
