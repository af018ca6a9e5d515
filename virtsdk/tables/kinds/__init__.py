"""What tables list, by the tab of the explorer that shows it."""

from collections.abc import Mapping
from types import MappingProxyType

from virtsdk.tables.kinds.events import EVENTS
from virtsdk.tables.kinds.guests import GUESTS
from virtsdk.tables.kinds.kind import Kind, Within
from virtsdk.tables.kinds.networks import NETWORKS
from virtsdk.tables.kinds.pools import POOLS, VOLUMES

__all__ = ["EVENTS", "GUESTS", "KINDS", "NETWORKS", "POOLS", "VOLUMES", "Kind", "Within"]

KINDS: Mapping[str, Kind] = MappingProxyType({kind.tab: kind for kind in (GUESTS, NETWORKS, POOLS, EVENTS)})
