"""A virtual network."""

from __future__ import annotations

from typing import Any, Protocol

from virtsdk.binding.protocol.base import VirStartable


class VirNetwork(VirStartable, Protocol):
    """A ``virNetwork``."""

    def bridgeName(self) -> str: ...
    def DHCPLeases(self, mac: str | None = None, flags: int = 0) -> list[dict[str, Any]]: ...
