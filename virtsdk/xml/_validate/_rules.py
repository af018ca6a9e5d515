"""The rules of libvirt's documents: `rules.json`, and what the matcher asks of a rule.

`schemas/rules.py` writes the file and says what is in it. A rule is read when it is first needed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from itertools import combinations
from typing import Any, Literal, cast

Json = Any
"""A rule as the file has it: the name of a define, or a list that begins with its kind."""


@dataclass(frozen=True, slots=True)
class Names:
    """A set of names of elements or attributes: some by name, and maybe any others."""

    named: frozenset[str] = frozenset()
    others: tuple[Json, ...] = ()  # each {"namespace": only of this one, "except": [names]}

    def __contains__(self, name: str) -> bool:
        return name in self.named or any(_is_any(other, name) for other in self.others)

    def __bool__(self) -> bool:
        return bool(self.named or self.others)

    def __or__(self, more: Names) -> Names:
        return Names(self.named | more.named, self.others + more.others)

    @classmethod
    def of(cls, encoded: Json) -> Names:
        """Read a name as the file has it."""
        return cls(frozenset([encoded])) if isinstance(encoded, str) else cls(others=(encoded,))


NO_NAMES = Names()


def _is_any(encoded: Json, name: str) -> bool:
    if isinstance(encoded, str):
        return encoded == name
    namespace = name[1:].partition("}")[0] if name.startswith("{") else ""
    if encoded.get("namespace", namespace) != namespace:
        return False
    return not any(_is_any(each, name) for each in encoded.get("except", ()))


@dataclass(eq=False)
class Rule:
    """A rule; compared by identity.

    Attributes
    ----------
    kind
        ``& , | * + < @ = d t e !`` as in the file, where ``?`` is ``|`` with ``e``; ``ref`` for a define.
    encoded
        The rule as the file has it.
    names
        The names of an element or attribute.
    """

    kind: str
    encoded: Json
    inner: tuple[Rule, ...] = ()
    names: Names = field(default=NO_NAMES)
    _takers: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])

    @cached_property
    def parts(self) -> tuple[Rule, ...]:
        """Parts of the rule; of an element or attribute its content, of a reference its define."""
        return (define(self.encoded),) if self.kind == "ref" else self.inner

    @cached_property
    def attributes(self) -> Names:
        """The attributes that the rule can use up."""
        return self._names("@")

    @cached_property
    def children(self) -> Names:
        """The child elements that the rule can use up."""
        return self._names("<")

    @cached_property
    def is_impossible(self) -> bool:
        """Whether nothing can be what the rule asks for."""
        match self.kind:
            case "!":
                return True
            case "<" | "@":
                return self.inner[0].kind == "!"
            case "|":
                return all(part.is_impossible for part in self.parts)
            case "&" | "," | "+" | "ref":
                return any(part.is_impossible for part in self.parts)
            case _:
                return False

    def _names(self, kind: str) -> Names:
        if self.is_impossible:
            return NO_NAMES
        if self.kind == kind:
            return self.names
        if self.kind in "<@":
            return NO_NAMES
        made = NO_NAMES
        for part in self.parts:
            made |= part.attributes if kind == "@" else part.children
        return made

    @cached_property
    def has_text(self) -> bool:
        """Whether the rule is about an element's own text."""
        return self.kind in "=dt" or (self.kind not in "<@" and any(part.has_text for part in self.parts))

    @cached_property
    def is_value(self) -> bool:
        """Whether the rule is about text alone."""
        if self.kind in ("|", "ref"):
            return self.has_text and all(part.is_value or part.kind == "e" for part in self.parts)
        return self.kind in "=dt"

    @cached_property
    def can_be_nothing(self) -> bool:
        """Whether an element may have nothing for the rule."""
        match self.kind:
            case "e" | "*" | "t":
                return True
            case "|":
                return any(part.can_be_nothing for part in self.parts)
            case "&" | "," | "+" | "ref":
                return all(part.can_be_nothing for part in self.parts)
            case _:
                return False

    @cached_property
    def is_free(self) -> bool:
        """Whether any element is right, with anything in it."""
        match self.encoded:
            case ["<", {}, ["*", ["|", ["@", {}], ["t"], str(again)]]]:
                return define(again).encoded == self.encoded and not self.encoded[1]
            case _:
                return False

    @cached_property
    def needed(self) -> tuple[int, ...]:
        """The places of the parts that have to be something."""
        return tuple(place for place, part in enumerate(self.parts) if not part.can_be_nothing)

    @cached_property
    def is_ambiguous(self) -> bool:
        """Whether several parts can use a child of one name."""
        return any(
            not left.children.named.isdisjoint(right.children.named)
            or (left.children.others and right.children)
            or (right.children.others and left.children)
            for left, right in combinations(self.parts, 2)
        )

    def taker(self, kind: Literal["@", "<"], name: str) -> int:
        """Return the place of the part that uses a name: one that has it before one that takes any."""
        place = self._takers.get((kind, name))
        if place is None:
            names = [part.attributes if kind == "@" else part.children for part in self.parts]
            takers = [(name not in each.named, at) for at, each in enumerate(names) if name in each]
            place = self._takers[kind, name] = min(takers)[1]
        return place

    @cached_property
    def most(self) -> float:
        """The most child elements that the rule can use up."""
        if self.kind == "<":
            return 1
        counts = [part.most for part in self.parts] if self.kind != "@" else []
        if self.kind in "*+":
            return float("inf") if any(counts) else 0
        return max(counts, default=0) if self.kind == "|" else sum(counts)

    def texts(self) -> Iterator[str]:
        """Yield the texts that the rule lists."""
        if self.kind == "=":
            yield from cast("list[str]", self.encoded[1:])
        for part in self.parts if self.kind in ("|", "ref") else ():
            yield from part.texts()

    @cached_property
    def is_list(self) -> bool:
        """Whether the rule lists all texts that it allows."""
        if self.kind in ("|", "ref"):
            return all(part.is_list for part in self.parts)
        return self.kind in "=e"


