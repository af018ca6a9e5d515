"""Collections of what lives beside the domains: listed in bulk, told apart by libvirt's list filters.

A kind says what it is by overriding a few methods; everything that a collection can do follows. Yes-or-no
columns (``active``, ``persistent`` ...) come from one filtered list each, whatever the number of objects.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect, VirObject, VirStartable
from virtsdk.display import html, text
from virtsdk.errors import NotFound
from virtsdk.resources.base import Collection, Lasting, Resource, as_document, subject_of

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.model import Model

RawT = TypeVar("RawT", bound=VirObject)
StartableT = TypeVar("StartableT", bound=VirStartable)
R = TypeVar("R", bound="Listable[Any]")


class Listable(Resource[RawT]):
    """A handle that shows what its collection last read of it."""

    last_read: Mapping[str, object] = {}

    @property
    @abstractmethod
    def _collection(self) -> Collection[Any]:
        """The host's collection of its kind."""

    def definition_xml(self) -> str:
        """Read its definition as libvirt's XML text."""
        return self._call("read the definition of", lambda raw: _xml(raw, 0))

    def _change(
        self, operation: str, function: Callable[[RawT], object], *, timeout: float | None = None
    ) -> None:
        """Make a changing call; what was read before is outdated."""
        self._call(operation, function, changes=True, timeout=timeout)
        self.last_read = {}
        self._collection.outdated()

    def _words(self) -> list[str]:
        """Say what was last read, for the plain repr: yes-or-no columns by their names."""
        return [
            str(value) if name in {"state", "usage"} else name
            for name, value in self.last_read.items()
            if value is True or name in {"state", "usage"}
        ]

    def __repr__(self) -> str:
        parts = [type(self).__name__, text.printable(self._name), *self._words()]
        return f"<{' '.join(parts)}>"

    def _repr_html_(self) -> str:
        shown = {
            name: text.size(_number(value)) if name.endswith("_bytes") else value
            for name, value in self.last_read.items()
        }
        return html.view(
            html.heading(self._name, self.kind), html.outline({"host": self._host.name, **shown})
        )


class Startable(Listable[StartableT], Lasting[StartableT]):
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

    Attributes
    ----------
    columns
        The frame's columns after ``host``, in order, with their dtypes.
    filters
        Yes-or-no columns: the flag of libvirt's list that leaves only those for which it is true.
    key_column
        The column that has the key.
    missing
        The kind's error where there is none.
    """

    columns: ClassVar[Mapping[str, str]]
    filters: ClassVar[Mapping[str, str]] = {}
    key_column: ClassVar[str]
    missing: ClassVar[type[NotFound]]

    @abstractmethod
    def _all(self, conn: VirConnect, flags: int) -> list[RawT]:
        """Call libvirt's list."""

    @abstractmethod
    def _find_name(self, conn: VirConnect, name: str) -> RawT:
        """Look one up by name."""

    def _find_uuid(self, conn: VirConnect, uuid: str) -> RawT:
        """Look one up by UUID; kinds without UUIDs have none."""
        del conn
        raise self.missing(f"cannot find {self.noun} {uuid!r}: it is found by name", subject=uuid)

    @abstractmethod
    def _handle(self, raw: RawT) -> R:
        """Make the handle."""

    @abstractmethod
    def _key(self, raw: RawT) -> str:
        """Give what identifies it, without a call."""

    def _more(self, conn: VirConnect, raw: RawT, known: Mapping[str, object]) -> dict[str, object]:
        """Read the columns that no list gives; for one object."""
        del conn, raw, known
        return {}

    def _list(self) -> list[R]:
        return self._session.call("list the", self.subject, self._read_all)

    def _read_all(self, conn: VirConnect) -> list[R]:
        raws = self._all(conn, 0)
        chosen = {
            column: {self._key(raw) for raw in self._all(conn, flag(constant))}
            for column, constant in self.filters.items()
        }
        items: list[R] = []
        for raw in raws:
            known: dict[str, object] = {column: self._key(raw) in keys for column, keys in chosen.items()}
            item = self._handle(raw)
            try:
                with self._session.translated(conn, "read", item.subject):
                    item.last_read = known | self._more(conn, raw, known)
            except self.missing:  # gone meanwhile
                continue
            items.append(item)
        return sorted(items, key=lambda item: item.name)

    def _by_name(self, name: str) -> R:
        return self._session.call(
            "find", f"{self.noun} {name!r}", lambda conn: self._looked_at(self._find_name(conn, name))
        )

    def _by_uuid(self, uuid: str) -> R:
        return self._session.call(
            "find", f"{self.noun} {uuid}", lambda conn: self._looked_at(self._find_uuid(conn, uuid))
        )

    def _looked_at(self, raw: RawT) -> R:
        item = self._handle(raw)
        item.last_read = self._glance(raw)
        return item

    def _glance(self, raw: RawT) -> dict[str, object]:
        """Read what the repr of a single handle shows, in one call or none."""
        del raw
        return {}

    def _made(self, operation: str, definition: Model | str, call: Callable[[VirConnect, str], RawT]) -> R:
        """Define or create one of a document."""
        document = as_document(definition)
        subject = subject_of(self.noun, document)
        raw = self._session.call(operation, subject, lambda conn: call(conn, document), changes=True)
        self.outdated()
        return self._handle(raw)

    def frame(self) -> pd.DataFrame:
        """Give all as a frame.

        Returns
        -------
        pandas.DataFrame
            One row an object: host, then the columns that the collection's docstring names.
        """
        import pandas as pd

        types = {"host": "str", **self.columns}
        rows = [
            {"host": self._host.name, self.key_column: item.key, "name": item.name, **item.last_read}
            for item in self._read()
        ]
        return pd.DataFrame(rows, columns=pd.Index(list(types))).astype(types)

    def _glances(self, items: list[R]) -> tuple[list[str], list[list[object]]]:
        names = [name for name in self.columns if name not in {"name", self.key_column}]
        rows = [[item.name, *(_shown(name, item.last_read.get(name)) for name in names)] for item in items]
        return ["name", *(name.removesuffix("_bytes") for name in names)], rows


def _shown(name: str, value: object) -> object:
    return text.size(_number(value)) if name.endswith("_bytes") else value


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) else None


def _xml(raw: Any, flags: int) -> str:
    return raw.XMLDesc(flags)
