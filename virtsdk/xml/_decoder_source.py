"""The source of decoders: plain straight-line Python.

A new object, every slot set to None, then one pass over the attributes and one over the children. Anything
that the class does not know sets a flag, and a slower second pass (`virtsdk.xml._strays`) keeps it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from enum import Enum

from virtsdk.model import Model
from virtsdk.xml._fields import XmlClass, XmlField

_CHAIN = 5  # more names than this are looked up in a dict instead of compared one by one


class Names(ABC):
    """Names in the source of the things that it needs besides those of `virtsdk.xml._written`."""

    @abstractmethod
    def thing(self, given: type) -> str:
        """Name a class."""

    @abstractmethod
    def words(self, enum: type[Enum]) -> str:
        """Name the lookup of an enumeration's words."""

    @abstractmethod
    def decoder(self, cls: type[Model]) -> str:
        """Name the decoder of a class."""


def source(xml: XmlClass, name: str, names: Names) -> str:
    """Write the decoder of a class.

    Parameters
    ----------
    xml
        The class.
    name
        The function's name; it takes an element and gives a model.
    names
        What the source calls the other things that it needs.

    Returns
    -------
    str
        Python source, for a namespace with the names of `virtsdk.xml._written` in it.
    """
    return _Source(xml, name, names).text()


class _Source:
    def __init__(self, xml: XmlClass, name: str, names: Names) -> None:
        self.xml = xml
        self.name = name
        self.names = names
        self.cls = names.thing(xml.cls)
        self.tables: list[str] = []

    def text(self) -> str:
        xml = self.xml
        every = (*xml.attributes, *xml.elements, *((xml.text,) if xml.text else ()))
        lines = [
            f"def {self.name}(e):",
            f" o = new({self.cls})",
            f" {' = '.join(['o.extras', *(f'o.{each.slot}' for each in every)])} = None",
            *self._attributes(),
        ]
        if xml.free:
            lines.append(f" o.{xml.text.slot if xml.text else ''} = free(e)")
        else:
            lines += self._content()
        lines.append(" return o")
        return "\n".join([*self.tables, *lines]) + "\n"

    def _attributes(self) -> list[str]:
        cases = [(each.key, [f"o.{each.slot} = {self._value(each, 'v')}"]) for each in self.xml.attributes]
        return [" for k, v in e.items():", *self._dispatch("attributes", cases, "attribute(o, k, v)")]

    def _content(self) -> list[str]:
        xml = self.xml
        keep = f"content(o, e, describe({self.cls}))"
        if not xml.elements:
            if xml.text is None:
                return [" t = e.text", f" if len(e) or t is not None and t.strip(SPACE): {keep}"]
            return [
                " if len(e):",
                "  v = lead(e)",
                f"  {keep}",
                " else: v = e.text",
                f" if v is not None: o.{xml.text.slot} = {self._value(xml.text, 'v')}",
            ]
        cases = [
            (one.key, self._child(one, each.slot)) for each in xml.elements for one in each.choices or (each,)
        ]
        if xml.first_decides:
            cases = [
                (key, ["if first is None: first = k", "if first != k: bad = True", f"el{body[0]}", *body[1:]])
                for key, body in cases
            ]
        lines = [
            *([" first = None"] if xml.first_decides else []),
            " t = e.text",
            " bad = False" if xml.text else " bad = t is not None and t.strip(SPACE)",
            " for c in e[:] if len(e) else ():",  # a slice is there sooner than an iterator
            "  k = c.tag",
            *self._dispatch("elements", cases, "bad = True"),
            "  t = c.tail",
            "  if t is not None and t.strip(SPACE): bad = True",
            f" if bad: {keep}",
        ]
        if xml.text:
            lines += [" v = lead(e)", f" if v is not None: o.{xml.text.slot} = {self._value(xml.text, 'v')}"]
        return lines

    def _child(self, each: XmlField, slot: str) -> list[str]:
        slot = f"o.{slot}"
        if each.model:
            call = f"{self.names.decoder(each.model)}(c)"
            if each.many:
                return [f"if {slot} is None: {slot} = [{call}]", f"else: {slot}.append({call})"]
            return [f"if {slot} is None: {slot} = {call}", "else: bad = True"]
        kept = ("word" if each.enum else "item") if each.many else "text"
        lines = [
            "v = c.text",
            f"if len(c) or c.keys(): v = leaf(o, c, {each.name!r}, {kept!r})",
            "if v is None: v = ''",
        ]
        if each.many:
            lines += [f"if {slot} is None: {slot} = []", f"{slot}.append({self._value(each, 'v')})"]
            return lines
        lines.append(f"{slot} = {self._value(each, 'v')}")
        return [f"if {slot} is None:", *(f" {line}" for line in lines), "else: bad = True"]

    def _value(self, each: XmlField, variable: str) -> str:
        plain = f"number({variable})" if each.integer else variable
        if each.enum is None:
            return plain
        words = self.names.words(each.enum)
        return f"{words}({variable}, None) or {plain}" if each.integer else f"{words}({variable}, {variable})"

    def _dispatch(self, what: str, cases: Sequence[tuple[str, list[str]]], otherwise: str) -> list[str]:
        """Write the choice of a case by the name in ``k``: comparisons, or a dict and then halving."""
        pad = "  "
        if not cases:
            return [pad + otherwise]
        if len(cases) <= _CHAIN:
            lines: list[str] = []
            for position, (key, body) in enumerate(cases):
                lines.append(f"{pad}{'elif' if position else 'if'} k == {key!r}:")
                lines += [f"{pad} {line}" for line in body]
            return [*lines, f"{pad}else: {otherwise}"]
        table = f"{self.name}_{what}"
        places = ", ".join(f"{key!r}: {position}" for position, (key, _) in enumerate(cases))
        self.tables.append(f"{table} = {{{places}}}.get")
        lines = [f"{pad}i = {table}(k)", f"{pad}if i is None: {otherwise}"]
        return [*lines, *_halve([body for _, body in cases], 0, len(pad), first="elif")]


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
