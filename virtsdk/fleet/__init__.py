"""Many hosts at once: where they are, how all are asked, which did not answer, in what they differ."""

from __future__ import annotations

from virtsdk.fleet.ansible import read_ansible
from virtsdk.fleet.connect import connect_fleet
from virtsdk.fleet.drift import Drift
from virtsdk.fleet.host_fleet import HostFleet
from virtsdk.fleet.kinds import Definitions, FleetCollection, FleetDomains
from virtsdk.fleet.node import FleetNodeInfo
from virtsdk.fleet.ssh_config import read_ssh_config
from virtsdk.resources.hosts_file import HostEntry, read_hosts

__all__ = [
    "Definitions",
    "Drift",
    "FleetCollection",
    "FleetDomains",
    "FleetNodeInfo",
    "HostEntry",
    "HostFleet",
    "connect_fleet",
    "read_ansible",
    "read_hosts",
    "read_ssh_config",
]


def __dir__() -> list[str]:
    return sorted(__all__)
