"""Alternatives: other changes that would end a problem, and parts that would have room in its place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from virtsdk.xml._validate._match import Matcher
from virtsdk.xml._validate._problem import NEVER, Match, Node, Problem
from virtsdk.xml._validate._rules import Rule, listed

VALUES = 6
"""So many other values are tried out for one that would do."""
NAMES = 10
"""Of more names than this it is not told which an element has room for."""


@dataclass(frozen=True, slots=True)
class Otherwise:
    """Problems that are there instead, where a problem is avoided.

    Attributes
    ----------
    values, extra, missing
        The problems that there would be instead.
    wanted
        The rules of a value that would do alone.
    """

    values: tuple[Problem, ...] = ()
    extra: tuple[Problem, ...] = ()
    missing: tuple[Problem, ...] = ()
    wanted: tuple[Rule, ...] = ()


class Search:
    """Matches one document again and again, each time without one of its problems."""

    def __init__(self, matcher: Matcher, root: Node, rule: Rule, found: Match) -> None:
        self._matcher = matcher
        self._root = root
        self._rule = rule
        self._keys = {problem.key for problem in found.problems}

    def without(self, problem: Problem) -> Otherwise:
        """Match without this problem; nothing is wrong instead where it cannot be avoided."""
        found = self._match(problem, ())
        if found.cost >= NEVER:
            return Otherwise()
        new = self._new(found)
        around = set(problem.node.up())
        if any(each.child in around for each in new if each.kind == "extra child"):
            return Otherwise()  # what the problem is in would have to go
        return Otherwise(
            tuple(each for each in new if each.kind == "value"),
            tuple(each for each in new if each.kind.startswith("extra")),
            tuple(each for each in new if each.kind.startswith("missing")),
            self._wanted(problem, found, new),
        )

    def _match(self, problem: Problem, closed: tuple[Problem, ...]) -> Match:
        return Matcher(problem, closed, self._matcher).document(self._root, self._rule)

    def _new(self, found: Match) -> list[Problem]:
        return [each for each in found.problems if each.key not in self._keys]

    def _wanted(self, problem: Problem, found: Match, new: list[Problem]) -> tuple[Rule, ...]:
        """Find all forms of the one value that would do alone, if one would."""
        tried: list[Problem] = []
        cost = found.cost
        while len(new) == 1 and new[0].kind == "value" and found.cost == cost and len(tried) < VALUES:
            if tried and new[0].key != tried[0].key:
                break
            tried.append(new[0])
            found = self._match(problem, tuple(tried))
            new = self._new(found)
        return tuple(each.rule for each in tried if each.rule is not None)


def room(problem: Problem) -> list[str]:
    """Name the attributes, or children, that an element could have instead of one that is too much."""
    node, rule, child = problem.node, problem.within, problem.child
    if rule is None:
        return []
    there = {each.tag for each in node.children} if child is not None else set(node.attributes)
    names = list(dict.fromkeys(listed(rule.inner[0], "<" if child is not None else "@")))
    names = [name for name in names if name not in there]
    if len(names) > NAMES:
        return []
    rest = replace(
        node,
        attributes={name: value for name, value in node.attributes.items() if child or name != problem.name},
        children=tuple(each for each in node.children if each is not child),
    )
    cost = Matcher().element(rest, rule).cost
    return [name for name in names if _fits(rest, rule, name, cost, child=child is not None)]


def _fits(node: Node, rule: Rule, name: str, cost: int, *, child: bool) -> bool:
    """Tell whether one more attribute or child costs nothing, whatever is in it."""
    if child:
        element: Any = etree.Element(name)
        added = Node.of(element, node)
        trial = replace(node, children=(*node.children, added))
    else:
        added = None
        trial = replace(node, attributes={**node.attributes, name: ""})
    found = Matcher().element(trial, rule)
    inside = [
        each.price
        for each in found.problems
        if each.node is added
        or (added is None and each.node is trial and each.kind == "value" and each.name == name)
    ]
    return found.cost - sum(inside) <= cost
