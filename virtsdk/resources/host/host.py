"""A host: the connection to one node, and everything that hangs on it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from virtsdk.binding.events.hub import Hub
from virtsdk.binding.session import Session
from virtsdk.display import html, text
from virtsdk.events import Event
from virtsdk.resources.domain.collection import Domains
from virtsdk.resources.events import EventStream
from virtsdk.resources.figures.known_facts import KnownFacts, keep_facts
from virtsdk.resources.host.figures import FigureVerbs
from virtsdk.resources.host.memory import NodeMemoryVerbs
from virtsdk.resources.host.node import NodeVerbs
from virtsdk.resources.host.platform import PlatformVerbs
from virtsdk.resources.host.processors import CpuVerbs
from virtsdk.resources.interface import Interfaces
from virtsdk.resources.network import Networks
from virtsdk.resources.node_device import NodeDevices
from virtsdk.resources.nwfilter import NWFilters
from virtsdk.resources.nwfilter_binding import NWFilterBindings
from virtsdk.resources.secret import Secrets
from virtsdk.resources.sight import look
from virtsdk.resources.storage_pool import StoragePools

if TYPE_CHECKING:
    from virtsdk.stats.change.spacing import Interval
    from virtsdk.widgets.explorer import Explorer
    from virtsdk.widgets.timeline import Timeline


class Host(NodeVerbs, FigureVerbs, CpuVerbs, NodeMemoryVerbs, PlatformVerbs):
    """The connection to one node; made by `virtsdk.connect`.

    Attributes
    ----------
    name
        The ``host`` column of every frame: the node's host name, as it was when the connection was opened, or
        the name that `virtsdk.connect` was given for it, or that a fleet has.
    driver
        ``"qemu"``, ``"lxc"``, ``"test"`` ...
    libvirt_version
        The version of libvirt at the other end.
    """

    def __init__(self, session: Session, name: str | None = None) -> None:
        super().__init__(session, name)
        self._hub = Hub(session, self.name)
        self._subscriptions: weakref.WeakValueDictionary[int, EventStream] = weakref.WeakValueDictionary()
        keep_facts(self, KnownFacts(session, self._hub, self.name))

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
        name: str | None = None,
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
        name
            Its name on this host: a subscription takes the place of a former one of that name, which is
            closed. So a cell with a callback can be run again. An event that comes just then may reach both.

        Returns
        -------
        EventStream
            A context manager to iterate, ``async for``, `EventStream.get`, ``await`` `EventStream.next`, or
            `EventStream.frame`; `EventStream.until` ends it by itself.

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
        stream = EventStream(self._hub, self.name, kinds, callback=callback, limit=limit, name=name)
        for former in self.subscriptions if name is not None else ():
            if former.name == name:
                former.close()
                former.drain()  # or its callback would go on for a while
        self._subscriptions[id(stream)] = stream
        return stream

    @property
    def subscriptions(self) -> list[EventStream]:
        """The subscriptions to its events that are open, the oldest first.

        One without a callback that nobody refers to any more has ended.
        """
        return [one for one in list(self._subscriptions.values()) if one.is_open]

    def explore(self, *, every: float = 2.0) -> Explorer:
        """Show an interactive table of the guests, with figures and buttons (extra ``[widgets]``).

        The table follows the host's events. Its tabs (``.tab``) have networks, pools and events, too. Each
        button is a method of the same name, and acts on all that are selected. In a notebook, a cell that
        runs again replaces the view of its run before; `Explorer.close`, or the end of a ``with``, ends one.

        Parameters
        ----------
        every
            Seconds between two samples of the figures, which take one call for all guests; longer where that
            is slow. None is taken while nobody looks.

        Returns
        -------
        Explorer
            A widget that shows itself: ``.filter``, ``.frame`` (what is shown), ``.selection`` (a frame),
            ``.handles`` (live objects), ``.code`` (what was done, as Python), ``.status``.

        Raises
        ------
        MissingDependency
            The extra is not installed; the message says what to install.
        VirtError
            The domains could not be read.

        See Also
        --------
        virtsdk.explore : Several hosts in one table.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host, host.explore() as explorer:
        ...     explorer.filter = "state:running name~te"
        ...     explorer.frame["name"].tolist()
        ['test']
        """
        from virtsdk.widgets.explorer import Explorer

        return Explorer(self, every=every)

    def live(
        self, domains: str | Iterable[str] | None = None, *, every: float = 2.0, keep: Interval = "1h"
    ) -> Timeline:
        """Show the figures of the guests over time, as they come (extra ``[widgets]``).

        CPU, memory, disk, network and vCPU delay, with events as marks; gaps are drawn as gaps. Each button
        is a method of the same name. In a notebook, a cell that runs again replaces the view of its run
        before; `Timeline.close`, or the end of a ``with``, ends one.

        Parameters
        ----------
        domains
            Names or UUIDs of those that are overlaid first; None for the 8 that use the most CPU.
            `Timeline.show` overlays others.
        every
            Seconds between two samples, which take one call for all guests; longer where that is slow. None
            is taken while nobody looks.
        keep
            For how long figures are kept in memory.

        Returns
        -------
        Timeline
            A widget that shows itself: ``.selected`` (a stretch of time), ``.frame()`` (what is seen),
            ``.show(...)``, ``.zoom(...)``, ``.pause()``, ``.forecast(...)``, ``.status``.

        Raises
        ------
        MissingDependency
            The extra is not installed; the message says what to install.
        ValueError
            There is no such guest.
        VirtError
            The figures could not be read.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host, host.live() as view:
        ...     view.refresh()
        ...     view.frame()[["name", "cpu_used_vcpus"]].shape
        (1, 2)
        """
        from virtsdk.widgets.timeline import live_view

        return live_view(self, domains, every=every, keep=keep)

    # --- how it shows itself ------------------------------------------------------------

    @property
    def _condition(self) -> str:
        if self._session.closed:
            return "closed"
        words = "connected" if self.is_alive else "not connected"
        if self.readonly:
            words += ", read-only"
        waiting = len(self.parked_calls)
        return f"{words}, {text.count(waiting, 'call')} parked" if waiting else words

    @property
    def _size(self) -> str:
        return f"{text.count(self._node.cpus, 'CPU')}, {text.size(self._node.memory_bytes)}"

    def _guests(self) -> str:
        """Say how many guests there are now, or were when they were last read, or why that is not known."""
        found = look(self.domains)
        guests = self.domains.last_seen
        if guests is None:
            return found.trouble or found.words
        active = sum(guest.last_seen.state.is_active for guest in guests if guest.last_seen is not None)
        return f"{len(guests)}, {active} of them active, {found.words}"

    def __repr__(self) -> str:
        if "_node" not in vars(self):  # in a traceback of its making
            return "<Host>"
        return (
            f"<Host {text.printable(self.name)} {text.printable(self.uri)} "
            f"libvirt {self.libvirt_version} {self._size}, {self._condition}>"
        )

    def _repr_html_(self) -> str:
        facts = {
            "node": self._size,
            "domains": self._guests(),
            "URI": self.uri,
            "driver": self.driver,
            "libvirt": str(self.libvirt_version),
        }
        return html.view(html.heading(self.name, self._condition), html.outline(facts))
