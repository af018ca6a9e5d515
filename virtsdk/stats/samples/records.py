"""libvirt's records to tidy frames in base units: pure, by column, never by cell.

`flat` lays out all values, `shape` knows the places of those of a frame, and a column is gathered and
converted at once. What does not fit its column (an unknown key, a text where a number
was due, a number too large) goes to the long `other` frame with its key.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, cached_property
from typing import Any, cast

import numpy as np
import pandas as pd

from virtsdk.display.listing import LIMIT
from virtsdk.stats.columns.catalogue import COLUMNS
from virtsdk.stats.columns.metric import GRAINS, Metric, Unit
from virtsdk.stats.samples.convert import Column, anything, figures, missing, reasons, text, words
from virtsdk.stats.samples.domains import Glance, Stats
from virtsdk.stats.samples.facts import Facts, add_facts
from virtsdk.stats.samples.flat import Flags, Flat, lay_out
from virtsdk.stats.samples.lazy import LazyFrames
from virtsdk.stats.samples.shape import MISSING, Places
from virtsdk.stats.samples.times import Clock, TimeUnit, utc
from virtsdk.words import DOMAIN_STATES

RUN = "domain.id"  # the one key here that is not of the bulk call: which run of the domain it is
_OFF = frozenset(map(DOMAIN_STATES.index, ("shutoff", "crashed")))  # libvirt's numbers
_SAID: dict[str, bool] = {"yes": True, "no": False, "true": True, "false": False}  # as virsh domstats prints
Misfits = list[tuple[Places, bool]]  # places, and whether they are among the figures


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
    uuids, names, values = _split(records)
    flat = lay_out(values)
    known = [None if stale is None else uuid in stale for uuid in uuids]
    source = _Source(_Identity(host, uuids, names, taken), flat, known, dict(facts or {}))
    head = None
    if len(uuids) > LIMIT:
        first = list(zip(uuids[:LIMIT], names, values, strict=False))
        head = from_records(first, host=host, time=taken, stale=stale, facts=facts)
    parts = {name: source.counts(name)[:LIMIT].tolist() for name in ("disks", "nics")}
    glance = Glance(len(uuids), _running(flat), head, source.sizes, parts)
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


class _Source:
    """The values of a sample, of which frames are made when they are read."""

    def __init__(self, identity: _Identity, flat: Flat, stale: list[bool | None], facts: Facts) -> None:
        self._identity = identity
        self._flat = flat
        self._stale = stale
        self._facts = facts
        self._made: dict[str, pd.DataFrame] = {}
        self._misfits: Misfits = []
        self.sizes = {name: int(self.counts(name).sum()) for name in GRAINS}

    def counts(self, name: str) -> Places:
        """Return how many rows of a frame each record has."""
        found = np.zeros(len(self._stale), dtype=np.int64)
        for group in self._flat.groups:
            block = group.shape.blocks.get(name)
            if block is not None:
                found[group.members] = block.ranks.shape[1]
        return found

    def frame(self, name: str) -> pd.DataFrame:
        """Make a frame; what does not fit the columns of the others is in ``other``."""
        if name == "other":
            for one in GRAINS:
                self._columns(one)
            found = pd.DataFrame(_other(self._identity, self._flat, self._misfits), copy=False)
        else:
            found = self._columns(name)
        return found if len(found) else _empty()[name]

    def _columns(self, name: str) -> pd.DataFrame:
        if name not in self._made:
            if not self.sizes[name]:
                self._made[name] = _empty()[name]
            else:
                found = {name: _columns(name, self._identity, self._flat, self._misfits)}
                _beside(found, self._stale, self._facts)
                self._made[name] = pd.DataFrame(found[name], copy=False)
        return self._made[name]


@cache
def _empty() -> dict[str, pd.DataFrame]:
    """Return the frames of no records: most of a small sample's, so made once; `Stats` hands out copies."""
    found = _sample(GRAINS, _Identity("", [], [], utc(None)), lay_out([]), [], {})
    return {name: pd.DataFrame(columns, copy=False) for name, columns in found.items()}


def _sample(
    frames: Iterable[str], identity: _Identity, flat: Flat, stale: list[bool | None], facts: Facts
) -> dict[str, dict[str, Column]]:
    """Return the columns of these frames, and of ``other``."""
    misfits: Misfits = []
    found = {frame: _columns(frame, identity, flat, misfits) for frame in frames}
    found["other"] = _other(identity, flat, misfits)
    _beside(found, stale, facts)
    return found


def _beside(frames: dict[str, dict[str, Column]], stale: list[bool | None], facts: Facts) -> None:
    """Add what is not among the records."""
    if "domains" in frames:
        frames["domains"]["stale"] = pd.array(stale, dtype="boolean")
    add_facts(frames, facts)


