"""Names of classes, fields and enumerations: the default rules; ``naming.toml`` holds what is fixed by hand.

A class is named after its role: its element under its parent (``DiskSource``), or its element alone where
several parents share it (``Alias``) or where the parent is only a frame (``Disk`` in ``devices``).
"""

from __future__ import annotations

import keyword
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas.patterns import Name, SchemaError
from schemas.roles import Graph, Role, prefix


@dataclass(frozen=True)
class Document:
    """A kind of document: its RELAX NG file, the class of its root, the module of its models."""

    key: str
    rng: str
    class_name: str
    module: str
    stem: str


@dataclass
class Naming:
    """Contents of ``naming.toml``."""

    libvirt: str
    documents: dict[str, Document]
    frames: list[str]
    stems: dict[str, str]
    units: dict[str, str]
    order: dict[str, list[str]]
    distinct: list[str]
    classes: dict[str, str]
    words: dict[str, str]
    plurals: dict[str, str]
    fields: dict[str, str]
    enums: dict[str, str]
    enum_values: dict[str, str]
    text: list[str]
    hexadecimal: list[str]
    scaled: dict[str, str]
    sizes: dict[str, list[str]]
    firsts: list[str]
    stands: list[str]
    flags: list[str]
    ambiguous: dict[str, str]
    secret: list[str]
    removed: list[str]
    roots: dict[str, Any]
    aliases: dict[str, str]
    same: dict[str, str]
    used: set[str] = field(default_factory=set[str])

    @classmethod
    def read(cls, path: Path) -> Naming:
        """Read ``naming.toml``."""
        with path.open("rb") as file:
            data: dict[str, Any] = tomllib.load(file)
        documents = {
            key: Document(key, entry["rng"], entry["class"], entry["module"], entry.get("stem", ""))
            for key, entry in data["documents"].items()
        }
        return cls(
            libvirt=data["libvirt"],
            documents=documents,
            frames=data["frames"],
            stems=data["stems"],
            units=data["units"],
            order=data["order"],
            distinct=data["distinct"],
            classes=data["classes"],
            words=data["words"],
            plurals=data["plurals"],
            fields=data["fields"],
            enums=data["enums"],
            enum_values={" ".join(sorted(key.split())): name for key, name in data["enum_values"].items()},
            text=data["text"],
            hexadecimal=data["hexadecimal"],
            scaled=data["scaled"],
            sizes=data["sizes"],
            firsts=data["firsts"],
            stands=data["stands"],
            flags=data["flags"],
            ambiguous=data["ambiguous"],
            secret=data["secret"],
            removed=data["removed"],
            roots=data["roots"],
            aliases=data["aliases"],
            same=data["same"],
        )

    # words

    def camel(self, name: str) -> str:
        """``backingStore`` -> BackingStore, ``hard_limit`` -> HardLimit, ``iotune`` -> IoTune."""
        if name in self.words:
            return self.words[name]
        parts = [part for part in re.split(r"[^A-Za-z0-9]+", name) if part]
        return "".join(self.words.get(part, part[:1].upper() + part[1:]) for part in parts)

    def plural(self, name: str) -> str:
        """Return the name of a list of ``name``."""
        if name in self.plurals:
            return self.plurals[name]
        if re.search(r"[^aeiou]y$", name):
            return name[:-1] + "ies"
        return name + ("es" if re.search(r"(s|x|z|ch|sh)$", name) else "s")

    def field(self, owner: str, name: str, kind: str, *, namespace: str = "", many: bool = False) -> str:
        """Return the Python name of a field: snake_case, plural for a list, no keyword."""
        fixed = self.fields.get(f"{owner}.{name} {kind}") or self.fields.get(f"{owner}.{name}")
        if fixed:
            return fixed
        snake = snake_case(name)
        if many:
            snake = self.plural(snake)
        if namespace and kind == "element":
            snake = f"{prefix(namespace)}_{snake}"
        return snake + "_" if keyword.iskeyword(snake) else snake


def snake_case(name: str) -> str:
    """``currentMemory`` -> current_memory, ``tb-cache`` -> tb_cache, ``baseBoard`` -> base_board."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", name)
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name).lower()


def member_name(value: str) -> str:
    """Return the name of an enumeration's member: ``virtio-net`` -> VIRTIO_NET, ``4`` -> VALUE_4."""
    signs = value.replace("+", "_plus_") if value.endswith("+") else value
    name = re.sub(r"[^A-Za-z0-9]+", "_", signs).strip("_").upper()
    if not name:
        return "EMPTY"
    return f"VALUE_{name}" if name[0].isdigit() else name


def class_names(graph: Graph, naming: Naming) -> dict[Role, str]:  # noqa: C901 - the rules in a row
    """Name every role that needs a class; two roles of one name are an error that says what to fix."""
    names: dict[Role, str] = {}
    used: dict[str, Role] = {}
    roots = {role: naming.documents[document] for document, (_, role) in graph.roots.items()}

    def name_of(role: Role) -> str:
        if role not in names:
            names[role] = default(role)
        return names[role]

    def default(role: Role) -> str:
        for path in role.paths:
            if path in naming.classes:
                naming.used.add(path)
                return naming.classes[path]
        if role in roots:
            return roots[role].class_name
        parents = list(dict.fromkeys(parent for parent, _ in role.parents))
        element = role.parents[0][1]
        own = naming.camel(element.local)
        if element.namespace and any(parent in roots for parent in parents):
            own = naming.camel(prefix(element.namespace)) + own
        if len(parents) > 1 or any(name_of(parent) in naming.frames for parent in parents):
            return own
        return stem(parents[0], element) + own

    def stem(role: Role, child: Name) -> str:
        if role in roots:
            return roots[role].stem
        name = name_of(role)
        if name in naming.stems:
            return naming.stems[name]
        container = naming.camel(naming.plural(child.local))
        # a list element and its items: <slices><slice> gives DiskSourceSlice
        return name.removesuffix(container) or name if role.parents else name

    clashes: list[str] = []
    for role in graph:
        if not role.is_class:
            continue
        name = name_of(role)
        if name in used:
            clashes.append(f"  {name}: {used[name].paths[0]} and {role.paths[0]}")
        used.setdefault(name, role)
    if clashes:
        raise SchemaError("two roles, one name; fix it in naming.toml [classes]:\n" + "\n".join(clashes))
    unknown = set(naming.classes) - naming.used
    if unknown:
        raise SchemaError(f"naming.toml [classes] names paths that no document has: {sorted(unknown)}")
    return names


def enum_name(naming: Naming, values: list[str], define: str | None, owner: str, part: Name | str) -> str:
    """Name an enumeration: by its set of values, by its define, else by where it stands."""
    by_values = naming.enum_values.get(" ".join(sorted(values)))
    if by_values:
        return by_values
    if define:
        return naming.enums.get(define) or naming.camel(define)
    local = part if isinstance(part, str) else part.local
    return naming.enums.get(f"{owner}.{local}") or owner + naming.camel(local)
