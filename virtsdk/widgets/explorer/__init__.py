"""The explorer, `host.explore()`: the domains of a host as a live table with buttons."""

from virtsdk.widgets.explorer.explorer import Explorer

__all__ = ["Explorer"]
