"""libvirt's records to tidy frames in base units: pure, by column, never by cell."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from virtsdk.display.listing import LIMIT
from virtsdk.stats.columns.catalogue import COLUMNS
from virtsdk.stats.columns.metric import GRAINS
from virtsdk.stats.samples.domains import Glance, Stats
from virtsdk.stats.samples.facts import Facts
from virtsdk.stats.samples.flat import Flat
from virtsdk.stats.samples.lazy import LazyFrames
from virtsdk.stats.samples.raw import laid_out, source_of, split
from virtsdk.stats.samples.shape import MISSING
from virtsdk.stats.samples.times import Clock, TimeUnit, utc
from virtsdk.words import DOMAIN_STATES


def from_records(
    records: Iterable[Sequence[Any]],
    *,
    host: str,
    time: datetime | pd.Timestamp | float | None = None,
    unit: TimeUnit | None = None,
    clock: Clock | None = None,
    complete: bool = True,
    stale: Collection[str] | None = None,
    facts: Facts | None = None,
) -> Stats:
    """Make tidy frames from the records of a bulk stats call.

    Parameters
    ----------
    records
        One a domain: ``(uuid, name, values)``, or ``(virDomain, values)`` as libvirt-python's
        ``getAllDomainStats`` gives them; `values` is a dict of libvirt's keys.
    host
        The name for the frames' ``host`` column.
    time
        When the sample was taken, with a time zone, or a number since 1970; now where it is left out.
    unit
        The unit of that number: ``"s"``, ``"ms"``, ``"us"`` or ``"ns"``.
    clock
        What a clock that is never set said then (see `Stats.clock`).
    complete
        Whether these are all domains of the host.
    stale
        The UUIDs of domains whose QEMU did not answer, for the column ``stale``; None where that is unknown.
    facts
        What is known of the domains' definitions, by UUID (see `samples.facts`), for ``autostart``,
        the disks' ``device``, ``bus`` and ``source``, and the nics' ``mac`` and ``network``; they are missing
        where it is left out.

    Returns
    -------
    Stats
        Frames ``domains``, ``vcpus``, ``disks``, ``nics``, ``iothreads``, ``perf``, ``memory_bandwidth``,
        ``cache_monitors``, ``dirty_rates`` and ``other``, in base units; `catalogue` describes every column.
        A domain without values is a row of ``domains`` with nothing but its keys. Rows are in the order of
        the domains' names; a frame is made when it is first read.

    Raises
    ------
    TypeError
        A record is neither of the two forms, or another argument is not of its kind.
    ValueError
        A domain appears twice, or `time` has no zone.

    Examples
    --------
    >>> from virtsdk.stats import from_records
    >>> values = {"state.state": 1, "cpu.time": 1_500_000_000, "balloon.current": 2048}
    >>> stats = from_records([("0d5c7a3e-0000-4000-8000-000000000001", "web1", values)], host="kvm7")
    >>> row = stats.domains.iloc[0]
    >>> print(row["state"], row["cpu_time_seconds_total"], row["memory_current_bytes"])
    running 1.5 2097152
    """
    _check(records, host, clock, stale, facts)
    taken = utc(time, unit)
    uuids, names, values = split(records)
    raw = laid_out(uuids, names, values, host=host, time=taken, stale=stale, facts=facts)
    source = source_of([raw])
    head = None
    if len(uuids) > LIMIT:
        first = list(zip(uuids[:LIMIT], names, values, strict=False))
        head = from_records(first, host=host, time=taken, stale=stale, facts=facts)
    parts = {name: source.counts(name)[:LIMIT].tolist() for name in ("disks", "nics")}
    glance = Glance(len(uuids), _running(raw.flat), head, source.sizes, parts)
    return Stats(
        LazyFrames([*GRAINS, "other"], source.frame, "a sample"),
        host=host,
        time=taken,
        clock=clock,
        complete=complete,
        glance=glance,
    )


def _check(records: object, host: object, clock: object, stale: object, facts: object) -> None:
    """Refuse what a caller in a notebook, who is not typed, gives by mistake."""
    if not isinstance(records, Iterable):
        raise TypeError(f"records must be a list of them, not {records!r}")
    if not isinstance(host, str):
        raise TypeError(f"host must be a name, as text, not {host!r}")
    if not isinstance(clock, Clock | None):
        raise TypeError(f"clock must be the clock of a sample (Stats.clock) or None, not {clock!r}")
    if isinstance(stale, str) or not isinstance(stale, Collection | None):
        raise TypeError(f"stale must be a list of UUIDs or None, not {stale!r}")
    if not isinstance(facts, Mapping | None):
        raise TypeError(f"facts must be a mapping by UUID or None, not {facts!r}")


def _running(flat: Flat) -> int | None:
    """Count the domains that run; None where nobody asked for their states."""
    number, place = DOMAIN_STATES.index("running"), list(COLUMNS["domains"]).index("state")
    found: int | None = None
    for group in flat.groups:
        rank = int(group.shape.blocks["domains"].ranks[place, 0])
        if rank != MISSING:
            start = group.figures + rank * len(group.members)
            states = flat.figures[start : start + len(group.members)]
            found = (found or 0) + int((states == number).sum())
    return found