class _Identity:
    """The columns that say whose row it is."""

    def __init__(self, host: str, uuids: Sequence[str], names: Sequence[str], time: pd.Timestamp) -> None:
        self._given = host, uuids, names
        self.time = time.tz_convert(None).to_datetime64()

    @cached_property
    def host(self) -> Column:
        return text([self._given[0]])

    @cached_property
    def uuids(self) -> Column:
        return text(self._given[1])

    @cached_property
    def names(self) -> Column:
        return text(self._given[2])

    def columns(self, rows: Places, parts: Mapping[str, Column]) -> dict[str, Column]:
        """Return host, domain, name, the given parts, time: one value for each of `rows`."""
        return {
            "host": self.host.take(np.zeros(len(rows), dtype=np.int64)),
            "domain": self.uuids.take(rows),
            "name": self.names.take(rows),
            **parts,
            "time": pd.DatetimeIndex(np.full(len(rows), self.time), tz="UTC").array,
        }


def _split(records: Iterable[Sequence[Any]]) -> tuple[list[str], list[str], list[dict[str, object]]]:
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


def _columns(frame: str, identity: _Identity, flat: Flat, misfits: Misfits) -> dict[str, Column]:
    rows, indices, places = _gather(frame, flat)
    metrics = COLUMNS[frame]
    columns: dict[str, Column] = {}
    for (name, metric), where in zip(metrics.items(), places, strict=True):
        if metric.unit is Unit.STATE_REASON:
            states = flat.figures[places[list(metrics).index("state")]]
            absent = _absent(flat, where)
            column, bad = reasons(states, flat.figures[where], absent)
        elif metric.is_figure:
            absent = _absent(flat, where)
            column, bad = figures(flat.figures[where], absent, metric.unit)
        else:
            absent = None
            column, bad = _words(flat, where, metric)
        if flat.odd is not None and absent is not None:
            odd = flat.odd[where]
            bad = odd if bad is None else bad | odd
        if bad is not None and bad.any():
            misfits.append((where[bad], metric.is_figure))
        columns[name] = column
    parts: dict[str, Column] = {}
    for level, part in enumerate(GRAINS[frame]):
        parts[part] = _part(columns.pop(part, None), indices[level])
    return {**identity.columns(rows, parts), **columns}


def _absent(flat: Flat, where: Places) -> Flags:
    absent = where == MISSING
    return absent if flat.odd is None else absent | flat.odd[where]


def _words(flat: Flat, where: Places, metric: Metric) -> tuple[Column, Flags | None]:
    if not (where != MISSING).any():
        return missing(metric.conversion.dtype, len(where)), None
    values = flat.words[where].tolist()
    if metric.unit is Unit.BOOL:
        values = [_SAID.get(one, one) if isinstance(one, str) else one for one in values]
    return words(values, metric.unit)


def _gather(frame: str, flat: Flat) -> tuple[Places, Places, Places]:
    """Return for each row of a frame its record, its numbers in the keys, and where its values lie."""
    is_figure = np.array([metric.is_figure for metric in COLUMNS[frame].values()])
    rows: list[Places] = []
    indices: list[Places] = []
    places: list[Places] = []
    for group in flat.groups:
        block = group.shape.blocks.get(frame)
        if block is None:
            continue
        places.append(group.places(block.ranks, is_figure))
        rows.append(np.repeat(group.members, block.ranks.shape[1]))
        indices.append(np.tile(block.numbers, len(group.members)))
    if not rows:
        none = np.empty(0, dtype=np.int64)
        return none, none.reshape(len(GRAINS[frame]), 0), none.reshape(len(COLUMNS[frame]), 0)
    if len(rows) == 1:
        return rows[0], indices[0], places[0]
    every, index, place = (
        np.concatenate(rows),
        np.concatenate(indices, axis=1),
        np.concatenate(places, axis=1),
    )
    if (np.diff(every) < 0).any():
        order = np.argsort(every, kind="stable")  # back to the order of the records
        every, index, place = every[order], index[:, order], place[:, order]
    return every, index, place


def _part(label: Column | None, index: Places) -> Column:
    """Return the label where libvirt gave one, else the number that the key carries."""
    if label is None:
        return pd.arrays.IntegerArray(index, index == MISSING)
    unnamed = np.asarray(label.isna())
    if label.dtype != "Int64":
        unnamed = unnamed | np.asarray(label == "", dtype=bool)
    unnamed &= index != MISSING
    if unnamed.any():
        spare = index[unnamed] if label.dtype == "Int64" else [str(number) for number in index[unnamed]]
        named: Column = label.copy()
        named[unnamed] = spare
        return named
    return label


def _other(identity: _Identity, flat: Flat, misfits: Misfits) -> dict[str, Column]:
    """One row a value that no column has taken, in the order of the records."""
    found: list[tuple[int, str, object]] = []
    for group in flat.groups:
        count = len(group.members)
        for rank in group.shape.unknown:
            key = group.shape.keys[group.shape.words[rank]]
            start = group.words + rank * count
            values = flat.words[start : start + count].tolist()
            found.extend(zip(group.members.tolist(), [key] * count, values, strict=True))
    for places, figure in misfits:
        found.extend(flat.source(place, figure=figure) for place in places.tolist())
    found.sort(key=lambda one: one[0])
    rows = np.fromiter((row for row, _, _ in found), dtype=np.int64, count=len(found))
    values = [value for _, _, value in found]
    keys = {"key": text([key for _, key, _ in found])}
    return {**identity.columns(rows, keys), **anything(values)}
