"""Devices of the node: PCI, USB, disks, network cards, mediated devices ..."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from virtsdk import errors
from virtsdk.binding.library import constants
from virtsdk.binding.protocol import VirConnect, VirNodeDevice
from virtsdk.binding.undecoded import decoded
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.listed import Listable, Listed

if TYPE_CHECKING:
    from virtsdk.model import Model
    from virtsdk.models.node_device import NodeDeviceDef


class NodeDevice(Listable[VirNodeDevice]):
    """A live handle on a device of the node."""

    kind: ClassVar[str] = "node device"

    def _lookup(self, conn: VirConnect) -> VirNodeDevice:
        return conn.nodeDeviceLookupByName(self.key)

    def definition(self) -> NodeDeviceDef:
        """Read its description as a typed document.

        Returns
        -------
        NodeDeviceDef
            Read from the host at that moment; changing it changes nothing there before it is defined again.
        """
        from virtsdk.models.node_device import NodeDeviceDef

        return self._parsed(NodeDeviceDef)

    @property
    def parent(self) -> str | None:
        """The name of the device that it hangs on; None for the computer itself. Asks the host."""
        return self._call("read the parent of", lambda raw: raw.parent())

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

    The frame has one row per device: host, name, capabilities (libvirt's words, comma-separated: ``pci-dev``,
    ``net``, ``storage`` ...), read in one call a capability, whatever the number of devices.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     "computer" in host.node_devices
    True
    """

    _handle_class = NodeDevice
    _noun: ClassVar[str] = "node device"
    _key_column: ClassVar[str] = "name"
    _missing: ClassVar[type[errors.NotFound]] = errors.NodeDeviceNotFound
    _columns: ClassVar[Mapping[str, str]] = {"name": "str", "capabilities": "str"}

    def _all(self, conn: VirConnect, flags: int) -> list[VirNodeDevice]:
        return conn.listAllDevices(flags)

    def _find_name(self, conn: VirConnect, name: str) -> VirNodeDevice:
        return conn.nodeDeviceLookupByName(name)

    def _identity(self, raw: VirNodeDevice) -> tuple[str, str]:
        name = decoded(raw.name)
        return name, name

    def _by_lists(self, conn: VirConnect, raws: Sequence[VirNodeDevice]) -> dict[str, dict[str, object]]:
        words: dict[str, list[str]] = {decoded(raw.name): [] for raw in raws}
        for word, number in constants("VIR_CONNECT_LIST_NODE_DEVICES_CAP_").items():
            for raw in conn.listAllDevices(number):
                words.setdefault(decoded(raw.name), []).append(word)
        return {name: {"capabilities": ",".join(its)} for name, its in words.items()}

    @shows_no_variables
    def create(self, definition: Model | str) -> NodeDevice:
        """Create a virtual device (a mediated device, a virtual HBA).

        Parameters
        ----------
        definition
            A `NodeDeviceDef`, or libvirt's XML text.

        Returns
        -------
        NodeDevice
            Its handle.

        Raises
        ------
        XmlError
            libvirt does not take the document; the message says why.
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        return self._made("create", definition, lambda conn, text: conn.nodeDeviceCreateXML(text, 0))

    @shows_no_variables
    def define(self, definition: Model | str) -> NodeDevice:
        """Define a mediated device; it is not created.

        Parameters
        ----------
        definition
            A `NodeDeviceDef`, or libvirt's XML text.

        Returns
        -------
        NodeDevice
            Its handle.

        Raises
        ------
        XmlError
            libvirt does not take the document; the message says why.
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        return self._made("define", definition, lambda conn, text: conn.nodeDeviceDefineXML(text, 0))
