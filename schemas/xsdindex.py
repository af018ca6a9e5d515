"""Facts about our own XSD that xsdata's code generator does not hand on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from schemas.tree import Node

XS = "{http://www.w3.org/2001/XMLSchema}"

INTEGERS = {
    "integer",
    "int",
    "long",
    "short",
    "unsignedInt",
    "unsignedLong",
    "unsignedShort",
    "positiveInteger",
    "nonNegativeInteger",
}

# a pattern that only numbers match, on a type that is called a string
DIGITS = re.compile(r"\(?-?\??\[0-9\]([+*]|\{\d+(,\d*)?\})?\)?")


@dataclass
class XsdIndex:
    """Simple types by name, the types of parts, the documentation and the roots."""

    simple: dict[str, Node] = field(default_factory=dict[str, Node])
    complex: dict[str, Node] = field(default_factory=dict[str, Node])
    homes: dict[str, str] = field(default_factory=dict[str, str])
    roots: dict[str, list[tuple[str, str]]] = field(default_factory=dict[str, list[tuple[str, str]]])

    @classmethod
    def read(cls, paths: Iterable[Path]) -> XsdIndex:
        """Read XSD files."""
        index = cls()
        for path in paths:
            for node in etree.parse(str(path)).getroot():
                name = node.get("name", "")
                index.homes[name] = path.stem
                if node.tag == f"{XS}simpleType":
                    index.simple[name] = node
                elif node.tag == f"{XS}complexType":
                    index.complex[name] = node
                elif node.tag == f"{XS}element":
                    index.roots.setdefault(path.stem, []).append((name, local(node.get("type", ""))))
        return index

    def enumerations(self) -> dict[str, list[str]]:
        """Return the enumerations that models show: {name: values}."""
        found: dict[str, list[str]] = {}
        for name, node in self.simple.items():
            values = [item.get("value", "") for item in node.iter(f"{XS}enumeration")]
            only = node.find(f"{XS}restriction") is not None and node.find(f"{XS}union") is None
            if len(values) > 1 and only and name[:1].isupper() and "-" not in name:
                found[name] = values
        return found

    def paths(self, name: str) -> str:
        """Return where a complex type stands in the documents."""
        node = self.complex[name].find(f"{XS}annotation/{XS}documentation")
        return (node.text or "") if node is not None else ""

    def part(self, owner: str, kind: str, name: str) -> Node | None:
        """Return the declaration of an attribute or element of a complex type."""
        for node in self.complex[owner].iter(f"{XS}{kind}"):
            if node.get("name") == name:
                return node
        return None

    def text_base(self, owner: str) -> str:
        """Return the type of the text of a complex type."""
        node = self.complex[owner].find(f"{XS}simpleContent/{XS}extension")
        return node.get("base", "") if node is not None else ""

    def type_of(self, node: Node | None) -> str | Node:
        """Return a declared type's name, or the anonymous type in place."""
        if node is None:
            return ""
        named = node.get("type") or node.get("base")
        if named:
            return named
        inner = node.find(f"{XS}simpleType")
        return inner if inner is not None else ""

    def is_integer(self, given: str | Node, as_text: Iterable[str]) -> bool:
        """Whether values of a simple type may be whole numbers; ``as_text`` names types that stay text."""
        if isinstance(given, str):
            if given.startswith("xs:"):
                return given.removeprefix("xs:") in INTEGERS
            if given in as_text or given not in self.simple:
                return False
            return self.is_integer(self.simple[given], as_text)
        for part in given:
            if part.tag == f"{XS}restriction":
                patterns = [item.get("value", "") for item in part.findall(f"{XS}pattern")]
                if patterns and all(DIGITS.fullmatch(pattern) for pattern in patterns):
                    return True
                return self.is_integer(self.type_of(part), as_text)
            if part.tag == f"{XS}union":
                members: list[str | Node] = [*part.get("memberTypes", "").split()]
                members.extend(part.findall(f"{XS}simpleType"))
                return any(self.is_integer(member, as_text) for member in members)
        return False

    def literals(self, given: str | Node) -> list[str]:
        """Return the literals that a simple type allows; none where it allows anything else too."""
        if isinstance(given, str):
            return self.literals(self.simple[given]) if given in self.simple else []
        values: list[str] = []
        for part in given:
            if part.tag == f"{XS}restriction":
                values.extend(item.get("value", "") for item in part.findall(f"{XS}enumeration"))
            if part.tag == f"{XS}union":
                members: list[str | Node] = [*part.get("memberTypes", "").split()]
                listed = [self.literals(member) for member in [*members, *part.findall(f"{XS}simpleType")]]
                if not all(listed):
                    return []
                values.extend(value for member in listed for value in member)
        return list(dict.fromkeys(values))


def local(name: str) -> str:
    """Drop the prefix of a qualified name."""
    return name.rpartition(":")[2]
