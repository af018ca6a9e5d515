"""CPUs of hosts, checked."""

from __future__ import annotations

import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.past.series import Floats
from virtsdk.capacity.past.sharing.pins import MOST_CPUS


def host_cpus(hosts: pd.DataFrame) -> Floats:
    """Return the CPUs of each host, in the order of the frame.

    Raises
    ------
    ValueError
        A column is missing, there is no row, a host is there twice, has no CPU or more than any host has.
    TypeError
        Not a frame, or a column of another type.
    """
    checks.require(hosts, "hosts", ["host", "cpus"], maker="recording.hosts or host.node_info().frame()")
    if not len(hosts):
        raise ValueError("the hosts frame has no rows; expected one per host")
    hosts = hosts.reset_index(drop=True)
    cpus = checks.figures(hosts, "hosts", "cpus", "host")
    if (cpus <= 0).any():
        checks.complain(hosts, "hosts", "cpus", "host", cpus <= 0, "a host has at least one CPU")
    if (cpus > MOST_CPUS).any():
        checks.complain(
            hosts, "hosts", "cpus", "host", cpus > MOST_CPUS, f"expected CPUs, at most {MOST_CPUS:,}"
        )
    checks.once(hosts, "hosts", ["host"])
    return cpus
