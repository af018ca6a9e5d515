"""All virtual networks of a host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect, VirNetwork
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.listed import Listed
from virtsdk.resources.network.network import Network

if TYPE_CHECKING:
    from virtsdk.model import Model


class Networks(Listed[Network, VirNetwork]):
    """All virtual networks of a host.

    The frame has one row per network: host, network (its UUID), name, active, persistent, autostart.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     host.networks.frame()["name"].tolist()
    ['default']
    """

    _handle_class = Network
    _noun: ClassVar[str] = "network"
    _key_column: ClassVar[str] = "network"
    _missing: ClassVar[type[errors.NotFound]] = errors.NetworkNotFound
    _columns: ClassVar[Mapping[str, str]] = {
        "network": "str",
        "name": "str",
        "active": "boolean",
        "persistent": "boolean",
        "autostart": "boolean",
    }
    _filters: ClassVar[Mapping[str, str]] = {
        "active": "VIR_CONNECT_LIST_NETWORKS_ACTIVE",
        "persistent": "VIR_CONNECT_LIST_NETWORKS_PERSISTENT",
        "autostart": "VIR_CONNECT_LIST_NETWORKS_AUTOSTART",
    }

    def _all(self, conn: VirConnect, flags: int) -> list[VirNetwork]:
        return conn.listAllNetworks(flags)

    def _find_name(self, conn: VirConnect, name: str) -> VirNetwork:
        return conn.networkLookupByName(name)

    def _find_uuid(self, conn: VirConnect, uuid: str) -> VirNetwork:
        return conn.networkLookupByUUIDString(uuid)

    def _identity(self, raw: VirNetwork) -> tuple[str, str]:
        return raw.name(), raw.UUIDString()

    def _glance(self, raw: VirNetwork) -> dict[str, object]:
        return {"active": bool(raw.isActive())}

    @shows_no_variables
    def define(self, definition: Model | str, *, validate: bool = False) -> Network:
        """Define a network, or change the definition of the one that has its UUID; it is not started.

        Parameters
        ----------
        definition
            A `NetworkDef`, or libvirt's XML text.
        validate
            Have libvirt check it against its schema first.

        Returns
        -------
        Network
            Its handle.

        Raises
        ------
        XmlError
            libvirt does not take the document; the message says why.
        NetworkExists
            Another network has its name.
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        return self._made("define", definition, _maker("Define", validate))

    @shows_no_variables
    def create(self, definition: Model | str, *, validate: bool = False) -> Network:
        """Start a transient network, which is gone once it stops.

        Parameters
        ----------
        definition
            A `NetworkDef`, or libvirt's XML text.
        validate
            Have libvirt check it against its schema first.

        Returns
        -------
        Network
            Its handle.

        Raises
        ------
        XmlError
            libvirt does not take the document; the message says why.
        NetworkExists
            A network of its name is there.
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        return self._made("create", definition, _maker("Create", validate))


def _maker(verb: str, validate: bool) -> Callable[[VirConnect, str], VirNetwork]:
    """Give the call; the one with flags is newer."""

    def make(conn: VirConnect, text: str) -> VirNetwork:
        if not validate:
            return conn.networkDefineXML(text) if verb == "Define" else conn.networkCreateXML(text)
        flags = flag(f"VIR_NETWORK_{verb.upper()}_VALIDATE")
        if verb == "Define":
            return conn.networkDefineXMLFlags(text, flags)
        return conn.networkCreateXMLFlags(text, flags)

    return make
