"""Figures worked out of others by a stated definition, and the reasons why some are missing or need care."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from virtsdk.words import DOMAIN_STATES, NO_PROCESS, REPORTS

STALE_AFTER = pd.Timedelta(seconds=60)
"""A guest that has not reported its memory for this long before the sample is not believed any more."""

_TRUST = ("host", "domain", "name", "frame", "part", "column", "reason")


_OFF = ("off", "stopped", "inactive", "poweredoff")  # as others call what libvirt calls shutoff


def memory_used(domains: pd.DataFrame) -> pd.Series[int]:
    """Return what the guest uses of its memory, in bytes (Int64).

    ``memory_available_bytes - memory_usable_bytes``, which is MemTotal - MemAvailable inside the guest: by
    the Linux kernel's documentation of /proc/meminfo, MemAvailable is what new programs can have without
    swapping. Where the guest reports no usable memory, ``memory_available_bytes - memory_unused_bytes``:
    caches count as used then. Missing where the guest reports neither, or not for `STALE_AFTER`, or more left
    than available.
    """
    available, usable = domains["memory_available_bytes"], domains["memory_usable_bytes"]
    left = usable.where(usable.notna(), domains["memory_unused_bytes"])
    fresh = ~_stale(domains).fillna(True).astype(bool)
    return (available - left).where(fresh & (left <= available).fillna(False).astype(bool))


def has_process(domains: pd.DataFrame) -> pd.Series[bool]:
    """Tell which domains have a process on their host, by ``state`` and, where there is one, ``run_id``.

    A guest that crashed is kept, with its process and its memory, where its definition says
    ``<on_crash>preserve</on_crash>``: its run has a number then. One that is off has none. Of a domain whose
    state is missing, or a word that only a newer libvirt has, it is not known that it is off.

    Raises
    ------
    ValueError
        A state is a number, or a known one in other letters: ``"shut off"``, which would count as not off.
    """
    _known_states(domains["state"])
    without = domains["state"].isin(NO_PROCESS)
    if "run_id" not in domains.columns or not without.any():
        return ~without
    return ~without | domains["run_id"].notna()


def _known_states(states: pd.Series[Any]) -> None:
    known: list[Any] = states.unique().tolist()
    for state in known:
        if pd.isna(state) or state in DOMAIN_STATES:
            continue
        letters = "".join(filter(str.isalpha, state)).lower() if isinstance(state, str) else ""
        meant = "shutoff" if letters in _OFF else letters
        if not isinstance(state, str) or meant in DOMAIN_STATES:
            raise ValueError(
                f"column 'state' of the domains frame has {state!r}; it must be "
                f"{repr(meant) if meant else 'one of ' + ', '.join(DOMAIN_STATES) + ', or missing'}"
            )


def thin_ratio(disks: pd.DataFrame) -> pd.Series[float]:
    """Return how much of the size that a guest sees is allocated; missing where that is 0."""
    capacity = disks["capacity_bytes"].astype("Float64")
    return disks["allocation_bytes"] / capacity.where(capacity > 0)


DERIVED: dict[str, dict[str, tuple[tuple[str, ...], Callable[[pd.DataFrame], pd.Series[Any]]]]] = {
    "domains": {
        "memory_used_bytes": (
            (
                "time", "memory_available_bytes", "memory_usable_bytes", "memory_unused_bytes",
                "memory_last_update",
            ),
            memory_used,
        )
    },
    "disks": {"thin_ratio": (("allocation_bytes", "capacity_bytes"), thin_ratio)},
}  # fmt: skip
"""By frame, the columns that are worked out of others of the same row: of which, and how."""


def _stale(domains: pd.DataFrame) -> pd.Series[bool]:
    """True where the last report is too old; missing where there never was one."""
    reported = domains["memory_last_update"]
    return (domains["time"] - reported > STALE_AFTER).astype("boolean").mask(reported.isna())


def trust(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return one row for each figure that is missing or doubtful though one might expect it, and why."""
    domains, vcpus, disks, nics = (frames[name] for name in ("domains", "vcpus", "disks", "nics"))
    stuck = domains["stale"].fillna(False).astype(bool)
    active = ~stuck & domains["state"].isin(REPORTS)
    stale = _stale(domains)
    reports = domains["memory_available_bytes"].notna()
    found = [
        _because(domains, stuck, "domains", "stale",
                 "QEMU did not answer or was busy with a job: what only it knows is missing"),
        _because(domains, active & ~reports, "domains", "memory_used_bytes",
                 "the guest reports no memory figures: no balloon driver, or its stats period is 0"),
        _because(domains, active & reports & stale.isna(), "domains", "memory_used_bytes",
                 "the guest has never reported its memory"),
        _because(domains, active & reports & stale.fillna(False), "domains", "memory_used_bytes",
                 f"the guest last reported its memory over {STALE_AFTER.seconds} s before the sample, or the "
                 "clocks of this machine and the host differ"),
        _because(domains, active & _contradicts(domains), "domains", "memory_used_bytes",
                 "the guest reports more memory left than it has"),
        _because(domains, active & reports & domains["memory_usable_bytes"].isna(), "domains",
                 "memory_used_bytes", "caches count as used: the guest does not report usable memory"),
        *(
            _because(vcpus, _switched_off(vcpus, column), "vcpus", column,
                     "0 on every vCPU: the host's kernel keeps no scheduler statistics")
            for column in ("wait_seconds_total", "delay_seconds_total")
        ),
        _because(disks, _unanswered(disks, domains.loc[active, "domain"]), "disks", "read_bytes_total",
                 "QEMU gave no I/O figures: a drive without medium, a backing image, or QEMU did not answer"),
        _because(nics, _silent(nics, domains.loc[active, "domain"]), "nics", "rx_bytes_total",
                 "libvirt gave no figures: a nic of the host handed to the guest, or one that it cannot ask"),
    ]  # fmt: skip
    rows = [one for one in found if len(one)]
    if not rows:
        return pd.DataFrame({name: pd.array([], dtype="str") for name in _TRUST})
    return pd.concat(rows, ignore_index=True)


