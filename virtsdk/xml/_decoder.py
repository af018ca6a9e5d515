"""Elements to models: one decoder a class, written as Python source and compiled on first use.

The source is plain straight-line code: a new object, every slot set to its default, then one pass over the
attributes and one over the children. Anything that the class does not know sets a flag, and a slower second
pass (`virtsdk.xml._strays`) keeps it.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from typing import Any

from virtsdk.model import Model
from virtsdk.xml import _strays
from virtsdk.xml._fields import XmlClass, XmlField, describe
from virtsdk.xml._text import SPACE

Decoder = Callable[[Any], Any]

_CHAIN = 5  # more names than this are looked up in a dict instead of compared one by one


class _Numbers(dict[str, "int | str"]):
    """Text to ``int`` where writing the number gives the same text; frequent forms are looked up."""

    def __missing__(self, text: str) -> int | str:
        digits = text[1:] if text[:1] == "-" else text
        if digits.isdecimal() and digits.isascii() and digits[0] != "0" and len(digits) < _LONG:
            return int(text)
        return text


_LONG = 1000  # digits; Python limits what int() converts
number: Callable[[str], int | str] = _Numbers(
    {str(n): n for n in range(2048)}
    | {f"0x{n:0{width}x}": f"0x{n:0{width}x}" for width in (1, 2, 4) for n in range(256)}
).__getitem__
"""Read a number: ``int`` only where ``str(int(text)) == text``, else the text as it is."""

_serial = itertools.count()
_lock = threading.RLock()
_names: dict[type[Model], str] = {}
_space: dict[str, Any] = {
    "new": object.__new__,
    "number": number,
    "SPACE": SPACE,
    "attribute": _strays.attribute,
    "content": _strays.content,
    "leaf": _strays.leaf,
    "lead": _strays.lead,
    "free": _strays.free,
}


def decoder(cls: type[Model]) -> Decoder:
    """Give the function that makes a model of an element; compiled on first use."""
    name = _names.get(cls)
    if name is None:
        with _lock:
            name = _reserve(cls)
    return _space[name]


def _reserve(cls: type[Model]) -> str:
    """Name the class's decoder; until its first call, the name stands for its compilation."""
    if cls in _names:
        return _names[cls]
    name = f"decode{len(_names)}_{cls.__name__}"

    def first(element: Any) -> Any:
        with _lock:
            if _space[name] is first:
                _space[name] = _compile(cls, name)
        return _space[name](element)

    _space[name] = first
    _names[cls] = name
    return name


def _compile(cls: type[Model], name: str) -> Decoder:
    source = _source(describe(cls), name)
    space = _space
    exec(compile(source, f"<decoder of {cls.__module__}.{cls.__qualname__}>", "exec"), space)  # noqa: S102
    return space.pop(name)


def _bind(prefix: str, value: object) -> str:
    """Make an object known to the generated code."""
    name = f"{prefix}{next(_serial)}"
    _space[name] = value
    return name


def _source(xml: XmlClass, name: str) -> str:
    lines = [f"def {name}(e):", f" o = new({_bind('C', xml.cls)})"]
    singles = ["o.extras"]
    for each in (*xml.attributes, *xml.elements, *((xml.text,) if xml.text else ())):
        if each.many:
            lines.append(f" o.{each.name} = []")
        else:
            singles.append(f"o.{each.name}")
    lines.append(f" {' = '.join(singles)} = None")
    lines += _attributes(xml)
    if xml.free:
        lines.append(f" o.{xml.text.name if xml.text else ''} = free(e)")
    else:
        lines += _content(xml)
    lines.append(" return o")
    return "\n".join(lines) + "\n"


def _attributes(xml: XmlClass) -> list[str]:
    def body(each: XmlField) -> list[str]:
        return [f"o.{each.name} = {_value(each, 'v')}"]

    lines = [" for k, v in e.items():"]
    lines += _dispatch([(each.key, body(each)) for each in xml.attributes], "attribute(o, k, v)", 2)
    return lines


