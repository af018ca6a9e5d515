"""`headroom`: how much more each host may be asked to carry, and the answer, `HeadroomReport`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.policy import Policy, as_policy
from virtsdk.capacity.room import alike, frames, inputs
from virtsdk.capacity.room.answers.demand import demand
from virtsdk.capacity.room.answers.headroom_report import HeadroomReport
from virtsdk.capacity.room.answers.storage import extras
from virtsdk.capacity.room.arrays import Bools, Ints


def headroom(
    hosts: pd.DataFrame,
    domains: pd.DataFrame,
    policy: Policy | None = None,
    usage: pd.DataFrame | None = None,
) -> HeadroomReport:
    """Tell how many more vCPUs and how much more memory each host may be asked to carry.

    For each host and resource::

        capacity  = (physical - reserve) x ratio
        committed = sum over its guests
        headroom  = capacity - committed

    It is about promises, not usage: a guest counts with all its vCPUs and with the most memory that its
    balloon can grow to, whatever it uses now. Guests that are off (shutoff, crashed) hold nothing and do not
    count, unless the policy says so; paused and suspended ones do.

    With `usage`, demand stands beside: at each time the sum of what the host's guests used, and of these
    sums the policy's ``demand_quantile`` (P95 unless said), against what is physically there less the
    reserve, without any ratio. Guests need not be sampled at the same moments: of each the nearest sample
    counts. Times at which a guest's figure is not known are left out, and the notes say how many.

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
    usage
        One row per domain and time: ``host``, ``domain`` or ``name``, ``time`` (with a zone),
        ``cpu_used_vcpus``, ``memory_used_bytes``; see ``recording.usage()``. A guest's use counts on
        the host that `domains` has it on.

    Returns
    -------
    HeadroomReport
        ``.frame()`` has one row per host. Where a guest that counts has a figure missing, its host's figures
        for that resource are missing too, a `CapacityWarning` names the guest, and ``.notes`` keeps it. A
        guest that counts on two hosts by its UUID is counted on both, and a warning says so.

    Raises
    ------
    ValueError
        A column is missing, a figure is missing or negative in `hosts` or negative in `domains`, or in
        another unit by its size (a host below 64 MiB a CPU, a guest above 16 times its host), a host appears
        twice, a domain does on one host, or a domain is on a host that `hosts` does not have; the message
        names the column and the row.
    TypeError
        Not frames, or a column that is not numbers.

    Notes
    -----
    The formula is that of OpenStack Placement's inventories, ``int((total - reserved) * allocation_ratio)``.
    Memory in hugepages is none that other guests can use: where both frames have ``hugepages_bytes``, it is a
    resource of its own, and ``memory`` is without it, of hosts and of guests. oVirt
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
    policy = as_policy(policy)
    hosts, domains = frames.checked(hosts, domains, policy)
    report = measure(hosts, domains, policy, usage)
    report = replace(report, notes=(*report.notes, *alike.on_several_hosts(domains, policy)))
    told = frames.remarks(hosts, domains)
    checks.warn([note for note in report.notes if note not in told], level=2)
    return report


def measure(
    hosts: pd.DataFrame, domains: pd.DataFrame, policy: Policy, usage: pd.DataFrame | None
) -> HeadroomReport:
    """Answer `headroom` of frames that were checked, without a warning."""
    names = pd.Index(hosts["host"])
    place: Ints = names.get_indexer(pd.Index(domains["host"]))
    off = ~inputs.running(domains)
    counted = np.ones(len(domains), bool) if policy.count_inactive else ~off
    known = [name for name in inputs.resources(hosts, domains) if not name.startswith("cell ")]
    needs, capacities = inputs.needs(domains, known), inputs.capacities(hosts, known, policy)
    unknown = np.zeros(len(domains), bool)
    for values in needs.values():
        unknown |= np.isnan(values)
    notes = inputs.missing_figures(domains, counted & unknown, inputs.figures_of(known))

    def per_host(which: Bools, values: inputs.Figures | None = None) -> inputs.Figures:
        weights = None if values is None else values[which]
        return np.bincount(place[which], weights, minlength=len(names)).astype(np.float64)

    columns: dict[str, Any] = {
        "host": names,
        "cpus": inputs.whole(checks.numbers(hosts, policy.cpu_column)),
        "memory_bytes": inputs.whole(checks.numbers(hosts, "memory_bytes")),
    }
    shares: list[inputs.Figures] = []
    free: dict[str, inputs.Figures] = {}
    for resource in known:
        suffix = "" if resource == "vcpus" else "_bytes"
        capacity = capacities[resource]
        committed = per_host(counted, needs[resource])  # missing where one of them is
        written = inputs.amounts if resource == "vcpus" else inputs.whole
        committed = np.round(committed, 3) if resource == "vcpus" else inputs.down(committed)
        free[resource] = capacity - committed
        columns[f"{resource}_capacity{suffix}"] = inputs.whole(capacity)
        columns[f"{resource}_committed{suffix}"] = written(committed)
        columns[f"{resource}_headroom{suffix}"] = written(free[resource])
        share = np.divide(committed, capacity, out=np.full(len(names), np.nan), where=capacity > 0)
        columns[f"{resource}_share"] = pd.arrays.FloatingArray(np.nan_to_num(share), np.isnan(share))
        without = 1.0 if resource in ("vcpus", "memory") else 0.0  # no huge pages, and none wanted
        nothing = np.where(np.isnan(committed), np.nan, np.where(committed > 0, np.inf, without))
        shares.append(np.where(capacity > 0, share, nothing))
        if resource in ("vcpus", "memory"):
            held = per_host(off, np.nan_to_num(needs[resource]))
            columns[f"{resource}_inactive{suffix}"] = written(held)
    for name, group in (("", counted), ("_inactive", off), ("_unknown", counted & unknown)):
        columns[f"domains{name}"] = inputs.whole(per_host(group))
    columns["binding"] = _binding(known, np.column_stack(shares))
    columns |= extras(hosts, domains, place, counted, policy, free["memory"])
    frame = pd.DataFrame(columns, copy=False)
    if usage is not None:
        measured, more = demand(usage, hosts, domains[counted], policy)
        frame, notes = frame.join(measured, on="host"), (*notes, *more)
    return HeadroomReport(policy, (*notes, *frames.remarks(hosts, domains)), frame)


def _binding(names: list[str], shares: inputs.Figures) -> Any:
    """The resource that is fullest; of several the first; none where a figure is missing."""
    fullest = np.nan_to_num(shares, nan=-1.0, posinf=np.inf).argmax(axis=1)
    which = np.where(np.isnan(shares).any(axis=1), -1, fullest).astype(np.int64)
    return pd.array(names, dtype="str").take(which, allow_fill=True)
