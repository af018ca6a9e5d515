"""Samples as they come, laid out and not made frames of yet: many of them are made frames of at once.

A frame costs much the same whether it has the rows of one sample or of a thousand, so whoever takes many
samples keeps these, and asks for the frames of all of them together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from sys import intern
from typing import Any, cast

import numpy as np
import pandas as pd

from virtsdk.stats.columns.metric import GRAINS
from virtsdk.stats.samples.facts import Facts
from virtsdk.stats.samples.flat import Flat, joined, lay_out
from virtsdk.stats.samples.layout import Source, Whose
from virtsdk.stats.samples.times import utc
from virtsdk.words import DOMAIN_STATES

RUN = "domain.id"  # the one key here that is not of the bulk call: which run of the domain it is
_OFF = frozenset(map(DOMAIN_STATES.index, ("shutoff", "crashed")))  # libvirt's numbers


@dataclass(frozen=True, slots=True)
class RawSample:
    """One sample of a host's domains; what it has of each is in the order of their names.

    Attributes
    ----------
    host, time
        Of the sample (``datetime64[us]``, UTC).
    uuids, names
        Of the domains.
    flat
        Their values.
    stale, facts
        What is told beside; None where nothing is.
    """

    host: str
    time: np.datetime64
    uuids: Sequence[str]
    names: Sequence[str]
    flat: Flat
    stale: Sequence[bool | None]
    facts: Sequence[Any]

    @property
    def values(self) -> int:
        """Number of values."""
        return len(self.flat.figures) + len(self.flat.words)


def raw_sample(
    records: Iterable[Sequence[Any]],
    *,
    host: str,
    time: datetime,
    stale: Collection[str] | None = None,
    facts: Facts | None = None,
) -> RawSample:
    """Lay out the records of one sample, to be kept.

    Parameters
    ----------
    records, host, time, stale, facts
        As of `from_records`.
    """
    uuids, names, values = split(records)
    raw = laid_out(
        [intern(one) for one in uuids],
        [intern(one) for one in names],
        values,
        host=host,
        time=utc(time),
        stale=stale,
        facts=facts,
    )
    texts = raw.flat.words
    for place, one in enumerate(texts.tolist()):
        if type(one) is str:  # libvirt gives each anew, and there are few different ones
            texts[place] = intern(one)
    return raw


def laid_out(
    uuids: Sequence[str],
    names: Sequence[str],
    values: Sequence[dict[str, object]],
    *,
    host: str,
    time: pd.Timestamp,
    stale: Collection[str] | None,
    facts: Facts | None,
) -> RawSample:
    """Lay out what `split` returned."""
    given: Facts = {} if facts is None else facts
    return RawSample(
        host,
        time.tz_convert(None).to_datetime64().astype("datetime64[us]"),
        uuids,
        names,
        lay_out(values),
        [None if stale is None else uuid in stale for uuid in uuids],
        [given.get(uuid) for uuid in uuids],
    )


def source_of(samples: Sequence[RawSample]) -> Source:
    """Put samples one after the other; of the answer frames are made when they are read."""
    sizes = np.array([len(one.uuids) for one in samples], dtype=np.int64)
    whose = Whose(
        [uuid for one in samples for uuid in one.uuids],
        [name for one in samples for name in one.names],
        [stale for one in samples for stale in one.stale],
        [facts for one in samples for facts in one.facts],
        [one.host for one in samples],
        np.array([one.time for one in samples], dtype="datetime64[us]"),
        np.repeat(np.arange(len(samples)), sizes),
    )
    flat = samples[0].flat if len(samples) == 1 else joined([one.flat for one in samples], sizes.tolist())
    return Source(whose, flat)


def frames_of(samples: Sequence[RawSample]) -> dict[str, pd.DataFrame]:
    """Make the frames of some samples at once.

    Parameters
    ----------
    samples
        Of any hosts and times.

    Returns
    -------
    dict
        By name, what `Stats.given` of each of them has, one after the other: the rows of a sample are
        together, in the order of the names of its domains.

    Examples
    --------
    >>> noon = pd.Timestamp("2026-03-01 12:00", tz="UTC")
    >>> samples = [
    ...     raw_sample([("u1", "web1", {"cpu.time": cpu * 10**9})], host=host, time=noon)
    ...     for host, cpu in (("kvm7", 3), ("kvm8", 5))
    ... ]
    >>> frames_of(samples)["domains"][["host", "name", "cpu_time_seconds_total"]]
       host  name  cpu_time_seconds_total
    0  kvm7  web1                     3.0
    1  kvm8  web1                     5.0
    """
    source = source_of(samples)
    return {name: source.frame(name) for name in (*GRAINS, "other")}


def split(records: Iterable[Sequence[Any]]) -> tuple[list[str], list[str], list[dict[str, object]]]:
    """Return the UUIDs, names and values of records, in the order of the names.

    Raises
    ------
    TypeError
        A record is neither ``(uuid, name, values)`` nor ``(virDomain, values)``.
    ValueError
        A domain appears twice.
    """
    uuids: list[str] = []
    names: list[str] = []
    values: list[dict[str, object]] = []
    for number, record in enumerate(records):
        uuid, name, given = _parts(number, record)
        uuids.append(uuid)
        names.append(name)
        values.append(_of_a_process(given))
    if len(set(uuids)) < len(uuids):
        twice = next(uuid for uuid in uuids if uuids.count(uuid) > 1)
        raise ValueError(f"domain {twice} appears more than once; one sample has one record for each domain")
    order = sorted(range(len(names)), key=lambda place: (names[place], uuids[place]))
    return [uuids[one] for one in order], [names[one] for one in order], [values[one] for one in order]


def _of_a_process(values: dict[str, object]) -> dict[str, object]:
    """Leave out the CPU time of a domain that has no process: libvirt 9 gives that of its own daemon."""
    state = values.get("state.state")
    if RUN in values or state not in _OFF:
        return values
    return {key: value for key, value in values.items() if not str(key).startswith("cpu.")}


def _parts(number: int, record: Sequence[Any]) -> tuple[str, str, dict[str, object]]:
    match len(record) if isinstance(record, Sequence) else None:
        case 3:
            uuid, name, given = record
        case 2 if hasattr(record[0], "UUIDString"):
            domain, given = record
            uuid, name = domain.UUIDString(), domain.name()
            run = domain.ID() if hasattr(domain, "ID") else -1
            if run >= 0 and isinstance(given, dict | Mapping):
                given = {**cast("Mapping[str, object]", given), RUN: run}
        case _:
            uuid, name, given = None, None, None
    if isinstance(uuid, str) and isinstance(name, str) and isinstance(given, dict | Mapping):
        return uuid, name, cast("dict[str, object]", given)
    raise TypeError(
        f"record {number} is {str(record)[:80]}; expected (uuid, name, dict of libvirt's keys) or "
        "(virDomain, dict)"
    )
