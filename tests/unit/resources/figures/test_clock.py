"""The time of a sample, by the clock on the wall and by one that is never set."""

from __future__ import annotations

import pandas as pd
import pytest

from virtsdk.resources.figures import clock


def test_a_sample_has_the_middle_of_its_call(monkeypatch: pytest.MonkeyPatch) -> None:
    steady = [100.0]
    monkeypatch.setattr(clock, "_steady", lambda: steady[0])
    before = pd.Timestamp.now(tz="UTC")

    def call() -> str:
        steady[0] += 4
        return "answer"

    answer, moment = clock.timed(call)
    assert answer == "answer"
    assert moment.clock.seconds == 102
    assert before <= moment.time <= pd.Timestamp.now(tz="UTC")


def test_both_clocks_are_read_again_where_something_came_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    readings = iter([0.0, 3.0, 10.0, 10.0002])
    monkeypatch.setattr(clock, "_steady", lambda: next(readings))
    assert clock.now().clock.seconds == pytest.approx(10.0001)


def test_the_clock_goes_on_and_has_one_name() -> None:
    first, second = clock.now(), clock.now()
    assert first.clock.name == second.clock.name != ""
    assert second.clock.seconds >= first.clock.seconds
