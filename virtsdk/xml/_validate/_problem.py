"""Elements of a document, and what is wrong with them: what the matcher takes and gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from virtsdk.xml._validate._rules import Rule

Kind = Literal[
    "extra attribute", "extra child", "extra text", "missing attribute", "missing child", "value", "order"
]

FAULT = 2
"""The price of one attribute or child that is missing, too much, or has a value of a wrong form."""
MORE = 1
"""The price of each further one that is too much in the same place, and of each element in one."""
UNLISTED = 4 * FAULT
"""The price of a text that is none of those listed: what says which kind a thing is is seldom wrong."""
UNUSED = 4 * UNLISTED
"""The price of what a choice has a use for, where none is made of it: only to see what that would change."""
NEVER = 1000
"""The price of what no document can have, and of the fault that is not to be made."""


@dataclass(eq=False, slots=True)
class Node:
    """An element of the document, ready to be matched."""

    element: Any
    parent: Node | None
    attributes: dict[str, str]
    children: tuple[Node, ...]
    text: str
    below: int = 0  # how many elements are in it

    @classmethod
    def of(cls, element: Any, parent: Node | None = None) -> Node:
        """Take an element of lxml, without its comments and processing instructions."""
        pieces = [element.text or "", *(child.tail or "" for child in element)]
        node = cls(element, parent, dict(element.attrib), (), "".join(pieces))
        node.children = tuple(cls.of(child, node) for child in element if isinstance(child.tag, str))
        node.below = sum(1 + child.below for child in node.children)
        if node.children and not node.text.strip():
            node.text = ""
        return node

    @property
    def tag(self) -> str:
        """The name of the element."""
        return self.element.tag

    def up(self) -> Iterator[Node]:
        """Yield this element, the one around it, and so on."""
        node: Node | None = self
        while node is not None:
            yield node
            node = node.parent


class Items(NamedTuple):
    """Attributes, children and text of one element that a rule is to use up."""

    attributes: tuple[str, ...] = ()
    children: tuple[Node, ...] = ()
    text: str | None = None


NOTHING = Items()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Attributes
    ----------
    kind
        What is wrong.
    node
        The element in which something is missing or too much, or whose value is wrong.
    name
        The attribute; the missing child; empty where it is about the element's text.
    child
        The child that is too much, or in the wrong place.
    rule
        What was asked for: the rule of the value, of the attribute, of the child.
    within
        The rule that the element was matched with.
    """

    kind: Kind
    node: Node
    name: str = ""
    child: Node | None = None
    rule: Rule | None = None
    price: int = FAULT
    within: Rule | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """Identity of the problem: equal for the same one met twice."""
        return self.kind, self.node, self.name, self.child


class Match(NamedTuple):
    """Quality of a match."""

    cost: int = 0
    problems: tuple[Problem, ...] = ()

    def __add__(self, other: object) -> Match:
        assert isinstance(other, Match)
        if not other.cost:
            return self
        return Match(self.cost + other.cost, self.problems + other.problems)


FITS = Match()
