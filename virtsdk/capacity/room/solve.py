"""Do these units fit? Yes by a placement, no by a bound or an exhaustive search; and what is in the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from virtsdk.capacity.room import exhaustive
from virtsdk.capacity.room.arrays import TIES, Arrays, Bools, Ints, Units
from virtsdk.capacity.room.fit import Order, fit, slots_for

Method = Literal["witness", "bound", "exact"]
_TRIES: Final[tuple[tuple[Order, bool], ...]] = (
    ("largest", False),
    ("sum", False),
    ("largest", True),
    ("sum", True),
)


@dataclass(frozen=True, eq=False)
class Verdict:
    """Whether units fit.

    Attributes
    ----------
    ok
        True, False, or None where it is not decided.
    method
        "witness" (a placement found), "bound", "exact" (exhaustive search); None where not decided.
    at
        The host of each unit in the best placement found, -1 for none (U).
    """

    ok: bool | None
    method: Method | None
    at: Ints


def solve(
    arrays: Arrays,
    units: Units,
    *,
    hosts: Bools | None = None,
    nodes: int = exhaustive.NODES,
    leftovers: bool = True,
) -> Verdict:
    """Decide whether all units fit on the hosts as they are; nothing else moves.

    Parameters
    ----------
    arrays
        The fleet without the units (`Arrays.without`, `Arrays.placed`).
    units
        What is placed.
    hosts
        Hosts that may be used; all that take guests where left out.
    nodes
        Budget of the exhaustive search.
    leftovers
        Place as much as goes where a bound says that not all do.
    """
    no = refuted(arrays, units, hosts)
    if no and not leftovers:
        return Verdict(False, "bound", np.full(len(units.needs), -1))
    best = np.full(len(units.needs), -1)
    for order, spread in _attempts(arrays):
        at = fit(arrays, units, order=order, spread=spread, hosts=_usable(arrays, hosts))
        at[units.open] = -1
        if (at >= 0).all():
            return Verdict(True, "witness", at)
        if _weight(arrays, units, at) > _weight(arrays, units, best):
            best = at
    if no:
        return Verdict(False, "bound", best)
    if nodes <= 0:
        return Verdict(None, None, best)
    sure = not units.open.any() and not arrays.host_open.any()
    if not units.open.any():
        found, at = exhaustive.search(arrays, units, arrays.room, hosts=_usable(arrays, hosts), nodes=nodes)
        if found:
            return Verdict(True, "exact", at)
        if sure:
            return Verdict(found, None if found is None else "exact", best)
    hoped, _ = exhaustive.search(arrays, units, arrays.hopes, hosts=hosts, nodes=nodes)
    return Verdict(False, "exact", best) if hoped is False else Verdict(None, None, best)


def refuted(arrays: Arrays, units: Units, hosts: Bools | None = None) -> bool:
    """Tell whether a bound says that they cannot fit.

    Sums of each resource; each unit against the hosts it may go to; and slots: of the n largest units each
    needs at least their smallest figures, so hosts have to have n slots of that size.
    """
    if not len(units.needs):
        return False
    hopes = arrays.hopes if hosts is None else np.where(hosts[:, None], arrays.hopes, 0)
    allowed = arrays.allowed(units, hosts)
    if (units.needs.sum(axis=0) > hopes[allowed.any(axis=0)].sum(axis=0)).any():
        return True
    for unit in range(len(units.needs)):
        if not (hopes[allowed[unit]] >= units.needs[unit]).all(axis=1).any():
            return True
    somewhere = hopes[allowed.any(axis=0)]
    for resource in range(len(arrays.resources)):
        falling = units.needs[np.argsort(-units.needs[:, resource], kind="stable")]
        least = np.minimum.accumulate(falling, axis=0)
        for number in np.unique(least, axis=0, return_index=True)[1]:
            alike = int((least[number] <= falling).all(axis=1).sum())
            if slots_for(somewhere, least[number], alike).sum() < alike:
                return True
    return False


def binding(arrays: Arrays, units: Units, hosts: Bools | None = None) -> str | None:
    """Name what is in the way of units that do not fit: that without which they would.

    Of several, the one that is first in this list: what ties a guest to its host, its CPU model, its groups;
    then resources, the scarcest first. Where no single one would do, the scarcest resource, or the tie.
    """
    if units.tied.any():
        return TIES[int(units.tied[units.tied > 0][0])]
    scarce = scarcest(arrays, units, hosts)
    relaxed: list[tuple[str, Units]] = []
    if (units.model >= 0).any():
        model, mixed = np.full_like(units.model, -1), np.zeros_like(units.mixed)
        relaxed.append(("cpu model", replace(units, model=model, mixed=mixed)))
    if units.apart.size:
        relaxed.append(("anti-affinity", replace(units, apart=units.apart[:, :0])))
    if units.joins:
        relaxed.append(("affinity", replace(units, joins={})))
    for name in scarce:
        needs = units.needs.copy()
        needs[:, [one.split(" ")[0] == name for one in arrays.resources]] = 0
        relaxed.append((name, replace(units, needs=needs)))
    for name, trial in relaxed:
        if solve(arrays, trial, hosts=hosts, nodes=500, leftovers=False).ok:
            return name
    return scarce[0] if scarce else None


def scarcest(arrays: Arrays, units: Units, hosts: Bools | None = None) -> list[str]:
    """Resources that the units need, by how much of the room they take, most first ("cell" for all cells)."""
    hopes = arrays.hopes if hosts is None else arrays.hopes[hosts]
    room, need = hopes.sum(axis=0).astype(float), units.needs.sum(axis=0)
    largest, most = units.needs.max(axis=0, initial=0), hopes.max(axis=0, initial=0).astype(float)
    share = np.maximum(need / np.maximum(room, 0.5), largest / np.maximum(most, 0.5))
    names: list[str] = []
    for resource in np.argsort(-share, kind="stable"):
        name = arrays.resources[int(resource)].split(" ")[0]
        if need[resource] > 0 and name not in names:
            names.append(name)
    return names


def _attempts(arrays: Arrays) -> list[tuple[Order, bool]]:
    return [*_TRIES, *((resource, False) for resource in range(len(arrays.resources)))]


def _usable(arrays: Arrays, hosts: Bools | None) -> Bools:
    return arrays.usable if hosts is None else arrays.usable & hosts


def _weight(arrays: Arrays, units: Units, at: Ints) -> float:
    """How much a placement places, as a share of mean hosts."""
    return float((units.needs[at >= 0] * arrays.scale).sum()) + 1e-9 * float((at >= 0).sum())
