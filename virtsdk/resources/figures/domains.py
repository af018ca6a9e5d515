"""Figures from a live host: one bulk call a sample."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from virtsdk import errors
from virtsdk.binding.deadlines import above_zero
from virtsdk.resources.domain import Domain
from virtsdk.resources.domain.collection import chosen_domains
from virtsdk.resources.figures.clock import Moment, timed
from virtsdk.resources.figures.known_facts import facts_about
from virtsdk.resources.figures.stale import Seen
from virtsdk.stats.samples.domains import Stats
from virtsdk.stats.samples.raw import RUN
from virtsdk.stats.samples.records import from_records
from virtsdk.words import StatsGroup

if TYPE_CHECKING:
    from virtsdk.resources.figures.facts import DomainFacts
    from virtsdk.resources.host import Host

_log = logging.getLogger(__name__)
_SEEN: WeakKeyDictionary[Host, Seen] = WeakKeyDictionary()


def collect(
    host: Host,
    groups: Iterable[StatsGroup] | None = None,
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
    `virtsdk.resources.figures.known_facts`.
    """
    read = read_domains(host, groups, domains, backing=backing, deadline=deadline)
    return from_records(
        read.records,
        host=host.name,
        time=read.moment.time,
        clock=read.moment.clock,
        complete=read.complete,
        stale=read.stale,
        facts=read.facts,
    )


class Read(NamedTuple):
    """Records of a host's domains as they were read, and what is told of them beside."""

    records: list[tuple[str, str, dict[str, object]]]
    moment: Moment
    complete: bool
    stale: Collection[str] | None
    facts: Mapping[str, DomainFacts]


def read_domains(
    host: Host,
    groups: Iterable[StatsGroup] | None = None,
    domains: Iterable[Domain | str] | None = None,
    *,
    backing: bool = False,
    deadline: float = 5.0,
) -> Read:
    """Read the same, and make no frames of it yet; parameters as of `collect`."""
    above_zero("deadline", deadline)
    if isinstance(groups, str | bytes) or not isinstance(groups, Iterable | None):  # pyright: ignore
        raise TypeError(f"groups must be a list of names, [{groups!r}], not {groups!r}")
    wanted = None if groups is None else tuple(groups)
    chosen = chosen_domains(host, domains)
    impatient = host.driver == "qemu"

    def read() -> list[tuple[str, str, dict[str, object]]]:
        limit = deadline if impatient else None
        return host.stats_records(wanted, chosen, nowait=impatient, backing=backing, runs=True, timeout=limit)

    try:
        records, moment = timed(read)
    except errors.TimedOut:
        _log.warning("figures of %s took over %g s: leaving out the guests that hang", host.name, deadline)
        records, moment = timed(read)
    kind = wanted, backing
    stale = _SEEN.setdefault(host, Seen()).stale(records, kind) if impatient else ()
    signs = _signs(records)
    facts = facts_about(host).look(signs, kind, unsure=stale, timeout=2 * deadline)
    for uuid, _, values in records:
        _add_paths(values, facts[uuid].paths if uuid in facts else None)
    return Read(records, moment, chosen is None, stale, facts)


def _add_paths(values: dict[str, object], paths: dict[str, str] | None) -> None:
    """Add the paths of disks that are given as volumes, which libvirt has while the domain runs."""
    if not paths:
        return
    for key, name in list(values.items()):
        path = paths.get(str(name)) if key.startswith("block.") and key.endswith(".name") else None
        if path is not None:
            values.setdefault(f"{key.removesuffix('.name')}.path", path)


def _signs(records: list[tuple[str, str, dict[str, object]]]) -> dict[str, tuple[object, ...]]:
    """Return by UUID what tells that a domain runs anew, has other disks and interfaces, or other files."""
    found: dict[str, tuple[object, ...]] = {}
    keys, names = (), ()
    for uuid, _, values in records:
        own = tuple(values)
        if own != keys:  # most are like the one before
            keys, names = own, _names(own)
        found[uuid] = (values.get(RUN), *map(values.__getitem__, names))
    return found


@lru_cache(maxsize=1024)
def _names(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(key for key in keys if key.endswith((".name", ".path")))
