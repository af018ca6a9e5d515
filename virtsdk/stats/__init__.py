"""Figures that can be trusted: libvirt's bulk stats as tidy frames in base units, and rates of them.

Everything here works on plain records and frames, without libvirt; `virtsdk.stats.collect` and
`virtsdk.stats.recorder` are the part that asks live hosts.
"""

from __future__ import annotations

from virtsdk.stats._catalogue import catalogue
from virtsdk.stats._rates import node_rates, rates
from virtsdk.stats.frames import from_records
from virtsdk.stats.guest_frames import GuestStats
from virtsdk.stats.job_frames import JobStats
from virtsdk.stats.node_frames import NodeStats, StorageStats
from virtsdk.stats.rate_sample import NodeRates, Rates
from virtsdk.stats.recording import Recording
from virtsdk.stats.sample import Stats

__all__ = [
    "GuestStats",
    "JobStats",
    "NodeRates",
    "NodeStats",
    "Rates",
    "Recording",
    "Stats",
    "StorageStats",
    "catalogue",
    "from_records",
    "node_rates",
    "rates",
]
