"""Ratios and reserves of known systems, each with its version and source: their defaults change.

Where a system states no reserve, `Policy`'s own stays. These are the values of a new installation: nova keeps
what a host was registered with, and an upgrade of Harvester to 1.8 keeps the ratios that were in force.
"""

from __future__ import annotations

from typing import Any, Final

_NOVA = "https://docs.openstack.org/nova/latest/configuration/config.html"
_KUBEVIRT = "https://kubevirt.io/user-guide/compute/node_overcommit/"
_HARVESTER = "https://docs.harvesterhci.io/v1.4/advanced/settings/"

PRESETS: Final[dict[str, dict[str, Any]]] = {
    "nova": {
        "vcpu_ratio": 4.0, "memory_ratio": 1.0, "disk_ratio": 1.0, "reserve_memory_bytes": 512 * 2**20,
        "version": "2026.1, initial_*_allocation_ratio", "source": _NOVA,
    },
    "conservative": {
        "vcpu_ratio": 1.0, "memory_ratio": 1.0, "disk_ratio": 1.0,
        "version": "virtsdk 0.1", "source": "nothing is promised twice",
    },
    "kubevirt": {
        "vcpu_ratio": 10.0, "memory_ratio": 1.0, "disk_ratio": 1.0,
        "version": "1.4, cpuAllocationRatio and memoryOvercommit", "source": _KUBEVIRT,
    },
    "harvester-1.4": {
        "vcpu_ratio": 16.0, "memory_ratio": 1.5, "disk_ratio": 2.0,
        "version": "1.4 to 1.7, overcommit-config", "source": _HARVESTER,
    },
    "harvester-2026": {
        "vcpu_ratio": 10.0, "memory_ratio": 1.5, "disk_ratio": 1.0,
        "version": "1.8, overcommit-config of new clusters", "source": "https://github.com/harvester/harvester/issues/9954",
    },
}  # fmt: skip
"""Settings of `Policy` by the preset's name."""
