"""`Heartbeat`: asks until a host is silent, or until nobody wants to know any more."""

from __future__ import annotations

import threading

import pytest

from tests.waiting import until
from virtsdk.binding.upkeep.heartbeat import Heartbeat


class Owner:
    """Stands for a connection: its host gives the answers in turn, the last one for ever."""

    def __init__(self, *answers: bool | None) -> None:
        self.answers_left = list(answers)
        self.asked = 0
        self.told: list[int] = []

    def answers(self, generation: int, seconds: float) -> bool | None:
        self.asked += 1
        return self.answers_left.pop(0) if len(self.answers_left) > 1 else self.answers_left[0]

    def silent(self, generation: int) -> None:
        self.told.append(generation)


@pytest.fixture
def beating():
    before = set(threading.enumerate())

    def threads() -> list[threading.Thread]:
        return [one for one in set(threading.enumerate()) - before if one.name == "virtsdk-heartbeat"]

    return threads


def test_a_silent_host_is_told_of_once(beating):
    owner = Owner(True, True, False)
    heartbeat = Heartbeat(owner, 7, 0.01, 2)
    until(lambda: not beating())
    assert (owner.asked, owner.told) == (3, [7])
    heartbeat.end()


def test_a_connection_that_is_not_in_use_any_more_is_not_asked_for(beating):
    owner = Owner(True, None)
    Heartbeat(owner, 7, 0.01, 2)
    until(lambda: not beating())
    assert (owner.asked, owner.told) == (2, [])


def test_it_ends_at_once_when_it_is_told_to_or_nobody_owns_it(beating):
    owner = Owner(True)
    heartbeat = Heartbeat(owner, 7, 3600, 2)
    heartbeat.end()
    until(lambda: not beating())
    Heartbeat(owner, 8, 3600, 2)
    assert beating()
    del owner
    until(lambda: not beating())
