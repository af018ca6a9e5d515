"""Roles of those who hang on a connection: holders of libvirt's objects, watchers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from virtsdk.binding.protocol import VirConnect


class Holder(Protocol):
    """Something that keeps objects of libvirt's and lets go of them when their connection ends."""

    def forget(self) -> None:
        """Let go of them."""


class Watcher(Protocol):
    """Something that has to know what becomes of the connection."""

    def lost(self) -> None:
        """Learn that the connection is dead."""

    def restoring(self, conn: VirConnect) -> None:
        """Take what it wants of a new one, which nobody uses yet; a `VirtError` has another one tried."""

    def restored(self, gap: float) -> None:
        """Learn that the new one is in use, after so many seconds; must return at once."""

    def closing(self) -> None:
        """Learn that the session ends."""


Detach = Callable[[VirConnect], None]
