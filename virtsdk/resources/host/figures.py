"""A host's figures: raw, and as the frames that `virtsdk.stats` makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, cast

from virtsdk.binding.protocol import VirConnect
from virtsdk.resources.base import raw_of
from virtsdk.resources.domain import Domain
from virtsdk.resources.domain.collection import chosen_domains
from virtsdk.resources.figures.bulk_records import RecordOptions, group_words, read_records
from virtsdk.resources.figures.single_records import SingleReader
from virtsdk.resources.host.core import HostCore
from virtsdk.words import ListedState, StatsGroup

if TYPE_CHECKING:
    from virtsdk.resources.host import Host
    from virtsdk.stats import GuestStats, JobStats, NodeStats, Stats, StorageStats


class FigureVerbs(HostCore):
    """Questions about figures of the node, its guests and its storage."""

    @property
    def _host(self) -> Host:
        return cast("Host", self)

    def stats_records(
        self,
        groups: Iterable[StatsGroup] | None = None,
        domains: Iterable[Domain | str] | None = None,
        *,
        states: Iterable[ListedState] = (),
        enforce: bool = False,
        nowait: bool = False,
        backing: bool = False,
        runs: bool = False,
        timeout: float | None = None,
    ) -> list[tuple[str, str, dict[str, object]]]:
        """Read raw figures of many guests: in one call, or one by one where the driver has no bulk call.

        Parameters
        ----------
        groups
            Which of libvirt's groups: ``state``, ``cpu-total`` (or ``cpu``), ``balloon``, ``vcpu``,
            ``interface`` (or ``net``), ``block``, ``perf``, ``iothread``, ``memory``, ``dirtyrate``, ``vm``;
            None for all that the driver has.
        domains
            Handles, names or UUIDs; None for all.
        states
            Only domains that are ``active``, ``inactive``, ``persistent``, ``transient``, ``running``,
            ``paused``, ``shutoff``, ``other``; not together with `domains`.
        enforce
            Raise `NotSupported` where the driver lacks one of `groups` (with a bulk call only, as the next
            two).
        nowait
            Leave out the figures of guests that are busy with a job rather than wait.
        backing
            List the images behind each disk too.
        runs
            Add the key ``domain.id``: libvirt's number of this run of an active domain.
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        list of (uuid, name, dict)
            One a domain; the keys and units are libvirt's own.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     [(name, record["state.state"]) for _, name, record in host.stats_records(["state"])]
        [('test', 1)]
        """
        host = self._host
        if groups is not None:  # a wrong word is told here, not from inside of a call
            group_words(groups := tuple(groups) if isinstance(groups, Iterator) else groups)
        chosen = chosen_domains(host, domains)
        options = RecordOptions(tuple(states), enforce, nowait, backing, runs)
        if chosen is not None and options.states:
            raise ValueError("give domains or states, not both")

        def read(conn: VirConnect) -> list[tuple[str, str, dict[str, object]]]:
            handles = None if chosen is None else [raw_of(one, conn) for one in chosen]
            if host.supports("bulk_stats"):
                return read_records(conn, groups, handles, options)
            if handles is None:
                handles = conn.listAllDomains(options.list_flags())
            return self._single_reader.read(conn, handles, groups, runs=runs)

        subject = f"the domains of {host.name!r}"
        return self._session.call("read the figures of", subject, read, timeout=timeout)

    @cached_property
    def _single_reader(self) -> SingleReader:
        return SingleReader(self._session)

    def stats(
        self,
        groups: Iterable[StatsGroup] | None = None,
        domains: Iterable[Domain | str] | None = None,
        *,
        backing: bool = False,
        deadline: float = 5.0,
    ) -> Stats:
        """Read figures of all guests as tidy frames, in one bulk call where the driver has one.

        Parameters
        ----------
        groups
            Which of libvirt's groups, for example ``["state", "cpu-total", "balloon"]``; None for all that
            the driver has. Fewer groups are quicker: for ``state``, ``cpu-total`` and ``interface`` libvirt
            asks no guest; for the others it asks each guest's QEMU, and so waits for one that hangs.
        domains
            Handles, names or UUIDs; None for all.
        backing
            A row of ``.disks`` for each image of a backing chain too.
        deadline
            Seconds to wait for guests that hang. Past it the call is left to itself and made once more,
            without what the hanging guests' QEMU would have to say.

        Returns
        -------
        Stats
            A frame a grain: ``.domains`` has one row per guest, ``.vcpus``, ``.disks``, ``.nics`` ... one row
            per part. Units are base units and stand in the column's name (bytes, seconds, counts); what only
            grows ends in ``_total``; what is not known is missing, never 0. ``.trust`` says which figures to
            doubt, and why. ``.time`` (UTC) is the middle of the call.

        Raises
        ------
        DomainNotFound
            One of `domains` is not there.
        TimedOut
            The host itself does not answer, or `deadline` is too short for so many guests.
        ValueError
            This libvirt has no such group.

        See Also
        --------
        virtsdk.stats.rates : What happened between two samples, per second.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.stats(["state"]).domains[["name", "state"]].to_dict("records")
        [{'name': 'test', 'state': 'running'}]
        """
        from virtsdk.resources.figures.domains import collect

        return collect(self._host, groups, domains, backing=backing, deadline=deadline)

    def node_stats(self) -> NodeStats:
        """Read what the machine itself counts as tidy frames; asks no guest.

        Returns
        -------
        NodeStats
            ``.cpus`` has one row per CPU and ``.total`` one row for all, with CPU seconds by what they went
            to; ``.memory`` one row, ``.cells`` one row per NUMA cell, both in bytes.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     list(host.node_stats().memory)[2:4]
        ['memory_bytes', 'memory_free_bytes']
        """
        from virtsdk.resources.figures.node import collect_node

        return collect_node(self._host)

    def guest_stats(
        self, domains: Iterable[Domain | str] | None = None, *, timeout: float = 3.0
    ) -> GuestStats:
        """Read what the agents inside the guests say of their file systems as tidy frames.

        Parameters
        ----------
        domains
            Handles, names or UUIDs; None for all that are active.
        timeout
            Seconds that each agent may take.

        Returns
        -------
        GuestStats
            ``.filesystems`` has one row per guest and mount point, sizes in bytes; ``.trust`` names the
            guests whose agent did not answer, and why. Such a guest is no error.

        Raises
        ------
        DomainNotFound
            One of `domains` is not there.
        """
        from virtsdk.resources.figures.guests import collect_guests

        return collect_guests(self._host, domains, timeout=timeout)

    def job_stats(
        self,
        domains: Iterable[Domain | str] | None = None,
        *,
        completed: bool = False,
        timeout: float = 3.0,
    ) -> JobStats:
        """Read what guests are busy with (migrations, saves, backups ...) as tidy frames.

        One call lists the active guests, and one more each asks for its job: libvirt has no bulk call. The
        QEMU of a guest with a job is asked; of one without, libvirt knows it.

        Parameters
        ----------
        domains
            Handles, names or UUIDs; None for all that are active.
        completed
            The last job of each guest that ended, rather than the one that runs.
        timeout
            Seconds that each guest may take. One that took longer is not asked again while it still hangs.

        Returns
        -------
        JobStats
            ``.jobs`` has one row per guest with a job: what it is, how far (bytes, seconds); ``.trust`` names
            the guests that did not answer.

        Raises
        ------
        NotSupported
            The driver knows no jobs (``host.supports("job_stats")``).
        """
        from virtsdk.resources.figures.jobs import collect_jobs

        return collect_jobs(self._host, domains, completed=completed, timeout=timeout)

    def storage_stats(self, *, volumes: bool = True) -> StorageStats:
        """Read the sizes of storage pools and of their volumes as tidy frames; asks no guest.

        Parameters
        ----------
        volumes
            Read the volumes too: one call each.

        Returns
        -------
        StorageStats
            ``.pools`` has one row per pool, ``.volumes`` one row per volume; sizes in bytes, missing where
            the pool is inactive.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.storage_stats().pools["capacity_bytes"].tolist()
        [107374182400]
        """
        from virtsdk.resources.figures.storage import collect_storage

        return collect_storage(self._host, volumes=volumes)
