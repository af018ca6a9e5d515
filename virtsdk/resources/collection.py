"""All objects of one kind on a host, as a collection."""

from __future__ import annotations

import uuid as uuids
from abc import abstractmethod
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from virtsdk.binding.protocol import VirConnect
from virtsdk.binding.session import Session
from virtsdk.display import html, text
from virtsdk.errors import NotFound
from virtsdk.resources.base import Resource
from virtsdk.resources.documents import as_document, as_uuid, subject_of

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.model import Model
    from virtsdk.resources.host import Host

T = TypeVar("T")
R = TypeVar("R", bound="Resource[Any]")


class Collection(Generic[R]):
    """All objects of one kind on a host.

    ``for x in host.domains``, ``len(host.domains)``, ``"web1" in host.domains``, ``host.domains["web1"]`` by
    name or UUID (a name that looks like a UUID wins). `get` raises where there is none, `find` returns None.

    A notebook shows what was last read of a collection, with the time; the first look reads it once, and so
    does the first one after a change through the same connection.
    """

    _noun: ClassVar[str]

    def __init__(self, host: Host) -> None:
        self._host = host
        self._session: Session = host.session
        self._seen: list[R] | None = None
        self._seen_at: datetime | None = None
        self._seen_after: object = None  # the session's last change by then

    @property
    def subject(self) -> str:
        """Its name in messages."""
        return f"{self._noun}s of {self._host.name}"

    @property
    def _place(self) -> str:
        """The place that the repr names."""
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
        """Return one row per object; the collection's own docstring names the columns."""

    @abstractmethod
    def _glances(self, items: list[R]) -> tuple[list[str], list[list[object]]]:
        """Return the columns and rows that a repr shows, from what was last read."""

    @property
    def last_seen(self) -> list[R] | None:
        """All as they were last read; None where they never were. Asks nobody."""
        return None if self._seen is None else list(self._seen)

    def _read(self) -> list[R]:
        change = self._session.last_change
        items = self._list()
        self._seen, self._seen_at, self._seen_after = items, datetime.now(UTC), change
        return items

    def _send(self, operation: str, definition: Model | str, make: Callable[[VirConnect, str], T]) -> T:
        """Have the host make one of a document."""
        document = as_document(definition)
        subject = subject_of(self._noun, document)
        return self._session.call(operation, subject, lambda conn: make(conn, document), changes=True)

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
        if not isinstance(key, str):
            raise TypeError(f"a {self._noun} is looked up by name or UUID, not by {type(key).__name__}")
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
        outdated = self._seen is None or self._seen_after is not self._session.last_change
        if outdated and not self._session.closed:
            self._read()
        if self._seen is None or self._seen_at is None:
            return [], "the host is closed"
        return self._seen, f"read {self._seen_at:%H:%M:%S} UTC"

    def __repr__(self) -> str:
        items, note = self._look()
        title = f"<{text.count(len(items), self._noun)} on {text.printable(self._place)}, {note}>"
        if not items:
            return title
        return f"{title}\n{text.columns(*self._glances(items))}"

    def _repr_html_(self) -> str:
        items, note = self._look()
        title = f"{text.count(len(items), self._noun)} on {self._place}"
        if not items:
            return html.view(html.heading(title, note))
        return html.view(html.heading(title, note), html.table(*self._glances(items)))
