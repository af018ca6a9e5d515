"""Arguments of the tuning verbs, checked and put into libvirt's units before a call."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral, Real
from typing import Final, Literal

Unlimited = Literal["unlimited"]
UNLIMITED: Final[Unlimited] = "unlimited"
"""The word that takes a limit away."""


def whole(name: str, value: object, least: int = 0, most: int | None = None) -> int:
    """Take a whole number within bounds.

    Parameters
    ----------
    name
        The argument's name, for messages.
    value
        What was given.
    least, most
        The bounds; None for no upper one.

    Examples
    --------
    >>> whole("weight", 200, 10, 1000)
    200
    >>> whole("weight", 5, 10, 1000)
    Traceback (most recent call last):
      ...
    ValueError: weight must be 10 to 1000, not 5
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be a whole number, not {value!r}")
    number = int(value)
    if number < least or (most is not None and number > most):
        bounds = f"{least} or more" if most is None else f"{least} to {most}"
        raise ValueError(f"{name} must be {bounds}, not {number}")
    return number


def kibibytes(name: str, value: object, *, least: int = 1) -> int:
    """Take bytes, and give KiB.

    Parameters
    ----------
    name, value
        As of `whole`: a `Size`, or a number of bytes.
    least
        In KiB.

    Examples
    --------
    >>> from virtsdk.units import MiB
    >>> kibibytes("size", MiB(2))
    2048
    >>> kibibytes("size", 2000)
    Traceback (most recent call last):
      ...
    ValueError: size must be bytes in whole KiB (a multiple of 1024), not 2000
    """
    if isinstance(value, str):
        raise TypeError(f"{name} must be a number of bytes (Size.parse({value!r})), not {value!r}")
    number = whole(name, value)
    if number % 1024:
        raise ValueError(f"{name} must be bytes in whole KiB (a multiple of 1024), not {number}")
    if number < least * 1024:
        raise ValueError(f"{name} must be {least * 1024} bytes or more, not {number}")
    return number // 1024


def thousands(name: str, value: object) -> int:
    """Take bytes per second, and give kilobytes of 1000 bytes.

    Examples
    --------
    >>> thousands("inbound_bytes_per_second", 2_000_000)
    2000
    """
    number = whole(name, value, 1)
    if number % 1000:
        raise ValueError(f"{name} must be in whole kB/s (a multiple of 1000), not {number}")
    return number // 1000


def microseconds(name: str, value: object, least: float, most: float) -> int:
    """Take seconds, and give microseconds.

    Examples
    --------
    >>> microseconds("vcpu_period_seconds", 0.1, 0.001, 1)
    100000
    >>> microseconds("vcpu_period_seconds", 100, 0.001, 1)
    Traceback (most recent call last):
      ...
    ValueError: vcpu_period_seconds must be 0.001 to 1 seconds, not 100
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number of seconds, not {value!r}")
    number = float(value)
    if not least <= number <= most:  # nor is what is no number between them
        raise ValueError(f"{name} must be {least:g} to {most:g} seconds, not {value}")
    return round(number * 1_000_000)


def one_of(name: str, value: object, words: Iterable[str]) -> str:
    """Take one of some words.

    Examples
    --------
    >>> one_of("mode", "odd", ("strict", "preferred"))
    Traceback (most recent call last):
      ...
    ValueError: mode must be 'strict' or 'preferred', not 'odd'
    """
    known = list(words)
    if value not in known:
        listed = ", ".join(map(repr, known[:-1]))
        raise ValueError(f"{name} must be {f'{listed} or ' if listed else ''}{known[-1]!r}, not {value!r}")
    return str(value)


def something(verb: str, wanted: object) -> None:
    """Refuse a call that would change nothing.

    Raises
    ------
    ValueError
        `wanted` is empty; the message names the verb.
    """
    if not wanted:
        raise ValueError(f"{verb} changes nothing: say what, by keyword")
