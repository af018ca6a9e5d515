"""Ports of a network: what is plugged into it."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import Record, VirConnect, VirNetworkPort
from virtsdk.binding.undecoded import decoded
from virtsdk.display import html
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.base import Identified, raw_of
from virtsdk.resources.domain.tuning.checks import Unlimited, something
from virtsdk.resources.domain.tuning.rates import rates_of, wanted_rates
from virtsdk.resources.domain.tuning.values import in_words
from virtsdk.resources.listed import Listable, Listed

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.model import Model
    from virtsdk.models.network_port import NetworkPortDef
    from virtsdk.resources.network.network import Network


@dataclass(frozen=True, repr=False)
class PortBandwidth:
    """How fast a port may go; inbound is what the guest receives. None for no limit.

    libvirt counts rates in kilobytes of 1000 bytes, as ``tc`` does, and bursts in KiB.

    Attributes
    ----------
    network_port
        The port's UUID.
    inbound_bytes_per_second, outbound_bytes_per_second
        On average.
    inbound_peak_bytes_per_second, outbound_peak_bytes_per_second
        The most, while a burst lasts.
    inbound_burst_bytes, outbound_burst_bytes
        How much may go at the peak.
    inbound_floor_bytes_per_second
        What it is sure of.
    """

    network_port: str
    inbound_bytes_per_second: int | None = None
    inbound_peak_bytes_per_second: int | None = None
    inbound_burst_bytes: int | None = None
    inbound_floor_bytes_per_second: int | None = None
    outbound_bytes_per_second: int | None = None
    outbound_peak_bytes_per_second: int | None = None
    outbound_burst_bytes: int | None = None

    def frame(self) -> pd.DataFrame:
        """Give the same as a frame.

        Returns
        -------
        pandas.DataFrame
            One row, the port: network_port (UUID), and a column an attribute; missing for no limit.
        """
        import pandas as pd

        row = asdict(self)
        return pd.DataFrame([row]).astype({one: "Int64" for one in row if one != "network_port"})

    def _said(self) -> dict[str, str]:
        limits = {key: value for key, value in asdict(self).items() if key != "network_port" and value}
        return {key.replace("_", " "): in_words(key, value) for key, value in limits.items()}

    def __repr__(self) -> str:
        said = ", ".join(f"{key} {value}" for key, value in self._said().items()) or "no limits"
        return f"<PortBandwidth of {self.network_port}: {said}>"

    def _repr_html_(self) -> str:
        said = self._said()
        limits = html.outline(said) if said else html.paragraph("no limits")
        return html.view(html.heading("bandwidth", f"of port {self.network_port}"), limits)


class NetworkPort(Identified[VirNetworkPort], Listable[VirNetworkPort]):
    """A live handle on a port of a network, which a guest's nic is plugged into while the guest runs."""

    kind: ClassVar[str] = "network port"

    def __init__(
        self, network: Network, raw: VirNetworkPort, last_seen: Mapping[str, object] | None = None
    ) -> None:
        uuid = raw.UUIDString()
        self._network = network
        super().__init__(network.host, raw, uuid, uuid, last_seen, lambda _, port: _columns_of(port))

    def _lookup(self, conn: VirConnect) -> VirNetworkPort:
        return raw_of(self._network, conn).portLookupByUUIDString(self.key)

    @property
    def network(self) -> Network:
        """The network that it is a port of."""
        return self._network

    def definition(self) -> NetworkPortDef:
        """Read its definition as a typed document: whose it is, its MAC, what it is plugged into.

        Returns
        -------
        NetworkPortDef
            Read from the host at that moment; changing it changes nothing there.
        """
        from virtsdk.models.network_port import NetworkPortDef

        return self._parsed(NetworkPortDef)

    def bandwidth(self, *, timeout: float | None = None) -> PortBandwidth:
        """Read how fast it may go.

        Parameters
        ----------
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        PortBandwidth
            In bytes per second; None for no limit.
        """
        record = self._call("read the bandwidth of", lambda raw: raw.parameters(0), timeout=timeout)
        return PortBandwidth(self.key, **rates_of(record))

    def set_bandwidth(
        self,
        *,
        inbound_bytes_per_second: int | Unlimited | None = None,
        inbound_peak_bytes_per_second: int | Unlimited | None = None,
        inbound_burst_bytes: int | Unlimited | None = None,
        inbound_floor_bytes_per_second: int | Unlimited | None = None,
        outbound_bytes_per_second: int | Unlimited | None = None,
        outbound_peak_bytes_per_second: int | Unlimited | None = None,
        outbound_burst_bytes: int | Unlimited | None = None,
        timeout: float | None = None,
    ) -> PortBandwidth:
        """Set how fast it may go, until the guest's nic leaves it; the guest's definition stays as it is.

        Parameters
        ----------
        inbound_bytes_per_second, inbound_peak_bytes_per_second, inbound_burst_bytes
            As of ``guest.tuning.set_bandwidth``.
        inbound_floor_bytes_per_second, outbound_bytes_per_second, outbound_peak_bytes_per_second
            As those.
        outbound_burst_bytes
            As those.
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        PortBandwidth
            As it is now.

        Raises
        ------
        ValueError, TypeError
            A value is none; nothing is sent.
        NotApplied
            libvirt said yes, and it is as before.
        """
        wanted = wanted_rates(dict(locals()))
        something("set_bandwidth()", wanted)
        operation = "set the bandwidth of"

        def send(raw: VirNetworkPort) -> None:
            before: Record = raw.parameters(0)
            raw.setParameters(wanted, 0)
            found: Record = raw.parameters(0)
            ignored = [
                key
                for key, value in wanted.items()
                if found.get(key, 0) == before.get(key, 0) and value != before.get(key, 0)
            ]
            if ignored:
                raise errors.NotApplied(
                    f"libvirt did not refuse to {operation} {self.subject}, and {', '.join(ignored)} is as "
                    "before",
                    paths=tuple(ignored),
                    operation=operation,
                    subject=self.subject,
                )

        self._change(operation, send, timeout=timeout)
        return self.bandwidth(timeout=timeout)

    def delete(self) -> None:
        """Remove it; a nic that is plugged into it is cut off."""
        self._change("delete", lambda raw: raw.delete(0))


