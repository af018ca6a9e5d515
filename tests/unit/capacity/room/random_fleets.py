"""Random small fleets, some with models, maintenance, groups, pinning and protected guests."""

from __future__ import annotations

import random
from dataclasses import replace

import pandas as pd

from tests.unit.capacity.room.fleets import GIB
from virtsdk.capacity import Policy

SIZES = [(1, 2), (2, 4), (4, 8), (4, 4), (1, 6), (3, 5), (2, 3)]


def random_fleet(seed):
    """Make (hosts, domains, policy) of 3 to 6 hosts, each some 40 to 85 % full."""
    chance = random.Random(seed)
    names = [f"h{number}" for number in range(chance.randint(3, 6))]
    hosts = pd.DataFrame(
        {
            "host": names,
            "cpus": [chance.choice([8, 8, 12, 16]) for _ in names],
            "memory_bytes": [chance.choice([16, 16, 24, 32]) * GIB for _ in names],
        }
    )
    if chance.random() < 0.3:
        hosts["cpu_model"] = [chance.choice(["a", "a", "a", "b", None]) for _ in names]
    if chance.random() < 0.2:
        hosts["maintenance"] = [chance.random() < 0.15 for _ in names]
    fill = chance.uniform(0.4, 0.85)
    guests = [guest for row in hosts.to_dict("records") for guest in guests_of(row, fill, chance)]
    domains = pd.DataFrame(guests, columns=["host", "vcpus", "memory_bytes"])
    domains["name"] = [f"g{number}" for number in range(len(domains))]
    if chance.random() < 0.15:
        domains["pinned"] = [chance.random() < 0.05 for _ in guests]
    return hosts, domains, groups(domains, chance)


def guests_of(host, fill, chance):
    vcpus, memory = host["cpus"] * fill + 1, host["memory_bytes"] * fill + GIB
    while True:
        need = chance.choice(SIZES)
        vcpus, memory = vcpus - need[0], memory - need[1] * GIB
        if vcpus < 0 or memory < 0:
            return
        yield {"host": host["host"], "vcpus": need[0], "memory_bytes": need[1] * GIB}


def groups(domains, chance):
    by_host = {host: list(names) for host, names in domains.groupby("host")["name"]}
    apart = together = ()
    if chance.random() < 0.4 and len(domains) > 4:
        apart = (tuple(chance.choice(names) for names in by_host.values() if chance.random() < 0.8),)
    if chance.random() < 0.3:
        home = chance.choice(sorted(by_host))
        same = [name for name in by_host[home] if name not in sum(apart, ())][:2]
        together = (tuple(same),) if len(same) == 2 else ()
    protected = None
    if chance.random() < 0.2:
        protected = tuple(name for name in domains["name"] if chance.random() < 0.6)
    return Policy(
        vcpu_ratio=1,
        reserve_memory_bytes=0,
        anti_affinity=apart,
        affinity=together,
        protected=protected,
    )


def split_fleet(seed):
    """Make a fleet as `random_fleet`, with an affinity group that is not together as it should be."""
    hosts, domains, policy = random_fleet(seed)
    apart = {name for group in policy.anti_affinity for name in group}
    by_host = [[name for name in names if name not in apart] for _, names in domains.groupby("host")["name"]]
    group = tuple(names[0] for names in by_host[:2] if names)
    return hosts, domains, replace(policy, affinity=(group,), protected=None)
