"""Virtual networks: handles, their ports, the collection of a host."""

from virtsdk.resources.network.collection import Networks
from virtsdk.resources.network.network import Network

__all__ = ["Network", "Networks"]
