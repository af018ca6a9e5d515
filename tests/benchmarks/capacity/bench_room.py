"""N+k of large fleets, and of small ones against every placement tried."""

from __future__ import annotations

import numpy as np

from tests.benchmarks.figures import best_of, report
from tests.unit.capacity.room.brute_force import survives
from tests.unit.capacity.room.random_fleets import random_fleet
from virtsdk.capacity import Fleet, synthetic
from virtsdk.capacity.room import inputs
from virtsdk.capacity.room.fit import sizes
from virtsdk.capacity.room.survival.failures import Domains
from virtsdk.capacity.room.survival.packing import every_set, packing, shares_of

HOSTS, GUESTS = 1000, 30_000
SMALL = 150


def main() -> None:
    """Print seconds for N+1 and N+2, how N+1 grows, and how verdicts compare with brute force."""
    times = {}
    for hosts in (HOSTS // 2, HOSTS, 2 * HOSTS):
        arrays = _arrays(synthetic.fleet(hosts, hosts * GUESTS // HOSTS, seed=1, fill=0.8))
        times[hosts] = best_of(lambda arrays=arrays: packing(_domains(arrays), 1), repeat=3)
    report(f"N+1, {HOSTS} hosts and {GUESTS} guests", times[HOSTS], "s", bar=0.5)
    report("N+1, twice the fleet", times[2 * HOSTS] / times[HOSTS], "x", bar=3)
    report("N+1, half the fleet", times[HOSTS] / times[HOSTS // 2], "x", bar=3)
    arrays = _arrays(synthetic.fleet(HOSTS, GUESTS, seed=1, fill=0.8))
    loop = best_of(lambda: _one_by_one(arrays), repeat=1)
    report("N+1 / a loop over guests", times[HOSTS] / loop, "x", bar=0.5)
    _pairs(arrays)
    _brute_force()


def _pairs(arrays) -> None:
    domains = _domains(arrays)
    pairs = every_set(HOSTS, 2)
    bound = best_of(lambda: shares_of(_domains(arrays), pairs), repeat=2)
    report(f"N+2, bound over all {len(pairs)} pairs", bound, "s", bar=1)
    tightest = pairs[np.argsort(-shares_of(domains, pairs), kind="stable")[:1000]]
    report(
        "N+2, the 1000 tightest pairs placed", best_of(lambda: domains.place(tightest), repeat=1), "s", bar=10
    )
    assert domains.place(tightest).all()
    report("N+2, the whole answer", best_of(lambda: packing(_domains(arrays), 2), repeat=1), "s", bar=5)
    report("N+3, the whole answer", best_of(lambda: packing(_domains(arrays), 3), repeat=1), "s", bar=5)
    assert packing(domains, 2).ok


def _brute_force() -> None:
    wrong = undecided = 0
    for seed in range(SMALL):
        fleet = random_fleet(seed)
        for k in (1, 2):
            ok = Fleet.from_frames(*fleet).n_plus(k).ok
            undecided += ok is None
            wrong += ok is not None and ok != survives(*fleet, k)
    report(f"N+1 and N+2 of {SMALL} small fleets, wrong verdicts", wrong, "", bar=0)
    report(f"N+1 and N+2 of {SMALL} small fleets, not decided", 100 * undecided / (2 * SMALL), "%", bar=5)


def _arrays(fleet: Fleet):
    return inputs.build(fleet.hosts, fleet.domains, fleet.policy)


def _domains(arrays) -> Domains:
    return Domains(arrays, arrays.hosts, np.arange(len(arrays.hosts)))


def _one_by_one(arrays) -> bool:
    """Place the guests of each failed host one by one, with numpy over hosts: the peer."""
    for host in range(len(arrays.hosts)):
        free = arrays.room.copy()
        free[host] = -1
        left = (free * arrays.scale).sum(axis=1)
        guests = arrays.on([host])
        for guest in guests[np.argsort(-sizes(arrays.needs[guests], arrays.scale))]:
            fits = (free >= arrays.needs[guest]).all(axis=1)
            target = np.where(fits, left, np.inf).argmin()
            if not fits[target]:
                return False
            free[target] -= arrays.needs[guest]
            left[target] = (free[target] * arrays.scale).sum()
    return True


if __name__ == "__main__":
    main()
