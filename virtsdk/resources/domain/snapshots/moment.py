"""What snapshots and checkpoints share: libvirt's moments of a domain, by name, in a tree."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from operator import methodcaller
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar, cast

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect, VirDomain, VirMoment
from virtsdk.binding.session import About
from virtsdk.binding.undecoded import decoded
from virtsdk.display import html, text
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.base import Resource, raw_of
from virtsdk.resources.domain.snapshots.document import in_order
from virtsdk.resources.domain.snapshots.facts import MomentFacts
from virtsdk.resources.domain.snapshots.tree import Tree, arrange
from virtsdk.resources.figures.known_facts import forget_facts
from virtsdk.resources.listed import Listable, Listed
from virtsdk.resources.sight import Look

if TYPE_CHECKING:
    from virtsdk.model import Model
    from virtsdk.resources.domain import Domain
    from virtsdk.resources.operation import Operation

RawT = TypeVar("RawT", bound=VirMoment)
T = TypeVar("T")
MomentT = TypeVar("MomentT", bound="Moment[Any]")
_log = logging.getLogger(__name__)


class Moment(Listable[RawT]):
    """A snapshot or a checkpoint of a guest; two are equal when guest and name are.

    Attributes
    ----------
    kind, key
        As of all handles; the key is the guest's UUID and the name.
    """

    def __init__(
        self,
        domain: Domain,
        raw: RawT,
        name: str,
        last_seen: Mapping[str, object] | None = None,
        again: Callable[[VirConnect, RawT], Mapping[str, object]] | None = None,
    ) -> None:
        super().__init__(domain.host, raw, name, f"{domain.uuid}/{name}", last_seen, again)
        self._domain = domain

    @property
    def domain(self) -> Domain:
        """The guest that it is of."""
        return self._domain

    @property
    def subject(self) -> str:
        """Its name in messages: kind and name, and its guest's."""
        return f"{self.kind} {self._name!r} of {self._domain.subject}"

    @property
    def about(self) -> About:
        """Its name and its guest's UUID, as the audit log has them."""
        return About(self.subject, self._domain.uuid)

    @property
    def parent(self) -> Self | None:
        """The one that it follows; None of a root. Asks the host."""

        def read(raw: RawT) -> Self | None:
            conn = raw.connect()
            try:
                with self._session.translated(conn, "read the parent of", self.subject):
                    parent = raw.getParent(0)
            except errors.NotFound:
                self._lookup(conn)  # raises where it is itself gone
                return None
            return self._sibling(parent)

        return self._call("read the parent of", read)

    @property
    def children(self) -> list[Self]:
        """Those that follow it directly, by name; asks the host."""
        found = self._call("list the children of", lambda raw: [*map(self._sibling, raw.listAllChildren(0))])
        return sorted(found, key=lambda one: one.name)

    def definition_xml(self, *, secure: bool = False) -> str:
        """Read its document as libvirt's XML text.

        Parameters
        ----------
        secure
            With the passwords in the guest's definition; needs a connection that may write.
        """
        if secure:
            self._session.refuse_readonly("read the passwords of", self.subject)
        flags = flag(f"VIR_DOMAIN_{self.kind.upper()}_XML_SECURE") if secure else 0
        return self._call("read the definition of", lambda raw: decoded(raw.getXMLDesc, flags))

    def _sibling(self, raw: RawT) -> Self:
        """Make a handle on another of the same guest, within a call."""
        seen = None if self._again is None else self._again(raw.connect(), raw)
        return type(self)(self._domain, raw, raw.getName(), seen, self._again)

    def _change(
        self, operation: str, function: Callable[[RawT], object], timeout: float | None = None
    ) -> None:
        with changing(self._domain):
            super()._change(operation, function, timeout=timeout)

    def _words(self) -> list[str]:
        seen = self._last_seen
        words = [str(seen[name]) for name in ("kind", "state") if seen.get(name)]
        words += [text.words(seen["time"])] if seen.get("time") else []
        return words + (["current"] if seen.get("current") else [])

    def _in_text(self, look: Look) -> str:
        whose = f"{type(self).__name__} {text.printable(self._name)} of {text.printable(self._domain.name)}"
        return look.marked(f"<{', '.join([whose, *self._words()])}>")

    def _in_html(self, look: Look) -> str:
        hidden = {"domain", "domain_name", "name"}
        seen = {name: value for name, value in self._last_seen.items() if name not in hidden}
        shown = {text.label(name): text.said(name, value) for name, value in seen.items()}
        return html.view(
            html.heading(self._name, f"{self.kind} of {self._domain.name}, {look.words}"),
            *([html.paragraph(look.trouble)] if look.trouble else []),
            html.outline({"host": self._host.name, **shown}),
        )


