"""Keys by name, and the strokes that a text is typed with."""

from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtsdk.resources.domain.input.keys import key_code, key_codes, strokes

SHIFT = 42
# linux/input-event-codes.h
KNOWN = {
    "esc": 1, "1": 2, "0": 11, "minus": 12, "backspace": 14, "tab": 15, "q": 16, "p": 25, "enter": 28,
    "ctrl": 29, "a": 30, "grave": 41, "shift": 42, "backslash": 43, "z": 44, "slash": 53, "rightshift": 54,
    "alt": 56, "space": 57, "f1": 59, "f10": 68, "numlock": 69, "kp7": 71, "kpdot": 83, "102nd": 86,
    "f11": 87, "f12": 88, "kpenter": 96, "sysrq": 99, "altgr": 100, "home": 102, "up": 103, "pageup": 104,
    "delete": 111, "power": 116, "pause": 119, "win": 125, "compose": 127, "f13": 183, "f24": 194,
}  # fmt: skip


def test_names_are_linux_numbers() -> None:
    assert {name: key_code(name) for name in KNOWN} == KNOWN
    assert key_code("KEY_LEFTCTRL") == key_code("LeftCtrl") == key_code("left-ctrl") == 29
    assert (key_code("/"), key_code("A"), key_code(767)) == (53, 30, 767)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (["ctl"], "unknown key 'ctl'; nearest: ctrl"),
        (["é"], "unknown key 'é'"),
        (["ctrl-alt-Del"], "keys must be given one by one, 'ctrl', 'alt', 'Del', not 'ctrl-alt-Del'"),
        (["win+l"], "keys must be given one by one, 'win', 'l', not 'win\\+l'"),
        (["ctrl-ö"], "unknown key 'ctrl-ö'"),
        ([0], "from 1 to 767, not 0"),
        ([768], "from 1 to 767, not 768"),
        ([None], "a key must be a name or a number, not NoneType"),
        ([True], "a key must be a name or a number, not bool"),
        ([], "keys must be 1 to 16 of them at once, not 0"),
        (["a"] * 17, "keys must be 1 to 16 of them at once, not 17"),
    ],
)
def test_what_is_no_key_or_too_many(keys: list[Any], words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        key_codes(keys)


# what each stroke types, from the layout as printed on a US keyboard, apart from the tables of the code
UNSHIFTED = "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./"
ABOVE = '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?'
CODES = [41, *range(2, 14), *range(16, 28), 43, *range(30, 41), *range(44, 54)]
TYPES = {(code, False): one for code, one in zip(CODES, UNSHIFTED, strict=True)}
TYPES |= {(code, True): one for code, one in zip(CODES, ABOVE, strict=True)}
TYPES |= {(57, False): " ", (28, False): "\n", (15, False): "\t"}


def typed(together: list[list[int]]) -> str:
    found = ""
    for keys in together:
        shifted = keys[0] == SHIFT
        found += "".join(TYPES[code, shifted] for code in keys[shifted:])
    return found


@given(st.text(string.digits + string.ascii_letters + string.punctuation + " \n\t"))
def test_a_text_is_typed_as_it_is(text: str) -> None:
    together = strokes(text)
    assert typed(together) == text
    for keys in together:
        assert 0 < len(keys) <= 16  # libvirt holds no more at once
        assert len(set(keys)) == len(keys)  # a key that is down cannot go down
        assert SHIFT not in keys[1:]


def test_what_has_no_key_is_told_by_its_place_alone() -> None:
    with pytest.raises(ValueError, match=r"character 3$") as caught:
        strokes("paß")
    assert "ß" not in str(caught.value)
    with pytest.raises(TypeError, match="text must be text, not bytes"):
        strokes(b"x")
    assert strokes("") == []
    assert typed(strokes("a\r\nb")) == "a\nb"
