"""Figures from a live host: one bulk call a sample."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from virtsdk.resources.domain import Domain
from virtsdk.resources.host import Host
from virtsdk.stats.frames import from_records
from virtsdk.stats.sample import Stats


def collect(
    host: Host, groups: Iterable[str] | None = None, domains: Iterable[Domain | str] | None = None
) -> Stats:
    """Read the figures of a host's domains; `Host.stats` is the same.

    Parameters
    ----------
    host
        An open host.
    groups
        Which of libvirt's groups, for example ``["state", "cpu-total", "balloon"]``; None for all that the
        driver has. Fewer groups are quicker: ``block`` and ``balloon`` ask each QEMU process.
    domains
        Handles, names or UUIDs; None for all.

    Returns
    -------
    Stats
        Its `time` is the middle of the call, since libvirt reads one domain after the other.
    """
    before = pd.Timestamp.now(tz="UTC")
    records = host.stats_records(groups, domains)
    after = pd.Timestamp.now(tz="UTC")
    return from_records(records, host=host.name, time=before + (after - before) / 2)
