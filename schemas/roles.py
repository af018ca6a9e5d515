"""The graph of element types: every role an element plays, found from the documents' roots.

A type is the content of all elements of one name under one parent. Two roles are one type only where RELAX NG
shares the ``define`` (or the element), all the way down; see ``content.Identity``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from schemas.content import Content, Identity, content_of, element_content
from schemas.patterns import Element, Name, Pattern, Ref, SchemaError

SCALED = "scaledInteger"  # libvirt's define of a number with a unit


@dataclass(eq=False)
class Role:
    """One element type, with where it is used."""

    key: frozenset[str]
    content: Content
    elements: tuple[Element, ...]
    children: dict[Name, Role] = field(default_factory=dict[Name, "Role"])
    parents: list[tuple[Role, Name]] = field(default_factory=list[tuple["Role", Name]])
    paths: list[str] = field(default_factory=list[str])
    documents: list[str] = field(default_factory=list[str])

    @property
    def is_plain(self) -> bool:
        """Whether it is an element of text alone."""
        return bool(self.content.text) and not self._has_parts

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be in it: its presence is what it says."""
        return not self.content.text and not self._has_parts

    @property
    def is_free(self) -> bool:
        """Whether anything can be in it."""
        return self.content.any_child and not self.content.children

    @property
    def is_class(self) -> bool:
        """Whether it needs a class of its own."""
        return not (self.is_plain or self.is_empty)

    @property
    def _has_parts(self) -> bool:
        content = self.content
        return bool(content.attributes or content.children or content.any_attribute or content.any_child)


@dataclass
class Graph:
    """All roles of all documents."""

    identity: Identity
    units: dict[str, str]
    distinct: frozenset[str]
    roots: dict[str, tuple[Name, Role]] = field(default_factory=dict[str, tuple[Name, Role]])
    roles: dict[frozenset[str], Role] = field(default_factory=dict[frozenset[str], Role])

    def __iter__(self) -> Iterator[Role]:
        return iter(self.roles.values())


def build(starts: dict[str, Pattern], units: dict[str, str], distinct: Iterable[str]) -> Graph:
    """Return the graph of the documents: {document: what it starts with}.

    ``units`` splits the scaled integers by element, or ``parent/element``: the unit that is meant where none
    is written. The elements in ``distinct`` share no type with an element of another name.
    """
    graph = Graph(Identity(starts.values()), units, frozenset(distinct))
    for document, start in starts.items():
        content = content_of(start)
        if content is None or len(content.children) != 1:
            raise SchemaError(f"{start.where}: {document} does not start with one element")
        ((name, use),) = content.children.items()
        root = _role(graph, name, use.elements)
        graph.roots[document] = (name, root)
        _expand(graph, document, root, name.local)
    return graph


def _role(graph: Graph, name: Name, elements: tuple[Element, ...], parent: str = "") -> Role:
    key = frozenset(graph.identity.content_key(element) for element in elements)
    if any(isinstance(e.content, Ref) and e.content.name == SCALED for e in elements):
        unit = graph.units.get(f"{parent}/{name.local}") or graph.units.get(name.local, "bytes")
        key |= {f"unit {unit}"}
    if name.local in graph.distinct:
        key |= {f"element {name.local}"}
    role = graph.roles.get(key)
    if role is None:
        role = graph.roles[key] = Role(key, element_content(elements), elements)
        for below, use in role.content.children.items():
            child = _role(graph, below, use.elements, name.local)
            role.children[below] = child
            child.parents.append((role, below))
    return role


def _expand(graph: Graph, document: str, root: Role, path: str) -> None:
    """Walk breadth first, so that the first path of a role is its shortest."""
    queue = [(root, path)]
    met: set[frozenset[str]] = set()
    while queue:
        role, here = queue.pop(0)
        role.paths.append(here)
        if role.key in met:
            continue
        met.add(role.key)
        role.documents.append(document)
        queue.extend((child, f"{here}/{label(name)}") for name, child in role.children.items())


def label(name: Name) -> str:
    """Write a name in a path; a foreign namespace shows as its last word (``qemu:commandline``)."""
    if not name.namespace:
        return name.local
    return f"{prefix(name.namespace)}:{name.local}"


def prefix(namespace: str) -> str:
    """Return the short word of a namespace: ``http://libvirt.org/schemas/domain/qemu/1.0`` -> qemu."""
    return namespace.rstrip("/").split("/")[-2]