class NetworkPorts(Listed[NetworkPort, VirNetworkPort]):
    """All ports of a network: ``network.ports``, by UUID.

    The frame has one row per port: host, network (its network's UUID), network_name, network_port (UUID),
    name (the same: a port has no other), domain (UUID of the guest that owns it), domain_name, mac, plug
    (``network``, ``bridge``, ``direct`` ...), bridge. That takes one call per port.
    """

    _handle_class = NetworkPort
    _noun: ClassVar[str] = "network port"
    _key_column: ClassVar[str] = "network_port"
    _missing: ClassVar[type[errors.NotFound]] = errors.NetworkPortNotFound
    _columns: ClassVar[Mapping[str, str]] = {
        "network": "str",
        "network_name": "str",
        "network_port": "str",
        "name": "str",
        "domain": "str",
        "domain_name": "str",
        "mac": "str",
        "plug": "str",
        "bridge": "str",
    }

    def __init__(self, network: Network) -> None:
        super().__init__(network.host)
        self._network = network

    @property
    def subject(self) -> str:
        """Their name in messages."""
        return f"network ports of {self._network.subject}"

    @property
    def _place(self) -> str:
        return f"{self._host.name} in {self._network.name}"

    def _all(self, conn: VirConnect, flags: int) -> list[VirNetworkPort]:
        return raw_of(self._network, conn).listAllPorts(flags)

    def _find_name(self, conn: VirConnect, name: str) -> VirNetworkPort:
        del conn
        raise self._missing(f"cannot find {self._noun} {name!r}: it is found by UUID", subject=name)

    def _find_uuid(self, conn: VirConnect, uuid: str) -> VirNetworkPort:
        return raw_of(self._network, conn).portLookupByUUIDString(uuid)

    def _handle(self, raw: VirNetworkPort, last_seen: Mapping[str, object] | None = None) -> NetworkPort:
        return NetworkPort(self._network, raw, last_seen)

    def _identity(self, raw: VirNetworkPort) -> tuple[str, str]:
        return raw.UUIDString(), raw.UUIDString()

    def _more(self, raw: VirNetworkPort) -> dict[str, object]:
        network = {"network": self._network.uuid, "network_name": self._network.name}
        return {**network, **_columns_of(raw)}

    def _glances(self, items: list[NetworkPort]) -> tuple[list[str], list[list[object]]]:
        columns = ["domain_name", "mac", "plug", "bridge"]
        rows = [[item.name, *(item.last_seen.get(one) for one in columns)] for item in items]
        return ["name", "domain", *columns[1:]], rows

    @shows_no_variables
    def create(
        self, definition: Model | str, *, reclaim: bool = False, validate: bool = False
    ) -> NetworkPort:
        """Make a port, as libvirt does when a guest's nic is plugged in.

        Parameters
        ----------
        definition
            A `NetworkPortDef`, or libvirt's XML text. One without a UUID gets one.
        reclaim
            Take again what the definition says that it is plugged into, as after the network's restart;
            otherwise it must not say so.
        validate
            Have libvirt check it against its schema first.

        Returns
        -------
        NetworkPort
            Its handle.

        Raises
        ------
        XmlError
            libvirt does not take the document; the message says why.
        NetworkPortExists
            A port of its UUID is there.
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        chosen = {"RECLAIM": reclaim, "VALIDATE": validate}
        flags = sum(flag(f"VIR_NETWORK_PORT_CREATE_{name}") for name, on in chosen.items() if on)
        return self._made(
            "create",
            definition,
            lambda conn, document: raw_of(self._network, conn).portCreateXML(_with_uuid(document), flags),
        )


def _with_uuid(document: str) -> str:
    """Give a port without a UUID one: libvirt makes none up, as it does elsewhere."""
    from virtsdk import xml
    from virtsdk.models.network_port import NetworkPortDef

    port = xml.parse(document, NetworkPortDef)
    if port.uuid:
        return document
    port.uuid = str(uuids.uuid4())
    return xml.render(port)


def _columns_of(raw: VirNetworkPort) -> dict[str, Any]:
    """Take the columns out of a port's definition."""
    from virtsdk import xml
    from virtsdk.models.network_port import NetworkPortDef

    found = xml.parse(decoded(raw.XMLDesc, 0), NetworkPortDef)
    owner, plug = found.owner, found.plug
    return {
        "domain": owner.uuid if owner is not None else None,
        "domain_name": owner.name if owner is not None else None,
        "mac": found.mac.address if found.mac is not None else None,
        "plug": str(plug.type) if plug is not None and plug.type is not None else None,
        "bridge": plug.bridge if plug is not None else None,
    }
