"""Figures from a live host: one bulk call a sample."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import pandas as pd

from virtsdk import errors, xml
from virtsdk.binding.library import flag
from virtsdk.models.storage_pool import StoragePoolDef
from virtsdk.resources.domain import Domain
from virtsdk.resources.guest_figures import read_file_systems
from virtsdk.resources.host import Host
from virtsdk.resources.job_figures import read_jobs
from virtsdk.resources.node_figures import read_node_figures, read_pressure, read_storage_figures
from virtsdk.stats.frames import RUN, from_records
from virtsdk.stats.guest_frames import GuestStats, guest_frames
from virtsdk.stats.job_frames import JobStats, job_frames
from virtsdk.stats.node_frames import NodeStats, StorageStats, node_frames, storage_frames
from virtsdk.stats.sample import Stats
from virtsdk.stats.stale import ACTIVE, Seen

T = TypeVar("T")
_log = logging.getLogger(__name__)
_AT_ONCE = 4  # questions to domains, so that one that hangs does not hold up the others
_SEEN: WeakKeyDictionary[Host, Seen] = WeakKeyDictionary()


def collect(
    host: Host,
    groups: Iterable[str] | None = None,
    domains: Iterable[Domain | str] | None = None,
    *,
    backing: bool = False,
    deadline: float = 5.0,
) -> Stats:
    """Read the figures of a host's domains; `Host.stats` is the same.

    Parameters
    ----------
    host
        An open host.
    groups
        Which of libvirt's groups, for example ``["state", "cpu-total", "balloon"]``; None for all that the
        driver has. Fewer groups are quicker: ``block`` and ``balloon`` ask each QEMU process.
    domains
        Handles, names or UUIDs; None for all.
    backing
        A row of ``.disks`` for each image of a backing chain too: they have the disk's name, a
        ``backing_index`` of their own and sizes, but no counters.
    deadline
        Seconds to wait for guests that hang. Past it the call is left to itself and made once more, which
        leaves out what the hanging guests' QEMU would have to say.

    Returns
    -------
    Stats
        Its `time` is the middle of the call, since libvirt reads one domain after the other. A guest whose
        QEMU did not answer, or was busy with a job, is marked ``stale`` in ``.domains``: its own figures are
        missing, all others are there.

    Raises
    ------
    TimedOut
        The second call hung too: the host itself does not answer, or has so many guests that `deadline` is
        too short.

    Notes
    -----
    What comes of definitions (``autostart``, bus and source of disks, MAC and network of nics) is read once a
    domain, and again after an event of it or a change by this program. libvirt sends no event when another
    program sets autostart (seen within a minute) or moves a nic to another network (within 10 minutes); see
    `virtsdk.resources.known_facts`.
    """
    _check("deadline", deadline)
    if isinstance(groups, str):
        raise TypeError(f"groups is a list of names: [{groups!r}]")
    wanted = None if groups is None else tuple(groups)
    chosen = host.chosen(domains)
    impatient = host.driver == "qemu"

    def read() -> list[tuple[str, str, dict[str, object]]]:
        limit = deadline if impatient else None
        return host.stats_records(
            wanted, chosen, nowait=impatient, backing=backing, runs=True, timeout=limit
        )

    try:
        records, time = _timed(read)
    except errors.TimedOut:
        _log.warning("figures of %s took over %g s: leaving out the guests that hang", host.name, deadline)
        records, time = _timed(read)
    kind = wanted, backing
    stale = _SEEN.setdefault(host, Seen()).stale(records, kind) if impatient else ()
    signs = {uuid: _sign(values) for uuid, _, values in records}
    facts = host.known_facts.look(signs, kind, unsure=stale, timeout=2 * deadline)
    return from_records(records, host=host.name, time=time, stale=stale, facts=facts)


def _sign(values: dict[str, object]) -> tuple[object, ...]:
    """Return what tells that a domain runs anew or has other disks and interfaces."""
    return (values.get(RUN), *map(values.__getitem__, _names(tuple(values))))


@lru_cache(maxsize=1024)
def _names(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(key for key in keys if key.endswith(".name"))


def collect_node(host: Host, *, timeout: float | None = None) -> NodeStats:
    """Read what a host itself counts; `Host.node_stats` is the same.

    Parameters
    ----------
    host
        An open host.
    timeout
        Seconds; None for the connection's own.
    """
    node = f"node {host.name!r}"
    read, time = _timed(
        lambda: host.session.call("read the figures of", node, read_node_figures, timeout=timeout)
    )
    rows = {
        "node.cpus": [{"cpu": cpu, **given} for cpu, given in read.cpus.items()],
        "node.total": [read.total] if read.total else [],
        "node.memory": [read.memory] if read.memory else [],
        "node.cells": [{"cell": cell, **given} for cell, given in read.cells.items()],
        "node.pressure": read_pressure() if _is_here(host) else [],
    }
    return node_frames(rows, host=host.name, time=time)


def _is_here(host: Host) -> bool:
    """Whether the host is this machine, as far as its URI tells."""
    parts = urlsplit(host.uri)
    transport = parts.scheme.partition("+")[2]
    return not parts.hostname and transport in ("", "unix") and host.driver in ("qemu", "lxc", "xen", "ch")


def collect_storage(host: Host, *, volumes: bool = True, timeout: float | None = None) -> StorageStats:
    """Read the sizes of pools and volumes; `Host.storage_stats` is the same.

    Parameters
    ----------
    host
        An open host.
    volumes
        Read the volumes too: one call each.
    timeout
        Seconds; None for the connection's own.
    """
    pools, time = _timed(
        lambda: host.session.call(
            "read the storage of",
            f"host {host.name!r}",
            lambda conn: read_storage_figures(conn, volumes=volumes),
            timeout=timeout,
        )
    )
    rows: dict[str, list[dict[str, object]]] = {"storage.pools": [], "storage.volumes": []}
    for pool in sorted(pools, key=lambda one: one.name):
        document = xml.parse(pool.document, StoragePoolDef)
        active = pool.state != 0
        rows["storage.pools"].append(
            {
                "pool": pool.name,
                "uuid": pool.uuid,
                "type": None if document.type is None else str(document.type),
                "state": pool.state,
                "autostart": pool.autostart,
                "path": document.target.path if document.target else None,
                "capacity": pool.capacity if active else None,
                "allocation": pool.allocation if active else None,
                "available": pool.available if active else None,
            }
        )
        for name, path, kind, capacity, allocation in pool.volumes:
            rows["storage.volumes"].append(
                {
                    "pool": pool.name, "volume": name, "path": path, "type": kind,
                    "capacity": capacity, "allocation": allocation,
                }
            )  # fmt: skip
    return storage_frames(rows, host=host.name, time=time)


def collect_guests(
    host: Host, domains: Iterable[Domain | str] | None = None, *, timeout: float = 3.0
) -> GuestStats:
    """Ask the agents inside the guests for their file systems; `Host.guest_stats` is the same.

    Parameters
    ----------
    host
        An open host.
    domains
        Handles, names or UUIDs; None for all that are active.
    timeout
        Seconds that each agent may take.
    """
    _check("timeout", timeout)
    records, _ = _timed(lambda: host.stats_records(["state"], domains))
    active = {uuid: name for uuid, name, values in records if values.get("state.state") in ACTIVE}
    answers, time = _timed(lambda: read_file_systems(host.session, active, timeout=timeout))
    rows: list[dict[str, object]] = []
    reasons: dict[str, str] = {}
    for uuid, answer in answers.items():
        if isinstance(answer, str):
            reasons[uuid] = answer
        else:
            rows += [{"domain": uuid, "name": active[uuid], **one} for one in answer]
    return guest_frames(rows, reasons, active, host=host.name, time=time)


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
    _check("timeout", timeout)
    subject = f"the domains of {host.name!r}"
    if not host.supports("job_stats"):
        raise errors.NotSupported(f"cannot read the jobs of {subject}: the driver {host.driver!r} has none")
    asked = host.chosen(domains)
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

    answers, time = _timed(ask_all)
    records: list[tuple[str, str, Mapping[str, object]]] = []
    reasons: dict[str, tuple[str, str]] = {}
    for domain, answer in zip(asked, answers, strict=True):
        if isinstance(answer, str):
            reasons[domain.uuid] = domain.name, answer
        elif answer is not None:
            records.append((domain.uuid, domain.name, answer))
    return job_frames(records, reasons, host=host.name, time=time)


def _check(name: str, seconds: float) -> None:
    if not seconds > 0:
        raise ValueError(f"{name} is {seconds!r}; expected seconds above 0")


def _timed(read: Callable[[], T]) -> tuple[T, pd.Timestamp]:
    """Return an answer and the middle of the time that it took."""
    before = pd.Timestamp.now(tz="UTC")
    answer = read()
    return answer, before + (pd.Timestamp.now(tz="UTC") - before) / 2
