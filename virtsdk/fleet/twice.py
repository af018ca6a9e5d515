"""One host by two names: everything of it would count twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from virtsdk.resources.host import Host


class Guests(NamedTuple):
    """The guests of a host as it was opened."""

    number: int
    running: frozenset[str]


def guests_of(host: Host) -> Guests:
    """Count a host's guests, and take the UUIDs of those that run; of the test driver all hosts are alike."""
    found = list(host.domains)
    if host.driver == "test":
        return Guests(len(found), frozenset())
    seen = ((one.uuid, one.last_seen) for one in found)
    return Guests(
        len(found), frozenset(uuid for uuid, now in seen if now is not None and now.run_id is not None)
    )


def twice(found: Mapping[str, Guests]) -> list[list[str]]:
    """Find the names of which the very same guests run, host by host.

    A guest runs on one host. While it is migrated two hosts have it, and mostly others as well.

    Examples
    --------
    >>> web = Guests(2, frozenset({"a", "b"}))
    >>> twice({"kvm7": web, "kvm8": Guests(1, frozenset({"a"})), "shop": web, "new": Guests(0, frozenset())})
    [['kvm7', 'shop']]
    """
    names: dict[frozenset[str], list[str]] = {}
    for name, guests in found.items():
        if guests.running:
            names.setdefault(guests.running, []).append(name)
    return [several for several in names.values() if len(several) > 1]