def _content(xml: XmlClass) -> list[str]:
    table = _bind("T", xml)
    if not xml.elements:
        if xml.text is None:
            return [" t = e.text", f" if len(e) or t is not None and t.strip(SPACE): content(o, e, {table})"]
        return [
            " if len(e):",
            "  v = lead(e)",
            f"  content(o, e, {table})",
            " else: v = e.text",
            f" if v is not None: o.{xml.text.name} = {_value(xml.text, 'v')}",
        ]
    lines = [
        " t = e.text",
        " bad = False" if xml.text else " bad = t is not None and t.strip(SPACE)",
        " for c in e:",
        "  k = c.tag",
    ]
    lines += _dispatch([(each.key, _child(each)) for each in xml.elements], "bad = True", 2)
    lines += ["  t = c.tail", "  if t is not None and t.strip(SPACE): bad = True"]
    lines.append(f" if bad: content(o, e, {table})")
    if xml.text:
        lines += [" v = lead(e)", f" if v is not None: o.{xml.text.name} = {_value(xml.text, 'v')}"]
    return lines


def _child(each: XmlField) -> list[str]:
    if each.model:
        call = f"{_reserve(each.model)}(c)"
        if each.many:
            return [f"o.{each.name}.append({call})"]
        return [f"if o.{each.name} is None: o.{each.name} = {call}", "else: bad = True"]
    lines = ["v = lead(c) if len(c) else c.text", "if v is None: v = ''"]
    if each.many:
        return [
            *lines,
            f"o.{each.name}.append({_value(each, 'v')})",
            f"if len(c) or c.keys(): leaf(o, c, {each.name!r}, len(o.{each.name}) - 1)",
        ]
    return [
        f"if o.{each.name} is None:",
        *(f" {line}" for line in lines),
        f" o.{each.name} = {_value(each, 'v')}",
        f" if len(c) or c.keys(): leaf(o, c, {each.name!r}, 0)",
        "else: bad = True",
    ]


def _value(each: XmlField, variable: str) -> str:
    plain = f"number({variable})" if each.integer else variable
    if each.enum is None:
        return plain
    members = _bind("E", {str(member.value): member for member in each.enum}.get)
    if not each.integer:
        return f"{members}({variable}, {variable})"
    return f"{members}({variable}) or {plain}"


def _dispatch(cases: Sequence[tuple[str, list[str]]], otherwise: str, depth: int) -> list[str]:
    """Write the choice of a case by the name in ``k``: comparisons, or a dict and then halving."""
    pad = " " * depth
    if not cases:
        return [pad + otherwise]
    if len(cases) <= _CHAIN:
        lines: list[str] = []
        for position, (key, body) in enumerate(cases):
            lines.append(f"{pad}{'elif' if position else 'if'} k == {key!r}:")
            lines += [f"{pad} {line}" for line in body]
        return [*lines, f"{pad}else: {otherwise}"]
    table = _bind("K", {key: position for position, (key, _) in enumerate(cases)}.get)
    lines = [f"{pad}i = {table}(k)", f"{pad}if i is None: {otherwise}"]
    return [*lines, *_halve([body for _, body in cases], 0, depth, first="elif")]


def _halve(bodies: Sequence[list[str]], start: int, depth: int, *, first: str = "if") -> list[str]:
    pad = " " * depth
    if len(bodies) == 1:
        if first == "elif":
            return [f"{pad}else:", *(f"{pad} {line}" for line in bodies[0])]
        return [pad + line for line in bodies[0]]
    middle = len(bodies) // 2
    return [
        f"{pad}{first} i < {start + middle}:",
        *_halve(bodies[:middle], start, depth + 1),
        f"{pad}else:",
        *_halve(bodies[middle:], start + middle, depth + 1),
    ]
