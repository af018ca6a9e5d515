"""All devices of the node."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from virtsdk import errors
from virtsdk.binding.library import constants, flag
from virtsdk.binding.protocol import VirConnect, VirNodeDevice
from virtsdk.binding.undecoded import decoded
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.listed import Listed
from virtsdk.resources.node_device.node_device import NodeDevice
from virtsdk.resources.node_device.tree import DeviceTree, parents_of, tree_of

if TYPE_CHECKING:
    from virtsdk.model import Model


class NodeDevices(Listed[NodeDevice, VirNodeDevice]):
    """All devices of the node.

    The frame has one row per device: host, name, capabilities (libvirt's words, comma-separated: ``pci-dev``,
    ``net``, ``storage`` ...), active, persistent (both missing where the driver does not tell), read in one
    call a capability, whatever the number of devices, and one a mediated device: no others are ever off.

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
    _columns: ClassVar[Mapping[str, str]] = {
        "name": "str",
        "capabilities": "str",
        "active": "boolean",
        "persistent": "boolean",
    }

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
        active = self._active(conn)
        if active is None:
            return {name: {"capabilities": ",".join(its)} for name, its in words.items()}
        passing = {name for name, its in words.items() if "mdev" in its}
        kept = {decoded(raw.name): raw for raw in raws if decoded(raw.name) in passing}
        return {
            name: {
                "capabilities": ",".join(its),
                "active": name in active,
                "persistent": bool(kept[name].isPersistent()) if name in kept else True,
            }
            for name, its in words.items()
        }

    def _active(self, conn: VirConnect) -> set[str] | None:
        """List those that are there; None where the driver, or this libvirt, does not tell."""
        try:
            number = flag("VIR_CONNECT_LIST_NODE_DEVICES_ACTIVE")
            with self._session.translated(conn, "list the active", self.subject):
                return {decoded(raw.name) for raw in conn.listAllDevices(number)}
        except (AttributeError, errors.NotSupported):
            return None

    def tree(self) -> DeviceTree:
        """Draw what hangs on what.

        Returns
        -------
        DeviceTree
            A drawing, in text and HTML; ``.frame()`` has one row per device.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.node_devices.tree()
        computer
        ├── scsi_host1
        │   └── scsi_host11
        └── scsi_host2
        """
        found = parents_of(self._session, self.subject)
        return tree_of(self._host.name, {name: parent for name, (_, parent) in found.items()}, None)

    def by_wwn(self, wwnn: str, wwpn: str) -> NodeDevice:
        """Find a host bus adapter by its World Wide Names.

        Parameters
        ----------
        wwnn, wwpn
            Of the node and the port: 16 hexadecimal digits each.

        Returns
        -------
        NodeDevice
            Its handle.

        Raises
        ------
        NodeDeviceNotFound
            There is none of these names.
        """
        for name, value in (("wwnn", wwnn), ("wwpn", wwpn)):
            if not isinstance(value, str) or re.fullmatch("[0-9a-fA-F]{16}", value) is None:  # pyright: ignore
                raise ValueError(f"{name} must be 16 hexadecimal digits, not {value!r}")
        subject = f"{self._noun} with WWNN {wwnn} and WWPN {wwpn}"
        try:
            return self._session.call(
                "find",
                subject,
                lambda conn: self._looked_at(conn.nodeDeviceLookupSCSIHostByWWN(wwnn, wwpn, 0)),
            )
        except errors.InternalError as error:
            if "cause is unknown" not in str(error):  # libvirt 9 fails without a word where there is none
                raise
            raise self._missing(f"no {subject} on {self._place}", subject=subject) from error

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
