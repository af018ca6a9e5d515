"""What all live handles and all collections have in common."""

from __future__ import annotations

import re
import uuid as uuids
from abc import abstractmethod
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast
from xml.sax.saxutils import unescape

from virtsdk.binding.protocol import VirConnect, VirLasting, VirObject
from virtsdk.binding.session import Session
from virtsdk.display import html, text
from virtsdk.errors import NotFound

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.model import Model
    from virtsdk.resources.host import Host

RawT = TypeVar("RawT", bound=VirObject)
T = TypeVar("T")


class Resource(Generic[RawT]):
    """A live handle: it keeps a name and what identifies it, and asks the host for everything else.

    The libvirt object behind it is looked up again after a lost connection came back. Two handles are equal
    when they stand for the same object of the same host. A handle may be used from several threads.

    Attributes
    ----------
    kind
        What messages call one.
    key
        What identifies it on its host: its UUID, or its name where libvirt gives it none.
    """

    kind: ClassVar[str]

    def __init__(self, host: Host, raw: RawT, name: str, key: str) -> None:
        self._host = host
        self._session: Session = host.session
        self._raw: RawT | None = raw
        self._name = name
        self.key = key
        self._session.adopt(self)

    @property
    def host(self) -> Host:
        """The host it is on."""
        return self._host

    @property
    def name(self) -> str:
        """Its name, as it was when the handle was made."""
        return self._name

    @property
    def subject(self) -> str:
        """What messages call it."""
        return f"{self.kind} {self._name!r}"

    @abstractmethod
    def _lookup(self, conn: VirConnect) -> RawT:
        """Find the libvirt object by its key on a new connection."""

    def forget(self) -> None:
        """Let go of the libvirt object; the next call finds it again."""
        self._raw = None

    def _bound(self, conn: VirConnect) -> RawT:
        raw = self._raw
        if raw is None or raw.connect() is not conn:
            raw = self._lookup(conn)
            self._raw = raw
        return raw

    def _call(
        self,
        operation: str,
        function: Callable[[RawT], T],
        *,
        changes: bool = False,
        timeout: float | None = None,
    ) -> T:
        """Make a call on the libvirt object; see `Session.call`."""
        return self._session.call(
            operation,
            self.subject,
            lambda conn: function(self._bound(conn)),
            changes=changes,
            timeout=timeout,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Resource):
            return NotImplemented
        return (
            self.kind == other.kind
            and self.key == other.key
            and self._session is cast("Resource[Any]", other)._session
        )

    def __hash__(self) -> int:
        return hash((self.kind, self.key))


class Identified(Resource[RawT]):
    """A handle on something that has a UUID."""

    @property
    def uuid(self) -> str:
        """Its UUID, which stays the same for as long as it is defined."""
        return self.key


LastingT = TypeVar("LastingT", bound=VirLasting)


class Lasting(Identified[LastingT]):
    """A handle on something that may stay defined while it is off: a domain, a network, a storage pool."""

    @property
    def is_active(self) -> bool:
        """True while it is started: runs, is paused or suspended; asks the host."""
        return bool(self._call("read the state of", lambda raw: raw.isActive()))

    @property
    def is_persistent(self) -> bool:
        """True where it stays defined while it is off; asks the host."""
        return bool(self._call("read the persistence of", lambda raw: raw.isPersistent()))

    @property
    def autostart(self) -> bool:
        """True where the host starts it when its daemon starts; asks the host."""
        return bool(self._call("read the autostart of", lambda raw: raw.autostart()))

    def set_autostart(self, on: bool = True) -> None:
        """Have it started when the host's daemon starts, or not."""
        self._change("set the autostart of", lambda raw: raw.setAutostart(int(on)))

    @abstractmethod
    def _change(self, operation: str, function: Callable[[LastingT], object]) -> None:
        """Make a changing call; what was read before is outdated."""


R = TypeVar("R", bound="Resource[Any]")


def as_uuid(text: str) -> str | None:
    """Give the canonical form of a UUID, None for what is none."""
    try:
        return str(uuids.UUID(text))
    except ValueError:
        return None


def as_document(definition: Model | str) -> str:
    """Give the XML text of a model, or the text itself."""
    if isinstance(definition, str):
        return definition
    from virtsdk import xml
    from virtsdk.model import Model

    if not isinstance(definition, Model):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"a definition is a model or libvirt's XML text, not {type(definition).__name__}")

    return xml.render(definition)


