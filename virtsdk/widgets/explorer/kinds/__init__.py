"""What the tabs of the explorer list, by tab."""

from collections.abc import Mapping
from types import MappingProxyType

from virtsdk.widgets.explorer.kinds.events import EVENTS
from virtsdk.widgets.explorer.kinds.guests import GUESTS
from virtsdk.widgets.explorer.kinds.kind import Kind, Within
from virtsdk.widgets.explorer.kinds.networks import NETWORKS
from virtsdk.widgets.explorer.kinds.pools import POOLS, VOLUMES

__all__ = ["EVENTS", "GUESTS", "KINDS", "NETWORKS", "POOLS", "VOLUMES", "Kind", "Within"]

KINDS: Mapping[str, Kind] = MappingProxyType({kind.tab: kind for kind in (GUESTS, NETWORKS, POOLS, EVENTS)})
