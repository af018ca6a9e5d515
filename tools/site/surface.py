"""The public surface: which names there are, and the classes that people reach by attributes of them."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
import tomllib
import typing
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

THEMES = Path(__file__).resolve().parents[2] / "docs" / "reference" / "themes.toml"
MODULES = (
    "virtsdk",
    "virtsdk.capacity",
    "virtsdk.capacity.synthetic",
    "virtsdk.display.charts",
    "virtsdk.errors",
    "virtsdk.events",
    "virtsdk.fleet",
    "virtsdk.lab",
    "virtsdk.stats",
    "virtsdk.units",
    "virtsdk.widgets",
    "virtsdk.xml",
)
"""Every module that people import from, but for `virtsdk.models`, whose classes have pages of their own."""

INNER = {
    "virtsdk.binding.session.Session",
    "virtsdk.binding.upkeep.turns.Turns",
    "virtsdk.resources.domain.core.DomainCore",  # a Domain, as far as its parts need one
}
"""Classes that a public name gives and that are nobody's business."""


@dataclass
class Entry:
    """A name that is documented.

    Attributes
    ----------
    module, name
        Where people import it from; where it lives, for what they reach by an attribute.
    value
        The object.
    aliases
        The other dotted names of it.
    reached
        The members that give it, for what is not imported: ``Domain.snapshots``.
    """

    module: str
    name: str
    value: Any
    aliases: list[str] = field(default_factory=list[str])
    reached: list[str] = field(default_factory=list[str])

    @property
    def full(self) -> str:
        """The dotted name."""
        return f"{self.module}.{self.name}"


@dataclass
class Theme:
    """A page of the reference; its fields are those of docs/reference/themes.toml."""

    id: str
    title: str
    says: str
    names: list[str]
    below: list[str]
    modules: list[str] = field(default_factory=list[str])
    entries: list[Entry] = field(default_factory=list[Entry])


def public_names(module: str) -> list[str]:
    """Return the public names of a module, modules among them too."""
    return [one for one in importlib.import_module(module).__all__ if not one.startswith("__")]


def members(kind: type) -> Iterator[tuple[type, str, Any]]:
    """Yield what a class and its own bases inside virtsdk define and people use: who, name, descriptor."""
    seen: set[str] = set()
    listed = {id(one.value) for one in _public().values()}
    passed: set[type] = set()
    for owner in kind.__mro__:
        if owner is not kind and id(owner) in listed:
            passed |= set(owner.__mro__)  # it has an entry of its own
        if owner in passed or not owner.__module__.startswith("virtsdk"):
            continue
        for name, value in vars(owner).items():
            if name.startswith("_") or name in seen:
                continue
            if _is_member(value) and inspect.getdoc(
                getattr(kind, name, value) if _is_plain(value) else value
            ):
                seen.add(name)
                yield owner, name, value


def _is_plain(value: object) -> bool:
    return isinstance(value, (FunctionType, classmethod, staticmethod))


def _is_member(value: object) -> bool:
    if isinstance(value, type):
        return False
    return (
        _is_plain(value) or (inspect.isdatadescriptor(value) and hasattr(value, "fget")) or _is_cached(value)
    )


def _is_cached(value: object) -> bool:
    return type(value).__name__ == "cached_property"


def function(value: Any) -> Any:
    """Return the function behind a member."""
    for name in ("fget", "__func__", "func"):
        if hasattr(value, name):
            return getattr(value, name)
    return value


@cache
def _public() -> dict[str, Entry]:
    """Return every name that is imported, by its dotted name; the module that is nearest to it wins."""
    found: dict[int, Entry] = {}
    order = sorted(
        MODULES, key=lambda one: one == "virtsdk"
    )  # virtsdk's names are at home elsewhere, if anywhere
    kept: dict[str, Entry] = {}
    for module in order:
        loaded = importlib.import_module(module)
        for name in public_names(module):
            value = getattr(loaded, name)
            if isinstance(value, ModuleType):
                continue
            entry = found.get(id(value)) if callable(value) and not isinstance(value, str) else None
            if entry is not None and entry.name == name:
                entry.aliases.append(f"{module}.{name}")
                continue
            entry = Entry(module, name, value)
            found[id(value)] = kept[entry.full] = entry
    return kept


@cache
def documented() -> dict[str, Entry]:
    """Return every entry by its dotted name: what is imported, and what is reached from there."""
    entries = dict(_public())
    by_value = {id(one.value): one for one in entries.values()}
    waiting = list(entries.values())
    while waiting:
        entry = waiting.pop(0)
        for said, kind in _given(entry):
            if not _is_ours(kind):
                continue
            there = by_value.get(id(kind))
            if there is None:
                there = Entry(kind.__module__, kind.__name__, kind)
                entries[there.full] = by_value[id(kind)] = there
                waiting.append(there)
            own = said.startswith(f"{there.name}.")
            if there.full not in _public() and said not in there.reached and not own:
                there.reached.append(said)
    return entries


