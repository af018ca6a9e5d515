"""Members of a fleet for tests: hosts of the test driver, and hosts that misbehave as they are told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

import virtsdk
from virtsdk.fleet.host_fleet import HostFleet
from virtsdk.fleet.member import Member

TEST = "test:///default"


def member(
    name: str, opens: Callable[[], virtsdk.Host] | None = None, tags: Mapping[str, str] | None = None
) -> Member:
    def usual() -> virtsdk.Host:
        return virtsdk.connect(TEST, name=name)

    return Member(name, TEST, tags or {}, opens or usual)


class Door:
    """What opens a host: refuses, hangs until `let` is set, or works; counts how often it was asked."""

    def __init__(self, name: str, error: Exception | None = None, *, hangs: bool = False) -> None:
        self.name = name
        self.error = error
        self.let = threading.Event()
        self.tries = 0
        if not hangs:
            self.let.set()

    def __call__(self) -> virtsdk.Host:
        self.tries += 1
        self.let.wait()
        if self.error is not None:
            raise self.error
        return virtsdk.connect(TEST, name=self.name)


def fleet_of(*members: Member, timeout: float = 30.0) -> HostFleet:
    return HostFleet(members, timeout=timeout)
