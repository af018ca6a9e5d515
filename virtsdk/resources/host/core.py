"""A host: the connection to one node, and everything that hangs on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any

from virtsdk.binding import features
from virtsdk.binding.events.hub import Hub
from virtsdk.binding.features import Version
from virtsdk.binding.protocol import VirConnect
from virtsdk.binding.session import Session
from virtsdk.display import html, text
from virtsdk.events import Event
from virtsdk.resources.domain.collection import Domains
from virtsdk.resources.events import EventStream
from virtsdk.resources.figures.known_facts import KnownFacts
from virtsdk.resources.host.figures import HostFigures
from virtsdk.resources.host.node import NodeInfo, read_node_info
from virtsdk.resources.interface import Interfaces
from virtsdk.resources.network import Networks
from virtsdk.resources.node_device import NodeDevices
from virtsdk.resources.nwfilter import NWFilters
from virtsdk.resources.nwfilter_binding import NWFilterBindings
from virtsdk.resources.secret import Secrets
from virtsdk.resources.storage_pool import StoragePools

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.models.capabilities import Capabilities
    from virtsdk.models.domain_capabilities import DomainCapabilities


class Host(HostFigures):
    """The connection to one node; made by `virtsdk.connect`.

    Attributes
    ----------
    name
        The node's host name, as it was when the connection was opened; the ``host`` column of every frame.
    driver
        ``"qemu"``, ``"lxc"``, ``"test"`` ...
    libvirt_version
        The version of libvirt at the other end.
    known_facts
        What figures are read beside: the domains' definitions, kept up to date by events.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.driver = session.driver
        self.name, self.libvirt_version, self._node = session.call(
            "read the name of", session.subject, lambda conn: _identity(session, conn)
        )
        self._hub = Hub(session, self.name)
        self.known_facts = KnownFacts(session, self._hub, self.name)

    # --- the connection ------------------------------------------------------------

    @property
    def uri(self) -> str:
        """The URI, as libvirt completed it."""
        return self.session.uri

    @property
    def readonly(self) -> bool:
        """True where nothing can be changed through it."""
        return self.session.readonly

    @property
    def is_alive(self) -> bool:
        """True while the connection is open and answers, as far as is known without asking the host."""
        return self.session.is_alive

    @property
    def parked_calls(self) -> list[tuple[str, float]]:
        """The calls that took longer than they were given and still run: what, and for how many seconds."""
        return self.session.parked

    def close(self) -> None:
        """Close the connection; its handles raise `HostClosed` from then on. A second call does nothing."""
        self.session.close()

    def __enter__(self) -> Host:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # --- the node ------------------------------------------------------------

    def supports(self, feature: str) -> bool:
        """Tell whether this host's driver and version do something.

        Parameters
        ----------
        feature
            A name of `virtsdk.binding.features.FEATURES`, for example ``"bulk_stats"``.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.supports("bulk_stats")
        True
        """
        return features.supports(
            feature, self.driver, self.libvirt_version, embedded="/embed" in self.uri.partition("?")[0]
        )

    def features(self) -> pd.DataFrame:
        """Give what `supports` knows of this host as a frame.

        Returns
        -------
        pandas.DataFrame
            One row a feature: feature, supported, since (the libvirt version that this driver does it from,
            empty where it never did), meaning.
        """
        import pandas as pd

        rows = [
            {
                "feature": name,
                "supported": self.supports(name),
                "since": None if (since := features.since(name, self.driver)) is None else str(since),
                "meaning": features.meaning(name),
            }
            for name in features.names()
        ]
        return pd.DataFrame(rows).astype({"since": "str"})

    def node_info(self) -> NodeInfo:
        """Read what the machine has: processors and memory."""
        self._node = self.session.call(
            "read the node info of",
            f"host {self.name!r}",
            lambda conn: read_node_info(self.session, conn, self.name),
        )
        return self._node

    def capabilities(self) -> Capabilities:
        """Read what the host and its hypervisor can do, as a typed document."""
        from virtsdk import xml
        from virtsdk.models.capabilities import Capabilities

        return xml.parse(self.capabilities_xml(), Capabilities)

    def capabilities_xml(self) -> str:
        """Read the capabilities as libvirt's XML text."""
        return self.session.call(
            "read the capabilities of", f"host {self.name!r}", lambda conn: conn.getCapabilities()
        )

    def domain_capabilities(
        self,
        *,
        emulator: str | None = None,
        arch: str | None = None,
        machine: str | None = None,
        virttype: str | None = None,
    ) -> DomainCapabilities:
        """Read what guests of a kind can have here, as a typed document; what is left out libvirt chooses."""
        from virtsdk import xml
        from virtsdk.models.domain_capabilities import DomainCapabilities

        text = self.domain_capabilities_xml(emulator=emulator, arch=arch, machine=machine, virttype=virttype)
        return xml.parse(text, DomainCapabilities)

    def domain_capabilities_xml(
        self,
        *,
        emulator: str | None = None,
        arch: str | None = None,
        machine: str | None = None,
        virttype: str | None = None,
    ) -> str:
        """Read the domain capabilities as libvirt's XML text."""
        return self.session.call(
            "read the domain capabilities of",
            f"host {self.name!r}",
            lambda conn: conn.getDomainCapabilities(emulator, arch, machine, virttype, 0),
        )

    # --- what it has ------------------------------------------------------------

    @cached_property
    def domains(self) -> Domains:
        """All guests, running or not."""
        return Domains(self)

    @cached_property
    def networks(self) -> Networks:
        """All virtual networks."""
        return Networks(self)

    @cached_property
    def storage_pools(self) -> StoragePools:
        """All storage pools."""
        return StoragePools(self)

    @cached_property
    def node_devices(self) -> NodeDevices:
        """All devices of the node."""
        return NodeDevices(self)

    @cached_property
    def interfaces(self) -> Interfaces:
        """All network interfaces of the node."""
        return Interfaces(self)

    @cached_property
    def nwfilters(self) -> NWFilters:
        """All network filters."""
        return NWFilters(self)

    @cached_property
    def nwfilter_bindings(self) -> NWFilterBindings:
        """All network filters that are bound to a guest's port."""
        return NWFilterBindings(self)

    @cached_property
    def secrets(self) -> Secrets:
        """All secrets."""
        return Secrets(self)

    # --- events, views ------------------------------------------------------------

    def events(
        self,
        kinds: Iterable[str | type[Event]] | str | type[Event] | None = None,
        *,
        callback: Callable[[Event], object] | None = None,
        limit: int = 10_000,
    ) -> EventStream:
        """Subscribe to what the host reports.

        Parameters
        ----------
        kinds
            Names (``"domain_lifecycle"``), families (``"domain"``, ``"network"``, ``"storage_pool"``,
            ``"node_device"``, ``"secret"``) or event classes; None for all that the driver has.
        callback
            Called with each event, in a thread of its own; what it raises is logged and counted.
        limit
            How many events may wait to be read before the oldest are dropped (and counted).

        Returns
        -------
        EventStream
            A context manager to iterate, ``async for``, `EventStream.get` or `EventStream.frame`.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host, host.events("domain_lifecycle") as events:
        ...     host.domains["test"].suspend()
        ...     event = events.get(timeout=10)
        ...     host.domains["test"].resume()
        ...     event.name, event.event, event.detail
        ('test', 'suspended', 'paused')
        """
        return EventStream(self._hub, self.name, kinds, callback=callback, limit=limit)

    def explore(self, **options: Any) -> Any:
        """Show an interactive table of the guests, with their controls (extra ``[widgets]``)."""
        from virtsdk.widgets.explorer import Explorer

        return Explorer(self, **options)

    # --- how it shows itself ------------------------------------------------------------

    @property
    def _condition(self) -> str:
        if self.session.closed:
            return "closed"
        words = "connected" if self.is_alive else "not connected"
        if self.readonly:
            words += ", read-only"
        waiting = len(self.parked_calls)
        return f"{words}, {text.count(waiting, 'call')} parked" if waiting else words

    @property
    def _size(self) -> str:
        return f"{text.count(self._node.cpus, 'CPU')}, {text.size(self._node.memory_bytes)}"

    def __repr__(self) -> str:
        return (
            f"<Host {text.printable(self.name)} {text.printable(self.uri)} "
            f"libvirt {self.libvirt_version} {self._size}, {self._condition}>"
        )

    def _repr_html_(self) -> str:
        facts = {
            "node": self._size,
            "domains": self.domains.summary(),
            "URI": self.uri,
            "driver": self.driver,
            "libvirt": str(self.libvirt_version),
        }
        known = {name: value for name, value in facts.items() if value is not None}
        return html.view(html.heading(self.name, self._condition), html.outline(known))


def _identity(session: Session, conn: VirConnect) -> tuple[str, Version, NodeInfo]:
    name = conn.getHostname()
    return name, Version.of(conn.getLibVersion()), read_node_info(session, conn, name)
