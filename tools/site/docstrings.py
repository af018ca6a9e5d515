"""Docstrings on their way into a page: types beside parameters, short signatures, names that mean one."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import typing
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from docutils.nodes import Element
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import logging

from tools.site import surface
from tools.site.surface import function

LOGGER = logging.getLogger(__name__)
UNDERLINE = re.compile(r"^-{3,}$")
LONG = 90
"""Characters of a type that still reads well."""

FEW = 7
"""Words of a type that are spelt out."""


def connect(app: Sphinx) -> None:
    """Hook into autodoc, before numpydoc."""
    app.connect("autodoc-process-docstring", add_types, priority=100)
    app.connect("autodoc-process-signature", shorten, priority=900)
    app.connect("object-description-transform", add_type)


def shorten(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str | None, returned: str | None
) -> tuple[str, str | None] | None:
    """Drop the signature of a class that nobody makes by hand; say a type that no section says."""
    if signature is None:
        return None
    if what in ("class", "exception"):
        return (signature, None) if _is_made_by_hand(obj) else ("", None)
    text = inspect.getdoc(function(obj)) or ""
    signature = re.sub(r"<[^<>]* object at 0x\w+>", "...", signature)
    gives = types(obj).get("return")
    has = re.search(r"^(Returns|Yields)\n---", text, re.MULTILINE)
    return signature, None if has or gives in (None, "None") else gives


def _is_made_by_hand(kind: Any) -> bool:
    return bool(re.search(r"^\s*Parameters\n\s*---", kind.__doc__ or "", re.MULTILINE))


def add_types(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Write the type of each parameter and attribute beside it, as the source has it."""
    known = types(obj)
    inside = False
    for position, line in enumerate(lines):
        following = lines[position + 1] if position + 1 < len(lines) else ""
        if UNDERLINE.match(following):
            inside = line in ("Parameters", "Attributes", "Other Parameters")
            continue
        if not inside or not line or line[0] in " -" or " : " in line:
            continue
        said = [known.get(one.strip().lstrip("*")) for one in line.split(",")]
        if said[0] and all(one == said[0] for one in said):
            lines[position] = f"{line} : {said[0]}"


def types(obj: Any) -> dict[str, str]:
    """Return the types of an object's parameters and fields, by name."""
    found: dict[str, str] = {}
    if isinstance(obj, type):
        for kind in reversed(obj.__mro__):
            if not kind.__module__.startswith("virtsdk"):
                continue
            found |= _spelt(vars(kind).get("__annotations__", {}), kind.__module__)
            found |= {
                name: function(value).__annotations__["return"]
                for name, value in vars(kind).items()
                if isinstance(value, property) and "return" in getattr(value.fget, "__annotations__", {})
            }
            if "__init__" in vars(kind):
                found |= _spelt(getattr(vars(kind)["__init__"], "__annotations__", {}), kind.__module__)
    else:
        called = function(obj)
        found |= _spelt(getattr(called, "__annotations__", {}), getattr(called, "__module__", ""))
        if options := re.fullmatch(r"Unpack\[(\w+)\]", str(found.get("options", ""))):
            for kind in surface.named(options[1], called.__module__):
                found |= _spelt(kind.__annotations__, kind.__module__)
    return {name: words for name, said in found.items() if (words := plain(said))}


def _spelt(annotations: dict[str, Any], module: str) -> dict[str, Any]:
    """Write the words of a type in place of the name that the source has for them: ``CopyStorage``."""
    return {
        name: _with_words(getattr(one, "__forward_arg__", one), module) for name, one in annotations.items()
    }


def _with_words(annotation: Any, module: str) -> Any:
    if not isinstance(annotation, str):
        return annotation

    def words(found: re.Match[str]) -> str:
        value = surface.lookup(module, found[0])
        given = typing.get_args(value) if typing.get_origin(value) is typing.Literal else ()
        return " | ".join(f'"{one}"' for one in given) if 0 < len(given) <= FEW else found[0]

    return re.sub(r"(?<![\w.\"'])[A-Z]\w+", words, annotation)


def plain(annotation: Any) -> str:
    """Write a type for people: the source's words, in one line; empty for one that is long."""
    annotation = getattr(annotation, "__forward_arg__", annotation)
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    text = re.sub(r"\b(?:typing|collections\.abc|virtsdk(?:\.\w+)*)\.", "", " ".join(text.split()))
    annotated = re.fullmatch(r"Annotated\[(.*?), \w+\(.*", text)
    text = annotated[1] if annotated else text
    text = re.sub(r"ClassVar\[(.*)\]$", r"\1", text)
    literal = re.fullmatch(r"Literal\[(.*)\]", text)
    if literal:
        text = " | ".join(one.strip() for one in literal[1].split(","))
    return text if len(text) <= LONG else ""


def add_type(app: Sphinx, domain: str, objtype: str, content: Element) -> None:
    """Write the type of a property behind its name."""
    if domain != "py" or objtype not in ("property", "attribute"):
        return
    assert isinstance(content.parent, addnodes.desc)
    for signature in content.parent.findall(addnodes.desc_signature):
        said = _returned(signature.get("module") or "", signature.get("fullname", ""))
        if said:
            signature += addnodes.desc_annotation("", f": {said}")


def _returned(module: str, name: str) -> str:
    value: Any = importlib.import_module(module) if module else None
    for part in name.split("."):
        value = (
            inspect.getattr_static(value, part, None)
            if isinstance(value, type)
            else getattr(value, part, None)
        )
    return plain(getattr(function(value), "__annotations__", {}).get("return", ""))


@cache
def _strings(module: str) -> dict[str, str]:
    path = importlib.import_module(module).__file__
    assert path
    body = ast.parse(Path(path).read_text(encoding="utf-8")).body
    found: dict[str, str] = {}
    for before, after in pairwise(body):
        named = before.targets[0] if isinstance(before, ast.Assign) else getattr(before, "target", None)
        if (
            isinstance(named, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            found[named.id] = inspect.cleandoc(after.value.value)
    return found


def of_data(module: str, name: str) -> str:
    """Return the string below a constant, in its module or where that takes it from."""
    home = surface.home_of(module, name)
    return _strings(home).get(name, "")


def has_field(full: str, name: str) -> bool:
    """Tell whether a class, by its dotted name, has a field."""
    entry = surface.documented().get(full)
    return entry is not None and isinstance(entry.value, type) and name in types(entry.value)


@cache
def is_ours(target: str) -> bool:
    """Tell whether a dotted name is meant to be one of ours: its first part is a public name."""
    first, _, rest = target.partition(".")
    if not rest or not re.fullmatch(r"\w+(\.\w+)+", target):
        return False
    return first == "virtsdk" or first in {
        one.name for one in surface.documented().values() if one.name[0].isupper()
    }
