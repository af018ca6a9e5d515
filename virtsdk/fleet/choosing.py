"""Patterns that choose hosts: by name, by tag, several of them at once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from virtsdk.display.listing import names
from virtsdk.fleet.member import Member

_log = logging.getLogger(__name__)


def patterns_of(given: str | Iterable[str]) -> tuple[str, ...]:
    """Return patterns that were given as one text or as several.

    Raises
    ------
    TypeError, ValueError
        They are no texts, or an empty one, which would match nothing.
    """
    found = (given,) if isinstance(given, str) else tuple(given)
    for one in found:
        if not isinstance(one, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"a pattern must be text such as 'kvm*' or 'rack=a*', not {one!r}")
        if not one or one.startswith("="):
            raise ValueError(f"a pattern must be a name or NAME=VALUE, with * and ?, not {one!r}")
    return found


def matches(name: str, tags: Mapping[str, str], patterns: Iterable[str]) -> bool:
    """Tell whether a host matches all of some patterns.

    Parameters
    ----------
    name, tags
        The host's.
    patterns
        ``"rack=a*"``: the value of a tag; ``"kvm*"``: the host's name, or the name of a tag that it has.

    Examples
    --------
    >>> matches("kvm7", {"rack": "a3", "gpu": ""}, ["rack=a*", "gpu"])
    True
    >>> matches("kvm7", {"rack": "a3"}, ["rack=b*"]), matches("kvm7", {}, ["kvm[0-9]"])
    (False, True)
    """
    return all(_matches(name, tags, one) for one in patterns)


def choose(members: Iterable[Member], patterns: Iterable[str]) -> list[Member]:
    """Take those that match all of some patterns; the log says where none does, which may be a slip."""
    every, wanted = list(members), list(patterns)
    found = [one for one in every if matches(one.name, one.tags, wanted)]
    if every and not found:
        _log.warning(
            "no host matches %s; there are %s", " and ".join(wanted), names(one.name for one in every)
        )
    return found


def _matches(name: str, tags: Mapping[str, str], pattern: str) -> bool:
    key, equals, value = pattern.partition("=")
    if equals:
        return any(fnmatchcase(tag, key) and fnmatchcase(its, value) for tag, its in tags.items())
    return any(fnmatchcase(one, pattern) for one in (name, *tags))
