"""A checkpoint of a domain."""

from __future__ import annotations

from typing import Protocol

from virtsdk.binding.protocol.base import VirMoment


class VirDomainCheckpoint(VirMoment, Protocol):
    """A ``virDomainCheckpoint``."""
