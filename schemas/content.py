"""Patterns -> one content model an element: which attributes, children and text it may have, and how often.

The algebra. A content has attributes {name: required?, values}, children {name: min, max, elements} and
text values.

* group and interleave unite attributes (required where either side requires) and add the bounds of children;
* choice takes the least of the minima (0 where a branch lacks the child), the greatest of the maxima, and an
  attribute is required only where every branch requires it;
* optional is a choice with nothing; zeroOrMore and oneOrMore make every maximum unbounded.

All elements of one name under one parent are one child, whose content is the choice of theirs. That
differently named children have an order is not kept: XSD 1.1's ``xs:all`` has none either. But they are
listed, and so written, in one that the branches of a choice agree on, as far as they do.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from schemas.patterns import (
    AnyName,
    Attribute,
    Choice,
    Data,
    Element,
    Empty,
    Group,
    ListOf,
    Name,
    NotAllowed,
    Pattern,
    Ref,
    Repeat,
    SchemaError,
    Text,
    Value,
)

UNBOUNDED = math.inf
_T = TypeVar("_T", bound=Pattern)


@dataclass(frozen=True)
class AttributeUse:
    """An attribute of an element: the patterns of its value, and whether it must be there."""

    required: bool
    values: tuple[Pattern, ...]


@dataclass(frozen=True)
class ChildUse:
    """The children of one name: their element patterns and how many there may be."""

    minimum: int
    maximum: float
    elements: tuple[Element, ...]


@dataclass(frozen=True)
class Content:
    """Content that an element may hold."""

    attributes: dict[Name, AttributeUse] = field(default_factory=dict[Name, AttributeUse])
    children: dict[Name, ChildUse] = field(default_factory=dict[Name, ChildUse])
    text: tuple[Pattern, ...] = ()
    text_required: bool = False
    any_attribute: bool = False
    any_child: bool = False


NOTHING = Content()


def group(left: Content | None, right: Content | None) -> Content | None:
    """Both, in any order; ``None`` is what cannot be (notAllowed)."""
    if left is None or right is None:
        return None
    attributes = dict(left.attributes)
    for name, use in right.attributes.items():
        known = attributes.get(name)
        attributes[name] = (
            AttributeUse(known.required or use.required, _unite(known.values, use.values)) if known else use
        )
    children = dict(left.children)
    for name, child in right.children.items():
        seen = children.get(name)
        children[name] = (
            ChildUse(
                seen.minimum + child.minimum,
                seen.maximum + child.maximum,
                _unite(seen.elements, child.elements),
            )
            if seen
            else child
        )
    return Content(
        attributes,
        children,
        _unite(left.text, right.text),
        left.text_required or right.text_required,
        left.any_attribute or right.any_attribute,
        left.any_child or right.any_child,
    )


def choice(left: Content | None, right: Content | None) -> Content | None:
    """One of both."""
    if left is None or right is None:
        return right if left is None else left
    attributes: dict[Name, AttributeUse] = {}
    for name in _keys(left.attributes, right.attributes):
        uses = [side.attributes[name] for side in (left, right) if name in side.attributes]
        required = len(uses) == 2 and all(use.required for use in uses)
        attributes[name] = AttributeUse(required, _unite(*(use.values for use in uses)))
    children: dict[Name, ChildUse] = {}
    for name in _ordered(left.children, right.children):
        found = [side.children[name] for side in (left, right) if name in side.children]
        children[name] = ChildUse(
            min(child.minimum for child in found) if len(found) == 2 else 0,
            max(child.maximum for child in found),
            _unite(*(child.elements for child in found)),
        )
    return Content(
        attributes,
        children,
        _unite(left.text, right.text),
        left.text_required and right.text_required,
        left.any_attribute or right.any_attribute,
        left.any_child or right.any_child,
    )


def repeat(content: Content | None, minimum: int) -> Content | None:
    """The content again and again."""
    if content is None:
        return None if minimum else NOTHING
    many = replace(
        content,
        children={name: replace(use, maximum=UNBOUNDED) for name, use in content.children.items()},
    )
    return many if minimum else choice(many, NOTHING)


def content_of(pattern: Pattern) -> Content | None:  # noqa: C901 - one branch a construct
    """Return the content that a pattern describes; ``None`` where nothing can match."""
    match pattern:
        case Empty():
            return NOTHING
        case NotAllowed():
            return None
        case Text() | Value() | Data() | ListOf():
            return Content(text=(pattern,), text_required=not isinstance(pattern, Text))
        case Ref():
            if is_value(pattern):  # stays a reference: the value has a name
                required = not any(isinstance(item, Text | Empty) for item in flat([pattern]))
                return Content(text=(pattern,), text_required=required)
            return content_of(pattern.target())
        case Group():
            result: Content | None = NOTHING
            for part in pattern.parts:
                result = group(result, content_of(part))
            return result
        case Choice():
            result = None
            for part in pattern.parts:
                result = choice(result, content_of(part))
            return result
        case Repeat():
            return repeat(content_of(pattern.content), pattern.minimum)
        case Attribute():
            if isinstance(pattern.name, AnyName):
                return Content(any_attribute=True)
            return Content(attributes={pattern.name: AttributeUse(True, (pattern.content,))})
        case Element():
            if isinstance(pattern.name, AnyName):
                return Content(any_child=True)
            if _impossible(pattern):
                return None
            return Content(children={pattern.name: ChildUse(1, 1, (pattern,))})
        case _:
            raise SchemaError(f"{pattern.where}: {type(pattern).__name__} has no content rule")


def element_content(elements: Iterable[Element]) -> Content:
    """Return the content of all elements of one name under one parent."""
    result: Content | None = None
    for element in elements:
        result = choice(result, content_of(element.content))
    if result is None:
        raise SchemaError("an element whose content is not allowed")
    return result


def is_value(pattern: Pattern) -> bool:
    """Whether a pattern describes text alone."""
    match pattern:
        case Ref():
            return is_value(pattern.target())
        case Choice():
            return any(map(is_value, pattern.parts)) and all(
                isinstance(part, Empty) or is_value(part) for part in pattern.parts
            )
        case _:
            return isinstance(pattern, Text | Value | Data | ListOf)


def flat(patterns: Sequence[Pattern]) -> list[Pattern]:
    """Take choices, groups of one and references apart: the alternatives of a value."""
    result: list[Pattern] = []
    for pattern in patterns:
        match pattern:
            case Ref():
                result.extend(flat([pattern.target()]))
            case Choice():
                result.extend(flat(pattern.parts))
            case NotAllowed():
                pass
            case _:
                result.append(pattern)
    return result


def _impossible(element: Element) -> bool:
    return isinstance(element.content, NotAllowed)


def _keys(*sides: dict[Name, AttributeUse] | dict[Name, ChildUse]) -> list[Name]:
    return list(dict.fromkeys(name for side in sides for name in side))


def _ordered(left: Iterable[Name], right: Iterable[Name]) -> list[Name]:
    """Unite two orders: what only the right one has goes before what follows it there."""
    found = list(left)
    known = set(found)
    waiting: list[Name] = []
    for name in right:
        if name not in known:
            waiting.append(name)
        elif waiting:
            at = found.index(name)
            found[at:at] = waiting
            waiting = []
    return [*found, *waiting]


def _unite(*sides: tuple[_T, ...]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(item for side in sides for item in side))


# --- identity ---


class Identity:
    """Says which patterns are the same: same place in the same file, and the same all the way down.

    A file that is included twice gives every pattern twice; where no override changed anything below, both
    are one type. The answer is the coarsest one that holds: hashes are refined until nothing splits any more.
    """

    def __init__(self, starts: Iterable[Pattern]) -> None:
        self._elements: list[Element] = []
        self._hash: dict[Element, str] = {}
        self._flat: dict[Pattern, str] = {}
        for pattern in starts:
            self._walk(pattern, set())
        self._refine()

    def of(self, pattern: Pattern) -> str:
        """Return the identity of a pattern."""
        if isinstance(pattern, Element):
            return self._hash[pattern]
        return self._shape(pattern)

    def content_key(self, element: Element) -> str:
        """Return what makes the type of an element: the define that is all its content, else itself."""
        if isinstance(element.content, Ref):
            return "define " + self._shape(element.content.target())
        return self._hash[element]

    def _walk(self, pattern: Pattern, seen: set[Pattern]) -> None:
        stack = [pattern]
        while stack:
            node = stack.pop()
            if node in seen or node in self._hash:
                continue
            seen.add(node)
            match node:
                case Element():
                    self._elements.append(node)
                    self._hash[node] = str(node.where)
                    stack.append(node.content)
                case Ref():
                    stack.append(node.target())
                case Group() | Choice():
                    stack.extend(node.parts)
                case Repeat() | Attribute() | ListOf():
                    stack.append(node.content)
                case _:
                    pass

    def _refine(self) -> None:
        groups = len(set(self._hash.values()))
        while True:
            self._flat.clear()
            self._hash = {
                element: _digest(f"{element.where} {self._shape(element.content)}")
                for element in self._elements
            }
            self._flat.clear()
            now = len(set(self._hash.values()))
            if now == groups:
                return
            groups = now

    def _shape(self, pattern: Pattern) -> str:
        known = self._flat.get(pattern)
        if known is None:
            known = self._flat[pattern] = _digest(self._describe(pattern))
        return known

    def _describe(self, pattern: Pattern) -> str:
        kind = type(pattern).__name__
        match pattern:
            case Element():
                return f"E{self._hash[pattern]}"
            case Ref():
                return self._shape(pattern.target())
            case Group() | Choice():
                return f"{kind} {pattern.where} " + " ".join(self._shape(part) for part in pattern.parts)
            case Repeat():
                return f"{kind} {pattern.where} {pattern.minimum} {self._shape(pattern.content)}"
            case Attribute():
                return f"{kind} {pattern.where} {pattern.name} {self._shape(pattern.content)}"
            case ListOf():
                return f"{kind} {pattern.where} {self._shape(pattern.content)}"
            case _:
                return f"{kind} {pattern.where}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
