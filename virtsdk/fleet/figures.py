"""Questions to a fleet about figures, and questions of one's own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import pandas as pd

from virtsdk.display.listing import names
from virtsdk.fleet.asking import Asking
from virtsdk.fleet.kinds import below_each_other
from virtsdk.fleet.node import FleetNodeInfo
from virtsdk.fleet.twice import Guests, twice
from virtsdk.resources.domain.frame import no_domains
from virtsdk.resources.host import Host
from virtsdk.resources.host.node import NodeInfo
from virtsdk.stats.samples.several import FleetNodeStats, FleetStats
from virtsdk.words import StatsGroup

if TYPE_CHECKING:
    from virtsdk.stats import StorageStats

T = TypeVar("T")

_log = logging.getLogger(__name__)
_OF_A_ROUND = 0.4  # the share that a host waits for guests that hang, before it leaves them out


class Inventory(NamedTuple):
    """Hosts and guests of a fleet as frames; made by `HostFleet.inventory`."""

    hosts: pd.DataFrame
    domains: pd.DataFrame


class FleetFigures(Asking):
    """Figures of all hosts of a fleet, and of their guests."""

    def _counted(self, guests: Mapping[str, int]) -> None:
        """Take note of how many guests hosts have."""
        for name, number in guests.items():
            if (one := self._members.get(name)) is not None:  # else it left meanwhile
                one.guests = number

    def _met(self, guests: Mapping[str, Guests]) -> None:
        """Take note of the guests of hosts that were opened, and warn of one host that was, by two names."""
        self._counted({name: one.number for name, one in guests.items()})
        for several in twice(guests):
            _log.warning(
                "%s have the very same guests: one host by several names counts twice", names(several)
            )

    def stats(
        self,
        groups: Iterable[StatsGroup] | None = None,
        *,
        backing: bool = False,
        timeout: float | None = None,
    ) -> FleetStats:
        """Read figures of all guests of all hosts as tidy frames; a call a host.

        Parameters
        ----------
        groups, backing
            As of `Host.stats`.
        timeout
            Seconds that each host has; None for the fleet's own. A host waits 0.4 of it for guests that hang,
            before it leaves them out.

        Returns
        -------
        FleetStats
            As of `Host.stats`: ``.domains``, ``.disks`` ..., with the hosts' names in the fleet in the column
            ``host``; ``.samples`` has the `Stats` of each host that answered. `virtsdk.stats.rates` takes two
            of them.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect_fleet({"a": "test:///default", "b": "test:///default"}) as fleet:
        ...     fleet.stats(["state"]).domains[["host", "name", "state"]].to_dict("records")
        [{'host': 'a', 'name': 'test', 'state': 'running'}, {'host': 'b', 'name': 'test', 'state': 'running'}]
        """
        limit = self._timeout if timeout is None else timeout
        wanted = None if groups is None or isinstance(groups, str) else tuple(groups)
        chosen = groups if wanted is None else wanted
        deadline = min(5.0, _OF_A_ROUND * limit) if limit > 0 else 5.0
        found = self._ask(
            "stats", lambda host: host.stats(chosen, backing=backing, deadline=deadline), timeout
        )
        stats = FleetStats(found, missing=[name for name in self._members if name not in found])
        self._counted({name: one.guests for name, one in found.items()})
        return stats

    def node_stats(self, *, timeout: float | None = None) -> FleetNodeStats:
        """Read what the machines themselves count as tidy frames; asks no guest.

        Parameters
        ----------
        timeout
            Seconds that each host has; None for the fleet's own.

        Returns
        -------
        FleetNodeStats
            As of `Host.node_stats`; `virtsdk.stats.node_rates` takes two of them.
        """
        return FleetNodeStats(self._ask("node_stats", lambda host: host.node_stats(), timeout))

    def node_info(self, *, timeout: float | None = None) -> FleetNodeInfo:
        """Read what the machines have: processors and memory; asks no guest.

        Parameters
        ----------
        timeout
            Seconds that each host has; None for the fleet's own.

        Returns
        -------
        FleetNodeInfo
            `NodeInfo` by host; ``.frame()`` is the hosts frame that `virtsdk.capacity` takes.
        """
        return FleetNodeInfo(self._ask("node_info", lambda host: host.node_info(), timeout))

    def inventory(self, *, placement: bool = True, timeout: float | None = None) -> Inventory:
        """Read hosts and guests in one round, for `virtsdk.capacity`.

        Of two rounds, `node_info` and ``domains.frame()``, a host may answer one: it would look empty, or its
        guests would be on no host.

        Parameters
        ----------
        placement
            With what binds a guest to its host; a call more a guest.
        timeout
            Seconds that each host has; None for the fleet's own.

        Returns
        -------
        Inventory
            ``hosts, domains``: the frames of `node_info` and of ``domains.frame()``, of the same hosts.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect_fleet({"kvm7": "test:///default"}) as fleet:
        ...     hosts, domains = fleet.inventory()
        >>> virtsdk.capacity.headroom(hosts, domains).frame()["domains"].tolist()
        [1]
        """

        def read(host: Host) -> tuple[NodeInfo, pd.DataFrame]:
            return host.node_info(), host.domains.frame(placement=placement)

        found = self._ask("inventory", read, timeout)
        self._counted({name: len(guests) for name, (_, guests) in found.items()})
        guests = {name: frame for name, (_, frame) in found.items()}
        hosts = FleetNodeInfo({name: info for name, (info, _) in found.items()})
        return Inventory(hosts.frame(), below_each_other(guests, no_domains(placement=placement)))

    def storage_stats(
        self, *, volumes: bool = False, timeout: float | None = None
    ) -> dict[str, StorageStats]:
        """Read the sizes of storage pools.

        Parameters
        ----------
        volumes
            Read the volumes too: one call each.
        timeout
            Seconds that each host has; None for the fleet's own.

        Returns
        -------
        dict
            `StorageStats` by host.
        """
        return self._ask("storage_stats", lambda host: host.storage_stats(volumes=volumes), timeout)

    def map(self, function: Callable[[Host], T], *, timeout: float | None = None) -> dict[str, T]:
        """Call a function with each host, many at once.

        Parameters
        ----------
        function
            Is given a `Host`, in a thread of its own. Past its deadline it goes on, and what it returns then
            is dropped: one that changes something may still have done it.
        timeout
            Seconds that each host has; None for the fleet's own.

        Returns
        -------
        dict
            What it returned, by host, in the fleet's order; without the hosts where it raised, which are in
            `errors`.

        Raises
        ------
        Exception
            What the function raises that is no `VirtError`, where it returned for no host at all: a slip in
            it is no fault of the hosts.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect_fleet({"a": "test:///default"}) as fleet:
        ...     fleet.map(lambda host: host.capabilities().host.cpu.arch.value, timeout=5)
        {'a': 'i686'}
        """
        if not callable(function):
            raise TypeError(f"function must be called with a host, not {function!r}")
        return self._ask("map", function, timeout)
