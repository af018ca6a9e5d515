"""The what-if without a page: methods, buttons, threads. `tests/browser` has it in JupyterLab."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator

import ipywidgets
import pytest
from ipywidgets.widgets.widget import _instances

from tests.unit.widgets.what_if.fleets import GIB, POLICY, small
from tests.waiting import until
from virtsdk.capacity import Fleet
from virtsdk.errors import InvalidState
from virtsdk.widgets import cells
from virtsdk.widgets import view as views
from virtsdk.widgets.cells import Run
from virtsdk.widgets.what_if import WhatIfView, view
from virtsdk.widgets.what_if.settings import KNOWN
from virtsdk.widgets.what_if.steps import Step
from virtsdk.widgets.what_if.wishes import QUESTIONS

FLEET = small()


@pytest.fixture
def what_if() -> Iterator[WhatIfView]:
    with FLEET.explore() as opened:
        yield opened


def threads() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith("virtsdk-whatif")]


def button(what_if: WhatIfView, label: str) -> ipywidgets.Button:
    buttons = what_if.widget.children[2].children
    return next(one for one in buttons if one.description == label)


def test_it_opens_with_the_fleet_as_it_is(what_if: WhatIfView) -> None:
    assert what_if.fleet is FLEET
    assert what_if.code == "changed = fleet"
    assert what_if.room == FLEET.guests_left("web1")
    assert what_if.survival == FLEET.n_plus(1)
    assert what_if.headroom.frame().equals(FLEET.headroom().frame())
    assert repr(what_if).startswith("<WhatIf Room for 25 more like web1")


def test_every_control_and_every_button_has_its_method(what_if: WhatIfView) -> None:
    assert [one.description for one in what_if.widget.children[2].children] == [
        "Lose the largest host",
        "Next 6 months",
        "Empty this host",
        "Reset",
    ]
    for name in (*KNOWN, *QUESTIONS):
        assert getattr(WhatIfView, name).__doc__
    given = {
        "like": "db1", "add": 2, "growth": 1.0, "months": 2, "vcpu_ratio": 3, "memory_ratio": 1.5,
        "reserve_cpus": 1, "reserve_memory_bytes": GIB, "fail": ("kvm1",), "drain": ("kvm2",), "n_plus": 2,
        "this_host": "kvm3",
    }  # fmt: skip
    for name, value in given.items():
        getattr(what_if, name)(value)
    assert what_if.settings == given
    assert what_if.survival.k == 2


def test_a_method_is_a_verb_of_the_fleet(what_if: WhatIfView) -> None:
    what_if.drain("kvm2")
    assert what_if.fleet.moves.equals(FLEET.drain("kvm2").moves)
    what_if.drain([])
    what_if.add(3)
    assert what_if.fleet.domains.equals(FLEET.add("web1", 3).domains)


def test_the_presets(what_if: WhatIfView) -> None:
    what_if.drain("kvm4")
    what_if.lose_the_largest_host()
    assert what_if.settings["fail"] == ("kvm1",)  # the largest is drained
    what_if.empty_this_host()
    assert (what_if.settings["drain"], what_if.settings["fail"]) == (("kvm1",), ())
    what_if.empty_this_host("kvm3")
    assert what_if.code == "changed = fleet.drain(['kvm3'])"
    assert what_if.settings["this_host"] == "kvm3"
    what_if.reset()
    assert what_if.fleet is FLEET


def test_the_next_months_grow_as_is_set_or_by_a_guess(what_if: WhatIfView) -> None:
    what_if.next_6_months()
    assert what_if.fleet is not None
    until(lambda: what_if.status == "In 6 months, at 2 % a month. That rate is a guess: set your own.")
    what_if.growth(8.0)
    what_if.next_6_months()
    assert what_if.code.endswith("changed = fleet.add('web1', 3)")
    until(lambda: what_if.status == "In 6 months, at 8 % a month.")


def test_a_button_asks_and_returns(what_if: WhatIfView) -> None:
    button(what_if, "Lose the largest host").click()
    assert what_if.code == "changed = fleet.fail(['kvm4'])"
    assert what_if._controls.fields["fail"].value == ("kvm4",)


def test_what_the_page_writes_is_a_wish(what_if: WhatIfView) -> None:
    what_if._controls.fields["add"].set_state({"value": 4})
    what_if._controls.sliders["vcpu_ratio"].set_state({"value": 3.0})
    assert len(what_if.fleet.domains) == 10
    assert what_if.fleet.policy.vcpu_ratio == 3
    assert what_if._controls.fields["vcpu_ratio"].value == 3
    assert what_if._controls.sliders["add"].value == 4


def test_a_handler_only_enqueues(what_if: WhatIfView, monkeypatch: pytest.MonkeyPatch) -> None:
    worked_in: list[str] = []
    take = Step.take

    def watched(step: Step, fleet: Fleet) -> Fleet:
        worked_in.append(threading.current_thread().name)
        return take(step, fleet)

    monkeypatch.setattr(Step, "take", watched)
    what_if._controls.fields["add"].set_state({"value": 4})
    button(what_if, "Empty this host").click()
    what_if.fail("kvm2")
    assert what_if.fleet is not None
    assert set(worked_in) == {"virtsdk-whatif-room"}


def test_a_slider_that_is_dragged_is_not_worked_out_fifty_times(what_if, monkeypatch) -> None:
    taken: list[int] = []
    go = threading.Event()
    take = Step.take

    def slow(step: Step, fleet: Fleet) -> Fleet:
        go.wait(60)
        taken.append(step.arguments[1])
        return take(step, fleet)

    monkeypatch.setattr(Step, "take", slow)
    for value in range(1, 38):
        what_if._controls.sliders["add"].set_state({"value": float(value)})
    go.set()
    assert len(what_if.fleet.domains) == 6 + 37
    assert taken[-1] == 37
    assert len(taken) <= 2
    assert what_if._controls.sliders["add"].value == 37
    assert what_if._controls.fields["add"].value == 37


def test_a_failure_that_takes_long_holds_up_no_room(what_if, monkeypatch) -> None:
    go = threading.Event()
    n_plus = Fleet.n_plus
    monkeypatch.setattr(Fleet, "n_plus", lambda fleet, k: (go.wait(60), n_plus(fleet, k))[1])
    what_if.add(1)
    what_if.add(2)
    assert len(what_if.fleet.domains) == 8
    monkeypatch.setattr(view, "_PATIENCE_SECONDS", 0.01)
    assert "working …" in what_if._repr_html_()
    go.set()
    assert what_if.survival == FLEET.add("web1", 2).n_plus(1)


def test_the_answer_to_a_question_of_before_is_not_shown(what_if: WhatIfView) -> None:
    what_if.lose_the_largest_host()
    assert what_if.survival.ok
    former = what_if._after
    what_if.add(80)
    assert what_if.survival.ok is False
    what_if._survive(former)
    assert what_if.survival.ok is False


def test_a_wrong_argument_is_an_error_and_a_status(what_if: WhatIfView) -> None:
    what_if.add(2)
    with pytest.raises(ValueError, match="there is no host 'kvm9' in the fleet"):
        what_if.fail("kvm9")
    assert (what_if.status_level, "kvm9" in what_if.status) == ("error", True)
    assert what_if.code == "changed = fleet.add('web1', 2)"
    assert what_if.settings["fail"] == ()


def test_a_wrong_step_is_a_line_in_the_status(what_if: WhatIfView) -> None:
    what_if.drain("kvm2")
    good = what_if.fleet
    what_if._controls.fields["fail"].set_state({"index": [1]})
    assert what_if.fleet is good
    assert what_if.status == (
        "kvm2 cannot fail: drain has taken it out of the fleet already. "
        "The answers are those of the step before."
    )
    assert what_if.status_level == "error"
    what_if._controls.fields["like"].set_state({"value": "nobody\u202e"})
    assert what_if.fleet is good
    assert "there is no guest 'nobody\\u202e' in the fleet" in what_if.status
    what_if.reset()
    assert what_if.fleet is FLEET
    until(lambda: what_if.status_level == "info")


def test_all_hosts_may_be_lost(what_if: WhatIfView) -> None:
    what_if.fail(["kvm1", "kvm2", "kvm3", "kvm4"])
    assert len(what_if.fleet.unplaced) == 5
    assert what_if.survival is None
    what_if.fail([])
    what_if.drain(["kvm1", "kvm2", "kvm3", "kvm4"])
    what_if.lose_the_largest_host()
    assert what_if.status == "No host is left to lose."


def test_an_empty_fleet_is_shown() -> None:
    with Fleet.from_frames(FLEET.hosts[:0], FLEET.domains[:0], POLICY).explore() as what_if:
        what_if.add(2)
        assert len(what_if.fleet.unplaced) == 2
        what_if.empty_this_host()
        assert what_if.status == "There is no host to empty."
        assert "Room for 0 more of 2 vCPUs, 4 GiB" in what_if._repr_html_()


def test_the_status_is_observable_and_its_observer_may_ask(what_if: WhatIfView) -> None:
    seen: list[tuple[str, int]] = []
    what_if.observe(lambda change: seen.append((change["new"], len(what_if.fleet.hosts))), "status")
    what_if.lose_the_largest_host()
    until(lambda: seen == [("Without kvm4, the largest host.", 3)])


def test_the_frame_and_the_chart_are_of_the_hosts(what_if: WhatIfView) -> None:
    what_if.fail("kvm1")
    frame = what_if.frame()
    assert frame["host"].iloc[-1] == "kvm1"
    assert frame["after"].isna().tolist() == [False, False, False, True]
    drawn = what_if.chart().to_dict()
    assert "kvm1" not in str(drawn)
    assert "kvm2: " in str(drawn)


def test_closing_ends_its_threads_and_forgets_its_widgets() -> None:
    until(lambda: not threads())
    before = set(_instances)
    what_if = FLEET.explore()
    what_if.add(2)
    assert len(what_if.fleet.domains) == 8
    assert sorted(threads()) == [f"virtsdk-whatif-{one}" for one in ("beat", "failures", "room")]
    what_if.close()
    what_if.close()
    until(lambda: not threads())
    assert len(what_if.fleet.domains) == 8  # its answers stay
    assert what_if.code == "changed = fleet.add('web1', 2)"
    assert repr(what_if) == "<WhatIf closed>"
    with pytest.raises(InvalidState, match="this what-if is closed"):
        what_if.add(1)
    assert set(_instances) == before


def test_a_cell_that_runs_again_replaces_its_view(monkeypatch: pytest.MonkeyPatch) -> None:
    until(lambda: not threads())
    for number in range(10):
        monkeypatch.setattr(view, "current_run", lambda number=number: Run("c", str(number)))
        last = FLEET.explore()
    monkeypatch.setattr(view, "current_run", lambda: Run("d", "1"))
    other = FLEET.explore()
    until(lambda: len(threads()) == 6)
    assert cells._open.keys() >= {last, other}
    last.close()
    other.close()
    assert not cells._open.keys() & {last, other}


def test_the_code_calls_the_fleet_as_the_notebook_does(what_if: WhatIfView) -> None:
    space = {"__name__": "__main__", "_1": FLEET, "site": FLEET}
    exec("what_if = site.explore()", space)
    with space["what_if"] as named:  # type: ignore[attr-defined]
        assert named.code == "changed = site"
    assert what_if.code == "changed = fleet"  # no notebook, no variable
    with FLEET.explore("mine") as what_if:
        assert what_if.code == "changed = mine"
    with pytest.raises(ValueError, match="name must be a name in Python"):
        FLEET.explore("not a name")


def test_the_page_is_told_that_somebody_is_there_and_at_work(what_if: WhatIfView, monkeypatch) -> None:
    pulse, status = what_if._shown._pulse, what_if._shown._status
    first = pulse.value
    until(lambda: pulse.value != first)
    go, take = threading.Event(), Step.take
    monkeypatch.setattr(Step, "take", lambda step, fleet: (go.wait(30), take(step, fleet))[1])
    what_if.add(3)
    until(lambda: "Working it out" in status.value)
    go.set()
    until(lambda: "Working it out" not in status.value)
    assert len(what_if.fleet.domains) == 9


def test_where_no_widgets_are_shown_the_answers_are_and_say_how_to_ask(what_if: WhatIfView) -> None:
    what_if.add(3)
    shown = what_if._repr_html_()
    assert "N+1 holds" in shown
    assert "each is a method: add(12)" in shown
    assert "changed = fleet.add(" in shown


def test_it_shows_a_static_page_and_a_live_view_that_hides_it(what_if, monkeypatch) -> None:
    from virtsdk.widgets.what_if import shown

    outputs: list[dict[str, str]] = []
    monkeypatch.setattr(shown, "display", lambda data, raw: outputs.append(data))
    what_if._ipython_display_()
    still, live = outputs
    assert list(still) == ["text/html"]
    assert "Room for 25 more" in still["text/html"]
    assert "working …" not in still["text/html"]
    assert "<script" not in still["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in live
    assert "text/html" not in live
    own = still["text/html"].partition('data-view="')[2].partition('"')[0]
    assert f'[data-view="{own}"] {{ display: none }}' in what_if.widget.children[0].value


def test_without_the_extra_the_call_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['anywidget'] = None\n"
        "import virtsdk\nfrom virtsdk import capacity\n"
        "try:\n    capacity.synthetic.fleet(2, 4).explore()\n"
        "except virtsdk.MissingDependency as error:\n    print(error)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "pip install 'virtsdk[widgets]'" in said


def test_a_cell_that_now_makes_another_kind_of_view_replaces_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "current_run", lambda: Run("c", "1"))
    before = FLEET.explore()
    monkeypatch.setattr(views, "current_run", lambda: Run("c", "2"))
    after = views.View()
    try:
        assert before not in cells._open
        assert after in cells._open
    finally:
        before.close()
        after.close()