def _switched_off(vcpus: pd.DataFrame, column: str) -> pd.Series[bool]:
    """All rows, where vCPUs ran and yet the figure is 0 on each of them."""
    ran = bool((vcpus["time_seconds_total"] > 0).any())
    zero = bool((vcpus[column].fillna(0) == 0).all())
    return vcpus[column].notna() if ran and zero else vcpus[column].notna() & False


def _contradicts(domains: pd.DataFrame) -> pd.Series[bool]:
    """True where the guest reports more memory left than it has."""
    usable = domains["memory_usable_bytes"]
    left = usable.where(usable.notna(), domains["memory_unused_bytes"])
    return (left > domains["memory_available_bytes"]).fillna(False).astype(bool)


def _silent(nics: pd.DataFrame, active: pd.Series[str]) -> pd.Series[bool]:
    figures = [column for column in nics.columns if column.endswith("_total")]
    return nics[figures].isna().all(axis=1) & nics["domain"].isin(active)


def _unanswered(disks: pd.DataFrame, active: pd.Series[str]) -> pd.Series[bool]:
    return disks["read_bytes_total"].isna() & disks["domain"].isin(active)


def _because(
    frame: pd.DataFrame, which: pd.Series[bool], name: str, column: str, reason: str
) -> pd.DataFrame:
    rows = frame[which]
    part = rows.iloc[:, 3].astype("str") if name != "domains" else pd.array([None] * len(rows), dtype="str")
    given = {"host": rows["host"], "domain": rows["domain"], "name": rows["name"]}
    said = {"frame": name, "part": part, "column": column, "reason": reason}
    return pd.DataFrame({**given, **said}).astype("str")
