"""Several calls that make no headway are nudged; one alone, or many that come and go, are not."""

from __future__ import annotations

import threading
import time

from tests.waiting import until
from virtsdk.binding.upkeep.nudge import Nudges


def watchers() -> int:
    return sum(thread.name == "virtsdk-nudge" for thread in threading.enumerate())


def test_a_second_call_that_is_stuck_beside_a_long_one_is_nudged_until_it_returns() -> None:
    nudged = threading.Event()
    nudges = Nudges(nudged.set)
    with nudges.under_way():
        with nudges.under_way():
            assert nudged.wait(30)  # this is what lets the real one return
        until(lambda: watchers() == 0)
        nudged.clear()
        assert not nudged.wait(0.6)  # the long one alone is left in peace


def test_calls_that_come_and_go_are_not_nudged() -> None:
    nudged: list[float] = []
    nudges = Nudges(lambda: nudged.append(time.monotonic()))
    end = time.monotonic() + 1
    with nudges.under_way():
        while time.monotonic() < end:
            with nudges.under_way():
                time.sleep(0.01)
    assert len(nudged) <= 1  # where this machine stood still for a moment
    until(lambda: watchers() == 0)


def test_what_fails_is_over_too() -> None:
    nudges = Nudges(lambda: None)
    for _ in range(3):
        try:
            with nudges.under_way():
                raise RuntimeError
        except RuntimeError:
            pass
    assert watchers() == 0
    with nudges.under_way():
        assert watchers() == 0  # it is the only one
