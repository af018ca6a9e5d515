"""Demand of guests side by side: a row a time, a column a guest, without holes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from virtsdk.capacity.past.series import Bools, Floats, Ints, Texts
from virtsdk.capacity.past.sharing.delay import delays, some
from virtsdk.capacity.past.usage import DAY, MICRO, Usage
from virtsdk.display.text import count, percent

LEAST: Final = 0.05
"""Share of the times that a guest is known at, below which it is left out."""


@dataclass(frozen=True, eq=False)
class Demand:
    """CPU that guests asked for, all of them at the same times.

    Attributes
    ----------
    domains, names, hosts
        One a guest: UUID, name, the host that it was on last; in order of their UUIDs, however the rows of
        the frame are ordered.
    vcpus
        One a guest, the most that it had.
    used
        Times x guests, vCPUs' worth: what they used and, where it is known, what they waited for.
    times
        Microseconds since 1970, UTC.
    step
        Seconds of a row.
    measured
        Steal that was measured, of the demand; NaN where no guest's delay is known.
    notes
        Sentences on guests that were left out or filled in.
    """

    domains: Texts
    names: Texts
    hosts: Texts
    vcpus: Floats
    used: Floats
    times: Ints
    step: float
    measured: float
    notes: tuple[str, ...]

    @property
    def days(self) -> float:
        """Days of data."""
        return len(self.times) * self.step / DAY


def demand_of(usage: Usage) -> Demand:
    """Lay out what guests asked for.

    A guest that was off asked for nothing. Where a guest is not known, its own figures of that time of
    another day stand in, so that new guests and short gaps count as what they are otherwise. Without its use
    what it asked for is not known, even where its delay is.

    Raises
    ------
    ValueError
        There is no row, no guest has enough samples with a figure of CPU, or a delay is not in seconds a
        second.
    """
    some(usage)
    asked, measured = _asked(usage)
    every = float(np.nanmedian(usage.interval)) if np.isfinite(usage.interval).any() else 1.0
    times, used = usage.grid(asked, every)
    known = ~np.isnan(used)
    share = known.mean(axis=0) if len(times) else np.zeros(len(usage))
    vcpus = usage.most(usage.vcpus)
    enough = (share >= LEAST) & (vcpus > 0)
    if not known.any():
        raise ValueError("column 'cpu_used_vcpus' of the usage frame: no guest has a figure at any time")
    if not enough.any():
        raise ValueError(
            f"column 'cpu_used_vcpus' of the usage frame: no guest is known in {percent(LEAST)} of the "
            "times; give a shorter stretch of time, or longer intervals"
        )
    kept = np.flatnonzero(enough)
    kept = kept[np.argsort(usage.domains[kept].astype(str), kind="stable")]
    used, known = used[:, kept], known[:, kept]
    holes = ~known.all(axis=0)
    _fill(used, known, times, every)
    notes = [*usage.notes]
    if not enough.all():
        notes.append(
            f"left out: {count(int((~enough).sum()), 'guest')} whose CPU is known in less than "
            f"{percent(LEAST)} of the times"
        )
    if holes.any():
        lost = 1 - float(known.mean())
        notes.append(
            f"filled in: {percent(lost)} of the figures, of {count(int(holes.sum()), 'guest')}, with their "
            "own of the same time of other days"
        )
    return Demand(
        usage.domains[kept], usage.names[kept], usage.hosts[kept], vcpus[kept], used, times, every, measured,
        tuple(notes),
    )  # fmt: skip


def _asked(usage: Usage) -> tuple[Floats, float]:
    """Return what guests used and waited for, and how much of it they waited, where that is known."""
    asked = np.where(usage.off, 0.0, usage.cpu)
    delay = delays(usage)
    if delay is None:
        return asked, float("nan")
    both = ~np.isnan(delay) & ~np.isnan(usage.cpu)
    wait = np.where(both, delay, 0.0)
    total = float((asked[both] + wait[both]) @ usage.seconds[both])
    measured = float(wait[both] @ usage.seconds[both]) / total if total > 0 else float("nan")
    most = np.fmax(usage.vcpus, asked)
    return np.minimum(asked + wait, most), measured  # not fmin: what is unknown stays so


def _fill(used: Floats, known: Bools, times: Ints, every: float) -> None:
    """Put a guest's own figures of the same time of day, of another day, where it is not known."""
    day = round(DAY * MICRO)
    clock = (times % day) // max(round(every * MICRO), 1)
    for guest in np.flatnonzero(~known.all(axis=0)).tolist():
        own = np.flatnonzero(known[:, guest])
        lost = np.flatnonzero(~known[:, guest])
        own = own[np.argsort(clock[own], kind="stable")]
        at = clock[own]
        first = np.searchsorted(at, clock[lost], side="left")
        first = np.where(first == len(own), 0, first)
        last = np.maximum(np.searchsorted(at, clock[lost], side="right"), first + 1)
        # of several days in turn, so that a rare peak is not what each gap gets
        chosen = first + np.arange(len(lost)) % (last - first)
        used[lost, guest] = used[own[chosen], guest]