def _is_ours(kind: type) -> bool:
    home = kind.__module__
    return (
        home.startswith("virtsdk.")
        and not home.startswith(("virtsdk.models", "virtsdk.model.", "virtsdk.cli"))
        and f"{home}.{kind.__name__}" not in INNER
        and not kind.__name__.startswith("_")
        and not getattr(kind, "_is_protocol", False)
    )


def _given(entry: Entry) -> Iterator[tuple[str, type]]:
    """Yield the classes that calling an entry, or its members, gives."""
    if isinstance(entry.value, type):
        for owner, name, value in members(entry.value):
            for kind in _classes(function(value), owner):
                yield f"{entry.name}.{name}", kind
        for name, kind in _fields(entry.value):
            yield f"{entry.name}.{name}", kind
    elif callable(entry.value):
        for kind in _classes(entry.value, None):
            yield entry.name, kind


def _fields(kind: type) -> Iterator[tuple[str, type]]:
    for owner in kind.__mro__:
        if owner.__module__.startswith("virtsdk"):
            for name, annotation in vars(owner).get("__annotations__", {}).items():
                if not name.startswith("_"):
                    for found in named(str(annotation), owner.__module__):
                        yield name, found


def _classes(called: Any, owner: type | None) -> Iterator[type]:
    said = getattr(called, "__annotations__", {}).get("return")
    if said is not None:
        module = getattr(called, "__module__", None) or (owner.__module__ if owner else "")
        yield from named(str(said), module)


def named(annotation: str, module: str) -> Iterator[type]:
    """Yield the classes that an annotation in a module names, those imported for types alone too."""
    for word in re.findall(r"\b[A-Z]\w+", annotation):
        value = lookup(module, word)
        if isinstance(value, type):
            yield value


def lookup(module: str, word: str) -> Any:
    """Return what a name means in a module, one imported for types alone too; None for nothing."""
    value = getattr(sys.modules.get(module), word, None)
    if value is None and (home := _imports(module).get(word)):
        value = getattr(importlib.import_module(home), word, None)
    if value is None and module in sys.modules:
        value = _aliases(module).get(word)
    return value


@cache
def _aliases(module: str) -> dict[str, Any]:
    """Return the aliases of types that a module has for type checkers alone."""
    path = getattr(sys.modules[module], "__file__", None)
    found: dict[str, Any] = {}
    for node in ast.walk(ast.parse(Path(path).read_text(encoding="utf-8"))) if path else ():
        said = ast.unparse(node.value) if isinstance(node, (ast.AnnAssign, ast.Assign)) and node.value else ""
        if said.startswith("Literal["):
            named = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]  # pyright: ignore
            if isinstance(named, ast.Name):
                found[named.id] = typing.Literal[tuple(ast.literal_eval(f"[{said[8:-1]}]"))]  # type: ignore
    return found


@cache
def _imports(module: str) -> dict[str, str]:
    """Return the names that a module imports, wherever, and from which module."""
    path = getattr(sys.modules.get(module), "__file__", None)
    if not path:
        return {}
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    return {
        alias.asname or alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


def home_of(module: str, name: str) -> str:
    """Return the module in which a name that another takes from it is made."""
    while (there := _imports(module).get(name)) is not None:
        module = there
    return module


def themes() -> list[Theme]:
    """Return the pages of the reference, each with its entries in order; the errors have another page."""
    pages = [Theme(**one) for one in tomllib.loads(THEMES.read_text(encoding="utf-8"))["theme"]]
    entries = documented()
    by_name = {alias: one for one in entries.values() for alias in (one.full, *one.aliases)}
    placed: set[str] = set()
    for page in pages:
        for name in page.names:
            if name in MODULES and name != "virtsdk":
                if not any(name in each.modules for each in pages):
                    page.modules.append(name)
                these = [by_name[f"{name}.{one}"] for one in public_names(name) if f"{name}.{one}" in by_name]
            else:
                these = [by_name[name]]
            for one in these:
                if one.full not in placed:
                    placed.add(one.full)
                    page.entries.append(one)
    for one in entries.values():
        if one.full not in placed and one.module != "virtsdk.errors":
            page = max(pages, key=lambda page: _fit(page, one.value.__module__))
            page.entries.append(one)
    return pages


def _fit(page: Theme, module: str) -> int:
    return max((len(one) for one in page.below if f"{module}.".startswith(f"{one}.")), default=0)
