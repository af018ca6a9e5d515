"""What a model carries along beyond its schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from virtsdk.model import Extras, Model, settle
from virtsdk.xml._fields import children
from virtsdk.xml._listing import Listing
from virtsdk.xml._reader import fragment


@dataclass(frozen=True, slots=True)
class Extra:
    """One thing that the schema does not know.

    Attributes
    ----------
    path
        The element that holds it, as a path in the model, such as ``devices.disks[1]``; empty for the root.
    kind
        An attribute, an element or a piece of text.
    name
        The attribute's or element's name (``{namespace}name`` where it has one); empty for text.
    value
        The attribute's value, the element as XML, or the text as XML.
    """

    path: str
    kind: Literal["attribute", "element", "text"]
    name: str
    value: str

    def cells(self) -> tuple[object, ...]:
        """Give the fields as a table's columns."""
        return self.path or "the root", self.kind, self.name, self.value

    def __str__(self) -> str:
        what = f"{self.kind} {self.name}".rstrip()
        return f"{self.path or 'the root'}: {what}: {self.value}"


def extras(model: Model) -> list[Extra]:
    """List what a model carries along although the schema does not know it.

    It came with the document and is written back with it, in its place. To drop a part, clear the ``extras``
    of the model that holds it.

    Parameters
    ----------
    model
        Any model.

    Returns
    -------
    list of Extra
        In the order of the model's fields; empty where the schema knows everything.

    Examples
    --------
    >>> from virtsdk import xml
    >>> [found] = xml.extras(xml.parse("<domain><name new='yes'>web1</name></domain>"))
    >>> found.path, found.kind, found.name, found.value
    ('name', 'attribute', 'new', 'yes')
    """
    try:
        found = [extra for path, each in walk(model) for extra in _own(path, each.extras)]
    except AttributeError:  # a list holds what stands for a model
        settle(model)
        found = [extra for path, each in walk(model) for extra in _own(path, each.extras)]
    return Listing(found, "extra", ("path", "kind", "name", "value"))


def walk(model: Model, path: str = "") -> Iterator[tuple[str, Model]]:
    """A model and every model below it, each with its path."""
    yield path, model
    for here, child in children(model, path):
        yield from walk(child, here)


def _own(path: str, held: Extras | None) -> Iterator[Extra]:
    if held is None:
        return
    for name, value in held.attributes.items():
        yield Extra(path, "attribute", name, value)
    for stray in held.content:
        if stray.xml.startswith("<"):
            yield Extra(path, "element", _name(stray.xml), stray.xml)
        else:
            yield Extra(path, "text", "", stray.xml.strip())
    for place, leaf in held.leaves.items():
        name = f"{path}.{place.field}" if path else place.field
        yield from _own(f"{name}[{place.position}]" if place.position else name, leaf)


def _name(xml: str) -> str:
    return str(fragment(xml).tag)
