"""Answers about capacity: pure functions of frames that return frozen reports.

The frames come from `Host.node_info`, `Host.domains`, `Host.stats`, or from elsewhere: only columns count.
"""

from __future__ import annotations

from virtsdk.capacity.policy import Policy
from virtsdk.capacity.room._headroom import CapacityWarning, HeadroomReport, headroom

__all__ = ["CapacityWarning", "HeadroomReport", "Policy", "headroom"]


def __dir__() -> list[str]:
    return sorted(__all__)
