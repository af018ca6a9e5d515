"""What guests really used, host by host: the quantile of their sum over time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.policy import Policy
from virtsdk.capacity.room.answers.aligned import Floats, aligned, intervals
from virtsdk.capacity.room.arrays import Ints
from virtsdk.display import listing
from virtsdk.display.text import shorten, size
from virtsdk.stats.samples.times import utc_column
from virtsdk.words import DomainState

_MAKER: Final = "recording.usage() or rates.usage()"
_OFTEN: Final = 0.05
"""Share of the times from which on a guest that was not there is named."""
_SELDOM: Final = 0.01
"""Share of the times that are left out without a word."""
_USED: Final = (("vcpus", "cpu_used_vcpus", ""), ("memory", "memory_used_bytes", "_bytes"))


def demand(
    usage: pd.DataFrame, hosts: pd.DataFrame, counted: pd.DataFrame, policy: Policy
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Work out the demand of each host.

    At each time the use of a host's guests is summed; guests are brought to common times (`aligned`). A guest
    that was off used nothing. Times at which a figure of a guest is not known are left out, as their sum
    would be too low. Of the sums the quantile is taken.

    Parameters
    ----------
    usage
        One row per domain and time.
    hosts, counted
        Frames that were checked; guests that count.
    policy
        ``demand_quantile``, reserves.

    Returns
    -------
    pandas.DataFrame, tuple of str
        One row per host, indexed by name; and what stays open.
    """
    key = next((one for one in ("domain", "name") if one in counted.columns and _has(usage, one)), None)
    checks.require(
        usage, "usage", [key or "domain", "time", *(column for _, column, _ in _USED)], maker=_MAKER
    )
    if key is None:
        raise ValueError("the domains frame has no column 'domain' or 'name' that the usage frame has")
    usage = usage.reset_index(drop=True)
    if usage["time"].isna().any():
        row = usage.index[usage["time"].isna()][0]
        raise ValueError(f"column 'time' of the usage frame is missing in row {row}")
    if not pd.api.types.is_numeric_dtype(usage["time"]):  # numbers are in order whatever their unit
        usage = usage.assign(time=utc_column(usage["time"], "column 'time' of the usage frame"))
    checks.once(usage, "usage", [key, "time"])
    home = counted.dropna(subset=[key]).drop_duplicates(key).set_index(key)
    whose = usage[key].astype(object).map(str, na_action="ignore")
    figures = _figures(usage, key)
    names = pd.Index(hosts["host"])
    place = names.get_indexer(pd.Index(whose.map(home["host"])))
    _check_host(usage, key, figures, hosts, place, policy)
    time = usage["time"]
    moments = time if pd.api.types.is_numeric_dtype(time) else time.dt.as_unit("us").astype("int64")
    moments = checks.numbers(pd.DataFrame({"time": moments - moments.min()}), "time")
    guests, texts = pd.factorize(whose)
    order = np.lexsort((moments, guests, place))
    order = order[place[order] >= 0]
    ordered = _Samples(place[order], guests[order].astype(np.int64), moments[order], figures[order])
    known = [set(texts[np.unique(guests[(place >= 0) & ~np.isnan(one)])]) for one in figures.T]
    return _by_host(ordered, texts, known, hosts, counted, key, policy)


@dataclass(frozen=True, eq=False)
class _Samples:
    """Samples of guests that count, by host, guest and time; `figures` has a column per resource."""

    place: Ints
    guests: Ints
    times: Floats
    figures: Floats


