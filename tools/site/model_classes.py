"""The classes of `virtsdk.models`: where each stands in a document, what is said of its fields."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from enum import Enum
from functools import cache
from pathlib import Path

from virtsdk import models
from virtsdk.model import Model, kinds
from virtsdk.model._fields import Kind

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "models" / "examples.py"


@cache
def classes() -> dict[str, type[Model]]:
    """Return every class of a document or of a part of one."""
    found = {name: getattr(models, name) for name in dir(models)}
    return {name: one for name, one in found.items() if isinstance(one, type) and issubclass(one, Model)}


@cache
def enumerations() -> dict[str, type[Enum]]:
    """Return every class of words."""
    found = {name: getattr(models, name) for name in dir(models)}
    return {name: one for name, one in found.items() if isinstance(one, type) and issubclass(one, Enum)}


@cache
def _parts(cls: type) -> tuple[str, str, dict[str, str]]:
    """Return what a docstring says of the class, its places, and its fields."""
    text = inspect.getdoc(cls) or ""
    head, _, tail = text.partition("\nAttributes\n----------\n")
    place = re.search(r"^Place: (.*?)\.?$(?=\n\n|\n?\Z)", head, re.MULTILINE | re.DOTALL)
    where = " ".join(place[1].split()) if place else ""
    about = head.replace(place[0], "") if place else head
    said = {
        name.strip(): " ".join(words.split())
        for names, words in re.findall(r"^(\S[^\n]*)\n((?:    [^\n]*\n?|\n)+)", tail, re.MULTILINE)
        for name in names.split(",")
    }
    return about.strip(), where, said


def about(cls: type) -> str:
    """Return what a class is."""
    return _parts(cls)[0]


def place(cls: type) -> str:
    """Return where it stands in documents, as its docstring says it; empty for what stands anywhere."""
    return _parts(cls)[1]


def paths(cls: type) -> list[str]:
    """Return the paths of a class that its docstring names, its home first."""
    where = re.sub(r" and \d+ more places?$", "", place(cls))
    return [one.strip() for part in where.split(", ") for one in part.split(" and ") if one.strip()]


@cache
def _places() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path, name in walked().items():
        found.setdefault(name, []).append(path)
    return found


@cache
def home(cls: type) -> str:
    """Return the path that a class is described at: where its name says, else its docstring's first."""
    if cls.__module__.startswith("virtsdk.model."):
        return ""  # of no document: what all have in common
    said = [*paths(cls), *_places().get(cls.__name__, [])]
    for path in said:
        parts = path.split("/")
        part = parts[2] if parts[:2] == ["domain", "devices"] and len(parts) > 2 else parts[-1]
        if parts[0] == "domain" and len(parts) > 2 and cls.__name__.lower().startswith(part.lower()):
            return path
    return said[0] if said else ""


def fields(cls: type[Model]) -> dict[str, str]:
    """Return what is said of each field, in the order of the class."""
    said = {name: text for one in reversed(cls.__mro__) for name, text in _parts(one)[2].items()}
    return {name: said.get(name, "") for name in kinds(cls)}


PREFIXES = {
    "http://libvirt.org/schemas/domain/qemu/1.0": "qemu",
    "http://libvirt.org/schemas/domain/lxc/1.0": "lxc",
    "http://libvirt.org/schemas/domain/bhyve/1.0": "bhyve",
    "http://libvirt.org/schemas/domain/xen/1.0": "xen",
    "http://libvirt.org/schemas/network/dnsmasq/1.0": "dnsmasq",
    "http://libvirt.org/schemas/storagepool/fs/1.0": "fs",
    "http://libvirt.org/schemas/storagepool/rbd/1.0": "rbd",
}


@cache
def walked() -> dict[str, str]:
    """Return the class at every path of every whole document; what holds itself is walked once."""
    found: dict[str, str] = {}
    for home in models.ROOTS.values():
        name = home.partition(":")[2]
        cls = classes()[name]
        at = paths(cls)
        if at and "/" not in at[0]:
            _walk(cls, at[0], found, (), getattr(models, name) is models.DomainDef)
    return found


def _walk(
    cls: type[Model], path: str, found: dict[str, str], above: tuple[type, ...], is_domain: bool
) -> None:
    found.setdefault(path, cls.__name__)
    if cls in above or (cls is models.DomainDef and not is_domain):
        return
    for kind in kinds(cls).values():
        for element, inner in elements(kind):
            _walk(inner, f"{path}/{element}", found, (*above, cls), is_domain)


def elements(kind: Kind) -> Iterator[tuple[str, type[Model]]]:
    """Yield the elements of a field: the name with its prefix, and the class."""
    several = kind.choices or ((kind.model,) if kind.model is not None else ())
    said = kind.metadata.get("choices") or ({"name": kind.name, **kind.metadata},)
    for one, cls in zip(said, several, strict=False):
        prefix = PREFIXES.get(str(one.get("namespace", "")), "")
        yield (f"{prefix}:{one['name']}" if prefix else str(one["name"])), cls
