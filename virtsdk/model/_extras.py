"""What a model carries along beyond its schema."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Place(NamedTuple):
    """Where a stray part stands: right after the item `position` of the field `field`."""

    field: str
    position: int


class Stray(NamedTuple):
    """An element or a piece of text that the schema does not have at this place.

    Attributes
    ----------
    after
        The sibling that it follows; None at the beginning.
    xml
        The element as XML that stands on its own (it begins with ``<``), or text, escaped.
    """

    after: Place | None
    xml: str


@dataclass(slots=True)
class Extras:
    """What a document says beyond the schema, at one element.

    Attributes
    ----------
    attributes
        Unknown attributes, by name (``"{namespace}name"`` where it has a namespace).
    content
        Unknown elements and text, in the document's order.
    leaves
        The same for children that are plain text in the model (``<name zz="1">``), by their place.
    """

    attributes: dict[str, str] = field(default_factory=dict[str, str])
    content: list[Stray] = field(default_factory=list[Stray])
    leaves: dict[Place, Extras] = field(default_factory=dict["Place", "Extras"])