class Moments(Listed[MomentT, RawT], Generic[MomentT, RawT]):
    """All snapshots, or all checkpoints, of a guest, in the order of their tree."""

    _key_column: ClassVar[str] = "name"

    def __init__(self, domain: Domain) -> None:
        super().__init__(domain.host)
        self._domain = domain

    # --- what a kind says of itself ------------------------------------------------------------

    @abstractmethod
    def _document(self, raw: RawT) -> str:
        """Read the document that the facts are in."""

    @abstractmethod
    def _recreate(self, domain: VirDomain, document: str, current: bool) -> RawT:
        """Tell libvirt of one that is there already."""

    def _current(self, conn: VirConnect) -> str | None:
        """Name the current one, where a kind has that."""
        del conn
        return None

    # --- what follows ------------------------------------------------------------

    @property
    def subject(self) -> str:
        """Their name in messages."""
        return f"{self._noun}s of {self._domain.subject}"

    @property
    def _place(self) -> str:
        return f"{self._domain.name} ({self._host.name})"

    def _title(self) -> str:
        title = super()._title().removesuffix(f" on {self._place}")
        return f"{title} of {self._domain.name} on {self._host.name}"

    def _bound(self, conn: VirConnect) -> VirDomain:
        return raw_of(self._domain, conn)

    def _identity(self, raw: RawT) -> tuple[str, str]:
        name = raw.getName()
        return name, f"{self._domain.uuid}/{name}"

    def _handle(self, raw: RawT, last_seen: Mapping[str, object] | None = None) -> MomentT:
        return self._handle_class(self._domain, raw, raw.getName(), last_seen, self._whole)

    def __contains__(self, key: object) -> bool:
        if isinstance(key, Resource):
            return self.find(cast("Resource[Any]", key).name) == key
        return super().__contains__(key)

    @property
    def roots(self) -> list[MomentT]:
        """Those that follow no other, by name; asks the host."""
        return sorted(
            (one for one in self._read() if one.last_seen.get("parent") is None), key=lambda one: one.name
        )

    def tree(self) -> Tree:
        """Read them as a tree, which shows itself as text and in a notebook.

        Returns
        -------
        Tree
            As it was then: ``.rows`` are in its order.
        """
        items = self._read()
        return Tree.of(self._title(), ({**one.last_seen, "name": one.name} for one in items))

    @shows_no_variables
    def redefine(
        self, definitions: Iterable[Model | str], *, current: str | None = None, timeout: float | None = None
    ) -> list[MomentT]:
        """Tell libvirt of those that are in the guest's disks already: after the guest moved to this host.

        Nothing is taken anew. What is there by the same name is replaced.

        Parameters
        ----------
        definitions
            Documents, as `definitions` gave them on the other host, in any order; with ``secure=True`` there,
            where the guest's definition has passwords.
        current
            Name of the one that is the current one; of snapshots only.
        timeout
            Seconds for each; None for the connection's own.

        Returns
        -------
        list
            Handles on them, parents first.

        Raises
        ------
        InvalidArgument
            A document is of another guest, or its parent is neither among them nor on this host.
        ValueError
            Two have one name, or none has that of `current`.
        ReadOnly
            The connection was opened read-only; nothing is sent.

        Notes
        -----
        Where one is refused those before it stay; calling this again with all of them does no harm.
        """
        operation = "redefine"
        self._session.refuse_readonly(operation, self.subject)
        return [
            self._make(
                operation,
                name,
                lambda domain, name=name, document=document: self._recreate(
                    domain, document, name == current
                ),
                timeout=timeout,
            )
            for name, document in in_order(definitions, current)
        ]

    def _make(
        self,
        operation: str,
        name: str,
        make: Callable[[VirDomain], RawT],
        *,
        timeout: float | None = None,
    ) -> MomentT:
        """Have one made; what became of it is read back."""
        subject = f"{self._noun} {name!r} of {self._domain.subject}"

        def send(conn: VirConnect) -> MomentT:
            return self._looked_at(make(self._bound(conn)))

        with changing(self._domain):
            return self._session.call(
                operation,
                subject,
                send,
                changes=True,
                timeout=timeout,
                about=lambda: About(subject, self._domain.uuid),
            )

    # --- reading ------------------------------------------------------------

    def _facts(self, raw: RawT) -> dict[str, object]:
        facts = vars(MomentFacts.of(self._document(raw)))
        whose = {"domain": self._domain.uuid, "domain_name": self._domain.name}
        return {**whose, **{name: facts[name] for name in self._columns if name in facts}}

    def _glance(self, raw: RawT) -> dict[str, object]:
        facts = self._facts(raw) | {"children": len(raw.listAllChildren(0))}
        if "current" in self._columns:
            facts["current"] = self._current(raw.connect()) == raw.getName()
        return facts

    def _whole(self, conn: VirConnect, raw: RawT) -> Mapping[str, object]:
        del conn
        return self._glance(raw)

    def _read_all(self, conn: VirConnect) -> list[MomentT]:
        found: dict[object, tuple[RawT, dict[str, object]]] = {}
        current = self._current(conn)
        for raw in self._all(conn, 0):
            name = raw.getName()
            try:
                with self._session.translated(conn, "read", f"{self._noun} {name!r}"):
                    found[name] = raw, self._facts(raw)
            except self._missing as error:  # deleted meanwhile
                _log.debug("%s", error)
        children = Counter(facts["parent"] for _, facts in found.values())
        for name, (_, facts) in found.items():
            facts["children"] = children[name]
            if "current" in self._columns:
                facts["current"] = name == current
        rows = [{**facts, "name": name} for name, (_, facts) in found.items()]
        return [self._handle(*found[row["name"]]) for _, row in arrange(rows)]

    def _glances(self, items: list[MomentT]) -> tuple[list[str], list[list[object]]]:
        names, rows = super()._glances(items)
        hidden = {"domain", "domain_name", "memory_file", "size"}
        kept = [place for place, name in enumerate(names) if name not in hidden]
        return [names[place] for place in kept], [[row[place] for place in kept] for row in rows]


@contextmanager
def changing(domain: Domain) -> Generator[None]:
    """Change a guest's moments in the block: what is known of its definition is outdated afterwards."""
    try:
        yield
    finally:
        forget_facts(domain.host, domain.uuid)


def as_job(
    domain: Domain, operation: str, run: Callable[[float | None], T], **given: Any
) -> T | Operation[T]:
    """Make a call with a job of the guest, as its ``wait=`` and ``progress=`` say; see `LongVerbs`."""
    return methodcaller("_as_job", operation, run, **given)(domain)  # by name, as below


def read_again(domain: Domain, operation: str) -> None:
    """Read what came of a change in a guest's state."""
    methodcaller("_changed", operation)(domain)  # by name: a handle shows it to nobody else
