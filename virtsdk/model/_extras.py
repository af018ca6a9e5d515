"""Parts of a document beyond the schema, carried along by a model."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from virtsdk.model._secrets import MASK, is_secret_name, masked

NAMESPACE = "urn:virtsdk:extras"
"""Namespace of the extras in xsdata's own XML, so that nothing takes them for libvirt's."""


class _Meta:
    namespace = NAMESPACE


class Item(str):
    """A text of a list that carries something along: an object of its own, so that it is known again."""

    __slots__ = ()

    def __deepcopy__(self, memo: object) -> Item:
        return self


@dataclass(frozen=True, slots=True)
class Place:
    """Place of a stray part: right after the item `position` of the field `field`."""

    Meta = _Meta

    field: str
    position: int


@dataclass(frozen=True, slots=True, repr=False)
class Stray:
    """An element or a piece of text that the schema does not have at this place.

    Attributes
    ----------
    after
        The sibling that it follows; None at the beginning.
    xml
        The element as XML that stands on its own (it begins with ``<``), or text, escaped.
    """

    Meta = _Meta

    after: Place | None = None
    xml: str = ""

    def __repr__(self) -> str:
        return f"Stray(after={self.after!r}, xml={masked(self.xml)!r})"


@dataclass(slots=True)
class Leaf:
    """Extras of a child that is plain text in the model, such as ``<name zz="1">``.

    Attributes
    ----------
    field
        The field that holds the text.
    item
        The text, where the field is a list: what it carries along goes where it goes. None for other fields.
    extras
        What it carries along.
    """

    Meta = _Meta

    field: str = ""
    item: str | None = None
    extras: Extras = dataclasses.field(default_factory=lambda: Extras())


@dataclass(slots=True, repr=False)
class Extras:
    """Parts of a document beyond the schema, at one element.

    Attributes
    ----------
    attributes
        Unknown attributes, by name (``"{namespace}name"`` where it has a namespace).
    content
        Unknown elements and text, in the document's order.
    leaves
        The same for children that are plain text in the model (``<name zz="1">``).
    """

    Meta = _Meta

    attributes: dict[str, str] = dataclasses.field(
        default_factory=dict[str, str], metadata={"type": "Attributes", "namespace": "##any"}
    )
    content: list[Stray] = dataclasses.field(default_factory=list[Stray])
    leaves: list[Leaf] = dataclasses.field(default_factory=list["Leaf"])

    def __repr__(self) -> str:
        attributes = {
            name: MASK if is_secret_name(name) else masked(value) for name, value in self.attributes.items()
        }
        parts = {"attributes": attributes, "content": self.content, "leaves": self.leaves}
        return f"Extras({', '.join(f'{name}={part!r}' for name, part in parts.items() if part)})"

    def of(self, name: str) -> Extras | None:
        """Give what the text of a field carries along; none where the field is a list."""
        return next((leaf.extras for leaf in self.leaves if leaf.field == name and leaf.item is None), None)

    def of_items(self, name: str, items: Iterable[object]) -> dict[int, Extras]:
        """Give what the texts of a list carry along, by their position.

        A text is known again as the object that it was; one that was made by hand, or comes from JSON, as the
        first text that is the same and not another's.
        """
        mine = [leaf for leaf in self.leaves if leaf.field == name and leaf.item is not None]
        if not mine:
            return {}
        given = list(items)
        places = {id(item): position for position, item in enumerate(given) if isinstance(item, Item)}
        found = {places[id(leaf.item)]: leaf.extras for leaf in mine if id(leaf.item) in places}
        free: dict[object, list[int]] = {}
        for position in range(len(given) - 1, -1, -1):
            if position not in found:
                free.setdefault(given[position], []).append(position)
        for leaf in mine:
            if not isinstance(leaf.item, Item) and free.get(leaf.item):
                found[free[leaf.item].pop()] = leaf.extras
        return found


def beyond(model: Any) -> object:
    """Give what a model carries along in a form that compares: no leaves of texts that are gone."""
    extras: Extras | None = model.extras
    if extras is None:
        return None
    leaves: dict[str, object] = {}
    for leaf in extras.leaves:
        if leaf.item is None:
            leaves |= {leaf.field: leaf.extras} if getattr(model, leaf.field) is not None else {}
        elif leaf.field not in leaves:
            found = extras.of_items(leaf.field, getattr(model, leaf.field))
            leaves |= {leaf.field: found} if found else {}
    whole = extras.attributes, extras.content, leaves
    return whole if any(whole) else None
