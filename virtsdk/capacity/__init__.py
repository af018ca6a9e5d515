"""Answers about capacity: pure functions of frames that return frozen reports.

The frames come from `Host.node_info`, `Host.domains`, `Host.stats`, or from elsewhere: only columns count.
"""

from __future__ import annotations

from virtsdk.capacity._headroom import CapacityWarning, HeadroomReport, headroom
from virtsdk.capacity.policy import Policy

__all__ = ["CapacityWarning", "HeadroomReport", "Policy", "headroom"]


def __dir__() -> list[str]:
    return sorted(__all__)
