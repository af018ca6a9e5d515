"""Value patterns -> XSD simple types: enumerations, patterns, unions; each with its declared name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml import etree

from schemas.content import Identity, flat
from schemas.naming import Naming, enum_name
from schemas.patterns import (
    Choice,
    Data,
    Empty,
    Group,
    ListOf,
    Name,
    Pattern,
    Ref,
    Repeat,
    SchemaError,
    Text,
    Value,
)
from schemas.tree import Node

XS = "http://www.w3.org/2001/XMLSchema"

# facets that mean the same in RELAX NG's XML Schema datatypes and in XSD
FACETS = {
    *("minInclusive", "maxInclusive", "minExclusive", "maxExclusive"),
    *("length", "minLength", "maxLength", "totalDigits", "fractionDigits"),
}


@dataclass
class SimpleType:
    """A declared simple type."""

    name: str
    node: Node
    needs: set[str] = field(default_factory=set[str])  # names of other simple types that it refers to
    users: set[str] = field(default_factory=set[str])  # documents


@dataclass
class Reference:
    """Type of a declaration: by name, or by an anonymous simple type in place."""

    name: str | None = None
    node: Node | None = None
    needs: set[str] = field(default_factory=set[str])

    def put(self, owner: Node, attribute: str) -> None:
        """Say the type on ``owner``: as an attribute where it has a name, else as a child."""
        if self.name is not None:
            owner.set(attribute, self.name)
        elif self.node is not None:
            owner.insert(0, self.node)


class SimpleTypes:
    """All simple types of all documents, made on first use."""

    def __init__(self, identity: Identity, naming: Naming) -> None:
        self._identity = identity
        self._naming = naming
        self.declared: dict[str, SimpleType] = {}
        self._by_identity: dict[str, str] = {}
        self._values: dict[str, tuple[str, ...]] = {}  # enumeration -> its values, to refuse two of one name

    def reference(
        self, patterns: Iterable[Pattern], owner: str, part: Name | str, *, may_be_empty: bool = False
    ) -> Reference:
        """Return the type of an attribute or text with these alternatives.

        Raises
        ------
        SchemaError
            The XSD has no form for a value; the message names class and field, then file and line.
        """
        given = tuple(patterns)
        alternatives = flat(given)
        if not alternatives or any(isinstance(item, Text) for item in alternatives):
            return Reference("xs:string")
        literals = _literals(alternatives)
        if literals is not None:
            values = list(dict.fromkeys([*literals, ""] if may_be_empty else literals))
            define = _define(given)
            if len(values) > 1:
                return self._enumeration(values, define, owner, part)
            return Reference(node=_enumeration_node(values))
        try:
            return self._union(given, may_be_empty)
        except SchemaError as error:  # it says file and line; of which class, only who asks knows
            field = part if isinstance(part, str) else part.local
            place = ".".join(filter(None, (owner, field)))
            raise SchemaError(f"{place}: {error}" if place else str(error)) from error

    # enumerations

    def _enumeration(self, values: list[str], define: Ref | None, owner: str, part: Name | str) -> Reference:
        name = enum_name(self._naming, values, define.name if define else None, owner, part)
        known = self._values.get(name)
        if known is not None and set(known) != set(values) and define is not None:
            name = enum_name(self._naming, values, None, owner, part)
            known = self._values.get(name)
        if known is not None and set(known) != set(values):
            raise SchemaError(
                f"two enumerations are called {name}; name one in naming.toml [enums] as "
                f'"{owner}.{part if isinstance(part, str) else part.local}"'
            )
        if known is None:
            self._values[name] = tuple(values)
            node = _enumeration_node(values)
            node.set("name", name)
            self._declare(name, node, set())
        return Reference(name, needs={name})

    # everything else

    def _union(self, patterns: tuple[Pattern, ...], may_be_empty: bool) -> Reference:
        members: list[str] = []
        inline: list[Node] = []
        literals: list[str] = [""] if may_be_empty else []
        needs: set[str] = set()
        for item in _alternatives(patterns):
            match item:
                case Ref():
                    name = self._named(item)
                    members.append(name)
                    needs.add(name)
                case Value():
                    literals.append(_token(item))
                case Empty():
                    literals.append("")
                case Data():
                    inline.append(_data(item))
                case ListOf():
                    reference = self.reference(_items(item.content), "", "")
                    needs |= reference.needs
                    node = _simple()
                    reference.put(etree.SubElement(node, f"{{{XS}}}list"), "itemType")
                    inline.append(node)
                case _:
                    raise SchemaError(f"{item.where}: {type(item).__name__} cannot be a value")
        members = list(dict.fromkeys(members))
        if literals:
            inline.append(_enumeration_node(list(dict.fromkeys(literals))))
        if len(members) == 1 and not inline:
            return Reference(members[0], needs=needs)
        if len(inline) == 1 and not members:
            return Reference(node=inline[0])
        node = _simple()
        union = etree.SubElement(node, f"{{{XS}}}union")
        if members:
            union.set("memberTypes", " ".join(members))
        union.extend(inline)
        return Reference(node=node, needs=needs)

    def _named(self, ref: Ref) -> str:
        """Declare the define of a value once; one name for two values: the file's name before the second."""
        target = ref.target()
        key = self._identity.of(target)
        if key in self._by_identity:
            return self._by_identity[key]
        name = ref.name
        if name in self.declared or name in self._values:
            name = f"{target.where.file.removesuffix('.rng')}-{ref.name}"
        self._by_identity[key] = name
        reference = self._union((target,), may_be_empty=False)
        if reference.node is not None:
            node = reference.node
        else:
            node = _simple()
            etree.SubElement(node, f"{{{XS}}}restriction").set("base", reference.name or "xs:string")
        node.set("name", name)
        self._declare(name, node, reference.needs)
        return name

    def _declare(self, name: str, node: Node, needs: set[str]) -> None:
        if name in self.declared:
            raise SchemaError(f"two simple types are called {name}")
        self.declared[name] = SimpleType(name, node, needs)

    def declare(self, name: str, reference: Reference) -> Reference:
        """Give an anonymous type a name."""
        if reference.node is not None and name not in self.declared:
            reference.node.set("name", name)
            self._declare(name, reference.node, reference.needs)
        return Reference(name, needs={name})

    def use(self, names: Iterable[str], document: str) -> None:
        """Note that a document uses these types, and all that they refer to."""
        for name in names:
            declared = self.declared[name]
            if document not in declared.users:
                declared.users.add(document)
                self.use(declared.needs, document)


