"""The explorer, `host.explore()`: the domains of hosts as a live table with figures and buttons."""

from virtsdk.widgets.explorer.explorer import Explorer, explore

__all__ = ["Explorer", "explore"]
