"""The parts of sentences about a document."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from virtsdk.xml._fields import PREFIXES
from virtsdk.xml._validate._otherwise import Otherwise
from virtsdk.xml._validate._problem import Node, Problem
from virtsdk.xml._validate._rules import Rule
from virtsdk.xml._validate._words import describe, one_of

LONG = 80
"""A longer text is cut where it is shown."""
FEW = 2
"""Of more places than this only the first ones are named."""


def tagged(name: str) -> str:
    """Write an element's name as a tag, with libvirt's own prefix where it is of another namespace."""
    namespace, _, local = name.removeprefix("{").rpartition("}")
    if not namespace:
        return f"<{local}>"
    prefix = PREFIXES.get(namespace)
    return f"<{prefix}:{local}>" if prefix else f"<{local} xmlns={namespace!r}>"


def quoted(text: str) -> str:
    """Write a value of the document, cut where it is long."""
    return repr(text if len(text) <= LONG else f"{text[: LONG - 1]}…")


def every(words: Iterable[str]) -> str:
    """Write a list with "and" before its last word."""
    *most, last = dict.fromkeys(words)
    return f"{', '.join(most)} and {last}" if most else last


def either(words: Iterable[str]) -> str:
    """Write a list with "or" before its last word, each word once."""
    return one_of(list(dict.fromkeys(words)))


def few(found: list[tuple[str, str]]) -> bool:
    """Tell whether these are so few places that naming them says where a name belongs."""
    return len({tag for tag, _ in found}) <= FEW


def places(found: list[tuple[str, str]]) -> str:
    """Write tags, and the paths in the model where there are few."""
    tags = list(dict.fromkeys(tagged(tag) for tag, _ in found))
    if len(tags) > FEW:
        return f"{', '.join(tags[: FEW + 1])}{' and others' if len(tags) > FEW + 1 else ''}"
    return f"{one_of(tags)} ({either(path for _, path in found)})"


def conflict(node: Node, other: Otherwise) -> str:
    """Name what a problem of an element is in conflict with."""
    if other.values:
        return every(shown(each.node, each.name, node) for each in other.values)
    return every(item(each, node) for each in other.extra) if other.extra else ""


def shown(node: Node, name: str, beside: Node | None = None) -> str:
    """Write a value as the document has it, with its element where that is not the one spoken of."""
    if not name:
        return f"{quoted(node.text.strip())} in {tagged(node.tag)}"
    return f"{name}={quoted(node.attributes[name])}{_of(node, beside or node)}"


def wanted(problem: Problem, rules: Iterable[Rule]) -> str:
    """Write the values that would be right in place of one."""
    words = either(
        word
        for rule in rules
        for word in ([repr(text) for text in rule.texts()] if rule.is_list else [describe([rule])])
    )
    return f"{problem.name}={words}" if problem.name else f"{words} in {tagged(problem.node.tag)}"


def item(problem: Problem, beside: Node) -> str:
    """Name what is missing or too much, with its element where that is not the one spoken of."""
    if problem.child is not None:
        return tagged(problem.child.tag)
    thing = tagged(problem.name) if problem.kind == "missing child" else f"the attribute {problem.name!r}"
    return f"{thing}{_of(problem.node, beside)}"


def similar(given: str, known: Iterable[str]) -> str:
    """Find the known word, or name, that was probably meant: in other letters, or of another namespace."""
    namespace, closed, local = given.rpartition("}")
    prefix = namespace + closed
    every = list(dict.fromkeys(known))
    words = [word.removeprefix(prefix) for word in every if word.startswith(prefix)]
    words = [word for word in words if "}" not in word]
    found = [word for word in words if bare(word) == bare(local)] or get_close_matches(local, words, n=1)
    if found or not local or (namespace and "://libvirt.org/" not in namespace):
        return prefix + found[0] if found else ""
    return next((word for word in every if word.endswith(f"}}{local}")), "")


def bare(word: str) -> str:
    """Give a word without what people vary: capitals, and signs between letters."""
    return re.sub(r"[-_. ]", "", word.lower())


def meant(word: str) -> str:
    """Ask whether a word was meant."""
    return f", did you mean {word!r}?" if word else ""


def _of(node: Node, beside: Node) -> str:
    return "" if node is beside else f" of {tagged(node.tag)}"
