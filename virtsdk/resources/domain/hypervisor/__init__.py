"""A guest as its hypervisor sees it."""
