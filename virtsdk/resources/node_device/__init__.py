"""Devices of the node: PCI, USB, disks, network cards, mediated devices ..."""

from virtsdk.resources.node_device.collection import NodeDevices
from virtsdk.resources.node_device.node_device import NodeDevice

__all__ = ["NodeDevice", "NodeDevices"]
