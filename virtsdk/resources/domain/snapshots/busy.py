"""Guests that are busy with a job, for the end of which libvirt waits half a minute and then gives up."""

from __future__ import annotations

from virtsdk import errors
from virtsdk.binding.protocol import VirDomain
from virtsdk.words import JOB_KINDS, JOB_OPERATIONS, JOB_RUNS, word_of


def refuse_busy(raw: VirDomain, operation: str, subject: str) -> None:
    """Refuse at once while the guest has another job, for the end of which libvirt waits half a minute.

    Raises
    ------
    ResourceBusy
        The message names the job.
    """
    record = raw.jobStats(0) if raw.isActive() else {"type": 0}
    if word_of(JOB_KINDS, record["type"]) in JOB_RUNS:
        job = word_of(JOB_OPERATIONS, record.get("operation", 0))
        raise errors.ResourceBusy(
            f"cannot {operation} {subject}: it is busy with another job ({job}); abort_job() ends that",
            operation=operation,
            subject=subject,
        )
