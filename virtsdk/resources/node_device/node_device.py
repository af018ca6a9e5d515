"""A device of the node."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from virtsdk import errors
from virtsdk.binding.protocol import VirConnect, VirNodeDevice
from virtsdk.binding.undecoded import decoded
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.base import Lasting
from virtsdk.resources.documents import as_document
from virtsdk.resources.listed import Listable
from virtsdk.resources.node_device.tree import DeviceTree, parents_of, tree_of
from virtsdk.resources.scope import Scope, affected, check_scope

if TYPE_CHECKING:
    from virtsdk.model import Model
    from virtsdk.models.node_device import NodeDeviceDef


class NodeDevice(Listable[VirNodeDevice], Lasting[VirNodeDevice]):
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

    @property
    def children(self) -> list[NodeDevice]:
        """The devices that hang on it, by name; asks the host for all devices and the parent of each."""
        parents = parents_of(self._session, self._host.node_devices.subject)
        found = [raw for _, (raw, parent) in sorted(parents.items()) if parent == self.key]
        return [NodeDevice(self._host, raw, decoded(raw.name), decoded(raw.name)) for raw in found]

    def tree(self) -> DeviceTree:
        """Draw it and what hangs on it.

        Returns
        -------
        DeviceTree
            A drawing, in text and HTML; ``.frame()`` has one row per device.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.node_devices["scsi_host1"].tree()
        scsi_host1
        └── scsi_host11
        """
        found = parents_of(self._session, self._host.node_devices.subject)
        if self.key not in found:
            raise errors.NodeDeviceNotFound(
                f"{self.subject} is no longer on {self._host.name}", subject=self.subject
            )
        return tree_of(self._host.name, {name: parent for name, (_, parent) in found.items()}, self.key)

    def start(self) -> None:
        """Start a mediated device that is defined (libvirt's ``create``).

        Raises
        ------
        InvalidState
            It is there already.
        """
        self._change("start", lambda raw: raw.create(0))

    def undefine(self) -> None:
        """Remove the definition of a mediated device; one that is started stays until it is destroyed.

        Raises
        ------
        ConfigNotSupported
            It is no mediated device.
        """
        self._change("undefine", lambda raw: raw.undefine(0))

    @shows_no_variables
    def update(self, definition: Model | str, *, scope: Scope = "auto", timeout: float | None = None) -> None:
        """Change a mediated device: its type's attributes.

        Parameters
        ----------
        definition
            A `NodeDeviceDef` or XML text, with the device's name.
        scope
            ``"auto"``: what is started, where it is, and its definition, where it has one; ``"live"``,
            ``"persistent"``: one of the two.
        timeout
            Seconds; None for the connection's own.

        Raises
        ------
        NotSupported
            libvirt, here or there, is older than 10.1; it is no mediated device.
        """
        operation = "update"
        check_scope(scope)
        document = as_document(definition)

        def send(raw: VirNodeDevice) -> None:
            if not hasattr(raw, "update"):
                raise errors.NotSupported(
                    f"cannot update {self.subject}: libvirt-python here is built for a libvirt before 10.1",
                    operation=operation,
                    subject=self.subject,
                )
            raw.update(document, affected(raw, scope, operation=operation, subject=self.subject))

        del definition
        self._change(operation, send, timeout=timeout)

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
