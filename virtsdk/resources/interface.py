"""Network interfaces of the node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from virtsdk import errors
from virtsdk.binding.protocol import VirConnect, VirInterface
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.listed import Listable, Listed

if TYPE_CHECKING:
    from virtsdk.model import Model
    from virtsdk.models.interface import InterfaceDef


class HostInterface(Listable[VirInterface]):
    """A live handle on a network interface of the node; a guest's nic is `models.domain.Interface`."""

    kind: ClassVar[str] = "interface"

    def _lookup(self, conn: VirConnect) -> VirInterface:
        return conn.interfaceLookupByName(self.key)

    def definition(self) -> InterfaceDef:
        """Read its definition as a typed document.

        Returns
        -------
        InterfaceDef
            Read from the host at that moment; changing it changes nothing there before it is defined again.
        """
        from virtsdk.models.interface import InterfaceDef

        return self._parsed(InterfaceDef)

    @property
    def is_active(self) -> bool:
        """True while it is up; asks the host."""
        return bool(self._call("read the state of", lambda raw: raw.isActive()))

    def start(self) -> None:
        """Bring it up (libvirt's ``create``)."""
        self._change("start", lambda raw: raw.create(0))

    def destroy(self) -> None:
        """Take it down."""
        self._change("destroy", lambda raw: raw.destroy(0))

    def undefine(self) -> None:
        """Remove its configuration."""
        self._change("undefine", lambda raw: raw.undefine())


class Interfaces(Listed[HostInterface, VirInterface]):
    """All network interfaces of the node that libvirt knows.

    The frame has one row per interface: host, name, mac, active.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     host.interfaces.frame()["mac"].tolist()
    ['aa:bb:cc:dd:ee:ff']
    """

    _handle_class = HostInterface
    _noun: ClassVar[str] = "interface"
    _key_column: ClassVar[str] = "name"
    _missing: ClassVar[type[errors.NotFound]] = errors.InterfaceNotFound
    _columns: ClassVar[Mapping[str, str]] = {"name": "str", "mac": "str", "active": "boolean"}
    _filters: ClassVar[Mapping[str, str]] = {"active": "VIR_CONNECT_LIST_INTERFACES_ACTIVE"}

    def _all(self, conn: VirConnect, flags: int) -> list[VirInterface]:
        return conn.listAllInterfaces(flags)

    def _find_name(self, conn: VirConnect, name: str) -> VirInterface:
        return conn.interfaceLookupByName(name)

    def _identity(self, raw: VirInterface) -> tuple[str, str]:
        return raw.name(), raw.name()

    def _more(self, raw: VirInterface) -> dict[str, object]:
        return {"mac": raw.MACString()}

    def _glance(self, raw: VirInterface) -> dict[str, object]:
        return {"active": bool(raw.isActive()), **self._more(raw)}

    @shows_no_variables
    def define(self, definition: Model | str) -> HostInterface:
        """Define an interface, or change its configuration; it is not brought up.

        Parameters
        ----------
        definition
            A `InterfaceDef`, or libvirt's XML text.

        Returns
        -------
        HostInterface
            Its handle.

        Raises
        ------
        XmlError
            libvirt does not take the document; the message says why.
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        return self._made("define", definition, lambda conn, text: conn.interfaceDefineXML(text, 0))
