"""Devices of the node: PCI, USB, disks, network cards, mediated devices ..."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from virtsdk import errors
from virtsdk.binding.library import constants
from virtsdk.binding.protocol import VirConnect, VirNodeDevice
from virtsdk.resources.base import Collection
from virtsdk.resources.listed import Listable, Listed

if TYPE_CHECKING:
    from virtsdk.model import Model
    from virtsdk.models.node_device import NodeDeviceDef


class NodeDevice(Listable[VirNodeDevice]):
    """A live handle on a device of the node."""

    kind: ClassVar[str] = "node device"

    def _lookup(self, conn: VirConnect) -> VirNodeDevice:
        return conn.nodeDeviceLookupByName(self.key)

    @property
    def _collection(self) -> Collection[NodeDevice]:
        return self._host.node_devices

    @property
    def parent(self) -> str | None:
        """The name of the device that it hangs on; None for the computer itself. Asks the host."""
        return self._call("read the parent of", lambda raw: raw.parent())

    def definition(self) -> NodeDeviceDef:
        """Read what it is, as a typed document."""
        from virtsdk import xml
        from virtsdk.models.node_device import NodeDeviceDef

        return xml.parse(self.definition_xml(), NodeDeviceDef)

    def detach(self, driver: str | None = None) -> None:
        """Take it from the node's driver, so that a guest can have it.

        Parameters
        ----------
        driver
            The driver that holds it then; None for libvirt's choice (vfio).
        """
        self._change("detach", lambda raw: raw.detachFlags(driver, 0))

    def reattach(self) -> None:
        """Give it back to the node's driver."""
        self._change("reattach", lambda raw: raw.reAttach())

    def reset(self) -> None:
        """Reset it; it must be detached."""
        self._change("reset", lambda raw: raw.reset())

    def destroy(self) -> None:
        """Remove a virtual device (a mediated device, a virtual HBA)."""
        self._change("destroy", lambda raw: raw.destroy())


class NodeDevices(Listed[NodeDevice, VirNodeDevice]):
    """All devices of the node.

    The frame has one row a device: host, name, capabilities (libvirt's words, comma-separated: ``pci-dev``,
    ``net``, ``storage`` ...), read in one call a capability, whatever the number of devices.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     "computer" in host.node_devices
    True
    """

    noun: ClassVar[str] = "node device"
    key_column: ClassVar[str] = "name"
    missing: ClassVar[type[errors.NotFound]] = errors.NodeDeviceNotFound
    columns: ClassVar[Mapping[str, str]] = {"name": "str", "capabilities": "str"}

    def _all(self, conn: VirConnect, flags: int) -> list[VirNodeDevice]:
        return conn.listAllDevices(flags)

    def _find_name(self, conn: VirConnect, name: str) -> VirNodeDevice:
        return conn.nodeDeviceLookupByName(name)

    def _handle(self, raw: VirNodeDevice) -> NodeDevice:
        return NodeDevice(self._host, raw, raw.name(), raw.name())

    def _key(self, raw: VirNodeDevice) -> str:
        return raw.name()

    def _read_all(self, conn: VirConnect) -> list[NodeDevice]:
        words: dict[str, list[str]] = {}
        for word, number in constants("VIR_CONNECT_LIST_NODE_DEVICES_CAP_").items():
            for raw in conn.listAllDevices(number):
                words.setdefault(raw.name(), []).append(word)
        items = super()._read_all(conn)
        for item in items:
            item.last_read = {"capabilities": ",".join(words.get(item.name, []))}
        return items

    def create(self, definition: Model | str) -> NodeDevice:
        """Create a virtual device (a mediated device, a virtual HBA)."""
        return self._made("create", definition, lambda conn, text: conn.nodeDeviceCreateXML(text, 0))

    def define(self, definition: Model | str) -> NodeDevice:
        """Define a mediated device; it is not created."""
        return self._made("define", definition, lambda conn, text: conn.nodeDeviceDefineXML(text, 0))
