"""Small fleets as frames."""

from __future__ import annotations

import pandas as pd

from virtsdk.capacity import Policy
from virtsdk.capacity.room import inputs

GIB = 2**30
PLAIN = Policy(vcpu_ratio=1, memory_ratio=1, reserve_memory_bytes=0)


def hosts(*sizes, **more):
    """A host a pair (cpus, GiB), named h0, h1 ..."""
    return pd.DataFrame(
        {
            "host": [f"h{number}" for number in range(len(sizes))],
            "cpus": [cpus for cpus, _ in sizes],
            "memory_bytes": [int(memory * GIB) for _, memory in sizes],
            **more,
        }
    )


def domains(*guests, **more):
    """A guest a triple (host, vcpus, GiB), named g0, g1 ..."""
    return pd.DataFrame(
        {
            "host": [f"h{host}" for host, _, _ in guests],
            "domain": [f"uuid-{number}" for number in range(len(guests))],
            "name": [f"g{number}" for number in range(len(guests))],
            "vcpus": [vcpus for _, vcpus, _ in guests],
            "memory_bytes": [int(memory * GIB) for _, _, memory in guests],
            **more,
        }
    )


def arrays(hosts_frame, domains_frame, policy=PLAIN):
    return inputs.build(hosts_frame, domains_frame, policy)
