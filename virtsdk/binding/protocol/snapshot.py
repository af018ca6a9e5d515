"""A snapshot of a domain."""

from __future__ import annotations

from typing import Protocol

from virtsdk.binding.protocol.base import VirMoment


class VirDomainSnapshot(VirMoment, Protocol):
    """A ``virDomainSnapshot``."""

    def isCurrent(self, flags: int = 0) -> int: ...
    def hasMetadata(self, flags: int = 0) -> int: ...