def _by_host(
    samples: _Samples,
    texts: Any,
    known: list[set[str]],
    hosts: pd.DataFrame,
    counted: pd.DataFrame,
    key: str,
    policy: Policy,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Take the quantile of the sums of each host, and say what stays open."""
    names = pd.Index(hosts["host"])
    every = intervals(samples.guests, samples.times, len(texts))
    demands = np.full((len(names), len(_USED)), np.nan)
    whole, times = np.zeros((len(names), len(_USED)), np.int64), np.zeros(len(names), np.int64)
    late: list[str] = []
    begin = np.searchsorted(samples.place, np.arange(len(names) + 1))
    for number in np.flatnonzero(np.diff(begin)):
        rows = slice(begin[number], begin[number + 1])
        mine, codes = np.unique(samples.guests[rows], return_inverse=True)
        order = np.lexsort((samples.times[rows], codes))
        found = aligned(codes[order], samples.times[rows][order], samples.figures[rows][order], every[mine])
        times[number] = len(found.sums)
        late += [str(texts[mine[one]]) for one in np.flatnonzero(found.absent > _OFTEN)]
        for one in range(len(_USED)):
            sums = found.sums[:, one]
            sums = sums[~np.isnan(sums)]
            whole[number, one] = len(sums)
            if len(sums):
                demands[number, one] = np.quantile(sums, policy.demand_quantile)
    frame, notes = pd.DataFrame(index=names), list[str]()
    physical = {
        "vcpus": checks.numbers(hosts, policy.cpu_column) - policy.reserve_cpus,
        "memory": checks.numbers(hosts, "memory_bytes") - policy.reserve_memory_bytes,
    }
    empty = ~names.isin(counted["host"])
    for one, (resource, column, suffix) in enumerate(_USED):
        unmeasured = counted[~counted[key].isin(known[one])]
        lost = names.isin(unmeasured["host"])
        if len(unmeasured):
            whose = listing.names(_called(counted, key, unmeasured[key]))
            notes.append(f"no {column} is known of {whose}: the demand of their hosts stays open")
        values = np.where(empty, 0.0, np.where(lost, np.nan, demands[:, one]))
        told = pd.Series(pd.arrays.FloatingArray(values, np.isnan(values)), index=names)
        there = pd.Series(np.maximum(physical[resource], 0), index=names, dtype="Float64")
        frame[f"{resource}_demand{suffix}"] = told
        frame[f"{resource}_demand_headroom{suffix}"] = there - told
        frame[f"{resource}_demand_share"] = told / there.where(there > 0)
        if resource == "vcpus":
            frame["demand_samples"] = pd.array(whole[:, one], dtype="Int64")
        incomplete = np.isnan(values) & ~lost
        if incomplete.any():
            whose = listing.names(repr(str(one)) for one in hosts["host"][incomplete])
            notes.append(f"at no time is {column} known of all guests of {whose}: the demand stays open")
        partly = (whole[:, one] < (1 - _SELDOM) * times) & ~lost & ~incomplete
        if partly.any():
            whose = listing.names(repr(str(one)) for one in hosts["host"][partly])
            left, of = int((times - whole[:, one])[partly].sum()), int(times[partly].sum())
            notes.append(
                f"{column} is not known of all guests of {whose} at {left} of {of} times: those are left out"
            )
    if late:
        notes.append(
            f"{listing.names(_called(counted, key, late))}: measured for part of the time; before the first "
            "and after the last sample nothing is counted"
        )
    return frame, tuple(notes)


def _called(counted: pd.DataFrame, key: str, guests: Iterable[object]) -> Iterator[str]:
    """Call guests by their names, where they have some, and not by their UUIDs."""
    names = counted.dropna(subset=[key]).drop_duplicates(key).set_index(key)
    for guest in guests:
        name = names["name"].get(guest) if "name" in names else None
        yield shorten(str(guest if name is None or pd.isna(name) else name), 40)


def _figures(usage: pd.DataFrame, key: str) -> Floats:
    """Return what was used, a column per resource, once it can be right; 0 where a guest was off."""
    used = np.column_stack(
        [checks.figures(usage, "usage", column, key, missing=True) for _, column, _ in _USED]
    )
    cpu, held = used.T
    if "vcpus" in usage.columns:
        most = checks.figures(usage, "usage", "vcpus", key, missing=True)
        over = cpu > 2 * most + 1
        if over.any():
            of = most[over.argmax()]
            expected = f"expected vCPUs' worth of CPU, of {of:g} vCPUs, not percent"
            checks.complain(usage, "usage", "cpu_used_vcpus", key, over, expected)
    if "memory_bytes" in usage.columns:
        most = checks.figures(usage, "usage", "memory_bytes", key, missing=True)
        over = held > most
        if over.any():
            expected = f"expected bytes, at most the memory of the guest ({size(float(most[over.argmax()]))})"
            checks.complain(usage, "usage", "memory_used_bytes", key, over, expected)
    off = np.zeros(len(usage), bool)
    if "interrupted" in usage.columns:
        off = (usage["interrupted"] == "off").to_numpy(bool, na_value=False)
    elif "state" in usage.columns:
        off = usage["state"].isin([DomainState.SHUTOFF, DomainState.CRASHED]).to_numpy(bool)
    used[off] = 0.0
    return used


def _check_host(
    usage: pd.DataFrame, key: str, figures: Floats, hosts: pd.DataFrame, place: Ints, policy: Policy
) -> None:
    """Refuse what is more than a guest's host has: a guest may have been larger, but not its host."""
    for one, column in enumerate((policy.cpu_column, "memory_bytes")):
        there = np.append(checks.numbers(hosts, column), np.nan)[place]
        over = figures[:, one] > (2 * there + 1 if one == 0 else there)
        if over.any():
            unit = "vCPUs' worth of CPU, not percent" if one == 0 else "bytes"
            of = f"{there[over.argmax()]:g} CPUs" if one == 0 else size(float(there[over.argmax()]))
            checks.complain(
                usage, "usage", _USED[one][1], key, over, f"expected {unit}; the guest's host has {of}"
            )


def _has(usage: object, column: str) -> bool:
    return isinstance(usage, pd.DataFrame) and column in usage.columns
