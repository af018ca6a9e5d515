"""How much more each host may be asked to carry."""

from __future__ import annotations

import warnings
from typing import Any

import pandas as pd

from virtsdk.capacity.checks import figures, once, require
from virtsdk.capacity.headroom_report import HeadroomReport
from virtsdk.capacity.policy import Policy
from virtsdk.display import listing
from virtsdk.display.text import shorten
from virtsdk.words import HOLDS_NOTHING

_HOSTS = "host.node_info().frame()"
_DOMAINS = "host.domains.frame() or host.stats().domains"


class CapacityWarning(UserWarning):
    """An answer leaves something open because a figure is missing."""


def headroom(hosts: pd.DataFrame, domains: pd.DataFrame, policy: Policy | None = None) -> HeadroomReport:
    """Tell how many more vCPUs and how much more memory each host may be asked to carry.

    For each host and resource::

        capacity  = (physical - reserve) x ratio
        committed = sum over its guests
        headroom  = capacity - committed

    It is about promises, not usage: a guest counts with all its vCPUs and with the most memory that its
    balloon can grow to, whatever it uses now. Guests that are off (shutoff, crashed) hold nothing and do not
    count, unless the policy says so; paused and suspended ones do.

    Parameters
    ----------
    hosts
        One row per host: ``host``, ``cpus`` (or ``cores``, as the policy says), ``memory_bytes``; see
        `NodeInfo.frame`.
    domains
        One row per domain: ``host``, ``vcpus``, ``memory_bytes`` and, where known, ``domain``, ``name``,
        ``state``; see ``host.domains.frame()`` and ``host.stats().domains``. Without ``state`` all count.
    policy
        Ratios and reserves; `Policy`'s defaults where it is left out.

    Returns
    -------
    HeadroomReport
        ``.frame()`` has one row per host. Where a guest that counts has a figure missing, its host's figures
        for that resource are missing too, a `CapacityWarning` names the guest, and ``.notes`` keeps it.

    Raises
    ------
    ValueError
        A column is missing, a figure is missing or negative in `hosts` or negative in `domains`, a host or
        domain appears twice, or a domain is on a host that `hosts` does not have; the message names the
        column and the row.
    TypeError
        Not frames, or a column that is not numbers.

    Notes
    -----
    The formula is that of OpenStack Placement's inventories, ``(total - reserved) * allocation_ratio``. oVirt
    states its memory overcommit as the same ratio in percent; VMware Aria Operations' allocation model uses
    the same ratios, and lets the site choose whether powered-off machines count.

    Examples
    --------
    >>> import pandas as pd
    >>> from virtsdk import capacity
    >>> hosts = pd.DataFrame({"host": ["kvm7"], "cpus": [8], "memory_bytes": [32 * 2**30]})
    >>> domains = pd.DataFrame({"host": "kvm7", "vcpus": [4, 8], "memory_bytes": [8 * 2**30, 4 * 2**30]})
    >>> policy = capacity.Policy(vcpu_ratio=2, reserve_memory_bytes=2 * 2**30)
    >>> capacity.headroom(hosts, domains, policy)
    <HeadroomReport 1 host, 4 vCPUs and 18 GiB free>
    host  guests  vCPUs  of  free  memory  of      free    full first
    kvm7       2     12  16     4  12 GiB  30 GiB  18 GiB  vcpus
    """
    policy = policy if policy is not None else Policy()
    require(hosts, "hosts", ["host", policy.cpu_column, "memory_bytes"], maker=_HOSTS)
    require(domains, "domains", ["host", "vcpus", "memory_bytes"], maker=_DOMAINS)
    once(hosts, "hosts", ["host"])
    if "domain" in domains.columns:
        once(domains, "domains", ["host", "domain"])
    who = next((key for key in ("name", "domain") if key in domains.columns), "host")
    _on_known_hosts(hosts, domains, who)

    guests = pd.DataFrame(
        {
            "host": domains["host"],
            "name": domains[who],
            "vcpus": figures(domains, "domains", "vcpus", who, missing=True),
            "memory": figures(domains, "domains", "memory_bytes", who, missing=True),
            "off": domains["state"].isin(HOLDS_NOTHING) if "state" in domains.columns else False,
        }
    )
    counted = guests if policy.count_inactive else guests[~guests["off"]]
    notes = _missing_figures(counted)
    for note in notes:
        warnings.warn(note, CapacityWarning, stacklevel=2)

    names = pd.Index(hosts["host"])
    cpus = figures(hosts, "hosts", policy.cpu_column, "host").set_axis(names)
    memory = figures(hosts, "hosts", "memory_bytes", "host").set_axis(names)
    on, off = counted.groupby("host"), guests[guests["off"]].groupby("host")
    unknown = counted[counted[["vcpus", "memory"]].isna().any(axis=1)].groupby("host")
    frame = pd.DataFrame({"cpus": _whole(cpus), "memory_bytes": _whole(memory)}, index=names)
    for resource, physical, reserve, ratio, suffix in (
        ("vcpus", cpus, policy.reserve_cpus, policy.vcpu_ratio, ""),
        ("memory", memory, policy.reserve_memory_bytes, policy.memory_ratio, "_bytes"),
    ):
        capacity = _whole((physical - reserve).clip(lower=0) * ratio)
        committed = _whole(on[resource].sum(skipna=False).reindex(names).where(names.isin(on.groups), 0))
        frame[f"{resource}_capacity{suffix}"] = capacity
        frame[f"{resource}_committed{suffix}"] = committed
        frame[f"{resource}_headroom{suffix}"] = capacity - committed
        frame[f"{resource}_share"] = committed.astype("Float64") / capacity.astype("Float64").replace(
            0, pd.NA
        )
        frame[f"{resource}_inactive{suffix}"] = _whole(off[resource].sum().reindex(names, fill_value=0))
    for name, group in (("", on), ("_inactive", off), ("_unknown", unknown)):
        frame[f"domains{name}"] = group.size().reindex(names, fill_value=0).astype("Int64")
    full = frame["vcpus_share"] >= frame["memory_share"]
    frame["binding"] = full.map({True: "vcpus", False: "memory"}).astype("str")
    return HeadroomReport(policy, notes, frame.rename_axis("host").reset_index())


def _on_known_hosts(hosts: pd.DataFrame, domains: pd.DataFrame, who: str) -> None:
    strange = domains[~domains["host"].isin(hosts["host"])]
    if len(strange):
        row = strange.iloc[0]
        more = f" (and {len(strange) - 1} more)" if len(strange) > 1 else ""
        raise ValueError(
            f"domain {row[who]!r}{more} is on host {row['host']!r}, which the hosts frame does not have; "
            f"it has {listing.names(map(repr, hosts['host']))}"
        )


def _missing_figures(counted: pd.DataFrame) -> tuple[str, ...]:
    notes: list[str] = []
    for column, title in (("vcpus", "vcpus"), ("memory", "memory_bytes")):
        lacking = counted[counted[column].isna()]
        if len(lacking):
            whose = listing.names(shorten(str(name), 40) for name in lacking["name"])
            notes.append(f"no {title} is known of {whose}: what is committed on their hosts stays open")
    return tuple(notes)


def _whole(values: Any) -> Any:
    """Round down to whole units; what only binary fractions keep below a whole number counts as whole."""
    return ((values.astype("Float64") + 1e-6) // 1).astype("Int64")
