"""Usage of domains: their rates, and sums over their nics, disks and vCPUs, as capacity takes them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import tzinfo
from typing import Any, Final

import numpy as np
import pandas as pd

from virtsdk.stats.change.resample import resample
from virtsdk.stats.change.series import Flags, Places, differs, distinct, microseconds
from virtsdk.stats.samples.convert import missing

CPU: Final = "cpu_time_seconds_per_second"
SWAP_IN: Final = "memory_swap_in_bytes_per_second"
DELAY: Final = "vcpu_delay_seconds_per_second"
PARTS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "nics": {
        "net_rx_bytes_per_second": ("rx_bytes_per_second",),
        "net_tx_bytes_per_second": ("tx_bytes_per_second",),
    },
    "disks": {"disk_bytes_per_second": ("read_bytes_per_second", "write_bytes_per_second")},
    "vcpus": {DELAY: ("delay_seconds_per_second",)},
}
"""By frame of parts: the sums over them, each of which columns."""

_SUMS: Final = tuple(column for sums in PARTS.values() for column in sums)
_NUMBER: Final = {"nics": "nic_count", "disks": "disk_count", "vcpus": "vcpus"}
"""By frame of parts: the column of domains that says how many there are."""

_HIDDEN: Final = ("nics", "vcpus")
"""Parts of which each is to have a row. A drive without medium is a disk that has none, and no traffic."""

_KEPT: Final = (
    "host", "domain", "name", "time", "vcpus", CPU, "memory_bytes", "memory_used_bytes", SWAP_IN,
    "agent_seen", "seconds", "state", "interrupted",
)  # fmt: skip
_NAMES: Final = {CPU: "cpu_used_vcpus", SWAP_IN: "swap_in_bytes_per_second"}
COLUMNS: Final = (
    "host", "domain", "name", "time", "vcpus", "cpu_used_vcpus", "memory_bytes", "memory_used_bytes", *_SUMS,
    "swap_in_bytes_per_second", "agent_seen", "seconds", "state", "interrupted",
)  # fmt: skip
"""Columns of a usage frame, in order."""

_LARGEST = 2**62


def with_sums(domains: pd.DataFrame, parts: Callable[[str], pd.DataFrame | None]) -> pd.DataFrame:
    """Put sums over the parts beside the rates of domains; `resample` takes the result.

    A sum is missing where one of the parts is unknown, has no row (a nic that libvirt has no figures of), or
    was plugged in during the interval. A domain that was off had no traffic, and no delay.

    Parameters
    ----------
    domains
        Rates, series by series.
    parts
        Gives the rates of a frame of parts of these domains; None where there is no such frame.
    """
    frame = domains[[one for one in _KEPT if one in domains.columns]].copy(deep=False)
    off = (frame["interrupted"] == "off").fillna(False).to_numpy(dtype=bool)
    heads = _series(domains)
    for name, sums in PARTS.items():
        rates = parts(name)
        for column, values in _sums(domains, heads, name, rates, sums, off).items():
            frame[column] = values
    if SWAP_IN in frame:
        frame[SWAP_IN] = frame[SWAP_IN].mask(off, 0.0)
    return frame


def counting(vcpus: pd.DataFrame) -> set[str]:
    """Return the hosts whose kernel counts how long vCPUs wait: one of them has ever had a delay."""
    ever = np.zeros(len(vcpus), dtype=bool)
    for column in ("delay_seconds_total", "delay_seconds_per_second"):
        if column in vcpus:
            ever |= (vcpus[column] > 0).fillna(False).to_numpy(dtype=bool)
    return set(vcpus["host"][ever].unique().tolist())


def usage_columns(frame: pd.DataFrame, counted: Collection[str]) -> pd.DataFrame:
    """Give a frame of `with_sums` the columns that capacity takes.

    Parameters
    ----------
    frame
        As it is, or over other intervals.
    counted
        The hosts of `counting`; of others the delay is missing.
    """
    found = frame.rename(columns=_NAMES)
    for column in COLUMNS:
        if column not in found:
            found[column] = missing("boolean" if column == "agent_seen" else "Float64", len(found))
    found[DELAY] = found[DELAY].where(found["host"].isin(list(counted)))
    return found[list(COLUMNS)]


def _sums(
    domains: pd.DataFrame,
    heads: tuple[pd.MultiIndex, Places],
    name: str,
    rates: pd.DataFrame | None,
    sums: Mapping[str, tuple[str, ...]],
    off: Flags,
) -> dict[str, Any]:
    """Return the sums over one kind of parts, a value for each row of the domains."""
    count = len(domains)
    if rates is None or any(one not in rates.columns for columns in sums.values() for one in columns):
        return {column: missing("Float64", count) for column in sums}
    rows, places = _owners(domains, heads, rates)
    size = np.bincount(places, minlength=count)
    unknown = size == 0
    if _NUMBER[name] in domains:
        number = domains[_NUMBER[name]].to_numpy(dtype=np.float64, na_value=np.nan)
        unknown &= ~(number == 0)
        if name in _HIDDEN:
            unknown |= size < number
    found: dict[str, Any] = {}
    for column, columns in sums.items():
        values = np.zeros(len(rows))
        for one in columns:
            values += rates[one].to_numpy(dtype=np.float64, na_value=np.nan)[rows]
        total = np.bincount(places, weights=values, minlength=count)
        absent = (unknown | np.isnan(total)) & ~off
        found[column] = pd.arrays.FloatingArray(np.where(absent | off, 0.0, total), absent)
    return found


def _owners(
    domains: pd.DataFrame, series: tuple[pd.MultiIndex, Places], parts: pd.DataFrame
) -> tuple[Places, Places]:
    """Return the rows of parts whose domain has a row of that time, and the place of that row."""
    none = np.zeros(0, dtype=np.int64)
    if not len(domains) or not len(parts):
        return none, none
    heads, number = series
    mine, which = _series(parts)
    owner = heads.get_indexer(mine)[which]
    times, theirs = microseconds(domains), microseconds(parts)
    first = min(int(times.min()), int(theirs.min()))
    width = max(int(times.max()), int(theirs.max())) - first + 1
    if len(heads) * width > _LARGEST:  # numbers of moments, where lengths of time are too long
        moments = distinct(np.concatenate([times, theirs]))
        times, theirs = np.searchsorted(moments, times), np.searchsorted(moments, theirs)
        first, width = 0, len(moments)
    keys, wanted = number * width + (times - first), owner * width + (theirs - first)
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    rows = np.flatnonzero((keys[places] == wanted) & (owner >= 0))
    return rows, places[rows]


def _series(frame: pd.DataFrame) -> tuple[pd.MultiIndex, Places]:
    """Return the domains of a frame that is series by series, and for each row the number of its own."""
    changed = np.ones(len(frame), dtype=bool)
    changed[1:] = differs(frame["host"]) | differs(frame["domain"])
    heads = [frame[key].array[changed] for key in ("host", "domain")]
    return pd.MultiIndex.from_arrays(heads), np.cumsum(changed) - 1


class Summed:
    """The frame of `with_sums` and the hosts of `counting`, worked out when they are first wanted."""

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], tuple[pd.DataFrame, set[str]]]) -> None:
        self._make = make
        self._made: tuple[pd.DataFrame, set[str]] | None = None

    def of(self) -> tuple[pd.DataFrame, set[str]]:
        """Return both."""
        if self._made is None:
            self._made = self._make()
        return self._made

    def resample(self, every: pd.Timedelta, zone: tzinfo | None) -> Summed:
        """Spread them over other intervals."""

        def make() -> tuple[pd.DataFrame, set[str]]:
            frame, counted = self.of()
            return resample(frame, every, "domains", zone), counted

        return Summed(make)

    def __reduce__(self) -> tuple[type[_Made], tuple[pd.DataFrame, set[str]]]:
        return _Made, self.of()  # what is sent elsewhere is worked out before


class _Made(Summed):
    """The same, worked out elsewhere."""

    __slots__ = ()

    def __init__(self, frame: pd.DataFrame, counted: set[str]) -> None:
        self._made = frame, counted


def summed(frames: Mapping[str, pd.DataFrame]) -> Summed:
    """Sum over the parts in frames of rates by name."""

    def make() -> tuple[pd.DataFrame, set[str]]:
        counted = counting(frames["vcpus"]) if "vcpus" in frames else set[str]()
        return with_sums(frames["domains"], frames.get), counted

    return Summed(make)
