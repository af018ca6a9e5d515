"""Plain values in the form in which a model keeps them: text, numbers, words of an enumeration."""

from __future__ import annotations

import operator
from collections.abc import Callable
from enum import Enum
from os import PathLike, fspath
from typing import Any, cast

from virtsdk.model._extras import Item
from virtsdk.units import Size


class _Numbers(dict[str, "int | str"]):
    """Text to ``int`` where writing the number gives the same text; frequent forms are looked up."""

    def __missing__(self, text: str) -> int | str:
        digits = text[1:] if text[:1] == "-" else text
        if digits.isdecimal() and digits.isascii() and digits[0] != "0" and len(digits) < _LONG:
            return int(text)
        return text


_LONG = 1000  # digits; Python limits what int() converts
number: Callable[[str], int | str] = _Numbers(
    {str(n): n for n in range(2048)}
    | {f"0x{n:0{width}x}": f"0x{n:0{width}x}" for width in (1, 2, 4) for n in range(256)}
).__getitem__
"""Read a number: ``int`` only where ``str(int(text)) == text``, else the text as it is."""


def plain(value: object, shown: str) -> str | int:
    """Give text or a whole number for what stands for one.

    Parameters
    ----------
    value
        Text, a path, a UUID, a whole number of any kind.
    shown
        The value as an error shows it.

    Raises
    ------
    TypeError
        It stands for neither.
    """
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        return value if isinstance(value, Item) else str.__str__(value)
    if isinstance(value, Size):
        raise TypeError(f"must be a number without a unit of its own, not the size {shown}")
    if type(value).__module__ == "uuid":  # not imported for a look at it
        return str(value)
    if isinstance(value, PathLike):
        path = fspath(cast("PathLike[Any]", value))
        if isinstance(path, str):
            return path
    elif not isinstance(value, bool):
        try:
            return operator.index(value)  # pyright: ignore[reportArgumentType]
        except TypeError:
            pass
    raise TypeError(f"must be text or a whole number, not {shown}")


def text(value: object, shown: str) -> str:
    """Give the text of a value; as `plain`."""
    found = plain(value, shown)
    return found if isinstance(found, str) else str(found)


def whole(value: object, shown: str) -> int | str:
    """Give the number of a value; text that is no number in its one form stays text. As `plain`."""
    found = plain(value, shown)
    return number(found) if isinstance(found, str) else found


def word(enum: type[Enum], value: object, shown: str) -> Any:
    """Give the member for a word of an enumeration; others stay text. As `plain`.

    Raises
    ------
    TypeError
        Neither text nor a number; True and False are no words.
    """
    if isinstance(value, bool):
        words = ", ".join(repr(str(member.value)) for member in enum)
        raise TypeError(f"must be one of {words:.200}, not {shown}")
    found = text(value, shown)
    return _members(enum).get(found, found)


_tables: dict[type[Enum], dict[str, Enum]] = {}


def _members(enum: type[Enum]) -> dict[str, Enum]:
    if enum not in _tables:
        _tables[enum] = {str(member.value): member for member in enum}
    return _tables[enum]