_NAME = re.compile(r"<name>\s*([^<]+?)\s*</name>|<\w[^<>]*?\sname=(?:'([^']+)'|\"([^\"]+)\")")


def subject_of(noun: str, document: str) -> str:
    """Say whom a document is about, as messages and the audit log have it.

    Examples
    --------
    >>> subject_of("domain", "<domain><name>web1</name></domain>"), subject_of("secret", "<secret/>")
    ("domain 'web1'", 'a secret')
    """
    found = _NAME.search(document)
    name = next((one for one in found.groups() if one), None) if found else None
    return f"a {noun}" if name is None else f"{noun} {unescape(name)!r}"


class Collection(Generic[R]):
    """All objects of one kind on a host.

    ``for x in host.domains``, ``len(host.domains)``, ``"web1" in host.domains``, ``host.domains["web1"]`` by
    name or UUID (a name that looks like a UUID wins). `get` raises where there is none, `find` returns None.

    What a notebook shows of a collection is what was last read of it, with the time; the first look reads it
    once.
    """

    noun: ClassVar[str]

    def __init__(self, host: Host) -> None:
        self._host = host
        self._session: Session = host.session
        self._seen: list[R] | None = None
        self._seen_at: datetime | None = None

    @property
    def subject(self) -> str:
        """What messages call it."""
        return f"{self.noun}s of {self._host.name}"

    @property
    def _place(self) -> str:
        """Where the repr says that they are."""
        return self._host.name

    @abstractmethod
    def _list(self) -> list[R]:
        """List all, in one call where the driver has one."""

    @abstractmethod
    def _by_name(self, name: str) -> R:
        """Look one up; raises the kind's NotFound."""

    @abstractmethod
    def _by_uuid(self, uuid: str) -> R:
        """Look one up; raises the kind's NotFound."""

    @abstractmethod
    def frame(self) -> pd.DataFrame:
        """One row an object; see the collection's own docstring."""

    @abstractmethod
    def _glances(self, items: list[R]) -> tuple[list[str], list[list[object]]]:
        """Give the columns and rows that a repr shows, from what was last read."""

    def _read(self) -> list[R]:
        items = self._list()
        self._seen, self._seen_at = items, datetime.now(UTC)
        return items

    def outdated(self) -> None:
        """Note that something was changed here: the next look reads again."""
        self._seen = None

    def __iter__(self) -> Iterator[R]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __bool__(self) -> bool:
        return True

    def __contains__(self, key: object) -> bool:
        if isinstance(key, Resource):
            return self.find(key.key) == key
        return isinstance(key, str | uuids.UUID) and self.find(key) is not None

    def __getitem__(self, key: str | uuids.UUID) -> R:
        return self.get(key)

    def get(self, key: str | uuids.UUID) -> R:
        """Look one up by name or UUID; a name that looks like a UUID wins.

        Raises
        ------
        NotFound
            There is none; the error is the kind's own (`DomainNotFound` ...).
        """
        if isinstance(key, uuids.UUID):
            return self._by_uuid(str(key))
        if not isinstance(key, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"a {self.noun} is looked up by name or UUID, not by {type(key).__name__}")
        try:
            return self._by_name(key)
        except NotFound:
            uuid = as_uuid(key)
            if uuid is None:
                raise
        return self._by_uuid(uuid)

    def find(self, key: str | uuids.UUID) -> R | None:
        """Look one up by name or UUID; None where there is none."""
        try:
            return self.get(key)
        except NotFound:
            return None

    # --- how it shows itself ------------------------------------------------------------

    def _look(self) -> tuple[list[R], str]:
        if self._seen is None and not self._session.closed:
            self._read()
        if self._seen is None or self._seen_at is None:
            return [], "the host is closed"
        return self._seen, f"read {self._seen_at:%H:%M:%S} UTC"

    def __repr__(self) -> str:
        items, note = self._look()
        title = f"<{text.count(len(items), self.noun)} on {text.printable(self._place)}, {note}>"
        if not items:
            return title
        return f"{title}\n{text.columns(*self._glances(items))}"

    def _repr_html_(self) -> str:
        items, note = self._look()
        title = f"{text.count(len(items), self.noun)} on {self._place}"
        if not items:
            return html.view(html.heading(title, note))
        return html.view(html.heading(title, note), html.table(*self._glances(items)))
