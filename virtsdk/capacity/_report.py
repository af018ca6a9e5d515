"""`report`: the weekly review of a fleet, in one."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.policy import Policy, as_policy
from virtsdk.capacity.reporting.answers import answers
from virtsdk.capacity.reporting.capacity_report import CapacityReport
from virtsdk.capacity.reporting.sections import sections
from virtsdk.capacity.reporting.words import sentence


def report(
    hosts: pd.DataFrame,
    domains: pd.DataFrame,
    usage: pd.DataFrame | None,
    policy: Policy | None = None,
    pools: pd.DataFrame | None = None,
    *,
    standard: Mapping[str, float] | None = None,
    vcpus: pd.DataFrame | None = None,
    filesystems: pd.DataFrame | None = None,
) -> CapacityReport:
    """Review a fleet: room, failures, what runs out, what could be saved, in an order for readers.

    Parameters
    ----------
    hosts
        One row per host, as for `headroom`; of a recording ``hosts[hosts["current"]]``.
    domains
        One row per domain that there is now, as for `headroom`; of a recording ``recording.stats().domains``.
    usage
        One row per domain and time, as of ``recording.usage()``; None for what needs no past.
    policy
        The rules; `Policy`'s defaults where it is left out.
    pools
        Sizes of storage pools over time: ``host``, ``name``, ``time`` (with a zone), ``capacity_bytes``,
        ``allocation_bytes``; as of ``recording.frames("storage.pools")``.
    standard
        ``vcpus`` and ``memory_bytes`` of the guest that room is counted in; the medians of the guests that
        count, rounded up, where left out.
    vcpus
        CPUs that each vCPU may use, as for `contention`.
    filesystems
        File systems inside guests over time: ``host``, ``domain``, ``name``, ``mountpoint``, ``time`` (with
        a zone), ``total_bytes``, ``used_bytes``; as of ``recording.frames("guest.filesystems")``. Of them,
        and of guests' own memory, those that fill are followed, 20 of a kind at most.

    Returns
    -------
    CapacityReport
        ``.sentence``, ``.to_html(path)``, ``.frame()``, ``.candidates()``, and each answer by its name.

    Raises
    ------
    ValueError
        A frame lacks a column, or has a figure that cannot be right; the message names column and row. What
        the data are too few for is no error: ``.unsaid`` says it.
    TypeError
        Not frames, or a column of another type.

    Examples
    --------
    >>> import virtsdk
    >>> from virtsdk import capacity
    >>> recording = virtsdk.example_recording()
    >>> found = capacity.report(
    ...     recording.hosts, recording.stats().domains, recording.usage(every="2h"),
    ...     pools=recording.frames("storage.pools"),
    ... )
    >>> found.survival.ok, sorted(found.unsaid)
    (False, [])
    """
    policy = as_policy(policy)
    if standard is not None:
        for name in ("vcpus", "memory_bytes"):
            if not isinstance(standard, Mapping) or name not in standard:
                raise ValueError(f"standard must have 'vcpus' and 'memory_bytes', not {standard!r}")
            checks.scalar(standard[name], f"{name!r} of standard")
    found = answers(hosts, domains, usage, policy, pools, standard, vcpus, filesystems)
    return CapacityReport(sentence(found), sections(found), found)
