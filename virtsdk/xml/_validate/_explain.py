"""Problems in words: what is wrong, what goes with what, where a name belongs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from virtsdk.xml._validate._match import Matcher
from virtsdk.xml._validate._otherwise import Otherwise, Search, room
from virtsdk.xml._validate._phrases import (
    conflict,
    either,
    every,
    few,
    item,
    meant,
    places,
    quoted,
    shown,
    similar,
    tagged,
    wanted,
)
from virtsdk.xml._validate._place import Places
from virtsdk.xml._validate._problem import Match, Node, Problem
from virtsdk.xml._validate._rules import Rule, listed
from virtsdk.xml._validate._words import describe

MANY = 10
"""Of so many problems it is found out what each goes with; more are not one mistake each."""


@dataclass(frozen=True, slots=True)
class Said:
    """A problem in words; ``instead`` is the name that was probably meant."""

    path: str
    message: str
    expected: str
    line: int | None
    instead: str = ""


def explain(root: Node, rule: Rule, paths: Places) -> list[Said]:
    """Say what is wrong with a document, by its rule; nothing where it is right."""
    matcher = Matcher()
    found = matcher.document(root, rule)
    if misspelt := matcher.misspelt():
        matcher = Matcher(misspelt=misspelt)
        found = matcher.document(root, rule)
    speaker = _Speaker(matcher, Search(matcher, root, rule, found), paths, found)
    said = [(problem, speaker.say(problem, number < MANY)) for number, problem in enumerate(found.problems)]
    named = {(problem.node, each.instead) for problem, each in said if each.instead}
    return [
        each
        for problem, each in said
        if not problem.kind.startswith("missing") or (problem.node, problem.name) not in named
    ]


class _Speaker:
    """Puts the problems of one document into words."""

    def __init__(self, matcher: Matcher, search: Search, paths: Places, found: Match) -> None:
        self._matcher = matcher
        self._search = search
        self._paths = paths
        self._problems = found.problems

    def say(self, problem: Problem, thoroughly: bool) -> Said:
        """Put one problem into words; ``thoroughly`` with what it goes with."""
        match problem.kind:
            case "value":
                return self._value(problem, thoroughly)
            case "extra attribute" | "extra child":
                return self._extra(problem, thoroughly)
            case "missing attribute":
                return self._missing_attribute(problem, thoroughly)
            case "missing child":
                return self._missing_child(problem, thoroughly)
            case "order":
                assert problem.child is not None
                message = f"{tagged(problem.child.tag)} has to come before {tagged(problem.name)}"
                return self._said(problem.child, message)
            case _:
                return self._said(problem.node, f"{tagged(problem.node.tag)} has no text of its own")

    def _said(self, node: Node, message: str, expected: str = "", attribute: str = "") -> Said:
        return Said(self._paths.path(node, attribute), message, expected, node.element.sourceline)

    def _otherwise(self, problem: Problem, thoroughly: bool) -> Otherwise:
        return self._search.without(problem) if thoroughly else Otherwise()

    # --- values

    def _value(self, problem: Problem, thoroughly: bool) -> Said:
        node, name, rule = problem.node, problem.name, problem.rule
        assert rule is not None
        text = node.attributes[name] if name else node.text.strip()
        value = "the value" if self._paths.is_secret(node, name) else quoted(text)
        if not rule.is_list:
            return self._said(node, f"{value} is not allowed", describe([rule]), name)
        everywhere = self._matcher.values(node, name)
        if not self._matcher.is_known(node, name):
            words = [word for each in everywhere for word in each.texts()]
            message = f"{value} is not allowed{meant(similar(text, words))}"
            return self._said(node, message, describe(everywhere), name)
        other = self._otherwise(problem, thoroughly)
        message = f"{value} is not allowed here"
        if rival := conflict(node, other):
            message = f"{shown(node, name)} does not go with {rival}"
        elif other.missing:
            message = f"{shown(node, name)} needs {every(item(each, node) for each in other.missing)}"
        return self._said(node, message, describe([rule]), name)

    # --- too much

    def _extra(self, problem: Problem, thoroughly: bool) -> Said:
        node, child, name = problem.node, problem.child, problem.name
        if not (self._can_have(node, "@", name) if child is None else self._can_have(node, "<", child.tag)):
            return self._unknown(problem)
        if child is not None and self._is_repeated(node, child.tag):
            message = f"{tagged(child.tag)} is there once too often"
            return Said(self._paths.path(node), message, "", child.element.sourceline)
        at, thing = (node, repr(name)) if child is None else (child, tagged(child.tag))
        other = self._otherwise(problem, thoroughly)
        message = f"{thing} is not allowed here"
        if rival := conflict(node, other):
            message = f"{thing} does not go with {rival}"
            if other.wanted:
                message += f", but with {wanted(other.values[0], other.wanted)}"
        elif other.missing:
            message = f"{thing} goes only with {every(item(each, node) for each in other.missing)}"
        names = room(problem) if thoroughly else []
        expected = either(tagged(each) if child is not None else each for each in names)
        return self._said(at, message, expected, name)

    def _is_repeated(self, node: Node, tag: str) -> bool:
        """Tell whether one child of this name was right."""
        extra = [
            each.child
            for each in self._problems
            if each.kind == "extra child" and each.child is not None and each.node is node
        ]
        return any(each.tag == tag and each not in extra for each in node.children)

    def _unknown(self, problem: Problem) -> Said:
        """Say where a name belongs that no form of the element knows."""
        node, child = problem.node, problem.child
        if child is not None:
            name, thing, own, other, form = child.tag, tagged(child.tag), "<", "@", "is an attribute of"
            other_thing = repr(name)
        else:
            name, own, other, form = problem.name, "@", "<", "is an element in"
            thing, other_thing = f"the attribute {name!r}", tagged(name)
        hint, instead = "", ""
        found = self._paths.elsewhere(node, own, name, child.attributes if child is not None else ())
        if child is None and not few(found):  # each has one: it belongs to none of them
            found = []
        if self._can_have(node, other, name):
            hint = f", {other_thing} {form} {tagged(node.tag)}"
        elif found:
            hint = f", it belongs in {places(found)}"
        elif child is None and (instead := self._similar(node, own, name)):
            hint = meant(instead)
        elif found := self._paths.elsewhere(node, other, name):
            hint = f", {other_thing} {form} {places(found)}"
        elif instead := self._similar(node, own, name):
            hint = meant(tagged(instead)[1:-1])
        line = (child or node).element.sourceline
        return Said(self._paths.path(node), f"{thing} is not known here{hint}", "", line, instead)

    def _similar(self, node: Node, kind: Literal["@", "<"], name: str) -> str:
        """Find the attribute or child of an element that was probably meant by a name."""
        rules = self._matcher.contents(node)
        return similar(name, [each for rule in rules for each in listed(rule, kind)])

    def _can_have(self, node: Node, kind: Literal["@", "<"], name: str) -> bool:
        """Tell whether some form of an element has an attribute or child of this name."""
        rules = self._matcher.contents(node)
        return any(name in (rule.attributes if kind == "@" else rule.children) for rule in rules)

    # --- missing

    def _missing_attribute(self, problem: Problem, thoroughly: bool) -> Said:
        node, name = problem.node, problem.name
        other = self._otherwise(problem, thoroughly)
        if rival := conflict(node, other):
            message = f"the attribute {name!r} is missing: {rival} needs it{_but(other)}"
            return self._said(node, message, "", name)
        names = [name, *_alternatives(problem, other)]
        message = f"the attribute {either(map(repr, names))} is missing"
        values = self._matcher.values(node, name) if len(names) == 1 else []
        return self._said(node, message, describe(values), name)

    def _missing_child(self, problem: Problem, thoroughly: bool) -> Said:
        node, child = problem.node, tagged(problem.name)
        other = self._otherwise(problem, thoroughly)
        message = f"{tagged(node.tag)} is not complete"
        if rival := conflict(node, other):
            return self._said(node, f"{message}: {rival} needs {child}{_but(other)}", child)
        return self._said(node, message, either([child, *map(tagged, _alternatives(problem, other))]))


def _alternatives(problem: Problem, other: Otherwise) -> list[str]:
    """Return what could be there instead of what is missing."""
    return [each.name for each in other.missing if (each.node, each.kind) == (problem.node, problem.kind)]


def _but(other: Otherwise) -> str:
    return f", {wanted(other.values[0], other.wanted)} does not" if other.wanted else ""
