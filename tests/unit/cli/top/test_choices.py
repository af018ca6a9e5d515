"""Keys: what they change, and what they leave."""

from __future__ import annotations

import pytest

from virtsdk.cli.top.choices import SORT_KEYS, Choices


def pressed(*keys, choices=None, rows=30, page=10):
    choices = choices or Choices()
    for key in keys:
        choices.press(key, rows=rows, page=page)
    return choices


def test_numbers_come_the_largest_first_and_text_from_a_to_z():
    assert Choices().order == "-cpu"
    assert {column: pressed(key).order for key, column in SORT_KEYS.items() if column != "cpu"} == {
        "name": "name", "host": "host", "state": "state", "used": "-used", "disk": "-disk", "net": "-net",
        "steal": "-steal", "vcpus": "-vcpus",
    }  # fmt: skip


def test_the_same_key_again_and_r_reverse():
    assert pressed("c").order == "cpu"
    assert pressed("n", "n").order == "-name"
    assert pressed("n", "r").order == "-name"
    assert pressed("r", "d").order == "-disk"  # another column has its own first order


@pytest.mark.parametrize(
    ("keys", "top"),
    [
        (["down", "j", "down"], 3),
        (["down", "up", "up"], 0),
        (["page down"], 9),
        (["page down"] * 9, 20),
        (["end"], 20),
        (["end", "page up"], 11),
        (["end", "home"], 0),
        (["end", "n"], 0),  # another order begins at its beginning
    ],
)
def test_it_scrolls_and_stays_within_the_rows(keys, top):
    assert pressed(*keys).top == top


def test_fewer_rows_than_there_is_room_for_do_not_scroll():
    assert pressed("down", "end", rows=3, page=10).top == 0


def test_a_filter_is_typed_applied_and_left():
    choices = pressed(*"/web", "backspace", "enter")
    assert (choices.filter, choices.typing) == ("we", None)
    assert pressed("/", "x", "escape", choices=choices).filter == "we"
    assert pressed("escape", choices=choices).filter == ""


def test_letters_of_a_filter_are_no_keys():
    choices = pressed(*"/qcr ")
    assert (choices.typing, choices.quit, choices.order, choices.paused) == ("qcr ", False, "-cpu", False)


def test_a_filter_that_cannot_be_read_says_why_and_the_old_one_stays():
    choices = pressed(*"/a", "enter", *"/", "backspace", *"cpu>lots", "enter")
    assert choices.error.startswith("cpu must be compared")
    assert (choices.filter, choices.typing) == ("a", "cpu>lots")
    assert pressed("x", choices=choices).error == ""


def test_what_is_no_character_is_not_typed():
    assert pressed("/", "\x1b", "\x00", "\u202e", "up").typing == ""


def test_pause_quit_and_what_means_nothing():
    assert pressed(" ").paused and not pressed(" ", " ").paused
    assert pressed("q").quit
    assert Choices().press("z", rows=1, page=1) is False


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="sort must be among name, host"):
        Choices("weight")
    with pytest.raises(ValueError, match="cpu must be compared"):
        Choices(filter="cpu>lots")
