"""Views of a recording: how much there is of each host, and what is missing."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from virtsdk.display.text import count, size
from virtsdk.stats.samples.plain import clock

HEADER = ["host", "domains", "samples", "not taken", "from", "to"]


def summary(
    samples: pd.DataFrame,
    interval: pd.Timedelta | None,
    size_bytes: int,
    gone: Collection[str] = (),
    kept: pd.Timestamp | None = None,
) -> tuple[str, list[list[object]]]:
    """Return a headline, and a row a host for `HEADER`.

    Parameters
    ----------
    samples
        `Recording.samples`.
    interval
        How far apart they are due.
    size_bytes
        What the recording takes on the disk.
    gone
        Hosts that are not there any more: their domains do not count.
    kept
        Since when samples are kept, of which there are sums before; None for all.
    """
    if samples.empty:
        return "no samples yet", []
    rows: list[list[object]] = []
    guests = 0
    counts = samples["taken"].fillna(False).astype(bool)
    if kept is not None:  # of those before few are left
        counts &= samples["time"] >= kept
    for host, own in samples.groupby("host", sort=True):
        taken = own[own["taken"].fillna(False).astype(bool)]
        there = int(counts[own.index].sum())
        known = taken["domains"].dropna()
        domains = int(known.iloc[-1]) if len(known) else None
        guests += 0 if host in gone else domains or 0
        times = own["time"]
        lost = int(own["missed"].sum())
        rows.append([host, domains, there, lost, clock(times.min()), clock(times.max())])
    taken = int(counts.sum())
    lost = int(samples["missed"].sum())
    every = "" if interval is None else f" every {duration(interval)}"
    every += "" if kept is None else f" since {clock(kept.floor('s'))}, sums of 5 minutes before"
    said = [
        count(len(rows), "host"),
        count(guests, "domain"),
        duration(samples["time"].max() - samples["time"].min()),
        f"{taken:,} sample{'' if taken == 1 else 's'}{every}",
        *([f"{lost:,} not taken"] if lost else []),
        size(size_bytes),
    ]
    return ", ".join(said), rows


def duration(length: pd.Timedelta) -> str:
    """Write a length of time in its largest unit."""
    seconds = length.total_seconds()
    for unit, name in ((86400, "day"), (3600, "hour"), (60, "min")):
        if seconds >= 2 * unit or seconds == unit:
            amount = f"{seconds / unit:.3g}"
            return f"{amount} {name}" + ("s" if name != "min" and amount != "1" else "")
    return f"{seconds:.3g} s"
