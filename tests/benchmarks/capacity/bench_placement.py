"""Placement and rebalancing: hosts used against a proven bound, and the time beside first-fit-decreasing."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from tests.benchmarks.figures import best_of, report
from virtsdk.capacity import Fleet, Policy, synthetic
from virtsdk.capacity.room.placing.choose import fewest
from virtsdk.capacity.room.placing.greedy import first_fit
from virtsdk.capacity.room.placing.problem import Problem

GIB = 2**30
SMALL = 50


def main() -> None:
    """Print how far placements are above the bound, seconds, and how many small ones are proven."""
    _flavours(1000, 30_000)
    for guests in (1000, 5000, 30_000):
        _different(guests)
    for guests in (1000, 2000, 5000, 30_000):
        _lognormal(guests)
    _exact()
    _rebalance()


def _flavours(hosts: int, guests: int) -> None:
    fleet = synthetic.fleet(hosts, guests, seed=1, fill=0.8)
    arrays = fleet._state.arrays
    choice = fewest(arrays)
    what = f"{guests} guests of 6 sizes"
    problem = Problem.of(arrays)
    by_first_fit = problem.used(first_fit(problem))
    report(f"{what}, above the bound", _above(choice.hosts_used, choice.bound.hosts), "%", bar=1)
    report(f"{what}, first-fit-decreasing above the bound", _above(by_first_fit, choice.bound.hosts), "%")
    seconds = best_of(lambda: fewest(arrays), repeat=2)
    report(f"{what}, placed", seconds, "s", bar=5)


def _different(guests: int) -> None:
    arrays = different(guests, seed=1)._state.arrays
    choice = fewest(arrays)
    what = f"{guests} guests of different sizes"
    report(f"{what}, above the bound", _above(choice.hosts_used, choice.bound.hosts), "%", bar=2)
    report(f"{what}, placed", best_of(lambda: fewest(arrays), repeat=1), "s", bar=10)


def _lognormal(guests: int) -> None:
    """Place sizes that are spread widely, and as wide as hosts, on small hosts and on large ones."""
    for cpus, gib in ((32, 96), (64, 256)):
        for spread in (0.7, 1.0):
            arrays = lognormal(guests, cpus, gib, spread, seed=1)._state.arrays
            start = time.perf_counter()
            choice = fewest(arrays)
            seconds = time.perf_counter() - start
            what = f"{guests} log-normal ({spread}) on {cpus}/{gib}"
            report(f"{what}, above the bound", _above(choice.hosts_used, choice.bound.hosts), "%", bar=2)
            report(f"{what}, placed", seconds, "s", bar=10)


def _exact() -> None:
    proven, spent = 0, 0.0
    for seed in range(SMALL):
        arrays = different(30, seed=100 + seed)._state.arrays
        spent = max(spent, best_of(lambda arrays=arrays: fewest(arrays, exact=True), repeat=1))
        proven += fewest(arrays, exact=True).proven
    report(f"30 guests of different sizes, not proven of {SMALL}", SMALL - proven, "", bar=5)
    report("30 guests of different sizes, the longest", spent, "s")


def _rebalance() -> None:
    """Make steps on 1000 hosts: two are emptied, and one with 130 guests is relieved."""
    fleet = synthetic.fleet(1000, 30_000, seed=1)
    named = ["kvm0001", "kvm0002"]
    seconds = best_of(lambda: fleet.rebalance("empty", hosts=named), repeat=2)
    answer = fleet.rebalance("empty", hosts=named)
    assert answer.met
    report("1000 hosts, two emptied: steps beyond one a guest", answer.steps - 60, "", bar=0)
    report("1000 hosts, two emptied", seconds, "s")
    domains = fleet.domains
    domains.loc[:99, "host"] = "kvm0002"
    piled = Fleet.from_frames(fleet.hosts, domains, fleet.policy)
    seconds = best_of(lambda: piled.rebalance("relieve"), repeat=1)
    assert piled.rebalance("relieve").met
    report("1000 hosts, one relieved", seconds, "s", bar=5)
    chance = np.random.default_rng(0)
    full = synthetic.fleet(1000, 30_000, seed=1, fill=0.9)
    domains = full.domains.assign(host=full.hosts["host"].to_numpy()[chance.integers(0, 1000, 30_000)])
    strewn = Fleet.from_frames(full.hosts, domains, full.policy)
    for what, ask in {
        "90 % full, 50 emptied": lambda: full.rebalance("empty", hosts=list(full.hosts["host"][:50])),
        "90 % full, as many emptied as 1 TiB allows": lambda: full.rebalance("empty", budget_bytes=2**40),
        "90 % full, as many emptied as can be": lambda: full.rebalance("empty"),
        "strewn, relieved": lambda: strewn.rebalance("relieve"),
        "strewn, evened out": lambda: strewn.rebalance("spread"),
    }.items():
        answer = ask()
        assert answer.met
        report(f"1000 hosts, {what}", best_of(ask, repeat=1), "s", bar=5)


def different(guests: int, seed: int) -> Fleet:
    """Make guests of 1 to 24 vCPUs and 1 to 96 GiB, no two alike, for hosts of 64 CPUs and 256 GiB."""
    chance = np.random.default_rng(seed)
    vcpus = chance.uniform(1, 24, guests).round(3)
    memory = (chance.uniform(1, 96, guests) * GIB).astype(np.int64)
    hosts = int(max(vcpus.sum() / 64, memory.sum() / (256 * GIB)) * 1.6) + 3
    return Fleet.from_frames(
        pd.DataFrame({"host": [f"h{one:05}" for one in range(hosts)], "cpus": 64, "memory_bytes": 256 * GIB}),
        pd.DataFrame(
            {
                "host": "h00000",
                "name": [f"g{one:05}" for one in range(guests)],
                "vcpus": vcpus,
                "memory_bytes": memory,
            }
        ),
        Policy(vcpu_ratio=1, reserve_memory_bytes=0),
    )


def lognormal(guests: int, cpus: int, gib: int, spread: float, seed: int) -> Fleet:
    """Make guests of some 3 vCPUs and 9 GiB, no two alike but those that fill a host, for such hosts."""
    chance = np.random.default_rng(seed)
    sizes = np.minimum(np.exp(chance.normal((1.0, 2.2), spread, (guests, 2))), (cpus, gib))
    vcpus, memory = sizes[:, 0].round(3), (sizes[:, 1] * GIB).astype(np.int64)
    hosts = int(max(vcpus.sum() / cpus, memory.sum() / (gib * GIB)) * 1.6) + 3
    names = [f"h{one:05}" for one in range(hosts)]
    return Fleet.from_frames(
        pd.DataFrame({"host": names, "cpus": cpus, "memory_bytes": gib * GIB}),
        pd.DataFrame(
            {
                "host": "h00000",
                "name": [f"g{one:05}" for one in range(guests)],
                "vcpus": vcpus,
                "memory_bytes": memory,
            }
        ),
        Policy(vcpu_ratio=1, reserve_memory_bytes=0),
    )


def _above(used: int, bound: int | None) -> float:
    assert bound
    return 100 * (used - bound) / bound if used > bound + 1 else 0.0


if __name__ == "__main__":
    main()
