"""Read RELAX NG files into patterns: include with overrides, combine, nested grammars.

Only the XML syntax of RELAX NG is read (https://relaxng.org/spec-20011203.html). Every construct is either
understood or refused with its file and line; nothing is skipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from lxml import etree

from schemas.patterns import (
    AnyName,
    Attribute,
    Choice,
    Data,
    Element,
    Empty,
    Grammar,
    Group,
    ListOf,
    Name,
    NameClass,
    NotAllowed,
    Pattern,
    Ref,
    Repeat,
    SchemaError,
    Text,
    Value,
    Where,
)
from schemas.tree import Node

RNG = "http://relaxng.org/ns/structure/1.0"
ANNOTATIONS = "http://relaxng.org/ns/compatibility/annotations/1.0"  # words for people, and default values
XML = "http://www.w3.org/XML/1998/namespace"
START = "(start)"


def load(path: Path) -> Grammar:
    """Read one RELAX NG file, whose root is a grammar, and all that it includes."""
    grammar = Grammar()
    _Reader(path).grammar(_root(path), grammar, frozenset())
    return grammar


def start(grammar: Grammar) -> Pattern:
    """Return what a document of this grammar starts with."""
    return grammar.pattern(START, Where("?", 0))


def _root(path: Path) -> Node:
    # no network, no entities: a schema is input like any other
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.parse(str(path), parser).getroot()
    except (OSError, etree.XMLSyntaxError) as exc:
        raise SchemaError(f"{path.name}: {exc}") from exc
    for note in list(root.iter(f"{{{ANNOTATIONS}}}*")):
        parent = note.getparent()
        if parent is not None:
            parent.remove(note)
    return root


class _Reader:
    """Reads one file; an include opens a reader of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def where(self, node: Node) -> Where:
        return Where(self.path.name, node.sourceline or 0)

    def refuse(self, node: Node, what: str) -> SchemaError:
        return SchemaError(f"{self.where(node)}: {what}")

    def tag(self, node: Node) -> str:
        name = etree.QName(node)
        if name.namespace != RNG:
            raise self.refuse(node, f"an element of a foreign namespace: {node.tag}")
        return name.localname

    # grammar content

    def grammar(self, node: Node, grammar: Grammar, overridden: frozenset[str]) -> set[str]:
        """Add the content of a grammar or div to ``grammar``; return the names that were met."""
        if self.tag(node) not in ("grammar", "div"):
            raise self.refuse(node, f"a grammar was expected, not {self.tag(node)}")
        return self._components(node, grammar, overridden)

    def _components(self, node: Node, grammar: Grammar, overridden: frozenset[str]) -> set[str]:
        met: set[str] = set()
        for child in node:
            tag = self.tag(child)
            if tag in ("define", "start"):
                name = START if tag == "start" else self._required(child, "name")
                met.add(name)
                if name not in overridden:
                    grammar.add(name, child.get("combine"), self._content(child, grammar))
            elif tag == "div":
                met |= self._components(child, grammar, overridden)
            elif tag == "include":
                met |= self._include(child, grammar, overridden)
            else:
                raise self.refuse(child, f"{tag} is not known inside a grammar")
        return met

    def _include(self, node: Node, grammar: Grammar, overridden: frozenset[str]) -> set[str]:
        path = self.path.parent / self._required(node, "href")
        names = frozenset(self._override_names(node))
        other = _Reader(path)
        met = other.grammar(_root(path), grammar, overridden | names)
        missing = names - met
        if missing:
            raise self.refuse(node, f"overrides of what {path.name} does not define: {sorted(missing)}")
        return met | self._components(node, grammar, overridden)

    def _override_names(self, node: Node) -> Iterator[str]:
        for child in node:
            tag = self.tag(child)
            if tag == "div":
                yield from self._override_names(child)
            elif tag == "start":
                yield START
            elif tag == "define":
                yield self._required(child, "name")
            else:
                raise self.refuse(child, f"{tag} is not known inside an include")

    # patterns

    def _content(self, node: Node, grammar: Grammar, skip: int = 0) -> Pattern:
        return self._group(node, list(node)[skip:], grammar)

    def _group(
        self, node: Node, children: Iterable[Node], grammar: Grammar, *, ordered: bool = True
    ) -> Pattern:
        parts = tuple(self._pattern(child, grammar) for child in children)
        if not parts:
            raise self.refuse(node, f"{self.tag(node)} has no content")
        return parts[0] if len(parts) == 1 else Group(self.where(node), parts, ordered)

    def _pattern(self, node: Node, grammar: Grammar) -> Pattern:  # noqa: C901 - one branch a construct
        where, tag = self.where(node), self.tag(node)
        match tag:
            case "empty":
                return Empty(where)
            case "notAllowed":
                return NotAllowed(where)
            case "text":
                return Text(where)
            case "value":
                return Value(where, node.get("type") or "token", node.text or "")
            case "data":
                return self._data(node, grammar)
            case "list":
                return ListOf(where, self._content(node, grammar))
            case "group" | "interleave":
                return self._group(node, node, grammar, ordered=tag == "group")
            case "mixed":
                return Group(where, (Text(where), self._content(node, grammar)), ordered=False)
            case "choice":
                return Choice(where, tuple(self._pattern(child, grammar) for child in node))
            case "optional":
                return Choice(where, (self._content(node, grammar), Empty(where)))
            case "zeroOrMore":
                return Repeat(where, self._content(node, grammar), 0)
            case "oneOrMore":
                return Repeat(where, self._content(node, grammar), 1)
            case "element" | "attribute":
                return self._named(node, grammar)
            case "ref":
                return Ref(where, grammar, self._required(node, "name"))
            case "parentRef":
                if grammar.parent is None:
                    raise self.refuse(node, "parentRef outside a nested grammar")
                return Ref(where, grammar.parent, self._required(node, "name"))
            case "grammar":
                nested = Grammar(parent=grammar)
                self.grammar(node, nested, frozenset())
                return nested.pattern(START, where)
            case "externalRef":
                return self._external(node)
            case _:
                raise self.refuse(node, f"{tag} is not a known pattern")

    def _external(self, node: Node) -> Pattern:
        path = self.path.parent / self._required(node, "href")
        root, other = _root(path), _Reader(path)
        if other.tag(root) == "grammar":
            return start(load(path))
        return other._pattern(root, Grammar())

    def _data(self, node: Node, grammar: Grammar) -> Data:
        params: list[tuple[str, str]] = []
        excepted: Pattern | None = None
        for child in node:
            match self.tag(child):
                case "param":
                    params.append((self._required(child, "name"), child.text or ""))
                case "except":
                    inner = tuple(self._pattern(part, grammar) for part in child)
                    excepted = Choice(self.where(child), inner)
                case other:
                    raise self.refuse(child, f"{other} is not known inside data")
        return Data(self.where(node), self._required(node, "type"), tuple(params), excepted)

    def _named(self, node: Node, grammar: Grammar) -> Pattern:
        where, tag = self.where(node), self.tag(node)
        attribute = tag == "attribute"
        written = node.get("name")
        if written is not None:
            names: tuple[NameClass, ...] = (self._qname(node, written, attribute),)
            children = list(node)
        else:
            children = list(node)
            if not children:
                raise self.refuse(node, f"{tag} has no name")
            names = self._name_class(children.pop(0), attribute)
        if children:
            content = self._group(node, children, grammar)
        elif attribute:
            content = Text(where)  # the default of RELAX NG
        else:
            raise self.refuse(node, "element has no content")
        kind = Attribute if attribute else Element
        parts = tuple(kind(where, name, content) for name in names)
        return parts[0] if len(parts) == 1 else Choice(where, parts)

    def _name_class(self, node: Node, attribute: bool) -> tuple[NameClass, ...]:
        match self.tag(node):
            case "name":
                return (self._qname(node, (node.text or "").strip(), attribute),)
            case "anyName":
                return (AnyName(None, self._excepted(node, attribute)),)
            case "nsName":
                return (AnyName(self._namespace(node), self._excepted(node, attribute)),)
            case "choice":
                return tuple(name for child in node for name in self._name_class(child, attribute))
            case other:
                raise self.refuse(node, f"{other} is not a known name class")

    def _excepted(self, node: Node, attribute: bool) -> tuple[NameClass, ...]:
        names: list[NameClass] = []
        for child in node:
            if self.tag(child) != "except":
                raise self.refuse(child, f"{self.tag(child)} is not known inside {self.tag(node)}")
            for name in child:
                names.extend(self._name_class(name, attribute))
        return tuple(names)

    def _qname(self, node: Node, written: str, attribute: bool) -> Name:
        written = written.strip()
        prefix, colon, local = written.partition(":")
        if colon:
            namespace = XML if prefix == "xml" else node.nsmap.get(prefix)
            if namespace is None:
                raise self.refuse(node, f"the prefix of {written!r} is not bound")
            return Name(namespace, local)
        if attribute and node.get("name") is not None:
            return Name(node.get("ns") or "", written)  # an attribute's name inherits no namespace
        return Name(self._namespace(node), written)

    def _namespace(self, node: Node) -> str:
        for place in (node, *node.iterancestors()):
            namespace = place.get("ns")
            if namespace is not None:
                return namespace
        return ""

    def _required(self, node: Node, name: str) -> str:
        value = node.get(name)
        if value is None:
            raise self.refuse(node, f"{self.tag(node)} has no @{name}")
        return value.strip()
