"""Samples that a server repeated: the same scrape at several steps, and series that ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from virtsdk.display.text import count
from virtsdk.history.importers.notes import Notes
from virtsdk.history.importers.readings import Reading, Times
from virtsdk.stats.change.series import distinct

LOOKBACK: Final = 300_000_000  # µs for which Prometheus repeats the last value, unless it is told otherwise


def without_repeats(readings: Sequence[Reading], notes: Notes, lookback: int = LOOKBACK) -> list[Reading]:
    """Leave out what says nothing new: frozen counters are no rates of 0.

    At a step below the scrapes' distance all figures of a host stand still between two scrapes; a guest's
    stand still after its end. Longer than `lookback` nobody repeats: what stands still for longer does so.

    Parameters
    ----------
    readings
        Of a source that was asked by a step.
    notes
        How many samples were left out.
    lookback
        µs.
    """
    hosts: dict[str, list[Reading]] = {}
    for one in readings:
        hosts.setdefault(one.key.host, []).append(one)
    for host, mine in hosts.items():
        guests: dict[str, list[Reading]] = {}
        for one in mine:
            if not one.key.frame.startswith(("node.", "storage.")):
                guests.setdefault(one.key.name, []).append(one)
        node = [one for one in mine if one.key.frame.startswith("node.")]
        whole = [one for group in guests.values() for one in group]
        for group in (whole, node):
            if group:
                _leave_out(
                    group, _frozen(*_moments(group), lookback), host, notes, "the same scrape once more"
                )
        end = max((int(one.times[-1]) for one in whole if len(one.times)), default=0)
        for group in guests.values():
            if any(len(one.times) for one in group):
                _leave_out(
                    group, _tails(*_moments(group), end, lookback), host, notes, "repeated after its end"
                )
    return [one for one in readings if len(one.times)]


def _moments(group: Iterable[Reading]) -> tuple[Times, Times]:
    """Return the times of a group, and those at which any of its figures is another or begins."""
    times: list[Times] = []
    fresh: list[Times] = []
    for one in group:
        times.append(one.times)
        if one.key.frame == "domains" and one.key.column == "state":
            fresh.append(one.times[:1])
            continue
        fresh.append(one.times[:1])
        fresh.append(one.times[1:][np.diff(one.values) != 0])
    return distinct(np.concatenate(times)), distinct(np.concatenate(fresh))


def _frozen(times: Times, fresh: Times, lookback: int) -> Times:
    """Return the times within stretches in which all stands still, where those are short."""
    if len(times) < 3 or len(fresh) < 2:
        return times[:0]
    since = np.searchsorted(fresh, times, side="right") - 1
    ends = np.append(np.flatnonzero(np.diff(since) > 0), len(times) - 1)
    length = times[ends] - fresh[since[ends]]
    still = np.zeros(len(fresh), dtype=bool)
    still[since[ends]] = length <= lookback
    return times[(times > fresh[since]) & still[since]]


def _tails(times: Times, fresh: Times, end: int, lookback: int) -> Times:
    """Return the times that stand still right before a series stops."""
    if len(times) < 2:
        return times[:0]
    apart = np.diff(times)
    stops = np.append(np.flatnonzero(apart > 1.5 * np.median(apart)), len(times) - 1)
    if times[-1] >= end:
        stops = stops[:-1]
    if not len(stops):
        return times[:0]
    last = fresh[np.searchsorted(fresh, times[stops], side="right") - 1]
    dead: list[Times] = [
        times[(times > since) & (times <= times[stop])]
        for since, stop in zip(last.tolist(), stops.tolist(), strict=True)
        if 0 < times[stop] - since <= lookback
    ]
    return np.concatenate(dead) if dead else times[:0]


def _leave_out(group: Sequence[Reading], dead: Times, host: str, notes: Notes, why: str) -> None:
    if not len(dead):
        return
    for one in group:
        kept = ~np.isin(one.times, dead)
        one.times, one.values = one.times[kept], one.values[kept]
    names = {one.key.name for one in group}
    name = names.pop() if len(names) == 1 else None
    said = f"{count(len(dead), 'moment')} left out, {why}: counters that stand still are no rates of 0"
    notes.add(said, host=host, name=name or None)
