"""libvirt's records to tidy frames in base units: pure, by column, never by cell.

All values of all records are laid in one row; for each frame the places of its values are worked out by
`virtsdk.stats.shape` and gathered in one step, a column is converted at once. What does not fit its column
(an unknown key, a number where a text was due, one too large) goes to the long `other` frame with its key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from virtsdk.stats._catalogue import COLUMNS
from virtsdk.stats.convert import Column, convert, missing, numbers, text
from virtsdk.stats.metric import GRAINS, REASONS, Metric, Unit
from virtsdk.stats.sample import Stats
from virtsdk.stats.shape import MISSING, Positions, Shape, shape_of

FRAMES = (*GRAINS, "other")
Objects = NDArray[np.object_]


def from_records(
    records: Iterable[Sequence[Any]], *, host: str, time: datetime | pd.Timestamp | None = None
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
        When the sample was taken, with a time zone; now where it is left out.

    Returns
    -------
    Stats
        Frames ``domains``, ``vcpus``, ``disks``, ``nics``, ``iothreads``, ``perf``, ``memory_bandwidth``,
        ``cache_monitors``, ``dirty_rates`` and ``other``, in base units; `catalogue` describes every column.
        A domain without values is a row of ``domains`` with nothing but its keys.

    Raises
    ------
    TypeError
        A record is neither of the two forms.
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
    taken = _time(time)
    uuids, names, values = _split(records)
    shapes = [shape_of(tuple(record)) for record in values]
    sizes = np.fromiter(map(len, values), dtype=np.int64, count=len(values))
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    flat: Objects = np.empty(int(starts[-1]) + 1, dtype=object)
    flat[:-1] = list(chain.from_iterable(record.values() for record in values))
    groups: dict[int, list[int]] = {}
    for number, one in enumerate(shapes):
        groups.setdefault(id(one), []).append(number)
    grouped = [(shapes[members[0]], np.array(members, dtype=np.int64)) for members in groups.values()]
    identity = _Identity(host, text(uuids), text(names), taken)

    frames: dict[str, pd.DataFrame] = {}
    misfits: list[Positions] = []
    for frame in GRAINS:
        rows, indices, positions = _places(frame, grouped, starts)
        frames[frame] = _frame(frame, identity, flat, rows, indices, positions, misfits)
    frames["other"] = _other(identity, flat, starts, shapes, grouped, misfits)
    return Stats(frames, host=host, time=taken)


class _Identity:
    """The columns that say whose row it is."""

    def __init__(self, host: str, uuids: Column, names: Column, time: pd.Timestamp) -> None:
        self.host = text([host])
        self.uuids = uuids
        self.names = names
        self.time = time.tz_convert(None).to_datetime64()

    def columns(self, rows: Positions, parts: Mapping[str, Column]) -> dict[str, Column]:
        """Return host, domain, name, the given parts, time: one value for each of `rows`."""
        return {
            "host": self.host.take(np.zeros(len(rows), dtype=np.int64)),
            "domain": self.uuids.take(rows),
            "name": self.names.take(rows),
            **parts,
            "time": pd.DatetimeIndex(np.full(len(rows), self.time), tz="UTC").array,
        }


def _time(time: datetime | pd.Timestamp | None) -> pd.Timestamp:
    if time is None:
        return pd.Timestamp.now(tz="UTC").as_unit("us")
    stamp = pd.Timestamp(time)
    if stamp is pd.NaT or stamp.tzinfo is None:
        raise ValueError(f"time {time!r} has no time zone: give one, for example datetime.now(timezone.utc)")
    return stamp.tz_convert("UTC").as_unit("us")


def _split(records: Iterable[Sequence[Any]]) -> tuple[list[str], list[str], list[dict[str, object]]]:
    uuids: list[str] = []
    names: list[str] = []
    values: list[dict[str, object]] = []
    for number, record in enumerate(records):
        *who, given = record if len(record) else (None,)
        match who:
            case [str(uuid), str(name)] if isinstance(given, Mapping):
                pass
            case [domain] if hasattr(domain, "UUIDString") and isinstance(given, Mapping):
                uuid, name = str(domain.UUIDString()), str(domain.name())
            case _:
                raise TypeError(
                    f"record {number} is {str(record)[:80]}; expected (uuid, name, dict of libvirt's keys) "
                    "or (virDomain, dict)"
                )
        uuids.append(uuid)
        names.append(name)
        values.append(cast("dict[str, object]", given))
    if len(set(uuids)) < len(uuids):
        twice = next(uuid for uuid in uuids if uuids.count(uuid) > 1)
        raise ValueError(f"domain {twice} appears more than once; one sample has one record for each domain")
    return uuids, names, values


def _places(
    frame: str, grouped: list[tuple[Shape, Positions]], starts: Positions
) -> tuple[Positions, Positions, Positions]:
    """Return for each row of a frame its record, its numbers in the keys, and where its values lie."""
    rows: list[Positions] = []
    indices: list[Positions] = []
    positions: list[Positions] = []
    for one, members in grouped:
        block = one.blocks.get(frame)
        if block is None:
            continue
        height, width = block.positions.shape
        spread = block.positions[:, None, :] + starts[members][None, :, None]
        if (block.positions == MISSING).any():
            spread[np.broadcast_to((block.positions == MISSING)[:, None, :], spread.shape)] = MISSING
        positions.append(spread.reshape(height, -1))
        rows.append(np.repeat(members, width))
        indices.append(np.tile(block.numbers, len(members)))
    if not rows:
        levels, height = len(GRAINS[frame]), len(COLUMNS[frame])
        none = np.empty(0, dtype=np.int64)
        return none, none.reshape(levels, 0), none.reshape(height, 0)
    if len(rows) == 1:
        return rows[0], indices[0], positions[0]
    every = np.concatenate(rows)
    order = np.argsort(every, kind="stable")  # back to the order of the records
    return (
        every[order],
        np.concatenate(indices, axis=1)[:, order],
        np.concatenate(positions, axis=1)[:, order],
    )


def _frame(
    frame: str,
    identity: _Identity,
    flat: Objects,
    rows: Positions,
    indices: Positions,
    positions: Positions,
    misfits: list[Positions],
) -> pd.DataFrame:
    columns: dict[str, Column] = {}
    for (name, metric), places in zip(COLUMNS[frame].items(), positions, strict=True):
        columns[name] = _column(metric, flat, places, misfits)
    if frame == "domains":
        columns["state_reason"] = _reasons(columns["state"], flat, positions, misfits)
    parts: dict[str, Column] = {}
    for level, part in enumerate(GRAINS[frame]):
        parts[part] = _part(columns.pop(part, None), indices[level])
    return pd.DataFrame({**identity.columns(rows, parts), **columns}, copy=False)


def _column(metric: Metric, flat: Objects, places: Positions, misfits: list[Positions]) -> Column:
    if not (places != MISSING).any() or metric.unit is Unit.STATE_REASON:
        return missing(metric.conversion.dtype, len(places))
    column, bad = convert(flat[places], metric.unit)
    if bad is not None:
        misfits.append(places[bad])
    return column


def _part(label: Column | None, index: Positions) -> Column:
    """Return the label where libvirt gave one, else the number that the key carries."""
    if label is None:
        return numbers(index, index == MISSING)
    unnamed = np.asarray(label.isna()) & (index != MISSING)
    if unnamed.any():
        spare = index[unnamed] if label.dtype == "Int64" else [str(number) for number in index[unnamed]]
        named: Column = label.copy()
        named[unnamed] = spare
        return named
    return label


def _reasons(states: Column, flat: Objects, positions: Positions, misfits: list[Positions]) -> Column:
    places = positions[list(COLUMNS["domains"]).index("state_reason")]
    found: list[str | None] = []
    for state, reason, place in zip(states, flat[places], places, strict=True):
        names = REASONS.get(state, ()) if isinstance(state, str) else ()
        known = type(reason) is int and 0 <= reason < len(names)
        found.append(names[reason] if known else None)
        if not known and place != MISSING:
            misfits.append(np.array([place]))
    return text(found)


def _other(
    identity: _Identity,
    flat: Objects,
    starts: Positions,
    shapes: list[Shape],
    grouped: list[tuple[Shape, Positions]],
    misfits: list[Positions],
) -> pd.DataFrame:
    places = [(starts[members][:, None] + one.unknown).reshape(-1) for one, members in grouped]
    every = np.unique(np.concatenate([*places, *misfits])) if grouped else np.empty(0, dtype=np.int64)
    rows = np.searchsorted(starts, every, side="right") - 1
    within = every - starts[rows]
    at: list[tuple[int, int]] = list(zip(rows.tolist(), within.tolist(), strict=True))
    keys = [shapes[row].keys[place] for row, place in at]
    values = flat[every].tolist()
    figures = [float(value) if isinstance(value, int | float) else None for value in values]
    exact = [value if isinstance(value, str) else _exact(value) for value in values]
    value, _ = convert(np.array([*figures, None], dtype=object)[:-1], Unit.SECONDS)
    return pd.DataFrame(
        {**identity.columns(rows, {"key": text(keys)}), "value": value, "text": text(exact)}, copy=False
    )


def _exact(value: object) -> str | None:
    """Return what a Float64 cannot hold as text."""
    if isinstance(value, int):
        return None if isinstance(value, bool) or abs(value) <= 2**53 else str(value)
    return None if isinstance(value, float) or value is None else str(value)
