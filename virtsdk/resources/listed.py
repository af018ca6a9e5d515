"""Collections of the kinds beside the domains: listed in bulk, told apart by libvirt's list filters.

A kind overrides a few methods; everything that a collection can do follows. Yes-or-no columns (``active``,
``persistent`` ...) come from one filtered list each, whatever the number of objects.
"""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect, VirObject, VirStartable
from virtsdk.binding.undecoded import decoded
from virtsdk.display import html, text
from virtsdk.errors import NotFound
from virtsdk.resources.base import Identified, Lasting, Resource
from virtsdk.resources.collection import Collection
from virtsdk.resources.sight import Look, Shown

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.model import Model
    from virtsdk.resources.host import Host

RawT = TypeVar("RawT", bound=VirObject)
StartableT = TypeVar("StartableT", bound=VirStartable)
M = TypeVar("M", bound="Model")
R = TypeVar("R", bound="Listable[Any]")


_log = logging.getLogger(__name__)
_UNREADABLE = (
    errors.OperationFailed,
    errors.InternalError,
    errors.AccessDenied,
    errors.InvalidState,
    errors.XmlError,
)


class Listable(Resource[RawT], Shown):
    """A handle that knows what was last read of it; displayed, it is read again."""

    def __init__(
        self,
        host: Host,
        raw: RawT,
        name: str,
        key: str,
        last_seen: Mapping[str, object] | None = None,
        again: Callable[[VirConnect, RawT], Mapping[str, object]] | None = None,
    ) -> None:
        super().__init__(host, raw, name, key)
        self._again = again
        self._see(last_seen or {})

    def _see(self, values: Mapping[str, object]) -> None:
        """Keep what was read, and when."""
        self._last_seen = values
        self._seen_at = datetime.now(UTC) if values else None

    @property
    def last_seen(self) -> Mapping[str, object]:
        """The columns of its collection's frame, as far as they were read; a change empties them."""
        return self._last_seen

    def definition_xml(self) -> str:
        """Read its definition as libvirt's XML text."""
        return self._call("read the definition of", lambda raw: _xml(raw, 0))

    def _parsed(self, kind: type[M]) -> M:
        from virtsdk import xml

        return xml.parse(self.definition_xml(), kind)

    def _change(
        self, operation: str, function: Callable[[RawT], object], timeout: float | None = None
    ) -> None:
        """Make a changing call; what was read before is outdated."""
        try:
            self._call(operation, function, changes=True, timeout=timeout)
        finally:  # what took too long may still happen
            self._see({})

    def _words(self) -> list[str]:
        """Say what was last read, for the plain repr: yes-or-no columns by their names."""
        return [
            str(value) if name in {"state", "usage"} else name
            for name, value in self._last_seen.items()
            if value is True or name in {"state", "usage"}
        ]

    # --- how it shows itself ------------------------------------------------------------

    @property
    def _read_at(self) -> datetime | None:
        return self._seen_at

    @property
    def _reading(self) -> str:
        return f"look at {self.subject}"

    def _read_again(self, timeout: float) -> None:
        again = self._again
        if again is not None:
            self._see(self._call("look at", lambda raw: again(raw.connect(), raw), timeout=timeout))

    def _in_text(self, look: Look) -> str:
        parts = [type(self).__name__, text.printable(self._name), *self._words()]
        return look.marked(f"<{' '.join(parts)}>")

    def _in_html(self, look: Look) -> str:
        shown = {
            text.label(name): text.size(_number(value)) if name.endswith("_bytes") else value
            for name, value in self._last_seen.items()
        }
        return html.view(
            html.heading(self._name, f"{self.kind}, {look.words}"),
            *([html.paragraph(look.trouble)] if look.trouble else []),
            html.outline({"host": self._host.name, **shown}),
        )


class Startable(Listable[StartableT], Identified[StartableT], Lasting[StartableT]):
    """A network or a storage pool: defined, started, stopped, started with the host."""

    def start(self) -> None:
        """Start it (libvirt's ``create``)."""
        self._change("start", lambda raw: raw.create())

    def destroy(self) -> None:
        """Stop it; its definition stays."""
        self._change("destroy", lambda raw: raw.destroy())

    def undefine(self) -> None:
        """Remove its definition."""
        self._change("undefine", lambda raw: raw.undefine())


