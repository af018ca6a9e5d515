"""Named rules of other systems for "does the fleet survive k failures": slots, share."""

from __future__ import annotations

from typing import Any

import numpy as np

from virtsdk.capacity.room.arrays import MILLI
from virtsdk.capacity.room.survival.failures import Domains
from virtsdk.capacity.room.survival.packing import Outcome


def slots(domains: Domains, k: int) -> Outcome:
    """Count in slots, as vSphere HA's policy of host failures tolerated.

    A slot is the largest vCPU need and the largest memory need of any guest, which need not be one guest. A
    host has as many slots as fit by both; the k domains with most slots fail; the others must have a slot a
    guest.
    """
    arrays, units = domains.arrays, domains.units
    needs = arrays.needs[units.guests]
    slot = needs[:, :2].max(axis=0, initial=0)
    quotients = np.full((len(arrays.hosts), 2), np.iinfo(np.int64).max)
    asked = slot > 0
    quotients[:, asked] = arrays.capacity[:, :2][:, asked] // slot[asked]
    if not asked.any():
        quotients[:] = len(needs)
    quotients[~arrays.takes] = 0
    of_domain = np.zeros((len(domains.names), 2), np.int64)
    np.add.at(of_domain, domains.of_host, np.minimum(quotients, len(needs)))
    per_domain = np.zeros(len(domains.names), np.int64)
    np.add.at(per_domain, domains.of_host, np.minimum(quotients.min(axis=1), len(needs)))
    order = np.argsort(-per_domain, kind="stable")
    gone, left = order[:k], order[k:]
    there = int(per_domain[left].sum())
    fits = len(needs) <= there
    scarce = arrays.resources[int(of_domain[left].sum(axis=0).argmin())]
    ok = None if fits and bool(arrays.open[units.guests].any()) else fits
    return _one(ok, gone, scarce if len(needs) else None, len(needs) / there if there else _over(len(needs)))


def share(domains: Domains, k: int) -> Outcome:
    """Keep a share free, as vSphere HA's policy of a percentage of cluster resources.

    Of vCPUs and of memory each, (total - needs) / total must be at least k / number of domains. Hosts in
    maintenance are no part of the total. Which host fails is not looked at, nor whether a guest fits on any.
    """
    arrays, units = domains.arrays, domains.units
    there = np.unique(domains.of_host[arrays.takes])
    total = arrays.capacity[arrays.takes][:, :2].sum(axis=0)
    needs = arrays.needs[units.guests][:, :2].sum(axis=0)
    # (total - needs) / total >= k / n, in whole numbers
    holds = (total - needs) * len(there) >= k * total
    fits = bool(holds.all()) and len(there) >= k
    allowed = total * (1 - k / max(len(there), 1))
    used = [_ratio(float(need), float(most)) for need, most in zip(needs, allowed, strict=True)]
    ok = None if fits and bool(arrays.open[units.guests].any()) else fits
    scarce = arrays.resources[int(np.argmax(used))] if needs.any() else None
    return _one(ok, np.zeros(0, np.int64), scarce, max(used))


def one_host(domains: Domains, sets: Any) -> Any:
    """Tell for each single failure whether all its guests fit on one other host (F), as oVirt asks first."""
    arrays = domains.arrays
    answer = np.zeros(len(sets), bool)
    order = np.argsort(-(arrays.room * arrays.scale).min(axis=1), kind="stable")
    for row, one in enumerate(sets[:, 0]):
        units = domains.units
        mine = np.flatnonzero(domains.of_unit == one)
        if not len(mine):
            answer[row] = True
            continue
        need = units.needs[mine].sum(axis=0)
        roomy = order[(arrays.room[order] >= need).all(axis=1) & (domains.of_host[order] != one)]
        for host in roomy:
            only = np.zeros(len(arrays.hosts), bool)
            only[host] = True
            down = arrays.without(np.flatnonzero(domains.of_host == one))
            bundle = down.units(units.guests[np.isin(units.unit, mine)])
            groups = bundle.apart[bundle.apart >= 0]
            if down.allowed(bundle, only)[:, host].all() and len(np.unique(groups)) == len(groups):
                answer[row] = True
                break
    return answer


def slot_size(domains: Domains) -> tuple[float, int]:
    """The slot of `slots`: vCPUs, bytes of memory."""
    needs = domains.arrays.needs[domains.units.guests][:, :2].max(axis=0, initial=0)
    return float(needs[0]) / MILLI, int(needs[1])


def _one(ok: bool | None, gone: Any, scarce: str | None, share: float) -> Outcome:
    return Outcome(
        ok=ok, worst=tuple(int(one) for one in gone), binding=scarce, unplaced=(),
        method=None if ok is None else "exact", sets=np.asarray(gone, np.int64)[None, :],
        verdicts=np.array([-1 if ok is None else int(ok)]), shares=np.array([share]), total=1, covered=0,
    )  # fmt: skip


def _over(need: float) -> float:
    return float("inf") if need else 0.0


def _ratio(need: float, most: float) -> float:
    return need / most if most > 0 else _over(need)
