"""Settings become steps, and the steps are taken and written alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.widgets.what_if.fleets import GIB, small
from virtsdk.widgets.what_if import steps as module
from virtsdk.widgets.what_if.settings import Ground
from virtsdk.widgets.what_if.steps import Path, Step, checked_name, code_of, grown, steps_of

FLEET = small()
GROUND = Ground(FLEET)
ALL = replace(
    GROUND.start,
    vcpu_ratio=3.0, reserve_memory_bytes=GIB, drain=("kvm2",), growth=10.0, months=3, add=5, fail=("kvm4",),
)  # fmt: skip


def test_without_settings_the_fleet_is_the_answer() -> None:
    assert steps_of(GROUND, GROUND.start) == ()
    assert steps_of(GROUND, replace(GROUND.start, growth=5.0)) == ()  # for no month
    assert code_of((), "mine") == "changed = mine"
    assert Path(FLEET).take(()) is FLEET


def test_each_setting_is_one_verb_and_failures_come_last() -> None:
    steps = steps_of(GROUND, ALL)
    assert [step.verb for step in steps] == ["with_policy", "drain", "add", "add", "fail"]
    assert code_of(steps, "mine").splitlines() == [
        "from dataclasses import replace",
        "",
        "changed = mine.with_policy(replace(mine.policy, vcpu_ratio=3.0, reserve_memory_bytes=1073741824))",
        "changed = changed.drain(['kvm2'])",
        "# 10 % a month for 3 months, of 5 guests",
        "changed = changed.add('web1', 2)",
        "changed = changed.add('web1', 5)",
        "changed = changed.fail(['kvm4'])",
    ]


def test_the_code_runs_as_it_stands() -> None:
    space = {"mine": FLEET}
    steps = steps_of(GROUND, ALL)
    exec(code_of(steps, "mine"), space)
    assert space["changed"].domains.equals(Path(FLEET).take(steps).domains)


def test_names_cannot_leave_their_quotes() -> None:
    name = "'); import os #\n\u202e"
    code = code_of([Step("fail", ((name,),))])
    assert code.isprintable()
    assert eval(code.partition("fail")[2]) == [name]


def test_guests_like_no_other_have_a_size() -> None:
    ground = Ground(FLEET.remove(["web1", "web2", "web3", "db1", "tiny", "off1"]))
    (step,) = steps_of(ground, replace(ground.start, add=2))
    assert step.arguments == ({"vcpus": 2, "memory_bytes": 4 * GIB}, 2)
    assert len(step.take(ground.fleet).domains) == 2


@pytest.mark.parametrize(
    ("guests", "percent", "months", "more"),
    [(100, 0, 12, 0), (100, 2, 0, 0), (100, 2, 1, 2), (1000, 2, 6, 126), (100, 100, 2, 300), (0, 5, 9, 0)],
)
def test_growth_is_compound(guests: int, percent: float, months: int, more: int) -> None:
    assert grown(guests, percent, months) == more


def test_growth_without_end_is_refused_and_not_worked_out() -> None:
    for settings in (replace(ALL, growth=1000.0, months=10**9), replace(ALL, add=100_001)):
        with pytest.raises(ValueError, match="add and growth must be at most 100,000 guests together"):
            steps_of(GROUND, settings)


def test_a_host_does_not_fail_after_it_was_drained() -> None:
    with pytest.raises(ValueError, match="kvm2 cannot fail: drain has taken it"):
        steps_of(GROUND, replace(ALL, fail=("kvm2", "kvm4")))


def test_what_was_worked_out_is_not_worked_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    take = Step.take
    monkeypatch.setattr(Step, "take", lambda step, fleet: (taken.append(step.verb), take(step, fleet))[1])
    path = Path(FLEET)
    path.take(steps_of(GROUND, ALL))
    taken.clear()
    path.take(steps_of(GROUND, replace(ALL, add=6)))
    assert taken == ["add", "fail"]
    taken.clear()
    path.take(steps_of(GROUND, replace(ALL, vcpu_ratio=1.0)))
    assert len(taken) == 5
    assert path.take(()) is FLEET


def test_a_step_that_fails_leaves_the_way_to_it() -> None:
    path = Path(FLEET)
    good = Step("drain", (("kvm2",),))
    with pytest.raises(ValueError, match="no host"):
        path.take([good, Step("fail", (("nobody",),))])
    assert len(path.take([good]).hosts) == 3


@pytest.mark.parametrize("name", ["", "a b", "1a", "class", "fleet; import os"])
def test_the_fleets_name_is_a_name(name: str) -> None:
    with pytest.raises(ValueError, match="name must be a name in Python"):
        checked_name(name)
    assert checked_name("fleet_1") == "fleet_1"
    assert module.RESULT.isidentifier()
