"""Many hosts as one: asked at once, each with a deadline; who does not answer is a row of `errors`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from virtsdk.binding.rounds import Job, gather
from virtsdk.binding.uri import without_password
from virtsdk.display import html, text
from virtsdk.display.listing import there_is
from virtsdk.errors import NotFound
from virtsdk.fleet import drift as comparison
from virtsdk.fleet.asking import AT_ONCE, TIMEOUT, Progress
from virtsdk.fleet.choosing import choose, patterns_of
from virtsdk.fleet.drift import Drift
from virtsdk.fleet.figures import FleetFigures
from virtsdk.fleet.kinds import FleetCollection, FleetDomains
from virtsdk.fleet.member import Member
from virtsdk.fleet.source import Source
from virtsdk.fleet.twice import guests_of
from virtsdk.resources.host import Host
from virtsdk.resources.hosts_file import HostEntry
from virtsdk.resources.rereading import Rereading

if TYPE_CHECKING:
    from virtsdk.history.hosts import LateHost
    from virtsdk.history.recorder import Recorder
    from virtsdk.history.roster import Roster
    from virtsdk.resources.network import Network
    from virtsdk.resources.node_device import NodeDevice
    from virtsdk.resources.storage_pool import StoragePool
    from virtsdk.widgets.explorer import Explorer

_FAREWELL = 6.0  # seconds that hosts have to be closed


class HostFleet(FleetFigures):
    """Many hosts by name, asked together; made by `virtsdk.connect_fleet`.

    ``fleet["kvm7"]`` is a `Host`, ``len(fleet)`` counts, ``for name in fleet`` gives names, ``"kvm7" in
    fleet``. The names are the keys, and the column ``host`` of every frame, whatever the machines call
    themselves.

    No question raises because a host is down, hangs or refuses: its rows are missing, and it is a row of
    `errors`. Each host has `timeout` seconds in a round. One that did not answer is asked no more before it
    does, so later rounds do not wait for it; a connection that is lost, or was not to be had, is tried again
    at each round. Up to 24 hosts are asked at a time, with at most 64 threads. A call that hangs in libvirt
    cannot be ended: it keeps a thread of its own until its host answers, five a host at the most.

    Examples
    --------
    >>> import virtsdk
    >>> fleet = virtsdk.connect_fleet({"kvm7": "test:///default", "kvm8": "test:///none"})
    >>> fleet
    <HostFleet 2 hosts: 1 up, 1 down, 1 guest>
    >>> fleet.domains.frame()[["host", "name", "state"]].to_dict("records")
    [{'host': 'kvm7', 'name': 'test', 'state': 'running'}]
    >>> fleet.errors[["host", "operation", "error"]].to_dict("records")
    [{'host': 'kvm8', 'operation': 'open', 'error': 'ConnectError'}]
    >>> fleet.map(lambda host: host.libvirt_version.major > 0)
    {'kvm7': True}
    >>> fleet.close()
    """

    def __init__(
        self,
        members: Sequence[Member],
        *,
        timeout: float | None = None,
        progress: Progress = None,
        owner: bool = True,
        source: Source | None = None,
    ) -> None:
        super().__init__(members, TIMEOUT if timeout is None else timeout, progress)
        self._owner = owner
        self._source = source
        self._joined: list[Member] = []  # since it was made: they are this one's
        self._rereading: Rereading[Member] | None = None
        if source is not None and members:
            first = {one.name: (one.uri, one) for one in members}
            self._rereading = Rereading(source.entries, partial(self._join, source), first=first)
            self._rereading()

    def open(self) -> None:
        """Open the hosts that are not open, at once, and count their guests; warns of one by two names."""
        self._met(self._ask("open", guests_of))

    # --- which hosts ------------------------------------------------------------

    @property
    def host_names(self) -> list[str]:
        """The names of all hosts, up or down, in the order in which they were given."""
        return list(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, name: str) -> Host:
        """Return a host by its name; it is opened where it is not open.

        Raises
        ------
        NotFound
            The fleet has none of that name.
        ConnectError, TimedOut
            It cannot be opened.
        """
        if name not in self._members:
            raise NotFound(
                f"no host {name!r} in the fleet; {there_is(str(name), self._members)}",
                subject=f"host {name!r}",
            )
        return self._members[name].opened(self._timeout)

    def _ipython_key_completions_(self) -> list[str]:
        return self.host_names

    def select(self, *patterns: str) -> HostFleet:
        """Choose hosts by name and tag.

        Parameters
        ----------
        *patterns
            ``"rack=a*"``: the value of a tag; ``"kvm*"``: the host's name, or the name of a tag that it has
            (a group of an inventory). With ``*``, ``?`` and ``[...]`` as of a shell. A host has to match all
            of them.

        Returns
        -------
        HostFleet
            Those hosts, by the same connections, which stay this fleet's: closing the selection closes none.
            It may have no host; the log says so.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect_fleet({"kvm7": "test:///default", "lab1": "test:///default"}) as fleet:
        ...     fleet.select("kvm*").host_names
        ['kvm7']
        """
        wanted = patterns_of(patterns)
        chosen = choose(self._members.values(), wanted)
        source = None if self._source is None else self._source.chosen(wanted)
        return HostFleet(chosen, timeout=self._timeout, progress=self._progress, owner=False, source=source)

    def reread(self) -> None:
        r"""Read the list of its hosts again, where it is of a file; asks no host.

        Hosts that are new in it, and match what the fleet was chosen by, are opened with the next question;
        those that are gone, or have another URI, are closed. One that stays keeps its connection. Of a fleet
        that was given its hosts nothing changes.

        Raises
        ------
        ValueError, OSError
            It cannot be read, or has no hosts; nothing changes.

        Examples
        --------
        >>> import tempfile, virtsdk
        >>> with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        ...     print('[hosts]\nkvm7 = "test:///default"', file=file, flush=True)
        ...     with virtsdk.connect_fleet(file.name) as fleet:
        ...         print('kvm8 = "test:///default"', file=file, flush=True)
        ...         fleet.reread()
        ...         fleet.host_names
        ['kvm7', 'kvm8']
        """
        if self._rereading is None:
            return
        before, self._members = self._members, self._rereading()
        stay = {id(one) for one in self._members.values()}
        self._end([one for one in before.values() if id(one) not in stay])
        self._joined = [one for one in self._joined if id(one) in stay]

    def _join(self, source: Source, name: str, entry: HostEntry) -> Member:
        shown = without_password(entry.uri)
        made = Member(name, shown, entry.tags, partial(source.opens, name, entry))
        self._joined.append(made)
        return made

    def frame(self) -> pd.DataFrame:
        """Give what is known of the hosts; asks nobody.

        Returns
        -------
        pandas.DataFrame
            One row per host: host, uri, up (open, and not known to be lost), driver and libvirt_version
            (missing of one that was never open), tags (a dict), error (why it could not be opened).
        """
        hosts = [(one, one.seen) for one in self._members.values()]
        return pd.DataFrame(
            {
                "host": pd.array([one.name for one, _ in hosts], dtype="str"),
                "uri": pd.array([one.uri for one, _ in hosts], dtype="str"),
                "up": pd.array([one.is_up for one, _ in hosts], dtype="boolean"),
                "driver": pd.array([host and host.driver for _, host in hosts], dtype="str"),
                "libvirt_version": pd.array(
                    [None if host is None else str(host.libvirt_version) for _, host in hosts], dtype="str"
                ),
                "tags": pd.Series([dict(one.tags) for one, _ in hosts], dtype="object"),
                "error": pd.array(
                    [None if one.obstacle is None else str(one.obstacle) for one, _ in hosts], dtype="str"
                ),
            }
        )

    # --- what they have ------------------------------------------------------------

    @cached_property
    def domains(self) -> FleetDomains:
        """All guests: ``.frame()``, ``.definitions()``, ``.find(name)``."""
        return FleetDomains(self._ask, self.__len__, self._counted)

    @cached_property
    def networks(self) -> FleetCollection[Network]:
        """All virtual networks: ``.frame()``, ``.definitions()``, ``.find(name)``."""
        return FleetCollection(self._ask, "networks", self.__len__)

    @cached_property
    def storage_pools(self) -> FleetCollection[StoragePool]:
        """All storage pools: ``.frame()``, ``.definitions()``, ``.find(name)``."""
        return FleetCollection(self._ask, "storage_pools", self.__len__)

    @cached_property
    def node_devices(self) -> FleetCollection[NodeDevice]:
        """All devices of the nodes: ``.frame()``, ``.definitions()``, ``.find(name)``."""
        return FleetCollection(self._ask, "node_devices", self.__len__)

    def drift(self, what: comparison.Subject, *, timeout: float | None = None) -> Drift:
        """Compare the hosts with each other: what one has and others have not, or have otherwise.

        Values compare by their meaning, as of `virtsdk.xml.diff`. What differs from machine to machine by
        its nature is left out: UUIDs, MAC and IP addresses of the machine, host names, serial numbers, how
        much is free or in use.

        Parameters
        ----------
        what
            ``"versions"`` (of libvirt, the hypervisor, the driver), ``"capabilities"`` (CPU, NUMA cells,
            emulators and machine types), ``"networks"``, ``"storage_pools"``, ``"domains"`` (their
            definitions, of one name each; those of which only one host has a guest are not compared).
        timeout
            Seconds that each host has; None for the fleet's own.

        Returns
        -------
        Drift
            Its repr says which hosts differ from most. ``.frame()`` has one row per path and value, where
            there is more than one value; ``.hosts()`` one row per host.

        Raises
        ------
        ValueError
            `what` is none of these.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect_fleet({"a": "test:///default", "b": "test:///default"}) as fleet:
        ...     fleet.drift("networks")
        <Drift in networks of 2 hosts: no difference>
        """
        comparison.check(what)
        found = self._ask(f"drift of {what}", lambda host: comparison.read(host, what), timeout)
        return comparison.compare(what, found)

    # --- longer -------------------------------------------------------------------

    def record(self, directory: str | PathLike[str], **options: Any) -> Recorder:
        """Record the figures of all hosts and their guests by their names here.

        Hosts that are down are recorded from when they answer. Where the fleet is of a file (of hosts, an
        inventory, ``ssh_config``), that is read again every ``flush``: hosts that are new in it, and match
        what the fleet was chosen by, join the recording, and those that are gone leave it. The fleet itself
        stays as it is. A file that cannot be read changes nothing (`Recorder.hosts_error`).

        Parameters
        ----------
        directory
            Where to: a directory of its own. A recording that is there already is continued.
        **options
            ``interval``, ``duration`` ..., as of `virtsdk.record`.

        Returns
        -------
        Recorder
            Its repr says how it goes. The fleet is to be open for as long as it goes on.
        """
        from virtsdk.history.recorder import record

        hosts = {name: self._to_record(one) for name, one in self._members.items()}
        if self._source is None or not hosts:
            return record(hosts, directory, **options)
        return record(self._roster(self._source, hosts), directory, **options)

    def _roster(self, source: Source, hosts: Mapping[str, Host | LateHost]) -> Roster:
        from virtsdk.history.hosts import LateHost
        from virtsdk.history.roster import Roster

        def place(name: str, entry: HostEntry) -> Host | LateHost:
            member, uri = self._members.get(name), without_password(entry.uri)
            if member is not None and member.uri == uri:
                return self._to_record(member)
            return LateHost(uri, partial(source.opens, name, entry))

        first = {name: (self._members[name].uri, one) for name, one in hosts.items()}
        return Roster(source.entries, place, first=first)

    @staticmethod
    def _to_record(member: Member) -> Host | LateHost:
        from virtsdk.history.hosts import LateHost

        host = member.seen
        there = host is not None and not host.session.closed  # by someone who was given it
        return host if host is not None and there else LateHost(member.uri, member.separate)

    def explore(self, *, every: float = 2.0) -> Explorer:
        """Show the guests of all hosts that are up in one interactive table (extra ``[widgets]``).

        Parameters
        ----------
        every
            Seconds between two samples of the figures; none is taken while nobody looks.

        Returns
        -------
        Explorer
            As of `virtsdk.explore`, with the hosts' names in the fleet. Hosts that are down now are in
            `errors`, and not in it.
        """
        from virtsdk.widgets.explorer import explore

        return explore(list(self._ask("explore", _itself).values()), every=every)

    # --- its end ------------------------------------------------------------------

    def close(self) -> None:
        """Close all hosts, at once; a selection closes only what joined it. A second call does nothing.

        What is asked after it raises `HostClosed`.
        """
        self._end(list(self._members.values()))

    def _end(self, members: Sequence[Member]) -> None:
        """Close those that are this one's."""
        joined = {id(one) for one in self._joined}
        jobs = [Job(one.close, f"close {one.subject}") for one in members if self._owner or id(one) in joined]
        gather(jobs, timeout=_FAREWELL, at_once=AT_ONCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # --- how it shows itself ------------------------------------------------------

    def _headline(self) -> str:
        up = sum(one.is_up for one in self._members.values())
        down = len(self._members) - up
        said = f"{text.count(len(self), 'host')}: {up} up" + (f", {down} down" if down else "")
        guests = sum(one.guests or 0 for one in self._members.values() if one.is_up)
        return f"{said}, {text.count(guests, 'guest')}"

    def __repr__(self) -> str:
        return f"<HostFleet {self._headline()}>"

    def _repr_html_(self) -> str:
        rows: list[list[object]] = []
        for one in sorted(self._members.values(), key=lambda one: one.is_up):  # those that are down first
            host = one.seen
            tags = " ".join(f"{key}={value}" if value else key for key, value in one.tags.items())
            state = "up" if one.is_up else "down"
            version = None if host is None else f"{host.driver} {host.libvirt_version}"
            trouble = None if one.obstacle is None else text.shorten(str(one.obstacle), 100)
            rows.append([one.name, state, version, tags or None, one.uri, trouble])
        header = ["host", "state", "libvirt", "tags", "URI", "trouble"]
        return html.view(html.heading("Fleet", self._headline()), html.table(header, rows), title="fleet")


def _itself(host: Host) -> Host:
    return host
