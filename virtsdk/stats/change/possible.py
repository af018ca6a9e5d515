"""What cannot have been: more CPU time than there was between two samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from virtsdk.stats.change.series import Difference, Figures, Flags, Series, difference, series_of
from virtsdk.stats.change.taking import Taking
from virtsdk.stats.columns.metric import KEYS

VCPU_TIME = "time_seconds_total"
TICKS, SHARE = 0.02, 0.01
"""CPU times step by ticks, and times of samples are not exact: seconds, and a share of the interval."""

VcpuRows = Callable[[Iterable[str]], pd.DataFrame]
"""Gives the rows of the vCPUs of some domains (UUIDs)."""


def most(seconds: Figures) -> Figures:
    """Return how much CPU time the thread of a vCPU can have had in intervals of a length."""
    return seconds + TICKS + SHARE * np.abs(seconds)


def too_much(series: Series, time: Difference) -> Flags:
    """Tell in which intervals a vCPU would have run for longer than they lasted."""
    return time.known & (time.values > most(series.seconds))


def impossible(
    series: Series, cpu: Difference, asked: Flags, taking: Taking, vcpus: VcpuRows | None
) -> Flags:
    """Tell in which intervals a domain would have had more CPU time than it can have had.

    That is what its vCPUs allow (the number of them that is online, at the end where there are more), and
    what was measured of its emulator: CPU time of the domain above that of its vCPUs. Where the times of its
    vCPUs are not known nothing of an emulator is; only there it counts whether a clock that is never set
    says how long the interval was. (A container has no vCPUs that could hold it.)

    Parameters
    ----------
    series
        Of domains.
    cpu
        How much CPU time they had.
    asked
        Which intervals.
    taking
        The samples.
    vcpus
        Gives the rows of vCPUs; None where there are none.
    """
    none = np.zeros(len(series.times), dtype=bool)
    if "vcpus" not in series.source.columns:
        return none
    online = series.ordered(series.source["vcpus"].to_numpy(dtype=np.float64, na_value=np.nan))
    online[1:] = np.fmax(online[1:], online[:-1])
    with np.errstate(invalid="ignore"):
        above = asked & cpu.known & (cpu.values > online * most(series.seconds))
    if not above.any():
        return none
    hosts, domains = series.pick("host", above), series.pick("domain", above)
    keys = list(zip(hosts, domains, series.at[above].tolist(), strict=True))
    measured = (
        {}
        if vcpus is None
        else _measured(vcpus({domain for _, domain, _ in keys}), {(a, b) for a, b, _ in keys})
    )
    sure = taking.vouched(series)[above]
    found = [measured.get(key, not vouched) for key, vouched in zip(keys, sure, strict=True)]
    none[above] = found
    return none


def _measured(vcpus: pd.DataFrame, domains: set[tuple[str, str]]) -> dict[tuple[str, str, int], bool]:
    """Tell by host, domain and end of the interval whether a vCPU had too much time; what is known."""
    if VCPU_TIME not in vcpus.columns or not len(vcpus):
        return {}
    series = series_of(vcpus, KEYS["vcpus"])
    time = difference(series, VCPU_TIME)
    bad = too_much(series, time)
    found: dict[tuple[str, str, int], bool] = {}
    known = time.known & (time.values >= 0)  # one that was plugged anew tells nothing
    rows = zip(
        series.pick("host", known), series.pick("domain", known), series.at[known].tolist(), bad[known],
        strict=True,
    )  # fmt: skip
    for host, domain, at, wrong in rows:
        if (host, domain) in domains:
            key = (host, domain, at)
            found[key] = found.get(key, False) or bool(wrong)
    return found
