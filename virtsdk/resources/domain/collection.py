"""All guests of a host, read in bulk."""

from __future__ import annotations

import logging
import time
import uuid as uuids
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from numbers import Integral
from typing import TYPE_CHECKING, ClassVar, cast

from virtsdk import errors
from virtsdk.binding import workers
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect, VirDomain
from virtsdk.binding.undecoded import decoded
from virtsdk.display import text
from virtsdk.errors.frames import callers_level, shows_no_variables
from virtsdk.resources.domain import Domain
from virtsdk.resources.domain.documents.verbs import DocumentVerbs
from virtsdk.resources.domain.frame import domains_frame
from virtsdk.resources.domain.values import Glance

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.model import Model
    from virtsdk.models.domain import DomainDef
    from virtsdk.resources.host import Host

_log = logging.getLogger(__name__)
_FAR = 0.003  # seconds for the answer to a call that asks no guest: the host is not next door
_AT_ONCE = 16  # calls to one that is far


class Domains(DocumentVerbs):
    """All guests of a host, running or not.

    ``host.domains[3]`` is the guest of that id, as virsh lists them; an id is that of one run.

    Listing, counting and looking up, `frame` and `definitions` ask libvirt alone and no guest: one whose QEMU
    hangs holds nothing up. Figures that QEMU has to be asked for are those of `Host.stats`.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     [guest.name for guest in host.domains], "test" in host.domains
    (['test'], True)
    """

    _noun: ClassVar[str] = "domain"

    def _list(self, timeout: float | None = None) -> list[Domain]:
        return [Domain(self._host, raw, glance) for raw, glance in self._glanced(timeout)]

    def _glanced(self, timeout: float | None = None) -> list[tuple[VirDomain, Glance]]:
        """Read all with what a repr shows: a list, and a call a domain, none of which asks a guest."""
        return self._session.call("list the", self.subject, self._read_all, timeout=timeout)

    def _read_all(self, conn: VirConnect) -> list[tuple[VirDomain, Glance]]:
        now = datetime.now(UTC)
        raws = sorted(conn.listAllDomains(0), key=lambda raw: raw.name())
        began = time.monotonic()
        glances = [self._from_info(conn, raw, now) for raw in raws[:1]]
        far = self._session.wired and time.monotonic() - began > _FAR

        def meanwhile(raw: VirDomain) -> Glance | None:
            with self._session.nudges.under_way():
                return self._from_info(conn, raw, now)

        if far:
            glances += workers.each(meanwhile, raws[1:], _AT_ONCE)
        else:
            glances += [self._from_info(conn, raw, now) for raw in raws[1:]]
        return [(raw, seen) for raw, seen in zip(raws, glances, strict=True) if seen is not None]

    def __len__(self) -> int:
        return self._session.call("count the", self.subject, lambda conn: len(conn.listAllDomains(0)))

    def _from_info(self, conn: VirConnect, raw: VirDomain, now: datetime) -> Glance | None:
        """Ask for one domain; None where it went away meanwhile."""
        try:
            with self._session.translated(conn, "read the state of", f"domain {raw.name()!r}"):
                return Glance.of_info(raw.info(), self._host.driver, now, raw.ID())
        except errors.DomainNotFound:
            return None

    def definitions(self, *, persistent: bool = False) -> list[DomainDef]:
        """Read the definitions of all domains, in one go; asks libvirt, and no guest.

        Parameters
        ----------
        persistent
            Those that their next starts take, rather than those that they run with.

        Returns
        -------
        list of DomainDef
            By name; without passwords.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     virtsdk.xml.to_frame(host.domains.definitions(), ["name", "vcpu.value"])["name"].tolist()
        ['test']
        """
        from virtsdk import xml
        from virtsdk.models.domain import DomainDef

        flags = flag("VIR_DOMAIN_XML_INACTIVE") if persistent else 0

        def read(conn: VirConnect) -> list[tuple[str, str]]:
            found: list[tuple[str, str]] = []
            for raw in conn.listAllDomains(0):
                subject = f"domain {raw.name()!r}"
                with (
                    suppress(errors.DomainNotFound),  # gone meanwhile
                    self._session.translated(conn, "read the definition of", subject),
                ):
                    found.append((raw.name(), decoded(raw.XMLDesc, flags)))
            return sorted(found)

        documents = self._session.call("read the definitions of the", self.subject, read)
        return [xml.parse(document, DomainDef) for _, document in documents]

    def _search(self, key: str | uuids.UUID | int) -> Domain:
        if isinstance(key, Integral) and not isinstance(key, bool):
            return self._by_id(int(key))
        return super()._search(cast("str | uuids.UUID", key))

    def get(self, key: str | uuids.UUID | int) -> Domain:
        """Look one up by name or UUID (a name that looks like a UUID wins), or by the id of its run.

        Parameters
        ----------
        key
            Its name, its UUID, or the number of its run.

        Raises
        ------
        DomainNotFound
            There is none.
        """
        return super().get(cast("str | uuids.UUID", key))

    def find(self, key: str | uuids.UUID | int) -> Domain | None:
        """Look one up as `get` does; None where there is none.

        Parameters
        ----------
        key
            As of `get`.
        """
        return super().find(cast("str | uuids.UUID", key))

    def __getitem__(self, key: str | uuids.UUID | int) -> Domain:
        return self.get(key)

    def __contains__(self, key: object) -> bool:
        if isinstance(key, Integral) and not isinstance(key, bool):
            return self.find(int(key)) is not None
        return super().__contains__(key)

    def _by_id(self, number: int) -> Domain:
        if not 0 <= number < 2**31:
            raise errors.DomainNotFound(f"no domain has the id {number}", subject=f"domain {number}")
        raw = self._session.call("find", f"domain {number}", lambda conn: conn.lookupByID(number))
        return self._seen_once(raw)

    def _by_name(self, name: str) -> Domain:
        raw = self._session.call("find", f"domain {name!r}", lambda conn: conn.lookupByName(name))
        return self._seen_once(raw)

    def _by_uuid(self, uuid: str) -> Domain:
        raw = self._session.call("find", f"domain {uuid}", lambda conn: conn.lookupByUUIDString(uuid))
        return self._seen_once(raw)

    def _seen_once(self, raw: VirDomain) -> Domain:
        domain = Domain(self._host, raw)
        domain.refresh()
        return domain

    @shows_no_variables
    def define(self, definition: Model | str, *, validate: bool = False) -> Domain:
        """Define a domain, or change the definition of the one that has its UUID; it is not started.

        Parameters
        ----------
        definition
            A `DomainDef`, or libvirt's XML text.
        validate
            Have libvirt check it against its schema first.

        Raises
        ------
        XmlError, ConfigNotSupported, DomainExists
            libvirt does not take it; the message says why.

        Warns
        -----
        UserWarning
            It has a managed save, so that its next start ignores what is defined now.
        """
        flags = flag("VIR_DOMAIN_DEFINE_VALIDATE") if validate else 0
        kept: list[bool] = []

        def define(conn: VirConnect, text: str) -> VirDomain:
            raw = conn.defineXMLFlags(text, flags)
            with suppress(errors.VirtError), self._session.translated(conn, "look at", "what was saved"):
                kept.append(bool(raw.hasManagedSaveImage(0)))
            return raw

        domain = self._made("define", definition, define)
        if any(kept):
            warnings.warn(
                f"{domain.subject} has a managed save: its next start goes on with that and ignores what was "
                "defined now; remove_managed_save() has it boot",
                stacklevel=callers_level(),
            )
        return domain

    @shows_no_variables
    def create(self, definition: Model | str, *, paused: bool = False, validate: bool = False) -> Domain:
        """Start a transient domain, which is gone once it stops.

        Parameters
        ----------
        definition
            A `DomainDef`, or libvirt's XML text.
        paused
            Leave it paused.
        validate
            Have libvirt check it against its schema first.

        Raises
        ------
        XmlError, ConfigNotSupported, DomainExists
            libvirt does not take it; the message says why.
        """
        flags = (flag("VIR_DOMAIN_START_PAUSED") if paused else 0) | (
            flag("VIR_DOMAIN_START_VALIDATE") if validate else 0
        )
        return self._made("create", definition, lambda conn, text: conn.createXML(text, flags))

    def _made(
        self, operation: str, definition: Model | str, make: Callable[[VirConnect, str], VirDomain]
    ) -> Domain:
        domain = self._send(operation, definition, make, lambda raw: Domain(self._host, raw))
        try:
            domain.refresh()
        except errors.VirtError as error:  # it is made; a transient one may be gone again
            _log.debug("%s, after %s: %s", domain.subject, operation, error)
        return domain

    def frame(self, *, placement: bool = False) -> pd.DataFrame:
        """Give all domains as a frame; asks libvirt, and no guest.

        That takes a call a domain, and three or four for all of them: the fourth where some running domain
        may be transient.

        Parameters
        ----------
        placement
            Read the definitions, too, and the sizes of disks, for what binds a guest to its host: a call more
            a domain and a local disk. `virtsdk.capacity.Fleet` uses these columns.

        Returns
        -------
        pandas.DataFrame
            One row per domain, by name: host, domain (its UUID), name, state, state_reason (how it came into
            that: ``"booted"``, ``"panicked"`` ...), run_id (libvirt's number of this run; missing where there
            is no process), vcpus (count online now, or at the next start), memory_bytes (the most that it may
            have), memory_current_bytes (what its balloon leaves it, as libvirt last heard), persistent,
            autostart. With `placement` also, missing where it is not known: pinned (to certain CPUs),
            host_devices (how many), local_disk_bytes (disks in files or block devices of the host, and in
            pools that are not shared; that a path is on a network file system does not show),
            hugepages_bytes (memory that is in huge pages), cell (the one NUMA cell of the host that its
            memory has to come from, missing where there is no such one). There are no tags: libvirt has no
            place for them that all tools share; a column ``tags`` of your own stays with its guests in a
            fleet.
        """
        return domains_frame(self._host, self._read(), self.subject, placement=placement)

    def vcpus_frame(self) -> pd.DataFrame:
        """Give on which CPUs of the host each vCPU may run, from the definitions: a call a domain.

        Returns
        -------
        pandas.DataFrame
            One row per vCPU that is online, or would be at the next start: host, domain (UUID), name, vcpu
            (its number), cpus (``"0-3,8"``; missing where it may run on any). `virtsdk.capacity.contention`
            takes it.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.domains.vcpus_frame()[["name", "vcpu", "cpus"]]
           name  vcpu cpus
        0  test     0  NaN
        1  test     1  NaN
        """
        from virtsdk.resources.domain.pinning import vcpus_frame

        return vcpus_frame(self._host, self._read(), self.subject)

    def _glances(self, items: list[Domain]) -> tuple[list[str], list[list[object]]]:
        rows: list[list[object]] = []
        for item in items:
            glance = item.last_seen
            if glance is None:
                rows.append([item.name, None, None, None])
            else:
                rows.append([item.name, glance.state.value, glance.vcpus, text.size(glance.memory_bytes)])
        return ["name", "state", "vCPUs", "memory"], rows


def chosen_domains(host: Host, domains: Iterable[Domain | str] | None) -> list[Domain] | None:
    """Return the handles of domains that are given as handles, names or UUIDs; None for None, which is all.

    Raises
    ------
    DomainNotFound
        There is no such domain.
    TypeError, ValueError
        It is one domain and no list, or one of another host.
    """
    if domains is None:
        return None
    if isinstance(domains, str | bytes | Domain) or not isinstance(domains, Iterable):  # pyright: ignore
        raise TypeError(f"domains must be a list, [{domains!r}], not {domains!r}")
    return [_chosen(host, one) for one in domains]


def _chosen(host: Host, one: Domain | str) -> Domain:
    if not isinstance(one, Domain):
        return host.domains.get(one)
    if one.host is not host:
        raise ValueError(f"{one.subject} is a handle of another host: {one.host.name}, {one.host.uri}")
    return one
