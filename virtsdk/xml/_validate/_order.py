"""Children that libxml2 rejects for where they stand, although the rules allow any order.

libxml2 has a fault of its own: where parts that may mix are made of parts that may mix, it does not take the
children of two of them in turns (``<memory> <on_crash> <currentMemory> <on_reboot>``). libvirt decides with
libxml2, so such a document is rejected there too, and what has to move is named.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from virtsdk.xml._validate._explain import Said
from virtsdk.xml._validate._match import Matcher
from virtsdk.xml._validate._phrases import tagged
from virtsdk.xml._validate._place import Places
from virtsdk.xml._validate._problem import Node
from virtsdk.xml._validate._rules import Rule, listed


def misplaced(root: Node, rule: Rule, places: Places, accepts: Callable[[Any], bool]) -> list[Said]:
    """Find the children of a document that have to stand elsewhere; nothing where no other order helps.

    Parameters
    ----------
    root, rule, places
        A document that fits its rule, and the paths in it.
    accepts
        The verdict of libxml2.
    """
    matcher = Matcher()
    matcher.document(root, rule)
    trial = copy.deepcopy(root.element)
    moved: list[tuple[Node, Any, list[Any], list[str]]] = []
    for node, element in list(_pairs(root, trial)):
        order = [name for fitting in matcher.fitting(node) for name in listed(fitting.inner[0], "<")]
        children = list(element)
        element[:] = sorted(children, key=lambda child: order.index(child.tag) if child.tag in order else 0)
        if list(element) != children:
            moved.append((node, element, children, order))
    if not accepts(trial):
        return []
    found: list[Said] = []
    for node, element, children, order in moved:
        right = list(element)
        element[:] = children
        if not accepts(trial):
            found.append(_blame(node, element, order, places, lambda: accepts(trial)))
            element[:] = right
    return found


def _pairs(node: Node, element: Any) -> Iterator[tuple[Node, Any]]:
    yield node, element
    for child, copied in zip(node.children, list(element), strict=True):
        yield from _pairs(child, copied)


def _blame(node: Node, element: Any, order: list[str], places: Places, accepts: Callable[[], bool]) -> Said:
    """Find one child whose move is enough, or say in which order the children may stand."""
    copies = dict(zip(node.children, list(element), strict=True))
    ranks = {child: order.index(child.tag) if child.tag in order else 0 for child in node.children}
    moved = [(child, move) for child in node.children if (move := _move(node, child, ranks)) is not None]
    for child, (children, where) in moved:
        element[:] = [copies[each] for each in children]
        if accepts():
            return _said(places, child, where)
    names = dict.fromkeys(tagged(child.tag) for child in sorted(node.children, key=ranks.__getitem__))
    return _said(places, moved[0][0] if moved else node, f"the order {', '.join(names)}")


def _move(node: Node, child: Node, ranks: dict[Node, int]) -> tuple[list[Node], str] | None:
    """Put a child beside the one that it is next to in the order of the rules; None where it is there."""
    position = node.children.index(child)
    before = node.children[:position]
    lower = [each for each in before if ranks[each] <= ranks[child]]
    rest = [each for each in node.children if each is not child]
    if not before:
        return None
    if lower:
        beside = max(reversed(lower), key=ranks.__getitem__)
        if beside is before[-1]:
            return None
        at, where = rest.index(beside) + 1, f"{tagged(child.tag)} right behind {tagged(beside.tag)}"
    else:
        beside = min(before, key=ranks.__getitem__)
        at, where = rest.index(beside), f"{tagged(child.tag)} right before {tagged(beside.tag)}"
    return [*rest[:at], child, *rest[at:]], where


def _said(places: Places, child: Node, expected: str) -> Said:
    message = f"{tagged(child.tag)} stands where libvirt's validator does not take it"
    return Said(places.path(child), message, expected, child.element.sourceline)
