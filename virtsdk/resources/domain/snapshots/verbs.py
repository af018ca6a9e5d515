"""Verbs of a guest on its snapshots, checkpoints and backups."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from virtsdk.resources.domain.core import DomainCore
from virtsdk.resources.domain.snapshots.checkpoint import Checkpoints
from virtsdk.resources.domain.snapshots.collection import Snapshots

if TYPE_CHECKING:
    from virtsdk.resources.domain import Domain


class SnapshotVerbs(DomainCore):
    """Going back to how a guest was, and copying its disks while it runs."""

    @cached_property
    def snapshots(self) -> Snapshots:
        """All snapshots of the guest; ``guest.snapshots.create(name)`` takes one."""
        return Snapshots(cast("Domain", self))

    @cached_property
    def checkpoints(self) -> Checkpoints:
        """All checkpoints of the guest, from which backups are incremental."""
        return Checkpoints(cast("Domain", self))
