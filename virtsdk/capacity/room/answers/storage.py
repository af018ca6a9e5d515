"""Columns of headroom that only some frames have figures for: thin disks, NUMA cells, balloons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.policy import Policy
from virtsdk.capacity.room import inputs
from virtsdk.capacity.room.arrays import Bools, Ints


def extras(
    hosts: pd.DataFrame,
    domains: pd.DataFrame,
    place: Ints,
    counted: Bools,
    policy: Policy,
    free: inputs.Figures,
) -> dict[str, Any]:
    """Give the columns that the frames have figures for, one value per host.

    Parameters
    ----------
    hosts, domains
        Frames that were checked.
    place, counted
        The host of each domain, and whether it counts.
    policy
        Ratios and reserves.
    free
        Memory headroom of each host, NaN where it is open.
    """
    found: dict[str, Any] = {}

    def sums(values: inputs.Figures) -> inputs.Figures:
        return np.bincount(place[counted], values[counted], minlength=len(hosts)).astype(np.float64)

    if "disk_allocated_bytes" in domains.columns:
        found["disk_allocated_bytes"] = inputs.whole(sums(checks.numbers(domains, "disk_allocated_bytes")))
    if "memory_usable_bytes" in domains.columns:
        usable = checks.numbers(domains, "memory_usable_bytes")
        told, guests = sums((~np.isnan(usable)).astype(np.float64)), sums(np.ones(len(domains)))
        reclaimable = np.where((told == 0) & (guests > 0), np.nan, sums(np.nan_to_num(usable)))
        found["memory_reclaimable_bytes"] = inputs.whole(reclaimable)
    if "numa_cells" in hosts.columns and "cell" in domains.columns:
        most = _most_in_a_cell(hosts, domains, policy, sums)
        found["largest_cell_headroom_bytes"] = inputs.whole(np.maximum(np.minimum(most, free), 0))
    if "maintenance" in hosts.columns:
        found["maintenance"] = (
            hosts["maintenance"].astype("boolean").array.copy()
        )  # the caller's own array may be edited
    return found


def _most_in_a_cell(hosts: pd.DataFrame, domains: pd.DataFrame, policy: Policy, sums: Any) -> inputs.Figures:
    """Memory free in the cell that has most, of guests that are bound to one (H)."""
    known = [one for one in inputs.resources(hosts, domains) if one.startswith("cell ")]
    if not known:  # no guest is bound: a cell has its part of the capacity
        cells = np.maximum(checks.numbers(hosts, "numa_cells"), 1)
        return inputs.down(inputs.capacities(hosts, ["memory"], policy)["memory"] / cells)
    capacity, needs = inputs.capacities(hosts, known, policy), inputs.needs(domains, known)
    return np.max([capacity[name] - sums(needs[name]) for name in known], axis=0, initial=0)
