"""Figures of the jobs of guests: a migration, a save, a dump, a backup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from virtsdk import errors
from virtsdk.binding.deadlines import above_zero
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import Record
from virtsdk.resources.domain import Domain
from virtsdk.resources.domain.collection import chosen_domains
from virtsdk.resources.domain.job import read_job
from virtsdk.resources.figures.clock import timed
from virtsdk.stats.samples.jobs import JobStats, job_frames

if TYPE_CHECKING:
    from virtsdk.resources.host import Host

_AT_ONCE = 4  # questions to domains, so that one that hangs does not hold up the others


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
            found[domain.uuid] = read_job(domain, completed=completed, timeout=timeout)
        except errors.TimedOut:
            found[domain.uuid] = "the host did not answer in time"
        except errors.InvalidState as error:
            found[domain.uuid] = error.libvirt_message or str(error)
        except errors.NotFound:  # gone meanwhile
            continue
    return found


def collect_jobs(
    host: Host,
    domains: Iterable[Domain | str] | None = None,
    *,
    completed: bool = False,
    timeout: float = 3.0,
) -> JobStats:
    """Read what the guests are busy with; `Host.job_stats` is the same.

    libvirt has no call for the jobs of all domains, and no event when one begins: this is one call to list
    the active domains and one for each of them, which costs a domain without a job no question to its QEMU.

    Parameters
    ----------
    host
        An open host.
    domains
        Handles, names or UUIDs; None for all that are active.
    completed
        The last job of each domain that ended, rather than the one that runs.
    timeout
        Seconds that each domain may take. One that took longer is not asked again while it still hangs.

    Returns
    -------
    JobStats
        ``.jobs``, ``.other``, and in ``.trust`` the domains that did not answer.

    Raises
    ------
    NotSupported
        The driver knows no jobs (``host.supports("job_stats")``).
    """
    above_zero("timeout", timeout)
    subject = f"the domains of {host.name!r}"
    if not host.supports("job_stats"):
        raise errors.NotSupported(f"cannot read the jobs of {subject}: the driver {host.driver!r} has none")
    asked = chosen_domains(host, domains)
    if asked is None:
        active = flag("VIR_CONNECT_LIST_DOMAINS_ACTIVE")
        raws = host.session.call("list", subject, lambda conn: conn.listAllDomains(active))
        asked = [Domain(host, raw) for raw in raws]
    hanging = {call for call, _ in host.parked_calls}

    def ask(domain: Domain) -> Mapping[str, object] | str | None:
        if f"read the job of {domain.subject}" in hanging:
            return "it did not answer an earlier question yet"
        return read_jobs([domain], completed=completed, timeout=timeout).get(domain.uuid)

    def ask_all() -> list[Mapping[str, object] | str | None]:
        with ThreadPoolExecutor(_AT_ONCE, "virtsdk-jobs") as pool:
            return list(pool.map(ask, asked))

    answers, moment = timed(ask_all)
    records: list[tuple[str, str, Mapping[str, object]]] = []
    reasons: dict[str, tuple[str, str]] = {}
    for domain, answer in zip(asked, answers, strict=True):
        if isinstance(answer, str):
            reasons[domain.uuid] = domain.name, answer
        elif answer is not None:
            records.append((domain.uuid, domain.name, answer))
    return job_frames(records, reasons, host=host.name, time=moment.time)