class Listed(Collection[R], Generic[R, RawT]):
    """A collection whose frame and repr come from bulk lists.

    A kind sets `_handle_class`; `_columns`, the frame's columns after ``host`` with their dtypes; `_filters`,
    for each yes-or-no column the flag of libvirt's list that leaves only those for which it is true;
    `_key_column`, the column of the key; and `_missing`, its error where there is none.
    """

    _handle_class: type[R]
    _columns: ClassVar[Mapping[str, str]]
    _filters: ClassVar[Mapping[str, str]] = {}
    _key_column: ClassVar[str]
    _missing: ClassVar[type[NotFound]]

    # --- what a kind says of itself ------------------------------------------------------------

    @abstractmethod
    def _all(self, conn: VirConnect, flags: int) -> list[RawT]:
        """Call libvirt's list."""

    @abstractmethod
    def _find_name(self, conn: VirConnect, name: str) -> RawT:
        """Look one up by name."""

    def _find_uuid(self, conn: VirConnect, uuid: str) -> RawT:
        """Look one up by UUID; kinds without UUIDs have none."""
        del conn
        raise self._missing(f"cannot find {self._noun} {uuid!r}: it is found by name", subject=uuid)

    @abstractmethod
    def _identity(self, raw: RawT) -> tuple[str, str]:
        """Return its name and its key, without asking the host."""

    def _more(self, raw: RawT) -> dict[str, object]:
        """Read the columns of one object that no list gives."""
        del raw
        return {}

    def _glance(self, raw: RawT) -> dict[str, object]:
        """Read the columns that the repr of a single handle shows, in one call or none."""
        return self._more(raw)

    def _by_lists(self, conn: VirConnect, raws: Sequence[RawT]) -> dict[str, dict[str, object]]:
        """Read by key the columns that lists give."""
        keys = [self._key(raw) for raw in raws]
        found: dict[str, dict[str, object]] = {key: {} for key in keys}
        for column, constant in self._filters.items():
            chosen = {self._key(raw) for raw in self._all(conn, flag(constant))}
            for key in keys:
                found[key][column] = key in chosen
        return found

    # --- what follows ------------------------------------------------------------

    def _key(self, raw: RawT) -> str:
        return self._identity(raw)[1]

    def _handle(self, raw: RawT, last_seen: Mapping[str, object] | None = None) -> R:
        return self._handle_class(self._host, raw, *self._identity(raw), last_seen, self._whole)

    def _whole(self, conn: VirConnect, raw: RawT) -> Mapping[str, object]:
        """Read all columns of one object, which is still there."""
        name, key = self._identity(raw)
        if key not in {self._key(one) for one in self._all(conn, 0)}:
            raise self._missing(f"{self._noun} {name!r} is no longer on {self._place}", subject=name)
        return self._by_lists(conn, [raw])[key] | self._more(raw)

    def _list(self, timeout: float | None = None) -> list[R]:
        return self._session.call("list the", self.subject, self._read_all, timeout=timeout)

    def __len__(self) -> int:
        return self._session.call("count the", self.subject, lambda conn: len(self._all(conn, 0)))

    def _read_all(self, conn: VirConnect) -> list[R]:
        raws = self._all(conn, 0)
        known = self._by_lists(conn, raws)
        items: list[R] = []
        for raw in raws:
            name, key = self._identity(raw)
            try:
                with self._session.translated(conn, "read", f"{self._noun} {name!r}"):
                    more = self._more(raw)
            except self._missing:  # gone meanwhile
                continue
            except _UNREADABLE as error:  # it is there all the same, and so are the others
                _log.info("%s", error)
                more = {}
            items.append(self._handle(raw, known[key] | more))
        return sorted(items, key=lambda item: item.name)

    def _by_name(self, name: str) -> R:
        return self._session.call(
            "find", f"{self._noun} {name!r}", lambda conn: self._looked_at(self._find_name(conn, name))
        )

    def _by_uuid(self, uuid: str) -> R:
        return self._session.call(
            "find", f"{self._noun} {uuid}", lambda conn: self._looked_at(self._find_uuid(conn, uuid))
        )

    def _looked_at(self, raw: RawT) -> R:
        return self._handle(raw, self._glance(raw))

    def _made(self, operation: str, definition: Model | str, make: Callable[[VirConnect, str], RawT]) -> R:
        """Define or create one of a document."""
        return self._send(operation, definition, make, self._handle)

    def frame(self) -> pd.DataFrame:
        """Read all as a frame.

        Returns
        -------
        pandas.DataFrame
            One row per object: host, then the columns that the collection's docstring names.
        """
        import pandas as pd

        types = {"host": "str", **self._columns}
        rows = [
            {"host": self._host.name, self._key_column: item.key, "name": item.name, **item.last_seen}
            for item in self._read()
        ]
        return pd.DataFrame(rows, columns=pd.Index(list(types))).astype(types)

    def _glances(self, items: list[R]) -> tuple[list[str], list[list[object]]]:
        names = [name for name in self._columns if name not in {"name", self._key_column}]
        rows = [[item.name, *(_shown(name, item.last_seen.get(name)) for name in names)] for item in items]
        return ["name", *(name.removesuffix("_bytes") for name in names)], rows


def _shown(name: str, value: object) -> object:
    return text.size(_number(value)) if name.endswith("_bytes") else value


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) else None


def _xml(raw: Any, flags: int) -> str:
    return decoded(raw.XMLDesc, flags)
