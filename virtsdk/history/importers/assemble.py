"""Readings to frames: a row for each thing and time, columns and dtypes as those of a recording."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, Final, cast

import numpy as np
import pandas as pd

from virtsdk.display.text import count
from virtsdk.history.columns import recorded
from virtsdk.history.importers.notes import Notes
from virtsdk.history.importers.readings import EXACT, Lives, Reading, Times, Values
from virtsdk.stats.columns.metric import KEYS, leading
from virtsdk.stats.samples.convert import missing
from virtsdk.words import DOMAIN_STATES, POOL_STATES, VCPU_STATES, word_of

_HOUR: Final = 3_600_000_000
_LARGEST: Final = 2**62
_WORDS: Final = {"domains": DOMAIN_STATES, "vcpus": VCPU_STATES, "storage.pools": POOL_STATES}
_PARTS: Final = {"vcpus": "Int64", "node.cpus": "Int64", "node.cells": "Int64"}


def frames_of(readings: Iterable[Reading], lives: Lives, notes: Notes) -> dict[str, pd.DataFrame]:
    """Make frames by name, those that have rows.

    Parameters
    ----------
    readings
        One of each key, `tidy`.
    lives
        Which UUIDs the domains had.
    notes
        What was rounded, and domains without UUID, are told there.
    """
    groups: dict[str, list[Reading]] = {}
    for one in readings:
        if len(one.times):
            groups.setdefault(one.key.frame, []).append(one)
    apart = _apart(
        [one for name in ("domains", "vcpus", "disks", "nics") for one in groups.get(name, ())], lives, notes
    )
    return {
        name: _frame(name, groups[name], lives, apart, notes) for name in (*recorded(),) if name in groups
    }


def _frame(
    name: str, group: list[Reading], lives: Lives, apart: Mapping[str, frozenset[str]], notes: Notes
) -> pd.DataFrame:
    things = sorted({(one.key.host, one.key.name, one.key.part) for one in group})
    number = {thing: place for place, thing in enumerate(things)}
    codes = np.repeat(
        np.array([number[one.key.host, one.key.name, one.key.part] for one in group], dtype=np.int64),
        [len(one.times) for one in group],
    )
    owner, times, places = _rows(codes, np.concatenate([one.times for one in group]))
    columns: dict[str, list[tuple[Reading, Any]]] = {}
    start = 0
    for one in group:
        rows = places[start : start + len(one.times)]
        columns.setdefault(one.key.column, []).append((one, rows))
        start += len(one.times)
    made: dict[str, Any] = _labels(name, things, owner, times, lives, apart)
    known = recorded()[name]
    for column, parts in columns.items():
        values = np.full(len(times), np.nan)
        for one, rows in parts:
            values[rows] = one.values
        made[column] = typed(name, column, known.get(column, "Float64"), values, notes)
    order = [*leading(name), *(one for one in known if one in made and one not in leading(name))]
    order += [one for one in made if one not in order]
    if name == "domains" and "state" not in made:
        made["state"] = missing("str", len(times))
        order.insert(order.index("time") + 1, "state")
    return pd.DataFrame({column: made[column] for column in order}, copy=False)


def _rows(codes: Times, times: Times) -> tuple[Times, Times, Times]:
    """Return thing and time of each row, in order, and the row of each sample."""
    first = int(times.min())
    width = int(times.max()) - first + 1
    if (int(codes.max()) + 1) * width > _LARGEST:
        moments, at = np.unique(times, return_inverse=True)
        keys, places = np.unique(codes * len(moments) + at, return_inverse=True)
        return keys // len(moments), moments[keys % len(moments)], places
    keys, places = np.unique(codes * width + (times - first), return_inverse=True)
    return keys // width, keys % width + first, places


def _labels(
    name: str,
    things: list[Any],
    owner: Times,
    times: Times,
    lives: Lives,
    apart: Mapping[str, frozenset[str]],
) -> dict[str, Any]:
    """Return the columns that a frame begins with."""
    made: dict[str, Any] = {"host": _of(owner, [host for host, _, _ in things])}
    keys = KEYS[name]
    if keys[1:2] in (("domain",), ("storage_pool",)):
        fallback = [f"{host}/{own}" if host in apart.get(own, ()) else own for host, own, _ in things]
        made[keys[1]] = _uuids(things, owner, times, lives, fallback)
        made["name"] = _of(owner, [own for _, own, _ in things])
    for place, label in enumerate(keys[2 if keys[1:2] in (("domain",), ("storage_pool",)) else 1 :]):
        values = [part[place] for _, _, part in things]
        if name in _PARTS:
            made[label] = pd.array(values, dtype="Int64").take(owner)
        else:
            made[label] = _of(owner, [str(one) for one in values])
    made["time"] = pd.DatetimeIndex(times.view("datetime64[us]"), tz="UTC")
    return made


def _of(owner: Times, words: list[str]) -> Any:
    codes, known = cast("tuple[Any, Any]", pd.factorize(cast("Any", pd.array(words, dtype="str"))))
    return known.take(codes[owner])


def _uuids(things: list[Any], owner: Times, times: Times, lives: Lives, fallback: list[str]) -> Any:
    """Return the UUID of each row: of a name that had several the one of its time."""
    found = [sorted(set(lives.get((host, own), ()))) for host, own, _ in things]
    words = [one[0][1] if one else fallback[place] for place, one in enumerate(found)]
    made = _of(owner, words)
    several = [place for place, one in enumerate(found) if len({uuid for _, uuid in one}) > 1]
    if several:
        plain = np.asarray(made, dtype=object)
        for place in several:
            rows = np.flatnonzero(owner == place)
            since = np.array([at for at, _ in found[place]], dtype=np.int64)
            which = np.maximum(np.searchsorted(since, times[rows], side="right") - 1, 0)
            plain[rows] = np.array([uuid for _, uuid in found[place]], dtype=object)[which]
        made = pd.array(plain, dtype="str")
    return made


def _apart(group: list[Reading], lives: Lives, notes: Notes) -> dict[str, frozenset[str]]:
    """Return names that stand for several domains, with their hosts: on two of them for long at one time."""
    spans: dict[str, dict[str, tuple[int, int]]] = {}
    for one in group:
        host, name = one.key.host, one.key.name
        if (host, name) in lives:
            continue
        before = spans.setdefault(name, {}).get(host)
        first, last = int(one.times[0]), int(one.times[-1])
        spans[name][host] = (first, last) if before is None else (min(first, before[0]), max(last, before[1]))
    if spans:
        notes.add(
            f"no UUID is known of {count(len(spans), 'domain')}: the name stands for it, so that one defined "
            "anew under the name counts as the same",
            "domains", "domain",
        )  # fmt: skip
    found: dict[str, frozenset[str]] = {}
    for name, hosts in spans.items():
        ordered = sorted(hosts.values())
        shared = [
            (min(before[1], after[1]) - after[0], min(before[1] - before[0], after[1] - after[0]))
            for before, after in pairwise(ordered)
        ]
        if any(common > min(_HOUR, shorter / 2) for common, shorter in shared):
            found[name] = frozenset(hosts)
            notes.add(
                f"domains of this name are on {count(len(hosts), 'host')} at a time: they are HOST/NAME",
                "domains", "domain", name=name,
            )  # fmt: skip
    return found


def typed(frame: str, column: str, dtype: str, values: Values, notes: Notes) -> Any:
    """Give figures the dtype of their column; what is rounded by that is told."""
    absent = np.isnan(values)
    if dtype == "Float64":
        return pd.arrays.FloatingArray(np.where(absent, 0.0, values), absent)
    if dtype == "Int64":
        large = values >= EXACT
        if large.any():
            notes.add(
                f"{count(int(large.sum()), 'sample')} of 2**53 or more: such floats are rounded, to "
                f"{_step(float(np.nanmax(values))):,} at the most",
                frame, column,
            )  # fmt: skip
        absent = absent | (values >= 2.0**63)
        return pd.arrays.IntegerArray(np.rint(np.where(absent, 0.0, values)).astype(np.int64), absent)
    if dtype == "boolean":
        return pd.arrays.BooleanArray(np.where(absent, 0.0, values) != 0, absent)
    if dtype.startswith("datetime"):
        micro = np.where(absent | (values <= 0) | (values >= 2.5e11), np.nan, values) * 1e6
        plain = np.where(np.isnan(micro), np.iinfo(np.int64).min, np.rint(np.nan_to_num(micro))).astype(
            np.int64
        )
        return pd.DatetimeIndex(plain.view("datetime64[us]"), tz="UTC").array
    words = _WORDS[frame]
    codes, known = pd.factorize(np.where(absent, -1.0, values))
    texts = [None if one < 0 else word_of(words, int(one)) for one in known.tolist()]
    return pd.array(texts, dtype="str").take(codes)


def _step(value: float) -> int:
    return int(np.spacing(value))
