"""The job of a guest: what it is busy with, and how to end that."""

from __future__ import annotations

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import Record
from virtsdk.resources.domain_core import DomainCore
from virtsdk.resources.job import Job
from virtsdk.resources.job_figures import job_stats


class JobVerbs(DomainCore):
    """What a guest is busy with: a migration, a save, a dump, a backup."""

    def job(self, *, completed: bool = False, timeout: float | None = None) -> Job | None:
        """Read what it is busy with.

        Parameters
        ----------
        completed
            The last job that ended instead, where libvirt still knows it. After a migration that is asked of
            the domain at its destination.
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        Job or None
            None where there is no such job, or the domain is off.

        Raises
        ------
        NotSupported
            The driver has no such figures; see ``host.supports("job_stats")``.
        InvalidState
            It is the destination's half of a migration, of which only the source knows.
        """
        try:
            record = self.job_record(completed=completed, timeout=timeout)
        except errors.InvalidState:
            if self.is_active:
                raise
            return None
        return Job.of_record(record, host=self._host.name, domain=self.key, name=self._name)

    def job_record(self, *, completed: bool = False, timeout: float | None = None) -> Record:
        """Read the job as libvirt says it, with its own keys and units; see `job`."""
        return self._call("read the job of", lambda raw: job_stats(raw, completed=completed), timeout=timeout)

    def abort_job(self, *, postcopy: bool = False, timeout: float | None = None) -> None:
        """End the job that it is busy with, a migration, a save, a dump; the call for it raises then.

        Parameters
        ----------
        postcopy
            End a migration also in its post-copy phase: the guest is left paused, half here and half there.
        timeout
            Seconds; None for the connection's own.

        Raises
        ------
        InvalidState
            There is no job, or one that cannot be ended.
        """
        flags = flag("VIR_DOMAIN_ABORT_JOB_POSTCOPY") if postcopy else 0
        self._change(
            "abort the job of",
            lambda raw: raw.abortJobFlags(flags) if flags else raw.abortJob(),
            timeout,
        )
