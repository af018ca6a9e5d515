"""Checks of single settings of a policy; an error names the setting."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, cast

from virtsdk.display import listing


def check_number(name: str, value: object, *, above: bool = False, most: float = math.inf) -> None:
    """Check that a setting is a finite number of 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"Policy.{name} must be a number, not {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"Policy.{name} must be a finite number, not {value!r}")
    if above and value <= 0:
        raise ValueError(f"Policy.{name} must be a number above 0, not {value!r}")
    if value < 0:
        raise ValueError(f"Policy.{name} must be 0 or more, not {value!r}")
    if value > most:
        raise ValueError(f"Policy.{name} must be at most {most:g}, not {value!r}")


def names(name: str, value: object) -> tuple[str, ...]:
    """Return a setting as names, none of them twice."""
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise TypeError(f"Policy.{name} must be a list of names, not {value!r}")
    found = tuple(cast("Iterable[Any]", value))
    for one in found:
        if not isinstance(one, str):
            raise TypeError(f"Policy.{name} must be names, not {one!r}")
    if len(set(found)) < len(found):
        twice = next(one for number, one in enumerate(found) if one in found[:number])
        raise ValueError(f"Policy.{name} has {twice!r} twice")
    return found


def groups(name: str, value: object) -> tuple[tuple[str, ...], ...]:
    """Return a setting as groups of names."""
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise TypeError(f"Policy.{name} must be a list of groups of names, not {value!r}")
    return tuple(names(name, group) for group in cast("Iterable[Any]", value))


def chosen(name: str, value: Iterable[object], known: Iterable[str], *, some: bool = True) -> None:
    """Check that each name is a known one.

    Parameters
    ----------
    name
        The setting.
    value
        The names.
    known
        Those that there are.
    some
        The setting is a list, not one name.
    """
    there = list(known)
    strange = [one for one in value if one not in there]
    if strange:
        number = "some" if some else "one"
        raise ValueError(
            f"Policy.{name} must be {number} of {listing.names(map(repr, there), 20)}, not {strange[0]!r}"
        )
