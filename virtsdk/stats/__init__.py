"""Figures that can be trusted: libvirt's bulk stats as tidy frames in base units, and rates of them.

Everything here works on plain records and frames, without libvirt: `Host.stats` and a recording give them.
"""

from __future__ import annotations

from virtsdk.stats.change.node_rates import NodeRates, node_rates
from virtsdk.stats.change.rates import Rates, rates
from virtsdk.stats.columns.catalogue import catalogue
from virtsdk.stats.samples.domains import Stats
from virtsdk.stats.samples.guests import GuestStats
from virtsdk.stats.samples.jobs import JobStats
from virtsdk.stats.samples.node import NodeStats
from virtsdk.stats.samples.records import from_records
from virtsdk.stats.samples.several import FleetNodeStats, FleetStats
from virtsdk.stats.samples.storage import StorageStats

__all__ = [
    "FleetNodeStats",
    "FleetStats",
    "GuestStats",
    "JobStats",
    "NodeRates",
    "NodeStats",
    "Rates",
    "Stats",
    "StorageStats",
    "catalogue",
    "from_records",
    "node_rates",
    "rates",
]


def __dir__() -> list[str]:
    return sorted(__all__)
