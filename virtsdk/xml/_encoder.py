"""Models to text: one encoder a class and element name, written as Python source, compiled on first use.

An encoder appends pieces of text to a list. In the quick form values go in as they are and are collected too;
one look over all of them together tells whether any needs escaping, and only then the escaping form runs. An
element with extras is written by `_Loose`, child by child.
"""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from virtsdk.model import Extras, Model, Stray
from virtsdk.xml import _text
from virtsdk.xml._fields import MADE_UP, PREFIXES, XmlClass, XmlField, describe

Encoder = Callable[[Any, Any, Any, list[str], str], None]
"""Write (model, append a piece, collect a value, the pieces, line break and indentation)."""

Scope = frozenset[tuple[str, str]]
"""Namespaces that a parent element declares, with their prefixes."""


@dataclass(frozen=True, slots=True)
class _Role:
    """A class as an element of that name, below those declarations, in the quick or in the escaping form."""

    cls: type[Model]
    key: str
    scope: Scope
    escaping: bool


_serial = itertools.count()
_lock = threading.RLock()
_names: dict[_Role, str] = {}
_space: dict[str, Any] = {"A": _text.in_attribute, "T": _text.in_element, "whole": _text.content}


def encoder(cls: type[Model], key: str, *, escaping: bool) -> Encoder:
    """Give the function that writes a model as the element `key`; compiled on first use."""
    role = _Role(cls, key, frozenset(), escaping)
    name = _names.get(role)
    if name is None:
        with _lock:
            name = _reserve(role)
    return _space[name]


def _reserve(role: _Role) -> str:
    if role in _names:
        return _names[role]
    name = f"encode{len(_names)}_{role.cls.__name__}"

    def first(model: Any, *others: Any) -> None:
        with _lock:
            if _space[name] is first:
                source = _Writer(role, name).source()
                exec(compile(source, f"<encoder of {role.cls.__qualname__}>", "exec"), _space)  # noqa: S102
        _space[name](model, *others)

    _space[name] = first
    _names[role] = name
    return name


def _bind(prefix: str, value: object) -> str:
    name = f"{prefix}{next(_serial)}"
    _space[name] = value
    return name


def _checked(model: object, cls: type[Model]) -> None:
    if not isinstance(model, cls):
        raise TypeError(f"expected {cls.__name__}, got {type(model).__name__}")


def _listed(value: object) -> Any:
    if isinstance(value, (list, tuple)):
        return value  # pyright: ignore[reportUnknownVariableType]
    raise TypeError(f"expected a list, got {type(value).__name__}")


_space |= {"checked": _checked, "listed": _listed}


class _Names:
    """Qualified names of one element: which prefixes its parents declare, which it has to declare itself."""

    def __init__(self, key: str, scope: Scope) -> None:
        self.scope = dict(scope)
        self.known = dict(PREFIXES)
        self.own: dict[str, str] = {}
        self.tag = self.name(key)

    def name(self, key: str) -> str:
        if not key.startswith("{"):
            return key
        namespace, _, local = key[1:].partition("}")
        if namespace == "http://www.w3.org/XML/1998/namespace":
            return f"xml:{local}"
        prefix = self.scope.get(namespace) or self.own.get(namespace)
        if prefix is None:
            taken = {*self.scope.values(), *self.own.values(), *self.known.values()}
            prefix = self.known.get(namespace, f"{MADE_UP}{len(taken)}")
            self.own[namespace] = prefix
        return f"{prefix}:{local}"

    def declarations(self) -> str:
        return "".join(f' xmlns:{prefix}="{_text.in_attribute(uri)}"' for uri, prefix in self.own.items())


