"""All guests of a host, read in bulk."""

from __future__ import annotations

import logging
import uuid as uuids
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import Record, VirConnect, VirDomain
from virtsdk.binding.session import About
from virtsdk.display import text
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.collection import Collection
from virtsdk.resources.documents import as_document, subject_of
from virtsdk.resources.domain import Domain
from virtsdk.resources.domain.saving import on_host, resumed
from virtsdk.resources.domain.values import DomainState, Glance

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.model import Model
    from virtsdk.resources.host import Host

_log = logging.getLogger(__name__)

_COLUMNS = {
    "host": "str",
    "domain": "str",
    "name": "str",
    "state": "str",
    "vcpus": "Int64",
    "memory_bytes": "Int64",
    "memory_current_bytes": "Int64",
    "persistent": "boolean",
    "autostart": "boolean",
}


class Domains(Collection[Domain]):
    """All guests of a host, running or not.

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
        """Read all with what a repr shows: one bulk call, and one more a domain that it left out."""
        return self._session.call("list the", self.subject, self._read_all, timeout=timeout)

    def _read_all(self, conn: VirConnect) -> list[tuple[VirDomain, Glance]]:
        now = datetime.now(UTC)
        records: Iterable[tuple[VirDomain, Record]]
        if self._host.supports("bulk_stats"):
            groups = sum(flag(f"VIR_DOMAIN_STATS_{group}") for group in ("STATE", "BALLOON", "VCPU"))
            # a guest that is busy with a job, an arriving one above all, would hold up all others
            nowait = flag("VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT") if self._host.driver == "qemu" else 0
            records = conn.getAllDomainStats(groups, nowait)
        else:
            records = [(raw, {}) for raw in conn.listAllDomains(0)]
        found: list[tuple[VirDomain, Glance]] = []
        for raw, record in records:
            glance = _from_record(record, now) or self._from_info(conn, raw, now)
            if glance is not None:
                found.append((raw, glance))
        return sorted(found, key=lambda pair: pair[0].name())

    def _from_info(self, conn: VirConnect, raw: VirDomain, now: datetime) -> Glance | None:
        """Ask for one domain; None where it went away meanwhile."""
        try:
            with self._session.translated(conn, "read the state of", f"domain {raw.name()!r}"):
                return Glance.of_info(raw.info(), self._host.driver, now)
        except errors.DomainNotFound:
            return None

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
        """
        flags = flag("VIR_DOMAIN_DEFINE_VALIDATE") if validate else 0
        return self._made("define", definition, lambda conn, text: conn.defineXMLFlags(text, flags))

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

    @shows_no_variables
    def restore(
        self,
        path: str | PathLike[str],
        *,
        paused: bool | None = None,
        bypass_cache: bool = False,
        definition: Model | str | None = None,
        timeout: float | None = None,
    ) -> Domain:
        """Bring a guest back that `Domain.save` wrote to a file; the file stays.

        Parameters
        ----------
        path
            The file, as the host sees it; absolute.
        paused
            Whether it comes back paused; None for as it was saved.
        bypass_cache
            Keep the file out of the host's page cache.
        definition
            A `DomainDef`, or XML text, in place of the saved one: other paths, say. It has to look the same
            to the guest.
        timeout
            Seconds to wait; None for the connection's own. The call itself goes on after `TimedOut`.

        Raises
        ------
        OperationFailed
            The file cannot be read, or is none that libvirt wrote.
        InvalidState, DomainExists
            The domain runs, or another one has its name.
        """
        document = None if definition is None else as_document(definition)
        file = on_host(path)
        flags = resumed(paused) | (flag("VIR_DOMAIN_SAVE_BYPASS_CACHE") if bypass_cache else 0)

        restored: list[About] = []

        def restore(conn: VirConnect) -> None:
            saved = conn.saveImageGetXMLDesc(file, 0)  # restoring itself does not say whom
            conn.restoreFlags(file, document, flags)
            restored.append(About(subject_of(self._noun, saved), _uuid_of(saved)))

        subject = f"a domain from {file!r}"
        self._session.call(
            "restore",
            subject,
            restore,
            changes=True,
            timeout=timeout,
            about=lambda: restored[0] if restored else About(subject),
        )
        return self.get(uuids.UUID(restored[0].uuid))

    def frame(self) -> pd.DataFrame:
        """Give all domains as a frame, read in two or three calls, whatever their number.

        A third call is made only where some running domain may be transient; a driver without those figures
        in its bulk call (test, LXC) takes one more a domain.

        Returns
        -------
        pandas.DataFrame
            One row per domain: host, domain (its UUID), name, state, vcpus (count online now, or at the next
            start), memory_bytes (the most that it may have), memory_current_bytes (what its balloon leaves
            it), persistent, autostart.
        """
        import pandas as pd

        seen = [(item, item.last_seen) for item in self._read()]
        active = {item.uuid: glance.state.is_active for item, glance in seen if glance is not None}
        persistence = self._session.call("list the", self.subject, lambda conn: _persistence(conn, active))
        rows: list[dict[str, Any]] = []
        for item, glance in seen:
            if glance is None:
                continue
            persistent, autostart = persistence[item.uuid]
            rows.append(
                {
                    "host": self._host.name,
                    "domain": item.uuid,
                    "name": item.name,
                    "state": glance.state.value,
                    "vcpus": glance.vcpus,
                    "memory_bytes": glance.memory_bytes,
                    "memory_current_bytes": glance.memory_current_bytes,
                    "persistent": persistent,
                    "autostart": autostart,
                }
            )
        return pd.DataFrame(rows, columns=pd.Index(list(_COLUMNS))).astype(_COLUMNS)

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
    if isinstance(domains, str | Domain):
        raise TypeError(f"domains must be a list, [{domains!r}], not {domains!r}")
    return [_chosen(host, one) for one in domains]


def _chosen(host: Host, one: Domain | str) -> Domain:
    if not isinstance(one, Domain):
        return host.domains.get(one)
    if one.host is not host:
        raise ValueError(f"{one.subject} is a handle of another host: {one.host.name}, {one.host.uri}")
    return one


def _uuid_of(document: str) -> str:
    from virtsdk import xml
    from virtsdk.models.domain import DomainDef

    return xml.parse(document, DomainDef).uuid or ""


def _from_record(record: Mapping[str, Any], now: datetime) -> Glance | None:
    """Make a glance of bulk figures; None where they are not all there."""
    if not {"state.state", "vcpu.current", "balloon.maximum"} <= record.keys():
        return None
    maximum = record["balloon.maximum"]
    return Glance(
        DomainState.of(record["state.state"]),
        record["vcpu.current"],
        maximum * 1024,
        record.get("balloon.current", maximum) * 1024,
        now,
    )


def _persistence(conn: VirConnect, active: Mapping[str, bool]) -> dict[str, tuple[bool, bool]]:
    """Read (persistent, autostart) by UUID; what is off is persistent; transient means no autostart."""
    plain = _uuids(conn, "PERSISTENT", "NO_AUTOSTART")
    rest = active.keys() - plain
    transient = _uuids(conn, "TRANSIENT") if any(active[uuid] for uuid in rest) else set[str]()
    return {uuid: (uuid not in transient, uuid in rest and uuid not in transient) for uuid in active}


def _uuids(conn: VirConnect, *filters: str) -> set[str]:
    flags = sum(flag(f"VIR_CONNECT_LIST_DOMAINS_{one}") for one in filters)
    return {raw.UUIDString() for raw in conn.listAllDomains(flags)}
