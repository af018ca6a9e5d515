"""A host's figures: raw, and as the frames that `virtsdk.stats` makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, cast

from virtsdk.binding.protocol import VirConnect
from virtsdk.resources.base import raw_of
from virtsdk.resources.domain import Domain
from virtsdk.resources.domain.collection import chosen_domains
from virtsdk.resources.figures.bulk_records import RecordOptions, read_records
from virtsdk.resources.figures.single_records import SingleReader
from virtsdk.resources.host.core import HostCore

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
        groups: Iterable[str] | None = None,
        domains: Iterable[Domain | str] | None = None,
        *,
        states: Iterable[str] = (),
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
        groups: Iterable[str] | None = None,
        domains: Iterable[Domain | str] | None = None,
        *,
        backing: bool = False,
        deadline: float = 5.0,
    ) -> Stats:
        """Read figures of all guests as tidy frames in one bulk call; see `figures.domains.collect`.

        For most groups libvirt asks each guest's QEMU; for ``state``, ``cpu-total`` and ``interface`` it asks
        none.
        """
        from virtsdk.resources.figures.domains import collect

        return collect(self._host, groups, domains, backing=backing, deadline=deadline)

    def node_stats(self) -> NodeStats:
        """Read what the machine itself counts as tidy frames: CPU, memory, NUMA cells; asks no guest."""
        from virtsdk.resources.figures.node import collect_node

        return collect_node(self._host)

    def guest_stats(
        self, domains: Iterable[Domain | str] | None = None, *, timeout: float = 3.0
    ) -> GuestStats:
        """Read what the agents inside the guests say of their file systems as tidy frames."""
        from virtsdk.resources.figures.guests import collect_guests

        return collect_guests(self._host, domains, timeout=timeout)

    def job_stats(
        self,
        domains: Iterable[Domain | str] | None = None,
        *,
        completed: bool = False,
        timeout: float = 3.0,
    ) -> JobStats:
        """Read what guests are busy with as tidy frames; see `figures.jobs.collect_jobs`.

        The QEMU of a guest with a job is asked; of one without, libvirt knows it.
        """
        from virtsdk.resources.figures.jobs import collect_jobs

        return collect_jobs(self._host, domains, completed=completed, timeout=timeout)

    def storage_stats(self, *, volumes: bool = True) -> StorageStats:
        """Read the sizes of storage pools and, unless told otherwise, of their volumes as tidy frames.

        No guest is asked; a volume takes a call of its own.
        """
        from virtsdk.resources.figures.storage import collect_storage

        return collect_storage(self._host, volumes=volumes)