class _Writer:
    """Writes the source of one encoder."""

    def __init__(self, role: _Role, name: str) -> None:
        self.role = role
        self.name = name
        self.xml = describe(role.cls)
        names = _Names(role.key, role.scope)
        self.tag = names.tag
        self.start = f"<{self.tag}{names.declarations()}"
        before = set(names.own)
        for each in (*self.xml.attributes, *self.xml.tags):
            names.name(each.key)
        self.names = names
        self.conditional = {uri: prefix for uri, prefix in names.own.items() if uri not in before}
        self.scope: Scope = frozenset(
            (uri, prefix) for uri, prefix in (names.scope | names.own).items() if uri not in self.conditional
        )

    def source(self) -> str:
        cls = _bind("C", self.role.cls)
        plan = _bind("P", _Loose(self))
        lines = [
            f"def {self.name}(o, w, c, out, i):",
            f" if o.__class__ is not {cls}: checked(o, {cls})",
            f" if o.extras is not None: return {plan}.write(o, w, c, out, i)",
            f" w({self.start!r})",
        ]
        for uri, prefix in self.conditional.items():
            used = [each for each in (*self.xml.attributes, *self.xml.tags) if each.namespace == uri]
            test = " or ".join(f"o.{each.slot}{'' if each.many else ' is not None'}" for each in used)
            declaration = f' xmlns:{prefix}="{_text.in_attribute(uri)}"'
            lines.append(f" if {test}: w({declaration!r})")
        for each in self.xml.attributes:
            opening = f' {self.names.name(each.key)}="'
            lines += [f" v = o.{each.slot}", " if v is not None:", f"  w({opening!r})"]
            lines += [f"  {line}" for line in self._value(each, "A")]
            lines.append("  w('\"')")
        lines += [f" {line}" for line in self._content()]
        return "\n".join(lines) + "\n"

    def inner(self, each: XmlField) -> Scope:
        """Namespaces that are declared above a child: its own is, wherever the child is there."""
        prefix = self.conditional.get(each.namespace)
        return self.scope | {(each.namespace, prefix)} if prefix else self.scope

    def _value(self, each: XmlField, escape: str) -> list[str]:
        if self.role.escaping:
            return [f"w({escape}(v))"]
        if each.integer:
            return ["if v.__class__ is int: w(str(v))", "else: w(v); c(v)"]
        return ["w(v); c(v)"]

    def _content(self) -> list[str]:
        xml = self.xml
        close = f"</{self.tag}>"
        if xml.text is not None and not xml.elements:
            write = ["w(whole(v))"] if xml.free else self._value(xml.text, "T")
            return [
                f"v = o.{xml.text.slot}",
                "if not v: w('/>')" if xml.free else "if v is None: w('/>')",
                "else:",
                " w('>')",
                *(f" {line}" for line in write),
                f" w({close!r})",
            ]
        if not xml.elements:
            return ["w('/>')"]
        lines = ["n = len(out)", "w('>')"]
        if xml.text is not None:
            lines += [f"v = o.{xml.text.slot}", "if v is not None:", " i = ''"]
            lines += [f" {line}" for line in self._value(xml.text, "T")]
        lines.append("j = i and i + '  '")
        for each in xml.elements:
            lines += self._child(each)
        return [*lines, "if len(out) == n + 1: out[n] = '/>'", f"else: w(i); w({close!r})"]

    def _child(self, each: XmlField) -> list[str]:
        if each.choices:
            models = tuple(one.model for one in each.choices)
            write = [f"if not isinstance(v, {_bind('M', models)}): checked(v, {_bind('C', models[0])})"]
            for one in each.choices:
                call = "; ".join(self._written(one))
                write.append(f"if isinstance(v, {_bind('C', one.model)}): {call}")
        elif each.model:
            write = self._written(each)
        else:
            name = self.names.name(each.key)
            write = [f"w(j); w({f'<{name}>'!r})", *self._value(each, "T"), f"w({f'</{name}>'!r})"]
        if each.many:
            return [
                f"vs = o.{each.slot}",
                "if vs:",
                " if vs.__class__ is not list: listed(vs)",
                " for v in vs:",
                *(f"  {line}" for line in write),
            ]
        return [f"v = o.{each.slot}", "if v is not None:", *(f" {line}" for line in write)]

    def _written(self, each: XmlField) -> list[str]:
        assert each.model is not None
        child = _reserve(_Role(each.model, each.key, self.inner(each), self.role.escaping))
        return [f"w(j); {child}(v, w, c, out, j)"]


