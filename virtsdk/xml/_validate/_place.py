"""Elements of a document as paths in its model, and where in the model a name belongs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from virtsdk.model import Model
from virtsdk.xml._fields import XmlClass, XmlField, describe
from virtsdk.xml._validate._problem import Node

DEPTH = 3
"""Number of elements below one that is right that are searched for the place of a name."""

NEAR = 2
"""So far, in steps up and down, an attribute may have strayed: to its parent, a child or a sibling."""


class Places:
    """The elements of one document, with the class of its model."""

    def __init__(self, cls: type[Model]) -> None:
        self._cls = cls

    def path(self, node: Node, attribute: str = "") -> str:
        """Return the path of an element in the model, as far as the model knows it, or of its attribute."""
        path, known = self._walk(node)
        if not attribute:
            return path
        fields = known.attributes if known is not None else ()
        return join(path, next((each.name for each in fields if each.key == attribute), attribute))

    def is_secret(self, node: Node, attribute: str) -> bool:
        """Tell whether an attribute's value, or the text of an element, is not to be shown."""
        known = self._walk(node)[1]
        if known is None:
            return False
        field = (
            known.text
            if not attribute
            else next((each for each in known.attributes if each.key == attribute), None)
        )
        return field is not None and field.secret

    def elsewhere(
        self, node: Node, kind: Literal["@", "<"], name: str, said: Iterable[str] = ()
    ) -> list[tuple[str, str]]:
        """Find the nearest elements that have an attribute (``@``) or child (``<``) of this name.

        Parameters
        ----------
        node
            The element that has it and should not.
        kind, name
            The attribute or child.
        said
            The child's own attributes. Children that know all of them are the nearest, where there are some.

        Returns
        -------
        list of (str, str)
            Tag of the element and path of the child or attribute in the model.
        """
        attributes = frozenset(said)
        found: dict[tuple[str, str], tuple[bool, int]] = {}
        for up, around in enumerate(node.up()):
            path, known = self._walk(around)
            if known is None:
                continue
            for depth, tag, field_path, field in _below(known, around.tag, path, kind, name):
                if kind == "<" or up + depth <= NEAR:
                    found.setdefault((tag, field_path), (not _knows(field, attributes), up + depth))
        nearest = min(found.values(), default=None)
        return [place for place, distance in found.items() if distance == nearest]

    def _walk(self, node: Node) -> tuple[str, XmlClass | None]:
        path = ""
        known = describe(self._cls)
        for child in [*node.up()][-2::-1]:
            each = next((field for field in known.tags if field.key == child.tag), None)
            if each is None:
                return path, None
            path = join(path, f"{each.name}[{_number(child)}]" if each.many else each.name)
            if each.model is None:
                return path, None
            known = describe(each.model)
        return path, known


def join(path: str, name: str) -> str:
    """Write the path of a part."""
    return f"{path}.{name}" if path else name


def _number(node: Node) -> int:
    siblings = node.parent.children if node.parent is not None else ()
    return [each for each in siblings if each.tag == node.tag].index(node)


def _knows(field: XmlField, attributes: frozenset[str]) -> bool:
    """Tell whether an element has all of these attributes."""
    known = describe(field.model).attributes if field.model is not None else ()
    return attributes <= {each.key for each in known}


def _below(
    known: XmlClass, tag: str, path: str, kind: str, name: str
) -> Iterator[tuple[int, str, str, XmlField]]:
    """Yield depth, tag and path of what has the name, with its field, the nearest first."""
    level: list[tuple[XmlClass, str, str]] = [(known, tag, path)]
    met = {known.cls}
    for depth in range(DEPTH):
        below: list[tuple[XmlClass, str, str]] = []
        for here, here_tag, here_path in level:
            for each in here.tags if kind == "<" else here.attributes:
                if each.key == name:
                    yield depth, here_tag, join(here_path, each.name), each
            for each in here.tags:
                if each.model is not None and each.model not in met:
                    met.add(each.model)
                    below.append((describe(each.model), each.key, join(here_path, _generic(each))))
        level = below


def _generic(field: XmlField) -> str:
    return f"{field.name}[]" if field.many else field.name
