"""Keys by their names, and the keys that type a text.

Numbers are Linux' (``KEY_A`` is 30, linux/input-event-codes.h): libvirt's ``VIR_KEYCODE_SET_LINUX``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Final

MOST_KEYS: Final = 16
"""Keys that libvirt holds down at once: ``VIR_DOMAIN_SEND_KEY_MAX_KEYS``."""
_AT_ONCE: Final = 8  # of those that a text is typed with: the first must not be down for long, or it repeats
_SHIFT: Final = 42

# rows of a keyboard, from a number on
_ROWS: Final = (
    (2, "1 2 3 4 5 6 7 8 9 0 minus equal backspace tab"),
    (16, "q w e r t y u i o p leftbrace rightbrace enter leftctrl"),
    (30, "a s d f g h j k l semicolon apostrophe grave leftshift backslash z x c v b n m comma dot slash"),
    (54, "rightshift kpasterisk leftalt space capslock f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 numlock scrolllock"),
    (71, "kp7 kp8 kp9 kpminus kp4 kp5 kp6 kpplus kp1 kp2 kp3 kp0 kpdot"),
    (86, "102nd f11 f12"),
    (96, "kpenter rightctrl kpslash sysrq rightalt"),
    (102, "home up pageup left right end down pagedown insert delete macro mute volumedown volumeup power"),
    (125, "leftmeta rightmeta compose"),
    (183, "f13 f14 f15 f16 f17 f18 f19 f20 f21 f22 f23 f24"),
)
_NAMES: Final = {"esc": 1, "sleep": 142, "wakeup": 143, "pause": 119} | {
    name: number for first, row in _ROWS for number, name in enumerate(row.split(), first)
}
_ALSO: Final = {
    "ctrl": "leftctrl", "alt": "leftalt", "shift": "leftshift", "meta": "leftmeta", "super": "leftmeta",
    "win": "leftmeta", "altgr": "rightalt", "escape": "esc", "return": "enter", "del": "delete",
    "ins": "insert", "pgup": "pageup", "pgdn": "pagedown", "print": "sysrq", "bracketleft": "leftbrace",
    "bracketright": "rightbrace", "period": "dot", "menu": "compose", "spacebar": "space",
}  # fmt: skip

# what a US keyboard types: alone, and with shift
_PLAIN: Final = dict(zip("1234567890-=\tqwertyuiop[]\nasdfghjkl;'`\\zxcvbnm,./ ", (
    *range(2, 14), 15, *range(16, 29), *range(30, 42), 43, *range(44, 54), 57,
), strict=True))  # fmt: skip
_SHIFTED: Final = dict(zip('!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:"~|ZXCVBNM<>?', (
    *range(2, 14), *range(16, 28), *range(30, 42), 43, *range(44, 54),
), strict=True))  # fmt: skip


def key_code(key: object) -> int:
    """Give the number of a key.

    Raises
    ------
    TypeError, ValueError
        It is none.

    Examples
    --------
    >>> key_code("ctrl"), key_code("F1"), key_code("KEY_A"), key_code(30)
    (29, 59, 30, 30)
    """
    if isinstance(key, int) and not isinstance(key, bool):
        if not 0 < key < 0x300:
            raise ValueError(f"a key must be a name or a number from 1 to 767, not {key}")
        return key
    if not isinstance(key, str):
        raise TypeError(f"a key must be a name or a number, not {type(key).__name__}")
    name = key.lower().removeprefix("key_").replace("-", "").replace("_", "") if len(key) > 1 else key.lower()
    number = _NAMES.get(_ALSO.get(name, name)) or _PLAIN.get(name)
    if number is None:
        parts = [part for part in re.split(r"[-+ ]", key) if part]
        if len(parts) > 1 and all(_ALSO.get(part.lower(), part.lower()) in _NAMES for part in parts):
            raise ValueError(f"keys must be given one by one, {', '.join(map(repr, parts))}, not {key!r}")
        near = get_close_matches(name, [*_NAMES, *_ALSO], 3)
        nearest = f"; nearest: {', '.join(near)}" if near else ""
        raise ValueError(f"unknown key {key!r}{nearest}")
    return number


def key_codes(keys: Iterable[object]) -> list[int]:
    """Give the numbers of keys that are held down together.

    Raises
    ------
    TypeError, ValueError
        One is none, or they are too many, or there are none.
    """
    found = [key_code(one) for one in keys]
    if not 0 < len(found) <= MOST_KEYS:
        raise ValueError(f"keys must be 1 to {MOST_KEYS} of them at once, not {len(found)}")
    return found


def strokes(text: object) -> list[list[int]]:
    r"""Give the keys that type a text on a US keyboard: those of a list go down one after the other.

    A list holds no key twice, as a key that is down cannot go down again, and all of it with shift or none.

    Raises
    ------
    TypeError, ValueError
        It is no text, or has a character that no such key types. The message says where, not which: it may be
        of a password.

    Examples
    --------
    >>> strokes("ls\n")
    [[38, 31, 28]]
    >>> strokes("aA")
    [[30], [42, 30]]
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be text, not {type(text).__name__}")
    return list(_strokes(text))


def _strokes(text: str) -> Iterator[list[int]]:
    held: list[int] = []
    for place, character in enumerate(text.replace("\r\n", "\n"), 1):
        plain, shifted = _PLAIN.get(character), _SHIFTED.get(character)
        key = plain or shifted
        if key is None:
            raise ValueError(f"text has no key of a US keyboard for its character {place}")
        with_shift = plain is None
        if held and (key in held or len(held) == _AT_ONCE or (held[0] == _SHIFT) != with_shift):
            yield held
            held = []
        if not held and with_shift:
            held = [_SHIFT]
        held.append(key)
    if held:
        yield held
