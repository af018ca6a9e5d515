"""A host: the connection to one node, and everything that hangs on it."""

from virtsdk.resources.host.host import Host

__all__ = ["Host"]
