"""Patterns -> ``rules.json``, and back: all that libvirt's RELAX NG says, in a compact form of our own.

`virtsdk.xml.validate` decides by it, and the XSD is compiled from it. A file of RELAX NG is an object of its
defines, a line each; a define that two documents override differently stands there once for each, as
``name``, ``name~2`` and so on. A pattern is the name of a define, or a list that begins with its kind:

========================= ========================================================================
``["&", ...]``            all of these, in any order (interleave)
``[",", ...]``            all of these, in this order (group)
``["|", ...]``            one of these (choice)
``["?", p]``              p or nothing
``["*", p]``, ``["+", p]``  p again and again
``["<", name, p]``        an element; a name is ``local``, ``{namespace}local`` or an object: any name
``["@", name, p]``        an attribute; without p its value is any text
``["=", text, ...]``      one of these texts, white space aside
``["d", type, [[facet, value], ...], p]``  a value of XML Schema's datatype, but no p; facets and p may lack
``["t"]``, ``["e"]``, ``["!"]``  any text, nothing, what cannot be
========================= ========================================================================
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from schemas.content import Identity
from schemas.patterns import (
    AnyName,
    Attribute,
    Choice,
    Data,
    Element,
    Empty,
    Grammar,
    Group,
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
from schemas.roles import Role

Json = Any
MADE = "by `python -m schemas.generate --rng DIR` from libvirt's RELAX NG; do not edit"
LICENCE = "LGPL-2.1-or-later"


def parts(names: dict[Role, str]) -> dict[str, tuple[Element, ...]]:
    """Return what is validated on its own beside the documents, devices and foreign parts: {class: elements}.

    ``names`` are the classes of the roles; the XSD declares the same elements.
    """
    found: dict[str, tuple[Element, ...]] = {}
    for role, name in names.items():
        own = {element.namespace for _, element in role.parents}
        for element, child in role.children.items():
            foreign = element.namespace and element.namespace not in own
            if child.is_class and (name == "Devices" or foreign):
                found[names[child]] = child.elements
    return found


def write(documents: dict[str, Pattern], parts: dict[str, tuple[Element, ...]]) -> bytes:
    """Write patterns as rules: {class: what its document starts with} and {class of a part: its elements}."""
    writer = _Writer(documents)
    head = {"made": MADE, "license": LICENCE}
    roots = {name: writer.encode(pattern) for name, pattern in documents.items()}
    roots |= {name: writer.part(elements) for name, elements in parts.items()}
    body = _object(_lines(dict(sorted(roots.items()))))
    sections = [
        f"{json.dumps(file)}: {_object(_lines(dict(sorted(defines.items()))))}"
        for file, defines in sorted(writer.files.items())
    ]
    body = f'"roots": {body},\n"files": {_object(sections)}\n'
    lines = [*_lines(head), f'"digest": "{_digest(body)}"']
    return ("{\n" + ",\n".join(lines) + ",\n" + body + "}\n").encode()


def read(text: bytes) -> dict[str, Pattern]:
    """Read rules: {class: what a document or part starts with}; refuse what was edited by hand."""
    try:
        data: Json = json.loads(text)
        _, _, body = text.decode().partition('"roots": ')
        intact = data["digest"] == _digest(f'"roots": {body.removesuffix("}" + chr(10))}')
        if not intact:
            raise SchemaError("rules.json was edited by hand, or is not whole")
        return _Reader(data).roots()
    except (ValueError, KeyError) as exc:
        raise SchemaError(f"rules.json is not what schemas/rules.py writes: {exc!r}") from exc


def _lines(items: dict[str, Json]) -> list[str]:
    return [f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in items.items()]


def _object(lines: list[str]) -> str:
    return "{\n" + ",\n".join(lines) + "\n}"


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:32]


class _Writer:
    """Gives every define that is reached one place, whichever documents reach it."""

    def __init__(self, documents: dict[str, Pattern]) -> None:
        self.files: dict[str, dict[str, Json]] = {}
        self._identity = Identity(documents.values())
        self._keys: dict[tuple[str, str], str] = {}  # (name, identity) -> the key of the define
        self._used: dict[str, int] = {}
        self._elements: dict[str, str] = {}  # identity -> the key of the define that is just this element

    def part(self, elements: tuple[Element, ...]) -> Json:
        """Encode the elements of one role, by the defines that are just them where there are such."""
        encoded = [self._elements.get(self._identity.of(each)) or self.encode(each) for each in elements]
        return encoded[0] if len(encoded) == 1 else ["|", *encoded]

    def encode(self, pattern: Pattern) -> Json:  # noqa: C901 - one branch a construct
        match pattern:
            case Ref():
                return self._define(pattern)
            case Group():
                return ["," if pattern.ordered else "&", *map(self.encode, pattern.parts)]
            case Choice(parts=(content, Empty())):
                return ["?", self.encode(content)]
            case Choice():
                if all(isinstance(part, Value) for part in pattern.parts):
                    return ["=", *(text for part in pattern.parts for text in self.encode(part)[1:])]
                return ["|", *map(self.encode, pattern.parts)]
            case Repeat():
                return ["+" if pattern.minimum else "*", self.encode(pattern.content)]
            case Element():
                return ["<", _name(pattern.name), self.encode(pattern.content)]
            case Attribute(content=Text()):
                return ["@", _name(pattern.name)]
            case Attribute():
                return ["@", _name(pattern.name), self.encode(pattern.content)]
            case Value(type="token"):
                return ["=", pattern.text]
            case Data():
                rest = [] if pattern.excepted is None else [self.encode(pattern.excepted)]
                facets = [[list(param) for param in pattern.params]] if pattern.params or rest else []
                return ["d", pattern.type, *facets, *rest]
            case Text():
                return ["t"]
            case Empty():
                return ["e"]
            case NotAllowed():
                return ["!"]
            case _:
                raise SchemaError(f"{pattern.where}: the rules have no form for {type(pattern).__name__}")

    def _define(self, ref: Ref) -> str:
        target = ref.target()
        place = (ref.name, self._identity.of(target))
        key = self._keys.get(place)
        if key is None:
            number = self._used[ref.name] = self._used.get(ref.name, 0) + 1
            key = self._keys[place] = ref.name if number == 1 else f"{ref.name}~{number}"
            if isinstance(target, Element):
                self._elements.setdefault(place[1], key)
            self.files.setdefault(target.where.file, {})[key] = self.encode(target)
        return key


def _name(name: NameClass) -> Json:
    match name:
        case Name():
            return f"{{{name.namespace}}}{name.local}" if name.namespace else name.local
        case AnyName():
            made: dict[str, Json] = {} if name.namespace is None else {"namespace": name.namespace}
            if name.excepted:
                made["except"] = [_name(each) for each in name.excepted]
            return made


class _Reader:
    """Makes patterns of rules; a place is the number of the pattern in its file.

    What stands in one place of the RELAX NG is to be in one place here, also where a define has two forms.
    """

    def __init__(self, data: Json) -> None:
        self._data = data
        self._grammar = Grammar()
        self._lines: dict[tuple[str, str, int], int] = {}
        self._define = ""
        self._count = 0

    def roots(self) -> dict[str, Pattern]:
        files: dict[str, dict[str, Json]] = self._data["files"]
        for file, defines in files.items():
            for key, encoded in defines.items():
                self._define, self._count = _base(key), 0
                self._grammar.add(key, None, self.decode(encoded, file))
        self._define = ""
        return {name: self.decode(encoded, "roots") for name, encoded in self._data["roots"].items()}

    def decode(self, encoded: Json, file: str) -> Pattern:  # noqa: C901 - one branch a construct
        self._count += 1
        place = (file, self._define, self._count)
        where = Where(file, self._lines.setdefault(place, len(self._lines) + 1))
        match encoded:
            case str():
                return _Keyed(where, self._grammar, _base(encoded), encoded)
            case ["&" | "," as kind, *parts]:
                return Group(where, self._all(parts, file), kind == ",")
            case ["|", *parts]:
                return Choice(where, self._all(parts, file))
            case ["?", part]:
                return Choice(where, (self.decode(part, file), Empty(where)))
            case ["*" | "+" as kind, part]:
                return Repeat(where, self.decode(part, file), int(kind == "+"))
            case ["<", name, part]:
                return Element(where, _named(name), self.decode(part, file))
            case ["@", name, *part]:
                return Attribute(where, _named(name), self.decode(part[0], file) if part else Text(where))
            case ["=", text]:
                return Value(where, "token", text)
            case ["=", *texts]:
                return Choice(where, self._all([["=", text] for text in texts], file))
            case ["d", kind, *rest]:
                params = tuple((name, value) for name, value in (rest[0] if rest else ()))
                return Data(where, kind, params, self.decode(rest[1], file) if rest[1:] else None)
            case ["t"]:
                return Text(where)
            case ["e"]:
                return Empty(where)
            case ["!"]:
                return NotAllowed(where)
            case _:
                raise SchemaError(f"{where}: not a rule: {encoded!r}")

    def _all(self, parts: list[Json], file: str) -> tuple[Pattern, ...]:
        return tuple(self.decode(part, file) for part in parts)


@dataclass(frozen=True, eq=False)
class _Keyed(Ref):
    """A reference by the key of a define; its name is the one that the RELAX NG has."""

    key: str

    def target(self) -> Pattern:
        return self.grammar.pattern(self.key, self.where)


def _base(key: str) -> str:
    return key.partition("~")[0]


def _named(name: Json) -> NameClass:
    match name:
        case str():
            namespace, closed, local = name.removeprefix("{").rpartition("}")
            return Name(namespace if closed else "", local)
        case _:
            return AnyName(name.get("namespace"), tuple(map(_named, name.get("except", ()))))
