"""The job of a guest: what it is busy with, and how to end that."""

from __future__ import annotations

from virtsdk.binding.protocol import Record
from virtsdk.resources.domain_core import DomainCore
from virtsdk.resources.job_figures import job_stats


class DomainJob(DomainCore):
    """What a guest is busy with: a migration, a save, a dump, a backup."""

    def job_record(self, *, completed: bool = False, timeout: float | None = None) -> Record:
        """Read the job as libvirt says it, with its own keys and units; see `job`."""
        return self._call("read the job of", lambda raw: job_stats(raw, completed=completed), timeout=timeout)
