"""What a repr shows of rates: counted once, then the last interval of the first domains alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from virtsdk.display.text import size
from virtsdk.stats.change.series import differs, microseconds

HEADER = ["name", "CPU used", "of its vCPUs", "reads", "writes", "received", "sent"]
_MOVED = {
    "disks": ("read_bytes_per_second", "write_bytes_per_second"),
    "nics": ("rx_bytes_per_second", "tx_bytes_per_second"),
}
Domain = tuple[Any, Any]
"""Host and UUID."""


class Counts(NamedTuple):
    """How many there are in rates of domains."""

    domains: int
    intervals: int
    resets: int
    gaps: int


def counts_of(rates: pd.DataFrame) -> Counts:
    """Count what there is in rates of domains, which are series by series."""
    if not len(rates):
        return Counts(0, 0, 0, 0)
    series = 1 + int((differs(rates["host"]) | differs(rates["domain"])).sum())
    said = rates["interrupted"]
    return Counts(series, len(rates), int((said == "reset").sum()), int((said == "gap").sum()))


def last_intervals(frames: Mapping[str, pd.DataFrame], limit: int) -> list[list[object]]:
    """Write the last interval of the first domains: a row each."""
    domains = frames["domains"]
    ends = {whose: end - 1 for whose, _, end in _runs(domains, limit, lambda _: True)}
    moved = {name: _runs(frames[name], limit, ends.__contains__) for name in _MOVED}
    parts = {name: {whose: (start, end) for whose, start, end in found} for name, found in moved.items()}
    rows: list[list[object]] = []
    last = domains.iloc[list(ends.values())]
    times = microseconds(last)
    used = _figures(last, "cpu_time_seconds_per_second")
    vcpus = _figures(last, "vcpus")
    for place, (whose, name) in enumerate(zip(ends, last["name"], strict=True)):
        share = 100 * used[place] / vcpus[place] if vcpus[place] > 0 else np.nan
        line: list[object] = [
            name,
            None if np.isnan(used[place]) else f"{used[place]:.2f} vCPUs",
            None if np.isnan(share) else f"{share:.1f} %",
        ]
        for frame, columns in _MOVED.items():
            start, end = parts[frame].get(whose, (0, 0))
            line += _sums(frames[frame], slice(start, end), int(times[place]), columns)
        rows.append(line)
    return rows


def _figures(rows: pd.DataFrame, column: str) -> Any:
    if column not in rows.columns:
        return np.full(len(rows), np.nan)
    return rows[column].to_numpy(dtype=np.float64, na_value=np.nan)


def _sums(frame: pd.DataFrame, rows: slice, time: int, columns: tuple[str, ...]) -> list[str | None]:
    """Write the sums of all parts of a domain at a time; None where nothing is known."""
    if rows.start == rows.stop:
        return [None] * len(columns)
    now = np.flatnonzero(frame["time"].array[rows].asi8 == time)  # pyright: ignore
    found: list[str | None] = []
    for column in columns:
        values = np.zeros(0)
        if column in frame.columns:
            values = frame[column].array[rows].to_numpy(dtype=np.float64, na_value=np.nan)[now]  # pyright: ignore
        known = values[~np.isnan(values)]
        found.append(f"{size(float(known.sum()))}/s" if len(known) else None)
    return found


def _runs(
    frame: pd.DataFrame, limit: int, wanted: Callable[[Domain], bool]
) -> Iterator[tuple[Domain, int, int]]:
    """Yield the first domains that are wanted, and where their rows begin and end."""
    hosts: Any = frame["host"].array
    domains: Any = frame["domain"].array
    at, found, count = 0, 0, len(frame)
    tries = 100  # among them parts of domains that nobody asked for
    while at < count and found < limit and tries:
        whose = hosts[at], domains[at]
        end = _end(at, count, domains)
        if hosts[end - 1] != whose[0]:  # of one UUID on two hosts, and nothing in between
            end = _end(at, end, hosts)
        if wanted(whose):
            yield whose, at, end
            found += 1
        at, tries = end, tries - 1


def _end(start: int, count: int, values: Any) -> int:
    """Return where the values that are like the one at `start` end: in steps that double, then by halves."""
    step, first = 1, values[start]
    while start + step < count and values[start + step] == first:
        step *= 2
    low, high = start + step // 2, min(start + step, count)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if values[middle] == first else (low, middle)
    return high
