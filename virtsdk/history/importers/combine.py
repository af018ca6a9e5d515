"""Several readings of one figure to one: parts that add up, series that follow one another, copies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from virtsdk.display.text import shorten
from virtsdk.history.importers.notes import Notes
from virtsdk.history.importers.readings import Key, Reading, Times, Values

OVERLAP: Final = 330_000_000
"""µs that a series may be repeated after its end (Prometheus looks back 5 minutes), beside its successor."""


def combined(readings: Iterable[Reading], notes: Notes) -> list[Reading]:
    """Return one reading of each key.

    Parameters
    ----------
    readings
        Each `tidy`.
    notes
        Copies that were left out are told there.
    """
    groups: dict[Key, list[Reading]] = {}
    for one in readings:
        groups.setdefault(one.key, []).append(one)
    return [group[0] if len(group) == 1 else _one(group, notes) for group in groups.values()]


def _one(group: list[Reading], notes: Notes) -> Reading:
    if group[0].adds:
        return _summed(group)
    ranked: dict[int, list[Reading]] = {}
    for one in group:
        ranked.setdefault(one.rank, []).append(one)
    chosen: list[Reading] = []
    for rank in sorted(ranked):
        same = ranked[rank]
        chosen += same if same[0].joined or len(same) == 1 else _successors(same, notes)
    return chosen[0] if len(chosen) == 1 else _joined(chosen)


def _with(reading: Reading, times: Times, values: Values) -> Reading:
    return Reading(
        reading.key, times, values, reading.origin, reading.adds, reading.joined, reading.rank,
        reading.source,
    )  # fmt: skip


def _summed(group: Sequence[Reading]) -> Reading:
    """Add up; missing where one that there is at the time has no value."""
    times, places = np.unique(np.concatenate([one.times for one in group]), return_inverse=True)
    weights = np.concatenate([one.values for one in group])
    total = np.bincount(places, weights=weights, minlength=len(times)).astype(np.float64)
    there = np.bincount(places, minlength=len(times))
    first = np.sort([one.times[0] for one in group])
    last = np.sort([one.times[-1] for one in group])
    due = np.searchsorted(first, times, side="right") - np.searchsorted(last, times, side="left")
    whole = there == due
    return _with(group[0], times[whole], total[whole])


def _joined(group: Sequence[Reading]) -> Reading:
    """Take the values of all; at one time that of the first metric, and of the highest count within it."""
    times = np.concatenate([one.times for one in group])
    values = np.concatenate([one.values for one in group])
    rank = np.repeat([one.rank for one in group], [len(one.times) for one in group])
    order = np.lexsort([-values, rank, times])
    times, values = times[order], values[order]
    first = np.append(True, np.diff(times) > 0)
    return _with(group[0], times[first], values[first])


def _successors(group: list[Reading], notes: Notes) -> list[Reading]:
    """Cut each series where its successor begins; of copies keep the one with most samples."""
    left = sorted(group, key=lambda one: (int(one.times[0]), one.origin))
    kept: list[Reading] = []
    for one in left:
        if kept and int(kept[-1].times[-1]) - int(one.times[0]) > OVERLAP:
            before = kept[-1]
            copy, stays = (before, one) if len(one.times) > len(before.times) else (one, before)
            notes.add(
                f"a copy was left out, the labels {_differing(before, one)} differ: "
                f"{shorten(copy.origin, 120)}",
                one.key.frame, one.key.column, host=one.key.host, name=one.key.name or None,
            )  # fmt: skip
            kept[-1] = stays
            continue
        if kept and len(kept[-1].times):
            before = kept[-1]
            cut = before.times < one.times[0]
            kept[-1] = _with(before, before.times[cut], before.values[cut])
        kept.append(one)
    return [one for one in kept if len(one.times)]


def _differing(one: Reading, other: Reading) -> str:
    keys = sorted({*one.source, *other.source})
    return ", ".join(key for key in keys if one.source.get(key) != other.source.get(key)) or "(none)"
