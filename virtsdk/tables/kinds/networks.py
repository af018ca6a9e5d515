"""The tab of the networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from virtsdk.errors import NetworkNotFound, VirtError
from virtsdk.tables.columns import Column, by_key
from virtsdk.tables.kinds.kind import Kind, Within
from virtsdk.tables.verbs import NETWORK_VERBS

if TYPE_CHECKING:
    from virtsdk.resources.host import Host
    from virtsdk.resources.network import Network
    from virtsdk.tables.source import Source

_READ = {"state": "str", "bridge": "str", "forward": "str", "guests": "Int64", "leases": "Int64"}


def _read(source: Source, _within: Within | None) -> pd.DataFrame:
    """Read the networks of a host.

    Returns
    -------
    pandas.DataFrame
        The columns of ``host.networks.frame()``, then state (active, inactive), bridge, forward (``nat``,
        ``route`` ...; ``isolated`` for none), guests (interfaces of guests on it, as libvirt counts them) and
        leases (of its DHCP server). One call per network for its definition, and one for the leases of each
        that is active; what could not be read is missing.
    """
    networks = source.host.networks
    frame = networks.frame()
    handles = {one.key: one for one in networks.last_seen or ()}
    more = [_more(handles[key]) if key in handles else {} for key in frame["network"]]
    frame = frame.join(pd.DataFrame(more, index=frame.index, columns=pd.Index(list(_READ))))
    frame["state"] = frame["active"].map({True: "active", False: "inactive"})
    return frame.astype(_READ)


def _more(network: Network) -> dict[str, object]:
    found: dict[str, object] = {}
    try:
        definition = network.definition()
        found["bridge"] = definition.bridge.name if definition.bridge else None
        found["forward"] = definition.forward.mode if definition.forward else "isolated"
        if network.last_seen.get("active"):
            found["leases"] = len(network.dhcp_leases())
            found["guests"] = definition.connections or 0  # left out for 0 by who knows the leases, too
    except VirtError:  # gone meanwhile, or nobody knows its leases: the others are shown all the same
        pass
    return found


def _handle(host: Host, uuid: str, _within: Within | None) -> Network:
    return host.networks[uuid]


NETWORKS = Kind(
    tab="networks",
    noun="network",
    columns=by_key(
        Column("name", "Name", "The network's name", "text", "name"),
        Column("host", "Host", "The host that it is on", "text", "host", 10),
        Column("state", "State", "Whether it is started", "text", "state", 7.5),
        Column("bridge", "Bridge", "The bridge on the host", "text", "bridge", 8),
        Column(
            "forward", "Forward", "How it reaches others; isolated where it does not", "text", "forward", 7.5
        ),
        Column(
            "guests", "Guests", "Interfaces of guests on it, as libvirt counts them", "count", "guests", 5.5
        ),
        Column("leases", "Leases", "Addresses that its DHCP server gave out", "count", "leases", 5.5),
        Column("autostart", "Autostart", "Whether it starts with its host", "flag", "autostart", 7),
        Column(
            "persistent", "Persistent", "Whether it stays defined while it is off", "flag", "persistent", 7.5
        ),
    ),
    key="network",
    read=_read,
    follows=("network", "domain_lifecycle", "domain_device"),
    feature="networks",
    missing=NetworkNotFound,
    verbs=NETWORK_VERBS,
    collection="networks",
    handle=_handle,
    states=("active", "inactive"),
    dots={"active": "good"},
)
