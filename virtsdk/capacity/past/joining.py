"""Samples in the order of guests and times; a guest that migrated becomes one series."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from virtsdk.capacity.past.series import Bools, Floats, Ints, Texts
from virtsdk.display import listing
from virtsdk.display.text import shorten

_CHANGES: Final = 0.1
"""Changes of the host, of a guest's samples, above which it is taken to be on two hosts at a time."""
_FEW: Final = 4


@dataclass(frozen=True, eq=False)
class Samples:
    """Arrays of one length; `rows` are the places in the frame, None where they are the same."""

    guests: Ints
    hosts: Ints
    time: Ints
    off: Bools
    figures: dict[str, Floats]
    more: dict[str, Floats]
    rows: Ints | None

    def take(self, which: NDArray[Any]) -> Samples:
        """Return some of the samples."""
        rows = np.arange(len(self.time)) if self.rows is None else self.rows
        return Samples(
            self.guests[which],
            self.hosts[which],
            self.time[which],
            self.off[which],
            {name: values[which] for name, values in self.figures.items()},
            {name: values[which] for name, values in self.more.items()},
            rows[which],
        )


def order(guests: Ints, time: Ints, number: int) -> Ints | None:
    """Return the order by guest, then time; None where it is that already."""
    same = guests[1:] == guests[:-1]
    if ((guests[1:] > guests[:-1]) | (same & (time[1:] >= time[:-1]))).all():
        return None
    by_time = None if (time[1:] >= time[:-1]).all() else np.argsort(time, kind="stable")
    narrow = guests.astype(np.uint16) if number < 2**16 else guests  # numpy sorts those by their digits
    if by_time is None:
        return np.argsort(narrow, kind="stable")
    return by_time[np.argsort(narrow[by_time], kind="stable")]


def joined(
    samples: Samples, frame: pd.DataFrame, domains: Texts, hosts: Texts
) -> tuple[Samples, tuple[str, ...]]:
    """Join the samples of guests that changed their host; return also a sentence on them.

    The sample in which a guest moved is on both hosts; it becomes one, by the seconds of each. Where a guest
    was on one host and off on another, only the former counts.

    Raises
    ------
    ValueError
        A guest has two samples of one time, or is on two hosts at a time.
    """
    same = samples.guests[1:] == samples.guests[:-1]
    if not len(samples.time) or not (same & (samples.hosts[1:] != samples.hosts[:-1])).any():
        _once(samples, frame, same)
        return samples, ()
    moved = np.zeros(len(domains), bool)
    moved[samples.guests[1:][same & (samples.hosts[1:] != samples.hosts[:-1])]] = True
    on = np.zeros(len(domains), bool)
    on[samples.guests[~samples.off]] = True
    drop = samples.off & (moved & on)[samples.guests]
    if drop.any():
        samples = samples.take(~drop)
    samples = _pairs(samples, frame, domains, hosts)
    same = samples.guests[1:] == samples.guests[:-1]
    changes = np.bincount(
        samples.guests[1:][same & (samples.hosts[1:] != samples.hosts[:-1])], minlength=len(domains)
    )
    sizes = np.bincount(samples.guests, minlength=len(domains))
    often = (changes > _FEW) & (changes > _CHANGES * sizes)
    if often.any():
        _two_places(samples, int(often.argmax()), domains, hosts)
    moved = changes > 0
    if not moved.any():
        return samples, ()
    whose = listing.names(shorten(str(one), 40) for one in _names(samples, frame, domains)[moved])
    return samples, (f"migrated in between, and counted as one on its last host: {whose}",)


def _names(samples: Samples, frame: pd.DataFrame, domains: Texts) -> Texts:
    names = domains.copy()
    if "name" in frame:
        rows = np.arange(len(samples.time)) if samples.rows is None else samples.rows
        names[samples.guests] = frame["name"].to_numpy(object)[rows]
    return names


def _once(samples: Samples, frame: pd.DataFrame, same: Bools) -> None:
    twice = np.flatnonzero(same & (samples.time[1:] == samples.time[:-1]))
    if len(twice):
        rows = np.arange(len(samples.time)) if samples.rows is None else samples.rows
        first, second = (int(rows[twice[0] + step]) for step in (0, 1))
        raise ValueError(
            f"column 'time' of the usage frame has {frame['time'].iloc[second]} twice for domain "
            f"{str(frame['domain'].iloc[second])!r}, in rows {first} and {second}; "
            "expected one row per domain and time"
        )


def _pairs(samples: Samples, frame: pd.DataFrame, domains: Texts, hosts: Texts) -> Samples:
    """Make one of the two samples of the interval in which a guest moved."""
    second = np.zeros(len(samples.time), bool)
    second[1:] = (samples.guests[1:] == samples.guests[:-1]) & (samples.time[1:] == samples.time[:-1])
    if not second.any():
        return samples
    at = np.flatnonzero(second)
    alike = samples.hosts[at] == samples.hosts[at - 1]
    if alike.any():
        _once(samples, frame, second[1:] & (samples.hosts[1:] == samples.hosts[:-1]))
    near = at[1:] - at[:-1] <= 2
    near &= samples.guests[at[1:]] == samples.guests[at[:-1]]
    if near.any():
        _two_places(samples, int(samples.guests[at[1:][near.argmax()]]), domains, hosts)
    share = samples.figures["seconds"]
    weight = np.stack([share[at - 1], share[at]])
    weight = np.where(np.isnan(weight).any(axis=0), 1.0, weight)

    def mean(values: Floats) -> Floats:
        both = np.stack([values[at - 1], values[at]])
        by = np.where(np.isnan(both), 0.0, weight)
        total = by.sum(axis=0)
        return np.divide(
            (np.nan_to_num(both) * by).sum(axis=0), total, out=np.full(len(at), np.nan), where=total > 0
        )

    figures = {name: values.copy() for name, values in samples.figures.items()}
    more = {name: values.copy() for name, values in samples.more.items()}
    for name, values in (*figures.items(), *more.items()):
        if name in ("vcpus", "memory", "memory_used", "agent_seen"):
            values[at] = np.fmax(values[at - 1], values[at])
        elif name == "seconds":
            values[at] += values[at - 1]
        else:
            values[at] = mean(values)
    first = np.zeros(len(second), bool)
    first[at - 1] = True
    return replace(samples, figures=figures, more=more).take(~first)


def _two_places(samples: Samples, guest: int, domains: Texts, hosts: Texts) -> None:
    where = np.unique(samples.hosts[samples.guests == guest])
    raise ValueError(
        f"column 'host' of the usage frame has domain {str(domains[guest])!r} on hosts "
        f"{listing.names(repr(str(hosts[one])) for one in where)} at the same times; give copies of a guest "
        "UUIDs of their own, or leave one of the hosts out"
    )
