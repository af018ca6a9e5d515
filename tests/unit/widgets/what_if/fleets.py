"""A small fleet that what-ifs are asked of."""

from __future__ import annotations

import pandas as pd

from virtsdk.capacity import Fleet, Policy

GIB = 2**30
POLICY = Policy(vcpu_ratio=2, reserve_memory_bytes=4 * GIB)


def small(**domains_more: object) -> Fleet:
    """Four hosts, the last with twice the CPUs; web1 is the guest nearest to the mean."""
    hosts = pd.DataFrame(
        {"host": ["kvm1", "kvm2", "kvm3", "kvm4"], "cpus": [16, 16, 16, 32], "memory_bytes": 68 * GIB}
    )
    domains = pd.DataFrame(
        [
            ("kvm1", "web1", "running", 4, 8 * GIB),
            ("kvm1", "db1", "running", 8, 24 * GIB),
            ("kvm2", "web2", "running", 4, 8 * GIB),
            ("kvm3", "web3", "running", 4, 8 * GIB),
            ("kvm4", "tiny", "running", 1, 1 * GIB),
            ("kvm4", "off1", "shutoff", 32, 64 * GIB),
        ],
        columns=["host", "name", "state", "vcpus", "memory_bytes"],
    )
    return Fleet.from_frames(hosts, domains.assign(**domains_more), POLICY)