class _Loose:
    """Writes an element that carries extras."""

    def __init__(self, writer: _Writer) -> None:
        self.role = writer.role
        self.xml = writer.xml
        self.own = writer.names.own
        self.inner = writer.inner

    def write(self, model: Any, w: Any, c: Any, out: list[str], i: str) -> None:
        xml: XmlClass = self.xml
        extras: Extras = model.extras
        names = _Names(self.role.key, self.role.scope)
        names.known |= self.own  # the prefixes that the children's encoders expect
        attributes = [
            (names.name(each.key), getattr(model, each.slot))
            for each in xml.attributes
            if getattr(model, each.slot) is not None
        ]
        attributes += [(names.name(key), value) for key, value in extras.attributes.items()]
        children = [
            (each, position, item, _held(each, item) if each.choices else each)
            for each in xml.elements
            if getattr(model, each.slot) is not None
            for position, item in enumerate(_items(model, each))
        ]
        for *_, one in children:
            names.name(one.key)
        w(f"<{names.tag}{names.declarations()}")
        for name, value in attributes:
            w(f' {name}="{_text.in_attribute(value)}"')
        mark = len(out)
        w(">")
        text = getattr(model, xml.text.slot) if xml.text else None
        if text is not None and not (xml.free and text == ""):
            w(_text.content(text) if xml.free else _text.in_element(text))
        if text is not None or any(not stray.xml.startswith("<") for stray in extras.content):
            i = ""
        j = i and i + "  "
        waiting = _waiting(extras)
        leaves = {
            each.name: extras.of_items(each.name, _items(model, each))
            for each in (xml.elements if extras.leaves else ())
            if each.many and not each.model
        }
        self._strays(waiting, None, -1, w, j)
        for number, (each, position, item, one) in enumerate(children):
            w(j)
            if one.model:
                child = _reserve(_Role(one.model, one.key, self.inner(one), self.role.escaping))
                _space[child](item, w, c, out, j)
            else:
                leaf = leaves.get(each.name, {}).get(position) if each.many else extras.of(each.name)
                self._leaf(names.name(each.key), item, leaf, w)
            last = number + 1 == len(children) or children[number + 1][0] is not each
            self._strays(waiting, each.name, None if last else position, w, j)
        for name in list(waiting):
            self._strays(waiting, name, None, w, j)
        if len(out) == mark + 1:
            out[mark] = "/>"
        else:
            w(f"{i}</{names.tag}>")

    @staticmethod
    def _strays(
        waiting: dict[str | None, deque[Stray]], name: str | None, upto: int | None, w: Any, j: str
    ) -> None:
        queue = waiting.get(name, ())
        while queue and (upto is None or queue[0].after is None or queue[0].after.position <= upto):
            w(j)
            w(_text.content(queue.popleft().xml))

    @staticmethod
    def _leaf(name: str, value: object, extras: Extras | None, w: Any) -> None:
        if extras is None:
            w(f"<{name}>{_text.in_element(value)}</{name}>")
            return
        names = _Names(name, frozenset())
        pairs = [(names.name(key), text) for key, text in extras.attributes.items()]
        attributes = "".join(f' {key}="{_text.in_attribute(text)}"' for key, text in pairs)
        inside = "".join(_text.content(stray.xml) for stray in extras.content)
        w(f"<{name}{names.declarations()}{attributes}>{_text.in_element(value)}{inside}</{name}>")


def _items(model: Any, each: XmlField) -> Iterator[Any]:
    value = getattr(model, each.slot)
    if each.many:
        yield from _listed(value) if value else ()
    elif value is not None:
        yield value


def _held(each: XmlField, item: Any) -> XmlField:
    """Choose the element that an item of a list of several is."""
    for one in each.choices:
        if one.model and isinstance(item, one.model):
            return one
    raise TypeError(f"expected {each.name}, got {type(item).__name__}")


def _waiting(extras: Extras) -> dict[str | None, deque[Stray]]:
    waiting: dict[str | None, deque[Stray]] = defaultdict(deque)
    for stray in extras.content:
        waiting[stray.after.field if stray.after else None].append(stray)
    return waiting
