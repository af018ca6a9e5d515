"""Even shares out: the largest share comes down to within 0.05 of the mean."""

from __future__ import annotations

from typing import Final

import numpy as np

from virtsdk.capacity.room.moving.ground import Ground
from virtsdk.capacity.room.moving.order import carry_out

NEAR: Final = 0.05
_LESS: Final = 1e-9
_PAIRS: Final = 20_000


def gap(ground: Ground) -> float:
    """How far the largest share is above the mean, over hosts that take guests and have all figures."""
    shares = ground.shares()[ground.fleet.usable]
    if np.isinf(shares).any():
        return np.inf
    return float(shares.max() - shares.mean()) if len(shares) else 0.0


def is_even(ground: Ground) -> bool:
    """Tell whether the largest share is within 0.05 of the mean."""
    return not gap(ground) > NEAR + _LESS


def spread(ground: Ground, budget: float) -> None:
    """Move or swap units of the fullest host while that lowers its share and raises none as high."""
    for _ in range(20 * len(ground.units) + 20):
        if is_even(ground):
            return
        shares = np.where(ground.fleet.usable, ground.shares(), -1)
        top = int(shares.argmax())
        if not (
            _move_one(ground, top, float(shares[top]), budget)
            or _swap(ground, top, float(shares[top]), budget)
        ):
            return


def _move_one(ground: Ground, top: int, share: float, budget: float) -> bool:
    """Make the move that does: of those that are enough the one with the fewest bytes, else the best."""
    enough = float(ground.shares()[ground.fleet.usable].mean()) + NEAR
    found: list[tuple[bool, float, float, int, int]] = []
    for unit in ground.kinds_on(top):
        size = ground.units[unit].bytes
        if ground.sent + size > budget:
            continue
        without = float(_without(ground, unit, top))
        high = np.maximum(ground.share_with(unit), without)
        may = ground.targets(unit) & (high < share - _LESS)
        if not may.any():
            continue
        target = int(np.where(may, np.round(high, 12), np.inf).argmin())
        good = high[target] <= enough
        found.append((not good, float(size) if good else float(high[target]), float(size), unit, target))
    if not found:
        return False
    *_, unit, target = min(found)
    ground.move(unit, target)
    return True


def _without(ground: Ground, unit: int, host: int) -> float:
    load = ground.load.copy()
    load[host] -= ground.needs[unit]
    return float(ground.shares(load)[host])


def _swap(ground: Ground, top: int, share: float, budget: float) -> bool:
    """Exchange a unit for a smaller one of another host, by way of a third host where it must be."""
    mine = ground.kinds_on(top)
    others = [
        one
        for host in np.flatnonzero(ground.fleet.usable)
        if host != top
        for one in ground.kinds_on(int(host))
    ]
    if len(mine) * len(others) > _PAIRS:
        return False
    found: list[tuple[float, int, int, int]] = []
    for one in mine:
        for other in others:
            size = ground.units[one].bytes + ground.units[other].bytes
            if ground.sent + size > budget:
                continue
            high = _after_swap(ground, one, other, top)
            if high < share - _LESS:
                found.append((round(high, 12), size, one, other))
    for _, _, one, other in sorted(found)[:20]:
        before = len(ground.moves)
        host = int(ground.at[other])
        stuck = carry_out(ground, {one: host, other: top})
        if not stuck and ground.sent <= budget and float(ground.shares()[[top, host]].max()) < share - _LESS:
            return True
        while len(ground.moves) > before:
            ground.back()
    return False


def _after_swap(ground: Ground, one: int, other: int, top: int) -> float:
    host = int(ground.at[other])
    pair = [top, host]
    change = ground.needs[other] - ground.needs[one]
    load = np.stack([ground.load[top] + change, ground.load[host] - change])
    capacity = ground.fleet.capacity[pair]
    if (load > capacity).any():
        return np.inf
    share = np.divide(load, capacity, out=np.zeros(load.shape), where=capacity > 0)
    return float(share.max(initial=0))
