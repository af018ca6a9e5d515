"""All objects of one kind on a host, as a collection."""

from __future__ import annotations

import uuid as uuids
from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from virtsdk.binding.live import Live
from virtsdk.binding.protocol import VirConnect
from virtsdk.binding.session import About, Session
from virtsdk.display import html, listing, text
from virtsdk.errors import NotFound, VirtError
from virtsdk.resources.base import Resource
from virtsdk.resources.documents import as_document, as_uuid, check_name, for_c, subject_of
from virtsdk.resources.sight import LOOK_SECONDS, Look, Shown

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.model import Model
    from virtsdk.resources.host import Host

T = TypeVar("T")
R = TypeVar("R", bound="Resource[Any]")


@dataclass(frozen=True)
class _Reading(Generic[R]):
    """All objects as they were read, when, and the session's last change by then."""

    items: list[R]
    at: datetime
    after: object


class Collection(Live, Shown, Generic[R]):
    """All objects of one kind on a host.

    ``for x in host.domains``, ``len(host.domains)``, ``"web1" in host.domains``, ``host.domains["web1"]`` by
    name or UUID (a name that looks like a UUID wins). `get` raises where there is none, `find` returns None.

    A notebook, and ``print``, show it as it is now: it is read again, which takes at most 2 s. Where the host
    does not answer by then, the last reading is shown, marked as old. ``repr()`` is the last reading, with
    its age, and asks nobody.
    """

    _noun: ClassVar[str]

    def __init__(self, host: Host) -> None:
        self._host = host
        self._session: Session = host.session
        self._seen: _Reading[R] | None = None

    @property
    def subject(self) -> str:
        """Its name in messages."""
        return f"{self._noun}s of {self._host.name}"

    @property
    def _place(self) -> str:
        """The place that the repr names."""
        return self._host.name

    @abstractmethod
    def _list(self, timeout: float | None = None) -> list[R]:
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
        return None if self._seen is None else list(self._seen.items)

    def _read(self, timeout: float | None = None) -> list[R]:
        change = self._session.last_change
        items = self._list(timeout)
        self._seen = _Reading(items, datetime.now(UTC), change)
        return items

    def _send(
        self,
        operation: str,
        definition: Model | str,
        make: Callable[[VirConnect, str], T],
        handle: Callable[[T], R],
        *,
        timeout: float | None = None,
    ) -> R:
        """Have the host make one of a document; what it is called, the audit log has of what was made."""
        document = as_document(definition)
        subject = subject_of(self._noun, document)
        self._session.refuse_readonly(operation, subject)
        check_name(operation, self._noun, document)
        made: list[R] = []

        def send(conn: VirConnect) -> R:
            made.append(handle(make(conn, document)))
            return made[0]

        return self._session.call(
            operation,
            subject,
            send,
            changes=True,
            timeout=timeout,
            about=lambda: made[0].about if made else About(subject),
        )

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

        Parameters
        ----------
        key
            The name, as it is written; or the UUID, as text or as a `uuid.UUID`.

        Returns
        -------
        Resource
            A handle of the kind: `Network`, `StoragePool` ...

        Raises
        ------
        NotFound
            There is none; the error is the kind's own (`NetworkNotFound` ...), and names what is like it.
        """
        try:
            return self._search(key)
        except NotFound as error:
            raise self._not_there(key, error) from error

    def find(self, key: str | uuids.UUID) -> R | None:
        """Look one up by name or UUID; None where there is none.

        Parameters
        ----------
        key
            As of `get`.

        Returns
        -------
        Resource or None
            A handle of the kind. A host that does not answer is an error all the same.
        """
        try:
            return self._search(key)
        except NotFound:
            return None

    def _search(self, key: str | uuids.UUID) -> R:
        if isinstance(key, uuids.UUID):
            return self._by_uuid(str(key))
        if not isinstance(key, str):
            raise TypeError(f"the key of a {self._noun} must be its name or UUID, not {type(key).__name__}")
        try:
            return self._by_name(for_c(key))
        except NotFound:
            uuid = as_uuid(key)
            if uuid is None:
                raise
        return self._by_uuid(uuid)

    def _not_there(self, key: object, error: NotFound) -> NotFound:
        """Say what there is instead, in the kind's own error."""
        if not isinstance(key, str) or as_uuid(key) is not None:
            what = "id" if isinstance(key, int) else "UUID"
            message = f"no {self._noun} with {what} {key} on {self._place}"
        else:
            near = listing.there_is(key, self._names())
            message = f"no {self._noun} {key!r} on {self._place}; {near}"
        return type(error)(message, **error.details)

    def _names(self) -> list[str]:
        """Return their names now, or, where the host does not answer in time, as they were last read."""
        try:
            items = self._read(LOOK_SECONDS)
        except VirtError:
            items = self.last_seen or []
        return [item.name for item in items]

    def _ipython_key_completions_(self) -> list[str]:
        """Offer the names behind ``collection["``."""
        return self._names()

    # --- how it shows itself ------------------------------------------------------------

    @property
    def _read_at(self) -> datetime | None:
        return None if self._seen is None else self._seen.at

    @property
    def _reading(self) -> str:
        return f"list the {self.subject}"

    def _read_again(self, timeout: float) -> None:
        self._read(timeout)

    def _noted(self, look: Look) -> str:
        changed = self._seen is not None and self._seen.after is not self._session.last_change
        return f"{look.words}, changed since" if changed else look.words

    def _title(self) -> str:
        """Count what was last read; where nothing was, there is no number to say."""
        what = f"{self._noun}s" if self._seen is None else text.count(len(self._seen.items), self._noun)
        return f"{what} on {self._place}"

    def _in_text(self, look: Look) -> str:
        title = text.printable(self._title())
        if self._seen is None:
            return f"<{title}: {look.trouble}>" if look.trouble else f"<{title}, {look.words}>"
        lines = [f"<{title}, {self._noted(look)}>", *([look.trouble] if look.trouble else [])]
        if self._seen.items:
            lines.append(text.columns(*self._glances(self._seen.items)))
        return "\n".join(lines)

    def _in_html(self, look: Look) -> str:
        parts = [html.heading(self._title(), None if self._seen is None else self._noted(look))]
        if look.trouble:
            parts.append(html.paragraph(look.trouble))
        if self._seen is not None and self._seen.items:
            parts.append(html.table(*self._glances(self._seen.items)))
        return html.view(*parts)