def find(rule: Rule, kind: Literal["@", "<", "text"], name: str = "") -> Iterator[Rule]:
    """Yield the rules of an element's attributes or children of one name, or of its text, in its content."""
    if kind == "text" and rule.is_value:
        yield rule
    elif rule.kind in ("<", "@"):
        if rule.kind == kind and name in rule.names.named:
            yield rule
    else:
        names = rule.attributes if kind == "@" else rule.children
        for part in rule.parts if (rule.has_text if kind == "text" else name in names.named) else ():
            yield from find(part, kind, name)


def listed(rule: Rule, kind: Literal["@", "<"]) -> Iterator[str]:
    """Yield the names of the attributes or children that a content can have, in the order of the rules."""
    if rule.kind in ("<", "@"):
        yield from sorted(rule.names.named) if rule.kind == kind else ()
    elif (rule.attributes if kind == "@" else rule.children).named:
        for part in rule.parts:
            yield from listed(part, kind)


def read(encoded: Json) -> Rule:
    """Make a rule of what the file has."""
    match encoded:
        case str():
            return Rule("ref", encoded)
        case ["?", part]:
            return Rule("|", encoded, (read(part), Rule("e", ["e"])))
        case ["<" | "@" as kind, name, *part]:
            return Rule(kind, encoded, tuple(map(read, part)) or (Rule("t", ["t"]),), Names.of(name))
        case ["=" | "d" | "t" | "e" | "!" as kind, *_]:
            return Rule(kind, encoded)
        case [kind, *parts]:
            return Rule(kind, encoded, tuple(map(read, parts)))
        case _:
            raise TypeError(f"not a rule: {encoded!r}")


@cache
def define(name: str) -> Rule:
    """Return the rule that a name stands for."""
    return read(encoded_define(name))


def encoded_define(name: str) -> Json:
    """Return a define as the file has it."""
    return _load()[1][name]


@cache
def root(name: str) -> Rule | None:
    """Return what a document or part of this class is; None where it has no rule of its own."""
    encoded = _load()[0].get(name)
    return None if encoded is None else read(encoded)


@cache
def _load() -> tuple[dict[str, Json], dict[str, Json]]:
    text = resources.files("virtsdk.xml._validate").joinpath("rules.json").read_bytes()
    data = json.loads(text)
    defines: dict[str, Json] = {}
    for file in data["files"].values():
        defines |= file
    return data["roots"], defines
