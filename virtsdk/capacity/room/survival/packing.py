"""Decide whether the fleet survives k failures: every set of k domains has a placement, or one has none.

A set is refused by a bound (sums, the largest guest against the largest room) or by exhaustive search, and
accepted by a placement. Where there are too many sets to place each, placements into disjoint parts of the
fleet answer for many at once: if the guests of A fit on hosts of part 1, those of B on hosts of part 2, and
neither part holds a host of the other, then A and B may fail together.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, permutations
from math import comb
from typing import Any, Final

import numpy as np

from virtsdk.capacity.room.arrays import Arrays, Bools, Ints, Units
from virtsdk.capacity.room.solve import Method, binding, scarcest, solve
from virtsdk.capacity.room.survival.failures import Domains

LISTED: Final = 600_000
"""More sets are not looked at one by one."""
PLACED: Final = 20_000
"""More are not placed, where parts of the fleet do not answer for them."""
SOLVED: Final = 200
"""More are not searched."""
_RANKED: Final = 100_000
"""Sets x ranks that are placed without a thought."""
_WORST: Final = 6
"""Of sets that do not fit, so many are compared by what they leave without a place."""
_NODES: Final = 100_000  # of all exhaustive searches together
_NODES_A_SET: Final = 20_000
_NODES_AFTER_NO: Final = 300


@dataclass(frozen=True, eq=False)
class Outcome:
    """Verdicts on failure sets.

    Attributes
    ----------
    ok
        True where all sets have a placement, False where one has none, else None.
    worst
        The set (domains) that decides: without a placement, else not decided, else the tightest.
    binding
        The resource or rule in the way in `worst`; where it has a placement, the scarcest resource.
    unplaced
        Guests (indices) of `worst` for which there is no place.
    method
        How the answer was found, None where there is none.
    sets, verdicts, shares
        The sets that were looked at (F x k), 1, 0 or -1 (not decided) for each, and how much of the room left
        on the survivors it needs, of the scarcest resource.
    total, covered
        Number of all sets, and how many of them parts of the fleet answer for.
    """

    ok: bool | None
    worst: tuple[int, ...]
    binding: str | None
    unplaced: tuple[int, ...]
    method: Method | None
    sets: Ints
    verdicts: Ints
    shares: Any
    total: int
    covered: int

    @property
    def open(self) -> int:
        """How many sets are not decided."""
        if self.ok:
            return 0
        if self.total == len(self.sets):
            return int((self.verdicts < 0).sum())
        return self.total - max(self.covered, int((self.verdicts >= 0).sum()))


def packing(domains: Domains, k: int) -> Outcome:
    """Decide it for sets of `k` failure domains."""
    total = comb(len(domains.names), k)
    sets = every_set(len(domains.names), k) if total <= LISTED else _tightest_sets(domains, k)
    shares = shares_of(domains, sets)
    verdicts = np.full(len(sets), -1)
    verdicts[_refused(domains, sets, shares)] = 0
    covered = 0
    costly = len(sets) * domains.ranked.shape[1] * k > _RANKED
    if (costly or total > len(sets)) and not (verdicts == 0).any():
        mask, covered = _by_parts(domains, sets, k)
        verdicts[mask] = 1
        if covered == total:
            return _outcome(domains, sets, verdicts, shares, total, covered, exact=False)
    order = np.argsort(-shares, kind="stable")
    todo = order[verdicts[order] < 0][:PLACED]
    if total == len(sets) or not (verdicts == 0).any():
        verdicts[todo[domains.place(sets[todo])]] = 1
    exact = _solve_rest(domains, sets, verdicts, order)
    return _outcome(domains, sets, verdicts, shares, total, covered, exact=exact)


def every_set(count: int, k: int) -> Ints:
    """All sets of k out of `count` (F x k)."""
    if k == 1:
        return np.arange(count)[:, None]
    if k == 2:
        return np.column_stack(np.triu_indices(count, 1))
    flat = (one for each in combinations(range(count), k) for one in each)
    return np.fromiter(flat, np.int64).reshape(-1, k)


def failed(domains: Domains, chosen: Ints) -> tuple[Arrays, Units]:
    """The fleet without the hosts of some domains, and the units that need a new place."""
    arrays, units = domains.arrays, domains.units
    down = np.flatnonzero(np.isin(domains.of_host, chosen))
    lost = arrays.on(down)
    return arrays.without(down), arrays.units(lost[np.isin(lost, units.guests)])


def _tightest_sets(domains: Domains, k: int) -> Ints:
    """Sets among the domains that weigh most, where there are too many sets to list."""
    width = k
    while comb(width + 1, k) <= PLACED and width < len(domains.names):
        width += 1
    weight = ((domains.needs + domains.hopes) / np.maximum(domains.hopes.sum(axis=0), 1)).max(axis=1)
    heaviest = np.sort(np.argsort(-(weight + 1e6 * domains.stuck), kind="stable")[:width])
    return heaviest[every_set(width, k)]


def shares_of(domains: Domains, sets: Ints) -> Any:
    """How much of the room left each set needs, of the scarcest resource (F); above 1 it cannot fit."""
    need, left = domains.needs[sets].sum(axis=1), domains.hopes.sum(axis=0) - domains.hopes[sets].sum(axis=1)
    shares = np.divide(need, left, out=np.where(need > 0, np.inf, 0.0), where=left > 0)
    return shares.max(axis=1, initial=0)


def _refused(domains: Domains, sets: Ints, shares: Any) -> Bools:
    """Sets that cannot fit: their sum, or their largest guest, exceeds what is left, or a guest is tied."""
    refused = (shares > 1) | domains.stuck[sets].any(axis=1)
    k = sets.shape[1]
    units, of_unit = domains.units, domains.of_unit
    for resource in range(domains.needs.shape[1]):
        largest, most = np.zeros(len(domains.names), np.int64), np.zeros(len(domains.names), np.int64)
        np.maximum.at(largest, of_unit, units.needs[:, resource])
        np.maximum.at(most, domains.of_host, domains.arrays.hopes[:, resource])
        top = np.argsort(-most, kind="stable")[: k + 1]
        gone = (top[None, :, None] == sets[:, None, :]).any(axis=2)
        left = np.where(gone, 0, most[top]).max(axis=1)
        refused |= largest[sets].max(axis=1) > left
    return refused


def _by_parts(domains: Domains, sets: Ints, k: int) -> tuple[Bools, int]:
    """Sets that placements into disjoint parts of the fleet answer for, and how many of all sets they are.

    The domains are dealt into parts; ``fits[d, p]`` says whether the guests of d fit on the hosts of part p
    that are not in d. A set is answered for where its members can take different parts, none of which holds
    another member.
    """
    count = len(domains.names)
    parts = 2 * k
    if count < 2 * parts:
        return np.zeros(len(sets), bool), 0
    weight = domains.hopes @ domains.arrays.scale
    part = np.empty(count, np.int64)
    part[np.argsort(-weight, kind="stable")] = np.arange(count) % parts
    alone = np.arange(count)[:, None]
    fits = np.column_stack([domains.place(alone, part[domains.of_host] == number) for number in range(parts)])
    good: Any = fits.all(axis=1)
    if good.all():  # k members stain at most k of the 2k parts, and the others are enough for all of them
        return np.ones(len(sets), bool), comb(count, k)
    if comb(count, k) > len(sets):
        return np.asarray(good[sets].all(axis=1)), comb(int(good.sum()), k)
    covered = np.zeros(len(sets), bool)
    home = part[sets]
    for chosen in permutations(range(parts), k):
        open_sets = np.flatnonzero(~covered)
        holds = np.ones(len(open_sets), bool)
        for member, number in enumerate(chosen):
            holds &= fits[sets[open_sets, member], number]
            for other in range(k):
                if other != member:
                    holds &= home[open_sets, other] != number
        covered[open_sets[holds]] = True
    return covered, int(covered.sum())


def _solve_rest(domains: Domains, sets: Ints, verdicts: Ints, order: Ints) -> bool:
    """Search what is not decided, the tightest first; tell whether a yes rests on an exhaustive search."""
    exact, nodes = False, _NODES
    for row in order[verdicts[order] < 0][:SOLVED]:
        arrays, units = failed(domains, sets[row])
        known = bool((verdicts == 0).any())  # the answer is no: what else does not fit is not worth much
        budget = min(_NODES_AFTER_NO if known else _NODES_A_SET, nodes)
        verdict = solve(arrays, units, nodes=budget, leftovers=False)
        if verdict.ok is None or verdict.method == "exact":
            nodes -= budget if verdict.ok is None else budget // 10
        if verdict.ok is not None:
            verdicts[row] = int(verdict.ok)
            exact |= bool(verdict.ok) and verdict.method == "exact"
            if not verdict.ok and len(sets) > PLACED:
                break
    return exact


def _outcome(
    domains: Domains, sets: Ints, verdicts: Ints, shares: Any, total: int, covered: int, *, exact: bool
) -> Outcome:
    if (verdicts == 0).any():
        row, method, unplaced = _worst_of(domains, sets, verdicts, shares)
        ok: bool | None = False
    else:
        undecided = bool((verdicts < 0).any()) or (total > len(sets) and covered < total)
        ok, method, unplaced = (None, None, ()) if undecided else (True, "exact" if exact else "witness", ())
        candidates = np.flatnonzero(verdicts < 0) if (verdicts < 0).any() else np.arange(len(sets))
        row = int(candidates[np.argmax(shares[candidates])]) if len(candidates) else -1
    name: str | None = None
    if row >= 0:
        arrays, units = failed(domains, sets[row])
        name = binding(arrays, units) if ok is False else next(iter(scarcest(arrays, units)), None)
    worst = tuple(int(one) for one in sets[row]) if row >= 0 else ()
    return Outcome(ok, worst, name, unplaced, method, sets, verdicts, shares, total, covered)


def _worst_of(
    domains: Domains, sets: Ints, verdicts: Ints, shares: Any
) -> tuple[int, Method, tuple[int, ...]]:
    """The set, of those without a placement, that leaves most memory without a place; and its guests."""
    rows = np.flatnonzero(verdicts == 0)
    weight = shares[rows] + 1e6 * domains.stuck[sets[rows]].any(axis=1)
    rows = rows[np.argsort(-weight, kind="stable")][:_WORST]
    best: tuple[float, int, Method, tuple[int, ...]] | None = None
    for row in rows:
        arrays, units = failed(domains, sets[row])
        verdict = solve(arrays, units, nodes=0)
        left = verdict.at < 0
        weight = float((units.needs[left] * arrays.scale).sum())
        if best is None or weight > best[0]:
            guests = tuple(int(one) for one in units.guests[left[units.unit]])
            best = (weight, int(row), "bound" if verdict.ok is False else "exact", guests)
    assert best is not None
    return best[1:]
