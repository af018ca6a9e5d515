"""The fewest bytes over all feasible orders of moves, by Dijkstra's search over all placements."""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np


def fewest_bytes(fleet, memory, goal, named=None):
    """Return the bytes; None where no order of moves reaches the goal."""
    begin = tuple(int(one) for one in fleet.at)
    memory = [int(one) for one in memory]
    queue, best = [(0, begin)], {begin: 0}
    while queue:
        spent, at = heappop(queue)
        if spent > best[at]:
            continue
        load = np.zeros_like(fleet.capacity)
        np.add.at(load, list(at), fleet.needs)
        if _met(fleet, load, at, goal, named):
            return spent
        for guest in range(len(at)):
            if fleet.tied[guest]:
                continue
            fits = (load + fleet.needs[guest] <= fleet.capacity).all(axis=1) & fleet.takes
            model = fleet.guest_model[guest]
            fits &= (model < 0) | (fleet.host_model < 0) | (fleet.host_model == model)
            for host in np.flatnonzero(fits):
                if host == at[guest]:
                    continue
                then = (*at[:guest], int(host), *at[guest + 1 :])
                if spent + memory[guest] < best.get(then, spent + memory[guest] + 1):
                    best[then] = spent + memory[guest]
                    heappush(queue, (best[then], then))
    return None


def _met(fleet, load, at, goal, named):
    if goal == "relieve":
        return bool((load <= fleet.capacity).all())
    return fleet.hosts.index(named) not in at