def _items(pattern: Pattern) -> tuple[Pattern, ...]:
    """Return what the items of a list may be; how many of which is not kept."""
    match pattern:
        case Repeat():
            return _items(pattern.content)
        case Group() | Choice():
            return tuple(item for part in pattern.parts for item in _items(part))
        case _:
            return (pattern,)


def _alternatives(patterns: Iterable[Pattern]) -> list[Pattern]:
    """Take choices apart, but keep references to defines."""
    result: list[Pattern] = []
    for pattern in patterns:
        if isinstance(pattern, Choice):
            result.extend(_alternatives(pattern.parts))
        elif isinstance(pattern, Ref) and isinstance(pattern.target(), Ref):
            result.extend(_alternatives((pattern.target(),)))
        else:
            result.append(pattern)
    return result


def _define(patterns: tuple[Pattern, ...]) -> Ref | None:
    """Return the one define that the alternatives are, if they are one."""
    refs = [item for item in patterns if isinstance(item, Ref)]
    keys = {ref.name for ref in refs}
    return refs[0] if len(refs) == len(patterns) and len(keys) == 1 else None


def _literals(alternatives: list[Pattern]) -> list[str] | None:
    """Return the literals, where there are only literals."""
    values: list[str] = []
    for item in alternatives:
        if isinstance(item, Value):
            values.append(_token(item))
        elif isinstance(item, Empty):
            values.append("")
        else:
            return None
    return values


def _token(value: Value) -> str:
    return value.text if value.type == "string" else " ".join(value.text.split())


def _simple() -> Node:
    return etree.Element(f"{{{XS}}}simpleType", nsmap={"xs": XS})


def _enumeration_node(values: list[str]) -> Node:
    node = _simple()
    restriction = etree.SubElement(node, f"{{{XS}}}restriction", {"base": "xs:token"})
    for value in values:
        etree.SubElement(restriction, f"{{{XS}}}enumeration", {"value": value})
    return node


def _data(data: Data) -> Node:
    """Facets of one data pattern; each further pattern is a restriction of its own, since all must hold."""
    patterns = [value for name, value in data.params if name == "pattern"]
    node = _simple()
    restriction = etree.SubElement(node, f"{{{XS}}}restriction", {"base": f"xs:{data.type}"})
    for name, _ in data.params:
        if name != "pattern" and name not in FACETS:
            raise SchemaError(f"{data.where}: the facet {name} is not known")
    for name, value in data.params:
        if name != "pattern":
            etree.SubElement(restriction, f"{{{XS}}}{name}", {"value": value})
    for index, pattern in enumerate(patterns):
        if index:
            outer = _simple()
            restriction = etree.SubElement(outer, f"{{{XS}}}restriction")
            restriction.append(node)
            node = outer
        etree.SubElement(restriction, f"{{{XS}}}pattern", {"value": pattern})
    if data.excepted is not None:
        literals = _literals(flat([data.excepted]))
        if literals is None:
            raise SchemaError(f"{data.where}: only literals can be excepted")
        tests = " and ".join(f"$value != '{value}'" for value in literals)
        etree.SubElement(restriction, f"{{{XS}}}assertion", {"test": tests})
    return node
