"""Many hosts at once: read where they are, ask all of them, tell which did not answer."""

from __future__ import annotations

from virtsdk.fleet.hosts import HostEntry, read_hosts

__all__ = ["HostEntry", "read_hosts"]


def __dir__() -> list[str]:
    return sorted(__all__)
