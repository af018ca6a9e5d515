"""What a report is about: guests of its hosts, hosts that tell what is used, pools that are still read."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from virtsdk.capacity.past.usage import MICRO, Usage
from virtsdk.capacity.reporting.levels import Level
from virtsdk.display import listing
from virtsdk.display.text import count, shorten, size

_DAY: Final = 86_400 * MICRO
_LATE: Final = 3  # intervals that a guest's last sample may lie before the end of all


def elsewhere(usage: Usage, hosts: pd.DataFrame, counted: pd.DataFrame) -> dict[str, str]:
    """Return the guests that run on hosts that are not asked about: their host by their UUID.

    A guest that is gone counts for the past, whatever host it was on: its load may have moved.
    """
    step = np.nan_to_num(usage.interval, nan=0.0) * MICRO
    there = usage.time[usage.last] >= usage.end - np.maximum(_LATE * step, MICRO)
    strange = there & ~np.isin(usage.hosts.astype(str), hosts["host"].astype(str).to_numpy(str))
    if "domain" in counted:
        strange &= ~np.isin(usage.domains.astype(str), counted["domain"].astype(str).to_numpy(str))
    return {str(usage.domains[one]): str(usage.hosts[one]) for one in np.flatnonzero(strange)}


def left_out(guests: dict[str, str]) -> str:
    """Say which guests do not count."""
    named = listing.names((shorten(one, 40) for one in sorted(set(guests.values()))), 3)
    return f"{count(len(guests), 'guest')} on {named} left out: the hosts frame has no such host"


def untold(usage: Usage, counted: pd.DataFrame) -> str | None:
    """Say of which hosts with guests it is not known up to the end what they use; None where all tell."""
    last = np.zeros(len(usage.host_names), np.int64)
    np.maximum.at(last, usage.host, usage.time)
    late = np.maximum(_DAY, _LATE * MICRO * np.nanmax(usage.interval, initial=0.0))
    tell = usage.host_names[last >= usage.end - late].astype(str)
    quiet = counted[~counted["host"].isin(tell)]["host"].dropna()
    if not len(quiet):
        return None
    named = listing.names((shorten(one, 40) for one in sorted(set(quiet.astype(str)))), 3)
    return f"the usage frame has nothing of {named}, with {count(len(quiet), 'guest')}, at its end"


def off(domains: pd.DataFrame, counted: pd.DataFrame) -> str | None:
    """Say what guests that are off would need; None where there are none."""
    others = domains.loc[~domains.index.isin(counted.index)]
    if not len(others):
        return None
    vcpus, memory = (others[name].astype("Float64").sum() for name in ("vcpus", "memory_bytes"))
    guests = count(len(others), "guest")
    return (
        f"{guests} that {'is' if len(others) == 1 else 'are'} off, of {vcpus:g} vCPUs and {size(memory)}, "
        "not counted: Policy(count_inactive=True) counts them"
    )


def still_read(levels: list[Level]) -> tuple[list[Level], list[tuple[str, str]]]:
    """Part the pools that are read to the end from those that are not any more, with the reason.

    Not read: for a day, and for three times as long as usual, while others were.
    """
    end = max((level.series.index[-1] for level in levels), default=None)
    kept, gone = list[Level](), list[tuple[str, str]]()
    for level in levels:
        times = level.series.index
        late, usual = end - times[-1], pd.Series(times).diff().median()
        if late > pd.Timedelta("1D") and not late <= _LATE * usual:
            gone.append((level.what, f"it was last read on {times[-1]:%Y-%m-%d}: it is gone, or not active"))
        else:
            kept.append(level)
    return kept, gone


def shared(levels: list[Level]) -> list[Level]:
    """Say of pools that have one name, size and use on several hosts that they may be one."""
    alike: dict[tuple[str, float, float], list[Level]] = {}
    for level in levels:
        name = level.key.partition("/")[2]
        alike.setdefault((name, level.limit, float(level.series.iloc[-1])), []).append(level)
    told: list[Level] = []
    for level in levels:
        name = level.key.partition("/")[2]
        mine = alike[(name, level.limit, float(level.series.iloc[-1]))]
        hosts = [one.key.removeprefix("pool ").partition("/")[0] for one in mine]
        note = f"of one size and use on {listing.names(hosts, 3)}: perhaps one pool that they share"
        told.append(replace(level, note=note) if len(mine) > 1 else level)
    return told
