"""A virtual network."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect, VirNetwork
from virtsdk.binding.undecoded import decoded
from virtsdk.resources.network.changing import ChangeVerbs

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.models.network import NetworkDef
    from virtsdk.resources.network.port import NetworkPorts


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


class Network(ChangeVerbs):
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

    def definition(self, *, persistent: bool = False) -> NetworkDef:
        """Read its definition as a typed document.

        Parameters
        ----------
        persistent
            The one that its next start takes, rather than the one that it runs with.

        Returns
        -------
        NetworkDef
            Read from the host at that moment; changing it changes nothing there before it is defined again.
        """
        from virtsdk import xml
        from virtsdk.models.network import NetworkDef

        return xml.parse(self.definition_xml(persistent=persistent), NetworkDef)

    def definition_xml(self, *, persistent: bool = False) -> str:
        """Read its definition as libvirt's XML text.

        Parameters
        ----------
        persistent
            As of `definition`.
        """
        flags = flag("VIR_NETWORK_XML_INACTIVE") if persistent else 0
        return self._call("read the definition of", lambda raw: decoded(raw.XMLDesc, flags))

    @cached_property
    def ports(self) -> NetworkPorts:
        """What is plugged into it: the nics of guests that run."""
        from virtsdk.resources.network.port import NetworkPorts

        return NetworkPorts(self)

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
