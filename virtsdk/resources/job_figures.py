"""What libvirt says of the jobs of guests: a migration, a save, a dump, a backup, with its own keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import Record, VirDomain

if TYPE_CHECKING:
    from virtsdk.resources.domain import Domain


def read_jobs(
    domains: Iterable[Domain], *, completed: bool = False, timeout: float | None = 3.0
) -> dict[str, Record | str]:
    """Read the jobs of many domains, one call each: libvirt has no call for all of them.

    Parameters
    ----------
    domains
        Handles of domains of one or several hosts.
    completed
        The last job that ended, rather than the one that runs; it can be read again.
    timeout
        Seconds that each domain may take; None for its connection's own.

    Returns
    -------
    dict
        By UUID what ``virDomainGetJobStats`` says, with libvirt's keys and units (``time_elapsed`` in
        milliseconds, ``memory_bps`` in bytes a second ...) and its numbers for ``type`` and ``operation``;
        ``{"type": 0}`` where there is no job. Or why there is no answer, in words. A domain that is gone is
        left out.

    Raises
    ------
    NotSupported
        The driver has no such figures.
    """
    found: dict[str, Record | str] = {}
    for domain in domains:
        try:
            found[domain.uuid] = domain.job_record(completed=completed, timeout=timeout)
        except errors.TimedOut:
            found[domain.uuid] = "the host did not answer in time"
        except errors.InvalidState as error:
            found[domain.uuid] = error.libvirt_message or str(error)
        except errors.NotFound:  # gone meanwhile
            continue
    return found


def job_stats(raw: VirDomain, *, completed: bool) -> Record:
    """Read the job of one domain; a completed one stays there to be read again."""
    if not completed:
        return raw.jobStats(0)
    return raw.jobStats(flag("VIR_DOMAIN_JOB_STATS_COMPLETED") | flag("VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED"))
