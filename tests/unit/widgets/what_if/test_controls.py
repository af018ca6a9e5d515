"""Controls say what the settings are, and a hand on one of them is heard once."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.widgets.what_if.fleets import GIB, small
from virtsdk.capacity import Fleet, Policy
from virtsdk.widgets.what_if.controls import Controls
from virtsdk.widgets.what_if.settings import KNOWN, Ground


class Hand:
    """Controls, and what was heard of them."""

    def __init__(self, fleet: Fleet, room: int = 40) -> None:
        self.ground = Ground(fleet)
        self.heard: list[tuple[str, Any]] = []
        self.controls = Controls(
            self.ground, room, threading.RLock(), lambda name, value: self.heard.append((name, value))
        )

    def moves(self, name: str, value: Any, slider: bool = False) -> None:
        """As the page writes it."""
        (self.controls.sliders if slider else self.controls.fields)[name].set_state({"value": value})


@pytest.fixture
def hand() -> Hand:
    return Hand(small())


def test_each_setting_has_a_control_with_a_label(hand: Hand) -> None:
    assert set(hand.controls.fields) == set(KNOWN)
    assert all(field.description for field in hand.controls.fields.values())
    assert set(hand.controls.sliders) == set(hand.controls.numbers)
    assert hand.controls.fields["reserve_memory_bytes"].value == 4


@pytest.mark.parametrize(
    ("name", "written", "heard"),
    [
        ("add", 7, 7),
        ("growth", 2.5, 2.5),
        ("vcpu_ratio", 1.3, 1.3),
        ("reserve_memory_bytes", 1.5, GIB * 3 // 2),
        ("like", "db1", "db1"),
    ],
)
def test_what_is_written_into_a_field_is_heard_in_the_settings_unit(hand, name, written, heard) -> None:
    hand.moves(name, written)
    assert hand.heard == [(name, heard)]
    assert type(hand.heard[0][1]) is type(heard)


def test_a_slider_is_heard_in_the_settings_unit(hand: Hand) -> None:
    hand.moves("add", 7.0, slider=True)
    hand.moves("memory_ratio", 1.1500000000000001, slider=True)
    hand.moves("reserve_memory_bytes", 1.5, slider=True)
    assert hand.heard == [
        ("add slider", 7),
        ("memory_ratio slider", 1.15),
        ("reserve_memory_bytes slider", GIB * 3 // 2),
    ]
    assert type(hand.heard[0][1]) is int


def test_hosts_are_chosen_by_their_place(hand: Hand) -> None:
    hand.controls.fields["fail"].set_state({"index": [1, 3]})
    assert hand.heard == [("fail", ("kvm2", "kvm4"))]


def test_settings_are_shown_and_not_heard(hand: Hand) -> None:
    settings = replace(hand.ground.start, add=3, vcpu_ratio=1.3, fail=("kvm1",), this_host="kvm3", like="db1")
    hand.controls.show(settings)
    assert hand.heard == []
    fields, sliders = hand.controls.fields, hand.controls.sliders
    assert (fields["add"].value, fields["vcpu_ratio"].value, fields["like"].value) == (3, 1.3, "db1")
    assert (fields["fail"].value, fields["this_host"].value) == (("kvm1",), "kvm3")
    assert (sliders["add"].value, sliders["vcpu_ratio"].value) == (3, 1.5)  # on its grid


def test_a_page_that_repeats_what_it_was_told_is_not_heard(hand: Hand) -> None:
    hand.controls.show(replace(hand.ground.start, memory_ratio=1.15))
    told = hand.controls.sliders["memory_ratio"].value
    hand.moves("memory_ratio", told + 1e-12, slider=True)
    assert hand.heard == []


def test_the_control_under_a_hand_is_left_alone(hand: Hand) -> None:
    hand.moves("add", 30.0, slider=True)
    hand.controls.show(replace(hand.ground.start, add=10), "add slider")  # of what it was a moment ago
    assert hand.controls.sliders["add"].value == 30
    assert hand.controls.fields["add"].value == 10
    hand.controls.show(replace(hand.ground.start, add=10))
    assert hand.controls.sliders["add"].value == 10
    hand.moves("growth", 3.0)
    hand.controls.show(replace(hand.ground.start, growth=1.0), "growth")
    assert (hand.controls.fields["growth"].value, hand.controls.sliders["growth"].value) == (3, 1)


def test_a_field_takes_more_than_its_slider(hand: Hand) -> None:
    hand.controls.show(replace(hand.ground.start, add=90_000, vcpu_ratio=2e6))
    assert hand.controls.fields["add"].value == 90_000
    assert hand.controls.fields["vcpu_ratio"].value == 2e6
    assert hand.controls.sliders["add"].value == hand.controls.sliders["add"].max == 100


def test_rules_far_off_stay_as_they_are() -> None:
    policy = Policy(vcpu_ratio=0.01, memory_ratio=40, reserve_cpus=0.25, reserve_memory_bytes=777)
    fleet = small().with_policy(policy)
    hand = Hand(fleet, room=0)
    hand.controls.show(hand.ground.start)
    assert hand.heard == []
    assert hand.controls.fields["vcpu_ratio"].value == 0.01
    assert hand.controls.fields["memory_ratio"].value == 40
    assert hand.controls.fields["reserve_memory_bytes"].value * GIB == 777


def test_an_empty_fleet_has_controls() -> None:
    fleet = small()
    hand = Hand(Fleet.from_frames(fleet.hosts[:0], fleet.domains[:0]))
    hand.controls.show(hand.ground.start)
    assert hand.controls.fields["this_host"].value is None
