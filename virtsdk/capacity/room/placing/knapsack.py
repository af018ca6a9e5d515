"""The most valuable contents of one host, by branch and bound in whole numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from virtsdk.capacity.room.arrays import Ints

NODES: Final = 30_000
_CLOSE: Final = 1e-9


@dataclass(frozen=True, eq=False)
class Contents:
    """Contents worth more than the floor, the best one last; the most that any are worth; and the steps."""

    found: list[Ints]
    most: float
    steps: int


def fill(
    needs: Ints,
    room: Ints,
    count: Ints,
    prices: Any,
    groups: Ints,
    optimize: Any,
    floor: float = 0.0,
    steps: int = NODES,
) -> Contents:
    """Find the contents that are worth most.

    Parameters
    ----------
    needs, room
        What a unit of each class needs (C x R), and what there is (R).
    count
        Units of each class at most (C); 0 where the host is not allowed.
    prices
        What a unit of each class is worth (C), 0 or more.
    groups
        Groups of which at most one unit is taken, as `Problem.apart` (C x n).
    optimize
        ``scipy.optimize``, for the weights of the resources in the bound.
    floor
        Contents that are worth no more than this are of no interest.
    steps
        How long the search may be; then ``most`` is the largest bound of what is left.

    Notes
    -----
    The bound is that of one resource, the weighed sum of all, filled by falling worth, the last unit in part;
    with the weights of the LP it is the LP's bound.
    """
    top = np.where(needs > 0, room[None, :] // np.maximum(needs, 1), np.iinfo(np.int64).max).min(axis=1)
    top = np.minimum(np.minimum(count, top), np.where((groups >= 0).any(axis=1), 1, count)).astype(np.int64)
    chosen = np.flatnonzero((top > 0) & (prices > _CLOSE))
    weight = (
        _weights(needs[chosen], room, top[chosen], prices[chosen], optimize) if len(chosen) else np.zeros(1)
    )
    mass = needs[chosen] @ weight if len(chosen) else np.zeros(0)
    order = np.lexsort((chosen, -prices[chosen] / np.maximum(mass, 1e-300)))
    chosen, mass = chosen[order], mass[order]
    search = _Search(
        needs=[tuple(int(one) for one in row) for row in needs[chosen]],
        top=[int(one) for one in top[chosen]],
        price=[float(one) for one in prices[chosen]],
        mass=[float(one) for one in mass],
        groups=[frozenset(int(one) for one in row if one >= 0) for row in groups[chosen]],
        best=floor,
        nodes=steps,
    )
    free = tuple(int(one) for one in room)
    search.go(0, free, float(room @ weight) * (1 + _CLOSE) if len(chosen) else 0.0, 0.0, frozenset())
    found = np.zeros((len(search.found), len(needs)), np.int64)
    for row, much in zip(found, search.found, strict=True):
        row[chosen] = much
    return Contents(list(found), max(search.best, search.open) * (1 + _CLOSE) + _CLOSE, steps - search.nodes)


def _weights(needs: Ints, room: Ints, top: Ints, prices: Any, optimize: Any) -> Any:
    """Weights of the resources: the prices of the LP; where it has none, each by its room."""
    scale = 1 / np.maximum(room, 1).astype(np.float64)
    solved = optimize.linprog(
        -prices, A_ub=(needs * scale).T, b_ub=(room > 0).astype(float),
        bounds=np.column_stack([np.zeros(len(top)), top]), method="highs",
    )  # fmt: skip
    duals = -solved.ineqlin.marginals if solved.status == 0 else np.ones(len(scale))
    duals = np.maximum(duals, 0)
    if not duals.any():
        duals = np.ones(len(scale))
    return duals * scale


@dataclass(eq=False)
class _Search:
    """Depth first, the best class first and as much of it as goes."""

    needs: list[tuple[int, ...]]
    top: list[int]
    price: list[float]
    mass: list[float]
    groups: list[frozenset[int]]
    best: float
    nodes: int
    open: float = 0.0
    much: list[int] = field(init=False)
    found: list[list[int]] = field(default_factory=list[list[int]])

    def __post_init__(self) -> None:
        self.much = [0] * len(self.top)

    def go(self, item: int, free: tuple[int, ...], left: float, worth: float, used: frozenset[int]) -> None:
        """Choose how many of a class, and go on with the next."""
        if worth > self.best + _CLOSE:
            self.best = worth
            self.found.append(list(self.much))
        if item == len(self.top):
            return
        hope = self._hope(item, left, worth)
        if hope <= self.best + _CLOSE:
            return
        if self.nodes <= 0:
            self.open = max(self.open, hope)
            return
        self.nodes -= 1
        need = self.needs[item]
        most = self.top[item]
        for have, one in zip(free, need, strict=True):
            if one:
                most = min(most, have // one)
        if used & self.groups[item]:
            most = 0
        for much in range(most, -1, -1):
            self.much[item] = much
            rest = tuple(have - one * much for have, one in zip(free, need, strict=True))
            self.go(
                item + 1, rest, left - self.mass[item] * much, worth + self.price[item] * much,
                used | self.groups[item] if much else used,
            )  # fmt: skip
        self.much[item] = 0

    def _hope(self, item: int, left: float, worth: float) -> float:
        for one in range(item, len(self.top)):
            mass = self.mass[one]
            if mass * self.top[one] <= left:
                left -= mass * self.top[one]
                worth += self.price[one] * self.top[one]
            else:
                return worth + self.price[one] * left / mass
        return worth
