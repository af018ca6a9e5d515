"""Users of a storage volume: the domains whose definitions name it, in whatever part."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect, VirDomain, VirStorageVol
from virtsdk.binding.session import Session
from virtsdk.binding.undecoded import decoded
from virtsdk.resources.domain import Domain

if TYPE_CHECKING:
    from virtsdk.resources.host import Host

_AS_IT_IS = re.compile(r"[\w.+-]+", re.ASCII)  # names that XML has no other way to write
_NO_DEVICES = frozenset({"metadata", "title", "description", "name"})


@dataclass(frozen=True)
class Wanted:
    """A volume as a definition may name it: by path, or by pool and name (None: any of them)."""

    path: str | None
    pool: str
    name: str | None

    def is_in(self, document: str) -> bool:
        """Tell whether a domain's document names it: as a disk, below another image, as firmware ..."""
        words = (
            {self.pool}
            if self.path is None
            else {posixpath.basename(self.path) or self.path, self.name or ""}
        )
        if all(_AS_IT_IS.fullmatch(word) and word not in document for word in words):
            return False  # most documents need not be taken apart
        return any(self._is_meant(attributes, text) for attributes, text in _elements(document))

    def _is_meant(self, attributes: dict[str, str], text: str) -> bool:
        if attributes.get("pool") == self.pool and "volume" in attributes:
            return self.name is None or attributes["volume"] == self.name
        if self.path is None:
            return False
        path = posixpath.normpath(self.path)
        said = (text.strip(), *attributes.values())
        return any(one in {self.path, path} or posixpath.normpath(one) == path for one in said if one)


def _elements(document: str) -> Iterator[tuple[dict[str, str], str]]:
    """Give the attributes and the text of each element that may name a file."""
    from virtsdk.xml import _reader

    root = _reader.read(document)
    for part in root:
        if part.tag not in _NO_DEVICES:
            for one in part.iter("*"):  # no comments
                yield dict(one.attrib), one.text or ""


def users(
    session: Session, conn: VirConnect, wanted: Collection[Wanted], *, active: bool = False
) -> list[VirDomain]:
    """Find the domains that use one of some volumes; of one that runs, what it runs with counts too.

    Parameters
    ----------
    session, conn
        The connection.
    wanted
        The volumes.
    active
        Only domains that run, and what they run with.
    """
    inactive = flag("VIR_DOMAIN_XML_INACTIVE")
    found: list[VirDomain] = []
    for raw in conn.listAllDomains(flag("VIR_CONNECT_LIST_DOMAINS_ACTIVE") if active else 0):
        views = {0} if active or raw.ID() < 0 else {0, inactive}
        with (
            suppress(errors.NotFound),  # gone meanwhile
            session.translated(conn, "read the definition of", f"domain {raw.name()!r}"),
        ):
            documents = [decoded(raw.XMLDesc, view) for view in views]
            if any(one.is_in(document) for document in documents for one in wanted):
                found.append(raw)
    return sorted(found, key=lambda raw: raw.name())


def wanted_of(pool: str, volumes: Iterable[VirStorageVol]) -> list[Wanted]:
    """Say how definitions may name the volumes of a pool."""
    return [Wanted(decoded(raw.path), pool, decoded(raw.name)) for raw in volumes]


def find_users(host: Host, subject: str, wanted: Callable[[VirConnect], list[Wanted]]) -> list[Domain]:
    """Find the domains of a host that use one of some volumes, running or not."""

    def find(conn: VirConnect) -> list[VirDomain]:
        volumes = wanted(conn)
        return users(host.session, conn, volumes) if volumes else []

    return [Domain(host, raw) for raw in host.session.call("find the users of", subject, find)]
