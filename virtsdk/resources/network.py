"""Virtual networks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from virtsdk import errors
from virtsdk.binding.protocol import VirConnect, VirNetwork
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.listed import Listed, Startable

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.model import Model
    from virtsdk.models.network import NetworkDef


_LEASE = {
    "mac": "str",
    "address": "str",
    "prefix": "Int64",
    "hostname": "str",
    "client_id": "str",
    "expires": "datetime64[us, UTC]",
}


def _time(seconds: int) -> datetime | None:
    """Give a time; None for 0, libvirt's word for no end, and for what no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (OverflowError, ValueError, OSError):
        return None


class Network(Startable[VirNetwork]):
    """A live handle on a virtual network.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     host.networks["default"].bridge
    'virbr0'
    """

    kind: ClassVar[str] = "network"

    def _lookup(self, conn: VirConnect) -> VirNetwork:
        return conn.networkLookupByUUIDString(self.key)

    def definition(self) -> NetworkDef:
        """Read its definition as a typed document.

        Returns
        -------
        NetworkDef
            Read from the host at that moment; changing it changes nothing there before it is defined again.
        """
        from virtsdk.models.network import NetworkDef

        return self._parsed(NetworkDef)

    @property
    def bridge(self) -> str | None:
        """The bridge on the host; None where it has none. Asks the host."""
        try:
            return self._call("read the bridge of", lambda raw: raw.bridgeName())
        except errors.InternalError:  # libvirt's way to say that there is none
            return None

    def dhcp_leases(self) -> pd.DataFrame:
        """Read the addresses that its DHCP server gave out.

        Returns
        -------
        pandas.DataFrame
            One row per lease: mac, address, prefix (bits), hostname and client_id (as the guest says them),
            expires (UTC; NaT for a lease without end).
        """
        import pandas as pd

        leases = self._call("read the leases of", lambda raw: raw.DHCPLeases(None, 0))
        rows = [
            {
                "mac": lease["mac"],
                "address": lease["ipaddr"],
                "prefix": lease["prefix"],
                "hostname": lease["hostname"],
                "client_id": lease["clientid"],
                "expires": _time(lease["expirytime"]),
            }
            for lease in leases
        ]
        return pd.DataFrame(rows, columns=pd.Index(list(_LEASE))).astype(_LEASE)


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
    def define(self, definition: Model | str) -> Network:
        """Define a network, or change the definition of the one that has its UUID; it is not started.

        Parameters
        ----------
        definition
            A `NetworkDef`, or libvirt's XML text.

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
        return self._made("define", definition, lambda conn, text: conn.networkDefineXML(text))

    @shows_no_variables
    def create(self, definition: Model | str) -> Network:
        """Start a transient network, which is gone once it stops.

        Parameters
        ----------
        definition
            A `NetworkDef`, or libvirt's XML text.

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
        return self._made("create", definition, lambda conn, text: conn.networkCreateXML(text))
